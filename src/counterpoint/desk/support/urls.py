"""Routes of support."""

from django.urls import path

from counterpoint.desk.support import assessments, consents, interventions, monitoring, plans

_CASE = "cases/<uuid:case_id>/"
_CONSENT = _CASE + "consents/<slug:kind>/"
_ASSESSMENT = _CASE + "assessments/<uuid:assessment_id>/"
_SUPPORT = _CASE + "support/<uuid:intervention_id>/"

urlpatterns = [
    path(_CASE + "consents/", consents.consents, name="case_consents"),
    path(_CONSENT, consents.record, name="case_consent"),
    path(_CONSENT + "withdraw/", consents.withdraw, name="case_consent_withdraw"),
    path(_CASE + "assessments/", assessments.assessments, name="case_assessments"),
    path(_CASE + "assessments/new/<slug:instrument>/", assessments.begin, name="case_assessment_new"),
    path(_CASE + "assessments/over-time/<slug:instrument>/", assessments.over_time, name="case_assessment_change"),
    path(_CASE + "assessments/step/<str:step_id>/", assessments.step, name="case_assessment_step"),
    path(_ASSESSMENT, assessments.assessment, name="case_assessment"),
    path(_ASSESSMENT + "correct/", assessments.correct, name="case_assessment_correct"),
    path(_ASSESSMENT + "drop/", assessments.drop, name="case_assessment_drop"),
    path(_CASE + "support/", plans.support, name="case_support"),
    path(_CASE + "support/plan/", plans.plan, name="case_plan"),
    path(_CASE + "support/review/", plans.review, name="case_review_add"),
    path(_CASE + "support/new/", interventions.add, name="case_intervention_add"),
    path(_SUPPORT, interventions.intervention, name="case_intervention"),
    path(_SUPPORT + "change/", interventions.change, name="case_intervention_change"),
    path(_SUPPORT + "move/<slug:to>/", interventions.move, name="case_intervention_move"),
    path(_SUPPORT + "offer/", interventions.offer, name="case_intervention_offer"),
    path(_SUPPORT + "answer/", interventions.answer, name="case_intervention_answer"),
    path(_SUPPORT + "session/", interventions.session, name="case_session_add"),
    path("interventions/", interventions.mine, name="interventions"),
    path("monitoring/", monitoring.monitoring, name="monitoring"),
]
