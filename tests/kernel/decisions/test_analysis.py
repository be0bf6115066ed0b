"""Overlaps, gaps and rows that never fire: drawn examples, and the search held against trying everything."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.decisions.drawing import drawn

from counterpoint.kernel.decisions import TableProblems, evaluate, read_table
from counterpoint.kernel.decisions.analysis import MAX_GAPS

ROUTE = [("route", "string")]


def problems_of(*args, **kwargs):
    try:
        read_table(drawn(*args, **kwargs))
    except TableProblems as problems:
        return [problem.what for problem in problems.problems]
    return []


@pytest.mark.parametrize(
    ("policy", "columns", "rows", "expected"),
    [
        ("UNIQUE", [("age", "number")], [["< 18", '"a"'], [">= 18, null", '"b"']], []),
        ("UNIQUE", [("age", "number")], [["< 18", '"a"'], [">= 18", '"b"']], ["No row fires when age is not known."]),
        ("UNIQUE", [("age", "number")], [["< 18", '"a"'], ["> 18, null", '"b"']], ["No row fires when age is 18."]),
        (
            "UNIQUE",
            [("age", "number")],
            [["<= 18", '"a"'], [">= 18, null", '"a"']],
            ["Rows 1 and 2 both fire when age is 18; UNIQUE does not allow that."],
        ),
        ("ANY", [("age", "number")], [["<= 18", '"a"'], [">= 18, null", '"a"']], []),
        (
            "ANY",
            [("age", "number")],
            [["<= 18", '"a"'], [">= 18, null", '"b"']],
            ["Rows 1 and 2 both fire when age is 18; ANY does not allow that."],
        ),
        (
            "FIRST",
            [("age", "number")],
            [["< 18", '"a"'], [">= 18, null", '"b"'], ["5", '"c"']],
            ["Row 3 is never reached: the rows above it answer all that it would."],
        ),
        (
            "RULE ORDER",
            [("said", "string")],
            [['"a"', '"a"']],
            ["No row fires when said is anything else or not known."],
        ),
        ("COLLECT", [("said", "string")], [['"a"', '"a"']], []),
        ("FIRST", [("said", "string", '"a","b"')], [['"a"', '"a"'], ['"b", null', '"b"']], []),
        (
            "COLLECT",
            [("age", "number")],
            [["not(< 5, >= 5)", '"a"']],
            ["Row 1 can never fire: one of its cells fits no value that its column allows."],
        ),
        (
            "FIRST",
            [("on", "date")],
            [['< date("2026-05-01")', '"a"'], ['> date("2026-05-02")', '"b"'], ["null", '"c"']],
            ["No row fires when on is 2 May 2026."],
        ),
        (
            "FIRST",
            [("a", "boolean"), ("b", "boolean")],
            [["true", "-", '"a"'], ["-", "true", '"b"'], ["null", "-", '"c"'], ["-", "null", '"d"']],
            ["No row fires when a is false and b is false."],
        ),
    ],
)
def test_what_the_rows_do_wrong_is_told_with_an_example(policy, columns, rows, expected):
    assert problems_of(columns, ROUTE, rows, policy=policy) == expected


def test_everything_is_told_at_once():
    rows = [["not(< 5, >= 5)", '"a"'], ["< 1", '"a"'], ["< 1", '"a"'], ["> 3", '"b"']]
    assert problems_of([("age", "number")], ROUTE, rows, policy="FIRST") == [
        "No row fires when age is 3 or not known.",
        "Row 1 can never fire: one of its cells fits no value that its column allows.",
        "Row 3 is never reached: the rows above it answer all that it would.",
    ]


def test_a_row_that_always_ranks_lower_is_never_reached():
    rows = [["> 5", '"middle"'], ["> 1", '"high"'], ["-", '"low"']]
    assert problems_of(
        [("age", "number")], [("route", "string", '"high","middle","low"')], rows, policy="PRIORITY"
    ) == ["Row 1 is never reached: rows of higher priority answer all that it would."]


def test_priority_needs_a_list_of_outputs_that_tells_the_rows_apart():
    rows = [["> 5", '"a"'], ["-", '"b"']]
    assert problems_of([("age", "number")], ROUTE, rows, policy="PRIORITY") == [
        "PRIORITY needs to know which output ranks higher."
    ]


STRING_CELLS = ["-", '"a"', '"b"', '"a", "b"', 'not("a")', "null", '"c", null', "not(null)"]
NUMBER_CELLS = ["-", "< 1", ">= 1", "[0..2]", "]0..2[", "not(1)", "null", "1, null", "> 2"]
BOOLEAN_CELLS = ["-", "true", "false", "null", "not(true)"]
ROWS = st.tuples(st.sampled_from(STRING_CELLS), st.sampled_from(NUMBER_CELLS), st.sampled_from(BOOLEAN_CELLS))
COLUMNS = [("s", "string", '"a","b","c"'), ("n", "number"), ("t", "boolean")]
EVERYTHING = [
    {"s": s, "n": n, "t": t}
    for s, n, t in product([None, "a", "b", "c"], [None, -1, 0, 0.5, 1, 1.5, 2, 3], [None, True, False])
]


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.lists(st.sampled_from("hml"), min_size=5, max_size=5))
def test_priority_is_held_against_trying_everything(cells, ranks):
    """A row is never reached if, of all facts, none makes it the highest of those that fire."""
    rows = [[*row, f'"{rank}"'] for row, rank in zip(cells, ranks, strict=False)]
    outputs = [("route", "string", '"h","m","l"')]
    table = read_table(drawn(COLUMNS, outputs, rows, policy="COLLECT"))
    firing = [[rule.index for rule in evaluate(table, facts).fired] for facts in EVERYTHING]
    reached = {min(fired, key=lambda index: ("hml".index(ranks[index - 1]), index)) for fired in firing if fired}
    told = " ".join(problems_of(COLUMNS, outputs, rows, policy="PRIORITY"))
    never = {index for index in range(1, len(rows) + 1) if f"Row {index} is never reached" in told}
    assert never == set(range(1, len(rows) + 1)) - reached
    assert ("No row fires" in told) == ([] in firing)


@settings(max_examples=120, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from(["UNIQUE", "FIRST"]))
def test_the_search_finds_what_trying_everything_finds(cells, policy):
    rows = [[*row, f'"{number}"'] for number, row in enumerate(cells, 1)]
    table = read_table(drawn(COLUMNS, ROUTE, rows, policy="COLLECT"))
    firing = [[rule.index for rule in evaluate(table, facts).fired] for facts in EVERYTHING]
    told = problems_of(COLUMNS, ROUTE, rows, policy=policy)
    assert any("No row fires" in what for what in told) == ([] in firing)
    if policy == "UNIQUE":
        assert any("both fire" in what for what in told) == any(len(fired) > 1 for fired in firing)
    else:
        reached = {fired[0] for fired in firing if fired}
        shadowed = {index for index in range(1, len(rows) + 1) if index not in reached}
        assert {index for index in shadowed if f"Row {index} is never reached" in " ".join(told)} == shadowed
        assert sum("never reached" in what for what in told) == len(shadowed)


def test_a_table_of_500_rows_is_checked():
    rows = [[f'"s{n}"', f"[{n}..{n + 3}]", f'"{n}"'] for n in range(499)]
    assert problems_of([("s", "string"), ("n", "number")], ROUTE, [*rows, ["-", "-", '"rest"']]) == []
    assert len(problems_of([("s", "string"), ("n", "number")], ROUTE, rows)) == MAX_GAPS
