"""Tasks and clocks as lists: what is somebody's, what waits for their role, what is late. Nothing is decrypted, and a
task shows no more of its case than the reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from counterpoint.access import relations
from counterpoint.access.absences import covered_by
from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import process
from counterpoint.cases.models import CaseClock, CaseReferral, Task
from counterpoint.cases.permissions import can_give_task, can_read_case, can_take_task
from counterpoint.cases.selectors.listing import visible_cases
from counterpoint.cases.sharing import agencies_granted, running_grants, tasks_in_reach_of
from counterpoint.cases.steps import lane_name
from counterpoint.cases.waiting import held_steps
from counterpoint.kernel.clocks import Clock, SetBy

PAGE_ROWS = 50
COUNT_CAP = 100
_SOON = timedelta(days=14)


@dataclass(frozen=True)
class TaskRow:
    """`may_open`: whether the reader may open the case; else it has to be taken first. `cover_for`: whom the reader
    stands in for, "" where it is their own."""

    id: UUID
    case_id: UUID
    reference: str
    step: str
    name: str
    lane: str
    agency: str
    assignee: str
    since: datetime
    due_at: datetime
    is_late: bool
    is_held: bool  # told only of what would be late else
    cover_for: str
    may_open: bool


@dataclass(frozen=True)
class TaskLists:
    """The reader's own and those of whom they stand in for; those that wait for somebody of their role. Each the
    nearest first, at most PAGE_ROWS; `more_waits`: there are more."""

    own: tuple[TaskRow, ...]
    queue: tuple[TaskRow, ...]
    more_waits: bool


@dataclass(frozen=True)
class TaskChoices:
    """To whom a task can be given."""

    task: TaskRow
    people: tuple[tuple[UUID, str], ...]
    agencies: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True)
class ClockRow:
    """One line of the board. `set_by`: the row of a table that set how long it runs, `period`; None where the pack's
    list of clocks did."""

    id: UUID
    case_id: UUID
    reference: str
    lead_officer: str
    name: str
    title: str
    due_at: datetime | None
    is_late: bool
    is_warning: bool
    is_paused: bool
    is_timer: bool
    period: str
    set_by: SetBy | None


@dataclass(frozen=True)
class Board:
    """Clocks by where they stand, the nearest first, at most PAGE_ROWS each; `more` names the groups that have more."""

    late: tuple[ClockRow, ...]
    soon: tuple[ClockRow, ...]
    later: tuple[ClockRow, ...]
    paused: tuple[ClockRow, ...]
    dates: tuple[ClockRow, ...]
    more: frozenset[str]


def tasks_for(viewer: Staff) -> TaskLists:
    """What the viewer has to do, and what waits for somebody like them."""
    covers = covered_by(viewer)
    own = _rows(viewer, _visible(viewer).filter(assignee_id__in=[viewer.pk, *covers]))
    queue = _rows(viewer, _queue(viewer), most=PAGE_ROWS + 1)
    return TaskLists(own=own, queue=queue[:PAGE_ROWS], more_waits=len(queue) > PAGE_ROWS)


def waiting_tasks(viewer: Staff) -> tuple[int, int]:
    """How many tasks are the viewer's, and how many wait in their queue; each counted up to COUNT_CAP."""
    own = _visible(viewer).filter(assignee_id=viewer.pk)
    return own[:COUNT_CAP].count(), _queue(viewer)[:COUNT_CAP].count()


def task_choices(viewer: Staff, task_id: UUID) -> TaskChoices:
    """A task, and whom it can be given to. Raises NotFound."""
    rows = tasks_in_reach_of(viewer, at=clock.now()).select_related("case", "agency", "assignee")
    task = one_or_none(rows.filter(pk=task_id, ended_at=None))
    if task is None or not can_give_task(viewer, task.case, task):
        raise NotFound("There is no such task, or it is not yours to give.")
    inside = viewer.agency_id == task.case.lead_agency_id
    granted = agencies_granted(task.case_id, at=clock.now())
    agencies = {task.case.lead_agency_id, *granted} if inside else {viewer.agency_id}
    people = Staff.objects.filter(agency_id__in=agencies, is_active=True).exclude(pk=viewer.pk)
    fitting = people.filter(roles__role__in=_roles_for(task), roles__ended_at__isnull=True).distinct()
    named = [(row.pk, f"{row.name}, {row.agency.name}") for row in fitting.select_related("agency").order_by("name")]
    offices = Agency.objects.filter(pk__in=agencies).order_by("name").values_list("pk", "name") if inside else []
    row = _row(viewer, task, may_open=True)
    return TaskChoices(task=row, people=((viewer.pk, "Me"), *named), agencies=tuple(offices))


def may_take(viewer: Staff, task_id: UUID) -> bool:
    """Whether the task waits in a queue of the viewer's."""
    rows = tasks_in_reach_of(viewer, at=clock.now()).select_related("case")
    task = one_or_none(rows.filter(pk=task_id, ended_at__isnull=True))
    return task is not None and can_take_task(viewer, task.case, task)


def board_for(viewer: Staff) -> Board:
    """The clocks of all cases that the viewer may know of from within: what is late, what will be, what is held, which
    dates come. Partners see none: where a case stands is the lead agency's."""
    if not viewer.agency.is_lead:
        return Board((), (), (), (), (), frozenset())
    rows = CaseClock.objects.filter(ended_at__isnull=True, case__in=visible_cases(viewer))
    now = clock.now()
    groups = {
        "late": rows.filter(is_timer=False, due_at__lte=now).order_by("due_at", "id"),
        "soon": rows.filter(is_timer=False, due_at__gt=now, due_at__lte=now + _SOON).order_by("due_at", "id"),
        "later": rows.filter(is_timer=False, due_at__gt=now + _SOON).order_by("due_at", "id"),
        "paused": rows.filter(is_paused=True).order_by("started_at", "id"),
        "dates": rows.filter(is_timer=True).order_by("due_at", "id"),
    }
    found = {name: _clock_rows(each[: PAGE_ROWS + 1], now) for name, each in groups.items()}
    return Board(
        **{name: those[:PAGE_ROWS] for name, those in found.items()},
        more=frozenset(name for name, those in found.items() if len(those) > PAGE_ROWS),
    )


def clocks_of(viewer: Staff, case_id: UUID) -> tuple[ClockRow, ...]:
    """The clocks of one case that run or are held, the nearest first; none for partners. Raises NotFound."""
    if not can_read_case(viewer, case_id):
        raise NotFound("There is no such case, or it is not yours to see.")
    if not viewer.agency.is_lead:
        return ()
    rows = CaseClock.objects.filter(case_id=case_id, ended_at__isnull=True).order_by("is_timer", "due_at", "id")
    return _clock_rows(rows, clock.now())


def pause_reasons_of(viewer: Staff, case_id: UUID, clock_id: UUID) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The title of a clock, and the reasons for which it may be held. Raises NotFound."""
    row = one_or_none(CaseClock.objects.select_related("run").filter(pk=clock_id, case_id=case_id, ended_at=None))
    if row is None or not can_read_case(viewer, case_id) or not viewer.agency.is_lead:
        raise NotFound("There is no such clock, or it is not yours to see.")
    rule, pack = Clock.from_json(row.clock).rule, process.load(row.run).pack
    labels = {each.id: each.label for each in pack.pause_reasons.values()}
    return f"{row.element_name}: {rule.title}", tuple((each, labels.get(each, each)) for each in rule.pause_reasons)


def _visible(viewer: Staff) -> QuerySet[Task]:
    """Open tasks of cases that the viewer may know of: all of one's own are."""
    return Task.objects.filter(ended_at__isnull=True, case__in=visible_cases(viewer))


def _queue(viewer: Staff) -> QuerySet[Task]:
    """Open tasks that nobody has and the viewer may take. In the lead agency they are seen by their reference before
    anybody takes them, as the inbox is; another agency sees those of cases that are shared with it now."""
    rows = Task.objects.filter(ended_at__isnull=True, assignee__isnull=True, agency_id=viewer.agency_id)
    if not viewer.is_active:
        return Task.objects.none()
    if Role.SUPERVISOR not in viewer.role_names:
        rows = rows.filter(role__in=viewer.role_names)
    shared = running_grants(at=clock.now()).filter(agency_id=viewer.agency_id).values("case_id")
    rows = rows.filter(Q(case__lead_agency_id=viewer.agency_id) | Q(case_id__in=shared))
    cases = relations.recused_from(viewer, kind=SubjectKind.CASE)
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    if cases:
        rows = rows.exclude(case_id__in=cases)
    if referrals:
        held = CaseReferral.objects.filter(case_id=OuterRef("case_id"), referral_id__in=referrals)
        rows = rows.exclude(Exists(held))
    return rows


def _rows(viewer: Staff, rows: QuerySet[Task], *, most: int = PAGE_ROWS) -> tuple[TaskRow, ...]:
    found = list(rows.select_related("case", "agency", "assignee").order_by("due_at", "id")[:most])
    known = set(visible_cases(viewer).filter(pk__in=[row.case_id for row in found]).values_list("pk", flat=True))
    past = [row.case_id for row in found if row.due_at < clock.now()]
    held = held_steps(past) if past else frozenset()
    return tuple(_row(viewer, row, may_open=row.case_id in known, held=held) for row in found)


def _row(viewer: Staff, row: Task, *, may_open: bool, held: frozenset[tuple[UUID, str]] = frozenset()) -> TaskRow:
    is_other = row.assignee is not None and row.assignee_id != viewer.pk
    return TaskRow(
        id=row.pk,
        case_id=row.case_id,
        reference=row.case.reference,
        step=row.step,
        name=row.step_name,
        lane=lane_name(row.lane),
        agency=row.agency.name,
        assignee=row.assignee.name if row.assignee else "",
        since=row.since,
        due_at=row.due_at,
        is_late=row.due_at < clock.now() and (row.case_id, row.step) not in held,
        is_held=(row.case_id, row.step) in held,
        cover_for=row.assignee.name if is_other and row.assignee else "",
        may_open=may_open,
    )


def _clock_rows(rows: QuerySet[CaseClock], now: datetime) -> tuple[ClockRow, ...]:
    return tuple(_clock_row(row, now) for row in rows.select_related("case__lead_officer"))


def _clock_row(row: CaseClock, now: datetime) -> ClockRow:
    rule = Clock.from_json(row.clock).rule
    return ClockRow(
        id=row.pk,
        case_id=row.case_id,
        reference=row.case.reference,
        lead_officer=row.case.lead_officer.name,
        name=row.element_name,
        title=rule.title,
        due_at=row.due_at,
        is_late=not row.is_timer and row.due_at is not None and row.due_at <= now,
        is_warning=row.warn_at is not None and row.warn_at <= now and not row.is_paused,
        is_paused=row.is_paused,
        is_timer=row.is_timer,
        period=str(rule.within),
        set_by=rule.set_by,
    )


def _roles_for(task: Task) -> Sequence[str]:
    if task.role in (Role.SUPERVISOR, Role.PANEL_CHAIR):
        return [task.role, Role.SUPERVISOR]
    return [task.role, Role.CASE_OFFICER, Role.SUPERVISOR, Role.PARTNER]
