"""How long a record is kept once it is closed: asked of the pack's retention table as it closes, and kept with the row
that said so. Carries nothing out: it sets the day on which somebody looks again."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from counterpoint.access.policies import local_day
from counterpoint.base.prepared import Prepared
from counterpoint.base.retention import Retention
from counterpoint.base.rows import insert
from counterpoint.kernel.clocks.rule import months_after
from counterpoint.kernel.decisions import FactsDoNotFit, FiredRule, evaluate, still_asked
from counterpoint.rules.models import KeptUntil
from counterpoint.rules.selectors import archived_table, pack_in_force
from counterpoint.rules.types import KeptKind, KeptView

_SET = Prepared(
    lambda kind, record_id, closed_at: KeptUntil.objects.filter(kind=kind, record_id=record_id, closed_at=closed_at)
)
FILE = "decisions/retention.dmn"


def keep(
    kind: KeptKind,
    record_id: UUID,
    *,
    closure_reason: str,
    about: str,
    under_18: Callable[[], str | None],
    opened_at: datetime,
    closed_at: datetime,
    otherwise: Retention,
) -> KeptUntil:
    """Set until when a record is kept that is being closed, in the caller's transaction and by its audit entry. Safe to
    run twice.

    about: what was reported, as `kind` of the table. under_18: asked only where a row looks at it. otherwise: what
    holds without a table, by the record's own declaration."""
    known = {"record": kind.value, "closure_reason": closure_reason, "kind": about}
    sha256 = pack_in_force().files.get(FILE, "")
    fired = _fired(sha256, known, under_18) if sha256 else None
    if fired is None:
        period = otherwise.keep_for
        found = {"until": local_day(closed_at + period if period else closed_at), "reason": otherwise.why}
    else:
        found = {
            "until": _until(fired, opened_at=opened_at, closed_at=closed_at),
            "reason": str(fired.outputs["reason"]),
            "table_hash": sha256,
            "row": fired.index,
        }
    known_before = _SET.one(kind, record_id, closed_at)
    return known_before or insert(KeptUntil(kind=kind, record_id=record_id, closed_at=closed_at, **found))


def kept_until(kind: KeptKind, record_id: UUID) -> KeptView | None:
    """What was set as the record was closed last; None for one that was never closed, or before there were such days.
    For selectors that have checked who reads the record."""
    row = KeptUntil.objects.filter(kind=kind, record_id=record_id).order_by("-closed_at").first()
    return KeptView(row.until, row.reason, row.table_hash, row.row) if row is not None else None


def _fired(sha256: str, known: dict[str, str], under_18: Callable[[], str | None]) -> FiredRule | None:
    """The row that answers; None where the table cannot take what is known."""
    table = archived_table(sha256)
    asked = still_asked(table, known)
    try:
        fired = evaluate(table, {**known, "under_18": under_18() if asked and "under_18" in asked else None}).fired
    except FactsDoNotFit:
        return None
    return fired[0] if fired else None


def _until(fired: FiredRule, *, opened_at: datetime, closed_at: datetime) -> date:
    """The day so many months on; never before the record is closed."""
    start = opened_at if fired.outputs["counted_from"] == "opened" else closed_at
    until = months_after(local_day(start), int(str(fired.outputs["keep_months"])))
    return max(until, local_day(closed_at))
