"""The archive of packs: each file once, by content hash, and each time that a pack was put in force; and the drafts by
which the rules are changed."""

from django.db import models
from django.db.models import F, Q

from counterpoint.access.models import Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.rules.types import DraftState


class RulesFile(models.Model):
    """One file of a pack as it was: the question set, table or process that a record names by hash."""

    retention = Retention(rule="rules_file", end=End.KEEP, why="holds no personal data; records are judged by it")

    sha256 = models.CharField(primary_key=True, max_length=64)
    path = models.CharField(max_length=200)
    content = models.BinaryField()
    archived_at = models.DateTimeField()


class PackVersion(Record):
    """A pack that was in force from `activated_at` until the next one was. Going back to an earlier pack is a row of
    its own, so that it can be told which was in force when."""

    retention = Retention(rule="pack_version", end=End.KEEP, why="holds no personal data; records are judged by it")

    pack_id = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    content_hash = models.CharField(max_length=64, db_index=True)
    files = models.JSONField()  # path -> sha256
    activated_at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # null: by a command
    why = models.CharField(max_length=1000, blank=True)


class RuleDraft(Record, Versioned):
    """A change of the rules on its way: a copy of the pack that was in force, file by file. Touches no work before it
    is live. Any change of a file brings it back to DRAFT or CHECKED and takes shadow and approval away."""

    retention = Retention(rule="rule_draft", end=End.KEEP, why="tells who changed the rules, and why")

    title = models.CharField(max_length=120)
    why = models.CharField(max_length=1000)
    state = models.CharField(max_length=16, choices=DraftState)
    base_hash = models.CharField(max_length=64)  # PackVersion.content_hash of what it was copied from
    content_hash = models.CharField(max_length=64)
    files = models.JSONField()  # path -> sha256 of a RulesFile
    problems = models.JSONField(default=list)  # list of {file, line, what, remedy}
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    authors = models.JSONField()  # ids of everybody who ever changed it
    shadow_since = models.DateTimeField(null=True)
    backtested_table = models.CharField(max_length=64, blank=True)  # sha256 of the triage table of a finished backtest
    approved_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approval_note = models.CharField(max_length=1000, blank=True)
    live_as = models.OneToOneField(PackVersion, on_delete=models.PROTECT, null=True, related_name="draft")
    ended_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-changed_at"], name="rule_draft_by_state")]
        constraints = [
            models.CheckConstraint(
                name="rule_draft_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("made_by")) & ~Q(approved_by=F("changed_by"))),
            ),
            models.CheckConstraint(
                name="rule_draft_approved_when_live",
                condition=~Q(state__in=[DraftState.APPROVED, DraftState.LIVE]) | Q(approved_by__isnull=False),
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state=DraftState.LIVE), name="rule_draft_one_live"),
        ]
