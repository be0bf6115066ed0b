"""A member says what their own agency thinks, from their own desk: who may, when, and what the record keeps of it."""

import io
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction
from docx import Document
from tests.panels import making
from tests.panels.making import (
    IN_THE_MEETING,
    MEETS_AT,
    a_due_case,
    a_meeting,
    an_item,
    attend,
    decide,
    fresh,
    propose,
    say,
    send,
    vote,
)

from counterpoint.access.models import BreakGlass, Recusal, SharingGrant, StaffRole
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseEvent
from counterpoint.cases.types import EventKind
from counterpoint.panels import selectors, services
from counterpoint.panels.documents import minutes_as_docx
from counterpoint.panels.models import PanelMeeting, Position
from counterpoint.panels.permissions import NO_ITEM
from counterpoint.panels.records import ItemRecord, record_of
from counterpoint.panels.types import Attending, ChairView, GivenAttendance, SeatRole, View

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(table, world):
    """A case before the panel, in the meeting, given to police and school, everybody there, with nothing proposed."""
    meeting = a_meeting(table)
    found = an_item(table, meeting, a_due_case(world, "hold_panel"), given=[table.police_agency, world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        yield found


# --- who may, and when: every combination, held against the rule as a person would say it

SEATS = ("there", "deputy", "absent", "no seat", "ended")
GIVEN = RECUSED = (True, False)
MEETINGS = ("planned", "not its day", "sits", "held", "cancelled")
STAGES = ("nothing proposed", "proposed", "decided")


def expected(seat, given, recused, meeting, stage):
    """None: it is recorded. NotFound: as if the case did not exist. NotPossible: they know of it, and it is not the
    time."""
    if seat in ("no seat", "ended") or not given or recused or meeting in ("planned", "cancelled"):
        return NotFound
    return None if (seat, stage) in {("there", "proposed"), ("deputy", "proposed")} and meeting != "not its day" else (
        NotPossible
    )  # fmt: skip


@contextmanager
def undone():
    """What is changed within is as it was afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def arrange(table, item, line):
    """The person who speaks, with everything else as the line of the table says."""
    seat, given, recused, meeting = line
    speaker = table.constable if seat in ("deputy", "no seat") else table.police
    if seat == "deputy":
        lines = [
            GivenAttendance(one.pk, Attending.DEPUTY, deputy_id=table.constable.pk)
            if one.staff == table.police
            else GivenAttendance(one.pk, Attending.PRESENT)
            for one in making.running_seats(table.panel)
        ]
        row = fresh(item.meeting)
        services.record_attendance(row, lines, by=table.chair, expected_version=row.version)
    if seat == "absent":
        attend(table, item.meeting, table.police)
    if seat == "ended":
        table.panel.seats.filter(staff=table.police).update(to_at=clock.now())
    if not given:
        SharingGrant.objects.filter(agency=table.police_agency).update(revoked_at=clock.now())
    if recused:
        Recusal.objects.create(
            staff=speaker, subject_kind=SubjectKind.CASE, subject_id=item.case_id, reason="x", recorded_by=speaker
        )
    state = {"planned": "planned", "held": "held", "cancelled": "cancelled"}.get(meeting, "papers_sent")
    ended_at = clock.now() if meeting in ("held", "cancelled") else None
    PanelMeeting.objects.filter(pk=item.meeting_id).update(state=state, ended_at=ended_at)
    return speaker


def outcome(item, speaker, at):
    refused = None
    with clock.moved_to(at):
        try:
            position = say(item, View.AGREE, by=speaker)
        except (NotFound, NotPossible, NotAllowed) as refusal:
            refused = refusal
    if refused is not None:  # word for word what is told of an item that never was
        assert not isinstance(refused, NotFound) or str(refused) == NO_ITEM
        return type(refused)
    assert (position.by, position.agency_id) == (speaker, speaker.agency_id)
    return None


@pytest.mark.parametrize("stage", STAGES)
def test_who_may_enter_a_position(table, item, stage):
    if stage != "nothing proposed":
        propose(table, item)
    if stage == "decided":
        vote(table, item)
        decide(table, item)
    wrong = {}
    for line in product(SEATS, GIVEN, RECUSED, MEETINGS):
        with undone():
            speaker = arrange(table, item, line)
            at = MEETS_AT - timedelta(days=2) if line[-1] == "not its day" else clock.now()
            found, wanted = outcome(item, speaker, at), expected(*line, stage)
        if found is not wanted:
            wrong[line] = (found, wanted)
    assert wrong == {}


def test_for_the_lead_agency_it_is_who_sits_there_for_it(table, item, world):
    propose(table, item)
    for speaker in (table.chair, table.vice, table.housing):
        with undone():
            assert outcome(item, speaker, clock.now()) is None
    assert outcome(item, world.officer, clock.now()) is NotAllowed  # prepares the meeting, and has no seat
    for stranger in (table.lone_chair, table.clinic, world.stranger):
        assert outcome(item, stranger, clock.now()) is NotFound


def test_whoever_only_broke_the_glass_speaks_for_nobody(table, item):
    """Reading in an emergency gives no voice, even to somebody with a seat."""
    propose(table, item)
    StaffRole.objects.filter(staff=table.housing).update(ended_at=clock.now())
    housing = fresh(table.housing)
    assert outcome(item, housing, clock.now()) is NotFound
    BreakGlass.objects.create(
        staff=housing, subject_kind=SubjectKind.CASE, subject_id=item.case_id, reason="Danger tonight.",
        until=clock.now() + timedelta(hours=1),
    )  # fmt: skip
    assert outcome(item, housing, clock.now()) is NotAllowed


# --- what is recorded


def test_each_says_it_and_the_panel_decides_by_it(table, item, world):
    propose(table, item)
    say(item, View.AGREE, by=table.police)
    say(item, View.DISAGREE, "School alone would do.", by=table.school)
    say(item, View.AGREE, by=table.housing)
    row = decide(table, item)
    assert row.decided_by == "majority"
    assert "School alone would do." in envelope.unseal(row, "sealed_dissent", key_id=item.case.key_id)
    record = selectors.item_for(table.school, item.meeting_id, item.pk).record
    said = {line.agency: (line.view, line.by, line.is_own) for line in record.decisions[0].positions}
    assert said == {
        "Northmoor Council": ("Agrees", "Hana Housing", True),
        "Northmoor Police": ("Agrees", "Pol Force", True),
        "Northmoor Schools Service": ("Disagrees", "Pia School", True),
    }
    told = CaseEvent.objects.filter(case=item.case, kind=EventKind.PANEL_POSITIONS).order_by("number")
    assert [event.by for event in told][1:] == [table.police, table.school, table.housing]


def test_a_position_is_changed_until_the_decision_and_never_after(table, item):
    propose(table, item)
    first = say(item, View.AGREE, by=table.police)
    second = say(item, View.DISAGREE, "Not yet.", by=table.police, seen=first.version)
    assert (second.pk, second.view) == (first.pk, View.DISAGREE)
    say(item, View.AGREE, by=table.school)
    say(item, View.AGREE, by=table.housing)
    decide(table, item)
    with pytest.raises(NotPossible, match="does not wait for a decision"):
        say(item, View.AGREE, by=table.police, seen=second.version)
    assert Position.objects.get(pk=first.pk).view == View.DISAGREE


def test_dissent_needs_its_reasons(table, item):
    propose(table, item)
    with pytest.raises(Missing, match="write down why"):
        say(item, View.DISAGREE, "  ", by=table.police)
    assert not Position.objects.exists()


def test_pressed_twice_is_once(table, item):
    propose(table, item)
    first = say(item, View.DISAGREE, "Not yet.", by=table.police)
    before, version = AuditEntry.objects.count(), fresh(item).version
    assert say(item, View.DISAGREE, "Not yet. ", by=table.police) == first
    assert (AuditEntry.objects.count(), fresh(item).version) == (before, version)


def test_one_change_is_one_audit_entry_without_words(table, item):
    propose(table, item)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    say(item, View.DISAGREE, "Said in the room.", by=table.police)
    entry = AuditEntry.objects.exclude(pk__in=before).get()
    assert entry.action == "case.panel_positions"
    assert entry.actor_id == str(table.police.pk)
    assert entry.detail["agency"] == str(table.police_agency.pk)
    assert "Said in the room." not in str(entry.detail)


# --- two at once


def a_second_constable(table):
    StaffRole.objects.create(staff=table.constable, role=Role.PANEL_MEMBER)
    services.give_seat(table.panel, staff=fresh(table.constable), role=SeatRole.MEMBER, by=table.chair)
    attend(table, table.panel.meetings.get())
    return fresh(table.constable)


def test_two_of_one_agency_at_once(table, item):
    propose(table, item)
    other = a_second_constable(table)
    say(item, View.DISAGREE, "Not yet.", by=table.police)
    with pytest.raises(Conflict) as conflict:
        say(item, View.AGREE, by=other)
    assert conflict.value.theirs == {"view": "disagree", "words": "Not yet.", "version": 1}
    assert say(item, View.AGREE, by=other, seen=1).by == other


def test_two_agencies_at_once_do_not_stand_in_each_others_way(table, item):
    propose(table, item)
    version = fresh(item).version
    say(item, View.AGREE, by=table.police)
    say(item, View.AGREE, by=table.school)
    with pytest.raises(Conflict) as conflict:  # the chair's page is older than what they said
        services.record_positions(
            item, making.positions(item), motion="adopt", chair_view=None, by=table.chair, expected_version=version
        )
    assert conflict.value.theirs["positions"] == "Northmoor Police: Agrees; Northmoor Schools Service: Agrees"


def test_what_was_said_to_one_proposal_is_not_saved_for_another(table, item):
    number = propose(table, item).motion_number
    propose(table, item, motion="not_adopt")
    with pytest.raises(Conflict, match="Something else is put to the panel") as conflict:
        say(item, View.AGREE, by=table.police, number=number)
    assert "version" not in conflict.value.theirs  # so that it cannot be saved over it
    assert not Position.objects.exists()


def test_a_member_changes_their_mind_while_the_chair_confirms(table, item):
    propose(table, item)
    for member in (table.police, table.school, table.housing):
        say(item, View.AGREE, by=member)
    seen = fresh(item).version
    say(item, View.DISAGREE, "On reflection, no.", by=table.police, seen=1)
    with pytest.raises(Conflict):
        services.decide(fresh(item), {"reason": "x"}, by=table.chair, expected_version=seen)


# --- who entered it


def entered(table, item):
    view = selectors.item_for(table.chair, item.meeting_id, item.pk)
    return {line.agency: (line.by, line.is_own) for line in view.positions}


def test_the_chair_enters_for_who_speaks_in_the_room_and_it_is_told_who_entered_what(table, item):
    propose(table, item)
    say(item, View.AGREE, by=table.police)
    vote(table, item)
    assert entered(table, item) == {
        "Northmoor Council": ("Chris Chair", True),
        "Northmoor Police": ("Pol Force", True),  # saved again by the chair as it was: still the member's
        "Northmoor Schools Service": ("Chris Chair", False),
    }
    vote(table, item, {"Northmoor Police": View.ABSTAIN})
    assert entered(table, item)["Northmoor Police"] == ("Chris Chair", False)
    seen = Position.objects.get(agency=table.police_agency).version
    say(item, View.ABSTAIN, by=table.police, seen=seen)  # the same words, and now their own
    assert entered(table, item)["Northmoor Police"] == ("Pol Force", True)


def test_minutes_keep_who_entered_it_and_older_minutes_still_open(table, item):
    propose(table, item)
    say(item, View.AGREE, by=table.police)
    vote(table, item)
    decide(table, item)
    plain = record_of(making.full(item)).to_json()
    assert ItemRecord.from_json(plain) == record_of(making.full(item))
    for said in plain["decisions"][0]["positions"]:
        del said["by"], said["is_own"]  # as minutes were kept before
    older = ItemRecord.from_json(plain).decisions[0].positions
    assert {line.by for line in older} == {""}
    meeting = fresh(item.meeting)
    services.hold_meeting(meeting, by=table.chair, expected_version=meeting.version)
    minutes = services.draft_minutes(meeting, by=table.chair)
    services.approve_minutes(minutes, by=table.chair, expected_version=fresh(minutes).version)
    text = docx_of(table.school, meeting)
    assert "Northmoor Police: agrees (entered by Pol Force)" in text
    assert "Northmoor Schools Service: agrees (entered for them by Chris Chair)" in text


def docx_of(viewer, meeting):
    view = selectors.minutes_for(viewer, meeting.pk, 1, purpose="tests")
    return "\n".join(one.text for one in Document(io.BytesIO(minutes_as_docx(view))).paragraphs)


# --- stepping aside


def test_who_steps_aside_takes_back_what_they_said_and_another_of_the_agency_says_it(table, item):
    propose(table, item)
    other = a_second_constable(table)
    say(item, View.AGREE, by=table.police)
    version = fresh(item).version
    services.step_aside(item, staff=table.police, reason="My cousin", by=table.chair)
    assert not Position.objects.exists()
    assert fresh(item).version > version  # so that nobody confirms on the ground of it
    assert say(item, View.DISAGREE, "Not yet.", by=other).agency_id == table.police_agency.pk


def test_what_was_decided_stays_decided(table, item):
    vote(table, item)
    decide(table, item)
    services.step_aside(item, staff=table.chair, reason="I see it only now", by=table.chair)
    assert Position.objects.filter(item=item).count() == 3


def test_what_the_chair_recorded_for_others_stays_when_the_chair_steps_aside(table, item):
    propose(table, item)
    vote(table, item, chair_view=ChairView.FOR)
    services.step_aside(item, staff=table.chair, reason="A neighbour", by=table.chair)
    left = Position.objects.filter(item=item)
    assert {row.agency.name for row in left} == {"Northmoor Police", "Northmoor Schools Service"}


def test_the_chair_records_a_conflict_of_another_and_who_only_prepares_does_not(table, item, world):
    """The chair who holds no other role; a case officer who prepares may not, nor a chair of whom the case is not."""
    with pytest.raises(NotAllowed):
        services.step_aside(item, staff=table.school, reason="Their pupil", by=world.officer)
    with pytest.raises(NotFound):
        services.step_aside(item, staff=table.school, reason="Their pupil", by=table.lone_chair)
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.VICE_CHAIR, by=table.chair)
    with pytest.raises(NotPossible, match="what the conflict of interest is"):
        services.step_aside(item, staff=table.school, reason=" ", by=table.lone_chair)
    with pytest.raises(NotFound):  # no seat at this table
        services.step_aside(item, staff=world.stranger, reason="Not here", by=table.lone_chair)
    services.step_aside(item, staff=table.school, reason="Their pupil", by=table.lone_chair)
    row = Recusal.objects.get()
    assert (row.staff, row.recorded_by, row.reason) == (table.school, table.lone_chair, "Their pupil")
    with pytest.raises(NotFound):
        selectors.item_for(table.school, item.meeting_id, item.pk)
    view = selectors.item_for(table.lone_chair, item.meeting_id, item.pk)
    assert view.aside == ("Pia School",)
    assert {name for _, name in view.others} == {"Chris Chair", "Vera Vice", "Hana Housing", "Pol Force", "Otto Clinic"}
    assert selectors.item_for(world.officer, item.meeting_id, item.pk).others == ()
