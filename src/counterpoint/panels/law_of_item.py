"""The law of one item: who is there for it, who may take part, and what that comes to now."""

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.access.models import Agency, Staff
from counterpoint.access.relations import WORKING, Standing, is_recused, relation_to
from counterpoint.access.types import SubjectKind
from counterpoint.base import clock
from counterpoint.cases.sharing import agencies_granted
from counterpoint.panels import law, seats
from counterpoint.panels.models import AgendaItem, Position
from counterpoint.panels.steps import PanelStep
from counterpoint.panels.types import CHAIRING, ChairView, View

_TAKES_PART = WORKING | {Standing.GRANTED}


@dataclass(frozen=True)
class ItemLaw:
    """`entitled`: agencies in the room that were given the case, by name, each with one position. `positions`: those
    of the motion that is before the panel, of entitled agencies only."""

    entitled: tuple[Agency, ...]
    positions: tuple[Position, ...]
    presence: law.Presence
    quorum: law.Quorum
    proposal: law.Proposal

    @property
    def silent(self) -> tuple[Agency, ...]:
        """Entitled agencies that have taken no position."""
        told = {position.agency_id for position in self.positions}
        return tuple(agency for agency in self.entitled if agency.pk not in told)

    @property
    def views(self) -> list[View]:
        return [View(position.view) for position in self.positions]


def law_of(item: AgendaItem, step: PanelStep) -> ItemLaw:
    """As it stands now: what was recorded, judged by the tables of the step."""
    entitled, chair = _in_the_room(item)
    known = {agency.pk for agency in entitled}
    positions = tuple(
        row
        for row in item.positions.filter(motion_number=item.motion_number).select_related("agency", "by")
        if row.agency_id in known
    )
    ordered = tuple(sorted(positions, key=lambda row: row.agency.name))
    presence = law.Presence(
        home_force=item.home_force_id in known if item.home_force_id else None,
        local_authority=item.meeting.panel.lead_agency_id in known,
        chair=chair,
    )
    quorum = law.quorum(step.tables, presence)
    views: Sequence[View] = [View(position.view) for position in ordered]
    proposal = law.proposal(step.tables, views, chair_view=ChairView(item.chair_view), may_decide=quorum)
    return ItemLaw(entitled, ordered, presence, quorum, proposal)


def takes_part(staff: Staff, item: AgendaItem) -> bool:
    """Whether this person may take part in the item: was given the case and did not step aside."""
    return relation_to(staff, kind=SubjectKind.CASE, subject_id=item.case_id).standing in _TAKES_PART


def not_given(item: AgendaItem) -> tuple[Agency, ...]:
    """The agencies on the panel that were not given the case, by name: for who may share it."""
    known = agencies_granted(item.case_id, at=clock.now()) | {item.case.lead_agency_id}
    agencies = {seat.agency_id: seat.agency for seat in seats.running_seats(item.meeting.panel)}
    left_out = [agency for agency_id, agency in agencies.items() if agency_id not in known]
    return tuple(sorted(left_out, key=lambda agency: agency.name))


def aside(item: AgendaItem) -> tuple[Staff, ...]:
    """Who of the panel stepped aside from the case, by name."""
    people = [seat.staff for seat in seats.running_seats(item.meeting.panel)]
    found = [one for one in people if is_recused(one, kind=SubjectKind.CASE, subject_id=item.case_id)]
    return tuple(sorted(found, key=lambda one: one.name))


def _in_the_room(item: AgendaItem) -> tuple[tuple[Agency, ...], bool]:
    """The entitled agencies, and whether somebody is there who may chair the item."""
    granted = agencies_granted(item.case_id, at=clock.now()) | {item.case.lead_agency_id}
    entitled: dict[object, Agency] = {}
    chair = False
    for seat, person in seats.in_the_room(item.meeting):
        if seat.agency_id not in granted or (person is not None and not takes_part(person, item)):
            continue
        entitled[seat.agency_id] = seat.agency
        chair = chair or (seat.role in CHAIRING and person is not None and person.pk == seat.staff_id)
    return tuple(sorted(entitled.values(), key=lambda agency: agency.name)), chair
