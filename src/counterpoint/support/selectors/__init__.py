"""What may be read of support, the viewer first. Each part is opened for what the reader may see of it, and the read is
audited with its purpose."""

from counterpoint.support.selectors.assessments import assessment_for, assessments_for, change_for
from counterpoint.support.selectors.consents import consents_for
from counterpoint.support.selectors.monitoring import Monitoring, clock_times, monitoring_for
from counterpoint.support.selectors.plans import (
    intervention_for,
    interventions_given_to,
    possible_providers,
    support_for,
)
from counterpoint.support.selectors.steps import waiting_for_work

__all__ = [
    "Monitoring",
    "assessment_for",
    "assessments_for",
    "change_for",
    "clock_times",
    "consents_for",
    "intervention_for",
    "interventions_given_to",
    "monitoring_for",
    "possible_providers",
    "support_for",
    "waiting_for_work",
]
