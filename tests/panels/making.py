"""A panel of four agencies of Northmoor, and cases on the England pack's whole path that wait for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from tests.cases.making import START, World, a_person, a_referral

from counterpoint.access.models import Agency, SharingGrant, Staff, StaffRole
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.steps import Shape
from counterpoint.panels import services
from counterpoint.panels.law_of_item import law_of
from counterpoint.panels.models import AgendaItem, Panel, PanelMeeting
from counterpoint.panels.seats import running_seats
from counterpoint.panels.steps import panel_steps
from counterpoint.panels.types import (
    Attending,
    ChairView,
    GivenAttendance,
    GivenPosition,
    NewMeeting,
    SeatRole,
    View,
)

MEETS_AT = START + timedelta(days=14)
IN_THE_MEETING = MEETS_AT + timedelta(minutes=20)
SUMMARY = "SUMMARY-FOR-THE-PANEL"
REASON = "REASON-OF-THE-PANEL"
WORDS = "WORDS-OF-AN-AGENCY"
WAYS = {
    "gateway_assessment": {"result": "information"},
    "hold_panel": {"decision": "adopt", "home_force_was_there": "yes"},
}


@dataclass
class Table:
    """Everybody at the table. `chair` and `vice` are supervisors; `lone_chair` holds nothing but the chair's role;
    `housing` is a member of the lead agency; `police`, `school` and `clinic` sit there for partners."""

    world: World
    police_agency: Agency
    chair: Staff
    vice: Staff
    lone_chair: Staff
    housing: Staff
    police: Staff
    constable: Staff  # of the police too, without a seat
    panel: Panel

    @property
    def school(self) -> Staff:
        return self.world.partner

    @property
    def clinic(self) -> Staff:
        return self.world.outsider

    @cached_property
    def partners(self) -> dict[str, Staff]:
        return {"police": self.police, "school": self.school, "clinic": self.clinic}

    @property
    def members(self) -> list[Staff]:
        return [self.chair, self.vice, self.housing, self.police, self.school, self.clinic]


def a_table(world: World) -> Table:
    force = Agency.objects.create(name="Northmoor Police", kind="police")
    chair = a_person("Chris Chair", world.lead, Role.SUPERVISOR, Role.PANEL_CHAIR)
    for partner in (world.partner, world.outsider):
        StaffRole.objects.create(staff=partner, role=Role.PANEL_MEMBER)
    table = Table(
        world=world,
        police_agency=force,
        chair=chair,
        vice=a_person("Vera Vice", world.lead, Role.SUPERVISOR, Role.PANEL_CHAIR),
        lone_chair=a_person("Lona Chair", world.lead, Role.PANEL_CHAIR),
        housing=a_person("Hana Housing", world.lead, Role.PANEL_MEMBER),
        police=a_person("Pol Force", force, Role.PARTNER, Role.PANEL_MEMBER),
        constable=a_person("Con Stable", force, Role.PARTNER),
        panel=services.set_up_panel("Northmoor panel", by=chair),
    )
    seats = {
        table.chair: SeatRole.CHAIR,
        table.vice: SeatRole.VICE_CHAIR,
        **dict.fromkeys((table.housing, table.police, table.school, table.clinic), SeatRole.MEMBER),
    }
    for staff, role in seats.items():
        services.give_seat(table.panel, staff=staff, role=role, by=chair)
    return table


def a_meeting(table: Table, *, at=MEETS_AT, chair: Staff | None = None) -> PanelMeeting:
    new = NewMeeting(starts_at=at, place="Town hall, room 3", chair_id=(chair or table.chair).pk)
    return services.plan_meeting(table.panel, new, by=table.chair)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def walk_path(case: Case, step_id: str, world: World) -> Case:
    """The case with its process walked until this step waits."""
    for _ in range(40):
        running = process.current_run(fresh(case))
        waiting = sorted(step.id for step in running.waiting)
        if step_id in waiting:
            return fresh(case)
        step = waiting[0]
        values = {field.id: _answer(field) for field in running.form_of(step).fields}
        case = fresh(case)
        cases.complete_step(
            case,
            step,
            {**values, **WAYS.get(step, {})},
            by=world.supervisor,
            expected_version=case.version,
            done_by_work=running.form_of(step).work,
        )
    raise AssertionError(f"{step_id} was not reached")


def _answer(field):
    if field.choices:
        return field.choices[0][0]
    return START.date().isoformat() if field.shape is Shape.DATE else f"About {field.id}"


def a_due_case(world: World, step_id: str = "prepare_panel", *, at=START) -> Case:
    """A case that waits for a panel."""
    case = cases.open_case(
        a_referral(world), lead_officer=world.officer, by=world.triage, at=at, process_id="prevent_path"
    )
    return walk_path(case, step_id, world)


def give(case: Case, agency: Agency, *sections: Section, by: Staff) -> SharingGrant:
    """The case given to an agency, as a sharing would."""
    return SharingGrant.objects.create(
        case_id=case.pk,
        agency=agency,
        sections=[section.value for section in sections or (Section.CONCERN, Section.PERSON)],
        purpose="The panel",
        legal_basis="Public task",
        until=START + timedelta(days=300),
        granted_by=by,
    )


def an_item(table: Table, meeting: PanelMeeting, case: Case, *, given: Iterable[Agency] = ()) -> AgendaItem:
    """The case on the agenda with a summary, given to these agencies."""
    for agency in given:
        give(case, agency, by=table.world.officer)
    item = services.put_on_agenda(meeting, case, by=table.chair)
    services.write_paper(
        item,
        text=f"{SUMMARY} {case.reference}",
        home_force=table.police_agency,
        by=table.chair,
        expected_version=item.version,
    )
    return fresh(item)


def send(table: Table, meeting: PanelMeeting) -> PanelMeeting:
    meeting = fresh(meeting)
    return services.send_papers(meeting, by=table.chair, expected_version=meeting.version)


def attend(table: Table, meeting: PanelMeeting, *absent: Staff) -> PanelMeeting:
    """Everybody is there but these."""
    given = [
        GivenAttendance(seat.pk, Attending.ABSENT if seat.staff in absent else Attending.PRESENT)
        for seat in running_seats(table.panel)
    ]
    meeting = fresh(meeting)
    return services.record_attendance(meeting, given, by=table.chair, expected_version=meeting.version)


def positions(item: AgendaItem, views: dict[str, View] | None = None, *, default: View = View.AGREE):
    """A position for each agency that is there for the item, by its name in `views`, else the default."""
    item = full(item)
    step = next(step for step in panel_steps(item.case) if step.decides)
    found = []
    for agency in law_of(item, step).entitled:
        view = (views or {}).get(agency.name, default)
        words = f"{WORDS} {agency.name}" if view is View.DISAGREE else ""
        found.append(GivenPosition(agency.pk, view, words))
    return found


def full(item: AgendaItem) -> AgendaItem:
    return AgendaItem.objects.select_related("case__lead_agency", "meeting__panel__lead_agency", "meeting__chair").get(
        pk=item.pk
    )


def vote(table: Table, item: AgendaItem, views=None, *, motion="adopt", chair_view=ChairView.NONE, default=View.AGREE):
    item = fresh(item)
    given = positions(item, views, default=default)
    return services.record_positions(
        item, given, motion=motion, chair_view=chair_view, by=table.chair, expected_version=item.version
    )


def decide(table: Table, item: AgendaItem, *, by: Staff | None = None, came_of=None, **values):
    item = fresh(item)
    return services.decide(
        item, {"reason": f"{REASON} {item.case.reference}", **values}, by=by or table.chair,
        expected_version=item.version, came_of=came_of,
    )  # fmt: skip


def a_decided_meeting(table: Table, cases_given: dict[Case, list[Agency]]) -> tuple[PanelMeeting, list[AgendaItem]]:
    """A meeting held, with each case adopted against the clinic's dissent where the clinic was given it."""
    meeting = a_meeting(table)
    items = [an_item(table, meeting, case, given=given) for case, given in cases_given.items()]
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        for item in items:
            vote(table, item, {"Northmoor Clinic": View.DISAGREE})
            decide(table, item)
        meeting = fresh(meeting)
        meeting = services.hold_meeting(meeting, by=table.chair, expected_version=meeting.version)
    return meeting, items


def propose(table: Table, item: AgendaItem, *, motion="adopt", by: Staff | None = None):
    """Something is put to the panel, and nobody has said anything to it."""
    item = fresh(item)
    return services.record_positions(
        item, [], motion=motion, chair_view=None, by=by or table.chair, expected_version=item.version
    )


def say(item: AgendaItem, view: View, words="", *, by: Staff, seen: int = 0, number: int | None = None):
    """A member says it for their own agency. seen: the version of its position that they saw."""
    item = fresh(item)
    return services.take_position(
        item, view=view, words=words, motion_number=number or item.motion_number, by=by, expected_version=seen
    )
