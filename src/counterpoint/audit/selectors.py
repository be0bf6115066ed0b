"""Reading the trail. Who may: routes for auditors, and "who has read this" inside a record (higher folders decide)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from counterpoint.audit.models import AuditEntry, LedgerCheckpoint, LedgerHead, LedgerLeaf

# An entry as readers name it; nobody but this folder writes one.
Entry = AuditEntry


@dataclass(frozen=True)
class EntryFilter:
    """All given conditions hold together. `before_number` pages backwards."""

    action: str = ""
    actor_id: str = ""
    reference: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_number: int | None = None


def entries(wanted: EntryFilter, *, limit: int = 50) -> Sequence[AuditEntry]:
    """Entries, newest first."""
    rows = AuditEntry.objects.order_by("-number")
    conditions = {
        "action": wanted.action,
        "actor_id": wanted.actor_id,
        "subject_reference": wanted.reference,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
        "number__lt": wanted.before_number,
    }
    return list(rows.filter(**{name: value for name, value in conditions.items() if value not in ("", None)})[:limit])


def entries_about(subject_kind: str, subject_id: UUID, *, limit: int = 200) -> Sequence[AuditEntry]:
    """What was done with and read of one row, newest first."""
    return list(AuditEntry.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-number")[:limit])


def entries_of(
    actions: Sequence[str], *, reference: str = "", before_number: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Entries of these actions, newest first; of one record, where its reference is given."""
    rows = AuditEntry.objects.filter(action__in=actions).order_by("-number")
    conditions = {"subject_reference": reference, "number__lt": before_number}
    return list(rows.filter(**{name: value for name, value in conditions.items() if value not in ("", None)})[:limit])


def reads_by(
    subject_kind: str,
    subject_id: UUID,
    *,
    action: str,
    actor_ids: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[AuditEntry]:
    """Who of these staff read one row in that time, oldest first."""
    rows = AuditEntry.objects.filter(subject_kind=subject_kind, subject_id=subject_id, action=action)
    conditions = {"actor_id__in": list(actor_ids), "at__gte": since, "at__lte": until}
    wanted = {name: value for name, value in conditions.items() if value is not None}
    return list(rows.filter(**wanted).order_by("number"))


@dataclass(frozen=True)
class LedgerState:
    """How far sealing has come, and the newest signed checkpoint ("" before the first)."""

    sealed: int
    waiting: int  # counted up to WAITING_CAP
    checkpoint_at: datetime | None
    checkpoint_note: str


WAITING_CAP = 1_000


def ledger_state() -> LedgerState:
    """What the ledger says of itself; whether it holds is for `counterpoint ledger verify`."""
    head = LedgerHead.objects.order_by("pk").first()
    sealed = LedgerLeaf.objects.filter(entry_number=OuterRef("number"))
    settled = head.settled_number if head else 0
    waiting = AuditEntry.objects.filter(~Exists(sealed), number__gt=settled)[:WAITING_CAP].count()
    newest = LedgerCheckpoint.objects.order_by("-size").first()
    return LedgerState(
        sealed=head.size if head else 0,
        waiting=waiting,
        checkpoint_at=newest.at if newest else None,
        checkpoint_note=newest.note if newest else "",
    )
