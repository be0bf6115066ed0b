"""Transfers: offered, accepted, rejected, revoked; what the other side sees before, and what follows the case after."""

import pytest
from tests.cases.making import WORRY, a_case, an_action, share
from tests.partners.making import an_offer, southmoor

from counterpoint.access.errors import Lacking
from counterpoint.access.models import Notice, Recusal
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Action, Task
from counterpoint.cases.selectors import cases_visible_to
from counterpoint.cases.types import CaseFilters
from counterpoint.intake.models import Referral
from counterpoint.partners import selectors, services
from counterpoint.partners.models import Transfer
from counterpoint.partners.types import TransferState

pytestmark = pytest.mark.django_db


def standing(staff, case):
    return relation_to(staff, kind=SubjectKind.CASE, subject_id=case.pk).standing


def test_while_it_is_offered_the_other_side_sees_the_offer_and_nothing_else(world):
    agency, supervisor, officer = southmoor(world)
    case = a_case(world)
    row = an_offer(case, world, agency)
    (told,) = Notice.objects.filter(staff=supervisor)
    assert row.reference in told.text
    assert case.reference not in told.text + told.link
    (line,) = selectors.transfers_of(supervisor)
    assert (line.state, line.case_reference, line.case_id) == (TransferState.OFFERED, "", None)
    assert selectors.transfers_waiting_for(supervisor) == 1
    view = selectors.transfer_for(supervisor, row.pk)
    assert view.reason == "The family moved to Southmoor."
    assert WORRY in str(view)
    assert case.reference not in str(view)
    assert str(case.pk) not in str(view)
    assert standing(supervisor, case) is standing(officer, case) is Standing.NONE
    assert selectors.case_after(supervisor, row.pk) is None
    assert AuditEntry.objects.get(action="transfer.read").actor_id == str(supervisor.pk)


def test_accepted_the_case_and_all_that_hangs_on_it_changes_hands(world):
    agency, supervisor, officer = southmoor(world)
    case = a_case(world)
    cases.add_member(case, staff=world.colleague, by=world.officer)
    share(case, world, Section.CONCERN)
    mine = cases.add_action(case, an_action(world), by=world.officer)
    row = an_offer(case, world, agency)
    services.accept_transfer(row.pk, lead_officer=officer, by=supervisor)
    case.refresh_from_db()
    assert (case.lead_agency, case.lead_officer) == (agency, officer)
    assert [member.staff for member in case.members.filter(to_at__isnull=True)] == [officer]
    for old in (world.officer, world.colleague, world.supervisor):
        assert standing(old, case) is Standing.NONE
    assert standing(officer, case) is Standing.ASSIGNED
    assert standing(supervisor, case) is Standing.LEAD_AGENCY
    assert standing(world.partner, case) is Standing.GRANTED
    referral = Referral.objects.get(pk=case.referrals.get().referral_id)
    assert referral.lead_agency == agency
    at_triage = relation_to(world.triage, kind=SubjectKind.REFERRAL, subject_id=referral.pk)
    assert at_triage.standing is Standing.NONE
    assert Action.objects.get(pk=mine.pk).owner == officer
    tasks = Task.objects.filter(case=case, ended_at__isnull=True)
    assert {task.agency_id for task in tasks} == {agency.pk}
    assert {task.assignee_id for task in tasks} <= {officer.pk, None}
    assert [line.id for line in cases_visible_to(supervisor, filters=CaseFilters()).rows] == [case.pk]
    assert cases_visible_to(world.supervisor, filters=CaseFilters()).rows == ()
    by = list(AuditEntry.objects.filter(action__startswith="case.transfer").order_by("number"))
    assert [(entry.action, entry.actor_id) for entry in by] == [
        ("case.transfer_offered", str(world.officer.pk)),
        ("case.transfer_accepted", str(supervisor.pk)),
    ]
    kinds = list(case.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-2:] == ["transfer_offered", "transfer_accepted"]
    assert Notice.objects.filter(staff=world.officer, text__contains=row.reference).exists()
    assert Notice.objects.filter(staff=officer, text__contains=case.reference).exists()
    assert selectors.case_after(supervisor, row.pk) == case.pk
    cases.add_note(case, visibility="internal", text="Met the family.", by=officer)


def test_rejected_with_a_reason_that_the_giving_side_reads(world):
    agency, supervisor, _ = southmoor(world)
    case = a_case(world)
    row = an_offer(case, world, agency)
    with pytest.raises(Missing):
        services.reject_transfer(row.pk, because="", by=supervisor)
    services.reject_transfer(row.pk, because="They have not arrived yet.", by=supervisor)
    (view,) = selectors.transfers_of_case(world.officer, case.pk, purpose="test")
    assert (view.row.state, view.why) == (TransferState.REJECTED, "They have not arrived yet.")
    assert standing(world.officer, case) is Standing.ASSIGNED
    again = an_offer(case, world, agency)
    assert again.pk != row.pk


def test_revoked_before_it_was_accepted_it_says_nothing_any_more(world):
    agency, supervisor, officer = southmoor(world)
    case = a_case(world)
    row = an_offer(case, world, agency)
    services.revoke_transfer(case, row.pk, because="They stay after all.", by=world.officer)
    view = selectors.transfer_for(supervisor, row.pk)
    assert (view.reason, view.disclosed, view.why) == ("", (), "")
    with pytest.raises(NotPossible):
        services.accept_transfer(row.pk, lead_officer=officer, by=supervisor)
    with pytest.raises(NotPossible):
        services.revoke_transfer(case, row.pk, because="again", by=world.officer)


def test_what_is_accepted_cannot_be_revoked(world):
    agency, supervisor, officer = southmoor(world)
    case = a_case(world)
    row = an_offer(case, world, agency)
    services.accept_transfer(row.pk, lead_officer=officer, by=supervisor)
    with pytest.raises(NotFound):
        services.revoke_transfer(case, row.pk, because="Too late", by=world.officer)
    with pytest.raises(NotPossible):
        services.revoke_transfer(case, row.pk, because="Too late", by=officer)


def test_a_double_click_offers_once_and_two_at_a_time_are_refused(world):
    agency, _, _ = southmoor(world)
    case = a_case(world)
    assert an_offer(case, world, agency) == an_offer(case, world, agency)
    with pytest.raises(Lacking):
        an_offer(case, world, agency, by=world.supervisor)
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"reason": " "}, {"legal_basis": ""}, {"legal_basis": "x" * 201}, {"sections": [Section.REPORTER]}],
)
def test_an_offer_needs_a_reason_and_a_basis_and_shows_no_more_than_it_may(world, changes):
    agency, _, _ = southmoor(world)
    with pytest.raises(NotPossible):
        an_offer(a_case(world), world, agency, **changes)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("to", ["lead", "school"])
def test_to_another_agency_that_leads(world, to):
    with pytest.raises(Lacking):
        an_offer(a_case(world), world, getattr(world, to))


def test_who_offers_and_who_decides(world):
    agency, supervisor, officer = southmoor(world)
    case = a_case(world)
    cases.add_member(case, staff=world.colleague, by=world.officer)
    for by in (world.colleague, world.stranger, world.partner, supervisor):
        with pytest.raises((NotFound, NotAllowed)):
            an_offer(case, world, agency, by=by)
    row = an_offer(case, world, agency)
    for by in (world.officer, world.supervisor, world.partner, officer):
        with pytest.raises((NotFound, NotAllowed)):
            services.accept_transfer(row.pk, lead_officer=officer, by=by)
        with pytest.raises((NotFound, NotAllowed)):
            selectors.transfer_for(by, row.pk)
    with pytest.raises(Missing):
        services.accept_transfer(row.pk, lead_officer=world.officer, by=supervisor)
    Recusal.objects.create(
        staff=supervisor, subject_kind=SubjectKind.CASE, subject_id=case.pk, reason="kin", recorded_by=supervisor
    )
    with pytest.raises(NotFound):
        services.accept_transfer(row.pk, lead_officer=officer, by=supervisor)
    assert selectors.transfers_of(supervisor) == []
