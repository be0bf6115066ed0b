"""The archive of packs: each file once, by content hash, and each time that a pack was put in force; and the drafts by
which the rules are changed."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from counterpoint.access.models import Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.rules.types import DraftState, KeptKind, MoveState


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
    backtested_readers = models.CharField(max_length=64, blank=True)  # the same of the second-reader table
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


class VersionMove(Record):
    """Running cases moved to the version of their process that is in force, or only looked at for it (a rehearsal).
    Goes on from `cursor`: each case was committed with it. What happens to a case: `cases.services.moving`."""

    retention = Retention(rule="version_move", end=End.KEEP, why="counts; tells who moved running work, and when")

    process_id = models.CharField(max_length=64)
    process_hash = models.CharField(max_length=64)  # RulesFile.sha256 of the version that cases are moved to
    pack_hash = models.CharField(max_length=64)  # PackVersion.content_hash
    is_rehearsal = models.BooleanField()
    chosen = models.JSONField(default=list)  # ids of cases; none: all that run an older version
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)  # in a rehearsal: could be
    stayed = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)  # the last run that was looked at
    state = models.CharField(max_length=16, choices=MoveState)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["process_id", "-created_at"], name="version_move_by_process")]
        constraints = [
            models.UniqueConstraint(
                fields=["process_id"], condition=Q(state=MoveState.RUNNING), name="version_move_one_at_a_time"
            )
        ]


class VersionMoveCase(Record):
    """One case of a move, and every reason why it stays where it does. Cases lie above this folder: named by id."""

    retention = Retention(
        rule="version_move_case",
        end=End.DELETE,
        why="needed while people see to the cases that stay",
        keep_for=timedelta(days=180),
        counted_from="created_at",
    )

    move = models.ForeignKey(VersionMove, on_delete=models.CASCADE, related_name="cases")
    case_id = models.UUIDField()
    reference = models.CharField(max_length=24)
    is_moved = models.BooleanField()
    reasons = models.JSONField(default=list)  # sentences that name steps, and nobody

    class Meta:
        constraints = [models.UniqueConstraint(fields=["move", "case_id"], name="version_move_case_once")]
        indexes = [models.Index(fields=["move", "is_moved", "id"], name="version_move_case_list")]


class ProcessTrial(Record, Versioned):
    """A process of a draft, walked on a copy: of a case's run (`case_id`), or from its beginning. The copy holds steps,
    choices and moments and nothing that anybody wrote; nothing of it comes back to the case."""

    retention = Retention(
        rule="process_trial",
        end=End.DELETE,
        why="a change of the rules is tried on it, for thirty days",
        keep_for=timedelta(days=30),
        counted_from="created_at",
    )

    draft = models.ForeignKey(RuleDraft, on_delete=models.CASCADE, related_name="trials")
    draft_hash = models.CharField(max_length=64)  # RuleDraft.content_hash as it was tried
    process_id = models.CharField(max_length=64)
    process_hash = models.CharField(max_length=64)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    case_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=24, blank=True)
    state = models.BinaryField()  # the kernel's, compressed, as of a run
    copied = models.PositiveSmallIntegerField(default=0)  # how much that happened in the case could be replayed
    happened = models.PositiveSmallIntegerField(default=0)  # how much had happened there
    reasons = models.JSONField(default=list)  # why the case would stay on its version; none: it could be moved

    class Meta:
        indexes = [
            models.Index(fields=["draft", "owner", "-created_at"], name="process_trial_by_draft"),
            models.Index(fields=["created_at"], name="process_trial_by_age"),
        ]


class KeptUntil(Record):
    """Until when a record is kept that was closed at `closed_at`, and which row of the retention table said so. Records
    lie above this folder: named by id. A date to look again: nothing is deleted by it."""

    retention = Retention(
        rule="kept_until", end=End.DELETE, why="goes with the record that it is about", follows="subject"
    )

    kind = models.CharField(max_length=16, choices=KeptKind)
    record_id = models.UUIDField()
    closed_at = models.DateTimeField()
    until = models.DateField(db_index=True)
    reason = models.TextField()  # words of the pack or of the service, none of people
    table_hash = models.CharField(max_length=64, blank=True)  # RulesFile.sha256; "": the pack had no such table
    row = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "record_id", "closed_at"], name="kept_until_once")]
