"""Support of one case. Words are sealed under the case's key, place "<model>.<field>:<row id>"; plain columns hold
states, kinds, days and ids, so that monitoring counts without opening anything."""

from django.db import models
from django.db.models import Q

from counterpoint.access.models import Agency, Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.cases.models import Case
from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.support.types import (
    AssessmentState,
    Attendance,
    ConsentResult,
    InterventionKind,
    InterventionState,
    ServiceAnswer,
)


def _with_the_case(rule: str) -> Retention:
    return Retention(rule=rule, end=End.SHRED, why="part of the case, sealed under its key", follows="case")


class Consent(Record):
    """What became of one consent at one time. A later row supersedes; none is edited."""

    retention = _with_the_case("consent")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=64)  # by its id in the pack
    number = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=12, choices=ConsentResult)
    on = models.DateField()  # the day on which it was asked, given, refused or withdrawn
    sealed_words = models.BinaryField()  # JSON: giver, age band, capacity, how, reasons, and all that the pack asks for
    table_hash = models.CharField(max_length=64, blank=True)  # the table that said who may give it
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "number"], name="consent_numbered_once"),
        ]


class Assessment(Record, Versioned):
    """One look at the person by an instrument of the pack. A draft is changed; what was finished is only corrected by
    another one."""

    retention = _with_the_case("assessment")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    instrument = models.CharField(max_length=64)
    instrument_version = models.CharField(max_length=32)
    pack_hash = models.CharField(max_length=64)  # the pack whose words it was made with
    state = models.CharField(max_length=12, choices=AssessmentState, default=AssessmentState.DRAFT)
    sealed_content = models.BinaryField(default=b"")  # JSON: ratings by item, and the summary
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    begun_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    finished_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "instrument"], condition=Q(state="draft"), name="assessment_one_draft"
            ),
            models.CheckConstraint(
                name="assessment_finished_by_somebody",
                condition=Q(state__in=["finished", "superseded"], finished_at__isnull=False, finished_by__isnull=False)
                | Q(state__in=["draft", "dropped"], finished_at__isnull=True, finished_by__isnull=True),
            ),
        ]


class SupportPlan(Record):
    """What the support should come to, in words. A later row supersedes; none is edited."""

    retention = _with_the_case("support_plan")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="support_plans")
    number = models.PositiveSmallIntegerField()
    sealed_text = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="support_plan_numbered_once")]


class Intervention(Record, Versioned):
    """One piece of support, from somebody, from one day to another."""

    retention = _with_the_case("intervention")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interventions")
    submission = models.UUIDField()  # of the form: sent twice is sent once
    kind = models.CharField(max_length=16, choices=InterventionKind)
    sealed_title = models.BinaryField()
    sealed_goals = models.BinaryField()
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_service = models.BinaryField(default=b"")  # a service outside, by name
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=InterventionState, default=InterventionState.OFFERED)
    state_on = models.DateField()  # since when it is in this state
    state_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # who recorded it
    sealed_why = models.BinaryField(default=b"")  # why it was not accepted, or ended
    service_answer = models.CharField(max_length=12, choices=ServiceAnswer, blank=True)
    service_answered_on = models.DateField(null=True)
    sealed_service_reason = models.BinaryField(default=b"")
    outcome = models.CharField(max_length=16, choices=ActionOutcome, blank=True)  # as the panel judged it last
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["agency", "state"], name="intervention_by_agency"),
            models.Index(fields=["staff", "state"], name="intervention_by_staff"),
            models.Index(fields=["from_on"], name="intervention_by_beginning"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "submission"], name="intervention_sent_once"),
            models.CheckConstraint(
                name="intervention_has_one_provider",
                condition=Q(agency__isnull=False, staff__isnull=True, sealed_service=b"")
                | Q(agency__isnull=True, staff__isnull=False, sealed_service=b"")
                | (Q(agency__isnull=True, staff__isnull=True) & ~Q(sealed_service=b"")),
            ),
            models.CheckConstraint(
                name="intervention_ends_after_it_begins",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
            ),
            models.CheckConstraint(
                name="intervention_answer_of_a_service",
                condition=Q(service_answer="", service_answered_on__isnull=True)
                | (~Q(service_answer="") & Q(kind="signposting", service_answered_on__isnull=False)),
            ),
        ]


class SupportSession(Record):
    """One meeting or contact. Written once; a mistake is put right by a further line."""

    retention = _with_the_case("support_session")

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="sessions")
    submission = models.UUIDField()  # of the form: sent twice is sent once
    held_on = models.DateField()
    attendance = models.CharField(max_length=12, choices=Attendance)
    sealed_note = models.BinaryField(default=b"")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["intervention", "held_on"], name="support_session_by_day")]
        constraints = [models.UniqueConstraint(fields=["intervention", "submission"], name="support_session_sent_once")]


class SupportReview(Record):
    """What the panel found when it looked at the support: how things are, and in words why."""

    retention = _with_the_case("support_review")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="support_reviews")
    submission = models.UUIDField()  # of the form: sent twice is sent once
    reviewed_on = models.DateField()
    impact = models.CharField(max_length=16, choices=Impact)
    sealed_text = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "submission"], name="support_review_sent_once")]


class ReviewedIntervention(Record):
    """What came of one intervention, as the panel judged it at one review."""

    retention = Retention(rule="reviewed_intervention", end=End.DELETE, why="goes with its review", follows="case")

    review = models.ForeignKey(SupportReview, on_delete=models.PROTECT, related_name="reviewed")
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="reviewed")
    outcome = models.CharField(max_length=16, choices=ActionOutcome)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "intervention"], name="reviewed_intervention_once")]
