"""Storing what came in, verbatim and sealed, before anything is made of it (`counterpoint.intake.accepting` does that).

What is acknowledged is on disk: files first, then one transaction with the arrival, its mailbox, the audit entry and
the task that goes on with it. The same form sent twice, one after the other or at the same moment, is one arrival.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from counterpoint.audit import services as audit
from counterpoint.audit.types import REPORTER, Actor, Subject
from counterpoint.base import ids, keyring
from counterpoint.base.errors import Fault, NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.intake import drafts, receipts, storage
from counterpoint.intake.drafts import DraftFileView, DraftView
from counterpoint.intake.models import Arrival, Mailbox, StoredFile
from counterpoint.intake.storage import Shelf
from counterpoint.intake.types import Answers, ArrivalReceived, ChannelName, Kind, PublicStatus
from counterpoint.kernel.packs import Pack
from counterpoint.rules import selectors as rules

_TRIES = 3  # a fresh reference each time: two of 40 random bits may meet


class RawForm(TypedDict):
    """What `Arrival.sealed_raw` holds: the form as it was sent. `files` answers name StoredFile rows by `file_id`."""

    question_set: str
    language: str
    answers: Answers


@dataclass(frozen=True)
class NewFile:
    """A file that comes with an arrival or a message; media_type was found by looking inside."""

    question: str
    name: str
    media_type: str
    content: bytes


class NoSuchForm(NotFound):
    """The pack in force has no question set of that id."""


def store_arrival(
    *,
    channel: ChannelName,
    language: str,
    question_set_id: str,
    answers: Answers,
    submission_key: str,
    at: datetime,
    browser_secret: str | None = None,
    receipt: str | None = None,
    draft: DraftView | None = None,
    remember: Mapping[str, str] | None = None,
    by: Actor = REPORTER,
    pack: Pack | None = None,
) -> ArrivalReceived:
    """Store a form for good and say by which reference and receipt it is known.

    browser_secret: gives the receipt of a form filled in by the reporter; otherwise `receipt`, or a fresh one.
    draft: the form that is sent; those of its files that `answers` name come along, and the draft then remembers only
        the reference and `remember`, for the receipt page.
    pack: the one in force, from a caller that has looked it up already.
    With a submission_key that was stored before: the first one's reference, `repeated` True, nothing stored; the
    receipt is then the first one's only where it derives from browser_secret or was given again.
    Raises NoSuchForm; Conflict when the draft was changed in another window; Fault of the database or disk, and then
    nothing is stored."""
    chosen = receipt or (receipts.receipt_of(browser_secret) if browser_secret else receipts.new_receipt())
    pack = pack or rules.pack_in_force()
    if question_set_id not in pack.question_sets:
        raise NoSuchForm("There is no such form.")
    form = _Form(
        pack=pack,
        channel=channel,
        language=language,
        question_set_id=question_set_id,
        answers=answers,
        submission_key=submission_key,
        at=at,
        receipt=chosen,
        receipt_hash=(draft.receipt_hash if draft else None) or receipts.receipt_hash(chosen),
        by=by,
        draft=draft,
        browser_secret=browser_secret or "",
        remember=remember or {},
    )
    for _ in range(_TRIES):
        stored = _store(form)
        if stored:
            return stored
    raise Fault("an arrival could not be stored: its row clashes with others time and again")


def reference_of(submission_key: str) -> str | None:
    """The reference of the form that was stored under this key; None when none was."""
    return one_or_none(Arrival.objects.filter(submission_key=submission_key).values_list("reference", flat=True))


def raw_form(arrival: Arrival) -> RawForm:
    """The form as it was sent, opened. Callers record the read.
    Raises KeyDestroyed when it was erased, Fault when it is not what was stored."""
    raw = keyring.unseal_record(
        bytes(arrival.sealed_raw), key_id=arrival.key_id, place=f"arrival.sealed_raw:{arrival.id}"
    )
    if not hmac.compare_digest(raw_mac(raw), arrival.raw_mac):
        raise Fault(f"the arrival {arrival.reference} is not what was stored")
    form: RawForm = json.loads(raw)
    return form


def raw_mac(raw: bytes) -> str:
    """HMAC-SHA256 under the deployment's key: tells whether the raw form is the one that came in."""
    return hmac.new(settings.DEPLOYMENT_KEYS.derive("raw form"), raw, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class _Form:
    """A form on its way into the database."""

    pack: Pack
    channel: ChannelName
    language: str
    question_set_id: str
    answers: Answers
    submission_key: str
    at: datetime
    receipt: str
    receipt_hash: bytes
    by: Actor
    draft: DraftView | None
    browser_secret: str
    remember: Mapping[str, str]


def _store(form: _Form) -> ArrivalReceived | None:
    """The arrival, stored now or before; None when the fresh reference met another, so that a further try may help.

    Whatever takes long (keys, sealing) is done before the transaction, which on SQLite keeps all others waiting."""
    arrival_id, key_id = ids.new_id(), keyring.new_record_key()
    files, answers = _reseal(form, key_id=key_id)
    arrival = _arrival(form, arrival_id=arrival_id, key_id=key_id, answers=answers)
    mailbox = Mailbox(
        arrival=arrival,
        receipt_hash=form.receipt_hash,
        key_id=keyring.new_record_key(),
        status=PublicStatus.RECEIVED,
        status_at=form.at,
    )
    try:
        with transaction.atomic():
            return _write(form, arrival, mailbox, files)
    except IntegrityError:
        storage.remove([file.original_stored_as for file in files], shelf=Shelf.SEALED)
        return _stored_before(form)
    except Exception:
        storage.remove([file.original_stored_as for file in files], shelf=Shelf.SEALED)
        raise


def _arrival(form: _Form, *, arrival_id: UUID, key_id: UUID, answers: Answers) -> Arrival:
    """The row, not yet saved."""
    raw_value: RawForm = {"question_set": form.question_set_id, "language": form.language, "answers": answers}
    raw = json.dumps(raw_value, ensure_ascii=False).encode()
    pack = form.pack
    return Arrival(
        id=arrival_id,
        reference=ids.new_reference(),
        channel=form.channel,
        kind=Kind(pack.question_sets[form.question_set_id].kind),
        language=form.language,
        received_at=form.at,
        question_set=form.question_set_id,
        question_set_hash=pack.files[f"question_sets/{form.question_set_id}.yaml"],
        pack_hash=pack.content_hash,
        submission_key=form.submission_key,
        key_id=key_id,
        sealed_raw=keyring.seal_record(raw, key_id=key_id, place=f"arrival.sealed_raw:{arrival_id}"),
        raw_mac=raw_mac(raw),
    )


def _write(form: _Form, arrival: Arrival, mailbox: Mailbox, files: Sequence[StoredFile]) -> ArrivalReceived:
    from counterpoint.intake.tasks import process_arrival  # tasks import services; a service only enqueues

    arrival.save(force_insert=True)
    if files:
        for file in files:
            file.arrival = arrival
        StoredFile.objects.bulk_create(files)
    mailbox.save(force_insert=True)
    if form.draft:
        sent = drafts.SentForm(reference=arrival.reference, remembered=form.remember)
        drafts.mark_sent(form.draft, browser_secret=form.browser_secret, sent=sent, at=form.at)
    audit.record(
        "arrival.received",
        by=form.by,
        about=Subject("arrival", arrival.id, arrival.reference),
        detail={"channel": str(form.channel), "question_set": form.question_set_id, "files": len(files)},
    )
    process_arrival.enqueue(str(arrival.id))
    return ArrivalReceived(arrival_id=arrival.id, reference=arrival.reference, receipt=form.receipt, repeated=False)


def _stored_before(form: _Form) -> ArrivalReceived | None:
    first = one_or_none(Arrival.objects.filter(submission_key=form.submission_key).only("id", "reference"))
    if first is None:
        return None
    return ArrivalReceived(arrival_id=first.id, reference=first.reference, receipt=form.receipt, repeated=True)


def _reseal(form: _Form, *, key_id: UUID) -> tuple[list[StoredFile], Answers]:
    """The draft's files sealed anew under the arrival's key, on disk; and the answers naming the new rows."""
    if form.draft is None or not form.draft.files:
        return [], form.answers
    kept = {file.id: file for file in form.draft.files if str(file.id) in _file_ids(form.answers)}
    if not kept:
        return [], form.answers
    rows = {
        str(old): stored_file(
            NewFile(file.question, file.name, file.media_type, _content(file, form.browser_secret)), key_id=key_id
        )
        for old, file in kept.items()
    }
    return list(rows.values()), _renamed(form.answers, {old: str(row.id) for old, row in rows.items()})


def stored_file(file: NewFile, *, key_id: UUID) -> StoredFile:
    """An unsaved row for a file whose sealed original is on disk already. The caller sets `arrival` and saves it, or
    removes the original."""
    file_id = ids.new_id()
    return StoredFile(
        id=file_id,
        question=file.question,
        key_id=key_id,
        sealed_name=keyring.seal_record(file.name.encode(), key_id=key_id, place=f"storedfile.sealed_name:{file_id}"),
        media_type=file.media_type,
        size_bytes=len(file.content),
        original_stored_as=storage.seal_original(file.content, file_id=file_id, key_id=key_id),
    )


def _content(file: DraftFileView, browser_secret: str) -> bytes:
    return drafts.content_of(file, browser_secret=browser_secret)


def _file_ids(answers: Answers) -> frozenset[str]:
    return frozenset(item["file_id"] for answer in answers.values() for item in _file_items(answer))


def _file_items(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    value = answer.get("value")
    items = value if isinstance(value, (list, tuple)) else ()
    return [item for item in items if isinstance(item, Mapping) and "file_id" in item]


def _renamed(answers: Answers, new_ids: Mapping[str, str]) -> Answers:
    """The answers with each file named by its stored row; a file that is not the draft's own is left out."""
    changed: dict[str, Mapping[str, Any]] = {}
    for question, answer in answers.items():
        items = _file_items(answer)
        if not items:
            changed[question] = answer
            continue
        own = [{**item, "file_id": new_ids[item["file_id"]]} for item in items if item["file_id"] in new_ids]
        changed[question] = {**answer, "value": own}
    return changed
