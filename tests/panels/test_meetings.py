"""Panels, seats, meetings, agendas: what may become what, double clicks, two editors, order."""

from datetime import timedelta

import pytest
from tests.cases.making import START
from tests.panels import making
from tests.panels.making import IN_THE_MEETING, MEETS_AT, a_due_case, a_meeting, an_item, attend, fresh, give, send

from counterpoint.access.models import Notice
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseEvent, Task
from counterpoint.panels import selectors, services
from counterpoint.panels.models import AgendaItem, PanelMeeting, PanelSeat
from counterpoint.panels.types import (
    MOVES,
    Attending,
    GivenAttendance,
    ItemState,
    MeetingState,
    NewMeeting,
    SeatRole,
)

pytestmark = pytest.mark.django_db


def test_every_state_has_its_moves():
    assert set(MOVES) == set(MeetingState)
    assert MOVES[MeetingState.HELD] == MOVES[MeetingState.CANCELLED] == frozenset()


# --- panels and seats


def test_a_panel_is_set_up_once_and_by_the_lead_agency(table, world):
    assert services.set_up_panel(" Northmoor panel ", by=table.vice) == table.panel
    for staff, refusal in ((world.officer, NotAllowed), (table.police, NotFound), (table.housing, NotAllowed)):
        with pytest.raises(refusal):
            services.set_up_panel("Another", by=staff)


def test_a_seat_needs_the_role_and_the_chair_is_of_the_lead_agency(table, world):
    reader = making.a_person("No Partner", table.police_agency, Role.PANEL_MEMBER)
    with pytest.raises(Missing, match="could read no case"):
        services.give_seat(table.panel, staff=reader, role=SeatRole.MEMBER, by=table.chair)
    with pytest.raises(Missing, match="Panel member"):
        services.give_seat(table.panel, staff=table.constable, role=SeatRole.MEMBER, by=table.chair)
    with pytest.raises(Missing) as refused:
        services.give_seat(table.panel, staff=table.police, role=SeatRole.CHAIR, by=table.chair)
    assert len(refused.value.problems) == 2
    with pytest.raises(NotAllowed):
        services.give_seat(table.panel, staff=table.police, role=SeatRole.MEMBER, by=world.officer)


def test_there_is_one_chair_and_a_seat_is_kept_as_it_was(table):
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.CHAIR, by=table.vice)
    chairs = table.panel.seats.filter(role=SeatRole.CHAIR)
    assert chairs.count() == 2
    assert chairs.get(to_at__isnull=True).staff == table.lone_chair
    before = PanelSeat.objects.count()
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.CHAIR, by=table.vice)
    assert PanelSeat.objects.count() == before


def test_whoever_is_to_chair_a_meeting_keeps_the_seat(table):
    a_meeting(table)
    seat = table.panel.seats.get(staff=table.chair, to_at__isnull=True)
    with pytest.raises(NotPossible, match="another chair first"):
        services.end_seat(seat, by=table.vice)


# --- meetings


def test_a_meeting_is_planned_once_and_everybody_is_told_the_same(table):
    meeting = a_meeting(table)
    assert a_meeting(table) == meeting
    assert PanelMeeting.objects.count() == 1
    texts = set(Notice.objects.filter(staff__in=table.members).values_list("text", flat=True))
    assert len(texts) == 1
    assert Notice.objects.count() == len(table.members) - 1
    with pytest.raises(NotPossible, match="already"):
        services.plan_meeting(table.panel, NewMeeting(MEETS_AT, "Elsewhere", table.vice.pk), by=table.vice)


def test_a_meeting_with_faults_is_refused_with_all_of_them(table):
    with pytest.raises(Missing) as refused:
        services.plan_meeting(table.panel, NewMeeting(START, " ", table.police.pk), by=table.chair)
    assert len(refused.value.problems) == 3


def test_only_who_prepares_plans_and_sends(table, world):
    meeting = a_meeting(table)
    new = NewMeeting(MEETS_AT + timedelta(days=1), "Town hall", table.chair.pk)
    for staff, refusal in ((table.police, NotFound), (table.housing, NotAllowed), (world.triage, NotAllowed)):
        with pytest.raises(refusal):
            services.plan_meeting(table.panel, new, by=staff)
        with pytest.raises(refusal):
            services.send_papers(meeting, by=staff, expected_version=meeting.version)
    services.plan_meeting(table.panel, new, by=world.officer)


def test_two_who_change_a_meeting_at_once(table):
    meeting = a_meeting(table)
    new = NewMeeting(MEETS_AT, "Library", table.vice.pk)
    services.change_meeting(meeting, new, by=table.chair, expected_version=meeting.version)
    with pytest.raises(Conflict) as conflict:
        services.change_meeting(meeting, new, by=table.vice, expected_version=1)
    assert conflict.value.theirs["place"] == "Library"


def test_sent_held_and_cancelled_twice_is_once(table):
    meeting = send(table, a_meeting(table))
    before = AuditEntry.objects.count()
    services.send_papers(meeting, by=table.chair, expected_version=1)
    assert AuditEntry.objects.count() == before
    with clock.moved_to(IN_THE_MEETING):
        with pytest.raises(NotPossible, match="who was there"):
            services.hold_meeting(meeting, by=table.chair, expected_version=meeting.version)
        meeting = attend(table, meeting)
        held = services.hold_meeting(meeting, by=table.chair, expected_version=meeting.version)
        assert services.hold_meeting(held, by=table.chair, expected_version=1).ended_at == held.ended_at
    with pytest.raises(NotPossible, match="held"):
        services.cancel_meeting(held, reason="Too late", by=table.chair, expected_version=held.version)


def test_a_meeting_is_not_held_before_its_day_nor_by_who_does_not_chair(table, world):
    meeting = attend(table, send(table, a_meeting(table)))
    with pytest.raises(NotPossible, match="not begun"):
        services.hold_meeting(meeting, by=table.chair, expected_version=meeting.version)
    with clock.moved_to(IN_THE_MEETING), pytest.raises(NotAllowed):
        services.hold_meeting(meeting, by=world.officer, expected_version=meeting.version)


def test_a_cancelled_meeting_gives_its_cases_back(table, world):
    meeting = a_meeting(table)
    case = a_due_case(world)
    an_item(table, meeting, case)
    other = a_meeting(table, at=MEETS_AT + timedelta(days=7))
    assert selectors.due_cases(table.chair, other) == []
    meeting = fresh(meeting)
    services.cancel_meeting(meeting, reason="No room", by=table.chair, expected_version=meeting.version)
    assert [row[0] for row in selectors.due_cases(table.chair, other)] == [case]
    assert selectors.meeting_for(table.chair, meeting.pk).why_cancelled == "No room"
    assert selectors.meeting_for(table.police, meeting.pk).why_cancelled == ""


# --- attendance


def test_attendance_names_every_seat_and_each_deputy(table, world):
    meeting = a_meeting(table)
    seats = making.running_seats(table.panel)
    given = [GivenAttendance(seat.pk, Attending.DEPUTY) for seat in seats]
    with pytest.raises(Missing, match="Name each deputy"):
        services.record_attendance(meeting, given, by=table.chair, expected_version=meeting.version)
    with pytest.raises(Missing, match="seats of the panel have changed"):
        services.record_attendance(meeting, given[:1], by=table.chair, expected_version=meeting.version)
    strange = [
        GivenAttendance(seat.pk, Attending.DEPUTY, deputy_id=world.triage.pk)
        if seat.staff == table.police
        else GivenAttendance(seat.pk, Attending.PRESENT)
        for seat in seats
    ]
    with pytest.raises(Missing, match="same agency"):
        services.record_attendance(meeting, strange, by=table.chair, expected_version=meeting.version)


def test_a_later_recording_of_attendance_supersedes_and_two_editors_meet(table):
    meeting = a_meeting(table)
    attend(table, meeting)
    attend(table, meeting, table.police)
    lines = {line.name: line.attending for line in selectors.meeting_for(table.chair, meeting.pk).seats}
    assert lines["Pol Force"] == "Absent"
    assert meeting.attendance.count() == 2 * len(table.members)
    given = [GivenAttendance(seat.pk, Attending.PRESENT) for seat in making.running_seats(table.panel)]
    with pytest.raises(Conflict):
        services.record_attendance(meeting, given, by=table.vice, expected_version=1)


def test_a_deputy_without_an_account_is_named_for_the_table(table):
    meeting = a_meeting(table)
    given = [
        GivenAttendance(seat.pk, Attending.DEPUTY, deputy_name="Dora Deputy")
        if seat.staff == table.school
        else GivenAttendance(seat.pk, Attending.PRESENT)
        for seat in making.running_seats(table.panel)
    ]
    services.record_attendance(meeting, given, by=table.chair, expected_version=meeting.version)
    row = meeting.attendance.get(attending=Attending.DEPUTY)
    assert b"Dora" not in bytes(row.sealed_deputy_name)
    assert "Dora Deputy" in {line.deputy for line in selectors.meeting_for(table.police, meeting.pk).seats}


# --- the agenda


def test_due_cases_are_proposed_the_oldest_due_first(table, world):
    late, early = a_due_case(world), a_due_case(world, "review_support")
    Task.objects.filter(case=early, ended_at__isnull=True).update(due_at=START - timedelta(days=9))
    a_case_elsewhere = a_due_case(world, "assess")
    meeting = a_meeting(table)
    found = selectors.meeting_for(table.chair, meeting.pk).due
    assert [line.case_id for line in found] == [early.pk, late.pk]
    assert found[0].is_late
    assert a_case_elsewhere.pk not in {line.case_id for line in found}
    assert selectors.meeting_for(table.police, meeting.pk).due == ()


def test_a_case_stands_on_one_agenda_once(table, world):
    meeting, case = a_meeting(table), a_due_case(world)
    first = services.put_on_agenda(meeting, case, by=table.chair)
    events = CaseEvent.objects.count()
    assert services.put_on_agenda(meeting, case, by=table.vice) == first
    assert CaseEvent.objects.count() == events
    other = a_meeting(table, at=MEETS_AT + timedelta(days=7))
    with pytest.raises(Missing, match="another meeting"):
        services.put_on_agenda(other, case, by=table.chair)


def test_what_does_not_wait_for_a_panel_is_not_put_before_one(table, world):
    meeting, case = a_meeting(table), a_due_case(world, "assess")
    with pytest.raises(Missing, match="does not wait for a panel"):
        services.put_on_agenda(meeting, case, by=table.chair)
    with pytest.raises(Missing, match="does not wait for a panel"):
        services.leave_for_later(meeting, case, reason="Not now", by=table.chair)


def test_left_for_later_with_a_reason_and_taken_up_after_all(table, world):
    meeting, case = a_meeting(table), a_due_case(world)
    with pytest.raises(Missing, match="why"):
        services.leave_for_later(meeting, case, reason=" ", by=table.chair)
    item = services.leave_for_later(meeting, case, reason="LEFT-BECAUSE", by=table.chair)
    view = selectors.meeting_for(table.chair, meeting.pk)
    assert (view.agenda, view.due) == ((), ())
    assert [line.reason for line in view.left] == ["LEFT-BECAUSE"]
    send(table, meeting)
    give(case, world.school, by=world.officer)
    assert selectors.meeting_for(table.school, meeting.pk).left == ()
    with pytest.raises(NotFound):
        selectors.item_for(table.school, meeting.pk, item.pk)
    again = services.put_on_agenda(meeting, case, by=table.chair)
    assert (again.pk, again.state) == (item.pk, ItemState.ON)
    assert len(selectors.meeting_for(table.school, meeting.pk).agenda) == 1


def test_order_is_changed_by_changing_places_and_twice_is_once(table, world):
    meeting = a_meeting(table)
    items = [an_item(table, meeting, a_due_case(world)) for _ in range(3)]
    first, second, third = (item.pk for item in items)

    def order():
        return [line.id for line in selectors.meeting_for(table.chair, meeting.pk).agenda]

    services.move_item(items[2], above=items[1], by=table.chair)
    services.move_item(items[2], above=items[1], by=table.chair)
    assert order() == [first, third, second]
    services.move_item(items[1], above=items[0], by=table.chair)
    assert order() == [second, third, first]
    with pytest.raises(NotFound):
        services.move_item(items[0], above=items[1], by=world.outsider)


def test_two_who_write_the_paper_at_once(table, world):
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world))
    services.write_paper(item, text="Mine", home_force=None, by=table.chair, expected_version=item.version)
    with pytest.raises(Conflict):
        services.write_paper(item, text="Also mine", home_force=None, by=table.vice, expected_version=item.version)


def test_the_only_police_on_the_panel_is_taken_for_the_home_force(table, world):
    item = services.put_on_agenda(a_meeting(table), a_due_case(world), by=table.chair)
    assert item.home_force == table.police_agency
    assert AgendaItem.objects.get().place == 1
