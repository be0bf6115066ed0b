"""What arrived becomes a referral, an advice contact or a call back: once, whoever asks, and nothing is lost."""

import json
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.cast import a_cast
from tests.intake.telling import CONCERN, arrival_of, no_such_id, someone, the_england_pack, told

from counterpoint.access.models import Agency
from counterpoint.audit.models import AuditEntry
from counterpoint.base import keyring
from counterpoint.base.errors import NotFound
from counterpoint.base.sealing import CannotUnseal
from counterpoint.intake import accepting
from counterpoint.intake.accepting import NoLeadAgency, accept, register_shape
from counterpoint.intake.models import AdviceContact, Arrival, Referral
from counterpoint.intake.selectors import opened, opened_question
from counterpoint.intake.types import ArrivalState, ChannelName, PublicStatus

pytestmark = pytest.mark.django_db

REPORTER = {
    "relation": {"value": "child"},
    "may_contact": {"value": "email_or_phone"},
    "reporter_name": {"value": "A parent"},
    "reporter_email": {"value": "parent@example.org"},
}


def test_a_concern_becomes_a_referral_with_the_reporter_sealed_apart(cast):
    received = told({**CONCERN, **REPORTER, **someone("Sam", "Okoro", age=15)}, language="cy")
    accepted = accept(received.arrival_id)
    referral = Referral.objects.get(pk=accepted.referral_id)
    content = opened(referral)
    assert set(content.reporter) == set(REPORTER)
    assert set(content.answers) == {*CONCERN, "person_forename", "person_surname", "person_age"}
    assert referral.key_id != referral.reporter_key_id
    assert b"Okoro" not in bytes(referral.sealed_answers) + bytes(referral.sealed_reporter)
    assert (referral.reference, referral.language, referral.lead_agency) == (received.reference, "cy", cast.council)
    assert arrival_of(received).state == ArrivalState.ACCEPTED
    assert arrival_of(received).mailbox.status == PublicStatus.BEING_READ


def test_erasing_the_concern_leaves_the_reporter_readable_and_the_other_way_round(cast):
    one = Referral.objects.get(pk=accept(told({**CONCERN, **REPORTER}).arrival_id).referral_id)
    other = Referral.objects.get(pk=accept(told({**CONCERN, **REPORTER}).arrival_id).referral_id)
    keyring.destroy_record_key(one.key_id)
    keyring.destroy_record_key(other.reporter_key_id)
    assert (opened(one).is_erased, dict(opened(one).answers), set(opened(one).reporter)) == (True, {}, set(REPORTER))
    assert (opened(other).is_erased, set(opened(other).answers), dict(opened(other).reporter)) == (
        False,
        set(CONCERN),
        {},
    )


def test_what_was_sealed_for_the_reporter_opens_nowhere_else(cast):
    referral = Referral.objects.get(pk=accept(told({**CONCERN, **REPORTER}).arrival_id).referral_id)
    with pytest.raises(CannotUnseal):
        keyring.unseal_record(
            referral.sealed_reporter, key_id=referral.reporter_key_id, place=f"referral.sealed_answers:{referral.pk}"
        )


def test_online_material_becomes_a_referral_of_its_own_kind(cast):
    accepted = accept(
        told({"addresses": {"value": ["https://example.org/post/1"]}}, about="online_material").arrival_id
    )
    assert Referral.objects.get(pk=accepted.referral_id).kind == "online_material"


def test_a_request_for_advice_makes_no_referral(cast):
    accepted = accept(told({"question": {"value": "How do I begin to talk?"}}, about="advice").arrival_id)
    contact = AdviceContact.objects.get(pk=accepted.advice_id)
    assert Referral.objects.count() == 0
    assert opened_question(contact)["question"]["value"] == "How do I begin to talk?"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({}, "the worry is missing"),
        ({"worry": {"value": "x" * 6000}}, "too long"),
        ({**CONCERN, "immediate_danger": {"value": "perhaps"}}, "no such choice"),
        ({**CONCERN, "no_such_question": {"value": "x"}}, "not a question of the set"),
        ({"worry": "not an answer"}, "wrong shape"),
    ],
)
def test_what_cannot_be_shaped_goes_to_the_call_back_queue_as_it_came(cast, answers, why):
    received = told(answers)
    raw = bytes(arrival_of(received).sealed_raw)
    accepted = accept(received.arrival_id)
    arrival = arrival_of(received)
    assert (accepted.state, arrival.state) == (ArrivalState.PROBLEM, ArrivalState.PROBLEM), why
    assert bytes(arrival.sealed_raw) == raw
    assert Referral.objects.count() == 0
    entry = AuditEntry.objects.get(action="arrival.needs_call_back")
    assert "x" * 10 not in json.dumps(entry.detail)


def test_accepting_twice_gives_the_same_and_records_it_once(cast):
    received = told()
    first, second = accept(received.arrival_id), accept(received.arrival_id)
    assert (first.referral_id, first.is_new, second.is_new) == (second.referral_id, True, False)
    assert Referral.objects.count() == 1
    assert AuditEntry.objects.filter(action="referral.accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_make_one_referral():
    the_england_pack()
    a_cast()
    received = told({**CONCERN, **someone("Sam", "Okoro", age=15)})
    results: list[object] = []

    def work() -> None:
        try:
            results.append(accept(received.arrival_id).referral_id)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    assert Referral.objects.count() == 1


def test_an_arrival_is_checked_against_the_questions_that_were_asked_not_those_in_force(cast):
    received = told()
    Arrival.objects.filter(pk=received.arrival_id).update(pack_hash="another pack altogether")
    assert accept(received.arrival_id).state is ArrivalState.ACCEPTED


def test_a_door_with_a_shape_of_its_own_gives_the_same_referral(cast, monkeypatch):
    monkeypatch.setattr(accepting, "_shapes", {})
    register_shape(ChannelName.EMAIL, lambda form: {"worry": {"value": str(form["answers"]["body"]["value"])}})
    received = told({"body": {"value": "I am worried."}}, channel=ChannelName.EMAIL)
    referral = Referral.objects.get(pk=accept(received.arrival_id).referral_id)
    assert opened(referral).answers == {"worry": {"value": "I am worried."}}


def test_a_date_in_the_future_is_judged_by_the_day_of_the_arrival(cast):
    tomorrow = {"changed_on": {"value": {"year": 2026, "month": 5, "day": 2}}}
    day = datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert accept(told({**CONCERN, **tomorrow}, at=day).arrival_id).state is ArrivalState.PROBLEM
    assert accept(told({**CONCERN, **tomorrow}, at=day + timedelta(days=1)).arrival_id).state is ArrivalState.ACCEPTED


def test_without_a_lead_agency_the_arrival_waits(db):
    the_england_pack()
    received = told()
    with pytest.raises(NoLeadAgency):
        accept(received.arrival_id)
    assert arrival_of(received).state == ArrivalState.RECEIVED
    Agency.objects.create(name="Northmoor Council", kind="local_authority", is_lead=True)
    assert accept(received.arrival_id).state is ArrivalState.ACCEPTED


def test_an_erased_arrival_is_left_alone(cast):
    received = told()
    keyring.destroy_record_key(arrival_of(received).key_id)
    assert accept(received.arrival_id).referral_id is None


def test_no_such_arrival(cast):
    with pytest.raises(NotFound):
        accept(no_such_id())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_QUESTIONS = st.sampled_from([*CONCERN, "person_forename", "person_age", "files", "nonsense"])


@pytest.mark.django_db(transaction=False)
class TestAnyAnswers:
    @pytest.fixture(autouse=True)
    def _world(self, cast):
        self.cast = cast

    @given(answers=st.dictionaries(_QUESTIONS, _JSON, max_size=5))
    @hypothesis_settings(max_examples=60, deadline=None)
    def test_whatever_is_sent_ends_accepted_or_called_back(self, answers):
        received = told(answers)
        accepted = accept(received.arrival_id)
        assert accepted.state in (ArrivalState.ACCEPTED, ArrivalState.PROBLEM)
        assert (accepted.referral_id is not None) == (accepted.state is ArrivalState.ACCEPTED)
        assert accept(received.arrival_id).referral_id == accepted.referral_id
