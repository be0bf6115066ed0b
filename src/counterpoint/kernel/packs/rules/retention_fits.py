"""retention.dmn answers for every reason for which a record of the pack is closed, in whole months."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from counterpoint.kernel.clocks.clock import MAX_COUNT
from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import RETENTION
from counterpoint.kernel.questions.document import meant, short

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable

FILE: Final = f"decisions/{RETENTION}.dmn"


def retention_fits(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get(RETENTION)
    if table is None or "closure_reasons.yaml" in draft.unreadable:
        return
    reasons = list(dict.fromkeys(reason.id for scheme in draft.closure_schemes for reason in scheme.reasons))
    yield from _months(table)
    for number, column in enumerate(table.inputs):
        if column.name == "closure_reason" and str(column.type) == "string":
            yield from _named(table, number, reasons)
            for reason in reasons:
                if not column.admits(reason):
                    what = f"The fact `closure_reason` can be `{short(reason)}`, which is not among its values"
                    yield Problem(FILE, 0, "table_fact", what, "Add it to the values of that column")


def _months(table: DecisionTable) -> Iterator[Problem]:
    for rule in table.rules:
        months = rule.outputs.get("keep_months")
        if isinstance(months, Decimal) and (months != int(months) or not 1 <= months <= MAX_COUNT):
            what = f"Rule {rule.index} gives the keep_months `{months}`"
            yield Problem(FILE, rule.line, "table_value", what, f"Give a whole number from 1 to {MAX_COUNT}")


def _named(table: DecisionTable, number: int, reasons: Collection[str]) -> Iterator[Problem]:
    for rule in table.rules:
        for named in rule.cells[number].texts:
            if named not in reasons:
                what = f"Rule {rule.index} names the closure reason `{short(named)}`, which the pack does not have"
                yield Problem(FILE, rule.line, "not_in_pack", what, f"Correct the name{meant(named, reasons)}")
