"""Where the process has a panel look at the support again: a panel's step whose form asks for `impact`, by the ids of
`Impact`. What the panel says there is the review of the support too, so that nobody enters it twice."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from counterpoint.cases.process import Running
from counterpoint.cases.steps import StepForm
from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.processes import Step
from counterpoint.support.types import ReviewFindings

IMPACT = "impact"  # the field of the form: how things are
WORKED = "worked"  # what worked, and what did not; a form without it gives its reasons
REASON = "reason"


def reviews_support(form: StepForm) -> bool:
    """Whether the support is reviewed by filling in this form."""
    asked = next((dict(field.choices) for field in form.fields if field.id == IMPACT), {})
    return form.work is StepWork.PANEL and bool(asked) and set(asked) <= set(Impact.values)


def step_that_reviews(running: Running) -> Step | None:
    """The step that waits for a panel to review the support; None when none does."""
    return next((step for step in running.waiting if reviews_support(running.form_of(step.id))), None)


def findings_in(
    values: Mapping[str, object], *, reviewed_on: date, outcomes: Mapping[UUID, ActionOutcome]
) -> ReviewFindings:
    """What was filled in at the step as a review. values: of such a form, checked."""
    text = str(values.get(WORKED) or "").strip() or str(values.get(REASON) or "")
    return ReviewFindings(reviewed_on=reviewed_on, outcomes=outcomes, impact=Impact(str(values[IMPACT])), text=text)
