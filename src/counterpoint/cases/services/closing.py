"""Closing a case. Reopening it: `opening`."""

from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases import envelope, policies, process
from counterpoint.cases.keeping import keep_case
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_leads
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import check_version, locked, tell
from counterpoint.cases.services.mailboxes import close_referrals, say_withheld
from counterpoint.cases.services.steps import take_step
from counterpoint.cases.steps import AGREED
from counterpoint.cases.types import CaseState, EventKind
from counterpoint.kernel.packs import StepWork


@transaction.atomic
def close_case(case: Case, *, reason_id: str, by: Staff, expected_version: int) -> Case:
    """End the work on a case, for a reason of the pack. Its run ends with it, unless the process has dates to come,
    such as reviews after the closing: then their steps will wait in their time.

    A supervisor who neither leads the case nor recorded its outcome may agree by closing. The referrals of the case
    close with it, and their mailboxes say so; also that nothing more may be told, where feedback was withheld.
    Raises NotFound, NotAllowed; NotPossible when it is closed; Missing with all that is missing, at once; Conflict."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    policies.check_open(case)
    check_version(case, expected_version=expected_version, theirs={"next_step": case.next_step_name})
    running = process.current_run(case)
    agrees = agrees_by_closing(by, case, running)
    policies.check_can_close(case, running, reason_id=reason_id, needs=_needs(case, running), agrees=agrees, at=at)
    if agrees:
        running = _agree(case, running, by=by, at=at)
    if not running.waiting and not running.expected:
        running.run.ended_at, running.run.closure_reason = at, reason_id
        running.run.save(update_fields=["ended_at", "closure_reason"])
    case.save_changes(
        expected_version=expected_version,
        state=CaseState.CLOSED,
        closed_at=at,
        closure_reason=reason_id,
        next_step="",
        next_step_name="",
    )
    keep_case(case, at=at)
    told = policies.latest_feedback(running.run)
    if told is not None and told.withheld:
        say_withheld(case, by=by)
    tell(case, EventKind.CLOSED, by=by, at=at, facts={"reason": reason_id, "run": running.run.number})
    close_referrals(case, reason_id=reason_id, by=by)
    return case


def agrees_by_closing(by: Staff, case: Case, running: Running) -> bool:
    """Whether closing by this person is at the same time the agreement of somebody else that it needs."""
    return Role.SUPERVISOR in by.role_names and policies.may_agree(by, case, running.run)


def _agree(case: Case, running: Running, *, by: Staff, at: datetime) -> Running:
    step = running.waiting_for(StepWork.AGREEMENT)
    if step is None:
        return running
    return take_step(case, running, step.id, {"decision": AGREED}, {}, by=by, at=at)


def _needs(case: Case, running: Running) -> dict[str, str]:
    """What was recorded with the outcome for the closure reason."""
    outcome = policies.latest_outcome(running.run)
    if outcome is None:
        return {}
    found: dict[str, str] = envelope.unseal(outcome, "sealed_needs", key_id=case.key_id)
    return found
