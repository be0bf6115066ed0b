"""clock_periods.dmn sets whole periods of clocks that the pack has, and can be asked about each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from counterpoint.kernel.clocks.clock import MAX_COUNT
from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import CLOCK_PERIODS
from counterpoint.kernel.questions.document import meant, short

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable

FILE: Final = f"decisions/{CLOCK_PERIODS}.dmn"


def clock_periods_fit(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get(CLOCK_PERIODS)
    if table is None or "clocks.yaml" in draft.unreadable:
        return
    clocks = [rule.id for rule in draft.clocks.rules]
    yield from _counts(table)
    for number, column in enumerate(table.inputs):
        if column.name == "clock" and str(column.type) == "string":
            yield from _named(table, number, clocks)
            for clock in clocks:
                if not column.admits(clock):
                    what = f"The fact `clock` can be `{short(clock)}`, which is not among its values"
                    yield Problem(FILE, 0, "table_fact", what, "Add it to the values of that column")


def _counts(table: DecisionTable) -> Iterator[Problem]:
    for rule in table.rules:
        count = rule.outputs.get("count")
        if isinstance(count, Decimal) and (count != int(count) or not 0 <= count <= MAX_COUNT):
            what = f"Rule {rule.index} gives the count `{count}`"
            yield Problem(FILE, rule.line, "table_value", what, f"Give a whole number from 0 to {MAX_COUNT}")


def _named(table: DecisionTable, number: int, clocks: Collection[str]) -> Iterator[Problem]:
    for rule in table.rules:
        for named in rule.cells[number].texts:
            if named not in clocks:
                what = f"Rule {rule.index} names the clock `{short(named)}`, which clocks.yaml does not have"
                yield Problem(FILE, rule.line, "not_in_pack", what, f"Correct the name{meant(named, clocks)}")
