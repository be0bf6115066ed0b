"""Posts taken in, and deleted."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject, system
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotFound
from counterpoint.campaigns import envelope, looking, policies, storage
from counterpoint.campaigns.models import Finding, Run, Snapshot
from counterpoint.campaigns.permissions import check_analyses
from counterpoint.campaigns.types import KEPT_STATES, About, Failure, Origin, RunState

_BY_ITS_DAY = system("campaign retention")
_IDENTIFIER_KEY_BYTES = 32
_FIELD = "file"  # as forms call it


def upload_snapshot(posts: IO[bytes], *, name: str, about: About, by: Staff) -> Snapshot:
    """Take in posts that somebody uploads. name: the file's, for its ending.
    Raises NotAllowed, NotAsAsked with all that is wrong, StoreFull."""
    check_analyses(by)
    return _take_in(_Source(posts, name, Origin.UPLOAD, policies.LARGEST_UPLOAD), about=about, by=by)


def point_at_snapshot(name: str, *, about: About, by: Staff) -> Snapshot:
    """Take in the file of this name from the snapshot folder; the file itself stays where it is.
    Raises NotAllowed, NotAsAsked with all that is wrong, StoreFull."""
    check_analyses(by)
    with storage.open_offered(name) as posts:
        source = _Source(posts, name, Origin.FOLDER, settings.LARGEST_SNAPSHOT)
        return _take_in(source, about=about, by=by)


@transaction.atomic
def delete_snapshot(snapshot_id: UUID, *, reason: str, by: Staff) -> Snapshot:
    """Delete the posts for good before their day: the key is destroyed, and with it what runs left. Findings go too,
    but for those confirmed or watched, which keep no texts.
    Raises NotAllowed, NotFound, NotPossible when it was done before, NotAsAsked without a reason."""
    check_analyses(by)
    snapshot = _locked(snapshot_id)
    policies.check_is_there(snapshot)
    text = policies.check_reason(reason)
    return _delete(snapshot, by=by.actor, deleted_by=by, purpose=text)


def delete_due_snapshots() -> int:
    """Delete what has come to its last day. Safe to run twice. Returns how many went."""
    today = clock.now().date()
    due = list(Snapshot.objects.filter(deleted_at__isnull=True, delete_on__lte=today).values_list("pk", flat=True))
    for snapshot_id in due:
        with transaction.atomic():
            snapshot = _locked(snapshot_id)
            if snapshot.deleted_at is None:
                _delete(snapshot, by=_BY_ITS_DAY, deleted_by=None, purpose="")
    return len(due)


@dataclass(frozen=True)
class _Source:
    posts: IO[bytes]
    name: str
    origin: Origin
    most_bytes: int


def _take_in(source: _Source, *, about: About, by: Staff) -> Snapshot:
    policies.check_about(about, today=clock.now().date())
    suffix = policies.check_name(source.name, field=_FIELD)
    looking.check_posts(source.posts, suffix=suffix, mapping=about.mapping, field=_FIELD)
    snapshot_id, key_id = ids.new_id(), keyring.new_record_key()
    stored_as, size = storage.put_sealed(
        source.posts, snapshot_id=snapshot_id, key_id=key_id, most_bytes=source.most_bytes, field=_FIELD
    )
    with _or_removed(stored_as), transaction.atomic():
        snapshot = Snapshot(
            id=snapshot_id,
            title=about.title.strip(),
            purpose=about.purpose.strip(),
            legal_basis=about.legal_basis,
            source_note=about.source_note.strip(),
            origin=source.origin,
            suffix=suffix,
            mapping=dict(about.mapping),
            size_bytes=size,
            key_id=key_id,
            stored_as=stored_as,
            added_by=by,
            delete_on=about.delete_on,
        )
        snapshot.sealed_name = envelope.seal(snapshot, "sealed_name", source.name, key_id=key_id)
        identifier_key = secrets.token_hex(_IDENTIFIER_KEY_BYTES)
        snapshot.sealed_identifier_key = envelope.seal(snapshot, "sealed_identifier_key", identifier_key, key_id=key_id)
        snapshot.save(force_insert=True)
        audit.record(
            "snapshot.taken_in",
            by=by.actor,
            about=subject_of(snapshot),
            purpose=snapshot.purpose,
            detail={
                "legal_basis": str(about.legal_basis),
                "origin": str(source.origin),
                "bytes": size,
                "delete_on": about.delete_on.isoformat(),
            },
        )
    return snapshot


@contextmanager
def _or_removed(stored_as: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        storage.remove(stored_as)
        raise


def _delete(snapshot: Snapshot, *, by: Actor, deleted_by: Staff | None, purpose: str) -> Snapshot:
    at = clock.now()
    snapshot.deleted_at, snapshot.deleted_by = at, deleted_by
    snapshot.save(update_fields=["deleted_at", "deleted_by"])
    Run.objects.filter(snapshot=snapshot, state__in=[RunState.QUEUED, RunState.RUNNING]).update(
        state=RunState.FAILED, failure=Failure.DELETED, finished_at=at
    )
    going = Finding.objects.filter(run__snapshot=snapshot, shredded_at__isnull=True).exclude(state__in=KEPT_STATES)
    keys = list(going.values_list("key_id", flat=True))
    shredded = going.update(shredded_at=at)
    audit.record(
        "snapshot.deleted", by=by, about=subject_of(snapshot), purpose=purpose, detail={"findings_deleted": shredded}
    )
    stored_as = snapshot.stored_as
    transaction.on_commit(lambda: _destroy([snapshot.key_id, *keys], stored_as))
    return snapshot


def _destroy(keys: list[UUID], stored_as: str) -> None:
    for key_id in keys:
        keyring.destroy_record_key(key_id)
    storage.remove(stored_as)


def destroy_what_was_deleted() -> int:
    """Destroy keys and files of deleted rows that a kill spared between the commit and the destruction. Returns how
    many snapshots still had a file."""
    left = 0
    for snapshot in Snapshot.objects.filter(deleted_at__isnull=False).exclude(stored_as=""):
        keys = Finding.objects.filter(run__snapshot=snapshot, shredded_at__isnull=False).values_list(
            "key_id", flat=True
        )
        _destroy([snapshot.key_id, *keys], snapshot.stored_as)
        left += Snapshot.objects.filter(pk=snapshot.pk).exclude(stored_as="").update(stored_as="")
    return left


def _locked(snapshot_id: UUID) -> Snapshot:
    row = Snapshot.objects.select_for_update().filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound("There is no such snapshot.")
    return row


def subject_of(snapshot: Snapshot) -> Subject:
    """The snapshot, as audit entries name it."""
    return Subject("snapshot", snapshot.pk)
