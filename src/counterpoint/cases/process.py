"""A run of a case's process: begun, loaded and moved on. The walking is `counterpoint.kernel.processes`."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from counterpoint.base.errors import NotPossible
from counterpoint.cases import steps
from counterpoint.cases.models import Case, ProcessRun
from counterpoint.kernel import processes
from counterpoint.kernel.processes import Process, Scalar, State, Step
from counterpoint.rules import selectors as rules

CASE_PROCESS = "processes/case.bpmn"  # its path in every pack


class NextStep(TypedDict):
    """The columns of a case that tell where its run stands."""

    next_step: str
    next_step_name: str
    due_at: datetime


@dataclass(frozen=True)
class Running:
    """A run with its process: what a service moves on and a page draws."""

    run: ProcessRun
    process: Process
    state: State

    @property
    def waiting(self) -> tuple[Step, ...]:
        """The steps that can be done now."""
        return processes.waiting_steps(self.process, self.state)

    @property
    def is_finished(self) -> bool:
        """Whether the process has come to its end."""
        return processes.is_finished(self.process, self.state)

    def waits_for(self, step_id: str) -> bool:
        """Whether this step can be done now."""
        return any(step.id == step_id for step in self.waiting)


def current_run(case: Case) -> Running:
    """The latest run of the case, by the process that it was begun with."""
    return load(case.runs.order_by("-number")[0])


def load(run: ProcessRun) -> Running:
    """A stored run, checked again: it may only tell of steps that could have been taken."""
    process = rules.archived_process(run.process_hash)
    return Running(run, process, State.from_json(process, zlib.decompress(bytes(run.state)).decode()))


def begin_run(case: Case, *, number: int, at: datetime) -> Running:
    """A new run of the process in force, saved."""
    process = rules.archived_process(rules.pack_in_force().files[CASE_PROCESS])
    state = processes.start(process, {}, at=at)
    run = ProcessRun(case=case, number=number, process_hash=process.hash, started_at=at, state=_packed(state))
    run.save(force_insert=True)
    return Running(run, process, state)


def move_on(running: Running, step_id: str, choices: dict[str, Scalar], *, at: datetime) -> Running:
    """The run with this step finished, saved. Raises NotPossible when the step does not wait, or when what was
    chosen does not say which way to go on."""
    try:
        state = processes.complete_step(running.process, running.state, step_id, choices, at=at)
    except (processes.StepNotWaiting, processes.ConditionUndecided) as error:
        raise NotPossible(str(error)) from None
    running.run.state = _packed(state)
    running.run.save(update_fields=["state"])
    return Running(running.run, running.process, state)


def next_step_columns(running: Running, *, at: datetime) -> NextStep:
    """What the case row says about where its run stands, for lists that open nothing."""
    if not running.waiting:
        return {"next_step": "", "next_step_name": "", "due_at": at + timedelta(days=steps.DAYS_TO_CLOSE)}
    step = running.waiting[0]
    days = steps.form_of(running.process, step.id).days
    return {"next_step": step.id, "next_step_name": step.name, "due_at": (step.since or at) + timedelta(days=days)}


def _packed(state: State) -> bytes:
    return zlib.compress(state.to_json().encode())
