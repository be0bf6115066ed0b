"""Who works on a case."""

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import policies
from counterpoint.cases.models import Case, CaseMember
from counterpoint.cases.permissions import check_leads
from counterpoint.cases.services.change import check_version, locked, tell
from counterpoint.cases.types import EventKind


@transaction.atomic
def hand_over(case: Case, *, lead_officer: Staff, by: Staff, expected_version: int) -> Case:
    """Give the case to another lead officer. Who led it works on it no longer, unless added again.

    Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing when the new one cannot lead it;
    Conflict, holding who leads it now."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    policies.check_open(case)
    check_version(case, expected_version=expected_version, theirs={"lead_officer": case.lead_officer_id})
    policies.check_can_lead(lead_officer, case=case)
    before = case.lead_officer
    if before.pk == lead_officer.pk:
        raise NotPossible("This person leads the case already.")
    case.members.filter(staff=before, to_at__isnull=True).update(to_at=at)
    if not case.members.filter(staff=lead_officer, to_at__isnull=True).exists():
        CaseMember.objects.create(case=case, staff=lead_officer, from_at=at, added_by=by)
    case.tasks.filter(assignee=before, ended_at__isnull=True).update(assignee=lead_officer)
    case.save_changes(expected_version=expected_version, lead_officer=lead_officer)
    tell(case, EventKind.HANDED_OVER, by=by, at=at, facts={"from": str(before.pk), "to": str(lead_officer.pk)})
    return case


@transaction.atomic
def add_member(case: Case, *, staff: Staff, by: Staff) -> CaseMember:
    """Let somebody of the lead agency work on the case from now on. Twice is once.

    Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing when they cannot be a member."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    policies.check_open(case)
    policies.check_can_be_member(staff, case=case)
    known = one_or_none(case.members.filter(staff=staff, to_at__isnull=True))
    if known is not None:
        return known
    row = CaseMember.objects.create(case=case, staff=staff, from_at=at, added_by=by)
    tell(case, EventKind.MEMBER_ADDED, by=by, at=at, facts={"staff": str(staff.pk)})
    return row


@transaction.atomic
def remove_member(case: Case, *, staff: Staff, by: Staff) -> None:
    """End somebody's work on the case; that they worked on it stays told. The lead officer is handed over instead.

    Raises NotFound, NotAllowed, NotPossible."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    if staff.pk == case.lead_officer_id:
        raise NotPossible("The lead officer cannot be removed. Hand the case over instead.")
    if not case.members.filter(staff=staff, to_at__isnull=True).update(to_at=at):
        raise NotPossible("This person does not work on the case.")
    case.tasks.filter(assignee=staff, ended_at__isnull=True).update(assignee=None)
    tell(case, EventKind.MEMBER_REMOVED, by=by, at=at, facts={"staff": str(staff.pk)})
