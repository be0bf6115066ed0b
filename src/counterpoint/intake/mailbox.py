"""The reporter's mailbox: where things stand, what the team asks and tells, what the reporter answers.

Services and selectors together, because each side's write is the other side's read. What the reporter does is audited
as REPORTER and nothing more. Staff reach a mailbox only through a referral or an advice contact that they may work on,
or, while nothing was made of the arrival, through the call-back queue.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from django.db import IntegrityError, transaction

from counterpoint.access.models import Staff, StaffRole
from counterpoint.access.permissions import check_reads, check_works_on
from counterpoint.access.relations import is_recused
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role, Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import REPORTER, Actor, Subject
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import change, one_or_none
from counterpoint.intake import call_backs, storage
from counterpoint.intake.arrivals import NewFile, stored_file
from counterpoint.intake.models import AdviceContact, Arrival, Mailbox, MailboxMessage, Referral, StoredFile
from counterpoint.intake.permissions import check_reads_call_backs, check_works_call_backs
from counterpoint.intake.receipts import hashing_slot, read_receipt, receipt_hash
from counterpoint.intake.storage import Shelf
from counterpoint.intake.types import ArrivalState, Kind, MessageKind, MessageView, PublicStatus, ReferralState

OpenedMailbox: TypeAlias = Mailbox  # for the doors, which pass it back to us and query nothing
Subjects: TypeAlias = Referral | AdviceContact | Arrival  # an arrival while nothing was made of it
LONGEST_MESSAGE = 5000
_MOST_MESSAGES = 500  # of one mailbox: more is no conversation any more
_CALLED_BACK = frozenset({ArrivalState.PROBLEM, ArrivalState.SET_ASIDE})
_TOLD = frozenset({MessageKind.UPDATE, MessageKind.OUTCOME})
_MAILBOX = Prepared(
    lambda arrival_id: (
        Mailbox.objects.select_for_update(of=("self",)).select_related("arrival").filter(arrival_id=arrival_id)
    )
)
_OF_ARRIVAL = Prepared(lambda arrival_id: Mailbox.objects.filter(arrival_id=arrival_id))
_OF_FORM = Prepared(lambda key: Mailbox.objects.select_related("arrival").filter(arrival__submission_key=key))


class WrongReceipt(NotFound):
    """These words open no mailbox. Says nothing about which do."""


class EmptyMessage(NotPossible):
    """Neither text nor file."""


def open_mailbox(receipt: str) -> Mailbox:
    """The mailbox that this receipt, as typed, opens. Raises WrongReceipt, and Busy when too many try at once."""
    canonical = read_receipt(receipt)
    if canonical is None:
        raise WrongReceipt("These words do not open a mailbox.")
    with hashing_slot():
        found = receipt_hash(canonical)
    with transaction.atomic():
        mailbox = one_or_none(Mailbox.objects.select_related("arrival").filter(receipt_hash=found))
        if mailbox is None:
            raise WrongReceipt("These words do not open a mailbox.")
        Mailbox.objects.filter(pk=mailbox.pk).update(last_opened_at=clock.now())
        audit.record("mailbox.opened", by=REPORTER, about=_subject(mailbox))
        return mailbox


def mailbox_of_session(mailbox_id: UUID) -> Mailbox | None:
    """The mailbox that a reporter opened a while ago; the door vouches that they did."""
    return one_or_none(Mailbox.objects.select_related("arrival").filter(pk=mailbox_id))


def messages_for_reporter(mailbox: Mailbox) -> tuple[MessageView, ...]:
    """All messages, oldest first, without names of staff. The team's new ones carry read_at None this once, and
    count as read from now on. Messages that were erased are left out."""
    with transaction.atomic():
        views = _views(mailbox, with_authors=False)
        new = [view.id for view in views if not view.from_reporter and view.read_at is None]
        if new:
            MailboxMessage.objects.filter(pk__in=new, read_at__isnull=True).update(read_at=clock.now())
        audit.record("mailbox.read", by=REPORTER, about=_subject(mailbox), detail={"new": len(new)})
        return views


def acknowledge_receipt_saved(submission_key: str) -> None:
    """The reporter says that the receipt is saved. Safe to run twice; nothing when no such form was stored."""
    with transaction.atomic():
        mailbox = _OF_FORM.one(submission_key)
        if mailbox is None or mailbox.receipt_saved_at is not None:
            return
        change(Mailbox, where={"pk": mailbox.pk}, changes={"receipt_saved_at": clock.now()})
        audit.record("mailbox.receipt_saved", by=REPORTER, about=_subject(mailbox))


def reply(
    mailbox: Mailbox, *, text: str, submission_key: str, files: Sequence[NewFile] = (), at: datetime | None = None
) -> UUID:
    """Store what the reporter writes and tell whoever works on it; the message's id. The same submission_key again
    stores nothing and gives the first one's id. Raises EmptyMessage, StoreFull, NotPossible for a full mailbox."""
    if not text.strip() and not files:
        raise EmptyMessage("Write a message or add a file.")
    key = hashlib.sha256(f"{mailbox.id} {submission_key}".encode()).hexdigest()  # what a browser sends is anything
    first = _message_sent_before(mailbox, key)
    if first:
        return first
    if MailboxMessage.objects.filter(mailbox=mailbox).count() >= _MOST_MESSAGES:
        raise NotPossible("This mailbox takes no more messages. Please call us.")
    stored = _stored_files(mailbox, files)
    try:
        with transaction.atomic():
            return _write_reply(mailbox, text=text, key=key, files=stored, at=at or clock.now())
    except IntegrityError:
        _forget_files(stored)
        first = _message_sent_before(mailbox, key)
        if first is None:
            raise
        return first
    except Exception:
        _forget_files(stored)
        raise


def ask_reporter(subject: Subjects, *, text: str, by: Staff) -> UUID:
    """Put a question into the reporter's mailbox; their status then says so. Raises NotAllowed, NotFound, EmptyMessage,
    NotPossible when there is no mailbox."""
    return _tell(subject, text=text, kind=MessageKind.QUESTION, by=by, status=PublicStatus.MORE_INFORMATION_WANTED)


def tell_reporter(
    subject: Subjects,
    *,
    text: str,
    by: Staff,
    kind: MessageKind = MessageKind.UPDATE,
    status: PublicStatus | None = None,
) -> UUID:
    """Tell the reporter how it goes (UPDATE) or what came of it (OUTCOME), and with `status` where it stands.
    Raises NotAllowed, NotFound, EmptyMessage, NotPossible when there is no mailbox."""
    if kind not in _TOLD:
        raise NotPossible("The team tells an update or an outcome; a question is asked.")
    return _tell(subject, text=text, kind=kind, by=by, status=status)


def set_status(subject: Subjects, *, status: PublicStatus, by: Staff | Actor) -> None:
    """Say in the mailbox where it stands. Does nothing where there is no mailbox or it says so already."""
    actor = _checked(subject, by)
    with transaction.atomic():
        mailbox = _mailbox_of(subject)
        if mailbox is None or mailbox.status == status:
            return
        change(Mailbox, where={"pk": mailbox.pk}, changes={"status": status, "status_at": clock.now()})
        audit.record("mailbox.status_set", by=actor, about=_subject(mailbox), detail={"status": str(status)})


def has_mailbox(subject: Subjects) -> bool:
    """Whether this came with a mailbox."""
    arrival_id = _arrival_of(subject)
    return arrival_id is not None and _OF_ARRIVAL.any(arrival_id)


def messages_for_staff(viewer: Staff, *, arrival: Arrival) -> tuple[MessageView, ...]:
    """All messages of the arrival's mailbox, oldest first, with authors. Whoever may read the referral or the advice
    may read them, and who reads the call-back queue while it is there. Raises NotFound, NotAllowed. Audited."""
    if arrival.state in _CALLED_BACK:
        check_reads_call_backs(viewer)
    else:
        kind, subject_id = _what_was_made_of(arrival)
        check_reads(viewer, kind=kind, subject_id=subject_id, section=Section.REPORTER)
    with transaction.atomic():
        mailbox = one_or_none(Mailbox.objects.select_related("arrival").filter(arrival=arrival))
        if mailbox is None:
            return ()
        views = _views(mailbox, with_authors=True)
        new = [view.id for view in views if view.from_reporter and view.read_at is None]
        if new:
            MailboxMessage.objects.filter(pk__in=new, read_at__isnull=True).update(read_at=clock.now())
        audit.record("mailbox.read", by=viewer.actor, about=_subject(mailbox), detail={"new": len(new)})
        return views


def files_of_messages(mailbox: Mailbox) -> dict[UUID, tuple[str, ...]]:
    """Message id to the names of its files, for those that can still be opened."""
    rows = MailboxMessage.objects.filter(mailbox=mailbox).prefetch_related("files")
    return {row.id: tuple(storage.name_of(file) for file in row.files.all()) for row in rows}


def _tell(subject: Subjects, *, text: str, kind: MessageKind, by: Staff, status: PublicStatus | None) -> UUID:
    if not text.strip():
        raise EmptyMessage("Write what the reporter should read.")
    if len(text) > LONGEST_MESSAGE:
        raise NotPossible(f"The message is too long: {len(text)} letters. {LONGEST_MESSAGE} fit.")
    actor = _checked(subject, by)
    with transaction.atomic():
        mailbox = _mailbox_of(subject)
        if mailbox is None:
            raise NotPossible("This did not come with a mailbox. Use the contact details, if there are any.")
        message = _new_message(mailbox, kind=kind, text=text, by=by, at=clock.now())
        if status is not None and mailbox.status != status:
            change(Mailbox, where={"pk": mailbox.pk}, changes={"status": status, "status_at": message.at})
        audit.record(
            f"mailbox.{kind}_sent",
            by=actor,
            about=_subject(mailbox),
            detail={"message": str(message.id), "status": str(status) if status else None},
        )
        return message.id


def _checked(subject: Subjects, by: Staff | Actor) -> Actor:
    """Who acts, after asking the permission map for staff. Commands and workers act for the system."""
    if isinstance(by, Actor):
        return by
    if isinstance(subject, Arrival):
        check_works_call_backs(by)
        return by.actor
    kind = SubjectKind.REFERRAL if isinstance(subject, Referral) else SubjectKind.ADVICE
    check_works_on(by, kind=kind, subject_id=subject.pk)
    return by.actor


def _mailbox_of(subject: Subjects) -> Mailbox | None:
    arrival_id = _arrival_of(subject)
    return _MAILBOX.one(arrival_id) if arrival_id is not None else None


def _arrival_of(subject: Subjects) -> UUID | None:
    return subject.pk if isinstance(subject, Arrival) else subject.arrival_id


def _what_was_made_of(arrival: Arrival) -> tuple[SubjectKind, UUID]:
    made = call_backs.made_of(arrival)
    if made is None:
        raise NotFound("Nothing was made of this arrival yet.")
    return made


def _write_reply(mailbox: Mailbox, *, text: str, key: str, files: Sequence[StoredFile], at: datetime) -> UUID:
    message = _new_message(mailbox, kind=MessageKind.ANSWER, text=text, by=None, at=at, submission_key=key)
    if files:
        StoredFile.objects.bulk_create(files)
        message.files.add(*files)
        _prepare_files_later(mailbox.arrival)
    if mailbox.status == PublicStatus.MORE_INFORMATION_WANTED:
        Mailbox.objects.filter(pk=mailbox.pk, status=PublicStatus.MORE_INFORMATION_WANTED).update(
            status=_status_after_answer(mailbox.arrival), status_at=at
        )
    audit.record(
        "mailbox.answered",
        by=REPORTER,
        about=_subject(mailbox),
        detail={"message": str(message.id), "files": len(files)},
    )
    _give_notice(mailbox.arrival)
    return message.id


def _prepare_files_later(arrival: Arrival) -> None:
    from counterpoint.intake.tasks import prepare_files  # tasks import services; a service only enqueues

    prepare_files.enqueue(str(arrival.id))


def _new_message(
    mailbox: Mailbox, *, kind: MessageKind, text: str, by: Staff | None, at: datetime, submission_key: str | None = None
) -> MailboxMessage:
    message_id = ids.new_id()
    sealed = keyring.seal_record(text.encode(), key_id=mailbox.key_id, place=f"mailboxmessage.sealed_text:{message_id}")
    return MailboxMessage.objects.create(
        id=message_id, mailbox=mailbox, kind=kind, sealed_text=sealed, by=by, at=at, submission_key=submission_key
    )


def _message_sent_before(mailbox: Mailbox, submission_key: str) -> UUID | None:
    return (
        MailboxMessage.objects.filter(mailbox=mailbox, submission_key=submission_key)
        .values_list("pk", flat=True)
        .first()
    )


def _stored_files(mailbox: Mailbox, files: Sequence[NewFile]) -> list[StoredFile]:
    stored: list[StoredFile] = []
    try:
        for file in files:
            stored.append(stored_file(file, key_id=mailbox.arrival.key_id))  # noqa: PERF401 - those before a failure go
    except Exception:
        _forget_files(stored)
        raise
    for row in stored:
        row.arrival = mailbox.arrival
    return stored


def _forget_files(files: Sequence[StoredFile]) -> None:
    storage.remove([file.original_stored_as for file in files], shelf=Shelf.SEALED)


def _status_after_answer(arrival: Arrival) -> PublicStatus:
    decided = Referral.objects.filter(arrival=arrival, state=ReferralState.DECIDED).exists()
    if not decided:
        return PublicStatus.BEING_READ
    online = arrival.kind == Kind.ONLINE_MATERIAL
    return PublicStatus.ONLINE_BEING_ASSESSED if online else PublicStatus.BEING_WORKED_ON


def _give_notice(arrival: Arrival) -> None:
    """To whoever works on it; while nobody does, to all who triage, so that no answer lies unread. Not to those who
    stepped aside."""
    text = f"The reporter of {arrival.reference} has written."
    people = _not_recused(_assigned_to(arrival), arrival) or _not_recused(_all_who_triage(), arrival)
    tell_staff(people, kind=NoticeKind.ANSWERED, text=text)


def _not_recused(people: Sequence[Staff], arrival: Arrival) -> list[Staff]:
    if arrival.state != ArrivalState.ACCEPTED:
        return list(people)
    kind, subject_id = _what_was_made_of(arrival)
    return [person for person in people if not is_recused(person, kind=kind, subject_id=subject_id)]


def _all_who_triage() -> list[Staff]:
    held = StaffRole.objects.filter(role__in=[Role.TRIAGE_OFFICER, Role.SUPERVISOR], ended_at__isnull=True)
    return list(Staff.objects.filter(pk__in=held.values("staff_id"), is_active=True, agency__is_lead=True))


def _assigned_to(arrival: Arrival) -> list[Staff]:
    if arrival.state != ArrivalState.ACCEPTED:
        return []
    referral = Referral.objects.filter(arrival=arrival, assigned_to__isnull=False).values("assigned_to")
    advice = AdviceContact.objects.filter(arrival=arrival, given_by__isnull=False).values("given_by")
    working = Staff.objects.filter(pk__in=referral) | Staff.objects.filter(pk__in=advice)
    return [person for person in working if person.is_active]


def _views(mailbox: Mailbox, *, with_authors: bool) -> tuple[MessageView, ...]:
    rows = list(MailboxMessage.objects.select_related("by").filter(mailbox=mailbox).order_by("at", "id"))
    texts = keyring.unseal_many(
        (mailbox.key_id, bytes(row.sealed_text), f"mailboxmessage.sealed_text:{row.id}") for row in rows
    )
    return tuple(
        MessageView(
            id=row.id,
            kind=MessageKind(row.kind),
            text=text.decode(),
            at=row.at,
            from_reporter=row.by_id is None,
            author=row.by.name if with_authors and row.by else "",
            read_at=row.read_at,
        )
        for row, text in zip(rows, texts, strict=True)
        if text is not None
    )


def _subject(mailbox: Mailbox) -> Subject:
    return Subject("mailbox", mailbox.id, mailbox.arrival.reference)
