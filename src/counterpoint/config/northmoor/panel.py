# ruff: noqa: PLR2004 - the numbers are chances of a made-up town
"""The council's panel: seats, monthly meetings with papers, attendance, positions and decisions, and their minutes."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases.models import Task
from counterpoint.cases.types import ActionKind, ActionOutcome, Impact, NewAction
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.paths import Sitting, sittings
from counterpoint.config.northmoor.world import World, in_days
from counterpoint.panels import services as panels
from counterpoint.panels.law_of_item import law_of
from counterpoint.panels.models import AgendaItem, Panel, PanelMeeting
from counterpoint.panels.seats import in_the_room, running_seats
from counterpoint.panels.steps import PanelStep, panel_steps
from counterpoint.panels.types import Attending, GivenAttendance, GivenPosition, NewMeeting, SeatRole, View
from counterpoint.support.models import Intervention

_PREPARING, _DECIDING, _REVIEWING = "prepare_panel", "hold_panel", "review_support"
_NAME, _PLACE = "Northmoor panel", "Town hall, room 3"
_BEGUN = timedelta(minutes=20)


def panel_meets(world: World, random: Random) -> Moments:
    """The panel is set up, and meets every four weeks; the last meeting is still to come when the town is loaded."""
    told = sittings(world.ends_at)
    yield told[0].planned_at
    chair = world.by_role(Role.PANEL_CHAIR)[0]
    panel = _founded(world, chair)
    for sitting in told:
        yield sitting.planned_at
        new = NewMeeting(starts_at=sitting.begins_at, place=_PLACE, chair_id=chair.pk)
        meeting = panels.plan_meeting(panel, new, by=chair)
        yield sitting.papers_at
        _send_papers(world, random, meeting, sitting, by=chair)
        yield sitting.begins_at + _BEGUN
        _sit(world, random, meeting, by=chair)
        yield in_days(random, 2, 4)
        _write_minutes(world, random, meeting, by=chair)


def _founded(world: World, chair: Staff) -> Panel:
    panel = panels.set_up_panel(_NAME, by=chair)
    panels.give_seat(panel, staff=chair, role=SeatRole.CHAIR, by=chair)
    for person in world.staff.values():
        if Role.PANEL_MEMBER in person.role_names:
            panels.give_seat(panel, staff=person, role=SeatRole.MEMBER, by=chair)
    return panel


def _send_papers(world: World, random: Random, meeting: PanelMeeting, sitting: Sitting, *, by: Staff) -> None:
    waiting = Task.objects.filter(step__in=[_PREPARING, _REVIEWING], ended_at__isnull=True, case_id__in=_known(world))
    for task in waiting.select_related("case").order_by("case__reference"):
        item = panels.put_on_agenda(meeting, task.case, by=by)
        words = world.town.path["review_papers" if task.step == _REVIEWING else "papers"]
        text = random.choice(words)
        item = panels.write_paper(
            item, text=text, home_force=world.agencies["police"], by=by, expected_version=item.version
        )
        if task.step == _PREPARING:
            values = {"panel_on": sitting.begins_at.date(), "home_force_invited": "yes"}
            panels.finish_preparing(item, _PREPARING, values, by=by, expected_version=item.version)
    meeting.refresh_from_db()
    panels.send_papers(meeting, by=by, expected_version=meeting.version)


def _known(world: World) -> list[UUID]:
    return sorted(world.before_the_panel)


def _sit(world: World, random: Random, meeting: PanelMeeting, *, by: Staff) -> None:
    meeting.refresh_from_db()
    given = [_attends(world, random, seat.pk, seat.agency_id) for seat in running_seats(meeting.panel)]
    panels.record_attendance(meeting, given, by=by, expected_version=meeting.version)
    for item in meeting.items.select_related("case").order_by("place"):
        step = next((step for step in panel_steps(item.case) if step.decides), None)
        wish = world.before_the_panel[item.case_id]
        if step is not None and wish.motions[step.id]:
            _decide(world, random, item, step, wish.motions[step.id].pop(0), by=by)
    meeting.refresh_from_db()
    panels.hold_meeting(meeting, by=by, expected_version=meeting.version)


def _attends(world: World, random: Random, seat_id: UUID, agency_id: UUID) -> GivenAttendance:
    may_stay_away = agency_id in (world.agencies["health"].pk, world.agencies["schools"].pk)
    chance = random.random()
    if may_stay_away and chance < 0.12:
        return GivenAttendance(seat_id, Attending.APOLOGIES)
    if may_stay_away and chance < 0.22:
        return GivenAttendance(seat_id, Attending.DEPUTY, deputy_name="Bela Thornbucket")
    return GivenAttendance(seat_id, Attending.PRESENT)


def _decide(world: World, random: Random, item: AgendaItem, step: PanelStep, motion: str, *, by: Staff) -> None:
    words = world.town.path
    given = list(_positions(world, item, step))
    members = _at_their_desk(item)
    spoken = [one for one in given if one.agency_id not in members]
    item = panels.record_positions(item, spoken, motion=motion, chair_view=None, by=by, expected_version=item.version)
    number = item.motion_number
    for one in given:
        if (by_whom := members.get(one.agency_id)) is not None:
            panels.take_position(
                item, view=one.view, words=one.words, motion_number=number, by=by_whom, expected_version=0
            )
    item.refresh_from_db()
    values = {"reason": random.choice(words["decided"][motion]), "worked": random.choice(words["worked"])}
    came_of: dict[UUID, ActionOutcome] = {}
    if step.id == _REVIEWING:
        values |= {"impact": Impact.BETTER.value if motion == "close" else Impact.SOME_BETTER.value}
        values |= {"worked": random.choice(words["reviewed"])}
        came_of = _came_of(item, motion)
    panels.decide(item, values, by=by, expected_version=item.version, came_of=came_of)
    if motion == "adopt":
        due_on = clock.now().date() + timedelta(days=random.choice([10, 14, 21]))
        title = random.choice(words["actions"])
        action = NewAction(ActionKind.CONTACT, title, due_on, owner_id=item.case.lead_officer_id)
        panels.add_item_action(item, action, by=by)


def _positions(world: World, item: AgendaItem, step: PanelStep) -> Iterator[GivenPosition]:
    against = world.agencies["health"].pk if world.before_the_panel[item.case_id].dissents else None
    entitled = law_of(item, step).entitled
    if against not in {agency.pk for agency in entitled}:
        against = world.agencies["schools"].pk if against else None
    for agency in entitled:
        if agency.pk == against and step.id == _DECIDING:
            yield GivenPosition(agency.pk, View.DISAGREE, world.town.path["dissent"])
        else:
            yield GivenPosition(agency.pk, View.AGREE)


def _at_their_desk(item: AgendaItem) -> Mapping[UUID, Staff]:
    """Members of other agencies who came, by agency: they say themselves where it stands."""
    lead_id = item.meeting.panel.lead_agency_id
    room = in_the_room(item.meeting)
    return {seat.agency_id: person for seat, person in room if person is not None and seat.agency_id != lead_id}


def _came_of(item: AgendaItem, motion: str) -> dict[UUID, ActionOutcome]:
    rows = list(Intervention.objects.filter(case_id=item.case_id).values_list("pk", flat=True).order_by("created_at"))
    outcomes = [ActionOutcome.WORKED if motion == "close" else ActionOutcome.PARTLY, ActionOutcome.PARTLY]
    return dict(zip(rows, outcomes, strict=False))


def _write_minutes(world: World, random: Random, meeting: PanelMeeting, *, by: Staff) -> None:
    words = world.town.path
    minutes = panels.draft_minutes(meeting, by=by)
    for line in minutes.items.order_by("id"):
        panels.edit_item_text(line, text=random.choice(words["item_minutes"]), by=by, expected_version=line.version)
    minutes.refresh_from_db()
    minutes = panels.edit_summary(
        minutes, text=random.choice(words["minutes"]), by=by, expected_version=minutes.version
    )
    panels.approve_minutes(minutes, by=by, expected_version=minutes.version)
