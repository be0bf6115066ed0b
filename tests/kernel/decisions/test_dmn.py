"""Reading DMN: what a table says of itself, and every problem at once with its place."""

from pathlib import Path

import pytest
from tests.kernel.decisions.drawing import drawn

from counterpoint.kernel.decisions import HitPolicy, TableProblems, ValueType, evaluate, read_table, rules_in_words
from counterpoint.kernel.decisions.dmn import NAMESPACES

SAMPLE = (Path(__file__).parent / "samples" / "triage.dmn").read_bytes()


def test_a_table_tells_what_it_reads_and_gives():
    table = read_table(SAMPLE)
    assert [(column.name, column.type, column.allowed) for column in table.inputs] == [
        ("immediate_danger", ValueType.STRING, ("yes", "no", "unknown")),
        ("about_to_leave", ValueType.STRING, ("yes", "no", "unknown")),
        ("age", ValueType.NUMBER, ()),
    ]
    assert [column.name for column in table.outputs] == ["route", "reason"]
    assert table.hit_policy is HitPolicy.RULE_ORDER
    assert len(table.table_hash) == 64
    assert read_table(SAMPLE) == table


def test_every_rule_that_fires_is_shown_and_the_first_gives_the_route():
    evaluation = evaluate(read_table(SAMPLE), {"immediate_danger": "yes", "age": 15})
    assert [(rule.index, rule.rule_id, rule.outputs["route"]) for rule in evaluation.fired] == [
        (1, "r1", "emergency"),
        (4, "r4", "case"),
        (5, "r5", "advice"),
    ]
    assert evaluation.facts == {"immediate_danger": "yes", "about_to_leave": None, "age": 15}


def test_the_rules_in_words():
    assert rules_in_words(read_table(SAMPLE)) == (
        "when immediate_danger is yes then route is emergency because Someone is in danger right now.",
        "when about_to_leave is yes then route is emergency because The person may be about to leave.",
        "when immediate_danger is unknown or not known then route is case because Nobody knows. Ask today.",
        "when age is at least 0 and less than 18 then route is case because The person is a child.",
        "in every case then route is advice because Nothing above applies: a person reads it and decides.",
    )


@pytest.mark.parametrize(
    ("kind", "cell", "words"),
    [
        ("date", '[date("2026-05-01")..date("2026-05-09")[', "c is at least 1 May 2026 and before 9 May 2026"),
        ("number", "not(1, > 2.50)", "c is known and is not 1 or more than 2.5"),
        ("boolean", "true, null", "c is true or not known"),
    ],
)
def test_a_cell_in_words(kind, cell, words):
    table = read_table(drawn([("c", kind)], [("route", "string")], [[cell, '"a"', "so it is"], ["-", '"b"']]))
    assert rules_in_words(table)[0] == f"when {words} then route is a because so it is"


@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_dmn_1_2_to_1_5_are_read(namespace):
    assert read_table(drawn([("c", "string")], [("r", "string")], [["-", '"a"']], namespace=namespace)).rules


def test_another_namespace_is_refused():
    with pytest.raises(TableProblems, match="is not DMN"):
        read_table(drawn([("c", "string")], [("r", "string")], [["-", '"a"']], namespace="urn:other"))


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    xml = drawn(
        [("Danger Now", "string"), ("age", "duration"), ("kind", "string", '"a","b"')],
        [("route", "string", '"case"')],
        [['"yes"', "-", '"c"', '"case"'], ["oops", "-", '"a"', '"kase"'], ["-", "-", '"a"', '"case"'], ["-", '"case"']],
        policy="OUTPUT ORDER",
    )
    with pytest.raises(TableProblems) as refused:
        read_table(xml)
    assert [(problem.line, problem.what) for problem in refused.value.problems] == [
        (4, "The hit policy is not supported."),
        (5, "Input column 1 does not read a fact by its plain name."),
        (6, "Input column 2 has no type that is supported."),
        (9, 'Row 1, column kind: a value is not among the allowed ones ("a","b").'),
        (10, "Row 2, column ?: `oops` is not a value; names and calls are not allowed."),
        (10, "Row 2, output route: the value is not among the allowed outputs."),
        (12, "Row 4 does not have one cell for each column."),
    ]
    assert "\n".join(str(problem) for problem in refused.value.problems) == str(refused.value)
    assert all(problem.remedy for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b'name="r"', b'name="c d"', "Output column 1 has no plain name"),
        (
            b"</inputExpression>",
            b"</inputExpression><inputValues><text>a</text></inputValues>",
            "allowed values: `a`",
        ),
        (
            b'typeRef="string"></output>',
            b'typeRef="string"><outputValues><text>not("a")</text></outputValues></output>',
            "allowed outputs are not a list of values",
        ),
        (b"<rule id", b"<rule><inputEntry/></rule><rule id", "Row 1 does not have one cell for each column"),
        (b"</decisionTable>", b"</decisionTable><decisionTable/>", "not a decision table"),
        (b"<decision id", b"<decision/><decision id", "The file has 2 decisions"),
        (b"<input id", b'<output id="o" name="r" typeRef="string"/><input id', "Two columns are called r"),
    ],
)
def test_a_broken_frame_is_told(old, new, what):
    xml = drawn([("c", "string")], [("r", "string")], [["-", '"a"']]).replace(old, new, 1)
    with pytest.raises(TableProblems, match=what):
        read_table(xml)


def test_a_table_without_rows_or_columns_is_told():
    with pytest.raises(TableProblems, match="has no rows"):
        read_table(drawn([("c", "string")], [("r", "string")], []))
    with pytest.raises(TableProblems, match="needs an input and an output"):
        read_table(drawn([], [("r", "string")], [['"a"']]))
