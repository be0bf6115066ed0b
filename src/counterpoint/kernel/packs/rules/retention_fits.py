"""retention.dmn answers for every reason for which a record of the pack is closed, in whole months."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.table_parts import parts_named, whole_numbers
from counterpoint.kernel.packs.tables import RETENTION

FILE: Final = f"decisions/{RETENTION}.dmn"


def retention_fits(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get(RETENTION)
    if table is None or "closure_reasons.yaml" in draft.unreadable:
        return
    reasons = list(dict.fromkeys(reason.id for scheme in draft.closure_schemes for reason in scheme.reasons))
    yield from whole_numbers(FILE, table, "keep_months", least=1)
    yield from parts_named(FILE, table, "closure_reason", reasons, called="closure reason", where="the pack")
