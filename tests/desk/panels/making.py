"""What the pages of panels need: a panel with its seats, meetings in each state, cases on their agendas, minutes."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.panels import making
from tests.panels.making import fresh, give
from tests.partners.making import a_request
from tests.support.making import an_intervention, assessed

from counterpoint.access.models import Staff, StaffRole
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.types import ActionKind, NewAction
from counterpoint.panels import services
from counterpoint.panels.models import AgendaItem, Panel, PanelMeeting
from counterpoint.panels.seats import running_seats
from counterpoint.panels.types import (
    SEAT_SECTIONS,
    Attending,
    ChairView,
    GivenAttendance,
    NewMeeting,
    SeatRole,
    View,
)
from counterpoint.partners import services as asking
from counterpoint.partners.types import Provenance
from counterpoint.support import services as supporting

WORDS = "A teacher asks for help.\nShe has known him for years."


def a_panel_at_work(people: cast.Cast) -> dict[str, UUID | str]:
    """Parts of addresses: a meeting that sits (a case to decide, one to prepare), one to come (a case due, one left for
    later), one that was held with minutes, final and drafted anew."""
    chair, today = people[Role.PANEL_CHAIR], clock.now()
    partner = cast.refreshed(people[Role.PARTNER])
    teacher = cast.refreshed(people[Role.PANEL_MEMBER])
    StaffRole.objects.get_or_create(staff=partner, role=Role.PANEL_MEMBER, ended_at=None)
    StaffRole.objects.get_or_create(staff=teacher, role=Role.PARTNER, ended_at=None)
    with clock.moved_to(today - timedelta(days=40)):
        panel = services.set_up_panel("Northmoor panel", by=people[Role.SUPERVISOR])
        seats = {chair: SeatRole.CHAIR, partner: SeatRole.MEMBER, teacher: SeatRole.MEMBER}
        for staff, role in seats.items():
            services.give_seat(panel, staff=staff, role=role, by=people[Role.SUPERVISOR])
        decided, deciding = a_path_case(people, "hold_panel"), a_path_case(people, "hold_panel")
        _fill(people, deciding)
        preparing, due, left = (a_path_case(people, "prepare_panel") for _ in range(3))
        held = _meeting(panel, today - timedelta(days=10), chair)
        sits = _meeting(panel, today - timedelta(hours=1), chair)
        comes = _meeting(panel, today + timedelta(days=20), chair)
        held_item = _item(people, held, decided)
        item = _item(people, sits, deciding)
        preparing_item = _item(people, sits, preparing)
        services.leave_for_later(comes, left, reason="The school is asked first", by=people[Role.SUPERVISOR])
        for meeting in (held, sits):
            services.send_papers(fresh(meeting), by=chair, expected_version=fresh(meeting).version)
    with clock.moved_to(today - timedelta(days=10)):
        _hold(people, held, held_item)
    _attend(panel, sits, chair)
    _vote(item, chair)
    return {
        "panel_id": panel.pk,
        "seat_id": panel.seats.get(staff=partner).pk,
        "meeting_id": sits.pk,
        "coming_meeting_id": comes.pk,
        "held_meeting_id": held.pk,
        "item_id": item.pk,
        "preparing_item_id": preparing_item.pk,
        "held_item_id": held_item.pk,
        "due_case_id": due.pk,
        "panel_case_id": decided.pk,
        "number": "1",
    }


def a_path_case(people: cast.Cast, step_id: str) -> Case:
    """A case on the whole path of the England pack, walked until this step waits."""
    referral = a_referral(CONCERN | someone("Nell", "Ashdown", age=17))
    lead, triage = people[Role.CASE_OFFICER], people[Role.TRIAGE_OFFICER]
    case = cases.open_case(referral, lead_officer=lead, by=triage, at=clock.now(), process_id="prevent_path")
    for _ in range(40):
        running = process.current_run(fresh(case))
        waiting = sorted(step.id for step in running.waiting)
        if step_id in waiting:
            return fresh(case)
        values = {field.id: making._answer(field) for field in running.form_of(waiting[0]).fields}
        values |= making.WAYS.get(waiting[0], {})
        cases.complete_step(
            case,
            waiting[0],
            values,
            by=people[Role.SUPERVISOR],
            expected_version=fresh(case).version,
            done_by_work=running.form_of(waiting[0]).work,
        )
    raise AssertionError(f"{step_id} was not reached")


def _fill(people: cast.Cast, case: Case) -> None:
    """What papers hold beside the concern: a plan with support, an assessment, and an answer of the health service."""
    world = SimpleNamespace(officer=people[Role.CASE_OFFICER])
    supporting.make_plan(case, "Football each week, and a mentor.", by=world.officer, expected_number=0)
    an_intervention(case, world, from_on=clock.now().date(), until_on=None)
    assessed(case, world, summary="She is alone much of the day.", grievance="seen")
    row = a_request(case, world, agency=people.health)
    words = "She came to the clinic twice, with her mother."
    asking.answer_request(row.pk, text=words, provenance=Provenance.RECORDS, by=people.health_partner)


def _meeting(panel: Panel, at, chair: Staff) -> PanelMeeting:
    new = NewMeeting(starts_at=at.replace(second=0, microsecond=0), place="Town hall, room 3", chair_id=chair.pk)
    return services.plan_meeting(panel, new, by=chair)


def _item(people: cast.Cast, meeting: PanelMeeting, case: Case) -> AgendaItem:
    for agency in (people.police, people.schools):
        give(case, agency, *SEAT_SECTIONS, by=people[Role.CASE_OFFICER])
    item = services.put_on_agenda(meeting, case, by=people[Role.PANEL_CHAIR])
    services.write_paper(
        item, text=WORDS, home_force=people.police, by=people[Role.PANEL_CHAIR], expected_version=item.version
    )
    return fresh(item)


def _attend(panel: Panel, meeting: PanelMeeting, by: Staff) -> None:
    given = [GivenAttendance(seat.pk, Attending.PRESENT) for seat in running_seats(panel)]
    services.record_attendance(meeting, given, by=by, expected_version=fresh(meeting).version)


def _vote(item: AgendaItem, by: Staff) -> None:
    given = making.positions(item, {"Northmoor Police": View.DISAGREE})
    services.record_positions(
        item, given, motion="adopt", chair_view=ChairView.FOR, by=by, expected_version=fresh(item).version
    )


def _hold(people: cast.Cast, meeting: PanelMeeting, item: AgendaItem) -> None:
    """The meeting with one decision, an action and minutes: final ones, and a draft that will supersede them."""
    chair, lead = people[Role.PANEL_CHAIR], people[Role.CASE_OFFICER]
    _attend(meeting.panel, meeting, chair)
    _vote(item, chair)
    values = {"reason": WORDS}
    services.decide(fresh(item), values, by=chair, expected_version=fresh(item).version)
    action = NewAction(ActionKind.SUPPORT, "A mentor", clock.now().date(), owner_id=lead.pk)
    services.add_item_action(item, action, by=people[Role.SUPERVISOR])
    services.hold_meeting(meeting, by=chair, expected_version=fresh(meeting).version)
    minutes = services.draft_minutes(meeting, by=chair)
    services.edit_summary(minutes, text="All came on time.", by=chair, expected_version=minutes.version)
    services.approve_minutes(fresh(minutes), by=chair, expected_version=fresh(minutes).version)
    services.draft_minutes(meeting, by=chair)
