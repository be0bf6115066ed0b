"""How a meeting is changed: its row is locked first, then an item, then a case, so that what is checked still holds
when it is saved. Each change has one audit entry."""

from collections.abc import Mapping
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base.errors import NotFound
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.panels.models import AgendaItem, Minutes, Panel, PanelMeeting
from counterpoint.panels.permissions import NO_ITEM, NO_MEETING, NO_PANEL

Facts = Mapping[str, str | int | bool | None]
_MEETING = Prepared(
    lambda meeting_id: (
        PanelMeeting.objects.select_for_update(of=("self",))
        .select_related("panel__lead_agency", "chair")
        .filter(pk=meeting_id)
    )
)
_MEETING_OF = Prepared(lambda item_id: AgendaItem.objects.filter(pk=item_id).values_list("meeting_id", flat=True))


def locked_panel(panel_id: UUID) -> Panel:
    """The row, locked until the transaction ends. Raises NotFound."""
    row = one_or_none(Panel.objects.select_for_update(of=("self",)).select_related("lead_agency").filter(pk=panel_id))
    if row is None:
        raise NotFound(NO_PANEL)
    return row


def locked_meeting(meeting_id: UUID) -> PanelMeeting:
    """The row, locked until the transaction ends. Raises NotFound."""
    row = _MEETING.one(meeting_id)
    if row is None:
        raise NotFound(NO_MEETING)
    return row


def locked_item(item_id: UUID) -> AgendaItem:
    """The item, with its meeting locked before it. Raises NotFound."""
    meeting_id = _MEETING_OF.one(item_id)
    if meeting_id is None:
        raise NotFound(NO_ITEM)
    meeting = locked_meeting(meeting_id)
    row = AgendaItem.objects.select_for_update(of=("self",)).select_related("case").get(pk=item_id)
    row.meeting = meeting
    return row


def locked_minutes(minutes_id: UUID) -> Minutes:
    """The minutes, with their meeting locked before them. Raises NotFound."""
    meeting_id = one_or_none(Minutes.objects.filter(pk=minutes_id).values_list("meeting_id", flat=True))
    if meeting_id is None:
        raise NotFound("There are no such minutes, or they are not yours to see.")
    meeting = locked_meeting(meeting_id)
    row = Minutes.objects.select_for_update().get(pk=minutes_id)
    row.meeting = meeting
    return row


def record_meeting(action: str, meeting: PanelMeeting, *, by: Staff, facts: Facts | None = None) -> None:
    """The audit entry of a change to a meeting."""
    record(f"panel_meeting.{action}", by=by.actor, about=meeting_subject(meeting), detail=facts)


def meeting_subject(meeting: PanelMeeting) -> Subject:
    """The meeting, as audit entries name it."""
    return Subject("panel_meeting", meeting.pk)
