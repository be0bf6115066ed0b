"""The minutes, for each reader as far as the papers went: a case that is not theirs to know of is not there."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit.services import record
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.services.change import subject_of
from counterpoint.panels.models import AgendaItem, Minutes, MinutesItem, PanelMeeting
from counterpoint.panels.permissions import can_know_item, can_prepare, chairs, check_knows_item, check_prepares
from counterpoint.panels.records import ItemRecord, SeatLine, record_of, seat_lines
from counterpoint.panels.selectors.known import known_items
from counterpoint.panels.selectors.meetings import heading_of, meeting_row
from counterpoint.panels.services.change import meeting_subject
from counterpoint.panels.types import MinutesState
from counterpoint.panels.views import MinutesLine, MinutesRow, MinutesView

_NONE = "There are no such minutes, or they are not yours to see."


def minutes_rows(viewer: Staff, meeting: PanelMeeting) -> tuple[MinutesRow, ...]:
    """The versions of the minutes, the latest first; a draft only for who prepares."""
    rows = list(meeting.minutes.select_related("approved_by").order_by("-number"))
    last_final = max((row.number for row in rows if row.state == MinutesState.FINAL), default=0)
    prepares = can_prepare(viewer, meeting.panel)
    return tuple(_row(row, last_final) for row in rows if prepares or row.state == MinutesState.FINAL)


@transaction.atomic
def minutes_for(viewer: Staff, meeting_id: UUID, number: int, *, purpose: str, action: str = "read") -> MinutesView:
    """The minutes of that number: what was recorded, of each case that the viewer may know of. Final ones read as they
    were approved.

    action: "read", or how else they leave the desk. Raises NotFound. Audited, each case by itself too."""
    meeting = meeting_row(viewer, meeting_id)
    row = minutes_row(viewer, meeting_id, number)
    heading = heading_of(viewer, meeting)
    lines = tuple(_lines(viewer, row, meeting))
    is_final = row.state == MinutesState.FINAL
    known = next(one for one in minutes_rows(viewer, meeting) if one.number == number)
    view = MinutesView(
        heading=heading,
        id=row.pk,
        version=row.version,
        row=known,
        summary=str(envelope.unseal(row, "sealed_summary", key_id=meeting.key_id)),
        seats=_seats(row, meeting) if is_final else seat_lines(meeting),
        lines=lines,
        reader=viewer.name,
        reader_agency=viewer.agency.name,
        may_edit=heading.may_prepare and not is_final,
        may_approve=chairs(viewer, meeting) and not is_final,
    )
    _record_read(viewer, meeting, view, purpose=purpose, action=action)
    return view


def minutes_row(viewer: Staff, meeting_id: UUID, number: int) -> Minutes:
    """The row, for a service to change. Raises NotFound, also for a draft that the viewer does not prepare."""
    meeting = meeting_row(viewer, meeting_id)
    row = one_or_none(meeting.minutes.filter(number=number))
    if row is None or (row.state == MinutesState.DRAFT and not can_prepare(viewer, meeting.panel)):
        raise NotFound(_NONE)
    return row


@transaction.atomic
def minutes_item_for(viewer: Staff, meeting_id: UUID, number: int, item_id: UUID) -> tuple[MinutesItem, str]:
    """What the draft says of one case, for who prepares: the row and its text. Raises NotFound, NotAllowed. Audited."""
    minutes = minutes_row(viewer, meeting_id, number)
    rows = minutes.items.select_related("item__case", "item__meeting__panel__lead_agency")
    row = one_or_none(rows.filter(item_id=item_id))
    if row is None:
        raise NotFound(_NONE)
    check_knows_item(viewer, row.item)
    check_prepares(viewer, row.item.meeting.panel)
    text = envelope.unseal(row, "sealed_text", key_id=row.item.case.key_id)
    _record_case(viewer, row.item, purpose="panel", action="read")
    return row, str(text)


@transaction.atomic
def summary_for(viewer: Staff, meeting_id: UUID, number: int) -> tuple[Minutes, str]:
    """The summary of the minutes, for who edits it. Raises NotFound, NotAllowed. Audited."""
    row = minutes_row(viewer, meeting_id, number)
    meeting = meeting_row(viewer, meeting_id)
    check_prepares(viewer, meeting.panel)
    about = meeting_subject(meeting)
    record("panel_meeting.minutes_read", by=viewer.actor, about=about, purpose="panel", detail={"minutes": number})
    return row, str(envelope.unseal(row, "sealed_summary", key_id=meeting.key_id))


def _lines(viewer: Staff, minutes: Minutes, meeting: PanelMeeting) -> Iterator[MinutesLine]:
    known = known_items(viewer, meeting.items.all()).values("pk")
    rows = minutes.items.filter(item__in=known).select_related("item__case").order_by("item__place", "item_id")
    number = 0
    for row in rows:
        row.item.meeting = meeting
        if not can_know_item(viewer, row.item):
            continue
        number += 1
        yield _line(row, number, is_final=minutes.state == MinutesState.FINAL)


def _line(row: MinutesItem, number: int, *, is_final: bool) -> MinutesLine:
    texts = envelope.unseal_all([(row, "sealed_text"), (row, "sealed_record")], key_id=row.item.case.key_id)
    kept = texts.get((row.pk, "sealed_record"))
    is_erased = is_final and kept is None
    found = ItemRecord.from_json(kept) if kept else ItemRecord(row.item.case.reference, is_erased=is_erased)
    if not is_final:
        found = record_of(row.item)
    return MinutesLine(
        id=row.pk,
        item_id=row.item_id,
        version=row.version,
        number=number,
        record=found,
        text=str(texts.get((row.pk, "sealed_text"), "")),
        is_erased=is_erased or found.is_erased,
    )


def _seats(row: Minutes, meeting: PanelMeeting) -> tuple[SeatLine, ...]:
    return tuple(SeatLine(**line) for line in envelope.unseal(row, "sealed_attendance", key_id=meeting.key_id))


def _row(row: Minutes, last_final: int) -> MinutesRow:
    state = MinutesState(row.state)
    return MinutesRow(
        number=row.number,
        state=state,
        approved_at=row.approved_at,
        approved_by=row.approved_by.name if row.approved_by else "",
        is_superseded=state is MinutesState.FINAL and row.number < last_final,
    )


def _record_read(viewer: Staff, meeting: PanelMeeting, view: MinutesView, *, purpose: str, action: str) -> None:
    facts: dict[str, str | int] = {"minutes": view.row.number, "items": len(view.lines), "recipient": str(viewer.pk)}
    facts["agency"] = str(viewer.agency_id)
    about = meeting_subject(meeting)
    record(f"panel_meeting.minutes_{action}", by=viewer.actor, about=about, purpose=purpose, detail=facts)
    items = AgendaItem.objects.filter(pk__in=[line.item_id for line in view.lines]).select_related("case")
    for item in items:
        _record_case(viewer, item, purpose=purpose, action=action)


def _record_case(viewer: Staff, item: AgendaItem, *, purpose: str, action: str) -> None:
    facts: dict[str, str | int] = {"part": "panel minutes", "meeting": str(item.meeting_id), "as": action}
    facts["agency"] = str(viewer.agency_id)
    record("case.read", by=viewer.actor, about=subject_of(item.case), purpose=purpose, detail=facts)
