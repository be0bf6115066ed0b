"""What one agency asks or offers another about a case. Content is sealed under the case's key, so that it ends with it.

Each row has a reference of its own: whoever is asked learns nothing by which the case could be found.
"""

from django.db import models
from django.db.models import F, Q

from counterpoint.access.models import Agency, SharingAgreement, Staff
from counterpoint.base.models import Record
from counterpoint.base.retention import End, Retention
from counterpoint.cases.models import Case
from counterpoint.partners.types import RequestState, TransferState


class InformationRequest(Record):
    """A question to another agency. Asking discloses: what is shown with it is kept as it was on that day."""

    retention = Retention(
        rule="information_request", end=End.SHRED, why="part of the case, sealed under its key", follows="case"
    )

    reference = models.CharField(max_length=24, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="information_requests")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(SharingAgreement, on_delete=models.PROTECT, related_name="+")
    sections = models.JSONField()  # list of Section values, shown with the question
    purpose = models.CharField(max_length=300)
    legal_basis = models.CharField(max_length=200)
    sealed_asked = models.BinaryField()  # JSON: question, disclosed
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.ASKED)
    sealed_answer = models.BinaryField(default=b"")  # JSON: text, provenance
    sealed_why = models.BinaryField(default=b"")
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "state", "due_at"], name="information_by_agency"),
            models.Index(fields=["case", "asked_at"], name="information_by_case"),
        ]
        constraints = [
            models.CheckConstraint(
                name="information_ended_by_somebody",
                condition=Q(state="asked", ended_by__isnull=True, ended_at__isnull=True)
                | (~Q(state="asked") & Q(ended_by__isnull=False, ended_at__isnull=False)),
            )
        ]


class Transfer(Record):
    """A case offered to another lead agency. Until it is accepted that agency sees what the offer shows, no more."""

    retention = Retention(rule="transfer", end=End.SHRED, why="part of the case, sealed under its key", follows="case")

    reference = models.CharField(max_length=24, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers")
    from_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    to_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    sections = models.JSONField()  # list of Section values, shown with the offer
    legal_basis = models.CharField(max_length=200)
    sealed_offer = models.BinaryField()  # JSON: reason, disclosed
    offered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=TransferState, default=TransferState.OFFERED)
    sealed_why = models.BinaryField(default=b"")
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to_agency", "offered_at"], name="transfer_by_receiver"),
            models.Index(fields=["from_agency", "offered_at"], name="transfer_by_giver"),
        ]
        constraints = [
            models.CheckConstraint(name="transfer_between_two", condition=~Q(from_agency=F("to_agency"))),
            models.UniqueConstraint(fields=["case"], condition=Q(state="offered"), name="transfer_one_at_a_time"),
            models.CheckConstraint(
                name="transfer_decided_by_somebody",
                condition=Q(state="offered", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="offered") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]
