"""Forms being filled in. Sealed under a key that derives from the secret in the person's browser: a copy of our
database and keys opens no draft. Nothing here is a record yet, so nothing is audited.

Several tabs may write at once: a page is merged into what is stored by a conditional update, tried again when another
was faster. Once sent, a draft holds only what the receipt page shows, until the person has saved the receipt.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from counterpoint.base import clock, ids
from counterpoint.base.errors import Conflict, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import change_version
from counterpoint.base.sealing import seal, unseal
from counterpoint.intake import storage
from counterpoint.intake.models import Draft, DraftFile
from counterpoint.intake.receipts import derived, receipt_hash, receipt_of
from counterpoint.intake.storage import Shelf, StoreFull
from counterpoint.intake.types import Answers

LIFETIME = Draft.retention.keep_for or timedelta(hours=24)
_DRAFT = Prepared(lambda lookup: Draft.objects.filter(lookup=lookup))  # asked by every page of a form
_MERGE_TRIES = 20
_QUARANTINE_BYTES = 4_000_000_000  # of all unsent forms together; a form takes no more than the pack's limits


class AlreadySent(NotPossible):
    """This form was sent. Its receipt can be shown as long as the browser keeps its secret."""


class TooManyFiles(NotPossible):
    """The form already holds as many files as the pack allows."""


@dataclass(frozen=True)
class DraftFileView:
    """A file of a form not yet sent."""

    id: UUID
    question: str
    name: str
    media_type: str
    size_bytes: int
    stored_as: str

    def as_answer(self) -> dict[str, Any]:
        """The file as an item of a `files` answer."""
        return {
            "file_id": str(self.id),
            "name": self.name,
            "media_type": self.media_type,
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True)
class SentForm:
    """What is kept of a form after it was sent, for the receipt page."""

    reference: str
    remembered: Mapping[str, str]


@dataclass(frozen=True)
class DraftView:
    """An opened draft. `answers` holds the files too; `receipt_hash` and `remember` once sending was prepared, the
    latter until the answers change."""

    id: UUID
    question_set: str
    version: int
    answers: Answers
    files: tuple[DraftFileView, ...] = ()
    receipt_hash: bytes | None = None
    remember: Mapping[str, str] | None = None
    sent: SentForm | None = None
    _content: Mapping[str, Any] = field(default_factory=dict, repr=False)


def submission_key(browser_secret: str) -> str:
    """Names the one submission that this browser's form can become, however often it is posted."""
    return derived(browser_secret, "submission").hex()


def read(browser_secret: str) -> DraftView | None:
    """The draft of this browser; None when there is none, it ended, or the secret is not its own."""
    row = _row(browser_secret)
    return _opened(row, browser_secret) if row else None


def save_page(browser_secret: str, *, question_set: str, answers: Answers, blank: Collection[str] = ()) -> DraftView:
    """Merge one page into the draft, making it when there is none. blank: questions whose answer is taken back.
    Raises AlreadySent; Conflict when other tabs were faster time and again."""

    def merged(content: dict[str, Any]) -> dict[str, Any]:
        kept = {key: answer for key, answer in content.get("answers", {}).items() if key not in blank}
        return {**content, "answers": {**kept, **answers}, "remember": None}

    return _change(browser_secret, question_set=question_set, change=merged)


def prepare_sending(browser_secret: str, *, remember: Mapping[str, str]) -> None:
    """Do ahead of sending what takes long, so that sending itself is quick: the receipt's slow hash, and what the
    receipt page will say of these answers. Safe to run twice."""
    draft = read(browser_secret)
    if draft is None or draft.sent or (draft.receipt_hash and draft.remember == remember):
        return
    prepared = (draft.receipt_hash or receipt_hash(receipt_of(browser_secret))).hex()

    def with_prepared(content: dict[str, Any]) -> dict[str, Any]:
        is_same = content.get("answers") == draft._content.get("answers")  # noqa: SLF001 - our own value
        return {**content, "receipt_hash": prepared, "remember": dict(remember) if is_same else None}

    _change(browser_secret, question_set=draft.question_set, change=with_prepared)


def add_file(
    browser_secret: str,
    *,
    question_set: str,
    question: str,
    name: str,
    media_type: str,
    content: bytes,
    max_files: int,
) -> DraftFileView:
    """Seal an upload into quarantine; when this returns it is on disk. Raises AlreadySent, TooManyFiles, StoreFull."""
    row = _row(browser_secret) or _created(browser_secret, question_set=question_set)
    if _opened(row, browser_secret).sent:
        raise AlreadySent("This form has been sent. Files can be added in the mailbox.")
    _check_quarantine(len(content))
    key = _key(browser_secret)
    file_id = ids.new_id()
    stored_as = storage.put(seal(content, key=key, place=f"draftfile.content:{file_id}"), shelf=Shelf.QUARANTINE)
    try:
        with transaction.atomic():
            if not Draft.objects.select_for_update().filter(pk=row.pk).first():
                raise AlreadySent("This form has ended.")  # noqa: TRY301 - the handler takes the file off the disk
            _check_count(row, question=question, max_files=max_files)
            DraftFile.objects.create(
                id=file_id,
                draft=row,
                question=question,
                sealed_name=seal(name.encode(), key=key, place=f"draftfile.sealed_name:{file_id}"),
                media_type=media_type,
                size_bytes=len(content),
                stored_as=stored_as,
            )
            Draft.objects.filter(pk=row.pk, had_files=False).update(had_files=True)
    except Exception:
        storage.remove([stored_as], shelf=Shelf.QUARANTINE)
        raise
    return DraftFileView(file_id, question, name, media_type, len(content), stored_as)


def remove_file(browser_secret: str, *, file_id: UUID) -> str | None:
    """Take a file out of the draft and off the disk. The name it had; None when the draft has no such file."""
    draft = read(browser_secret)
    found = next((file for file in draft.files if file.id == file_id), None) if draft else None
    if draft is None or found is None:
        return None
    DraftFile.objects.filter(pk=file_id, draft_id=draft.id).delete()
    storage.remove([found.stored_as], shelf=Shelf.QUARANTINE)
    return found.name


def content_of(file: DraftFileView, *, browser_secret: str) -> bytes:
    """What was uploaded. Raises FileLost, CannotUnseal."""
    sealed = storage.get(file.stored_as, shelf=Shelf.QUARANTINE)
    return unseal(sealed, key=_key(browser_secret), place=f"draftfile.content:{file.id}")


def mark_sent(draft: DraftView, *, browser_secret: str, sent: SentForm, at: datetime) -> None:
    """Inside the sending's transaction: forget the answers, remember what the receipt page shows.
    Raises Conflict when another tab saved a page since `draft` was read."""
    content = {"sent": {"reference": sent.reference, "remembered": dict(sent.remembered)}}
    changes = {"updated_at": at, "sealed_answers": _sealed(content, draft.id, browser_secret)}
    if not change_version(Draft, draft.id, expected_version=draft.version, changes=changes):
        raise Conflict("This form was changed in another window. Check the answers and send again.", theirs={})
    if draft.files:
        DraftFile.objects.filter(draft_id=draft.id).delete()
        names = [file.stored_as for file in draft.files]
        transaction.on_commit(lambda: storage.remove(names, shelf=Shelf.QUARANTINE))


def drop(browser_secret: str) -> None:
    """Delete the draft and its files. Safe when there is none."""
    _delete(Draft.objects.filter(lookup=_lookup(browser_secret)))


def expire_drafts(*, limit: int) -> int:
    """Delete drafts that nobody touched for their lifetime, with their files, so many at most. Returns how many."""
    ended = Draft.objects.filter(updated_at__lt=_oldest_living(clock.now())).order_by("updated_at")
    return _delete(ended[:limit])


def _delete(drafts: Any) -> int:
    """drafts: a query of Draft rows. A file that is left when this is killed half way is an orphan, and swept."""
    doomed = list(drafts.values_list("pk", flat=True))
    with transaction.atomic():
        names = list(DraftFile.objects.filter(draft_id__in=doomed).values_list("stored_as", flat=True))
        Draft.objects.filter(pk__in=doomed).delete()
    storage.remove(names, shelf=Shelf.QUARANTINE)
    return len(doomed)


def _change(browser_secret: str, *, question_set: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> DraftView:
    for _ in range(_MERGE_TRIES):
        row = _row(browser_secret) or _created(browser_secret, question_set=question_set)
        before = _opened(row, browser_secret)
        if before.sent:
            raise AlreadySent("This form has been sent. It can be changed no more.")
        content = change(dict(before._content))  # noqa: SLF001 - our own value
        sealed = _sealed(content, row.pk, browser_secret)
        changes = {"sealed_answers": sealed, "updated_at": clock.now()}
        if change_version(Draft, row.pk, expected_version=row.version, changes=changes):
            row.version, row.sealed_answers = row.version + 1, sealed
            return _opened(row, browser_secret, files=before.files)
    raise Conflict("This form is being changed in another window. Close one of the two and try again.", theirs={})


def _row(browser_secret: str) -> Draft | None:
    row = _DRAFT.one(_lookup(browser_secret))
    return row if row and row.updated_at >= _oldest_living(clock.now()) else None


def _created(browser_secret: str, *, question_set: str) -> Draft:
    """A new, empty draft; the other's, when another request of the same browser was faster."""
    drop_ended = Draft.objects.filter(lookup=_lookup(browser_secret), updated_at__lt=_oldest_living(clock.now()))
    _delete(drop_ended)
    try:
        with transaction.atomic():
            return Draft.objects.create(
                lookup=_lookup(browser_secret), question_set=question_set, updated_at=clock.now()
            )
    except IntegrityError:
        return Draft.objects.get(lookup=_lookup(browser_secret))


def _opened(row: Draft, browser_secret: str, *, files: tuple[DraftFileView, ...] | None = None) -> DraftView:
    content = _content(row, browser_secret)
    listed = _files(row, browser_secret) if files is None else files
    sent = content.get("sent")
    prepared = content.get("receipt_hash")
    return DraftView(
        id=row.pk,
        question_set=row.question_set,
        version=row.version,
        answers={**content.get("answers", {}), **_file_answers(listed)},
        files=listed,
        receipt_hash=bytes.fromhex(prepared) if prepared else None,
        remember=content.get("remember"),
        sent=SentForm(sent["reference"], sent["remembered"]) if sent else None,
        _content=content,
    )


def _content(row: Draft, browser_secret: str) -> dict[str, Any]:
    """Raises CannotUnseal when the row was tampered with."""
    if not row.sealed_answers:
        return {}
    opened = unseal(bytes(row.sealed_answers), key=_key(browser_secret), place=f"draft.sealed_answers:{row.pk}")
    content: dict[str, Any] = json.loads(opened)
    return content


def _files(row: Draft, browser_secret: str) -> tuple[DraftFileView, ...]:
    if not row.had_files:
        return ()
    key = _key(browser_secret)
    return tuple(
        DraftFileView(
            id=file.pk,
            question=file.question,
            name=unseal(bytes(file.sealed_name), key=key, place=f"draftfile.sealed_name:{file.pk}").decode(),
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            stored_as=file.stored_as,
        )
        for file in row.files.order_by("created_at", "pk")
    )


def _file_answers(files: Collection[DraftFileView]) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    for file in files:
        answers.setdefault(file.question, {"value": []})["value"].append(file.as_answer())
    return answers


def _sealed(content: Mapping[str, Any], draft_id: UUID, browser_secret: str) -> bytes:
    return seal(
        json.dumps(content, ensure_ascii=False).encode(),
        key=_key(browser_secret),
        place=f"draft.sealed_answers:{draft_id}",
    )


def _key(browser_secret: str) -> bytes:
    return derived(browser_secret, "draft")


def _lookup(browser_secret: str) -> str:
    return hashlib.sha256(derived(browser_secret, "lookup")).hexdigest()


def _oldest_living(at: datetime) -> datetime:
    return at - LIFETIME


def _check_count(row: Draft, *, question: str, max_files: int) -> None:
    """The row is locked, so that two tabs cannot both add the last file."""
    if DraftFile.objects.filter(draft=row, question=question).count() >= max_files:
        raise TooManyFiles(f"You can add up to {max_files} files.")


def _check_quarantine(size_bytes: int) -> None:
    held = DraftFile.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    if held + size_bytes > _QUARANTINE_BYTES:
        raise StoreFull("We have no room for files at this moment. Try again later, or send the form without.")
