"""Panels and meetings: who may know of them, and what stands above each of their pages."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.panels import seats
from counterpoint.panels.models import Attendance, Panel, PanelMeeting, PanelSeat
from counterpoint.panels.permissions import (
    NO_MEETING,
    NO_PANEL,
    PREPARING,
    can_prepare,
    can_set_up,
    chairs,
    check_knows_meeting,
    check_knows_panel,
    check_prepares,
    check_sets_up,
)
from counterpoint.panels.types import CHAIRING, COMING, OPEN_TO_MEMBERS, Attending, MeetingState, SeatRole
from counterpoint.panels.views import AttendanceLine, MeetingHeading, MeetingRow, PanelView, SeatView

MOST_MEETINGS = 50


def panels_of(viewer: Staff) -> list[PanelView]:
    """The panels that the viewer prepares or sits on, by name."""
    sits = PanelSeat.objects.filter(panel=OuterRef("pk"), staff=viewer, agency_id=viewer.agency_id, to_at__isnull=True)
    rows = Panel.objects.filter(Q(lead_agency_id=viewer.agency_id) | Exists(sits)).select_related("lead_agency")
    return [_panel(viewer, row) for row in rows.order_by("name") if _knows(viewer, row)]


def meetings_of(viewer: Staff) -> tuple[tuple[MeetingRow, ...], tuple[MeetingRow, ...]]:
    """The meetings that the viewer may know of: those to come, the next first; and the last of those that are over."""
    rows = _known_meetings(viewer).select_related("panel", "chair")
    coming = rows.filter(state__in=COMING).order_by("starts_at", "id")[:MOST_MEETINGS]
    over = rows.exclude(state__in=COMING).order_by("-starts_at", "id")[:MOST_MEETINGS]
    return tuple(meeting_line(row) for row in coming), tuple(meeting_line(row) for row in over)


def next_meetings(viewer: Staff) -> int:
    """How many meetings with papers are to come for the viewer, at most MOST_MEETINGS."""
    rows = _known_meetings(viewer).filter(state=MeetingState.PAPERS_SENT, starts_at__gte=clock.now())
    return rows[:MOST_MEETINGS].count()


def may_set_up(viewer: Staff) -> bool:
    """Whether the viewer may set up a panel of their agency."""
    return can_set_up(viewer, viewer.agency_id)


def panel_for(viewer: Staff, panel_id: UUID) -> PanelView:
    """The panel with its seats and meetings. Raises NotFound."""
    return _panel(viewer, panel_row(viewer, panel_id))


def panel_row(viewer: Staff, panel_id: UUID) -> Panel:
    """The row, for a service to change. Raises NotFound."""
    row = one_or_none(Panel.objects.select_related("lead_agency").filter(pk=panel_id))
    if row is None:
        raise NotFound(NO_PANEL)
    check_knows_panel(viewer, row)
    return row


def seat_row(viewer: Staff, panel_id: UUID, seat_id: UUID) -> PanelSeat:
    """A seat that is held now, for a service to end. Raises NotFound, NotAllowed."""
    panel = panel_row(viewer, panel_id)
    check_sets_up(viewer, panel.lead_agency_id)
    row = one_or_none(panel.seats.filter(pk=seat_id, to_at__isnull=True).select_related("staff"))
    if row is None:
        raise NotFound("There is no such seat, or nobody holds it any more.")
    return row


def possible_members(viewer: Staff, panel_id: UUID) -> list[tuple[str, str]]:
    """Who can be given a seat: active staff of any agency with a role at the table, as (id, name with agency)."""
    check_sets_up(viewer, panel_row(viewer, panel_id).lead_agency_id)
    rows = Staff.objects.filter(
        is_active=True, roles__role__in=(Role.PANEL_CHAIR, Role.PANEL_MEMBER), roles__ended_at__isnull=True
    ).select_related("agency")
    return [(str(row.pk), f"{row.name}, {row.agency.name}") for row in rows.distinct().order_by("agency__name", "name")]


def staff_named(staff_id: UUID) -> Staff:
    """Somebody who was chosen from a list, for a service to check. Raises NotFound."""
    row = one_or_none(Staff.objects.select_related("agency").filter(pk=staff_id))
    if row is None:
        raise NotFound("There is no such person.")
    return row


def possible_chairs(viewer: Staff, panel_id: UUID) -> list[tuple[str, str]]:
    """Who can chair a meeting, the chair of the panel first."""
    panel = panel_row(viewer, panel_id)
    return [(str(seat.staff_id), seat.staff.name) for seat in seats.running_seats(panel) if seat.role in CHAIRING]


def police_of(viewer: Staff, panel_id: UUID, *, kind: str) -> list[tuple[str, str]]:
    """The agencies of a kind that sit on the panel, by name."""
    panel = panel_row(viewer, panel_id)
    rows = {seat.agency_id: seat.agency for seat in seats.running_seats(panel) if seat.agency.kind == kind}
    return [(str(row.pk), row.name) for row in sorted(rows.values(), key=lambda row: row.name)]


def agency_named(agency_id: UUID) -> Agency | None:
    """An agency that was chosen from a list."""
    return one_or_none(Agency.objects.filter(pk=agency_id))


def meeting_row(viewer: Staff, meeting_id: UUID) -> PanelMeeting:
    """The row, for a service to change. Raises NotFound."""
    row = one_or_none(PanelMeeting.objects.select_related("panel__lead_agency", "chair").filter(pk=meeting_id))
    if row is None:
        raise NotFound(NO_MEETING)
    check_knows_meeting(viewer, row)
    return row


def heading_of(viewer: Staff, meeting: PanelMeeting) -> MeetingHeading:
    """What stands above every page of the meeting."""
    prepares = can_prepare(viewer, meeting.panel)
    return MeetingHeading(
        id=meeting.pk,
        version=meeting.version if prepares else 0,
        panel_id=meeting.panel_id,
        panel=meeting.panel.name,
        starts_at=meeting.starts_at,
        place=meeting.place,
        chair_id=meeting.chair_id,
        chair=meeting.chair.name,
        state=MeetingState(meeting.state),
        papers_sent_at=meeting.papers_sent_at,
        ended_at=meeting.ended_at,
        may_prepare=prepares,
        may_chair=chairs(viewer, meeting),
        shows_agenda=prepares or meeting.state in OPEN_TO_MEMBERS,
    )


def attendance_for(viewer: Staff, meeting_id: UUID) -> tuple[MeetingHeading, tuple[AttendanceLine, ...]]:
    """The form of attendance: each seat with what was recorded last. Raises NotFound, NotAllowed."""
    meeting = meeting_row(viewer, meeting_id)
    check_prepares(viewer, meeting.panel)
    known = seats.attendance_of(meeting)
    names = envelope.unseal_all([(row, "sealed_deputy_name") for row in known.values()], key_id=meeting.key_id)
    lines = []
    for seat in seats.running_seats(meeting.panel):
        row = known.get(seat.pk)
        lines.append(
            AttendanceLine(
                seat_id=seat.pk,
                name=seat.staff.name,
                agency=seat.agency.name,
                attending=Attending(row.attending) if row else None,
                deputy_id=row.deputy_id if row else None,
                deputy_name=names.get((row.pk, "sealed_deputy_name"), "") if row else "",
                possible_deputies=_possible_deputies(seat),
            )
        )
    return heading_of(viewer, meeting), tuple(lines)


def _possible_deputies(seat: PanelSeat) -> tuple[tuple[str, str], ...]:
    rows = Staff.objects.filter(agency_id=seat.agency_id, is_active=True).exclude(pk=seat.staff_id)
    return tuple((str(row.pk), row.name) for row in rows.order_by("name", "id"))


def _knows(viewer: Staff, panel: Panel) -> bool:
    return can_prepare(viewer, panel) or seats.has_seat(viewer, panel)


def _known_meetings(viewer: Staff) -> QuerySet[PanelMeeting]:
    if not viewer.is_active:
        return PanelMeeting.objects.none()
    sits = PanelSeat.objects.filter(
        panel=OuterRef("panel"), staff=viewer, agency_id=viewer.agency_id, to_at__isnull=True
    )
    later = Attendance.objects.filter(meeting=OuterRef("meeting"), number__gt=OuterRef("number"))
    deputises = Attendance.objects.filter(
        ~Exists(later), meeting=OuterRef("pk"), deputy=viewer, seat__agency_id=viewer.agency_id
    )
    known = Q(Exists(sits)) | Q(Exists(deputises))
    if can_hold(viewer, *PREPARING):
        known |= Q(panel__lead_agency_id=viewer.agency_id)
    return PanelMeeting.objects.filter(known)


def _panel(viewer: Staff, row: Panel) -> PanelView:
    rows = row.seats.filter(to_at__isnull=False).select_related("staff", "agency").order_by("-to_at", "id")
    meetings = row.meetings.select_related("panel", "chair").order_by("-starts_at", "id")[:MOST_MEETINGS]
    prepares = can_prepare(viewer, row)
    return PanelView(
        id=row.pk,
        name=row.name,
        lead_agency=row.lead_agency.name,
        seats=tuple(_seat(seat) for seat in seats.running_seats(row)),
        former_seats=tuple(_seat(seat) for seat in rows) if prepares else (),
        meetings=tuple(meeting_line(meeting) for meeting in meetings),
        may_set_up=can_set_up(viewer, row.lead_agency_id),
        may_prepare=prepares,
    )


def _seat(row: PanelSeat) -> SeatView:
    return SeatView(
        id=row.pk,
        staff_id=row.staff_id,
        name=row.staff.name,
        agency_id=row.agency_id,
        agency=row.agency.name,
        role=SeatRole(row.role),
        from_at=row.from_at,
        to_at=row.to_at,
    )


def meeting_line(row: PanelMeeting) -> MeetingRow:
    """The meeting as one line of a list."""
    return MeetingRow(row.pk, row.panel.name, row.starts_at, row.place, row.chair.name, MeetingState(row.state))
