"""Panels and who sits on them."""

from django.db import IntegrityError, transaction

from counterpoint.access.models import Staff
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.panels import policies
from counterpoint.panels.models import Panel, PanelSeat
from counterpoint.panels.permissions import check_sets_up
from counterpoint.panels.services.change import Facts, locked_panel
from counterpoint.panels.types import COMING, SeatRole


def set_up_panel(name: str, *, by: Staff) -> Panel:
    """A standing panel of the lead agency of `by`. The same name again is the panel that has it.

    Raises NotFound, NotAllowed, Missing; NotPossible for the name of another agency's panel."""
    check_sets_up(by, by.agency_id)
    plain = policies.check_line(name, what="what the panel is called")
    try:
        with transaction.atomic():
            panel = Panel.objects.create(name=plain, lead_agency=by.agency)
            _record("set_up", panel, by=by)
    except IntegrityError:
        known = Panel.objects.get(name=plain)
        if known.lead_agency_id != by.agency_id:
            raise NotPossible("There is a panel of this name already. Choose another name.") from None
        return known
    return panel


@transaction.atomic
def give_seat(panel: Panel, *, staff: Staff, role: SeatRole, by: Staff) -> PanelSeat:
    """Somebody sits on the panel for their agency from now on. The same seat again changes nothing; another role ends
    the seat that they had; a new chair ends the chair's seat of who chaired.

    Raises NotFound, NotAllowed; Missing with what stands against it."""
    at, panel = clock.now(), locked_panel(panel.pk)
    check_sets_up(by, panel.lead_agency_id)
    policies.check_can_sit(staff, role=role, lead_agency=panel.lead_agency)
    known = one_or_none(panel.seats.filter(staff=staff, to_at__isnull=True))
    if known is not None and known.role == role and known.agency_id == staff.agency_id:
        return known
    ending = panel.seats.filter(to_at__isnull=True)
    ending.filter(staff=staff).update(to_at=at)
    if role == SeatRole.CHAIR:
        ending.filter(role=SeatRole.CHAIR).update(to_at=at)
    seat = PanelSeat.objects.create(panel=panel, agency=staff.agency, staff=staff, role=role, from_at=at, added_by=by)
    _record("seat_given", panel, by=by, facts={"staff": str(staff.pk), "role": str(role)})
    return seat


@transaction.atomic
def end_seat(seat: PanelSeat, *, by: Staff) -> PanelSeat:
    """They sit on the panel no longer, and read nothing of it any more; that they sat there stays told. Twice is once.

    Raises NotFound, NotAllowed; NotPossible while they are to chair a coming meeting."""
    at, panel = clock.now(), locked_panel(seat.panel_id)
    check_sets_up(by, panel.lead_agency_id)
    seat.refresh_from_db()
    if seat.to_at is not None:
        return seat
    if panel.meetings.filter(chair=seat.staff_id, state__in=COMING).exists():
        raise NotPossible("They are to chair a meeting that is to come. Give the meeting another chair first.")
    seat.to_at = at
    seat.save(update_fields=["to_at"])
    _record("seat_ended", panel, by=by, facts={"staff": str(seat.staff_id)})
    return seat


def _record(action: str, panel: Panel, *, by: Staff, facts: Facts | None = None) -> None:
    record(f"panel.{action}", by=by.actor, about=Subject("panel", panel.pk), detail=facts)
