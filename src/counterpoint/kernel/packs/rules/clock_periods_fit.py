"""clock_periods.dmn sets whole periods of clocks that the pack has, and can be asked about each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.table_parts import parts_named, whole_numbers
from counterpoint.kernel.packs.tables import CLOCK_PERIODS

FILE: Final = f"decisions/{CLOCK_PERIODS}.dmn"


def clock_periods_fit(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get(CLOCK_PERIODS)
    if table is None or "clocks.yaml" in draft.unreadable:
        return
    clocks = [rule.id for rule in draft.clocks.rules]
    yield from whole_numbers(FILE, table, "count", least=0)
    yield from parts_named(FILE, table, "clock", clocks, called="clock", where="clocks.yaml")
