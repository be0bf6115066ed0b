"""Every problem that a pack can have: one spoiled pack each, and the message that its author reads."""

import ast
from pathlib import Path

import pytest
from tests.kernel.packs.examples import GOOD, HERE, SPOILED, TRIAGE

import counterpoint.kernel
from counterpoint.kernel.packs import PackProblems, read_pack

MESSAGES = HERE / "problems"
# Told in the words of the libraries that read them; tested below.
OF_ENGINES = {"decision_refused", "process_refused"}
OF_ARCHIVES = {"archive_refused"}  # test_archive


def problems_of(files):
    with pytest.raises(PackProblems) as found:
        read_pack(files)
    return found.value.problems


@pytest.mark.parametrize("code", SPOILED)
def test_the_author_reads_this(code):
    problems = problems_of(SPOILED[code])
    told = "".join(f"{problem}\n" for problem in problems)
    assert told == (MESSAGES / f"{code}.txt").read_text(encoding="utf-8")
    assert code in {problem.code for problem in problems}


def test_each_message_has_its_pack():
    assert {path.stem for path in MESSAGES.glob("*.txt")} == set(SPOILED)


def test_the_good_pack_has_none():
    read_pack(GOOD)


def test_every_code_in_the_source_has_its_example():
    places = {"Problem": (1, 2), "note": (0,), "problem": (2,), "_stop": (1,), "_problem": (1,)}
    found = set()
    for folder in ("packs", "questions"):
        for path in Path(counterpoint.kernel.__file__).parent.joinpath(folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    arguments = [node.args[place] for place in places.get(name, ()) if place < len(node.args)]
                    found |= {one.value for one in arguments if isinstance(one, ast.Constant) and _is_code(one.value)}
    untold = found - OF_ENGINES - OF_ARCHIVES - set(SPOILED)
    assert not untold, untold
    assert len(found) > 50


def _is_code(value):
    return isinstance(value, str) and value.replace("_", "").isalpha() and value.islower()


@pytest.mark.parametrize(("file", "code"), [(TRIAGE, "decision_refused"), ("processes/case.bpmn", "process_refused")])
@pytest.mark.parametrize(
    "content", [b"", b"<not-xml", b"<x/>", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///x">]><x>&e;</x>']
)
def test_what_the_engines_refuse_is_told_with_its_file(file, code, content):
    problems = problems_of({**GOOD, file: content})
    assert {(problem.file, problem.code) for problem in problems} == {(file, code)}


def test_all_problems_of_all_files_are_told_at_once():
    spoiled = dict(GOOD)
    for code in (
        "html_in_text",
        "not_a_flag",
        "triage_value",
        "missing_translation",
        "schemes_overlap",
        "not_a_number",
    ):
        spoiled |= {file: content for file, content in SPOILED[code].items() if content != GOOD.get(file)}
    codes = {problem.code for problem in problems_of(spoiled)}
    assert codes >= {"html_in_text", "not_a_flag", "triage_value", "schemes_overlap", "not_a_number"}
