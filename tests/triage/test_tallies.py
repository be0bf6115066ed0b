"""Counting what two tables said, held against counting by hand."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.triage.tallies import Decided, Outcome, Tally, is_changed, matrix, protected, share_percent, tally_of

ROUTES, URGENCIES = ["case", "advice", "close"], ["routine", "same_day"]
outcomes = st.builds(
    Outcome,
    st.sampled_from(ROUTES),
    st.sampled_from(URGENCIES),
    st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple),
)
decisions = st.none() | st.builds(Decided, st.sampled_from(ROUTES), st.sampled_from(URGENCIES))
seen = st.lists(st.tuples(outcomes, outcomes, decisions), max_size=30)


def tallied(rows):
    tally = Tally()
    for row in rows:
        tally.add(*row)
    return tally


@given(seen)
def test_counts_are_those_of_counting_by_hand(rows):
    tally = tallied(rows)
    assert tally.compared == len(rows)
    assert tally.changed == sum(is_changed(before, after) for before, after, _ in rows)
    for before in ROUTES:
        for after in ROUTES:
            want = sum((one.route, two.route) == (before, after) for one, two, _ in rows)
            assert tally.routes[f"{before}>{after}"] == want
    assert tally.rules_after == Counter(rule for _, after, _ in rows for rule in after.rule_ids)
    decided = [(one.route, two.route, who.route) for one, two, who in rows if who]
    assert tally.agreed_on_route["both"] == sum(one == two == who for one, two, who in decided)
    assert tally.agreed_on_route["only_after"] == sum(one != who == two for one, two, who in decided)
    assert tally.agreed_on_route["only_before"] == sum(two != who == one for one, two, who in decided)
    assert tally.agreed_on_route.total() == tally.agreed_on_both.total() == len(decided)
    assert tally.agreed_on_both["both"] <= tally.agreed_on_route["both"]


@given(seen, seen)
def test_what_was_stored_goes_on_where_it_was(first, second):
    begun = tally_of(tallied(first).as_json())
    for row in second:
        begun.add(*row)
    assert begun.as_json() == tallied([*first, *second]).as_json()


def test_the_matrix_has_a_row_for_each_value_before():
    assert list(matrix({"case>advice": 2, "advice>advice": 1}, ("case", "advice"))) == [
        ("case", [0, 2]),
        ("advice", [0, 1]),
    ]


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "about 5"), (7, "about 5"), (8, "about 10")],
)
def test_a_count_that_leaves_the_desk_tells_of_nobody(count, told):
    assert protected(count) == told


@given(st.integers(0, 10_000))
def test_one_person_more_or_less_can_rarely_be_told(count):
    """At least three counts that follow each other read the same, and none below five can be told apart."""
    same = [other for other in range(max(0, count - 5), count + 6) if protected(other) == protected(count)]
    assert count == 0 or len(same) >= 3


def test_a_share_of_nothing_is_none():
    assert (share_percent(1, 3), share_percent(0, 0)) == (33, None)
