"""What can be done with the support of a case. Each is one transaction with one audit entry of its own; whether it may
happen: `counterpoint.support.policies`; who may: `counterpoint.support.permissions`."""

from counterpoint.support.services.assessments import (
    begin_assessment,
    correct_assessment,
    drop_draft,
    finish_assessment,
    finish_assessment_step,
    save_draft,
)
from counterpoint.support.services.consents import record_consent, withdraw_consent
from counterpoint.support.services.interventions import (
    add_intervention,
    answer_offer,
    change_intervention,
    move_intervention,
    record_service_answer,
)
from counterpoint.support.services.plans import make_plan
from counterpoint.support.services.reviews import record_panels_review, record_review
from counterpoint.support.services.sessions import log_session

__all__ = [
    "add_intervention",
    "answer_offer",
    "begin_assessment",
    "change_intervention",
    "correct_assessment",
    "drop_draft",
    "finish_assessment",
    "finish_assessment_step",
    "log_session",
    "make_plan",
    "move_intervention",
    "record_consent",
    "record_panels_review",
    "record_review",
    "record_service_answer",
    "save_draft",
    "withdraw_consent",
]
