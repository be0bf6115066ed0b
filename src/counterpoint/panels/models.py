"""Panels, their meetings, and what was said and decided there.

A meeting concerns many cases. Whatever is about one case is sealed under that case's key, so that erasing the case
erases it here; only the summary of the minutes and the names of deputies are sealed under the meeting's own key.
"""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from counterpoint.access.models import Agency, Staff
from counterpoint.base.models import Record, Versioned
from counterpoint.base.retention import End, Retention
from counterpoint.cases.models import Action, Case
from counterpoint.panels.types import Attending, ChairView, ItemState, MeetingState, MinutesState, SeatRole, View


class Panel(Record):
    """A standing panel of agencies, chaired by its lead agency."""

    retention = Retention(rule="panel", end=End.KEEP, why="an institution, no personal data")

    name = models.CharField(max_length=120, unique=True)
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")


class PanelSeat(Record):
    """Somebody who sits on a panel for their agency, from one moment to another."""

    retention = Retention(rule="panel_seat", end=End.DELETE, why="who sat there", follows="staff")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=SeatRole)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["staff", "to_at", "panel"], name="panel_seat_by_staff")]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "staff"], condition=Q(to_at__isnull=True), name="panel_seat_once_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(to_at__isnull=True, role="chair"), name="panel_one_chair_at_a_time"
            ),
        ]


class PanelMeeting(Record, Versioned):
    """A meeting of a panel. `place`: a room or how to join from afar; never about a case."""

    retention = Retention(
        rule="panel_meeting",
        end=End.SHRED,
        why="public task; as long as the cases that it decided on",
        keep_for=timedelta(days=6 * 365),
        counted_from="starts_at",
    )

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="meetings")
    key_id = models.UUIDField()
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    chair = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=MeetingState, default=MeetingState.PLANNED)
    planned_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    papers_sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # held or cancelled
    sealed_why_cancelled = models.BinaryField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["panel", "-starts_at", "id"], name="panel_meeting_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "starts_at"], condition=~Q(state="cancelled"), name="panel_meeting_once_at_a_time"
            ),
            models.CheckConstraint(
                name="panel_meeting_ended_with_moment",
                condition=Q(state__in=["held", "cancelled"], ended_at__isnull=False)
                | Q(state__in=["planned", "papers_sent"], ended_at__isnull=True),
            ),
        ]


class AgendaItem(Record, Versioned):
    """A case on the agenda of a meeting, or left for a later one with the reason. `place` orders the whole agenda and
    is never shown: each reader's numbers are made of what that reader may see."""

    retention = Retention(rule="agenda_item", end=End.SHRED, why="part of the case", follows="case")

    meeting = models.ForeignKey(PanelMeeting, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=4, choices=ItemState)
    place = models.PositiveIntegerField()
    sealed_paper = models.BinaryField(default=b"")  # the summary for the panel
    sealed_why_left = models.BinaryField(default=b"")
    home_force = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    motion = models.CharField(max_length=64, blank=True)  # id of the choice that the panel is asked for
    motion_number = models.PositiveSmallIntegerField(default=0)  # positions belong to one motion
    motion_step = models.CharField(max_length=64, blank=True)
    chair_view = models.CharField(max_length=8, choices=ChairView, default=ChairView.NONE)
    put_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["case", "state"], name="agenda_item_by_case")]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "case"], name="agenda_item_case_once"),
            models.CheckConstraint(
                name="agenda_item_motion_numbered",
                condition=Q(motion="", motion_step="") | (~Q(motion="") & ~Q(motion_step="") & Q(motion_number__gt=0)),
            ),
        ]


class Attendance(Record):
    """How a seat was filled at a meeting. A later row supersedes; none is edited."""

    retention = Retention(rule="panel_attendance", end=End.SHRED, why="part of the meeting", follows="panel_meeting")

    meeting = models.ForeignKey(PanelMeeting, on_delete=models.PROTECT, related_name="attendance")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()  # of the recording of attendance, all seats at once
    attending = models.CharField(max_length=10, choices=Attending)
    deputy = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_deputy_name = models.BinaryField(default=b"")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat", "number"], name="panel_attendance_numbered_once"),
            models.CheckConstraint(
                name="panel_attendance_deputy_only_where_one_came",
                condition=Q(attending="deputy") | Q(deputy__isnull=True, sealed_deputy_name=b""),
            ),
        ]


class ItemRecusal(Record):
    """Somebody stepped aside from an item of a meeting; the conflict itself and its reason are access's."""

    retention = Retention(rule="item_recusal", end=End.DELETE, why="part of the case", follows="case")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="recusals")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    recusal_id = models.UUIDField(unique=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")


class Position(Record, Versioned):
    """What one agency said to one motion."""

    retention = Retention(rule="panel_position", end=End.SHRED, why="part of the case", follows="case")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="positions")
    motion_number = models.PositiveSmallIntegerField()
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    view = models.CharField(max_length=8, choices=View)
    sealed_words = models.BinaryField(default=b"")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "motion_number", "agency"], name="panel_position_once_an_agency")
        ]


class PanelDecision(Record):
    """What the panel decided on an item, as the chair confirmed it, with the law that it was decided by."""

    retention = Retention(rule="panel_decision", end=End.SHRED, why="part of the case", follows="case")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=64)
    step_name = models.CharField(max_length=120)
    run_number = models.PositiveSmallIntegerField()
    motion = models.CharField(max_length=64)
    motion_label = models.CharField(max_length=300)
    motion_number = models.PositiveSmallIntegerField()
    decided_by = models.CharField(max_length=32)
    facts = models.JSONField(default=dict)  # what the tables read: who was there, how the votes fell
    tables = models.JSONField(default=list)  # hashes of the tables
    sealed_reason = models.BinaryField()
    sealed_dissent = models.BinaryField(default=b"")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "motion_number"], name="panel_decision_once_a_motion"),
        ]


class ItemAction(Record):
    """An action that was agreed on an item."""

    retention = Retention(rule="item_action", end=End.DELETE, why="a link between two records", follows="case")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="actions")
    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="+")


class Minutes(Record, Versioned):
    """The minutes of a meeting. A draft is edited; final ones are superseded by later ones, never edited.
    `sealed_summary` and `sealed_attendance` are under the meeting's key."""

    retention = Retention(rule="minutes", end=End.SHRED, why="part of the meeting", follows="panel_meeting")

    meeting = models.ForeignKey(PanelMeeting, on_delete=models.PROTECT, related_name="minutes")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=5, choices=MinutesState, default=MinutesState.DRAFT)
    sealed_summary = models.BinaryField(default=b"")
    sealed_attendance = models.BinaryField(default=b"")  # as it was when they became final
    drafted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="minutes_numbered_once"),
            models.UniqueConstraint(fields=["meeting"], condition=Q(state="draft"), name="minutes_one_draft_at_a_time"),
            models.CheckConstraint(
                name="minutes_final_when_approved",
                condition=Q(state="final", approved_by__isnull=False, approved_at__isnull=False)
                | Q(state="draft", approved_by__isnull=True, approved_at__isnull=True),
            ),
        ]


class MinutesItem(Record, Versioned):
    """What the minutes say of one case, under that case's key: the chair's words, and, once final, what was recorded
    as it stood then."""

    retention = Retention(rule="minutes_item", end=End.SHRED, why="part of the case", follows="case")

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="+")
    sealed_text = models.BinaryField(default=b"")
    sealed_record = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minutes", "item"], name="minutes_item_once")]
