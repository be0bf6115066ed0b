"""Which rules decide within some facts: held against trying everything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.decisions.drawing import drawn
from tests.kernel.decisions.test_analysis import COLUMNS, EVERYTHING, ROUTE, ROWS

from counterpoint.kernel.decisions import TooEntangled, evaluate, read_table, rules_that_decide, still_asked
from counterpoint.kernel.decisions import boxes as of_boxes

REST = ["-", "-", "-", '"rest"']
KNOWN = {name: sorted({facts[name] for facts in EVERYTHING if facts[name] is not None}, key=str) for name in "st"}


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.data())
def test_as_if_everything_were_tried(cells, data):
    rows = [[*row, f'"{number}"'] for number, row in enumerate(cells, 1)]
    table = read_table(drawn(COLUMNS, ROUTE, [*rows, REST]))
    named = data.draw(st.sets(st.sampled_from(sorted(KNOWN))))
    when = {name: data.draw(st.lists(st.sampled_from(KNOWN[name]), min_size=1)) for name in sorted(named)}
    within = [facts for facts in EVERYTHING if all(facts[name] in values for name, values in when.items())]
    first = {evaluate(table, facts).fired[0].index for facts in within}
    assert {rule.index for rule, _ in rules_that_decide(table, when)} == first


SAID = [("said", "string"), ("known", "boolean")]
GIVES = [("needed", "boolean")]
ASKED = [['"a"', "true", "true"], ["-", "-", "false"]]


def test_each_has_an_example_and_a_value_that_no_row_names_is_like_any_other():
    table = read_table(drawn(SAID, GIVES, ASKED))
    deciding = [(rule.index, example) for rule, example in rules_that_decide(table, {"said": ["a"]})]
    assert deciding == [(1, "said is a and known is true"), (2, "said is a and known is false")]
    assert [rule.index for rule, _ in rules_that_decide(table, {"said": ["b"], "known": [True]})] == [2]
    assert [rule.index for rule, _ in rules_that_decide(table, {"said": ["a"], "known": [True]})] == [1]


def test_a_fact_that_the_table_does_not_read_limits_nothing():
    table = read_table(drawn(SAID, GIVES, ASKED))
    assert [rule.index for rule, _ in rules_that_decide(table, {"age": ["young"]})] == [1, 2]


def test_a_value_that_the_column_does_not_allow_never_comes():
    table = read_table(drawn([("said", "string", '"a","b"')], GIVES, [["-", "true"]]))
    assert rules_that_decide(table, {"said": ["c"]}) == ()


def test_rows_that_would_take_too_long(monkeypatch):
    table = read_table(drawn(SAID, GIVES, [['"a"', "true", "true"], ['"b"', "false", "true"], ["-", "-", "false"]]))
    monkeypatch.setattr(of_boxes, "MAX_STEPS", 1)
    with pytest.raises(TooEntangled):
        rules_that_decide(table, {})


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4), st.sampled_from([None, *KNOWN["s"]]))
def test_what_is_not_still_asked_changes_nothing(cells, known):
    rows = [[*row, f'"{number}"'] for number, row in enumerate(cells, 1)]
    table = read_table(drawn(COLUMNS, ROUTE, rows, policy="COLLECT"))
    asked = still_asked(table, {"s": known})
    within = [facts for facts in EVERYTHING if facts["s"] == known]
    fired = [[rule.index for rule in evaluate(table, facts).fired] for facts in within]
    if asked is None:
        assert not any(fired)
    else:
        blanked = [{name: facts[name] if name in asked | {"s"} else None for name in facts} for facts in within]
        assert fired == [[rule.index for rule in evaluate(table, facts).fired] for facts in blanked]
