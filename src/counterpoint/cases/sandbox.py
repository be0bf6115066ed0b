"""The sandbox of a draft's processes: copies of runs, walked on to see where the draft would lead. A copy holds steps,
choices and moments, nothing that anybody wrote and no name; nothing of it comes back to the case. Only who made a copy
sees it, as long as the case is theirs to read, for thirty days.

The kernel decides where a copy stands, as it does for a case, so that no copy can come where a case could not.
"""

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.types import Role
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases import process, versions
from counterpoint.cases.errors import refuse_if_any
from counterpoint.cases.models import Case, ProcessRun
from counterpoint.cases.permissions import can_read_case
from counterpoint.cases.process import Running
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.cases.steps import StepField, StepForm, checked_values, form_of_plan
from counterpoint.cases.versions import Target
from counterpoint.kernel import processes
from counterpoint.kernel.packs import Pack
from counterpoint.kernel.processes import (
    EventInWords,
    ExpectedEvent,
    Process,
    ProcessError,
    State,
    StepInWords,
    Trigger,
)
from counterpoint.rules import selectors as rules
from counterpoint.rules.models import ProcessTrial
from counterpoint.rules.permissions import check_answers_for_rules
from counterpoint.rules.views import draft_for, draft_pack

MOST_TRIED = 20
PURPOSE = "trying a change of the rules"


@dataclass(frozen=True)
class TrialStep:
    """A step that waits in the copy. `form`: only what the process looks at."""

    id: str
    name: str
    lane: str
    form: StepForm


@dataclass(frozen=True)
class TrialEvent:
    """A date or news that may come in the copy. `form`: only what the process looks at."""

    id: str
    name: str
    is_date: bool
    form: StepForm


@dataclass(frozen=True)
class TrialRow:
    """A copy in the list of a draft. `stands`: what waits in it, in words."""

    id: UUID
    reference: str  # "" for one that begins at the beginning
    process_name: str
    stands: str
    can_move: bool
    is_stale: bool
    made_at: datetime


@dataclass(frozen=True)
class TrialView:
    """A copy as its page shows it. `is_stale`: the draft was changed since; such a copy goes no further. `reasons`: why
    the case itself would stay on its version."""

    id: UUID
    version: int
    draft_id: UUID
    case_id: UUID | None
    reference: str
    process: Process
    state: State
    steps: tuple[StepInWords, ...]
    events_in_words: tuple[EventInWords, ...]
    waiting: tuple[TrialStep, ...]
    expected: tuple[TrialEvent, ...]
    stages: tuple[tuple[str, str], ...]
    copied: int
    happened: int
    walked: int  # what was done in the copy itself
    reasons: tuple[str, ...]
    is_stale: bool
    is_finished: bool
    deleted_at: datetime


def can_try_cases(viewer: Staff) -> bool:
    """Whether this person holds a role by which cases can be read at all; which ones, each case says itself."""
    return bool(viewer.role_names & {Role.CASE_OFFICER, Role.SUPERVISOR})


def processes_to_try(viewer: Staff, draft_id: UUID) -> tuple[tuple[str, str], ...]:
    """The processes of the draft: (id, name). Raises NotAllowed, NotFound, NotPossible for a draft with problems."""
    pack = _usable_pack(viewer, draft_id)
    return tuple((each, _target(pack, each).process.name or each) for each in sorted(pack.processes))


def begin_trial(draft_id: UUID, *, process_id: str, by: Staff) -> ProcessTrial:
    """A run of the draft's process from its beginning. Raises NotAllowed, NotFound, NotPossible."""
    pack = _usable_pack(by, draft_id)
    if process_id not in pack.processes:
        raise NotFound("The draft has no such process.")
    target = _target(pack, process_id)
    state = processes.start(target.process, {}, at=clock.now())
    with transaction.atomic():
        row = _new(draft_id, target, state, by=by)
        row.save(force_insert=True)
        _record("process_trial.begun", row, by=by)
        return row


def copy_cases(draft_id: UUID, *, references: Collection[str], by: Staff) -> tuple[ProcessTrial, ...]:
    """A copy of the run of each of these cases, in the draft's version. Reads each of them.

    Raises NotAllowed, NotFound; NotPossible with every reference that is none, is not theirs to read, is closed, or has
    a process that the draft lacks: the first two look the same."""
    pack = _usable_pack(by, draft_id)
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    wanted = list(dict.fromkeys(references))
    if len(wanted) > MOST_TRIED:
        raise NotPossible(f"Give at most {MOST_TRIED} references.")
    with transaction.atomic():
        found = {row.reference: row for row in Case.objects.filter(reference__in=wanted)}
        runs: dict[str, Running] = {}
        problems = []
        for reference in wanted:
            case = found.get(reference)
            if case is None or not can_read_case(by, case.pk):
                problems.append(f"There is no case {reference}, or it is not yours to see.")
                continue
            running = process.current_run(case)
            if running.run.ended_at is not None:
                problems.append(f"The case {reference} is closed: nothing of it runs.")
            elif running.run.process_id not in pack.processes:
                problems.append(f"The draft has no process “{running.run.process_id}”, by which {reference} runs.")
            runs[reference] = running
        refuse_if_any(problems)
        return tuple(_copied(draft_id, pack_target, running, by=by) for pack_target, running in _paired(pack, runs))


def trials_of(viewer: Staff, draft_id: UUID) -> tuple[TrialRow, ...]:
    """The viewer's own copies for this draft, the newest first; without those of cases that are not theirs to read any
    more. Raises NotAllowed, NotFound."""
    draft = draft_for(viewer, draft_id)
    rows = ProcessTrial.objects.filter(draft_id=draft_id, owner=viewer, created_at__gt=_oldest())
    return tuple(
        _row(row, is_stale=row.draft_hash != draft.content_hash)
        for row in rows.order_by("-created_at", "-id")[:100]
        if row.case_id is None or can_read_case(viewer, row.case_id)
    )


@transaction.atomic
def trial_for(viewer: Staff, trial_id: UUID) -> TrialView:
    """One of the viewer's own copies. Raises NotAllowed, NotFound. Audited as a read of the case."""
    row = _own(viewer, trial_id)
    if row.case_id is not None:
        record_read(viewer, heading_for(viewer, row.case_id), part="sandbox", purpose=PURPOSE, detail={})
    draft = draft_for(viewer, row.draft_id)
    is_stale = row.draft_hash != draft.content_hash
    at_work = _stored(row)
    pack = None if is_stale else draft_pack(viewer, row.draft_id)
    running = None if pack is None else Running(_run_of(row), at_work.process, at_work.state, pack)
    return TrialView(
        id=row.pk,
        version=row.version,
        draft_id=row.draft_id,
        case_id=row.case_id,
        reference=row.reference,
        process=at_work.process,
        state=at_work.state,
        steps=processes.diagram_in_words(at_work.process, at_work.state),
        events_in_words=processes.events_in_words(at_work.process, at_work.state),
        waiting=_waiting(running) if running is not None else (),
        expected=_expected(running) if running is not None else (),
        stages=_stages(at_work) if running is not None else (),
        copied=row.copied,
        happened=row.happened,
        walked=len(at_work.state.events) - row.copied,
        reasons=tuple(row.reasons),
        is_stale=is_stale,
        is_finished=processes.is_finished(at_work.process, at_work.state),
        deleted_at=row.created_at + _kept_for(),
    )


def take_step(
    trial_id: UUID, step_id: str, values: Mapping[str, object], *, by: Staff, expected_version: int
) -> ProcessTrial:
    """Finish a step in the copy. values: choices of the step's form that the process looks at. Raises NotAllowed,
    NotFound, NotPossible, Missing with every problem of the values, Conflict."""

    def finish(running: Running) -> State:
        choices = _choices(running.form_of(step_id), values)
        return processes.complete_step(running.process, running.state, step_id, choices, at=clock.now())

    return _walk(trial_id, finish, by=by, expected_version=expected_version)


def let_come(
    trial_id: UUID, event_id: str, values: Mapping[str, object], *, by: Staff, expected_version: int
) -> ProcessTrial:
    """Let a date or news come in the copy, whatever the clocks say. Raises as `take_step`."""

    def come(running: Running) -> State:
        event = next((one for one in running.expected if one.id == event_id), None)
        if event is None:
            raise NotPossible("Nothing in the copy waits for this now. Look at where it stands.")
        if event.trigger is Trigger.TIMER:
            return processes.fire_timer(running.process, running.state, event_id, at=clock.now())
        choices = _choices(_form_of_event(running, event), values)
        return processes.receive_message(running.process, running.state, event.message_id, choices, at=clock.now())

    return _walk(trial_id, come, by=by, expected_version=expected_version)


def reopen(trial_id: UUID, stage_id: str, *, by: Staff, expected_version: int) -> ProcessTrial:
    """Open a stage again in the copy. Raises NotAllowed, NotFound, NotPossible, Conflict."""

    def again(running: Running) -> State:
        return processes.reopen_stage(running.process, running.state, stage_id, at=clock.now())

    return _walk(trial_id, again, by=by, expected_version=expected_version)


def go_back(trial_id: UUID, *, by: Staff, expected_version: int) -> ProcessTrial:
    """Undo what was done last in the copy, as far as where it was copied. Raises as `reopen`."""

    def undone(running: Running) -> State:
        return replace(running.state, events=running.state.events[:-1])

    return _walk(trial_id, undone, by=by, expected_version=expected_version)


@transaction.atomic
def delete_trial(trial_id: UUID, *, by: Staff) -> None:
    """Delete one of one's own copies before its time. Raises NotAllowed, NotFound."""
    row = _own(by, trial_id)
    _record("process_trial.deleted", row, by=by)
    row.delete()


def forget_old_trials() -> int:
    """Delete the copies whose time has come. Returns how many went."""
    gone, _ = ProcessTrial.objects.filter(created_at__lte=_oldest()).delete()
    return gone


# --- making copies


def _paired(pack: Pack, runs: Mapping[str, Running]) -> list[tuple[Target, Running]]:
    return [(_target(pack, running.run.process_id), running) for running in runs.values()]


def _copied(draft_id: UUID, target: Target, running: Running, *, by: Staff) -> ProcessTrial:
    case = running.run.case
    outcome = versions.could_move(running, target)
    state, reasons = (outcome, ()) if isinstance(outcome, State) else (_replayed(running.state, target), outcome)
    row = _new(draft_id, target, state, by=by)
    row.case_id, row.reference = case.pk, case.reference
    row.copied, row.happened = len(state.events), len(running.state.events)
    row.reasons = list(reasons)
    row.save(force_insert=True)
    detail: dict[str, str | int] = {"draft": str(draft_id), "trial": str(row.pk)}
    record_read(by, heading_for(by, case.pk), part="sandbox", purpose=PURPOSE, detail=detail)
    return row


def _replayed(state: State, target: Target) -> State:
    """As much of what happened, from the start, as could have happened in the target."""
    for count in range(len(state.events), 0, -1):
        candidate = replace(state, process_hash=target.process.hash, events=state.events[:count])
        try:
            return State.from_json(target.process, candidate.to_json())
        except ProcessError:
            continue
    return processes.start(target.process, dict(state.facts), at=state.started_at)


def _new(draft_id: UUID, target: Target, state: State, *, by: Staff) -> ProcessTrial:
    return ProcessTrial(
        draft_id=draft_id,
        draft_hash=target.pack.content_hash,
        process_id=target.process_id,
        process_hash=target.process.hash,
        owner=by,
        state=_packed(state),
    )


# --- walking them


@dataclass(frozen=True)
class _Stored:
    process: Process
    state: State


def _walk(trial_id: UUID, change: Callable[[Running], State], *, by: Staff, expected_version: int) -> ProcessTrial:
    with transaction.atomic():
        row = _own(by, trial_id)
        if row.draft_hash != draft_for(by, row.draft_id).content_hash:
            raise NotPossible("The draft was changed since this copy was made. Make a new one.")
        stored = _stored(row)
        running = Running(_run_of(row), stored.process, stored.state, draft_pack(by, row.draft_id))
        try:
            after = change(running)
        except ProcessError as error:
            raise NotPossible(str(error)) from None
        if len(after.events) < row.copied:
            raise NotPossible("This is where the case stood when it was copied. It goes no further back.")
        row.save_changes(expected_version=expected_version, state=_packed(after))
        _record("process_trial.walked", row, by=by)
        return row


def _choices(form: StepForm, values: Mapping[str, object]) -> dict[str, processes.Scalar]:
    asked = _only_open(form)
    return dict(checked_values(asked, {field.id: values.get(field.id) for field in asked.fields}))


def _only_open(form: StepForm) -> StepForm:
    """The form without whatever people would write."""
    return replace(form, fields=tuple(field for field in form.fields if field.is_open))


def _waiting(running: Running) -> tuple[TrialStep, ...]:
    return tuple(
        TrialStep(step.id, step.name, step.lane, _only_open(running.form_of(step.id))) for step in running.waiting
    )


def _expected(running: Running) -> tuple[TrialEvent, ...]:
    return tuple(
        TrialEvent(event.id, event.name, event.trigger is Trigger.TIMER, _form_of_event(running, event))
        for event in running.expected
    )


def _form_of_event(running: Running, event: ExpectedEvent) -> StepForm:
    plan = running.pack.plans.get(running.run.process_id)
    row = plan.messages.get(event.message_id) if plan is not None else None
    return _only_open(form_of_plan(running.pack, row)) if row is not None else StepForm(_NOTHING)


_NOTHING: tuple[StepField, ...] = ()


def _stages(stored: _Stored) -> tuple[tuple[str, str], ...]:
    found = processes.stages_to_reopen(stored.process, stored.state)
    return tuple((stage.id, stage.name or stage.id) for stage in found)


def _row(row: ProcessTrial, *, is_stale: bool) -> TrialRow:
    stored = _stored(row)
    names = [step.name for step in processes.waiting_steps(stored.process, stored.state)]
    names = names or [event.name for event in processes.expected_events(stored.process, stored.state)]
    return TrialRow(
        id=row.pk,
        reference=row.reference,
        process_name=stored.process.name or row.process_id,
        stands=", ".join(names) or "at its end",
        can_move=not row.reasons,
        is_stale=is_stale,
        made_at=row.created_at,
    )


# --- reading them


def _own(viewer: Staff, trial_id: UUID) -> ProcessTrial:
    check_answers_for_rules(viewer)
    row = ProcessTrial.objects.filter(pk=trial_id, owner=viewer, created_at__gt=_oldest()).first()
    if row is None or (row.case_id is not None and not can_read_case(viewer, row.case_id)):
        raise NotFound("There is no such copy, or it is not yours to see. Copies are deleted after thirty days.")
    return row


def _stored(row: ProcessTrial) -> _Stored:
    kept = rules.archived_process(row.process_hash)
    return _Stored(kept, State.from_json(kept, zlib.decompress(bytes(row.state)).decode()))


def _run_of(row: ProcessTrial) -> ProcessRun:
    """A run that is never saved: what a step asks follows from its process."""
    return ProcessRun(process_id=row.process_id, process_hash=row.process_hash, started_at=row.created_at)


def _usable_pack(viewer: Staff, draft_id: UUID) -> Pack:
    check_answers_for_rules(viewer)
    if draft_for(viewer, draft_id).problems:
        raise NotPossible("This draft has problems: put them right before it is tried.")
    return draft_pack(viewer, draft_id)


def _target(pack: Pack, process_id: str) -> Target:
    return Target(process_id, rules.archived_process(pack.files[versions.bpmn_of(process_id)]), pack)


def _packed(state: State) -> bytes:
    return zlib.compress(state.to_json().encode())


def _kept_for() -> timedelta:
    return ProcessTrial.retention.keep_for or timedelta()


def _oldest() -> datetime:
    return clock.now() - _kept_for()


def _record(action: str, row: ProcessTrial, *, by: Staff) -> None:
    detail = {"draft": str(row.draft_id), "process": row.process_id}
    record(action, by=by.actor, about=Subject("process_trial", row.pk, row.reference), detail=detail)
