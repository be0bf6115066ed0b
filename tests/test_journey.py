"""A referral's whole path: every step run twice changes nothing, and its trace tells all and names nobody."""

import json

import pytest

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import NotFound
from counterpoint.intake import tasks
from counterpoint.intake.arrivals import NewFile, stored_file
from counterpoint.intake.models import Referral, StoredFile
from counterpoint.intake.repeats import RepeatDecision, decide_repeat
from counterpoint.intake.types import ScanState, Urgency
from counterpoint.intake.work import run_queued
from counterpoint.rules import selectors as rules
from counterpoint.triage import services
from counterpoint.triage.types import HandedTo, Route
from tests.cast import a_cast
from tests.intake.making_files import a_photo
from tests.intake.telling import CONCERN, a_referral, arrival_of, someone, the_england_pack, told

pytestmark = pytest.mark.django_db
SAM = someone("Samir", "Okonjo", age=15, postcode="NM1 2AB")


@pytest.fixture
def cast(db):
    the_england_pack()
    return a_cast()


def test_processing_twice_leaves_the_same_rows(cast):
    received = told({**CONCERN, **SAM, "immediate_danger": {"value": "yes"}})
    journey.process_arrival(received.arrival_id)
    before = AuditEntry.objects.count(), cast[Role.SUPERVISOR].notices.count()
    journey.process_arrival(received.arrival_id)
    assert (AuditEntry.objects.count(), cast[Role.SUPERVISOR].notices.count()) == before


def test_it_goes_on_where_it_was_interrupted(cast, monkeypatch):
    received = told({**CONCERN, **SAM})
    monkeypatch.setattr(journey.triage, "give_verdict", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        journey.process_arrival(received.arrival_id)
    assert Referral.objects.get().verdicts.count() == 0
    monkeypatch.undo()
    journey.process_arrival(received.arrival_id)
    assert Referral.objects.get().verdicts.count() == 1


def test_files_are_prepared_behind_it(cast):
    received = told()
    row = stored_file(NewFile("files", "x.jpg", "image/jpeg", a_photo()), key_id=arrival_of(received).key_id)
    row.arrival = arrival_of(received)
    row.save(force_insert=True)
    run_queued()
    assert StoredFile.objects.get().scan_state == ScanState.NOT_SCANNED


def test_a_call_back_is_told_to_triage_once(cast):
    received = told({})
    for _ in range(2):
        journey.process_arrival(received.arrival_id)
    texts = [notice.text for notice in cast[Role.TRIAGE_OFFICER].notices.all()]
    assert texts == [f"{received.reference} could not be read by itself and needs a call back."]


def test_an_emergency_sent_before_all_was_said_is_in_the_inbox_as_one(cast):
    received = told({"immediate_danger": {"value": "yes"}})
    accepted = journey.process_arrival(received.arrival_id)
    referral = Referral.objects.get(pk=accepted.referral_id)
    assert (referral.is_emergency, referral.urgency) == (True, Urgency.IMMEDIATE)
    assert referral.verdicts.get().route == Route.EMERGENCY


@pytest.mark.parametrize(("role", "leads"), [(Role.SUPERVISOR, "Sue Pervis"), (Role.TRIAGE_OFFICER, None)])
def test_who_leads_a_new_case(cast, role, leads):
    referral = a_referral()
    journey.decide(
        referral.pk, route=Route.CASE, urgency=Urgency.FIVE_DAYS, by=cast[role], expected_version=referral.version
    )
    leader = journey.cases.case_of(referral).lead_officer
    assert leader.name == leads or leader in (cast[Role.CASE_OFFICER], cast.other_case_officer)
    if leads is None:
        assert [notice.kind for notice in leader.notices.all()] == ["assigned"]


def test_a_lead_officer_can_be_named(cast):
    referral = a_referral()
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency.FIVE_DAYS,
        by=cast[Role.TRIAGE_OFFICER],
        expected_version=referral.version,
        lead_officer=cast.other_case_officer,
    )
    assert journey.cases.case_of(referral).lead_officer == cast.other_case_officer


def test_when_the_case_cannot_be_opened_nothing_is_decided(cast, monkeypatch):
    referral = a_referral()
    monkeypatch.setattr(journey.cases, "open_case", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        journey.decide(
            referral.pk,
            route=Route.CASE,
            urgency=Urgency.FIVE_DAYS,
            by=cast[Role.TRIAGE_OFFICER],
            expected_version=referral.version,
        )
    assert referral.decisions.count() == 0
    assert not AuditEntry.objects.filter(action="referral.decided").exists()


@pytest.fixture
def long_path(cast) -> Referral:
    """Everything that can happen before a case: a repeat, an emergency, a second reading that sends back."""
    a_referral({**CONCERN, **SAM})
    referral = a_referral({**CONCERN, **SAM, "immediate_danger": {"value": "yes"}})
    officer, supervisor = cast[Role.TRIAGE_OFFICER], cast[Role.SUPERVISOR]
    journey.hand_over(referral.pk, handed_to=HandedTo.POLICE, their_reference="NM-77", note="Secret note", by=officer)
    decide_repeat(
        referral.repeat_proposals.get().pk, decision=RepeatDecision.SAME_PERSON, reason="Secret why", by=officer
    )
    referral.refresh_from_db()
    journey.decide(
        referral.pk,
        route=Route.CLOSE,
        urgency=Urgency.ROUTINE,
        by=officer,
        expected_version=referral.version,
        reason="Secret reason",
        closure_reason="no_further_action",
    )
    referral.refresh_from_db()
    journey.read_second(
        referral.pk, agrees=False, reason="Secret answer", by=supervisor, expected_version=referral.version
    )
    referral.refresh_from_db()
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency.SAME_DAY,
        by=officer,
        expected_version=referral.version,
        reason="Secret second reason",
    )
    return referral


def test_the_trace_has_every_step_with_its_versions_and_reasons(long_path):
    rows = journey.trace(long_path.reference)
    told_by_step = {step: [row.what for row in rows if row.step == step] for step in {row.step for row in rows}}
    assert told_by_step["1"] == ["received by portal"]
    assert any("possible repeat" in what and "same_person" in what for what in told_by_step["5"])
    assert told_by_step["6"] == ["verdict: emergency, immediate"]
    assert [what.split(",")[0] for what in told_by_step["7"]] == [
        "decision: close",
        "second reading: sent back",
        "decision: case",
    ]
    assert told_by_step["8"] == ["emergency handed to police"]
    assert told_by_step["9a"][0] == "case, open"
    assert {"referral.decided", "referral.second_read", "repeat.decided"} <= set(told_by_step["13"])
    table = rules.table_in_force("triage").table_hash
    verdict = next(row for row in rows if row.step == "6")
    assert verdict.versions == {"table": table}
    assert any("danger_now" in reason for reason in verdict.reasons)


def test_the_trace_names_nobody_and_quotes_nothing(long_path, cast):
    text = journey.command(long_path.reference) + journey.command(long_path.reference, as_json=True)
    for secret in ("Secret", "Okonjo", "Samir", "NM1", "NM-77", "town", "Tariq", "Pervis"):
        assert secret not in text, secret
    assert str(cast[Role.TRIAGE_OFFICER].pk) in text


def test_the_trace_is_found_as_people_type_references_and_is_json_when_asked(long_path):
    typed = long_path.reference.lower().replace("-", " ")
    rows = json.loads(journey.command(typed, as_json=True))
    assert rows[0]["what"] == "received by portal"
    with pytest.raises(NotFound):
        journey.trace("CP-0000-0000-0")
    with pytest.raises(NotFound):
        journey.trace("nonsense")


def test_advice_has_a_trace_too(cast):
    contact = services.record_advice(question="Secret", advice="Secret", by=cast[Role.CALL_HANDLER])
    text = journey.command(contact.reference)
    assert "advice given" in text
    assert "Secret" not in text


def test_tasks_find_the_journey_by_its_name(cast, settings):
    received = told()
    assert settings.ARRIVALS_GO_TO == "counterpoint.journey.process_arrival"
    tasks.process_arrival.call(str(received.arrival_id))
    assert Referral.objects.get().reference == received.reference
