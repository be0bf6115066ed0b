"""Assessments: complete or told what is missing, compared side by side, never a number."""

import dataclasses
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel import instruments
from counterpoint.kernel.instruments import (
    Dimension,
    InstrumentVersion,
    Item,
    ItemChange,
    Level,
    Rating,
    changes_between,
    problems_of_assessment,
)

LEVELS = (
    Level(id="seen", label="Seen", needs_narrative=True),
    Level(id="not_known", label="Not known", needs_narrative=False),
)
ITEMS = tuple(Item(id=id_, label=id_, hint=None) for id_ in ("a", "b", "c"))
VERSION = InstrumentVersion(
    id="1",
    valid_from=date(2026, 1, 1),
    levels=LEVELS,
    dimensions=(Dimension(id="d", title="D", items=ITEMS[:2]), Dimension(id="e", title="E", items=ITEMS[2:])),
)
UNKNOWN = Rating("not_known")


def test_everything_that_is_missing_is_told_at_once_and_nothing_that_was_written():
    ratings = {"a": Rating("seen", "  "), "b": Rating("often", "words"), "x": UNKNOWN}
    assert [(p.item_id, p.fault) for p in problems_of_assessment(VERSION, ratings)] == [
        ("a", "narrative_missing"),
        ("b", "not_a_level"),
        ("c", "missing"),
        ("x", "not_an_item"),
    ]
    assert problems_of_assessment(VERSION, dict.fromkeys("abc", UNKNOWN)) == ()
    (long,) = problems_of_assessment(VERSION, {**dict.fromkeys("abc", UNKNOWN), "a": Rating("seen", "x" * 20_001)})
    assert long.fault == "narrative_too_long"


def test_two_assessments_stand_side_by_side():
    before = {"a": UNKNOWN, "b": Rating("seen", "once"), "old": UNKNOWN}
    after = {"a": Rating("seen", "at school"), "b": Rating("seen", "often"), "c": UNKNOWN}
    changes = changes_between(VERSION, before, after)
    assert changes == (
        ItemChange("a", UNKNOWN, after["a"]),
        ItemChange("b", before["b"], after["b"]),
        ItemChange("c", None, UNKNOWN),
        ItemChange("old", UNKNOWN, None),
    )
    assert [change.is_other_level for change in changes] == [True, False, False, False]


RATINGS = st.dictionaries(st.sampled_from("abcx"), st.builds(Rating, st.sampled_from(["seen", "not_known"]), st.text()))


@given(RATINGS, RATINGS)
def test_a_change_is_there_for_each_item_that_differs_and_turned_round_it_is_the_same(before, after):
    there = {change.item_id: change for change in changes_between(VERSION, before, after)}
    assert set(there) <= set(before) | set(after)
    known = {one for one in there if one in "abc" or one in before}
    assert {one for one in before if before[one] != after.get(one)} <= known
    back = {change.item_id: change for change in changes_between(VERSION, after, before)}
    for one in set(there) & set(back):
        assert (there[one].before, there[one].after) == (back[one].after, back[one].before)


def test_nothing_in_the_library_is_a_number():
    for name in instruments.__all__:
        found = getattr(instruments, name)
        for field in dataclasses.fields(found) if dataclasses.is_dataclass(found) else ():
            assert not re.search(r"\b(int|float|Decimal)\b", str(field.type)), (name, field.name)
