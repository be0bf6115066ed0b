"""A person decides: confirmed or overridden with a reason, read a second time where it must be, never by a rule."""

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction
from tests.cast import Cast, a_cast, a_person
from tests.intake.telling import CONCERN, a_referral, no_such_id, someone, the_england_pack

from counterpoint import journey
from counterpoint.access.models import Recusal, Staff
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.intake.mailbox import messages_for_staff
from counterpoint.intake.models import Referral
from counterpoint.intake.repeats import RepeatDecision, decide_repeat
from counterpoint.intake.types import PublicStatus, ReferralState, Urgency
from counterpoint.triage import services
from counterpoint.triage.errors import Incomplete
from counterpoint.triage.models import Decision, SecondReading
from counterpoint.triage.opening import feedback_of
from counterpoint.triage.selectors import referral_for, second_readers_for
from counterpoint.triage.types import DecisionState, HandedTo, Route

pytestmark = pytest.mark.django_db

CLOSE = {
    "route": Route.CLOSE,
    "urgency": Urgency.ROUTINE,
    "reason": "Nothing worrying in it.",
    "closure_reason": "no_further_action",
}
SAM = someone("Samir", "Okonjo", age=15, postcode="NM1 2AB")


def decide(referral: Referral, by: Staff, **what) -> Decision:
    referral.refresh_from_db()
    usual = {"route": Route.CASE, "urgency": Urgency.FIVE_DAYS, "expected_version": referral.version}
    return journey.decide(referral.pk, by=by, **{**usual, **what})


def read(referral: Referral, by: Staff, **what) -> Decision:
    referral.refresh_from_db()
    return journey.read_second(referral.pk, by=by, expected_version=referral.version, **what)


def another_officer(cast: Cast) -> Staff:
    return a_person("Tess Reader", cast.council, [Role.TRIAGE_OFFICER])


def recuse(staff: Staff, referral: Referral, by: Staff) -> None:
    Recusal.objects.create(
        staff=staff, subject_kind=SubjectKind.REFERRAL, subject_id=referral.pk, reason="cousin", recorded_by=by
    )


def status_of(referral: Referral) -> PublicStatus:
    return PublicStatus(Referral.objects.get(pk=referral.pk).arrival.mailbox.status)


def test_confirming_the_table_opens_a_case_and_tells_the_reporter_where_it_stands(cast):
    referral = a_referral()
    decision = decide(referral, cast[Role.TRIAGE_OFFICER])
    referral.refresh_from_db()
    assert (decision.state, decision.confirmed, decision.by) == (
        DecisionState.IN_FORCE,
        True,
        cast[Role.TRIAGE_OFFICER],
    )
    assert (referral.state, referral.assigned_to) == (ReferralState.DECIDED, cast[Role.TRIAGE_OFFICER])
    assert status_of(referral) == PublicStatus.BEING_WORKED_ON
    case = journey.cases.case_of(referral)
    assert case is not None
    assert case.lead_officer in (cast[Role.CASE_OFFICER], cast.other_case_officer)


def test_overriding_needs_a_reason_which_is_kept_sealed(cast):
    referral = a_referral()
    with pytest.raises(Incomplete) as refused:
        decide(referral, cast[Role.TRIAGE_OFFICER], urgency=Urgency.SAME_DAY)
    assert [lack.field for lack in refused.value.lacks] == ["reason"]
    decision = decide(referral, cast[Role.TRIAGE_OFFICER], urgency=Urgency.SAME_DAY, reason="The school called.")
    assert (decision.confirmed, b"school" in bytes(decision.sealed_reason)) == (False, False)
    view = referral_for(cast[Role.TRIAGE_OFFICER], referral.pk, purpose="triage")
    assert view.decisions[0].reason == "The school called."


def test_a_refused_decision_leaves_nothing_behind(cast):
    referral = a_referral()
    entries, version = AuditEntry.objects.count(), referral.version
    with pytest.raises(Incomplete):
        decide(referral, cast[Role.TRIAGE_OFFICER], **{**CLOSE, "closure_reason": ""})
    referral.refresh_from_db()
    assert (Decision.objects.count(), AuditEntry.objects.count(), referral.version) == (0, entries, version)


def test_closing_tells_the_reporter_in_their_language(cast):
    referral = a_referral(language="cy")
    decision = decide(referral, cast[Role.TRIAGE_OFFICER], **CLOSE)
    told, withheld = feedback_of(decision)
    pack = journey.rules.pack_in_force()
    usual = services.usual_feedback(pack, closure_reason="no_further_action", language="cy")
    english = services.usual_feedback(pack, closure_reason="no_further_action", language="en")
    assert (told, withheld) == (usual, "")
    assert usual != english
    messages = messages_for_staff(cast[Role.TRIAGE_OFFICER], arrival=referral.arrival)
    assert [message.text for message in messages] == [usual]
    referral.refresh_from_db()
    assert (referral.state, referral.closure_reason) == (ReferralState.CLOSED, "no_further_action")
    assert status_of(referral) == PublicStatus.CLOSED


def test_own_words_and_withheld_words(cast):
    one, other = a_referral(), a_referral()
    decide(one, cast[Role.TRIAGE_OFFICER], **CLOSE, feedback="Thank you. We have read it.")
    decide(other, cast[Role.TRIAGE_OFFICER], **CLOSE, feedback="", withheld_reason="It would name a victim.")
    officer = cast[Role.TRIAGE_OFFICER]
    assert messages_for_staff(officer, arrival=one.arrival)[0].text == "Thank you. We have read it."
    withheld = messages_for_staff(officer, arrival=other.arrival)[0].text
    assert withheld == journey.rules.pack_in_force().text("mailbox.outcome.withheld", "en")
    assert "victim" not in withheld


def test_signposting_records_the_service_and_whether_it_accepted(cast):
    referral = a_referral()
    what = {"route": Route.SIGNPOST, "urgency": Urgency.ROUTINE, "reason": "A need of another kind."}
    with pytest.raises(Incomplete) as refused:
        decide(referral, cast[Role.TRIAGE_OFFICER], **what)
    assert {lack.field for lack in refused.value.lacks} == {"signposted_to", "service_accepted"}
    given = {"signposted_to": "Northmoor Youth Service", "service_accepted": "yes"}
    decide(referral, cast[Role.TRIAGE_OFFICER], **what, particulars=given)
    view = referral_for(cast[Role.TRIAGE_OFFICER], referral.pk, purpose="triage")
    assert (view.decisions[0].particulars, view.closure_reason) == (given, "signposted")


def test_material_goes_to_assessment_and_can_be_closed_afterwards(cast):
    referral = a_referral({"addresses": {"value": ["https://example.org/post/1"]}}, about="online_material")
    decide(referral, cast[Role.TRIAGE_OFFICER], route=Route.CONTENT)
    assert status_of(referral) == PublicStatus.ONLINE_BEING_ASSESSED
    closing = {**CLOSE, "closure_reason": "online_removed", "reason": "It is gone."}
    decide(referral, cast[Role.TRIAGE_OFFICER], **closing)
    referral.refresh_from_db()
    assert referral.state == ReferralState.CLOSED
    states = list(referral.decisions.order_by("at").values_list("state", flat=True))
    assert states == [DecisionState.SUPERSEDED, DecisionState.IN_FORCE]


def test_a_closed_referral_is_not_decided_again(cast):
    referral = a_referral()
    decide(referral, cast[Role.TRIAGE_OFFICER], **CLOSE)
    with pytest.raises(NotPossible):
        decide(referral, cast[Role.TRIAGE_OFFICER])


def test_the_second_of_two_who_save_sees_what_the_first_saved(cast):
    referral = a_referral()
    seen = referral.version
    decide(referral, cast[Role.TRIAGE_OFFICER], expected_version=seen)
    with pytest.raises(Conflict) as conflict:
        journey.decide(
            referral.pk, route=Route.CLOSE, urgency=Urgency.ROUTINE, by=cast[Role.SUPERVISOR], expected_version=seen
        )
    assert conflict.value.theirs["state"] == ReferralState.DECIDED
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_wins():
    the_england_pack()
    cast = a_cast()
    referral = a_referral()
    people = [cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR], cast.other_supervisor]
    start, outcomes = Barrier(len(people)), []

    def save(by: Staff) -> None:
        try:
            start.wait()
            journey.decide(
                referral.pk,
                route=Route.CASE,
                urgency=Urgency.FIVE_DAYS,
                by=by,
                expected_version=referral.version,
            )
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connections.close_all()

    threads = [Thread(target=save, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "conflict", "saved"]
    assert Decision.objects.count() == 1


MAY_TRIAGE = {Role.TRIAGE_OFFICER, Role.SUPERVISOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_do_what_to_a_referral(cast, role):
    referral = a_referral({**CONCERN, "immediate_danger": {"value": "yes"}})
    by, other = cast[role], another_officer(cast)
    acts = {
        "take": lambda: services.take(referral.pk, by=by, expected_version=Referral.objects.get().version),
        "assign": lambda: services.assign(
            referral.pk, to=other, by=by, expected_version=Referral.objects.get().version
        ),
        "hand over": lambda: journey.hand_over(referral.pk, handed_to=HandedTo.POLICE, by=by),
        "decide": lambda: decide(referral, by, reason="It is over."),
    }
    for name, act in acts.items():
        if role in MAY_TRIAGE:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()
        assert name


@pytest.mark.parametrize("role", sorted(MAY_TRIAGE))
def test_other_agencies_and_the_recused_find_nothing(cast, role):
    referral = a_referral()
    stranger = a_person("Strange Reader", cast.police, [role])
    recused = cast[role]
    recuse(recused, referral, cast.other_supervisor)
    for by in (stranger, recused):
        for act in (
            lambda by=by: services.take(referral.pk, by=by, expected_version=referral.version),
            lambda by=by: decide(referral, by),
            lambda by=by: journey.hand_over(referral.pk, handed_to=HandedTo.POLICE, by=by),
            lambda by=by: services.record_no_handover(referral.pk, reason="x", by=by),
            lambda by=by: services.ask_second_reader(referral.pk, of=cast.other_supervisor, by=by),
            lambda by=by: read(referral, by, agrees=True),
            lambda by=by: referral_for(by, referral.pk, purpose="x"),
        ):
            with pytest.raises(NotFound):
                act()


def test_forbidden_and_unknown_read_the_same(cast):
    referral = a_referral()
    stranger = a_person("Strange Reader", cast.police, [Role.TRIAGE_OFFICER])
    with pytest.raises(NotFound) as forbidden:
        services.take(referral.pk, by=stranger, expected_version=1)
    with pytest.raises(NotFound) as unknown:
        services.take(no_such_id(), by=cast[Role.TRIAGE_OFFICER], expected_version=1)
    assert str(forbidden.value) == str(unknown.value)


def test_a_referral_is_not_given_to_somebody_who_could_not_work_on_it(cast):
    referral = a_referral()
    recuse(cast.other_supervisor, referral, cast[Role.SUPERVISOR])
    for to in (cast[Role.AUDITOR], cast.other_supervisor, a_person("Strange", cast.police, [Role.TRIAGE_OFFICER])):
        with pytest.raises(NotAllowed):
            services.assign(referral.pk, to=to, by=cast[Role.SUPERVISOR], expected_version=referral.version)


class TestSecondReader:
    @pytest.fixture
    def repeat(self, cast) -> Referral:
        a_referral({**CONCERN, **SAM})
        later = a_referral({**CONCERN, **SAM})
        assert later.possible_repeat
        return later

    @pytest.mark.parametrize("route", [Route.CLOSE, Route.SIGNPOST, Route.ADVICE])
    def test_a_repeat_is_not_closed_by_one_person(self, cast, repeat, route):
        first = cast[Role.TRIAGE_OFFICER]
        decision = decide(
            repeat,
            first,
            route=route,
            urgency=Urgency.ROUTINE,
            reason="x",
            closure_reason="no_further_action" if route is Route.CLOSE else "",
            particulars={"signposted_to": "s", "service_accepted": "yes"} if route is Route.SIGNPOST else None,
            feedback="Talk to him.",
        )
        repeat.refresh_from_db()
        assert (decision.state, repeat.state) == (
            DecisionState.AWAITING_SECOND_READER,
            ReferralState.AWAITING_SECOND_READER,
        )
        assert messages_for_staff(first, arrival=repeat.arrival) == ()
        with pytest.raises(NotAllowed):
            read(repeat, first, agrees=True)
        agreed = read(repeat, cast[Role.SUPERVISOR], agrees=True)
        repeat.refresh_from_db()
        assert (agreed.state, repeat.state) == (DecisionState.IN_FORCE, ReferralState.CLOSED)
        assert len(messages_for_staff(first, arrival=repeat.arrival)) == 1

    def test_the_earlier_one_is_not_closed_by_one_person_either(self, cast, repeat):
        earlier = Referral.objects.exclude(pk=repeat.pk).get()
        assert decide(earlier, cast[Role.TRIAGE_OFFICER], **CLOSE).state == DecisionState.AWAITING_SECOND_READER

    def test_a_case_needs_no_second_reader(self, cast, repeat):
        verdict = repeat.verdicts.get()
        assert decide(repeat, cast[Role.TRIAGE_OFFICER], urgency=Urgency(verdict.urgency)).confirmed

    @pytest.mark.parametrize(
        ("found", "alone"),
        [(RepeatDecision.DIFFERENT, True), (RepeatDecision.UNSURE, False), (RepeatDecision.SAME_PERSON, False)],
    )
    def test_only_somebody_else_altogether_lifts_it(self, cast, repeat, found, alone):
        proposal = repeat.repeat_proposals.get()
        decide_repeat(proposal.pk, decision=found, reason="I looked at both.", by=cast[Role.TRIAGE_OFFICER])
        decision = decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
        assert (decision.state == DecisionState.IN_FORCE) == alone

    def test_sending_back_needs_a_reason_and_tells_the_first_reader(self, cast, repeat):
        first = cast[Role.TRIAGE_OFFICER]
        decide(repeat, first, **CLOSE)
        with pytest.raises(Incomplete):
            read(repeat, cast[Role.SUPERVISOR], agrees=False)
        decision = read(repeat, cast[Role.SUPERVISOR], agrees=False, reason="Read the earlier one.")
        repeat.refresh_from_db()
        assert (decision.state, repeat.state) == (DecisionState.SENT_BACK, ReferralState.IN_TRIAGE)
        assert first.notices.count() == 1
        again = decide(repeat, first, **CLOSE)
        assert again.state == DecisionState.AWAITING_SECOND_READER

    def test_nothing_else_is_decided_while_it_waits(self, cast, repeat):
        decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
        with pytest.raises(NotPossible):
            decide(repeat, cast[Role.SUPERVISOR])

    def test_reading_twice_is_refused(self, cast, repeat):
        decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
        read(repeat, cast[Role.SUPERVISOR], agrees=True)
        with pytest.raises(NotPossible):
            read(repeat, cast.other_supervisor, agrees=True)

    def test_who_may_be_asked(self, cast, repeat):
        officer = another_officer(cast)
        recuse(cast.other_supervisor, repeat, cast[Role.SUPERVISOR])
        decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
        people = second_readers_for(cast[Role.TRIAGE_OFFICER], repeat.pk)
        assert {person.name for person in people} == {"Sue Pervis", officer.name}
        reading = services.ask_second_reader(repeat.pk, of=officer, by=cast[Role.TRIAGE_OFFICER])
        assert reading.asked_of == officer
        assert [notice.kind for notice in officer.notices.all()] == ["waits_for_you"]
        for wrong in (cast[Role.TRIAGE_OFFICER], cast.other_supervisor, cast[Role.AUDITOR]):
            with pytest.raises(NotAllowed):
                services.ask_second_reader(repeat.pk, of=wrong, by=cast[Role.TRIAGE_OFFICER])

    def test_the_database_itself_refuses_one_person_twice(self, cast, repeat):
        decide(repeat, cast[Role.TRIAGE_OFFICER], **CLOSE)
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondReading.objects.update(by=cast[Role.TRIAGE_OFFICER], agreed=True, at="2026-05-01T00:00Z")

    def test_one_can_be_wanted_for_any_route(self, cast):
        referral = a_referral()
        decision = decide(referral, cast[Role.TRIAGE_OFFICER], wants_second_reader=True)
        assert decision.state == DecisionState.AWAITING_SECOND_READER
        assert journey.cases.case_of(referral) is None
        read(referral, cast[Role.SUPERVISOR], agrees=True)
        assert journey.cases.case_of(referral) is not None


class TestEmergency:
    @pytest.fixture
    def emergency(self, cast) -> Referral:
        return a_referral({**CONCERN, "immediate_danger": {"value": "yes"}})

    def test_triage_is_told_at_once_and_only_once(self, cast, emergency):
        journey.process_arrival(emergency.arrival_id)
        told = {person.name for person in cast.everybody if person.notices.exists()}
        assert told == {"Tariq Reader", "Sue Pervis", "Sol Pervis"}
        assert cast[Role.TRIAGE_OFFICER].notices.count() == 1

    def test_nothing_is_decided_before_the_handover_is_recorded(self, cast, emergency):
        officer = cast[Role.TRIAGE_OFFICER]
        with pytest.raises(Incomplete) as refused:
            decide(emergency, officer, reason="x")
        assert "handover" in {lack.field for lack in refused.value.lacks}
        journey.hand_over(
            emergency.pk, handed_to=HandedTo.POLICE, their_reference="NM-77", note="Patrol sent.", by=officer
        )
        assert status_of(emergency) == PublicStatus.PASSED_TO_EMERGENCY
        view = referral_for(officer, emergency.pk, purpose="triage")
        assert (view.awaits_handover, view.handovers[0].their_reference, view.handovers[0].note) == (
            False,
            "NM-77",
            "Patrol sent.",
        )
        decide(emergency, officer, reason="The danger is over.")
        assert status_of(emergency) == PublicStatus.BEING_WORKED_ON

    def test_deciding_for_emergency_leaves_a_record_and_still_asks_for_the_handover(self, cast, emergency):
        officer = cast[Role.TRIAGE_OFFICER]
        decide(emergency, officer, route=Route.EMERGENCY, urgency=Urgency.IMMEDIATE)
        assert status_of(emergency) == PublicStatus.BEING_READ
        assert referral_for(officer, emergency.pk, purpose="triage").awaits_handover
        journey.hand_over(emergency.pk, handed_to=HandedTo.AMBULANCE, by=officer)
        assert status_of(emergency) == PublicStatus.PASSED_TO_EMERGENCY

    def test_a_false_alarm_is_recorded_and_still_needs_a_second_reader_to_close(self, cast, emergency):
        officer = cast[Role.TRIAGE_OFFICER]
        with pytest.raises(Incomplete):
            services.record_no_handover(emergency.pk, reason=" ", by=officer)
        services.record_no_handover(emergency.pk, reason="A slip of the finger, said the reporter.", by=officer)
        assert decide(emergency, officer, **CLOSE).state == DecisionState.AWAITING_SECOND_READER

    def test_an_officer_may_find_an_emergency_that_the_form_did_not(self, cast):
        referral = a_referral()
        journey.hand_over(referral.pk, handed_to=HandedTo.POLICE, by=cast[Role.TRIAGE_OFFICER])
        referral.refresh_from_db()
        assert referral.is_emergency

    def test_several_may_take_over(self, cast, emergency):
        for who in (HandedTo.POLICE, HandedTo.SOCIAL_CARE):
            journey.hand_over(emergency.pk, handed_to=who, by=cast[Role.TRIAGE_OFFICER])
        assert emergency.handovers.count() == 2


class TestWithItsCase:
    def test_closing_and_reopening_go_with_the_case_and_are_harmless_twice(self, cast):
        referral = a_referral()
        decide(referral, cast[Role.TRIAGE_OFFICER])
        by = cast[Role.SUPERVISOR]
        for _ in range(2):
            services.close_with_case(referral.pk, closure_reason="concerns_reduced", by=by)
        referral.refresh_from_db()
        assert (referral.state, referral.closure_reason) == (ReferralState.CLOSED, "concerns_reduced")
        for _ in range(2):
            services.reopen_with_case(referral.pk, by=by)
        referral.refresh_from_db()
        assert (referral.state, referral.closure_reason, referral.closed_at) == (ReferralState.DECIDED, "", None)
        for action in ("referral.closed", "referral.reopened"):
            assert AuditEntry.objects.filter(action=action).count() == 1


def test_each_write_leaves_one_audit_entry_and_nothing_that_anybody_wrote(cast):
    referral = a_referral({**CONCERN, **SAM, "immediate_danger": {"value": "yes"}})
    officer, supervisor = cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]
    referral.refresh_from_db()
    services.take(referral.pk, by=officer, expected_version=referral.version)
    services.record_handover(referral.pk, handed_to=HandedTo.POLICE, note="Secret words", by=officer)
    decide(referral, officer, **{**CLOSE, "reason": "Secret words"}, withheld_reason="Secret words", feedback="")
    read(referral, supervisor, agrees=True, reason="Secret words")
    actions = list(
        AuditEntry.objects.filter(subject_kind="referral", actor_kind="staff").values_list("action", flat=True)
    )
    assert sorted(actions) == ["referral.assigned", "referral.decided", "referral.handed_over", "referral.second_read"]
    everything = " ".join(f"{entry.purpose} {entry.detail}" for entry in AuditEntry.objects.all())
    assert "Secret" not in everything
    assert "Okonjo" not in everything
