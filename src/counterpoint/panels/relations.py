"""How a seat at the table stands to a case. Registered with `counterpoint.access.relations` when the app is ready.

Partner agencies see a case by a running grant and by nothing else: that it stands on an agenda gives them nothing.
Here are only seats of the lead agency itself, to which nothing can be granted: who chairs works on what stands on
the agenda, a member reads some sections of it while the case is open. A recusal beats both.
"""

from uuid import UUID

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.relations import Relation, Standing, register
from counterpoint.access.types import Role, SubjectKind
from counterpoint.cases.models import Task
from counterpoint.cases.types import CaseState
from counterpoint.panels.models import AgendaItem, PanelSeat
from counterpoint.panels.types import CHAIRING, SEAT_SECTIONS, ItemState, MeetingState

_AT_THE_TABLE = frozenset({Role.PANEL_CHAIR, Role.PANEL_MEMBER})


@register(SubjectKind.CASE)
def relation_by_seat(viewer: Staff, case_id: UUID) -> Relation:
    """MEMBER for a chair, GRANTED some sections for a member, of the case's own lead agency, while the case stands on
    an agenda of their panel; MEMBER for a chair also while the case waits for what only a chair does."""
    if not viewer.role_names & _AT_THE_TABLE or not viewer.agency.is_lead:
        return relations.NONE
    seats = PanelSeat.objects.filter(
        staff=viewer, agency_id=viewer.agency_id, panel__lead_agency_id=viewer.agency_id, to_at__isnull=True
    )
    role_on = dict(seats.values_list("panel_id", "role"))
    items = AgendaItem.objects.filter(
        case_id=case_id, state=ItemState.ON, case__lead_agency_id=viewer.agency_id, meeting__panel_id__in=role_on
    ).exclude(meeting__state=MeetingState.CANCELLED)
    rows = items.values_list("meeting__panel_id", "meeting__state", "case__state")
    found = [(role_on[panel_id], meeting, case) for panel_id, meeting, case in rows]
    if Role.PANEL_CHAIR in viewer.role_names:
        waits = any(role in CHAIRING for role in role_on.values()) and _waits_for_the_chair(viewer, case_id)
        if waits or any(role in CHAIRING for role, _, _ in found):
            return relations.MEMBER
    if any(case == CaseState.OPEN and meeting != MeetingState.PLANNED for _, meeting, case in found):
        return Relation(Standing.GRANTED, frozenset(SEAT_SECTIONS))
    return relations.NONE


def _waits_for_the_chair(viewer: Staff, case_id: UUID) -> bool:
    tasks = Task.objects.filter(case_id=case_id, ended_at__isnull=True, role=Role.PANEL_CHAIR)
    return tasks.filter(case__lead_agency_id=viewer.agency_id, case__state=CaseState.OPEN).exists()
