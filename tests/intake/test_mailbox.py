"""The mailbox opens with its receipt only; what one side writes the other reads; every act has its audit entry."""

import pytest
from tests.intake.telling import a_referral, told

from counterpoint.access.models import Notice, Recusal
from counterpoint.access.selectors import notices_of
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.intake import mailbox, storage
from counterpoint.intake.arrivals import NewFile
from counterpoint.intake.mailbox import EmptyMessage, WrongReceipt
from counterpoint.intake.models import Arrival, Mailbox, MailboxMessage, Referral, StoredFile
from counterpoint.intake.receipts import new_receipt, receipt_digits
from counterpoint.intake.types import MessageKind, PublicStatus

pytestmark = pytest.mark.django_db

TEXT = "Since when has he said this?"


@pytest.fixture
def opened(cast) -> Mailbox:
    return mailbox.open_mailbox(told().receipt)


@pytest.fixture
def referral(cast) -> Referral:
    return a_referral()


@pytest.fixture
def officer(cast):
    return cast[Role.TRIAGE_OFFICER]


def _actions() -> list[str]:
    return list(AuditEntry.objects.filter(subject_kind="mailbox").order_by("number").values_list("action", flat=True))


def test_words_and_digits_open_it_and_nothing_else_does(cast):
    received = told()
    told()
    by_words = mailbox.open_mailbox(f"  {received.receipt.upper()}\n")
    by_digits = mailbox.open_mailbox("-".join(receipt_digits(received.receipt)))
    assert by_words == by_digits
    assert by_words.arrival.reference == received.reference
    parts = received.receipt.split()
    for wrong in (new_receipt(), " ".join(reversed(parts)), " ".join(parts[:7]), received.reference, "", "x" * 9999):
        with pytest.raises(WrongReceipt):
            mailbox.open_mailbox(wrong)
    assert _actions() == ["mailbox.opened", "mailbox.opened"]


def test_reporters_are_never_named_in_the_audit(opened):
    mailbox.reply(opened, text="I am his mother", submission_key="1")
    mailbox.messages_for_reporter(opened)
    entries = AuditEntry.objects.filter(subject_kind="mailbox")
    assert {(entry.actor_kind, entry.actor_id) for entry in entries} == {("reporter", "")}
    assert "mother" not in repr([entry.detail for entry in entries])


def test_the_same_reply_twice_is_one(opened):
    first = mailbox.reply(opened, text="Hello", submission_key="same")
    assert mailbox.reply(opened, text="Hello", submission_key="same") == first
    assert mailbox.reply(opened, text="Hello", submission_key="other") != first
    assert MailboxMessage.objects.count() == 2
    assert _actions().count("mailbox.answered") == 2


def test_a_key_from_another_mailbox_disturbs_nothing(cast):
    one, other = (mailbox.open_mailbox(told().receipt) for _ in range(2))
    mailbox.reply(one, text="Hello", submission_key="same")
    mailbox.reply(other, text="Hello", submission_key="same")
    assert MailboxMessage.objects.count() == 2


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_reply_is_refused(opened, text):
    with pytest.raises(EmptyMessage):
        mailbox.reply(opened, text=text, submission_key="1")


def test_a_full_mailbox_says_so(opened, monkeypatch):
    monkeypatch.setattr(mailbox, "_MOST_MESSAGES", 1)
    mailbox.reply(opened, text="one", submission_key="1")
    with pytest.raises(NotPossible, match="call us"):
        mailbox.reply(opened, text="two", submission_key="2")


def test_what_is_written_lies_sealed(opened):
    mailbox.reply(opened, text=TEXT, submission_key="1")
    message = MailboxMessage.objects.get()
    assert TEXT.encode() not in bytes(message.sealed_text)
    assert [view.text for view in mailbox.messages_for_reporter(opened)] == [TEXT]
    keyring.destroy_record_key(opened.key_id)
    assert mailbox.messages_for_reporter(opened) == ()


def test_files_of_a_reply_lie_under_the_arrivals_key(opened):
    file = NewFile("", "photo.jpg", "image/jpeg", b"\xff\xd8\xff")
    message = mailbox.reply(opened, text="", files=[file], submission_key="1")
    stored = StoredFile.objects.get()
    assert stored.arrival == opened.arrival
    assert stored.key_id == opened.arrival.key_id
    assert storage.read_original(stored) == b"\xff\xd8\xff"
    assert mailbox.files_of_messages(opened) == {message: ("photo.jpg",)}


def test_a_question_goes_there_and_its_answer_comes_back(referral, officer):
    theirs = Mailbox.objects.get(arrival=referral.arrival)
    mailbox.ask_reporter(referral, text=TEXT, by=officer)
    theirs.refresh_from_db()
    assert theirs.status == PublicStatus.MORE_INFORMATION_WANTED
    (seen,) = mailbox.messages_for_reporter(theirs)
    assert (seen.kind, seen.text, seen.author, seen.from_reporter, seen.read_at) == (
        MessageKind.QUESTION,
        TEXT,
        "",
        False,
        None,
    )
    assert mailbox.messages_for_reporter(theirs)[0].read_at is not None
    mailbox.reply(theirs, text="For a month", submission_key="1")
    theirs.refresh_from_db()
    assert theirs.status == PublicStatus.BEING_READ
    views = mailbox.messages_for_staff(officer, arrival=referral.arrival)
    assert [(view.text, view.author, view.from_reporter) for view in views] == [
        (TEXT, officer.name, False),
        ("For a month", "", True),
    ]
    assert _actions() == [
        "mailbox.question_sent",
        "mailbox.read",
        "mailbox.read",
        "mailbox.answered",
        "mailbox.read",
    ]


def test_the_answer_is_told_to_the_one_who_works_on_it(referral, officer, cast):
    theirs = Mailbox.objects.select_related("arrival").get(arrival=referral.arrival)
    Notice.objects.all().delete()
    Referral.objects.filter(pk=referral.pk).update(assigned_to=officer)
    mailbox.reply(theirs, text="one", submission_key="1")
    notice = Notice.objects.get()
    assert notice.staff == officer
    assert "one" not in notice.text.split()
    assert referral.arrival.reference in notice.text


def test_an_answer_that_nobody_works_on_is_told_to_all_who_triage(referral, cast):
    theirs = Mailbox.objects.select_related("arrival").get(arrival=referral.arrival)
    Notice.objects.all().delete()
    mailbox.reply(theirs, text="one", submission_key="1")
    told_to = {notice.staff for notice in Notice.objects.all()}
    assert {cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]} <= told_to
    assert all(person.role_names & {Role.TRIAGE_OFFICER, Role.SUPERVISOR} for person in told_to)


def test_those_who_stepped_aside_are_not_told(referral, cast):
    theirs = Mailbox.objects.select_related("arrival").get(arrival=referral.arrival)
    for person in (cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]):
        Recusal.objects.create(
            staff=person,
            subject_kind="referral",
            subject_id=referral.pk,
            reason="neighbour",
            recorded_by=cast.other_supervisor,
        )
    Notice.objects.all().delete()
    mailbox.reply(theirs, text="one", submission_key="1")
    assert [notice.staff for notice in Notice.objects.all()] == [cast.other_supervisor]
    assert all(notices_of(cast.other_supervisor))


def test_an_outcome_and_a_status_are_told_together(referral, officer):
    mailbox.tell_reporter(
        referral, text="We found help.", kind=MessageKind.OUTCOME, status=PublicStatus.CLOSED, by=officer
    )
    theirs = Mailbox.objects.get(arrival=referral.arrival)
    assert theirs.status == PublicStatus.CLOSED
    assert mailbox.messages_for_reporter(theirs)[0].kind == MessageKind.OUTCOME
    with pytest.raises(NotPossible):
        mailbox.tell_reporter(referral, text="x", kind=MessageKind.ANSWER, by=officer)


def test_a_status_is_set_once(referral, officer):
    mailbox.set_status(referral, status=PublicStatus.BEING_WORKED_ON, by=officer)
    mailbox.set_status(referral, status=PublicStatus.BEING_WORKED_ON, by=officer)
    assert _actions().count("mailbox.status_set") == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.PARTNER, Role.CALL_HANDLER])
def test_those_without_a_relation_neither_read_nor_write(referral, cast, role):
    with pytest.raises(NotFound):
        mailbox.messages_for_staff(cast[role], arrival=referral.arrival)
    for write in (
        lambda: mailbox.ask_reporter(referral, text=TEXT, by=cast[role]),
        lambda: mailbox.tell_reporter(referral, text=TEXT, by=cast[role]),
        lambda: mailbox.set_status(referral, status=PublicStatus.CLOSED, by=cast[role]),
    ):
        with pytest.raises(NotFound):
            write()
    assert not MailboxMessage.objects.exists()


def test_a_conflict_of_interest_closes_the_mailbox_too(referral, officer, cast):
    Recusal.objects.create(
        staff=officer,
        subject_kind="referral",
        subject_id=referral.pk,
        reason="neighbour",
        recorded_by=cast[Role.SUPERVISOR],
    )
    with pytest.raises(NotFound):
        mailbox.messages_for_staff(officer, arrival=referral.arrival)


def test_a_saved_receipt_is_noted_once(cast):
    told(key="form")
    mailbox.acknowledge_receipt_saved("form")
    mailbox.acknowledge_receipt_saved("form")
    mailbox.acknowledge_receipt_saved("no such form")
    assert Mailbox.objects.get().receipt_saved_at <= clock.now()
    assert _actions() == ["mailbox.receipt_saved"]


def test_a_message_that_is_too_long_is_refused(referral, officer):
    with pytest.raises(NotPossible, match="too long"):
        mailbox.tell_reporter(referral, text="x" * 5001, by=officer)
    with pytest.raises(EmptyMessage):
        mailbox.ask_reporter(referral, text="  ", by=officer)


def test_an_arrival_that_nothing_was_made_of_shows_no_messages(cast, officer):
    received = told()
    with pytest.raises(NotFound):
        mailbox.messages_for_staff(officer, arrival=Arrival.objects.get(pk=received.arrival_id))
