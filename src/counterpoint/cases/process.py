"""A run of a case's process: begun, loaded and moved on. The walking is `counterpoint.kernel.processes`; what a step
asks and whose it is: `counterpoint.cases.steps`; what is kept of what waits: `counterpoint.cases.waiting`."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases import steps, waiting
from counterpoint.cases.models import Case, ProcessRun
from counterpoint.cases.periods import with_period
from counterpoint.cases.steps import StepForm
from counterpoint.kernel import processes
from counterpoint.kernel.clocks import Calendar, ClockRule
from counterpoint.kernel.packs import LanePlan, LaneRole, Pack, StepPlan, StepWork
from counterpoint.kernel.processes import ExpectedEvent, Process, Scalar, State, Step
from counterpoint.rules import selectors as rules

CASE_PROCESS = "case"  # every pack has it; it may have others
_OF_THE_LEAD = frozenset({StepWork.OUTCOME, StepWork.FEEDBACK})
_CASEWORKS = LanePlan(role=LaneRole.CASE_OFFICER)
_LATEST = Prepared(lambda case_id: ProcessRun.objects.filter(case_id=case_id).order_by("-number"))


class NextStep(TypedDict):
    """The columns of a case that tell where its run stands."""

    next_step: str
    next_step_name: str
    due_at: datetime


@dataclass(frozen=True)
class Running:
    """A run with its process, and the pack that says how its steps are done: what a service moves on and a page
    draws."""

    run: ProcessRun
    process: Process
    state: State
    pack: Pack

    @property
    def waiting(self) -> tuple[Step, ...]:
        """The steps that can be done now."""
        return processes.waiting_steps(self.process, self.state)

    @property
    def expected(self) -> tuple[ExpectedEvent, ...]:
        """The timers and messages that can come now."""
        return processes.expected_events(self.process, self.state)

    @property
    def has_plan(self) -> bool:
        """Whether the pack says how the steps of this process are done."""
        return self.run.process_id in self.pack.plans

    @property
    def is_finished(self) -> bool:
        """Whether the process has come to its end."""
        return processes.is_finished(self.process, self.state)

    def waits_for(self, step_id: str) -> bool:
        """Whether this step can be done now."""
        return any(step.id == step_id for step in self.waiting)

    def plan_of(self, step_id: str) -> StepPlan:
        """How the pack says that a step is done; an empty plan where it does not say."""
        return self.pack.step_plan(self.run.process_id, step_id)

    def message_plan(self, message_id: str) -> StepPlan:
        """How the pack says that a message is taken."""
        plan = self.pack.plans.get(self.run.process_id)
        return plan.messages.get(message_id, StepPlan()) if plan is not None else StepPlan()

    def form_of(self, step_id: str) -> StepForm:
        """What a step of this run asks."""
        return steps.form_of(self.process, step_id, pack=self.pack, process_id=self.run.process_id)

    def lane_of(self, lane: str) -> LanePlan:
        """Whose the steps of a lane are."""
        return steps.lane_of(self.pack, self.run.process_id, lane)

    def whose(self, step: Step) -> LanePlan:
        """Whose a step is: its lane's; but what is done on pages of casework is the case officer's in whosever lane."""
        return _CASEWORKS if self.form_of(step.id).work in _OF_THE_LEAD else self.lane_of(step.lane)

    def steps_of(self, work: StepWork) -> tuple[str, ...]:
        """The ids of all steps of the process that are this work, whether they wait or not."""
        return tuple(step.id for step in self.process.steps if self.form_of(step.id).work is work)

    def waiting_for(self, work: StepWork) -> Step | None:
        """The step of this work that can be done now; None when there is none."""
        return next((step for step in self.waiting if self.form_of(step.id).work is work), None)


def current_run(case: Case) -> Running:
    """The latest run of the case, by the process that it was begun with."""
    run = _LATEST.one(case.pk)
    if run is None:
        raise NotFound("The case has no process yet.")
    run.case = case
    return load(run)


def load(run: ProcessRun) -> Running:
    """A stored run, checked again: it may only tell of steps that could have been taken."""
    process = rules.archived_process(run.process_hash)
    state = State.from_json(process, zlib.decompress(bytes(run.state)).decode())
    return Running(run, process, state, rules.archived_pack(run.pack_hash) if run.pack_hash else rules.pack_in_force())


def begin_run(case: Case, *, number: int, at: datetime, process_id: str = CASE_PROCESS) -> Running:
    """A new run of a process of the pack in force, saved, with its first steps waiting. Raises NotPossible when the
    pack has no such process."""
    pack = rules.pack_in_force()
    if process_id not in pack.processes:
        raise NotPossible("The pack in force has no such process. Choose one of those it has.")
    process = rules.archived_process(pack.files[f"processes/{process_id}.bpmn"])
    state = processes.start(process, {}, at=at)
    run = ProcessRun(
        case=case,
        number=number,
        process_id=process_id,
        process_hash=process.hash,
        pack_hash=pack.content_hash,
        started_at=at,
        state=_packed(state),
    )
    run.save(force_insert=True)
    running = Running(run, process, state, pack)
    waiting.keep_up(run, case, what=_what_waits(running), at=at)
    return running


def process_choices() -> tuple[tuple[str, str], ...]:
    """The processes of the pack in force that a case may run: (id, name), the usual one first."""
    pack = rules.pack_in_force()
    ids = sorted(pack.processes, key=lambda process_id: (process_id != CASE_PROCESS, process_id))
    return tuple((each, rules.archived_process(pack.files[f"processes/{each}.bpmn"]).name or each) for each in ids)


def agreement_steps() -> frozenset[str]:
    """The ids of all steps, of any process of the pack in force, that are somebody's agreement to close."""
    try:
        plans = tuple(rules.pack_in_force().plans.values())
    except rules.NoPackInForce:
        plans = ()  # a new house: there are no cases either
    rows = (row for plan in plans for row in plan.steps.items())
    found = {step_id for step_id, row in rows if row.work is StepWork.AGREEMENT}
    return frozenset(found | {step_id for step_id, form in steps.STEP_FORMS.items() if form.work is StepWork.AGREEMENT})


def move_on(
    running: Running, case: Case, step_id: str, choices: Mapping[str, Scalar], *, at: datetime, by: UUID
) -> Running:
    """The run with this step finished, saved. Raises NotPossible when the step does not wait, or when what was
    chosen does not say which way to go on."""

    def finish(state: State) -> State:
        return processes.complete_step(running.process, state, step_id, choices, at=at)

    return moved(running, case, finish, at=at, done=step_id, by=by)


def moved(
    running: Running,
    case: Case,
    change: Callable[[State], State],
    *,
    at: datetime,
    done: str = "",
    by: UUID | None = None,
) -> Running:
    """The run after `change`, saved, with tasks and clocks as it waits now. done, by: the step or event that it was,
    and who did it. Raises NotPossible with what the process says against it."""
    try:
        state = change(running.state)
    except processes.ProcessError as error:
        raise NotPossible(str(error)) from None
    running.run.state = _packed(state)
    running.run.save(update_fields=["state"])
    after = replace(running, state=state)
    waiting.keep_up(running.run, case, what=_what_waits(after), at=at, done=done, by=by)
    return after


def next_step_columns(running: Running, *, at: datetime) -> NextStep:
    """What the case row says about where its run stands, for lists that open nothing. Where nothing waits but a date,
    there is no next step, and that date is told and is the clock."""
    todos = running.waiting
    if not todos:
        date = waiting.next_date(running.run) if running.has_plan else None
        closing = ("", at + timedelta(days=steps.DAYS_TO_CLOSE))
        name, due_at = closing if date is None else date
        return {"next_step": "", "next_step_name": name, "due_at": due_at}
    if running.has_plan:
        first = waiting.open_tasks(running.run)[0]
        return {"next_step": first.step, "next_step_name": first.step_name, "due_at": first.due_at}
    step = todos[0]
    due_at = (step.since or at) + timedelta(days=running.form_of(step.id).days)
    return {"next_step": step.id, "next_step_name": step.name, "due_at": due_at}


def _what_waits(running: Running) -> waiting.Waiting:
    return waiting.Waiting(
        steps=tuple(_to_do(running, step) for step in running.waiting),
        dates=tuple(_awaited(running)),
        has_clocks=running.has_plan,
        period=lambda rule: with_period(rule, running.run.case, pack=running.pack),
    )


def _to_do(running: Running, step: Step) -> waiting.ToDo:
    clock = running.plan_of(step.id).clock
    return waiting.ToDo(
        step=step.id,
        name=step.name,
        lane=step.lane,
        whose=running.whose(step),
        since=step.since or running.run.started_at,
        days=running.form_of(step.id).days,
        clock=_clock(running.pack, clock) if clock else None,
    )


def _awaited(running: Running) -> Iterator[waiting.Awaited]:
    plan = running.pack.plans.get(running.run.process_id)
    for event in running.expected if plan is not None else ():
        if plan is not None and event.id in plan.timers:
            yield waiting.Awaited(event.id, event.name, event.since, _clock(running.pack, plan.timers[event.id]))


def _clock(pack: Pack, clock_id: str) -> tuple[ClockRule, Calendar]:
    rule = pack.clock_rule(clock_id)
    return rule, pack.calendar_of(rule)


def _packed(state: State) -> bytes:
    return zlib.compress(state.to_json().encode())
