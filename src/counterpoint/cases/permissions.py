"""Who may do what with a case. Whether it may happen at all: `counterpoint.cases.policies`; who may use which page:
`counterpoint.access.permissions`."""

from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_work_on, check_holds, check_reads, check_works_on, yes_or_no
from counterpoint.access.relations import Relation, Standing
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotAllowed
from counterpoint.cases.models import Action, Case

_LEADING = frozenset({Standing.ASSIGNED, Standing.LEAD_AGENCY})


def check_reads_case(viewer: Staff, case_id: UUID) -> Relation:
    """The relation by which `viewer` may open the case. Raises NotFound when there is none."""
    return check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id)


def check_casework(by: Staff, case: Case) -> Relation:
    """Works on the case, as a case officer or a supervisor. Raises NotFound, NotAllowed."""
    relation = check_works_on(by, kind=SubjectKind.CASE, subject_id=case.pk)
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    return relation


def check_leads(by: Staff, case: Case) -> None:
    """The lead officer, or a supervisor of the lead agency. Raises NotFound, NotAllowed."""
    if check_casework(by, case).standing not in _LEADING:
        raise NotAllowed("This is for the lead officer of the case or a supervisor. Ask one of them.")


def check_opens_cases(by: Staff) -> None:
    """Who may open a case for a referral. Raises NotAllowed."""
    check_holds(by, Role.TRIAGE_OFFICER, Role.SUPERVISOR)


def check_does_step(by: Staff, case: Case, *, lane: str) -> None:
    """Works on the case in the role that the process gives the step to. A supervisor may do the case officer's steps
    too. Raises NotFound, NotAllowed."""
    check_casework(by, case)
    if lane == Role.SUPERVISOR:
        check_holds(by, Role.SUPERVISOR)


def check_ends_action(by: Staff, action: Action) -> None:
    """Works on the case; or is who the action was given to, or of the agency it was given to, as long as the case may
    be known to them. Raises NotFound, NotAllowed."""
    relation = check_reads_case(by, action.case_id)
    if relation.works:
        check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    elif not _is_owner(by, action):
        raise NotAllowed("This action belongs to somebody else. Only its owner, or who works on the case, may end it.")


def _is_owner(by: Staff, action: Action) -> bool:
    return action.owner_id == by.pk or (action.owner_agency_id is not None and action.owner_agency_id == by.agency_id)


can_read_case = yes_or_no(check_reads_case)
can_do_casework = yes_or_no(check_casework)
can_lead = yes_or_no(check_leads)
can_do_step = yes_or_no(check_does_step)
can_end_action = yes_or_no(check_ends_action)

__all__ = [
    "can_do_casework",
    "can_do_step",
    "can_end_action",
    "can_lead",
    "can_read_case",
    "can_work_on",
    "check_casework",
    "check_does_step",
    "check_ends_action",
    "check_leads",
    "check_opens_cases",
    "check_reads_case",
]
