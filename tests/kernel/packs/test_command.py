import json
import subprocess
import sys

import pytest
from tests.kernel.packs.examples import GOOD, HERE, SPOILED
from typer.testing import CliRunner

from counterpoint.kernel.packs import read_pack
from counterpoint.kernel.packs.command import app


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def spoiled(tmp_path):
    for path, content in SPOILED["schemes_overlap"].items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return tmp_path


def test_a_good_pack():
    result = run("check", str(HERE / "good"))
    assert result.exit_code == 0
    assert read_pack(GOOD).content_hash in result.output


def test_problems_are_told_by_line(spoiled):
    result = run("check", str(spoiled))
    assert result.exit_code == 1
    told = (HERE / "problems" / "schemes_overlap.txt").read_text(encoding="utf-8")
    assert result.output == f"{told}1 problem\n"


def test_programs_get_json(spoiled):
    result = run("check", str(spoiled), "--json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.output)["problems"]
    assert {key: problem[key] for key in ("file", "line", "code")} == {
        "file": "categories.yaml",
        "line": 7,
        "code": "schemes_overlap",
    }
    good = run("check", str(HERE / "good"), "--json")
    assert json.loads(good.output)["problems"] == []


@pytest.mark.parametrize("arguments", [("check",), ("check", "gone"), ("chek",), ("check", str(HERE), "--jso")])
def test_wrong_use(arguments):
    assert run(*arguments).exit_code == 2


def test_it_starts_without_django_and_without_the_engines():
    program = (
        "import sys\nfrom counterpoint.kernel.packs.command import app\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'django', 'SpiffWorkflow', 'zen', 'markdown_it'}))"
    )
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"
