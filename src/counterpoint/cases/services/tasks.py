"""Whose a task is: taken from a queue, given to somebody, put back."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.relations import is_recused
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases.models import Case, CaseMember, Task
from counterpoint.cases.permissions import check_gives_task, check_takes_task
from counterpoint.cases.relations import recused_from_a_referral
from counterpoint.cases.services.change import locked_by_id, tell
from counterpoint.cases.sharing import agencies_granted, may_be_told, tasks_in_reach_of
from counterpoint.cases.types import EventKind


@transaction.atomic
def take_task(task_id: UUID, *, by: Staff) -> Task:
    """Take a task from the queue of one's agency and role. Who is of the lead agency works on the case from then on;
    staff of another agency see what was shared with it, as before. Taken twice by the same person is once.

    Raises NotFound, NotAllowed; NotPossible when somebody else was quicker, or it has ended."""
    task, case = _locked(task_id, by=by)
    check_takes_task(by, case, task)
    if task.assignee_id == by.pk:
        return task
    if task.assignee_id is not None:
        raise NotPossible("Somebody else has taken this task. Look at the queue again.")
    _assign(case, task, to=by, by=by)
    return task


@transaction.atomic
def give_task(task_id: UUID, *, to: Staff, by: Staff) -> Task:
    """Give a task to somebody: of the lead agency, or of one that the case is shared with now. They are told.

    Raises NotFound, NotAllowed; NotPossible with all that stands against it."""
    task, case = _locked(task_id, by=by)
    check_gives_task(by, case, task)
    _check_can_have(case, task, to)
    if task.assignee_id == to.pk:
        return task
    _assign(case, task, to=to, by=by)
    if to.pk != by.pk:
        text = f"“{task.step_name}” in case {case.reference} was given to you."
        tell_staff([to], kind=NoticeKind.ASSIGNED, text=text, link=f"/desk/cases/{case.pk}/")
    return task


@transaction.atomic
def give_task_to_agency(task_id: UUID, *, agency: Agency, by: Staff) -> Task:
    """Put a task into the queue of an agency: the lead agency, or one that the case is shared with now. Whoever holds
    the role there can take it; in another agency that is the role of a partner.

    Raises NotFound, NotAllowed, NotPossible."""
    task, case = _locked(task_id, by=by)
    check_gives_task(by, case, task)
    is_lead = agency.pk == case.lead_agency_id
    if not is_lead and agency.pk not in agencies_granted(case.pk, at=clock.now()):
        raise NotPossible("This agency does not know of the case. Share it with them first.")
    if task.agency_id == agency.pk and task.assignee_id is None:
        return task
    task.agency, task.assignee = agency, None
    if is_lead and task.role == Role.PARTNER:
        task.role = Role.CASE_OFFICER
    elif not is_lead:
        task.role = Role.PARTNER
    task.save(update_fields=["agency", "assignee", "role"])
    _tell(case, task, by=by, agency=str(agency.pk))
    if not is_lead:
        people = Staff.objects.filter(agency=agency, is_active=True, roles__role=task.role, roles__ended_at=None)
        text = f"“{task.step_name}” in case {case.reference} waits for your agency."
        tell_staff(may_be_told(case, people.distinct()), kind=NoticeKind.WAITS_FOR_YOU, text=text, link="/desk/tasks/")
    return task


def _locked(task_id: UUID, *, by: Staff) -> tuple[Task, Case]:
    """The task as it is now and its case, both locked, the case first as everywhere."""
    known = one_or_none(tasks_in_reach_of(by, at=clock.now()).filter(pk=task_id))
    if known is None:
        raise NotFound("There is no such task, or it is not yours to see.")
    case = locked_by_id(known.case_id)
    return Task.objects.select_for_update().get(pk=task_id), case


def _assign(case: Case, task: Task, *, to: Staff, by: Staff) -> None:
    _check_waits(task)
    task.assignee, task.agency_id = to, to.agency_id
    task.save(update_fields=["assignee", "agency"])
    is_inside = to.agency_id == case.lead_agency_id
    if is_inside and not case.members.filter(staff=to, to_at__isnull=True).exists():
        CaseMember.objects.create(case=case, staff=to, from_at=clock.now(), added_by=by)
    _tell(case, task, by=by, staff=str(to.pk))


def _tell(case: Case, task: Task, *, by: Staff, **whom: str) -> None:
    facts = {"step": task.step, "step_name": task.step_name, **whom}
    tell(case, EventKind.TASK_GIVEN, by=by, at=clock.now(), facts=facts)


def _check_waits(task: Task) -> None:
    if task.ended_at is not None:
        raise NotPossible("This task has ended. Look at where the case stands.")


def _check_can_have(case: Case, task: Task, to: Staff) -> None:
    _check_waits(task)
    problems = []
    if not to.is_active:
        problems.append("This person does not work here any more. Choose somebody else.")
    if to.agency_id != case.lead_agency_id and to.agency_id not in agencies_granted(case.pk, at=clock.now()):
        problems.append("Their agency does not know of the case. Share it with them first.")
    if is_recused(to, kind=SubjectKind.CASE, subject_id=case.pk) or recused_from_a_referral(to, case.pk):
        problems.append("This person cannot be given it. Choose somebody else.")
    if not problems and not to.role_names & _MAY_HAVE.get(task.role, frozenset({Role(task.role), *_CASEWORK})):
        problems.append(f"This is for the role {Role(task.role).label.lower()}. Choose somebody who holds it.")
    if problems:
        raise NotPossible(" ".join(problems))


_CASEWORK = (Role.CASE_OFFICER, Role.SUPERVISOR, Role.PARTNER)
_MAY_HAVE: Mapping[str, frozenset[Role]] = {
    Role.SUPERVISOR: frozenset({Role.SUPERVISOR}),
    Role.PANEL_CHAIR: frozenset({Role.PANEL_CHAIR, Role.SUPERVISOR}),
}
