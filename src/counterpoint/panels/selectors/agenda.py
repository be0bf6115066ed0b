"""The agenda of a meeting, numbered for each reader; and the cases that are due for a panel."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_work_on, check_reads
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.services import record
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case, CaseMember, Task
from counterpoint.cases.types import CaseState
from counterpoint.panels import law_of_item
from counterpoint.panels.models import AgendaItem, PanelMeeting
from counterpoint.panels.permissions import NO_ITEM, can_know_item, can_prepare, can_share, chairs, check_knows_item
from counterpoint.panels.records import seat_lines
from counterpoint.panels.selectors.known import known_items
from counterpoint.panels.selectors.meetings import heading_of, meeting_line, meeting_row
from counterpoint.panels.selectors.minutes import minutes_rows
from counterpoint.panels.services.change import meeting_subject
from counterpoint.panels.steps import panel_step_ids, panel_steps
from counterpoint.panels.types import COMING, ItemState, MeetingState
from counterpoint.panels.views import (
    AgendaLine,
    CaseAtPanels,
    CaseMeeting,
    DueLine,
    LeftLine,
    MeetingRow,
    MeetingView,
)

MOST_DUE = 50


@transaction.atomic
def meeting_for(viewer: Staff, meeting_id: UUID) -> MeetingView:
    """The meeting: its agenda as far as the viewer may know of the cases, numbered by that; for who prepares, the cases
    that are due and those left for later. Raises NotFound. Audited where something sealed is read."""
    meeting = meeting_row(viewer, meeting_id)
    heading = heading_of(viewer, meeting)
    left: tuple[LeftLine, ...] = ()
    why = ""
    if heading.may_prepare:
        left = tuple(_left(viewer, meeting))
        if meeting.sealed_why_cancelled:
            why = str(envelope.unseal(meeting, "sealed_why_cancelled", key_id=meeting.key_id))
        if left or why:
            about = meeting_subject(meeting)
            record("panel_meeting.read", by=viewer.actor, about=about, purpose="panel", detail={"left": len(left)})
    return MeetingView(
        heading=heading,
        agenda=tuple(_lines(viewer, meeting)) if heading.shows_agenda else (),
        due=tuple(_due(viewer, meeting)) if heading.may_prepare and heading.is_coming else (),
        left=left,
        seats=seat_lines(meeting),
        minutes=minutes_rows(viewer, meeting),
        why_cancelled=why,
    )


def visible_items(viewer: Staff, meeting: PanelMeeting) -> list[AgendaItem]:
    """What stands on the agenda, in its order, as far as the viewer may know of the cases."""
    rows = known_items(viewer, meeting.items.filter(state=ItemState.ON))
    found = []
    rows = rows.select_related("case__lead_agency", "case__lead_officer")
    for row in rows.order_by("place", "id"):
        row.meeting = meeting
        if can_know_item(viewer, row):
            found.append(row)
    return found


def item_row(viewer: Staff, meeting_id: UUID, item_id: UUID) -> AgendaItem:
    """The row, for a service to change. Raises NotFound, the same for an item of a case that is not the viewer's to
    know of."""
    meeting = meeting_row(viewer, meeting_id)
    rows = AgendaItem.objects.select_related("case__lead_agency", "case__lead_officer", "home_force")
    row = one_or_none(rows.filter(pk=item_id, meeting=meeting))
    if row is None:
        raise NotFound(NO_ITEM)
    row.meeting = meeting
    check_knows_item(viewer, row)
    return row


def due_cases(viewer: Staff, meeting: PanelMeeting) -> list[tuple[Case, str, datetime]]:
    """Open cases of the panel's lead agency that wait for a panel, that the viewer works on, and that stand on no
    coming agenda and were not left for later here: with the step's name and when it is due, the oldest due first."""
    taken = AgendaItem.objects.filter(state=ItemState.ON, meeting__state__in=COMING, decisions__isnull=True)
    rows = Task.objects.filter(
        step__in=panel_step_ids(),
        ended_at__isnull=True,
        case__state=CaseState.OPEN,
        case__lead_agency_id=meeting.panel.lead_agency_id,
    ).exclude(case__in=taken.values("case"))
    here = meeting.items.filter(decisions__isnull=True).values("case")
    if Role.SUPERVISOR not in viewer.role_names and not chairs(viewer, meeting):
        mine = CaseMember.objects.filter(case=OuterRef("case"), staff=viewer, to_at__isnull=True)
        rows = rows.filter(Exists(mine))
    found: dict[UUID, tuple[Case, str, datetime]] = {}
    for row in rows.exclude(case__in=here).select_related("case").order_by("due_at", "id").iterator():
        if len(found) >= MOST_DUE:
            break
        if row.case_id not in found and can_work_on(viewer, kind=SubjectKind.CASE, subject_id=row.case_id):
            found[row.case_id] = (row.case, row.step_name, row.due_at)
    return list(found.values())


def panels_of_case(viewer: Staff, case_id: UUID) -> CaseAtPanels:
    """At which meetings a case was or will be, of those that the viewer may know of; and to which it can be put, for
    who works on it. What was decided is told by its plain words only, so nothing is opened. Raises NotFound."""
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id)
    rows = AgendaItem.objects.filter(case_id=case_id).select_related("meeting__panel__lead_agency", "meeting__chair")
    found = []
    for row in rows.order_by("-meeting__starts_at", "id"):
        if can_know_item(viewer, row):
            decided = tuple(one.motion_label for one in row.decisions.order_by("at", "id"))
            item_id = row.pk if row.state == ItemState.ON else None
            found.append(CaseMeeting(meeting_line(row.meeting), item_id, decided))
    return CaseAtPanels(tuple(found), tuple(_can_be_put_to(viewer, case_id)))


def _can_be_put_to(viewer: Staff, case_id: UUID) -> Iterator[MeetingRow]:
    case = Case.objects.get(pk=case_id)
    taken = AgendaItem.objects.filter(case=case, state=ItemState.ON, meeting__state__in=COMING, decisions__isnull=True)
    if not can_work_on(viewer, kind=SubjectKind.CASE, subject_id=case_id):
        return
    if case.state != CaseState.OPEN or taken.exists() or not panel_steps(case):
        return
    meetings = PanelMeeting.objects.filter(state__in=COMING, panel__lead_agency_id=case.lead_agency_id)
    for meeting in meetings.select_related("panel", "chair").order_by("starts_at", "id"):
        if can_prepare(viewer, meeting.panel):
            yield meeting_line(meeting)


def _lines(viewer: Staff, meeting: PanelMeeting) -> Iterator[AgendaLine]:
    heading = heading_of(viewer, meeting)
    items = visible_items(viewer, meeting)
    for place, item in enumerate(items):
        step = _waits_for(item)
        prepares = heading.may_prepare
        yield AgendaLine(
            id=item.pk,
            case_id=item.case_id,
            number=place + 1,
            reference=item.case.reference,
            state=ItemState(item.state),
            step=step,
            due_at=item.case.due_at if prepares and step else None,
            is_late=prepares and bool(step) and item.case.due_at < clock.now(),
            is_decided=item.decisions.exists(),
            not_given=tuple(agency.name for agency in law_of_item.not_given(item)) if prepares else (),
            may_share=prepares and heading.is_coming and item.case.state == CaseState.OPEN and can_share(viewer, item),
            above_id=items[place - 1].pk if place else None,
            below_id=items[place + 1].pk if place + 1 < len(items) else None,
        )


def _waits_for(item: AgendaItem) -> str:
    """The name of the panel's step that the case waits for; "" once it does not, or the meeting is over."""
    if item.meeting.state in (MeetingState.HELD, MeetingState.CANCELLED):
        return ""
    return next((step.name for step in panel_steps(item.case)), "")


def _due(viewer: Staff, meeting: PanelMeeting) -> Iterator[DueLine]:
    for case, step, due_at in due_cases(viewer, meeting):
        yield DueLine(case.pk, case.reference, step, due_at, due_at < clock.now())


def _left(viewer: Staff, meeting: PanelMeeting) -> Iterator[LeftLine]:
    for row in meeting.items.filter(state=ItemState.LEFT).select_related("case").order_by("created_at", "id"):
        row.meeting = meeting
        if can_know_item(viewer, row):
            texts = envelope.unseal_all([(row, "sealed_why_left")], key_id=row.case.key_id)
            yield LeftLine(row.case_id, row.case.reference, texts.get((row.pk, "sealed_why_left"), ""))
