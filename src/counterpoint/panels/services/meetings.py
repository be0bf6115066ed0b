"""Meetings: planned, papers sent, held or cancelled; and who was there."""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from counterpoint.access.models import Staff
from counterpoint.access.services import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.errors import Missing
from counterpoint.panels import policies, seats
from counterpoint.panels.models import Attendance, Panel, PanelMeeting, PanelSeat
from counterpoint.panels.permissions import check_chairs, check_prepares
from counterpoint.panels.services.change import locked_meeting, locked_panel, record_meeting
from counterpoint.panels.types import CHAIRING, Attending, GivenAttendance, MeetingState, NewMeeting
from counterpoint.panels.words import moment_in_words

_TAKEN = "The panel meets at this moment already. Choose another time, or use that meeting."


@transaction.atomic
def plan_meeting(panel: Panel, meeting: NewMeeting, *, by: Staff) -> PanelMeeting:
    """A meeting of the panel; who sits on it is told. The very same meeting again is the first one.

    Raises NotFound, NotAllowed; Missing with what is wrong; NotPossible when the panel meets then already."""
    panel = locked_panel(panel.pk)
    check_prepares(by, panel)
    place, chair = _checked(panel, meeting)
    known = one_or_none(panel.meetings.filter(starts_at=meeting.starts_at).exclude(state=MeetingState.CANCELLED))
    if known is not None:
        if known.place == place and known.chair_id == chair.pk:
            return known
        raise NotPossible(_TAKEN)
    row = PanelMeeting.objects.create(
        panel=panel, key_id=keyring.new_record_key(), starts_at=meeting.starts_at, place=place, chair=chair,
        planned_by=by,
    )  # fmt: skip
    record_meeting("planned", row, by=by, facts={"starts_at": row.starts_at.isoformat()})
    _tell_table(row, f"{panel.name} meets on {moment_in_words(row.starts_at)}.", by=by)
    return row


@transaction.atomic
def change_meeting(meeting: PanelMeeting, change: NewMeeting, *, by: Staff, expected_version: int) -> PanelMeeting:
    """Another time, place or chair; who sits on the panel is told.

    Raises as `plan_meeting`; NotPossible once it was held or cancelled; Conflict, holding what the other saved."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    policies.check_coming(row)
    place, chair = _checked(row.panel, change)
    try:
        with transaction.atomic():
            row.save_changes(expected_version=expected_version, starts_at=change.starts_at, place=place, chair=chair)
    except IntegrityError:
        raise NotPossible(_TAKEN) from None
    record_meeting("changed", row, by=by, facts={"starts_at": row.starts_at.isoformat()})
    _tell_table(row, f"{row.panel.name} now meets on {moment_in_words(row.starts_at)}, {row.place}.", by=by)
    return row


@transaction.atomic
def send_papers(meeting: PanelMeeting, *, by: Staff, expected_version: int) -> PanelMeeting:
    """From now on who sits on the panel reads the agenda and the papers, each as far as their agency was given the
    cases; they are all told the same. Twice is once.

    Raises NotFound, NotAllowed, NotPossible, Conflict."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    if row.state == MeetingState.PAPERS_SENT:
        return row
    policies.check_may_move(row, MeetingState.PAPERS_SENT)
    row.save_changes(expected_version=expected_version, state=MeetingState.PAPERS_SENT, papers_sent_at=clock.now())
    record_meeting("papers_sent", row, by=by)
    _tell_table(row, f"The agenda of {row.panel.name} on {moment_in_words(row.starts_at)} can be read.", by=by)
    return row


@transaction.atomic
def record_attendance(
    meeting: PanelMeeting, given: Collection[GivenAttendance], *, by: Staff, expected_version: int
) -> PanelMeeting:
    """Who came, for each seat of the panel. What was recorded before is superseded, not edited.

    Raises NotFound, NotAllowed; NotPossible for a cancelled meeting; Missing with all problems; Conflict."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    if row.state == MeetingState.CANCELLED:
        raise NotPossible("This meeting is cancelled: nobody attends it.")
    held = {seat.pk: seat for seat in seats.running_seats(row.panel)}
    policies.check_attendance(given, seats=held)
    row.save_changes(expected_version=expected_version)
    number = (row.attendance.aggregate(last=Max("number"))["last"] or 0) + 1
    for one in given:
        _save_attendance(row, held[one.seat_id], one, number=number, by=by)
    record_meeting("attendance_recorded", row, by=by, facts={"seats": len(given)})
    return row


@transaction.atomic
def hold_meeting(meeting: PanelMeeting, *, by: Staff, expected_version: int) -> PanelMeeting:
    """The meeting was held and is over: by its chair. Twice is once.

    Raises NotFound, NotAllowed, Conflict; NotPossible before its day, or while it is not recorded who was there."""
    row, at = locked_meeting(meeting.pk), clock.now()
    check_chairs(by, row)
    if row.state == MeetingState.HELD:
        return row
    policies.check_may_move(row, MeetingState.HELD)
    policies.check_sits(row, at=at)
    if not seats.attendance_of(row):
        raise NotPossible("Record first who was there.")
    row.save_changes(expected_version=expected_version, state=MeetingState.HELD, ended_at=at)
    record_meeting("held", row, by=by)
    return row


@transaction.atomic
def cancel_meeting(meeting: PanelMeeting, *, reason: str, by: Staff, expected_version: int) -> PanelMeeting:
    """The meeting does not take place; its cases wait for another, and who sits on the panel is told. Twice is once.

    Raises NotFound, NotAllowed, NotPossible, Missing without a reason, Conflict."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    if row.state == MeetingState.CANCELLED:
        return row
    policies.check_may_move(row, MeetingState.CANCELLED)
    if row.items.filter(decisions__isnull=False).exists():
        raise NotPossible("The panel has decided at this meeting: it took place.")
    text = policies.check_text(reason, what="why the meeting is cancelled")
    sealed = envelope.seal(row, "sealed_why_cancelled", text, key_id=row.key_id)
    row.save_changes(
        expected_version=expected_version,
        state=MeetingState.CANCELLED,
        ended_at=clock.now(),
        sealed_why_cancelled=sealed,
    )
    record_meeting("cancelled", row, by=by)
    _tell_table(row, f"The meeting of {row.panel.name} on {moment_in_words(row.starts_at)} does not take place.", by=by)
    return row


def _checked(panel: Panel, meeting: NewMeeting) -> tuple[str, Staff]:
    """The place as it is stored, and the chair. Raises Missing with all problems."""
    problems = []
    place = meeting.place.strip()
    if not place:
        problems.append("Say where the panel meets, or how to join.")
    elif len(place) > 200:  # noqa: PLR2004 - the column's length
        problems.append("Shorten the place: it may have 200 characters.")
    if meeting.starts_at <= clock.now():
        problems.append("The meeting must begin in the future.")
    chair = one_or_none(
        panel.seats.filter(staff_id=meeting.chair_id, role__in=CHAIRING, to_at__isnull=True).select_related("staff")
    )
    if chair is None:
        problems.append("Choose the chair or a vice chair of the panel.")
    if problems or chair is None:
        raise Missing(tuple(problems))
    return place, chair.staff


def _save_attendance(meeting: PanelMeeting, seat: PanelSeat, given: GivenAttendance, *, number: int, by: Staff) -> None:
    row = Attendance(meeting=meeting, seat=seat, number=number, attending=given.attending, by=by)
    if given.attending is Attending.DEPUTY:
        row.deputy = _deputy(seat, given.deputy_id)
        name = given.deputy_name.strip()
        if name:
            row.sealed_deputy_name = envelope.seal(row, "sealed_deputy_name", name, key_id=meeting.key_id)
    row.save(force_insert=True)


def _deputy(seat: PanelSeat, deputy_id: UUID | None) -> Staff | None:
    if deputy_id is None:
        return None
    found = one_or_none(Staff.objects.filter(pk=deputy_id, agency_id=seat.agency_id, is_active=True))
    if found is None or found.pk == seat.staff_id:
        raise Missing(("A deputy is somebody else of the same agency.",))
    return found


def _tell_table(meeting: PanelMeeting, text: str, *, by: Staff) -> None:
    """Everybody who sits on the panel is told the same, whatever they may read: it gives no case away."""
    people = [seat.staff for seat in seats.running_seats(meeting.panel) if seat.staff_id != by.pk]
    active = [one for one in people if one.is_active]
    tell_staff(active, kind=NoticeKind.OTHER, text=text[:300], link=f"/desk/panels/meetings/{meeting.pk}/")
