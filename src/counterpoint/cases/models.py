"""A case and all that hangs on it.

Content is sealed under the case's own key (`Case.key_id`), place "<model>.<field>:<row id>". Plain columns hold
states, dates and ids only. Each time a case is opened or reopened a process run begins; steps, outcome and feedback
belong to a run, so that a reopened case needs its own and the old ones stay as they were.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from counterpoint.access.models import Agency, Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.cases.types import (
    ActionKind,
    ActionOutcome,
    ActionState,
    CaseState,
    EventKind,
    Impact,
    NoteVisibility,
)
from counterpoint.intake.models import Referral


def _with_the_case(rule: str) -> Retention:
    return Retention(rule=rule, end=End.SHRED, why="part of the case, sealed under its key", follows="case")


class Case(Record, Versioned):
    """A concern that agencies work. People know it by the reference of the referral that it was opened for."""

    retention = Retention(
        rule="case",
        end=End.SHRED,
        why="public task; six years from leaving the programme",
        keep_for=timedelta(days=6 * 365),
        counted_from="closed_at",
    )

    reference = models.CharField(max_length=24, unique=True)
    lead_officer = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    key_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    next_step = models.CharField(max_length=64, blank=True)  # id of the step that waits; "" when none does
    next_step_name = models.CharField(max_length=120, blank=True)  # as the process of the run calls it
    due_at = models.DateTimeField()  # when the next step should be finished; stays as it was once closed
    assessed_category = models.CharField(max_length=64, blank=True)
    category_scheme = models.CharField(max_length=32, blank=True)
    closed_at = models.DateTimeField(null=True)
    closure_reason = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            # the list in its three orders: open by clock, closed by end, all by beginning
            models.Index(fields=["lead_agency", "due_at", "id"], name="case_open_by_clock", condition=Q(state="open")),
            models.Index(fields=["lead_agency", "closed_at", "id"], name="case_closed_by_end"),
            models.Index(fields=["lead_agency", "opened_at", "id"], name="case_by_beginning"),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_closed_with_reason",
                condition=(Q(state=CaseState.CLOSED, closed_at__isnull=False) & ~Q(closure_reason=""))
                | Q(state=CaseState.OPEN, closed_at__isnull=True, closure_reason=""),
            ),
            models.CheckConstraint(
                name="case_category_with_scheme",
                condition=Q(assessed_category="", category_scheme="")
                | (~Q(assessed_category="") & ~Q(category_scheme="")),
            ),
        ]


class ProcessRun(Record):
    """One walk through a process, from opening or reopening to closure. `state` is the kernel's, compressed: it
    holds steps and choices, never what a person wrote."""

    retention = _with_the_case("process_run")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField()
    process_id = models.CharField(max_length=64, default="case")  # as the pack calls it
    process_hash = models.CharField(max_length=64)  # RulesFile.sha256
    pack_hash = models.CharField(max_length=64, blank=True)  # whose forms and clocks it goes by; "": the one in force
    state = models.BinaryField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    closure_reason = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="process_run_numbered_once"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="process_run_one_at_a_time"
            ),
            models.CheckConstraint(
                name="process_run_ended_with_reason",
                condition=Q(ended_at__isnull=True, closure_reason="")
                | (Q(ended_at__isnull=False) & ~Q(closure_reason="")),
            ),
        ]


class CaseReferral(Record):
    """A referral that this case works. The first opened it; a later one was joined by a person."""

    retention = Retention(rule="case_referral", end=End.DELETE, why="a link between two records", follows="case")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="+")
    is_first = models.BooleanField(default=False)
    joined_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(is_first=True), name="case_referral_one_first")
        ]


class CaseMember(Record):
    """Somebody of the lead agency who works on the case, from one moment to another. The lead officer is one too."""

    retention = Retention(rule="case_member", end=End.DELETE, why="who knew", follows="case")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["staff", "to_at", "case"], name="case_member_by_staff")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "staff"], condition=Q(to_at__isnull=True), name="case_member_once_at_a_time"
            )
        ]


class StepRecord(Record):
    """A step of the process that somebody finished, with what they filled in."""

    retention = _with_the_case("step_record")

    run = models.ForeignKey(ProcessRun, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()  # in the run: moments may be equal, the order is not left to chance
    step = models.CharField(max_length=64)
    step_name = models.CharField(max_length=120)
    choices = models.JSONField(default=dict)  # field id -> choice id: what the process may look at
    sealed_values = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="step_record_numbered_once")]


class Task(Record):
    """A step that waits, or waited, and whose it is: a person's, or whoever of an agency holds the role. Holds nothing
    personal, so that queues can be shown without opening a case."""

    retention = Retention(rule="task", end=End.DELETE, why="what was to be done, and by whom", follows="case")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    run = models.ForeignKey(ProcessRun, on_delete=models.PROTECT, related_name="tasks")
    step = models.CharField(max_length=64)
    step_name = models.CharField(max_length=120)
    lane = models.CharField(max_length=64)
    role = models.CharField(max_length=32)  # access.types.Role
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agency_kind = models.CharField(max_length=32, blank=True)  # the lane asks for an agency of this kind
    assignee = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    is_done = models.BooleanField(default=False)  # False for one that was left: the process went another way

    class Meta:
        indexes = [
            models.Index(fields=["agency", "role", "due_at"], name="task_queue", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["assignee", "due_at"], name="task_mine", condition=Q(ended_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step"], condition=Q(ended_at__isnull=True), name="task_once_at_a_time"
            ),
            models.CheckConstraint(
                name="task_done_by_somebody",
                condition=Q(is_done=False) | Q(is_done=True, ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]


class CaseClock(Record):
    """By when a step should be done, or when an event of the process comes. `clock` is the kernel's value; the other
    columns are what it says, so that lists and the worker need not open it."""

    retention = Retention(rule="case_clock", end=End.DELETE, why="whether the work was in time", follows="case")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    run = models.ForeignKey(ProcessRun, on_delete=models.PROTECT, related_name="clocks")
    element = models.CharField(max_length=64)  # id of the step or of the timer event
    element_name = models.CharField(max_length=120)
    is_timer = models.BooleanField(default=False)  # it sets the process going when it runs out; nobody is late
    rule = models.CharField(max_length=64)  # ClockRule.id
    clock = models.TextField()  # kernel.clocks.Clock.to_json(); no personal data
    is_paused = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None while it is paused
    warn_at = models.DateTimeField(null=True)
    tell_at = models.DateTimeField(null=True)  # when the next role is to be told, or the timer to be set off
    told = models.PositiveSmallIntegerField(default=0)  # how many roles were told
    ended_at = models.DateTimeField(null=True)
    was_met = models.BooleanField(default=False)
    was_late = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="case_clock_live", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["tell_at"], name="case_clock_to_tell", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["rule", "started_at"], name="case_clock_by_rule"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "element"], condition=Q(ended_at__isnull=True), name="case_clock_once_at_a_time"
            )
        ]


class Action(Record, Versioned):
    """Something to be done, by one owner, until a day; it ends in an outcome or is dropped with a reason."""

    retention = _with_the_case("action")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=16, choices=ActionKind)
    sealed_title = models.BinaryField()
    sealed_detail = models.BinaryField()
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    owner_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=ActionState, default=ActionState.OPEN)
    outcome = models.CharField(max_length=16, choices=ActionOutcome, blank=True)
    sealed_why = models.BinaryField(default=b"")
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["case", "state", "due_on"], name="action_by_case"),
            models.Index(fields=["owner", "due_on"], name="action_open_by_owner", condition=Q(state="open")),
            models.Index(fields=["owner_agency", "due_on"], name="action_open_by_agency", condition=Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(
                name="action_has_one_owner",
                condition=Q(owner__isnull=False, owner_agency__isnull=True)
                | Q(owner__isnull=True, owner_agency__isnull=False),
            ),
            models.CheckConstraint(
                name="action_done_with_outcome",
                condition=(Q(state="done", ended_at__isnull=False, ended_by__isnull=False) & ~Q(outcome=""))
                | Q(state="dropped", ended_at__isnull=False, ended_by__isnull=False, outcome="")
                | Q(state="open", ended_at__isnull=True, ended_by__isnull=True, outcome=""),
            ),
        ]


class CaseNote(Record):
    """What somebody wrote down, for other staff only. A note to the reporter is a message: `message_id` names it in
    the mailbox, which keeps its text."""

    retention = _with_the_case("case_note")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    visibility = models.CharField(max_length=16, choices=NoteVisibility)
    sealed_text = models.BinaryField(default=b"")
    message_id = models.UUIDField(null=True, unique=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="case_note_by_case")]
        constraints = [
            models.CheckConstraint(
                name="case_note_to_reporter_is_a_message",
                condition=Q(visibility="reporter", message_id__isnull=False)
                | (~Q(visibility="reporter") & Q(message_id__isnull=True)),
            )
        ]


class CaseOutcome(Record):
    """What came of the work of one run, as those who did it judge. A later one supersedes; none is edited."""

    retention = _with_the_case("case_outcome")

    run = models.ForeignKey(ProcessRun, on_delete=models.PROTECT, related_name="outcomes")
    number = models.PositiveSmallIntegerField()
    sealed_text = models.BinaryField()
    impact = models.CharField(max_length=16, choices=Impact)
    proposed_reason = models.CharField(max_length=64)  # closure reason, by id of the pack
    sealed_needs = models.BinaryField()  # JSON: what the reason asks to be recorded with it -> text
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="case_outcome_numbered_once")]


class Feedback(Record):
    """The outcome told to the reporters of a run's referrals, or withheld with the reason."""

    retention = _with_the_case("feedback")

    run = models.ForeignKey(ProcessRun, on_delete=models.PROTECT, related_name="feedback")
    number = models.PositiveSmallIntegerField()
    message_ids = models.JSONField(default=list)  # one message for each referral's mailbox
    withheld = models.BooleanField(default=False)
    sealed_reason = models.BinaryField(default=b"")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="feedback_numbered_once"),
            models.CheckConstraint(
                name="feedback_sent_or_withheld",
                condition=(Q(withheld=False) & ~Q(message_ids=[])) | Q(withheld=True, message_ids=[]),
            ),
        ]


class CaseEvent(Record):
    """One line of the timeline: plain facts, and sealed text where it is personal."""

    retention = _with_the_case("case_event")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=24, choices=EventKind)
    facts = models.JSONField(default=dict)  # names of steps, states, agencies; never what a person wrote
    sealed_text = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="case_event_numbered_once")]
