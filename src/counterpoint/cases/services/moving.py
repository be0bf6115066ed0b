"""Opening a stage again, and moving running cases to the version of their process that is in force.

A move of many is a job: `start_move` notes what is asked, `run_slice` takes the runs in the order of their ids, each in
a transaction of its own together with the job's cursor and counts. So a kill loses at most the case at hand, which is
then taken again; two workers never take one twice; and what cannot move stays, with every reason.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from counterpoint.access.models import Staff
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.audit.services import record
from counterpoint.audit.types import Actor, Subject, system
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases import policies, process, versions, waiting
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, ProcessRun
from counterpoint.cases.permissions import check_leads
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import check_version, locked, locked_by_id, subject_of, tell
from counterpoint.cases.services.steps import save_after
from counterpoint.cases.types import EventKind
from counterpoint.cases.versions import Target
from counterpoint.kernel import processes
from counterpoint.kernel.processes import ProcessError, State
from counterpoint.rules.archive import NotArchived
from counterpoint.rules.models import VersionMove, VersionMoveCase
from counterpoint.rules.permissions import can_answer_for_rules, check_answers_for_rules
from counterpoint.rules.types import MoveState

SLICE_SECONDS = 4.0
LEFT_BEHIND = timedelta(minutes=2)
MOST_CHOSEN = 500
_CHUNK = 50
_BY = system("version_move")


@transaction.atomic
def reopen_stage(case: Case, stage_id: str, *, reason: str, by: Staff, expected_version: int) -> Case:
    """Begin a stage of the case's process anew: all that waits is set aside, what was recorded stays.

    Raises NotFound, NotAllowed; NotPossible when the case is closed for good or the stage cannot be opened again;
    Missing without a reason; Conflict."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    running = process.current_run(case)
    policies.check_worked(case, running)
    check_version(case, expected_version=expected_version, theirs={"next_step": case.next_step_name})
    text = policies.check_text(reason, what="why the stage is opened again")
    stage = running.process.nodes.get(stage_id)

    def reopen(state: State) -> State:
        return processes.reopen_stage(running.process, state, stage_id, at=at)

    after = process.moved(running, case, reopen, at=at)
    save_after(case, after, by=by, at=at, expected_version=expected_version)
    facts = {"stage": stage_id, "step_name": stage.name if stage is not None else stage_id}
    tell(case, EventKind.STAGE_REOPENED, by=by, at=at, facts=facts, text=text)
    return case


@transaction.atomic
def move_case(case: Case, *, by: Staff, expected_version: int) -> Case:
    """Go on by the version of the process that is in force. A case that does already stays as it is.

    Raises NotFound, NotAllowed; NotPossible when the case is closed for good; Missing with every reason why it stays;
    Conflict."""
    case = locked(case)
    check_leads(by, case)
    running = process.current_run(case)
    policies.check_worked(case, running)
    target = versions.target_in_force(running.run.process_id)
    if target is None:
        raise NotPossible("The pack in force has no such process. The case goes on by the one that it was begun with.")
    if versions.is_current(running, target):
        return case
    check_version(case, expected_version=expected_version, theirs={"next_step": case.next_step_name})
    outcome = versions.could_move(running, target)
    if not isinstance(outcome, State):
        raise Missing(outcome)
    _move(case, running, target, outcome, by=by, at=clock.now())
    return case


def start_move(
    process_id: str, *, by: Staff, is_rehearsal: bool, chosen: Collection[UUID] = frozenset()
) -> VersionMove:
    """Note that running cases of this process are to be moved to the version in force, or looked at for it. The one
    that is under way for this process already, if it asks the same.

    chosen: ids of cases; none: all that run an older version. Raises NotAllowed; NotPossible when the pack in force has
    no such process, nothing runs an older version, or another move of the process is under way."""
    check_answers_for_rules(by)
    target = versions.target_in_force(process_id)
    if target is None:
        raise NotPossible("The pack in force has no such process. Its cases go on by the one they were begun with.")
    if len(chosen) > MOST_CHOSEN:
        raise NotPossible(f"At most {MOST_CHOSEN} cases can be chosen. Move all instead.")
    row = VersionMove(
        process_id=process_id,
        process_hash=target.process.hash,
        pack_hash=target.pack.content_hash,
        is_rehearsal=is_rehearsal,
        chosen=sorted(str(case_id) for case_id in chosen),
        state=MoveState.RUNNING,
        asked_by=by,
        beat_at=clock.now(),
    )
    row.total = _population(row, target).count()
    if not row.total:
        raise NotPossible("No running case that you may move goes by an older version of this process.")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _record("version_move.started", row, by=by.actor, cases=row.total)
    except IntegrityError:
        return _under_way(row)
    return row


def stop_move(move_id: UUID, *, by: Staff) -> VersionMove:
    """End a move before it is finished. Cases that were moved stay moved. Raises NotAllowed, NotFound, NotPossible."""
    check_answers_for_rules(by)
    with transaction.atomic():
        row = move_row(move_id)
        if row.asked_by.agency_id != by.agency_id:
            raise NotFound("There is no such move.")
        if not _end(row, MoveState.STOPPED):
            raise NotPossible("This move does not run any more.")
        _record("version_move.stopped", row, by=by.actor, cases=row.done)
        return row


def run_slice(move_id: UUID, *, seconds: float = SLICE_SECONDS) -> bool:
    """Go on with a move for about so long. True while something is left. Safe to run twice, also at the same moment.
    Ends the move when another pack came into force, or who asked may not do this any more. Raises NotFound."""
    move = move_row(move_id)
    target = versions.target_in_force(move.process_id)
    until = time.monotonic() + seconds
    while move.state == MoveState.RUNNING:
        is_ours = target is not None and target.pack.content_hash == move.pack_hash
        if target is None or not is_ours or not can_answer_for_rules(move.asked_by):
            _stop(move)
            return False
        runs = list(_after(move, target).values_list("pk", flat=True)[:_CHUNK])
        if not runs:
            _finish(move)
            return False
        for run_id in runs:
            if not _take(move, run_id, target):
                return move_row(move_id).state == MoveState.RUNNING  # another worker is at it, or somebody stopped it
            move.cursor = run_id
            if time.monotonic() > until:
                return True
    return False


def run_until_done(move: VersionMove) -> VersionMove:
    """Carry a move out to its end: for commands and tests, which have no worker."""
    while run_slice(move.pk):
        pass
    return move_row(move.pk)


def moves_left_behind() -> list[UUID]:
    """Moves whose worker went away: the last case was taken a while ago."""
    rows = VersionMove.objects.filter(state=MoveState.RUNNING, beat_at__lt=clock.now() - LEFT_BEHIND)
    return list(rows.order_by("created_at").values_list("pk", flat=True))


def forget_old_moves() -> int:
    """Delete which cases a move found, once their time has come. Returns how many went."""
    keep_for = VersionMoveCase.retention.keep_for or timedelta()
    gone, _ = VersionMoveCase.objects.filter(created_at__lt=clock.now() - keep_for).delete()
    return gone


def move_row(move_id: UUID) -> VersionMove:
    """The row, unscoped: for services that have checked who asks. Raises NotFound."""
    row = VersionMove.objects.select_related("asked_by__agency").filter(pk=move_id).first()
    if row is None:
        raise NotFound("There is no such move.")
    return row


# --- one case


def _move(case: Case, running: Running, target: Target, state: State, *, by: Staff, at: datetime) -> None:
    """The run with this state in the target: its tasks and clocks follow, and the case is saved."""
    run, was = running.run, (running.run.process_hash, running.run.pack_hash)
    run.process_hash, run.pack_hash = target.process.hash, target.pack.content_hash
    run.save(update_fields=["process_hash", "pack_hash"])
    there = replace(running, run=run, process=target.process, state=state, pack=target.pack)
    _rename_what_waits(there, at=at)
    after = process.moved(there, case, lambda same: same, at=at)
    save_after(case, after, by=by, at=at, expected_version=case.version)
    facts = {
        "from_process": was[0],
        "to_process": run.process_hash,
        "from_pack": was[1],
        "to_pack": run.pack_hash,
    }
    tell(case, EventKind.MIGRATED, by=by, at=at, facts=facts)


def _rename_what_waits(there: Running, *, at: datetime) -> None:
    """A step that waits may be called otherwise in the new version, or be somebody else's: then its task ends, and
    `waiting.keep_up` begins one for them. Its clock goes on in both cases."""
    steps = {step.id: step for step in there.waiting}
    for task in waiting.open_tasks(there.run):
        step = steps.get(task.step)
        if step is None:
            continue
        whose = there.whose(step)
        was_given_away = task.agency_id != task.case.lead_agency_id  # by a person, to another agency
        role = task.role if was_given_away else whose.role.value
        if (task.lane, task.role, task.agency_kind) != (step.lane, role, whose.agency or ""):
            there.run.tasks.filter(pk=task.pk).update(ended_at=at)
        elif task.step_name != step.name:
            there.run.tasks.filter(pk=task.pk).update(step_name=step.name)
    names = {step.id: step.name for step in there.waiting} | {event.id: event.name for event in there.expected}
    for row in there.run.clocks.filter(ended_at__isnull=True, element__in=names):
        if row.element_name != names[row.element]:
            there.run.clocks.filter(pk=row.pk).update(element_name=names[row.element])


# --- the job


@dataclass(frozen=True)
class _Taken:
    """What came of one case. `is_left_out`: it needs nothing any more, or is not for who asked."""

    case: Case
    reasons: tuple[str, ...] = ()
    is_left_out: bool = False


def _take(move: VersionMove, run_id: UUID, target: Target) -> bool:
    """Take one case, with the cursor and the counts. False when the move went on without us."""
    with transaction.atomic():
        ours = VersionMove.objects.filter(pk=move.pk, cursor=move.cursor, state=MoveState.RUNNING)
        if ours.update(cursor=run_id, beat_at=clock.now(), done=F("done") + 1) != 1:
            return False
        taken = _taken(move, run_id, target)
        if taken.is_left_out:
            return True
        is_moved = not taken.reasons
        VersionMoveCase.objects.create(
            move=move,
            case_id=taken.case.pk,
            reference=taken.case.reference,
            is_moved=is_moved,
            reasons=list(taken.reasons),
        )
        column = "moved" if is_moved else "stayed"
        VersionMove.objects.filter(pk=move.pk).update(**{column: F(column) + 1})
        return True


def _taken(move: VersionMove, run_id: UUID, target: Target) -> _Taken:
    by = move.asked_by
    case = locked_by_id(ProcessRun.objects.values_list("case_id", flat=True).get(pk=run_id))
    known = versions.older_runs(versions.runs_known_to(by).filter(pk=run_id), target)
    run = known.first()
    if run is None:
        return _Taken(case, is_left_out=True)  # moved, or over, since the list was made
    try:
        running = process.load(run)
        outcome = versions.could_move(running, target)
    except (ProcessError, NotArchived):
        return _Taken(case, ("What is stored of its run cannot be read. Tell whoever looks after the system.",))
    if not isinstance(outcome, State):
        _note_read(move, case)
        return _Taken(case, outcome)
    if move.is_rehearsal:
        _note_read(move, case)
    else:
        _move(case, running, target, outcome, by=by, at=clock.now())
    return _Taken(case)


def _note_read(move: VersionMove, case: Case) -> None:
    facts = {"part": "version", "move": str(move.pk)}
    record("case.read", by=move.asked_by.actor, about=subject_of(case), purpose="version of the process", detail=facts)


def _population(move: VersionMove, target: Target) -> QuerySet[ProcessRun]:
    rows = versions.older_runs(versions.runs_known_to(move.asked_by), target)
    return rows.filter(case_id__in=[UUID(one) for one in move.chosen]) if move.chosen else rows


def _after(move: VersionMove, target: Target) -> QuerySet[ProcessRun]:
    rows = _population(move, target).order_by("pk")
    return rows.filter(pk__gt=move.cursor) if move.cursor else rows


def _under_way(asked: VersionMove) -> VersionMove:
    """The move that runs already. Raises NotPossible when it is another than was asked for."""
    running = VersionMove.objects.filter(process_id=asked.process_id, state=MoveState.RUNNING).first()
    asks = [(one.asked_by_id, one.is_rehearsal, one.chosen) for one in (asked, running) if one is not None]
    if running is None or asks[0] != asks[1]:
        raise NotPossible("Cases of this process are being moved, or looked at for it. Wait until that has finished.")
    return running


def _finish(move: VersionMove) -> None:
    with transaction.atomic():
        ours = VersionMove.objects.filter(pk=move.pk, cursor=move.cursor, state=MoveState.RUNNING)
        if ours.update(state=MoveState.DONE, finished_at=clock.now(), beat_at=clock.now()) != 1:
            return
        what = "The rehearsal" if move.is_rehearsal else "The move"
        text = f"{what} of running cases to the version in force is finished."
        tell_staff([move.asked_by], kind=NoticeKind.OTHER, text=text, link=f"/desk/rules/moves/{move.pk}/")
        _record("version_move.finished", move, by=_BY, cases=move_row(move.pk).done)


def _stop(move: VersionMove) -> None:
    with transaction.atomic():
        if _end(move, MoveState.STOPPED):
            _record("version_move.stopped", move, by=_BY, cases=move.done)


def _end(move: VersionMove, state: MoveState) -> bool:
    rows = VersionMove.objects.filter(pk=move.pk, state=MoveState.RUNNING)
    if rows.update(state=state, finished_at=clock.now()) != 1:
        return False
    move.refresh_from_db()
    return True


def _record(action: str, move: VersionMove, *, by: Actor, cases: int) -> None:
    detail: dict[str, Any] = {"process": move.process_id, "to": move.process_hash, "rehearsal": move.is_rehearsal}
    record(action, by=by, about=Subject("version_move", move.pk), detail={**detail, "cases": cases})
