"""What came of the work, and what its reporters are told."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.cases import envelope, policies, process
from counterpoint.cases.models import Case, CaseOutcome, Feedback
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import check_version, locked, tell
from counterpoint.cases.services.mailboxes import outcome_to_all
from counterpoint.cases.services.steps import save_after, take_step
from counterpoint.cases.types import EventKind, Impact
from counterpoint.kernel.packs import StepWork


@transaction.atomic
def record_outcome(
    case: Case,
    *,
    text: str,
    impact: Impact,
    reason_id: str,
    needs: Mapping[str, str],
    by: Staff,
    expected_version: int,
) -> CaseOutcome:
    """What changed, as those who worked the case judge it, with the closure reason it leads to and what that reason
    asks for. A later outcome supersedes; the earlier stays. Finishes the step that waits for it.

    Raises NotFound, NotAllowed; NotPossible when the case is closed or its closing was agreed; Missing with every
    problem; Conflict."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    running = process.current_run(case)
    _check_version(case, running, expected_version)
    policies.check_outcome_may_change(running)
    policies.check_reason(reason_id, needs, at=at)
    plain = policies.check_text(text, what="what came of the work")
    number = running.run.outcomes.count() + 1
    row = CaseOutcome(run=running.run, number=number, impact=Impact(impact), proposed_reason=reason_id, by=by, at=at)
    row.sealed_text = envelope.seal(row, "sealed_text", plain, key_id=case.key_id)
    row.sealed_needs = envelope.seal(row, "sealed_needs", dict(needs), key_id=case.key_id)
    row.save(force_insert=True)
    facts = {"impact": str(impact), "reason": reason_id}
    _finish_step(case, running, StepWork.OUTCOME, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.OUTCOME_RECORDED, by=by, at=at, facts=facts)
    return row


@transaction.atomic
def send_feedback(case: Case, *, text: str, by: Staff, expected_version: int) -> Feedback:
    """Tell the reporter of each referral of the case what may be told, in their mailboxes. Finishes the step that
    waits for it.

    Raises NotFound, NotAllowed; NotPossible without an outcome or mailbox; Missing without a text; Conflict."""
    at = clock.now()
    case, running = _ready_to_tell(case, by, expected_version)
    plain = policies.check_text(text, what="what the reporter is told")
    messages = outcome_to_all(case, text=plain, by=by)
    row = Feedback.objects.create(
        run=running.run, number=_next_feedback(running), message_ids=[str(each) for each in messages], by=by, at=at
    )
    _finish_step(case, running, StepWork.FEEDBACK, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.FEEDBACK_SENT, by=by, at=at, facts={"messages": len(messages)})
    return row


@transaction.atomic
def withhold_feedback(case: Case, *, reason: str, by: Staff, expected_version: int) -> Feedback:
    """Record why nothing is told in the mailbox: it would harm somebody, or they were told in another way. Finishes
    the step that waits for it.

    Raises as `send_feedback`."""
    at = clock.now()
    case, running = _ready_to_tell(case, by, expected_version)
    plain = policies.check_text(reason, what="why the reporter is not told here")
    row = Feedback(run=running.run, number=_next_feedback(running), withheld=True, by=by, at=at)
    row.sealed_reason = envelope.seal(row, "sealed_reason", plain, key_id=case.key_id)
    row.save(force_insert=True)
    _finish_step(case, running, StepWork.FEEDBACK, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.FEEDBACK_WITHHELD, by=by, at=at)
    return row


@transaction.atomic
def keep_feedback(case: Case, *, by: Staff, expected_version: int) -> Case:
    """Finish the step that asks for feedback without a further message: the reporter was told in this run, and what
    they were told still holds.

    Raises NotFound, NotAllowed, Conflict; NotPossible when nobody was told yet or no step asks."""
    at = clock.now()
    case, running = _ready_to_tell(case, by, expected_version)
    if policies.latest_feedback(running.run) is None:
        raise NotPossible("The reporter was not told yet. Tell them, or withhold it with a reason.")
    if running.waiting_for(StepWork.FEEDBACK) is None:
        raise NotPossible("No step asks for feedback now.")
    _finish_step(case, running, StepWork.FEEDBACK, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.STEP_DONE, by=by, at=at, facts={"kept": True})
    return case


def _next_feedback(running: Running) -> int:
    return running.run.feedback.count() + 1


def _ready_to_tell(case: Case, by: Staff, expected_version: int) -> tuple[Case, Running]:
    case = locked(case)
    check_casework(by, case)
    policies.check_open(case)
    running = process.current_run(case)
    _check_version(case, running, expected_version)
    policies.check_feedback_may_be_told(running)
    return case, running


def _finish_step(
    case: Case, running: Running, work: StepWork, *, by: Staff, at: datetime, expected_version: int
) -> None:
    """Save the case; and if the process waits for this very work, move it on."""
    step = running.waiting_for(work)
    if step is not None:
        running = take_step(case, running, step.id, {}, {}, by=by, at=at)
        save_after(case, running, by=by, at=at, expected_version=expected_version)
    else:
        case.save_changes(expected_version=expected_version)


def _check_version(case: Case, running: Running, expected_version: int) -> None:
    """Raises Conflict with the outcome as the other person recorded it."""
    if case.version == expected_version:
        return
    theirs: dict[str, object] = {"next_step": case.next_step_name}
    outcome = policies.latest_outcome(running.run)
    if outcome is not None:
        theirs |= {
            "text": envelope.unseal(outcome, "sealed_text", key_id=case.key_id),
            "impact": outcome.impact,
            "reason_id": outcome.proposed_reason,
            "by": outcome.by.name,
        }
    check_version(case, expected_version=expected_version, theirs=theirs)
