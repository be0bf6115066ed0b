"""The case at a glance: where it stands, what is to be done, what happened."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from counterpoint.access.models import Agency, Staff
from counterpoint.access.selectors import names as names_of_staff
from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, policies, process
from counterpoint.cases.models import Action, Case, CaseEvent, Task
from counterpoint.cases.permissions import can_do_casework, can_do_step, can_give_task
from counterpoint.cases.process import Running
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.cases.services.actions import owner_code
from counterpoint.cases.steps import lane_name
from counterpoint.cases.types import ActionKind, ActionOutcome, ActionState, CaseState, EventKind
from counterpoint.cases.views import (
    ActionView,
    CaseHeading,
    EventView,
    OverviewView,
    Progress,
    Timeline,
    WaitingStep,
)
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.processes import diagram_in_words
from counterpoint.rules.keeping import kept_until
from counterpoint.rules.types import KeptKind

EVENTS_A_PAGE = 20
_LONGEST_CURSOR = 9
_STAFF_FACTS = ("lead", "from", "to", "staff", "owner")
_AGENCY_FACTS = ("agency", "owner_agency")


@transaction.atomic
def case_for(
    viewer: Staff, case_id: UUID, *, purpose: str, kinds: frozenset[EventKind] = frozenset(), after: str = ""
) -> OverviewView:
    """The case at a glance, with what the viewer was given of it: progress and timeline for who works on it (or broke
    the glass), all actions for them and for partners who were granted these, else the partner's own.

    kinds: of the timeline, all when empty; after: its cursor. Raises NotFound. Audited."""
    heading = heading_for(viewer, case_id)
    case = Case.objects.get(pk=case_id)
    actions = _actions(viewer, heading, case)
    inside = not heading.is_partner
    progress = _progress(viewer, heading, case) if inside else None
    timeline = _timeline(case, kinds=kinds, after=after) if inside else None
    record_read(viewer, heading, part="overview", purpose=purpose, detail={"actions": len(actions)})
    return OverviewView(
        heading=heading,
        progress=progress,
        own_steps=() if inside else _own_steps(viewer, heading, case),
        actions=actions,
        shows_all_actions=heading.opens(Section.ACTIONS),
        timeline=timeline,
        kept_until=kept_until(KeptKind.CASE, case.pk) if inside and case.state == CaseState.CLOSED else None,
    )


def waiting_step_for(viewer: Staff, case_id: UUID, step_id: str) -> WaitingStep | None:
    """The step, if it waits now. Nothing personal. Raises NotFound."""
    heading = heading_for(viewer, case_id)
    case = Case.objects.get(pk=case_id)
    running = process.current_run(case)
    if not heading.is_open and running.run.ended_at is not None:
        return None
    found = next((step for step in _waiting(viewer, case, running) if step.id == step_id), None)
    return None if found is None or (heading.is_partner and not found.may_do) else found


@transaction.atomic
def action_for(viewer: Staff, case_id: UUID, action_id: UUID, *, purpose: str) -> tuple[Action, ActionView]:
    """One action: the row for a service to change, and what it says. Raises NotFound. Audited."""
    heading = heading_for(viewer, case_id)
    row = one_or_none(_visible_actions(viewer, heading).filter(pk=action_id))
    if row is None:
        raise NotFound("There is no such action, or it is not yours to see.")
    view = _views(viewer, heading, Case.objects.get(pk=case_id), [row])[0]
    record_read(viewer, heading, part="action", purpose=purpose, detail={"actions": 1})
    return row, view


def _actions(viewer: Staff, heading: CaseHeading, case: Case) -> tuple[ActionView, ...]:
    """Open ones first, the nearest date first; then the ended ones, the last ended first."""
    rows = list(_visible_actions(viewer, heading))
    still_open = sorted((row for row in rows if row.state == ActionState.OPEN), key=lambda row: (row.due_on, row.pk))
    ended = [row for row in rows if row.state != ActionState.OPEN]
    ended.sort(key=lambda row: (row.ended_at or row.created_at, row.pk), reverse=True)
    return _views(viewer, heading, case, [*still_open, *ended])


def _visible_actions(viewer: Staff, heading: CaseHeading) -> QuerySet[Action]:
    rows = Action.objects.filter(case_id=heading.id).select_related("owner__agency", "owner_agency", "ended_by")
    if heading.opens(Section.ACTIONS):
        return rows
    return rows.filter(Q(owner=viewer) | Q(owner_agency_id=viewer.agency_id))


def _views(viewer: Staff, heading: CaseHeading, case: Case, rows: list[Action]) -> tuple[ActionView, ...]:
    fields = [(row, name) for row in rows for name in ("sealed_title", "sealed_detail", "sealed_why")]
    opened = envelope.unseal_all(fields, key_id=case.key_id)
    today = clock.now().date()
    return tuple(_action_view(viewer, heading, row, opened, today) for row in rows)


def _action_view(
    viewer: Staff, heading: CaseHeading, row: Action, opened: Mapping[tuple[UUID, str], Any], today: date
) -> ActionView:
    is_open = row.state == ActionState.OPEN
    own = row.owner_id == viewer.pk or row.owner_agency_id == viewer.agency_id
    may_end = heading.may_work or (own and heading.is_partner)
    return ActionView(
        id=row.pk,
        version=row.version,
        kind=ActionKind(row.kind),
        title=opened.get((row.pk, "sealed_title"), ""),
        detail=opened.get((row.pk, "sealed_detail"), ""),
        owner=_owner(row),
        owner_code=owner_code(row),
        due_on=row.due_on,
        is_late=is_open and row.due_on < today,
        state=ActionState(row.state),
        outcome=ActionOutcome(row.outcome) if row.outcome else None,
        why=opened.get((row.pk, "sealed_why"), ""),
        ended_by=row.ended_by.name if row.ended_by else "",
        ended_at=row.ended_at,
        may_end=is_open and heading.is_open and may_end,
    )


def _owner(row: Action) -> str:
    if row.owner is not None:
        return f"{row.owner.name}, {row.owner.agency.name}"
    return row.owner_agency.name if row.owner_agency is not None else ""


def _progress(viewer: Staff, heading: CaseHeading, case: Case) -> Progress:
    running = process.current_run(case)
    is_worked = heading.is_open or running.run.ended_at is None
    return Progress(
        process=running.process,
        state=running.state,
        waiting=_waiting(viewer, case, running) if is_worked else (),
        steps=diagram_in_words(running.process, running.state),
        run=running.run.number,
        is_finished=running.is_finished,
    )


def _own_steps(viewer: Staff, heading: CaseHeading, case: Case) -> tuple[WaitingStep, ...]:
    running = process.current_run(case)
    if not heading.is_open and running.run.ended_at is not None:
        return ()
    return tuple(step for step in _waiting(viewer, case, running) if step.may_do)


def _waiting(viewer: Staff, case: Case, running: Running) -> tuple[WaitingStep, ...]:
    found = []
    rows = running.run.tasks.filter(ended_at__isnull=True).select_related("assignee", "agency")
    tasks = {task.step: task for task in rows}
    for step in running.waiting:
        form, task = running.form_of(step.id), tasks.get(step.id)
        may_do = task is not None and _may_do(viewer, case, task, form.work)
        if form.work is StepWork.AGREEMENT:
            may_do = may_do and policies.may_agree(viewer, case, running.run)
        found.append(
            WaitingStep(
                id=step.id,
                name=step.name,
                help=step.documentation,
                role=lane_name(step.lane),
                since=step.since,
                form=form,
                may_do=may_do,
                task_id=task.pk if task is not None else None,
                whose=_whose(task),
                due_at=task.due_at if task is not None else None,
                may_give=task is not None and can_give_task(viewer, case, task),
                has_instrument=running.plan_of(step.id).instrument is not None,
            )
        )
    return tuple(found)


def _may_do(viewer: Staff, case: Case, task: Task, work: StepWork) -> bool:
    """As the service asks it that finishes the step."""
    if work in (StepWork.OUTCOME, StepWork.FEEDBACK):
        return can_do_casework(viewer, case)
    return can_do_step(viewer, case, task=task, at_panel=work is StepWork.PANEL)


def _whose(task: Task | None) -> str:
    if task is None:
        return ""
    return task.assignee.name if task.assignee is not None else task.agency.name


def _timeline(case: Case, *, kinds: frozenset[EventKind], after: str) -> Timeline:
    rows = CaseEvent.objects.filter(case=case).select_related("by")
    if kinds:
        rows = rows.filter(kind__in=sorted(kinds))
    if after.isdecimal() and len(after) <= _LONGEST_CURSOR:
        rows = rows.filter(number__lt=int(after))
    found = list(rows.order_by("-number")[: EVENTS_A_PAGE + 1])
    shown = found[:EVENTS_A_PAGE]
    cursor = str(shown[-1].number) if len(found) > EVENTS_A_PAGE else ""
    return Timeline(events=_events(case, shown), after=cursor)


def _events(case: Case, rows: list[CaseEvent]) -> tuple[EventView, ...]:
    texts = envelope.unseal_all([(row, "sealed_text") for row in rows], key_id=case.key_id)
    names = _names_in(rows)
    return tuple(
        EventView(
            id=row.pk,
            at=row.at,
            by=row.by.name if row.by else "",
            kind=EventKind(row.kind),
            facts={name: names.get(str(value), str(value)) for name, value in row.facts.items() if value is not None},
            text=texts.get((row.pk, "sealed_text"), ""),
        )
        for row in rows
    )


def _names_in(rows: Iterable[CaseEvent]) -> dict[str, str]:
    """The names of all staff and agencies that the facts of these events hold by id."""
    staff: set[UUID] = set()
    agencies: set[UUID] = set()
    for row in rows:
        staff |= {UUID(row.facts[name]) for name in _STAFF_FACTS if row.facts.get(name)}
        agencies |= {UUID(row.facts[name]) for name in _AGENCY_FACTS if row.facts.get(name)}
    named: dict[UUID, str] = dict(names_of_staff(tuple(staff))) if staff else {}
    if agencies:
        named |= dict(Agency.objects.filter(pk__in=agencies).values_list("pk", "name"))
    return {str(row_id): name for row_id, name in named.items()}
