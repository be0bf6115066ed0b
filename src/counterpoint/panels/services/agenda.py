"""The agenda: which cases a meeting takes up, in which order, and which are left for later."""

from django.db import IntegrityError, transaction
from django.db.models import Max

from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import check_works_on
from counterpoint.access.types import SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.services.change import locked, tell
from counterpoint.cases.types import EventKind
from counterpoint.panels import policies, seats
from counterpoint.panels.models import AgendaItem, PanelMeeting
from counterpoint.panels.permissions import check_knows_item, check_prepares
from counterpoint.panels.services.change import locked_item, locked_meeting, record_meeting
from counterpoint.panels.steps import panel_steps
from counterpoint.panels.types import COMING, ItemState

HOME_FORCE_KIND = "police"  # the kind of agency that the police of somebody's home force is


@transaction.atomic
def put_on_agenda(meeting: PanelMeeting, case: Case, *, by: Staff) -> AgendaItem:
    """The meeting takes up the case, at the end of its agenda. Twice is once.

    Raises NotFound, NotAllowed; NotPossible once the meeting is over; Missing with what stands against it."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=case.pk)
    policies.check_coming(row)
    case = locked(case)
    known = one_or_none(row.items.filter(case=case))
    if known is not None and known.state == ItemState.ON:
        return known
    elsewhere = AgendaItem.objects.filter(case=case, state=ItemState.ON, meeting__state__in=COMING)
    policies.check_can_be_put(
        case,
        lead_agency=row.panel.lead_agency,
        waits=bool(panel_steps(case)),
        elsewhere=elsewhere.exclude(meeting=row).filter(decisions__isnull=True).exists(),
    )
    item = _put(row, case, known, by=by)
    tell(case, EventKind.PUT_ON_AGENDA, by=by, at=clock.now(), facts=_facts(row))
    return item


@transaction.atomic
def leave_for_later(meeting: PanelMeeting, case: Case, *, reason: str, by: Staff) -> AgendaItem:
    """The meeting does not take up the case, for a reason that is kept; also when it stood on the agenda before.

    Raises NotFound, NotAllowed, Missing without a reason; NotPossible once the panel decided on it."""
    row = locked_meeting(meeting.pk)
    check_prepares(by, row.panel)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=case.pk)
    policies.check_coming(row)
    case = locked(case)
    text = policies.check_text(reason, what="why it is left for later")
    item = one_or_none(row.items.filter(case=case))
    if item is None:
        policies.check_can_be_put(
            case, lead_agency=row.panel.lead_agency, waits=bool(panel_steps(case)), elsewhere=False
        )
        item = AgendaItem(meeting=row, case=case, place=_last_place(row) + 1, put_by=by)
    else:
        policies.check_undecided(item)
        item.version += 1
    item.state = ItemState.LEFT
    item.sealed_why_left = envelope.seal(item, "sealed_why_left", text, key_id=case.key_id)
    item.save()
    tell(case, EventKind.LEFT_FOR_LATER, by=by, at=clock.now(), facts=_facts(row), text=text)
    return item


@transaction.atomic
def move_item(item: AgendaItem, *, above: AgendaItem, by: Staff) -> None:
    """The item comes before the other one: the two change places if they stand the other way round. Twice is once.

    Raises NotFound for an item that `by` may not know of; NotAllowed, NotPossible."""
    row, other = locked_item(item.pk), locked_item(above.pk)
    check_prepares(by, row.meeting.panel)
    check_knows_item(by, row)
    check_knows_item(by, other)
    policies.check_coming(row.meeting)
    if row.meeting_id != other.meeting_id:
        raise NotPossible("These two stand on different agendas.")
    if row.place < other.place:
        return
    AgendaItem.objects.filter(pk=row.pk).update(place=other.place)
    AgendaItem.objects.filter(pk=other.pk).update(place=row.place)
    record_meeting("agenda_ordered", row.meeting, by=by)


@transaction.atomic
def write_paper(
    item: AgendaItem, *, text: str, home_force: Agency | None, by: Staff, expected_version: int
) -> AgendaItem:
    """The summary for the panel, which goes before what the case itself holds; and whose police is the person's home
    force. Read by those who were given the concern.

    Raises NotFound, NotAllowed, NotPossible, Missing; Conflict, holding what the other saved."""
    row = locked_item(item.pk)
    check_prepares(by, row.meeting.panel)
    check_knows_item(by, row)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=row.case_id)
    policies.check_coming(row.meeting)
    policies.check_on_agenda(row)
    plain = policies.check_length(text, what="the summary")
    sealed = envelope.seal(row, "sealed_paper", plain, key_id=row.case.key_id) if plain else b""
    row.save_changes(expected_version=expected_version, sealed_paper=sealed, home_force=home_force)
    tell(locked(row.case), EventKind.PANEL_PAPER, by=by, at=clock.now(), facts=_facts(row.meeting))
    return row


def _put(meeting: PanelMeeting, case: Case, known: AgendaItem | None, *, by: Staff) -> AgendaItem:
    if known is not None:
        known.save_changes(
            expected_version=known.version, state=ItemState.ON, place=_last_place(meeting) + 1, sealed_why_left=b""
        )
        return known
    try:
        with transaction.atomic():
            return AgendaItem.objects.create(
                meeting=meeting,
                case=case,
                state=ItemState.ON,
                place=_last_place(meeting) + 1,
                home_force=_only_force(meeting),
                put_by=by,
            )
    except IntegrityError:
        return meeting.items.get(case=case)  # somebody else put it there at the same moment


def _last_place(meeting: PanelMeeting) -> int:
    return meeting.items.aggregate(last=Max("place"))["last"] or 0


def _only_force(meeting: PanelMeeting) -> Agency | None:
    """The police on the panel, where there is one: most people live where their panel meets."""
    forces = {
        seat.agency_id: seat.agency
        for seat in seats.running_seats(meeting.panel)
        if seat.agency.kind == HOME_FORCE_KIND
    }
    return next(iter(forces.values())) if len(forces) == 1 else None


def _facts(meeting: PanelMeeting) -> dict[str, str | int | bool | None]:
    return {"panel": meeting.panel.name, "meeting": str(meeting.pk), "on": meeting.starts_at.isoformat()}
