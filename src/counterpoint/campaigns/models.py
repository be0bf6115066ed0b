"""Snapshots of posts, what was looked for in them, what was found, and what people made of it.

Content is sealed: what belongs to a snapshot under the snapshot's key, what a finding keeps under the finding's own
(`envelope`), so that a confirmed finding can outlive the posts. No row knows a referral, a case or a person.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from counterpoint.access.models import Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.campaigns.types import (
    Detector,
    ExportFormat,
    Failure,
    FindingState,
    LegalBasis,
    Origin,
    RunKind,
    RunState,
    Tlp,
)

_NOT_FAILED = ~Q(state=RunState.FAILED)


class Snapshot(Record):
    """Posts as they were taken in, sealed, with why they are held and the day on which they go."""

    retention = Retention(
        rule="campaign_snapshot",
        end=End.SHRED,
        why="posts of many people: each snapshot names its own last day",
        keep_for=timedelta(0),
        counted_from="delete_on",
    )

    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    legal_basis = models.CharField(max_length=24, choices=LegalBasis)
    source_note = models.CharField(max_length=300)
    origin = models.CharField(max_length=8, choices=Origin)
    suffix = models.CharField(max_length=8)
    mapping = models.JSONField(default=dict)  # our column name -> the file's
    size_bytes = models.PositiveBigIntegerField()
    key_id = models.UUIDField()
    sealed_name = models.BinaryField()
    sealed_identifier_key = models.BinaryField()  # accounts are hashed under it; it goes with the snapshot's key
    stored_as = models.CharField(max_length=32)
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    delete_on = models.DateField(db_index=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # null: its day came


class Finding(Record, Versioned):
    """What a run saw, as evidence for a person. sealed_content: JSON, under its own key; sealed_posts: the posts with
    their texts, under the snapshot's key."""

    retention = Retention(
        rule="campaign_finding",
        end=End.SHRED,
        why="goes with its snapshot; confirmed or watched, it stays a year without texts",
        keep_for=timedelta(days=365),
        counted_from="created_at",
    )

    run = models.ForeignKey("Run", on_delete=models.PROTECT, related_name="findings")
    number = models.CharField(max_length=24)  # as the kernel calls it: "validated-0001"
    place = models.PositiveIntegerField()
    detector = models.CharField(max_length=16, choices=Detector)
    kind = models.CharField(max_length=40)
    accounts = models.PositiveIntegerField()
    posts = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=FindingState, default=FindingState.OPEN)
    judged_at = models.DateTimeField(null=True)
    key_id = models.UUIDField()
    sealed_content = models.BinaryField()
    sealed_posts = models.BinaryField()
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-created_at"], name="finding_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="finding_stored_once"),
            models.CheckConstraint(
                name="finding_judged_at_a_moment",
                condition=Q(state=FindingState.OPEN, judged_at__isnull=True)
                | (~Q(state=FindingState.OPEN) & Q(judged_at__isnull=False)),
            ),
        ]


class Run(Record):
    """One look at a snapshot: detection, or a search for what a finding's accounts had shared. The outcome is sealed
    under the snapshot's key."""

    retention = Retention(rule="campaign_run", end=End.SHRED, why="goes with its snapshot", follows="campaign_snapshot")

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=8, choices=RunKind, default=RunKind.DETECT)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="traces")
    parameters = models.JSONField()
    asked_for = models.CharField(max_length=64)  # digest of parameters: asking twice is one run
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=RunState, default=RunState.QUEUED)
    stage = models.CharField(max_length=80, blank=True)
    stage_number = models.PositiveSmallIntegerField(default=0)
    stages = models.PositiveSmallIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True)  # when the process at work was last seen
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=16, choices=Failure, blank=True)
    sealed_outcome = models.BinaryField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="run_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "asked_for"], condition=_NOT_FAILED, name="run_asked_once"),
            models.CheckConstraint(
                name="run_trace_of_a_finding",
                condition=Q(kind=RunKind.TRACE, finding__isnull=False) | Q(kind=RunKind.DETECT, finding__isnull=True),
            ),
            models.CheckConstraint(
                name="run_failed_for_a_reason",
                condition=(Q(state=RunState.FAILED) & ~Q(failure="")) | (_NOT_FAILED & Q(failure="")),
            ),
        ]


class Judgement(Record):
    """One person's judgement of a finding, never edited: a new one stands beside it."""

    retention = Retention(
        rule="campaign_judgement", end=End.SHRED, why="goes with its finding", follows="campaign_finding"
    )

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="judgements")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=FindingState)
    sealed_reason = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "number"], name="judgement_numbered")]


class FollowedAct(Record):
    """What a platform did about a confirmed finding: from then on its things are looked for elsewhere."""

    retention = Retention(rule="campaign_act", end=End.SHRED, why="goes with its finding", follows="campaign_finding")

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="acts")
    on = models.DateField()
    platform = models.CharField(max_length=60)
    sealed_what = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")


class Sending(Record):
    """Addresses of a finding that were sent to be assessed, through the front door: the reference is all that comes
    back."""

    retention = Retention(
        rule="campaign_sending", end=End.SHRED, why="goes with its finding", follows="campaign_finding"
    )

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="sendings")
    reference = models.CharField(max_length=24, unique=True)
    sealed_addresses = models.BinaryField()
    addresses = models.PositiveSmallIntegerField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Disclosure(Record):
    """A finding that was exported: to whom, why, in which form, and the digest of what went."""

    retention = Retention(
        rule="campaign_disclosure", end=End.KEEP, why="evidence of disclosure; names organisations, no account"
    )

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="disclosures")
    format = models.CharField(max_length=8, choices=ExportFormat)
    tlp = models.CharField(max_length=8, choices=Tlp)
    recipient = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)
