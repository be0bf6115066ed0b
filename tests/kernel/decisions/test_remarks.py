"""What is worth knowing of a table, held against trying everything."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.decisions.drawing import drawn
from tests.kernel.decisions.test_analysis import COLUMNS, EVERYTHING, ROUTE, ROWS

from counterpoint.kernel.decisions import evaluate, read_table, remarks_on, when_not_known

REST = ["-", "-", "-", '"rest"']


def fired_of(table):
    return [[rule.index for rule in evaluate(table, facts).fired] for facts in EVERYTHING]


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5))
def test_rows_that_never_come_first(cells):
    rows = [[*row, f'"{number}"'] for number, row in enumerate(cells, 1)]
    table = read_table(drawn(COLUMNS, ROUTE, [*rows, REST]))
    first = {fired[0] for fired in fired_of(table)}
    told = {problem.what for problem in remarks_on(table)}
    never = {
        index for index in range(1, len(rows) + 2) if any(f"Row {index} never comes first" in what for what in told)
    }
    assert never == set(range(1, len(rows) + 2)) - first


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_what_fires_while_a_fact_is_missing(cells):
    rows = [[*row, f'"{number}"'] for number, row in enumerate(cells, 1)]
    table = read_table(drawn(COLUMNS, ROUTE, [*rows, REST]))
    for told in when_not_known(table):
        fired = {
            rule.index for facts in EVERYTHING if facts[told.fact] is None for rule in evaluate(table, facts).fired
        }
        assert fired <= set(told.ask_nothing) | set(told.expect_it)
        assert not fired & set(told.cannot_fire)
        assert sorted((*told.ask_nothing, *told.expect_it, *told.cannot_fire)) == list(range(1, len(rows) + 2))


def test_a_row_that_repeats_another_is_named():
    rows = [["< 9", '"a"'], ["< 5", '"a"'], ["< 5", '"b"'], ["-", '"c"']]
    table = read_table(drawn([("age", "number")], ROUTE, rows))
    assert [problem.what for problem in remarks_on(table)] == [
        "Row 2 never comes first: it adds its reason, and rows above it decide.",
        "Row 2 says what row 1 says already, wherever it fires.",
        "Row 3 never comes first: it adds its reason, and rows above it decide.",
    ]


def test_other_policies_have_no_remarks():
    assert remarks_on(read_table(drawn([("age", "number")], ROUTE, [["-", '"a"']], policy="FIRST"))) == ()
