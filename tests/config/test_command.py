"""The command: help at once, wrong use said plainly, a missing package named with its remedy."""

import sys

import pytest

from counterpoint.config import command


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_help_names_every_subcommand(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(f"  {name} " in out for name in command.SUBCOMMANDS)
    assert run(capsys)[0] == 2


def test_wrong_use_is_said(capsys):
    code, _, err = run(capsys, "no-such-thing")
    assert code == 2
    assert "'no-such-thing'" in err


def test_a_package_that_is_not_installed_is_named_with_its_remedy(capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("counterpoint.kernel.coordination")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, _, err = run(capsys, "coordination", "--help")
    assert code == 2
    assert "duckdb is not installed: pip install" in err


@pytest.mark.parametrize("name", sorted(command.SUBCOMMANDS))
def test_every_subcommand_helps(capsys, name):
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert "Usage: counterpoint" in out
