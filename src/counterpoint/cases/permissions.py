"""Who may do what with a case. Whether it may happen at all: `counterpoint.cases.policies`; who may use which page:
`counterpoint.access.permissions`."""

from collections.abc import Mapping
from uuid import UUID

from counterpoint.access.absences import stands_in_for
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_work_on, check_holds, check_reads, check_works_on, yes_or_no
from counterpoint.access.relations import Relation, Standing, relation_to
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.cases.models import Action, Case, Task

_LEADING = frozenset({Standing.ASSIGNED, Standing.LEAD_AGENCY})
_FOR_OTHERS: Mapping[str, tuple[Role, ...]] = {Role.SUPERVISOR: (), Role.PANEL_CHAIR: ()}


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


def check_does_step(by: Staff, case: Case, *, task: Task, at_panel: bool = False) -> None:
    """Knows the case, and the task is theirs: given to them or to somebody for whom they stand in, or they hold its
    role. A case officer who works on the case does its steps also where another agency's people would, on their word;
    only the chair's and the supervisor's own are nobody else's, but a supervisor's. What is done at the panel
    (at_panel) is also the chair's, in whosever lane it stands. Raises NotFound, NotAllowed."""
    relation = check_reads_case(by, case.pk)
    if task.assignee_id is not None and (task.assignee_id == by.pk or stands_in_for(by, task.assignee_id)):
        check_holds(by, *Role)
    elif relation.works:
        others = _FOR_OTHERS.get(task.role, (Role.CASE_OFFICER,)) + ((Role.PANEL_CHAIR,) if at_panel else ())
        check_holds(by, *dict.fromkeys((Role(task.role), Role.SUPERVISOR, *others)))
    elif relation.standing is Standing.GRANTED and by.agency_id == task.agency_id:
        check_holds(by, Role(task.role))
    else:
        raise NotAllowed("This step belongs to somebody else. Look at whose it is.")


def check_takes_task(by: Staff, case: Case, task: Task) -> None:
    """Holds the role of the task in the agency that it waits for, as far as that agency knows of the case; or works on
    the case. Raises NotFound for everybody else, and for who has a conflict of interest."""
    relation = relation_to(by, kind=SubjectKind.CASE, subject_id=case.pk)
    is_theirs = task.agency_id == by.agency_id and bool(by.role_names & {Role(task.role), Role.SUPERVISOR})
    is_inside = case.lead_agency_id == by.agency_id or relation.is_known
    if not by.is_active or relation.standing is Standing.RECUSED or not (is_theirs and is_inside):
        raise NotFound("There is no such task, or it is not yours to take.")


def check_gives_task(by: Staff, case: Case, task: Task) -> None:
    """Works on the case; or has the task, or holds its role in the agency that it waits for, and may know of the case.
    Raises NotFound, NotAllowed."""
    relation = check_reads_case(by, case.pk)
    if relation.works:
        check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR, Role(task.role))
    elif task.assignee_id != by.pk and (task.agency_id != by.agency_id or Role(task.role) not in by.role_names):
        raise NotAllowed("This task belongs to somebody else. Ask the lead officer of the case.")


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
can_take_task = yes_or_no(check_takes_task)
can_give_task = yes_or_no(check_gives_task)

__all__ = [
    "can_do_casework",
    "can_do_step",
    "can_end_action",
    "can_give_task",
    "can_lead",
    "can_read_case",
    "can_take_task",
    "can_work_on",
    "check_casework",
    "check_does_step",
    "check_ends_action",
    "check_gives_task",
    "check_leads",
    "check_opens_cases",
    "check_reads_case",
    "check_takes_task",
]
