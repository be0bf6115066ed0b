"""What waits in a run, as rows: a task for each step that can be done, a clock for each of them that the pack gives a
clock, and one for each date that the process waits for. They follow the run and never lead it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from counterpoint.access.models import Agency, Staff
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import change
from counterpoint.cases.models import Case, CaseClock, ProcessRun, Task
from counterpoint.cases.sharing import may_be_told, running_grants
from counterpoint.kernel.clocks import (
    Calendar,
    Clock,
    ClockRule,
    ClockState,
    Reading,
    meet_clock,
    read_clock,
    start_clock,
    stop_clock,
)
from counterpoint.kernel.packs import LanePlan, LaneRole

_LEFT = "step_left"  # why a clock stops: the process went another way
_TASKS = Prepared(lambda run_id: Task.objects.filter(run_id=run_id, ended_at__isnull=True).order_by("due_at", "step"))
_STEPS = Prepared(
    lambda run_id: Task.objects.filter(run_id=run_id, ended_at__isnull=True).values_list("step", flat=True)
)
_CLOCKS = Prepared(lambda run_id: CaseClock.objects.filter(run_id=run_id, ended_at__isnull=True))


@dataclass(frozen=True)
class ToDo:
    """A step that can be done now. `clock` with its calendar; None where `days` is all there is."""

    step: str
    name: str
    lane: str
    whose: LanePlan
    since: datetime
    days: int
    clock: tuple[ClockRule, Calendar] | None


@dataclass(frozen=True)
class Awaited:
    """A date that the process waits for."""

    event: str
    name: str
    since: datetime
    clock: tuple[ClockRule, Calendar]


@dataclass(frozen=True)
class Waiting:
    """All that waits in a run. `has_clocks`: whether its process has any, so that those without ask for none. `period`:
    the rule as it holds for a clock that begins now."""

    steps: tuple[ToDo, ...]
    dates: tuple[Awaited, ...]
    has_clocks: bool
    period: Callable[[ClockRule], ClockRule]


def keep_up(
    run: ProcessRun, case: Case, *, what: Waiting, at: datetime, done: str = "", by: UUID | None = None
) -> None:
    """End the tasks and clocks of what does not wait any more, and begin those of what waits since now.

    done, by: the step that was finished and who did it; all else that does not wait was left."""
    has_task = _end_tasks(run, what, at=at, done=done, by=by)
    begun = {todo.step: todo for todo in what.steps}
    clocks = _keep_clocks(run, case, what, at=at, done=done) if what.has_clocks else {}
    agencies = _agencies(case, what.steps, at=at)
    tasks = [
        _task(run, case, todo, due_at=clocks.get(todo.step), agencies=agencies)
        for step, todo in begun.items()
        if step not in has_task
    ]
    for task in tasks:
        if task.agency_id != case.lead_agency_id:
            _tell_agency(case, task)
    if len(tasks) == 1:
        tasks[0].save(force_insert=True)
    elif tasks:
        Task.objects.bulk_create(tasks)


def open_tasks(run: ProcessRun) -> tuple[Task, ...]:
    """The tasks of a run that wait, the nearest first."""
    return tuple(_TASKS.all(run.pk))


def next_date(run: ProcessRun) -> tuple[str, datetime] | None:
    """The nearest date that the run waits for, with its name."""
    rows = run.clocks.filter(ended_at__isnull=True, is_timer=True, due_at__isnull=False).order_by("due_at")
    found = rows.first()
    return None if found is None or found.due_at is None else (found.element_name, found.due_at)


def offer_to(case: Case, agency: Agency, *, at: datetime) -> None:
    """Put what waits for an agency of this kind, and for nobody yet, into the queue of the one that the case was just
    shared with; unless it is shared with another of its kind."""
    granted = running_grants(at=at).filter(case_id=case.pk, agency__kind=agency.kind).values("agency_id")
    if Agency.objects.filter(pk__in=granted).exclude(pk=agency.pk).exists():
        return
    waits = Task.objects.filter(case=case, ended_at__isnull=True, assignee__isnull=True, agency_kind=agency.kind)
    for task in waits.filter(agency_id=case.lead_agency_id).exclude(agency_kind=""):
        task.agency = agency
        task.save(update_fields=["agency"])
        _tell_agency(case, task)


def held_steps(cases: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
    """(case id, step) of each step of these cases whose clock is held: it is not late, whatever its day was."""
    rows = CaseClock.objects.filter(case_id__in=list(cases), ended_at__isnull=True, is_paused=True)
    return frozenset(rows.values_list("case_id", "element"))


def set_clock(row: CaseClock, clock: Clock, calendar: Calendar, *, at: datetime) -> Reading:
    """Put what the clock says at this moment in the columns of its row. The caller saves."""
    reading = read_clock(clock, calendar, at=at)
    row.clock = clock.to_json()
    row.is_paused = reading.state is ClockState.PAUSED
    row.due_at, row.warn_at = reading.due_at, reading.warn_at
    ended = reading.state in (ClockState.MET, ClockState.STOPPED)
    row.ended_at = at if ended else None
    row.was_met, row.was_late = reading.state is ClockState.MET, reading.was_late
    row.tell_at = None if ended else _tell_at(row, reading)
    return reading


def _tell_at(row: CaseClock, reading: Reading) -> datetime | None:
    if row.is_timer:
        return reading.due_at
    return next((one.at for one in reading.escalations[row.told :]), None)


# --- tasks


def _end_tasks(run: ProcessRun, what: Waiting, *, at: datetime, done: str, by: UUID | None) -> frozenset[str]:
    """Returns the steps whose tasks go on: they waited before, and wait still."""
    live = frozenset(_STEPS.all(run.pk))
    if done in live:
        ended = {"ended_at": at, "ended_by": by, "is_done": by is not None}
        change(Task, where={"run": run, "step": done, "ended_at": None}, changes=ended)
    go_on = live & {todo.step for todo in what.steps} - {done}
    left = live - go_on - {done}
    if left:
        run.tasks.filter(ended_at__isnull=True, step__in=left).update(ended_at=at)
    return go_on


def _task(run: ProcessRun, case: Case, todo: ToDo, *, due_at: datetime | None, agencies: Mapping[str, Agency]) -> Task:
    partner = agencies.get(todo.whose.agency or "")
    is_leads = todo.whose.role is LaneRole.CASE_OFFICER and not todo.whose.agency
    return Task(
        case=case,
        run=run,
        step=todo.step,
        step_name=todo.name,
        lane=todo.lane,
        role=todo.whose.role.value,
        agency_id=partner.pk if partner is not None else case.lead_agency_id,
        agency_kind=todo.whose.agency or "",
        assignee_id=case.lead_officer_id if is_leads else None,
        since=todo.since,
        due_at=due_at or todo.since + timedelta(days=todo.days),
    )


def _tell_agency(case: Case, task: Task) -> None:
    """Those who hold the role there learn that something waits for them."""
    people = Staff.objects.filter(
        agency_id=task.agency_id, is_active=True, roles__role=task.role, roles__ended_at__isnull=True
    )
    text = f"“{task.step_name}” in case {case.reference} waits for your agency."
    told = may_be_told(case, people.distinct())
    tell_staff(told, kind=NoticeKind.WAITS_FOR_YOU, text=text[:300], link="/desk/tasks/")


def _agencies(case: Case, todos: Iterable[ToDo], *, at: datetime) -> dict[str, Agency]:
    """The agency of each kind that lanes ask for, where the case is shared with one and only one of it."""
    kinds = {todo.whose.agency for todo in todos if todo.whose.agency}
    if not kinds:
        return {}
    granted = running_grants(at=at).filter(case_id=case.pk).values("agency_id")
    found: dict[str, list[Agency]] = {}
    for agency in Agency.objects.filter(pk__in=granted, kind__in=kinds):
        found.setdefault(agency.kind, []).append(agency)
    return {kind: those[0] for kind, those in found.items() if len(those) == 1}


# --- clocks


def _keep_clocks(run: ProcessRun, case: Case, what: Waiting, *, at: datetime, done: str) -> dict[str, datetime | None]:
    """Returns when each waiting step is due by its clock, by the step's id."""
    wanted: dict[str, tuple[str, datetime, tuple[ClockRule, Calendar], bool]] = {}
    for todo in what.steps:
        if todo.clock is not None:
            wanted[todo.step] = (todo.name, todo.since, todo.clock, False)
    for date in what.dates:
        wanted[date.event] = (date.name, date.since, date.clock, True)
    due: dict[str, datetime | None] = {}
    for row in _CLOCKS.all(run.pk):
        still = wanted.get(row.element)
        if still is not None and row.element != done and still[1] <= row.started_at:
            due[row.element] = row.due_at
            del wanted[row.element]
        else:
            _end_clock(row, at=at, is_met=row.element == done)
    for element, (name, since, (rule, calendar), is_timer) in wanted.items():
        row = CaseClock(
            case=case, run=run, element=element, element_name=name, is_timer=is_timer, rule=rule.id, started_at=since
        )
        set_clock(row, start_clock(what.period(rule), at=since), calendar, at=at)
        row.save(force_insert=True)
        due[element] = row.due_at
    return {todo.step: due[todo.step] for todo in what.steps if todo.step in due}


def _end_clock(row: CaseClock, *, at: datetime, is_met: bool) -> None:
    clock = Clock.from_json(row.clock)
    moment = max(at, clock.happened[-1].at) if clock.happened else at
    ended = meet_clock(clock, at=moment) if is_met or row.is_timer else stop_clock(clock, reason=_LEFT, at=moment)
    row.clock = ended.to_json()
    row.was_met = is_met
    row.was_late = not row.is_timer and row.due_at is not None and row.due_at <= at
    row.ended_at, row.tell_at = at, None
    row.save(update_fields=["clock", "was_met", "was_late", "ended_at", "tell_at"])
