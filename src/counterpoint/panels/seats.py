"""Who sits where, and who was there."""

from collections.abc import Collection, Mapping
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.base.prepared import Prepared
from counterpoint.panels.models import Attendance, Panel, PanelMeeting, PanelSeat
from counterpoint.panels.types import Attending, SeatRole

THERE = (Attending.PRESENT, Attending.DEPUTY)
_LAST = Prepared(
    lambda meeting_id: (
        Attendance.objects.filter(meeting_id=meeting_id).order_by("-number").values_list("number", flat=True)
    )
)
_ATTENDED = Prepared(
    lambda meeting_id, number: Attendance.objects.filter(meeting_id=meeting_id, number=number).select_related(
        "seat__agency", "seat__staff", "deputy__agency"
    )
)


def has_seat(staff: Staff, panel: Panel, *, roles: Collection[SeatRole] = tuple(SeatRole)) -> bool:
    """Whether this person sits on the panel now, in one of these roles, for the agency that they work for now."""
    rows = panel.seats.filter(staff=staff, agency_id=staff.agency_id, to_at__isnull=True, role__in=roles)
    return staff.is_active and rows.exists()


def running_seats(panel: Panel) -> list[PanelSeat]:
    """The seats that are held now: who chairs first, then by agency and name."""
    rows = panel.seats.filter(to_at__isnull=True).select_related("staff__agency", "agency")
    order = {role: place for place, role in enumerate(SeatRole)}
    return sorted(rows, key=lambda row: (order[SeatRole(row.role)], row.agency.name, row.staff.name))


def attendance_of(meeting: PanelMeeting) -> Mapping[UUID, Attendance]:
    """How each seat was filled, as last recorded, by the id of the seat."""
    last = _LAST.one(meeting.pk)
    return {row.seat_id: row for row in _ATTENDED.all(meeting.pk, last)} if last else {}


def deputises(staff: Staff, meeting: PanelMeeting) -> bool:
    """Whether this person was named as the deputy of somebody at this meeting, of their own agency."""
    return staff.is_active and any(
        row.deputy_id == staff.pk and row.seat.agency_id == staff.agency_id for row in attendance_of(meeting).values()
    )


def is_there(staff: Staff, meeting: PanelMeeting) -> bool:
    """Whether it is recorded that this person came, for the agency that they work for now."""
    room = in_the_room(meeting)
    return any(person == staff and seat.agency_id == staff.agency_id for seat, person in room)


def in_the_room(meeting: PanelMeeting) -> list[tuple[PanelSeat, Staff | None]]:
    """Who was there: each seat with the person; None for a deputy without an account."""
    found: list[tuple[PanelSeat, Staff | None]] = []
    for row in attendance_of(meeting).values():
        if row.attending == Attending.PRESENT:
            found.append((row.seat, row.seat.staff))
        elif row.attending == Attending.DEPUTY:
            found.append((row.seat, row.deputy))
    return found
