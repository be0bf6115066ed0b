"""Call backs are worked off by people: put into the inbox with what fits, or set aside with a reason; nothing is lost,
nothing is doubled, and the reporter's mailbox tells the truth."""

import json
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction
from tests.cast import a_cast
from tests.intake.telling import CONCERN, a_referral, arrival_of, no_such_id, someone, the_england_pack, told

from counterpoint import journey
from counterpoint.access.errors import Lacking
from counterpoint.access.models import Staff
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.intake import accepting, mailbox
from counterpoint.intake import selectors as intake
from counterpoint.intake.arrivals import NewFile, stored_file
from counterpoint.intake.models import AdviceContact, Arrival, CallBackOutcome, Mailbox, Referral
from counterpoint.intake.types import ArrivalState, CallBackEnding, MessageKind, PublicStatus, ScanState
from counterpoint.intake.work import run_queued
from counterpoint.triage.call_backs import call_back_for, call_backs, dealt_with_lately

pytestmark = pytest.mark.django_db
UNFIT = {"oddity": {"value": "Ring me at the mill."}}
NOTE = "Rang her: it was about the school bus."
TOLD = "We spoke on the telephone."
WORKERS = frozenset({Role.TRIAGE_OFFICER, Role.SUPERVISOR})


def in_trouble(answers=None, **how) -> Arrival:
    received = told({**CONCERN, **UNFIT} if answers is None else answers, **how)
    assert journey.process_arrival(received.arrival_id).state is ArrivalState.PROBLEM
    return arrival_of(received)


def aside(arrival: Arrival, by: Staff, ending=CallBackEnding.SPOKEN, **more) -> CallBackOutcome:
    given = {"note": NOTE, "told": TOLD, **more}
    return journey.set_call_back_aside(arrival.pk, ending=ending, by=by, **given)


def entries(*actions: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action__in=actions).order_by("number"))


class TestPutIntoTheInbox:
    def test_what_fits_is_the_referral_and_the_rest_stays_as_it_came(self, cast):
        arrival = in_trouble({**CONCERN, **someone("Samir", "Okonjo", age=15), **UNFIT})
        raw = bytes(arrival.sealed_raw)
        officer = cast[Role.TRIAGE_OFFICER]
        accepted = journey.put_into_inbox(arrival.pk, by=officer)
        referral = Referral.objects.get(pk=accepted.referral_id)
        arrival.refresh_from_db()
        assert (arrival.state, bytes(arrival.sealed_raw)) == (ArrivalState.ACCEPTED, raw)
        opened = intake.opened(referral).answers
        assert "oddity" not in opened
        assert opened["worry"] == CONCERN["worry"]
        view = call_back_for(officer, arrival.pk)
        assert view.answers["oddity"] == UNFIT["oddity"]
        assert "oddity" not in view.fitting
        assert {"worry", "person_age"} <= view.fitting.keys()
        (entry,) = entries("referral.accepted")
        assert (entry.actor_id, entry.detail["unfit"]) == (str(officer.pk), "not_a_question")

    def test_it_goes_on_as_any_other(self, cast):
        arrival = in_trouble({**CONCERN, "immediate_danger": {"value": "yes"}, **UNFIT})
        row = stored_file(NewFile("files", "x.txt", "text/plain", b"words"), key_id=arrival.key_id)
        row.arrival = arrival
        row.save(force_insert=True)
        with clock.moved_to(clock.now()):
            at = clock.now()
            referral_id = journey.put_into_inbox(arrival.pk, by=cast[Role.SUPERVISOR]).referral_id
        referral = Referral.objects.get(pk=referral_id)
        assert referral.is_emergency
        assert referral.verdicts.count() == 1
        assert f"{arrival.reference} may be an emergency: hand it over first." in {
            notice.text for notice in cast[Role.TRIAGE_OFFICER].notices.all()
        }
        box = Mailbox.objects.get(arrival=arrival)
        assert (box.status, box.status_at) == (PublicStatus.BEING_READ, at)
        run_queued()
        row.refresh_from_db()
        assert row.scan_state != ScanState.WAITING
        assert referral.verdicts.count() == 1  # the queued job found everything done

    def test_a_job_goes_on_where_the_person_was_cut_off(self, cast, monkeypatch):
        arrival = in_trouble()
        monkeypatch.setattr(journey, "process_arrival", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            journey.put_into_inbox(arrival.pk, by=cast[Role.SUPERVISOR])
        monkeypatch.undo()
        assert Referral.objects.get().verdicts.count() == 0
        run_queued()
        assert Referral.objects.get().verdicts.count() == 1

    def test_advice_is_put_in_too(self, cast):
        asked = {"immediate_danger": {"value": "no"}, "question": {"value": "How do I begin?"}, **UNFIT}
        arrival = in_trouble(asked, about="advice")
        accepted = journey.put_into_inbox(arrival.pk, by=cast[Role.TRIAGE_OFFICER])
        contact = AdviceContact.objects.get(pk=accepted.advice_id)
        assert intake.opened_question(contact)["question"] == asked["question"]
        assert contact.verdicts.count() == 1
        assert call_back_for(cast[Role.SUPERVISOR], arrival.pk).answers == asked
        with pytest.raises(NotFound):  # a contact that is not theirs
            call_back_for(cast[Role.CALL_HANDLER], arrival.pk)

    @pytest.mark.parametrize("about", ["concern_public", "online_material", "advice"])
    @pytest.mark.parametrize("answers", [{}, {"worry": "no answer"}, {"worry": {"value": "x" * 6000}}])
    def test_where_nothing_fits_it_still_reaches_the_inbox(self, cast, about, answers):
        arrival = in_trouble(answers, about=about)
        accepted = journey.put_into_inbox(arrival.pk, by=cast[Role.TRIAGE_OFFICER])
        assert (accepted.referral_id is None) == (about == "advice")
        made = Referral.objects.first() or AdviceContact.objects.get()
        assert made.verdicts.count() == 1
        view = call_back_for(cast[Role.TRIAGE_OFFICER], arrival.pk)
        assert (view.fitting, view.answers) == ({}, answers)

    def test_the_second_person_is_told_and_nothing_is_doubled(self, cast):
        arrival = in_trouble()
        journey.put_into_inbox(arrival.pk, by=cast[Role.TRIAGE_OFFICER])
        before = AuditEntry.objects.count()
        with pytest.raises(NotPossible, match="Somebody put this into the inbox"):
            journey.put_into_inbox(arrival.pk, by=cast[Role.SUPERVISOR])
        with pytest.raises(NotPossible, match="Somebody put this into the inbox"):
            aside(arrival, cast[Role.SUPERVISOR])
        assert (Referral.objects.count(), AuditEntry.objects.count()) == (1, before)

    def test_what_was_accepted_by_itself_is_no_call_back(self, cast):
        arrival_id = a_referral().arrival_id
        for act in (journey.put_into_inbox, journey.take_call_back_up):
            with pytest.raises(NotFound):
                act(arrival_id, by=cast[Role.SUPERVISOR])
        with pytest.raises(NotFound):
            call_back_for(cast[Role.SUPERVISOR], arrival_id)
        assert not intake.was_put_in_by_hand(arrival_id)

    def test_an_erased_one_is_not_put_in_and_says_so(self, cast):
        arrival = in_trouble()
        keyring.destroy_record_key(arrival.key_id)
        with pytest.raises(NotPossible, match="erased"):
            journey.put_into_inbox(arrival.pk, by=cast[Role.SUPERVISOR])
        assert Referral.objects.count() == 0

    def test_recusal_beats_having_put_it_in(self, cast):
        arrival, officer = in_trouble(), cast[Role.TRIAGE_OFFICER]
        referral_id = journey.put_into_inbox(arrival.pk, by=officer).referral_id
        call_back_for(officer, arrival.pk)
        record_recusal(officer, kind=SubjectKind.REFERRAL, subject_id=referral_id, reason="A cousin", by=officer)
        with pytest.raises(NotFound):
            call_back_for(officer, arrival.pk)
        assert call_back_for(cast[Role.SUPERVISOR], arrival.pk).made_of_it == (SubjectKind.REFERRAL, referral_id)


class TestSetAside:
    @pytest.mark.parametrize("ending", [CallBackEnding.SPOKEN, CallBackEnding.NOT_FOR_US])
    def test_it_is_kept_closed_and_told(self, cast, ending):
        arrival, officer = in_trouble(), cast[Role.TRIAGE_OFFICER]
        raw = bytes(arrival.sealed_raw)
        outcome = aside(arrival, officer, ending)
        arrival.refresh_from_db()
        assert (arrival.state, bytes(arrival.sealed_raw)) == (ArrivalState.SET_ASIDE, raw)
        assert NOTE.encode() not in bytes(outcome.sealed_note)
        box = Mailbox.objects.get(arrival=arrival)
        (message,) = mailbox.messages_for_reporter(box)
        assert (box.status, message.kind, message.text) == (PublicStatus.CLOSED, MessageKind.OUTCOME, TOLD)
        assert call_backs(officer) == []
        (row,) = dealt_with_lately(cast[Role.CALL_HANDLER])
        assert (row.row.reference, row.ending, row.by, row.note) == (arrival.reference, ending, officer.name, "")
        view = call_back_for(cast[Role.CALL_HANDLER], arrival.pk)
        assert view.closed is not None
        assert (view.closed.note, view.answers["oddity"]) == (NOTE, UNFIT["oddity"])
        told_of = json.dumps([entry.detail for entry in AuditEntry.objects.all()])
        assert "bus" not in told_of
        assert "telephone" not in told_of

    def test_sent_again_names_the_other(self, cast):
        arrival, officer = in_trouble(), cast[Role.TRIAGE_OFFICER]
        again = a_referral()
        typed = again.reference.lower().replace("-", " ")
        outcome = aside(arrival, officer, CallBackEnding.SENT_AGAIN, sent_again_as=typed)
        assert outcome.sent_again_as_id == again.arrival_id
        assert entries("arrival.set_aside")[0].detail == {"ending": "sent_again", "sent_again_as": again.reference}
        assert dealt_with_lately(officer)[0].sent_again_as == again.reference

    def test_a_reference_that_cannot_stand_for_it_is_refused(self, cast):
        arrival, officer = in_trouble(), cast[Role.TRIAGE_OFFICER]
        other = in_trouble()
        aside(other, officer, CallBackEnding.SENT_AGAIN, sent_again_as=arrival.reference)
        recused = a_referral()
        record_recusal(officer, kind=SubjectKind.REFERRAL, subject_id=recused.pk, reason="A cousin", by=officer)
        for typed in ("", "nonsense", arrival.reference, other.reference, recused.reference):
            with pytest.raises(Lacking) as refused:
                aside(arrival, officer, CallBackEnding.SENT_AGAIN, sent_again_as=typed, note=" ")
            assert [lack.field for lack in refused.value.lacks] == ["note", "sent_again_as"], typed
        arrival.refresh_from_db()
        assert arrival.state == ArrivalState.PROBLEM

    def test_a_reference_without_that_reason_is_not_let_fall(self, cast):
        with pytest.raises(Lacking) as refused:
            aside(in_trouble(), cast[Role.SUPERVISOR], sent_again_as=a_referral().reference)
        assert [lack.field for lack in refused.value.lacks] == ["sent_again_as"]

    def test_who_stepped_aside_is_not_shown_which_other_stands_for_it(self, cast):
        officer, supervisor = cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]
        arrival, again = in_trouble(), a_referral()
        aside(arrival, officer, CallBackEnding.SENT_AGAIN, sent_again_as=again.reference)
        record_recusal(officer, kind=SubjectKind.REFERRAL, subject_id=again.pk, reason="A cousin", by=officer)
        assert dealt_with_lately(officer)[0].sent_again_as == ""
        assert dealt_with_lately(supervisor)[0].sent_again_as == again.reference

    def test_what_the_reporter_reads_is_not_left_out(self, cast):
        arrival = in_trouble()
        with pytest.raises(mailbox.EmptyMessage):
            aside(arrival, cast[Role.SUPERVISOR], told=" ")
        arrival.refresh_from_db()
        assert (arrival.state, CallBackOutcome.objects.count()) == (ArrivalState.PROBLEM, 0)

    def test_the_inbox_is_no_reason(self, cast):
        with pytest.raises(NotPossible):
            aside(in_trouble(), cast[Role.SUPERVISOR], CallBackEnding.IN_INBOX)

    def test_the_second_person_is_told(self, cast):
        arrival = in_trouble()
        aside(arrival, cast[Role.TRIAGE_OFFICER])
        for act in (lambda by: aside(arrival, by), lambda by: journey.put_into_inbox(arrival.pk, by=by)):
            with pytest.raises(NotPossible, match="Somebody set this aside"):
                act(cast[Role.SUPERVISOR])
        assert (CallBackOutcome.objects.count(), Referral.objects.count()) == (1, 0)
        assert len(entries("arrival.set_aside")) == 1

    def test_taken_up_again_it_waits_as_before(self, cast):
        arrival, officer, supervisor = in_trouble(), cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]
        aside(arrival, officer)
        journey.take_call_back_up(arrival.pk, by=supervisor)
        with pytest.raises(NotPossible, match="waits for a call back again"):
            journey.take_call_back_up(arrival.pk, by=officer)
        assert [row.reference for row in call_backs(officer)] == [arrival.reference]
        assert dealt_with_lately(officer) == []
        assert Mailbox.objects.get(arrival=arrival).status == PublicStatus.BEING_READ
        assert [entry.actor_id for entry in entries("arrival.taken_up_again")] == [str(supervisor.pk)]
        assert call_back_for(officer, arrival.pk).closed is None
        journey.put_into_inbox(arrival.pk, by=officer)
        endings = list(CallBackOutcome.objects.order_by("at", "id").values_list("ending", "taken_up_by"))
        assert endings == [("spoken", supervisor.pk), ("in_inbox", None)]

    def test_the_reporter_is_heard_after_it_was_set_aside(self, cast):
        arrival = in_trouble()
        aside(arrival, cast[Role.TRIAGE_OFFICER])
        box = Mailbox.objects.get(arrival=arrival)
        mailbox.reply(box, text="But it began again.", submission_key="again")
        assert f"The reporter of {arrival.reference} has written." in {
            notice.text for notice in cast[Role.SUPERVISOR].notices.all()
        }
        for role in (Role.CALL_HANDLER, Role.TRIAGE_OFFICER):
            arrival.refresh_from_db()
            letters = mailbox.messages_for_staff(cast[role], arrival=arrival)
            assert [letter.text for letter in letters] == [TOLD, "But it began again."]
        with pytest.raises(NotAllowed):
            mailbox.messages_for_staff(cast[Role.CASE_OFFICER], arrival=arrival)


@pytest.mark.parametrize("role", list(Role))
def test_who_works_them_off_and_who_reads(cast, role):
    first, second = in_trouble(), in_trouble()
    by = cast[role]
    if role in WORKERS:
        journey.put_into_inbox(first.pk, by=by)
        aside(second, by)
        journey.take_call_back_up(second.pk, by=by)
        return
    for act in (
        lambda: journey.put_into_inbox(first.pk, by=by),
        lambda: aside(second, by),
        lambda: journey.take_call_back_up(second.pk, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    if role is not Role.CALL_HANDLER:
        for read in (lambda: call_back_for(by, first.pk), lambda: dealt_with_lately(by)):
            with pytest.raises(NotAllowed):
                read()
    assert set(Arrival.objects.values_list("state", flat=True)) == {ArrivalState.PROBLEM}


def test_no_such_arrival(cast):
    by = cast[Role.SUPERVISOR]
    for act in (journey.put_into_inbox, aside_by_id, journey.take_call_back_up, call_back_by_id):
        with pytest.raises(NotFound):
            act(no_such_id(), by=by)


def aside_by_id(arrival_id, *, by):
    return journey.set_call_back_aside(arrival_id, ending=CallBackEnding.SPOKEN, note=NOTE, told=TOLD, by=by)


def call_back_by_id(arrival_id, *, by):
    return call_back_for(by, arrival_id)


def test_the_trace_tells_how_it_went_and_quotes_nobody(cast):
    arrival, officer = in_trouble(), cast[Role.TRIAGE_OFFICER]
    aside(arrival, officer)
    journey.take_call_back_up(arrival.pk, by=officer)
    journey.put_into_inbox(arrival.pk, by=officer)
    rows = journey.trace(arrival.reference)
    assert [row.what for row in rows if row.what.startswith("call back")] == [
        "call back: spoken to the reporter, nothing to record",
        "call back: taken up again",
        "call back: put into the inbox",
    ]
    assert any(row.what.startswith("verdict:") for row in rows)
    written = journey.command(arrival.reference, as_json=True)
    assert "bus" not in written
    assert "mill" not in written


def test_the_database_holds_one_standing_outcome(cast):
    arrival, by = in_trouble(), cast[Role.SUPERVISOR]
    aside(arrival, by)
    wrong = (
        {"ending": CallBackEnding.SPOKEN},  # a second one that stands
        {"ending": CallBackEnding.SENT_AGAIN, "taken_up_by": by, "taken_up_at": clock.now()},  # names no other
        {"ending": CallBackEnding.SPOKEN, "taken_up_at": clock.now()},  # by nobody
        {"ending": CallBackEnding.IN_INBOX, "taken_up_by": by, "taken_up_at": clock.now()},  # what is in stays in
    )
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            CallBackOutcome.objects.create(arrival=arrival, by=by, at=clock.now(), **values)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment_make_one_thing_of_it():
    the_england_pack()
    people = a_cast()
    arrival = in_trouble()
    start = Barrier(4)
    ends: list[str] = []

    def work(act) -> None:
        start.wait()
        try:
            act()
            ends.append("done")
        except NotPossible:
            ends.append("told")
        finally:
            connections.close_all()

    officer, supervisor = people[Role.TRIAGE_OFFICER], people[Role.SUPERVISOR]
    acts = [
        lambda: accepting.accept_by_hand(arrival.pk, by=officer),
        lambda: accepting.accept_by_hand(arrival.pk, by=supervisor),
        lambda: aside(arrival, officer),
        lambda: aside(arrival, supervisor),
    ]
    threads = [Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "told", "told", "told"]
    arrival.refresh_from_db()
    assert Referral.objects.count() == (arrival.state == ArrivalState.ACCEPTED)
    assert CallBackOutcome.objects.count() == 1
