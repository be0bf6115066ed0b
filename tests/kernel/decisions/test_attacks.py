"""Files that try to run code, read other files or exhaust the machine: each is refused with its reason."""

from pathlib import Path

import pytest
from tests.kernel.decisions.drawing import drawn

from counterpoint.kernel.decisions import TableProblems, read_table
from counterpoint.kernel.decisions.dmn import MAX_RULES
from counterpoint.kernel.decisions.source import MAX_BYTES

ATTACKS = Path(__file__).parent / "attacks"
REASONS = {
    "aggregation": "Aggregation is not supported.",
    "call_in_input": "does not read a fact by its plain name",
    "closure_in_cell": "is not understood",
    "code_in_cell": "`.system(",
    "code_in_input": "does not read a fact by its plain name",
    "code_in_output": "is not understood",
    "date_of_code": "`.getcwd())` is not understood",
    "decision_service": "The element decisionService is not supported here",
    "deep_nesting": "nested deeper than",
    "endless_cell": "longer than 4,000 characters",
    "endless_digits": "more than 12 digits",
    "engine_json": "not well-formed XML",
    "entity_bomb": "declares a document type or entities",
    "escape_from_text": "is not understood",
    "exponent_bomb": "`e` is not understood here",
    "extension_script": "may carry code for other programs",
    "external_dtd": "declares a document type or entities",
    "external_entity": "declares a document type or entities",
    "for_loop_in_cell": "`for` is not a value; names and calls are not allowed",
    "function_in_cell": "`count` is not a value; names and calls are not allowed",
    "import_other_file": "The element import is not supported here",
    "item_definition": "The element itemDefinition is not supported here",
    "knowledge_model": "The element businessKnowledgeModel is not supported here",
    "literal_expression": "The element literalExpression is not supported here",
    "nested_not": "`not` is not a value",
    "powers_by_caret": "`^9^9^9` is not understood",
    "powers_of_powers": "`**9**9` is not understood",
    "range_of_code": "is not understood",
    "script_language": "Another expression language is asked for",
    "template_in_output": "is not understood",
    "two_decisions": "The file has 2 decisions",
    "values_with_code": "allowed values: `get` is not a value",
}


def test_every_attack_has_its_reason():
    assert {path.stem for path in ATTACKS.glob("*.dmn")} == set(REASONS)


@pytest.mark.parametrize("name", sorted(REASONS))
def test_the_attack_is_refused_with_its_reason(name):
    with pytest.raises(TableProblems) as refused:
        read_table((ATTACKS / f"{name}.dmn").read_bytes())
    assert any(REASONS[name] in problem.what for problem in refused.value.problems), refused.value
    assert all(problem.remedy for problem in refused.value.problems)


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read():
    with pytest.raises(TableProblems, match="larger than"):
        read_table(b" " * (MAX_BYTES + 1))


def test_a_table_of_too_many_rows_is_refused():
    rows = [[f"{n}", '"a"'] for n in range(MAX_RULES + 1)]
    with pytest.raises(TableProblems, match="more than 2,000 rows"):
        read_table(drawn([("age", "number")], [("route", "string")], rows))


def test_a_cell_of_too_many_alternatives_is_refused():
    row = [", ".join(["1"] * 501), '"a"']
    with pytest.raises(TableProblems, match="more than 500 alternatives"):
        read_table(drawn([("age", "number")], [("route", "string")], [row, ["-", '"b"']]))


def test_rows_that_cut_across_each_other_end_in_a_problem_and_not_in_an_endless_search():
    columns = [(f"c{n}", "number") for n in range(12)]
    rows = []
    for n in range(120):
        cells = [f"[{(n * 7 + k * 3) % 50}..{(n * 7 + k * 3) % 50 + 25}]" if (n + k) % 3 else "-" for k in range(12)]
        rows.append([*cells, '"a"'])
    with pytest.raises(TableProblems) as refused:
        read_table(drawn(columns, [("route", "string")], rows, policy="FIRST"))
    assert all("never fire" in p.what or "No row fires" in p.what for p in refused.value.problems)


@pytest.mark.parametrize(
    "garbage", [b"", b"\x00", b"\xff\xfe<", b"<a", b"<a/>", b"<?xml version='1.0' encoding='nope'?><a/>"]
)
def test_what_is_not_a_table_is_refused(garbage):
    with pytest.raises(TableProblems):
        read_table(garbage)
