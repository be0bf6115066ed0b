"""Finishing a step of the process."""

from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases import envelope, policies, process
from counterpoint.cases.models import Case, StepRecord, Task
from counterpoint.cases.permissions import check_does_step, check_reads_case
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import check_version, locked, put_on_timeline, tell
from counterpoint.cases.services.mailboxes import reopen_referrals
from counterpoint.cases.steps import checked_values, split_values
from counterpoint.cases.types import CaseState, EventKind, StepValues
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.processes import Scalar

_TASK = Prepared(lambda run_id, step: Task.objects.filter(run_id=run_id, step=step, ended_at__isnull=True))


@transaction.atomic
def complete_step(
    case: Case,
    step_id: str,
    values: StepValues,
    *,
    by: Staff,
    expected_version: int,
    done_by_work: StepWork = StepWork.PLAIN,
) -> Case:
    """Finish a step that waits, with what was filled in; the process moves on.

    values: by field of the step's form (`counterpoint.cases.steps`). done_by_work: said by the services that, in the
    same transaction, record what steps of this work leave behind (an assessment, a consent, a plan, a panel's
    decision), and by nobody else. Raises NotFound, NotAllowed; NotPossible when the case is closed, the step does not
    wait, or it ends with a record that does not come along; Missing with every problem of the values; Conflict, holding
    what the other person saved."""
    at, case = clock.now(), locked(case)
    check_reads_case(by, case.pk)
    running = process.current_run(case)
    policies.check_worked(case, running)
    _check_nobody_was_first(case, running, step_id, expected_version=expected_version)
    step = running.process.step(step_id)
    if step is None or not running.waits_for(step_id):
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    at_panel = running.form_of(step_id).work is StepWork.PANEL
    check_does_step(by, case, task=task_of(running, step_id), at_panel=at_panel)
    policies.check_finished_here(running, step_id, done_by=done_by_work)
    policies.check_done_by_agreement(case, running, step_id=step_id, by=by)
    form = running.form_of(step_id)
    choices, texts = split_values(form, checked_values(form, values))
    after = take_step(case, running, step_id, choices, texts, by=by, at=at)
    save_after(case, after, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.STEP_DONE, by=by, at=at, facts={"step": step_id, "step_name": step.name})
    return case


def take_step(
    case: Case,
    running: Running,
    step_id: str,
    choices: dict[str, Scalar],
    texts: dict[str, str],
    *,
    by: Staff,
    at: datetime,
) -> Running:
    """Record the step and move the run on. The caller has checked, and saves the case."""
    after = process.move_on(running, case, step_id, choices, at=at, by=by.pk)
    step = running.process.step(step_id)
    row = StepRecord(
        run=running.run,
        number=len(after.state.events),
        step=step_id,
        step_name=step.name if step else step_id,
        choices=choices,
        by=by,
        at=at,
    )
    row.sealed_values = envelope.seal(row, "sealed_values", texts, key_id=case.key_id)
    row.save(force_insert=True)
    return after


def save_after(case: Case, running: Running, *, by: Staff | None, at: datetime, expected_version: int) -> None:
    """Save the case as its run stands now. A closed case whose run goes on (reviews after the closing) is opened again
    as soon as more than such a date waits, and ends with its run."""
    columns = process.next_step_columns(running, at=at)
    if case.state == CaseState.OPEN:
        case.save_changes(expected_version=expected_version, **columns)
    elif running.is_finished:
        running.run.ended_at, running.run.closure_reason = at, case.closure_reason
        running.run.save(update_fields=["ended_at", "closure_reason"])
        columns["due_at"] = case.due_at
        case.save_changes(expected_version=expected_version, **columns)
    elif running.waiting and by is not None:
        case.save_changes(
            expected_version=expected_version, state=CaseState.OPEN, closed_at=None, closure_reason="", **columns
        )
        reopen_referrals(case, by=by)
        put_on_timeline(case, EventKind.REOPENED, by=by, at=at, facts={"process": running.process.hash})
    else:
        case.save_changes(expected_version=expected_version, **columns)


def task_of(running: Running, step_id: str) -> Task:
    """The task of a step that waits. Raises NotPossible when there is none."""
    task = _TASK.one(running.run.pk, step_id)
    if task is None:
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    return task


def _check_nobody_was_first(case: Case, running: Running, step_id: str, *, expected_version: int) -> None:
    """Raises Conflict with what the other person wrote, so that the two can be compared."""
    if case.version == expected_version:
        return
    theirs: dict[str, object] = {"next_step": case.next_step_name}
    row = running.run.steps.select_related("by").filter(step=step_id).order_by("-number").first()
    if row is not None:
        theirs |= {**row.choices, **envelope.unseal(row, "sealed_values", key_id=case.key_id), "by": row.by.name}
    check_version(case, expected_version=expected_version, theirs=theirs)
