"""What the panel found when it looked at the support."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, process
from counterpoint.cases.models import Case
from counterpoint.cases.policies import check_open, check_text
from counterpoint.cases.services.change import locked, tell
from counterpoint.cases.types import ActionOutcome, EventKind, Impact
from counterpoint.support import policies
from counterpoint.support.models import Intervention, ReviewedIntervention, SupportReview
from counterpoint.support.permissions import check_reviews
from counterpoint.support.reviewing import step_that_reviews
from counterpoint.support.types import ReviewFindings


@transaction.atomic
def record_review(case: Case, findings: ReviewFindings, *, by: Staff, submission: UUID) -> SupportReview:
    """What came of each piece of support and how things are, as the panel judged. Earlier reviews stay; the latest
    judgement of each piece counts. submission: of the form, so that sent twice is once.

    Raises NotFound, NotAllowed; NotPossible when the case is closed, or waits for a panel whose decision is the review;
    Missing."""
    case = locked(case)
    check_reviews(by, case)
    check_open(case)
    step = step_that_reviews(process.current_run(case))
    if step is not None:
        raise NotPossible(f"“{step.name}” waits for the panel: what it finds is recorded with its decision.")
    return _recorded(case, findings, by=by, submission=submission)


@transaction.atomic
def record_panels_review(case: Case, findings: ReviewFindings, *, by: Staff, submission: UUID) -> SupportReview:
    """The review that a panel's decision on the case is at the same time: by whoever confirms that decision, which the
    caller has checked, in its transaction. submission: of the decision.

    Raises Missing."""
    return _recorded(locked(case), findings, by=by, submission=submission)


def _recorded(case: Case, findings: ReviewFindings, *, by: Staff, submission: UUID) -> SupportReview:
    at = clock.now()
    known = one_or_none(SupportReview.objects.filter(case=case, submission=submission))
    if known is not None:
        return known
    policies.check_day_is_past(findings.reviewed_on)
    text = check_text(findings.text, what="what the panel found")
    of_case = {row.pk: row for row in Intervention.objects.filter(case=case)}
    policies.check_findings(of_case, findings.outcomes)
    row = SupportReview(
        case=case, submission=submission, reviewed_on=findings.reviewed_on, impact=Impact(findings.impact), by=by, at=at
    )
    row.sealed_text = envelope.seal(row, "sealed_text", text, key_id=case.key_id)
    row.save(force_insert=True)
    for intervention_id, outcome in findings.outcomes.items():
        _judge(row, of_case[intervention_id], ActionOutcome(outcome))
    facts: dict[str, str | int | bool | None] = {"impact": str(row.impact), "reviewed": len(findings.outcomes)}
    tell(case, EventKind.SUPPORT_REVIEWED, by=by, at=at, facts=facts)
    return row


def _judge(review: SupportReview, intervention: Intervention, outcome: ActionOutcome) -> None:
    """The judgement, and on the intervention's row what monitoring counts. Its version stays: nobody's form of it
    holds the outcome."""
    ReviewedIntervention.objects.create(review=review, intervention=intervention, outcome=outcome)
    Intervention.objects.filter(pk=intervention.pk).update(outcome=outcome)
