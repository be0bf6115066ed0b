"""A case is opened once for a referral, by who may, for a lead officer who can lead it."""

import pytest
from django.db import IntegrityError, transaction
from tests.cases.making import START, a_case, a_referral, walk_to

from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseEvent, CaseMember, CaseReferral, ProcessRun
from counterpoint.cases.types import CaseState, EventKind
from counterpoint.intake.models import Mailbox, Referral
from counterpoint.intake.types import Kind, PublicStatus, ReferralState

pytestmark = pytest.mark.django_db


def test_opening_begins_the_process_of_the_pack_and_tells_the_reporter(world):
    referral = a_referral(world)
    case = a_case(world, referral=referral)
    assert (case.reference, case.state, case.lead_officer) == (referral.reference, CaseState.OPEN, world.officer)
    assert (case.next_step, case.next_step_name) == ("contact_reporter", "Contact the reporter")
    assert (case.due_at - START).days == 5
    assert [run.number for run in case.runs.all()] == [1]
    assert [member.staff for member in case.members.all()] == [world.officer]
    assert Mailbox.objects.get(arrival=referral.arrival).status == PublicStatus.BEING_WORKED_ON
    assert CaseEvent.objects.get(case=case).kind == EventKind.OPENED
    entry = AuditEntry.objects.get(action="case.opened")
    assert (entry.subject_id, entry.subject_reference) == (case.pk, case.reference)


def test_the_same_referral_opens_one_case_however_often(world):
    referral = a_referral(world)
    first = a_case(world, referral=referral)
    again = services.open_case(referral, lead_officer=world.colleague, by=world.supervisor, at=clock.now())
    assert (again.pk, again.lead_officer_id) == (first.pk, world.officer.pk)
    assert Case.objects.count() == ProcessRun.objects.count() == CaseReferral.objects.count() == 1
    assert AuditEntry.objects.filter(action="case.opened").count() == 1


def test_two_who_open_at_the_same_moment_get_the_same_case(world, monkeypatch):
    referral = a_referral(world)
    first = a_case(world, referral=referral)
    real, asked = services.opening.case_of, []

    def looked_too_early(wanted):
        asked.append(wanted)
        return None if len(asked) == 1 else real(wanted)

    monkeypatch.setattr(services.opening, "case_of", looked_too_early)
    assert services.open_case(referral, lead_officer=world.officer, by=world.triage, at=START).pk == first.pk
    assert CaseMember.objects.count() == 1


REFUSED = [
    ("who opens", {"by": "officer"}, NotAllowed, "triage officer"),
    ("partner opens", {"by": "partner"}, NotAllowed, "triage officer"),
    ("lead of another agency", {"lead": "partner"}, Missing, "must be of the lead agency"),
    ("lead without the role", {"lead": "triage"}, Missing, "case officer or a supervisor"),
    ("lead who left", {"lead": "officer", "left": True}, Missing, "does not work here any more"),
    ("online material", {"kind": Kind.ONLINE_MATERIAL}, Missing, "Only a concern about a person"),
    ("closed referral", {"closed": True}, Missing, "The referral is closed"),
]


@pytest.mark.parametrize(("what", "given", "refusal", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(world, what, given, refusal, words):
    referral = a_referral(world, kind=given.get("kind", Kind.CONCERN))
    if given.get("closed"):
        Referral.objects.filter(pk=referral.pk).update(
            state=ReferralState.CLOSED, closed_at=START, closure_reason="misguided"
        )
        referral.refresh_from_db()
    lead = getattr(world, given.get("lead", "officer"))
    lead.is_active = not given.get("left", False)
    with pytest.raises(refusal, match=words):
        services.open_case(referral, lead_officer=lead, by=getattr(world, given.get("by", "triage")), at=START)
    assert Case.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once(world):
    referral = a_referral(world, kind=Kind.ONLINE_MATERIAL)
    world.partner.is_active = False
    with pytest.raises(Missing) as refused:
        services.open_case(referral, lead_officer=world.partner, by=world.triage, at=START)
    assert len(refused.value.problems) == 4


# --- reopening


def closed_case(world):
    case = a_case(world)
    walk_to(case, "", world)
    services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    return case


def test_reopening_keeps_the_history_and_begins_a_second_run(world):
    case = closed_case(world)
    before = list(case.events.values_list("pk", flat=True))
    first_run = case.runs.get()
    services.reopen_case(case, reason="New worry from the school.", by=world.supervisor, expected_version=case.version)
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.closure_reason) == (CaseState.OPEN, None, "")
    assert case.next_step == "contact_reporter"
    assert [run.number for run in case.runs.order_by("number")] == [1, 2]
    first_run.refresh_from_db()
    assert (first_run.ended_at, first_run.closure_reason) == (START, "concerns_reduced")
    assert first_run.steps.count() == 6
    assert set(before) < set(case.events.values_list("pk", flat=True))
    referral = case.referrals.get().referral
    assert referral.state == ReferralState.DECIDED
    assert referral.arrival.mailbox.status == PublicStatus.BEING_WORKED_ON


def test_a_reopened_case_needs_its_own_outcome_feedback_and_agreement(world):
    case = closed_case(world)
    services.reopen_case(case, reason="News.", by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    with pytest.raises(Missing) as refused:
        services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
    assert len(refused.value.problems) == 4


REOPEN_REFUSED = [
    ("colleague", "News.", NotFound),
    ("partner", "News.", NotFound),
    ("officer", "  ", Missing),
]


@pytest.mark.parametrize(("who", "reason", "refusal"), REOPEN_REFUSED)
def test_reopening_refused(world, who, reason, refusal):
    case = closed_case(world)
    by = getattr(world, who)
    with pytest.raises(refusal):
        services.reopen_case(case, reason=reason, by=by, expected_version=case.version)
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_an_open_case_is_not_reopened_and_a_stale_page_is_told(world):
    case = a_case(world)
    with pytest.raises(NotPossible, match="open already"):
        services.reopen_case(case, reason="News.", by=world.officer, expected_version=case.version)
    case = closed_case(world)
    with pytest.raises(Conflict):
        services.reopen_case(case, reason="News.", by=world.officer, expected_version=case.version - 1)
    case.refresh_from_db()
    assert case.runs.count() == 1


# --- what the database holds by itself

BROKEN = [
    ("case_closed_with_reason", Case, {"state": CaseState.CLOSED}),
    ("case_closed_with_reason", Case, {"closure_reason": "x"}),
    ("case_category_with_scheme", Case, {"assessed_category": "x"}),
    ("process_run_ended_with_reason", ProcessRun, {"ended_at": START}),
]


@pytest.mark.parametrize(("constraint", "model", "change"), BROKEN)
def test_the_database_refuses(world, constraint, model, change):
    a_case(world)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.update(**change)
