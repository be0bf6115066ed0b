"""What may be read of support, the viewer first. Each part is opened for what the reader may see of it, and the read is
audited with its purpose."""

from counterpoint.support.selectors.assessments import (
    assessment_for,
    assessments_for,
    change_for,
    latest_assessments,
)
from counterpoint.support.selectors.consents import consents_for
from counterpoint.support.selectors.given import current_plan
from counterpoint.support.selectors.monitoring import Monitoring, clock_times, monitoring_for
from counterpoint.support.selectors.plans import (
    intervention_for,
    interventions_given_to,
    possible_providers,
    support_for,
    support_to_review,
)
from counterpoint.support.selectors.steps import waiting_for_work

__all__ = [
    "Monitoring",
    "assessment_for",
    "assessments_for",
    "change_for",
    "clock_times",
    "consents_for",
    "current_plan",
    "intervention_for",
    "interventions_given_to",
    "latest_assessments",
    "monitoring_for",
    "possible_providers",
    "support_for",
    "support_to_review",
    "waiting_for_work",
]
