"""Advice is given and kept without making a referral, and becomes one only where the enquirer wishes it."""

import pytest
from tests.intake.telling import CONCERN, told

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.intake.mailbox import messages_for_staff
from counterpoint.intake.models import AdviceContact, Arrival, Referral
from counterpoint.intake.types import PublicStatus
from counterpoint.triage import services
from counterpoint.triage.errors import Incomplete
from counterpoint.triage.selectors import advice_for, advice_list
from counterpoint.triage.types import HandedTo

pytestmark = pytest.mark.django_db


def asked(**more) -> AdviceContact:
    received = told({"question": {"value": "How do I begin to talk?"}, **more}, about="advice")
    accepted = journey.process_arrival(received.arrival_id)
    return AdviceContact.objects.get(pk=accepted.advice_id)


def test_a_call_is_kept_with_its_advice_and_makes_no_referral(cast):
    handler = cast[Role.CALL_HANDLER]
    contact = services.record_advice(question="What can I do?", advice="Talk to the school.", by=handler)
    view = advice_for(handler, contact.pk, purpose="call")
    assert (view.question, view.advice, view.given_by) == (
        {"text": "What can I do?"},
        "Talk to the school.",
        "Carol Hand",
    )
    assert b"school" not in bytes(contact.sealed_advice)
    assert (Referral.objects.count(), Arrival.objects.count()) == (0, 0)


def test_both_parts_are_asked_for_at_once(cast):
    with pytest.raises(Incomplete) as refused:
        services.record_advice(question=" ", advice="", by=cast[Role.CALL_HANDLER])
    assert {lack.field for lack in refused.value.lacks} == {"question", "advice"}


@pytest.mark.parametrize("role", list(Role))
def test_who_records_advice_and_who_sees_it(cast, role):
    mine = services.record_advice(question="q", advice="a", by=cast[Role.CALL_HANDLER])
    by = cast[role]
    if role in (Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR):
        services.record_advice(question="q", advice="a", by=by)
        assert advice_for(by, mine.pk, purpose="x").reference == mine.reference
    else:
        with pytest.raises(NotAllowed):
            services.record_advice(question="q", advice="a", by=by)
        with pytest.raises(NotFound):
            advice_for(by, mine.pk, purpose="x")
        assert advice_list(by) == ((), "")


def test_a_call_handler_sees_only_their_own(cast):
    services.record_advice(question="q", advice="a", by=cast[Role.TRIAGE_OFFICER])
    mine = services.record_advice(question="q", advice="a", by=cast[Role.CALL_HANDLER])
    asked()
    rows, _ = advice_list(cast[Role.CALL_HANDLER], after="given~")
    assert [row.id for row in rows] == [mine.pk]


def test_answering_a_form_lies_in_the_mailbox(cast):
    contact = asked()
    officer = cast[Role.TRIAGE_OFFICER]
    journey.give_advice(contact.pk, advice="Begin with what you saw.", by=officer, expected_version=contact.version)
    messages = messages_for_staff(officer, arrival=contact.arrival)
    assert [message.text for message in messages] == ["Begin with what you saw."]
    contact.refresh_from_db()
    assert contact.arrival.mailbox.status == PublicStatus.ADVICE_GIVEN
    with pytest.raises(NotPossible):
        journey.give_advice(contact.pk, advice="Again.", by=officer, expected_version=contact.version)
    assert Referral.objects.count() == 0


def test_two_who_answer_at_once(cast):
    contact = asked()
    AdviceContact.objects.filter(pk=contact.pk).update(version=2)
    with pytest.raises(Conflict):
        journey.give_advice(contact.pk, advice="a", by=cast[Role.TRIAGE_OFFICER], expected_version=1)


def test_an_emergency_among_requests_for_advice_is_handed_over_first(cast):
    contact = asked(immediate_danger={"value": "yes"})
    officer = cast[Role.TRIAGE_OFFICER]
    assert cast[Role.SUPERVISOR].notices.count() == 1
    rows, _ = advice_list(officer)
    assert (rows[0].is_emergency, rows[0].awaits_handover) == (True, True)
    with pytest.raises(NotPossible):
        journey.give_advice(contact.pk, advice="a", by=officer, expected_version=contact.version)
    services.record_advice_handover(contact.pk, handed_to=HandedTo.POLICE, by=officer)
    journey.give_advice(contact.pk, advice="a", by=officer, expected_version=contact.version)


def test_it_becomes_a_referral_through_the_front_door_and_only_once(cast):
    officer = cast[Role.TRIAGE_OFFICER]
    contact = services.record_advice(question="q", advice="a", by=officer)
    first = journey.advice_becomes_referral(contact.pk, answers=CONCERN, by=officer)
    second = journey.advice_becomes_referral(contact.pk, answers=CONCERN, by=officer)
    assert (first.reference, second.repeated) == (second.reference, True)
    referral = Referral.objects.get()
    assert advice_for(officer, contact.pk, purpose="x").became_reference == referral.reference
    assert referral.route == "phone"


def test_answers_that_cannot_be_shaped_are_stored_all_the_same(cast):
    officer = cast[Role.TRIAGE_OFFICER]
    contact = services.record_advice(question="q", advice="a", by=officer)
    with pytest.raises(NotPossible, match="call back"):
        journey.advice_becomes_referral(contact.pk, answers={}, by=officer)
    assert Arrival.objects.get().state == "problem"


def test_the_list_shows_what_waits_first_and_pages_through_all(cast):
    officer = cast[Role.TRIAGE_OFFICER]
    given = [services.record_advice(question="q", advice="a", by=officer).pk for _ in range(5)]
    waiting = [asked().pk for _ in range(5)]
    seen, after = [], ""
    for _ in range(10):
        rows, after = advice_list(officer, after=after, page_size=2)
        seen += [row.id for row in rows]
        if not after:
            break
    assert seen == waiting + given[::-1]
