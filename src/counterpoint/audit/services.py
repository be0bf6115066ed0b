"""Recording what was done and read."""

from collections.abc import Mapping

from django.db import connection

from counterpoint.audit.models import AuditEntry
from counterpoint.audit.types import Actor, Subject
from counterpoint.base import clock
from counterpoint.base.errors import Fault


def record(
    action: str,
    *,
    by: Actor,
    about: Subject,
    purpose: str = "",
    detail: Mapping[str, str | int | bool | None] | None = None,
) -> AuditEntry:
    """Write the entry for a write or a read, inside the caller's own transaction.

    action: "<noun>.<past participle>", for example "referral.decided", "case.read".
    detail: plain facts (states, versions, counts); never what a person wrote.
    Raises Fault outside a transaction: an entry that could outlive or miss its write would be no evidence."""
    if not connection.in_atomic_block:
        raise Fault(f"{action} was to be recorded outside a transaction")
    return AuditEntry.objects.create(
        at=clock.now(),
        actor_kind=by.kind,
        actor_id=by.id,
        action=action,
        subject_kind=about.kind,
        subject_id=about.id,
        subject_reference=about.reference,
        purpose=purpose,
        detail=dict(detail or {}),
    )
