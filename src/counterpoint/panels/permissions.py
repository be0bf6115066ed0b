"""Who may do what with a panel and its meetings. Whether it may happen at all: `counterpoint.panels.policies`; who may
know of a case: `counterpoint.access.relations`, asked anew for each case each time."""

from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_reads, check_works_on, yes_or_no
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.panels import seats
from counterpoint.panels.law_of_item import takes_part
from counterpoint.panels.models import AgendaItem, Panel, PanelMeeting
from counterpoint.panels.types import CHAIRING, OPEN_TO_MEMBERS, ItemState

NO_PANEL = "There is no such panel, or it is not yours to see."
NO_MEETING = "There is no such meeting, or it is not yours to see."
NO_ITEM = "There is no such item, or it is not yours to see."
PREPARING = (Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR)


def check_sets_up(by: Staff, lead_agency_id: UUID) -> None:
    """Sets up panels and their seats: a supervisor or chair of the lead agency. Raises NotFound, NotAllowed."""
    if not by.is_active or by.agency_id != lead_agency_id or not by.agency.is_lead:
        raise NotFound(NO_PANEL)
    check_holds(by, Role.SUPERVISOR, Role.PANEL_CHAIR)


def check_prepares(by: Staff, panel: Panel) -> None:
    """Plans meetings of the panel and puts cases on their agendas. Raises NotFound, NotAllowed."""
    if not by.is_active or by.agency_id != panel.lead_agency_id:
        raise NotFound(NO_PANEL)
    check_holds(by, *PREPARING)


def check_knows_panel(viewer: Staff, panel: Panel) -> None:
    """Who prepares it and who sits on it. Raises NotFound."""
    if not (can_prepare(viewer, panel) or seats.has_seat(viewer, panel)):
        raise NotFound(NO_PANEL)


def check_knows_meeting(viewer: Staff, meeting: PanelMeeting) -> None:
    """Who prepares it, who sits on the panel, and who deputises at this meeting. Raises NotFound."""
    knows = can_prepare(viewer, meeting.panel) or seats.has_seat(viewer, meeting.panel)
    if not viewer.is_active or not (knows or seats.deputises(viewer, meeting)):
        raise NotFound(NO_MEETING)


def check_knows_item(viewer: Staff, item: AgendaItem) -> None:
    """Knows of the meeting and of the case; who only sits there, once the papers were sent. Raises NotFound, the same
    for everything that the viewer must not learn of."""
    try:
        check_knows_meeting(viewer, item.meeting)
        check_reads(viewer, kind=SubjectKind.CASE, subject_id=item.case_id)
    except NotFound:
        raise NotFound(NO_ITEM) from None
    prepares = can_prepare(viewer, item.meeting.panel)
    if not prepares and (item.state != ItemState.ON or item.meeting.state not in OPEN_TO_MEMBERS):
        raise NotFound(NO_ITEM)


def check_chairs(by: Staff, meeting: PanelMeeting) -> None:
    """The chair of the meeting, or who else sits there as a chair or vice chair. Raises NotFound, NotAllowed."""
    check_knows_meeting(by, meeting)
    if not chairs(by, meeting):
        raise NotAllowed("This is for the chair of the meeting. Ask them.")


def check_chairs_item(by: Staff, item: AgendaItem) -> None:
    """Chairs, and may know of the case. Raises NotFound, NotAllowed."""
    check_knows_item(by, item)
    check_chairs(by, item.meeting)


def check_speaks(by: Staff, item: AgendaItem) -> None:
    """Says what their own agency thinks: who sits on the panel, or deputises at this meeting, and takes part in the
    item. Raises NotFound, NotAllowed."""
    check_knows_item(by, item)
    sits = seats.has_seat(by, item.meeting.panel) or seats.deputises(by, item.meeting)
    if not sits or not takes_part(by, item):
        raise NotAllowed("A position is entered by who sits on the panel for their agency, or by the chair.")


def check_shares(by: Staff, item: AgendaItem) -> None:
    """Works on the case, as a case officer or a supervisor, and so may share it. Raises NotFound, NotAllowed."""
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=item.case_id)


def chairs(by: Staff, meeting: PanelMeeting) -> bool:
    """Whether this person may take the chair of the meeting."""
    return by.agency_id == meeting.panel.lead_agency_id and seats.has_seat(by, meeting.panel, roles=CHAIRING)


can_set_up = yes_or_no(check_sets_up)
can_prepare = yes_or_no(check_prepares)
can_know_item = yes_or_no(check_knows_item)
can_share = yes_or_no(check_shares)
can_speak = yes_or_no(check_speaks)
