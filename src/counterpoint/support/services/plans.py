"""The support plan in words. What it consists of: `interventions`."""

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import Conflict
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.policies import check_open, check_text
from counterpoint.cases.services.change import CHANGED, locked, tell
from counterpoint.cases.types import EventKind
from counterpoint.kernel.packs import StepWork
from counterpoint.support.models import SupportPlan
from counterpoint.support.permissions import check_plans, check_works
from counterpoint.support.services.steps import StepDone, check_step_is, finish_step


@transaction.atomic
def make_plan(case: Case, text: str, *, by: Staff, expected_number: int, step: StepDone | None = None) -> SupportPlan:
    """What the support should come to. What was written before stays and is superseded.

    expected_number: of the plan that counted when the page was shown, 0 for none. step: finished with it, in the same
    transaction. Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing without a text; Conflict,
    holding what the other person wrote."""
    at, case = clock.now(), locked(case)
    if step is None:
        check_plans(by, case)
    else:
        check_works(by, case)  # whose step it is, `complete_step` checks
    check_open(case)
    latest = SupportPlan.objects.filter(case=case).order_by("-number").first()
    number = latest.number if latest is not None else 0
    if number != expected_number:
        theirs = envelope.unseal(latest, "sealed_text", key_id=case.key_id) if latest is not None else ""
        raise Conflict(CHANGED, theirs={"text": theirs, "version": number})
    plain = check_text(text, what="the plan")
    if step is not None:
        check_step_is(case, step, StepWork.PLAN)
    row = SupportPlan(case=case, number=number + 1, by=by, at=at)
    row.sealed_text = envelope.seal(row, "sealed_text", plain, key_id=case.key_id)
    row.save(force_insert=True)
    tell(case, EventKind.PLAN_MADE, by=by, at=at, facts={"plan": row.number})
    if step is not None:
        finish_step(case, step, StepWork.PLAN, by=by)
    return row
