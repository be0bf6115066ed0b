"""One address, one view: read the form, write the rows in one transaction, send the browser on."""

import os
import secrets
import uuid

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from bench.bare.models import Arrival, Draft, Entry, Job, Key, Mailbox

_FIELDS = ("at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "reference", "purpose", "detail")


_KEYS_AT_ONCE = 64  # as many as ours makes ahead
_keys: list[uuid.UUID] = []


def _new_key() -> uuid.UUID:
    if not _keys:
        rows = [Key(wrapped=os.urandom(60), wrapped_by="d" * 16) for _ in range(_KEYS_AT_ONCE)]
        with transaction.atomic():
            Key.objects.bulk_create(rows)
        _keys.extend(row.id for row in rows)
    return _keys.pop()


def send(request: HttpRequest) -> HttpResponse:
    """Four rows inserted, one changed, and two that were inserted ahead, many at once. The random bytes stand where
    ours has ciphertext, hashes and salts."""
    at, key, mailbox_key = timezone.now(), _new_key(), _new_key()
    reference = secrets.token_hex(8)
    with transaction.atomic():
        arrival = Arrival.objects.create(
            created_at=at,
            reference=reference,
            channel="portal",
            kind="concern",
            language="en",
            received_at=at,
            question_set="concern_public",
            question_set_hash="a" * 64,
            pack_hash="b" * 64,
            submission_key=secrets.token_hex(32),
            key_id=key,
            raw=os.urandom(len(request.POST["answer"]) + 200),
            mac="c" * 64,
            state="received",
        )
        Mailbox.objects.create(
            created_at=at,
            arrival=arrival,
            receipt_hash=os.urandom(32),
            key_id=mailbox_key,
            status="received",
            status_at=at,
        )
        Draft.objects.filter(pk=request.POST["draft"]).update(
            version=F("version") + 1, updated_at=at, content=os.urandom(120)
        )
        Entry.objects.create(
            at=at,
            actor_kind="reporter",
            actor_id="",
            action="arrival.received",
            subject_kind="arrival",
            subject_id=arrival.id,
            subject_reference=reference,
            purpose="",
            detail={"channel": "portal", "question_set": "concern_public", "files": 0},
            salts={name: secrets.token_hex(16) for name in _FIELDS},
            commitments={name: secrets.token_hex(32) for name in _FIELDS},
            mac=secrets.token_hex(32),
        )
        Job.objects.create(
            status="READY",
            enqueued_at=at,
            task_path="counterpoint.intake.tasks.process_arrival",
            queue_name="default",
            backend_name="default",
            arguments={"args": [str(arrival.id)], "kwargs": {}},
        )
    return HttpResponseRedirect(f"/sent/{reference}")


urlpatterns = [path("send", send)]
