"""Recording what was done and read. Sealing into the ledger: `counterpoint.audit.sealing`."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import connection

from counterpoint.audit.models import AuditEntry
from counterpoint.audit.types import Actor, Subject
from counterpoint.base import clock, ids
from counterpoint.base.errors import Fault
from counterpoint.base.rows import insert
from counterpoint.kernel.ledger import commit_fields, leaf_bytes, leaf_hash

COMMITTED_FIELDS = (
    "at",
    "actor_kind",
    "actor_id",
    "action",
    "subject_kind",
    "subject_id",
    "subject_reference",
    "purpose",
    "detail",
)
BLANKABLE_FIELDS = {"actor_id": "", "subject_reference": "", "purpose": "", "detail": {}}
_SALT_BYTES = 16


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
    entry = AuditEntry(
        id=ids.new_id(),
        at=clock.now(),
        actor_kind=by.kind.value,
        actor_id=by.id,
        action=action,
        subject_kind=str(about.kind),
        subject_id=about.id,
        subject_reference=about.reference,
        purpose=purpose,
        detail=dict(detail or {}),
    )
    entry.salts = _fresh_salts()
    entry.commitments = commit_fields(committed_values(entry), entry.salts)
    entry.mac = entry_mac(entry)
    return insert(entry)


def blank(entry: AuditEntry, *, fields: tuple[str, ...], why: str, by: Actor) -> None:
    """Forget these fields of an entry, for good: the values and their salts go, the commitments stay, so that the
    ledger's proofs hold. Itself recorded. Raises Fault for a field that must stay (when, what was done)."""
    unknown = [name for name in fields if name not in BLANKABLE_FIELDS]
    if unknown:
        raise Fault(f"these fields of an entry cannot be blanked: {', '.join(unknown)}")
    record(
        "audit.blanked", by=by, about=Subject("audit_entry", entry.id), purpose=why, detail={"fields": " ".join(fields)}
    )
    for name in fields:
        setattr(entry, name, BLANKABLE_FIELDS[name])
        entry.salts.pop(name, None)
    entry.save(update_fields=[*fields, "salts"])


def committed_values(entry: AuditEntry) -> dict[str, Any]:
    """The entry's fields as the commitments are made of them: JSON values."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in COMMITTED_FIELDS}
    values["at"] = entry.at.isoformat(timespec="microseconds")
    values["subject_id"] = str(entry.subject_id)
    return values


def entry_leaf_hash(entry: AuditEntry) -> bytes:
    """The leaf of this entry, from its id and commitments."""
    return leaf_hash(leaf_bytes(str(entry.id), entry.commitments))


def entry_mac(entry: AuditEntry) -> str:
    """The code that only a holder of the deployment key can make for this entry."""
    return hmac.digest(settings.DEPLOYMENT_KEYS.derive("audit-mac"), entry_leaf_hash(entry), "sha256").hex()


def _fresh_salts() -> dict[str, str]:
    pool = secrets.token_hex(_SALT_BYTES * len(COMMITTED_FIELDS))
    width = 2 * _SALT_BYTES
    return {name: pool[place * width : (place + 1) * width] for place, name in enumerate(COMMITTED_FIELDS)}
