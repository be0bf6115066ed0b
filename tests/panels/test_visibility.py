"""Every member of every agency, on everything that a meeting shows: nothing of a case that was not given to them, or
that they stepped aside from; numbers and counts among it."""

import io
from dataclasses import fields, is_dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document
from tests.panels import making
from tests.panels.making import (
    IN_THE_MEETING,
    MEETS_AT,
    REASON,
    SUMMARY,
    WORDS,
    a_decided_meeting,
    a_due_case,
    a_meeting,
    an_item,
    fresh,
    give,
    send,
)

from counterpoint.access.models import SharingGrant
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import can_read_case
from counterpoint.panels import selectors, services
from counterpoint.panels.documents import minutes_as_docx
from counterpoint.panels.types import SeatRole

pytestmark = pytest.mark.django_db


def told(value):
    """Everything that a view tells, as text."""
    if is_dataclass(value):
        return " ".join(told(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(told(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{key} {told(one)}" for key, one in value.items())
    return str(value)


def everything_for(viewer, meeting):
    """All that the pages of one meeting would show this person, by page."""
    found = {"list": told(selectors.meetings_of(viewer))}
    view = selectors.meeting_for(viewer, meeting.pk)
    found["meeting"] = told(view)
    try:
        found["papers"] = told(selectors.papers_for(viewer, meeting.pk))
    except NotPossible as refusal:
        found["papers"] = str(refusal)
    for item in meeting.items.all():
        try:
            found[f"item {item.pk}"] = told(selectors.item_for(viewer, meeting.pk, item.pk))
        except NotFound as refusal:
            found[f"item {item.pk}"] = str(refusal)
    for row in view.minutes:
        minutes = selectors.minutes_for(viewer, meeting.pk, row.number, purpose="tests")
        found[f"minutes {row.number}"] = told(minutes)
        found[f"docx {row.number}"] = docx_text(minutes)
    return found


def docx_text(minutes):
    document = Document(io.BytesIO(minutes_as_docx(minutes)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.fixture
def three(table, world):
    """Three cases, decided and minuted: one given to all, one to the police alone, one to police and school."""
    for_all, for_police, for_two = (a_due_case(world, "hold_panel") for _ in range(3))
    given = {
        for_police: [table.police_agency],
        for_all: [table.police_agency, world.school, world.clinic],
        for_two: [table.police_agency, world.school],
    }
    meeting, items = a_decided_meeting(table, given)
    with clock.moved_to(IN_THE_MEETING):
        minutes = services.draft_minutes(meeting, by=table.chair)
        for line in minutes.items.select_related("item__case"):
            services.edit_item_text(
                line, text=f"TEXT-OF-MINUTES {line.item.case.reference}", by=table.chair, expected_version=line.version
            )
        services.approve_minutes(minutes, by=table.chair, expected_version=fresh(minutes).version)
        yield meeting, {"all": for_all, "police": for_police, "two": for_two}, items


SEES = {
    "chair": "all police two",
    "vice": "all police two",
    "police": "all police two",
    "school": "all two",
    "clinic": "all",
    "housing": "all police two",
    "lone_chair": "",  # prepares meetings, and has no seat
}


def test_everybody_is_told_of_what_is_theirs_and_of_nothing_else(table, three):
    meeting, cases, _ = three
    for who, seen in SEES.items():
        mine = [cases[name] for name in seen.split()]
        pages = everything_for(getattr(table, who), meeting)
        for case in cases.values():
            for page, text in pages.items():
                told_of_it = case.reference in text or str(case.pk) in text
                assert case in mine or not told_of_it, (who, page)
        for case in mine:
            for page in ("meeting", "minutes 1", "docx 1"):
                assert case.reference in pages[page], (who, page)
            assert f"{REASON} {case.reference}" in pages["minutes 1"]
            assert f"TEXT-OF-MINUTES {case.reference}" in pages["docx 1"]
            assert f"{SUMMARY} {case.reference}" in pages["papers"]
        assert_numbered(getattr(table, who), meeting, len(mine))


def assert_numbered(viewer, meeting, many):
    """Numbers and counts are of what is there for the reader."""
    numbers = list(range(1, many + 1))
    view = selectors.meeting_for(viewer, meeting.pk)
    assert [line.number for line in view.agenda] == numbers
    assert [paper.number for paper in selectors.papers_for(viewer, meeting.pk).papers] == numbers
    assert [line.number for line in selectors.minutes_for(viewer, meeting.pk, 1, purpose="tests").lines] == numbers
    for line in view.agenda:
        assert selectors.item_for(viewer, meeting.pk, line.id).paper.number == line.number
        assert {line.above_id, line.below_id} - {None} <= {other.id for other in view.agenda}


def test_who_has_no_seat_learns_of_no_meeting(table, three):
    meeting, _, items = three
    assert selectors.meetings_of(table.constable) == ((), ())
    with pytest.raises(NotFound):
        selectors.meeting_for(table.constable, meeting.pk)
    with pytest.raises(NotFound):
        selectors.item_for(table.constable, meeting.pk, items[0].pk)


@pytest.mark.parametrize("ungiven", [True, False])
def test_what_a_member_sees_is_the_same_whether_or_not_another_case_is_there(table, world, ungiven):
    """Byte for byte, but for what differs between any two meetings: nothing of the page hangs on the hidden case."""
    meeting = a_meeting(table)
    hidden = a_due_case(world, "hold_panel")
    if ungiven:
        an_item(table, meeting, hidden, given=[table.police_agency])
    seen = a_due_case(world, "hold_panel")
    item = an_item(table, meeting, seen, given=[table.police_agency, world.school])
    send(table, meeting)
    view = selectors.meeting_for(table.school, meeting.pk)
    assert view.heading.version == 0
    assert [(line.number, line.above_id, line.below_id) for line in view.agenda] == [(1, None, None)]
    assert view.due == view.left == ()
    assert selectors.item_for(table.school, meeting.pk, item.pk).paper.number == 1
    assert len(selectors.papers_for(table.school, meeting.pk).papers) == 1


def test_what_is_hidden_asks_the_database_nothing_more(table, world):
    """So that no page takes longer where there is more to hide."""
    meeting = a_meeting(table)
    an_item(table, meeting, a_due_case(world, "hold_panel"), given=[table.police_agency, world.school])
    send(table, meeting)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            selectors.meeting_for(table.school, meeting.pk)
            selectors.papers_for(table.school, meeting.pk)
        return len(queries)

    before = asked()
    for _ in range(2):
        an_item(table, meeting, a_due_case(world, "hold_panel"), given=[table.police_agency])
    assert asked() == before


def test_only_the_sections_that_were_given(table, world):
    meeting = a_meeting(table)
    case = a_due_case(world, "hold_panel")
    item = an_item(table, meeting, case)
    give(case, world.school, Section.ACTIONS, by=world.officer)
    give(case, world.clinic, Section.CONCERN, by=world.officer)
    send(table, meeting)
    actions_only = selectors.item_for(table.school, meeting.pk, item.pk).paper
    assert actions_only.summary is None
    assert actions_only.referrals == ()
    concern_only = selectors.item_for(table.clinic, meeting.pk, item.pk).paper
    assert concern_only.referrals[0].concern is not None
    assert concern_only.referrals[0].person is None
    assert SUMMARY in str(concern_only.summary)
    assert "Rhona Reporter" not in told(selectors.papers_for(table.chair, meeting.pk))


def test_a_recusal_takes_the_case_away_everywhere_and_at_once(table, three):
    meeting, cases, _items = three
    case = fresh(cases["all"])
    for viewer in (table.school, table.police, table.housing, table.vice):
        assert case.reference in everything_for(viewer, meeting)["minutes 1"]
        record_recusal(viewer, kind=SubjectKind.CASE, subject_id=case.pk, reason="I know them", by=viewer)
        for page, text in everything_for(viewer, meeting).items():
            assert case.reference not in text, page
            assert str(case.pk) not in text, page
        assert not can_read_case(viewer, case.pk)


def test_a_grant_that_ends_ends_the_papers_and_the_minutes_too(table, three, world):
    meeting, cases, _ = three
    case = cases["all"]
    SharingGrant.objects.filter(case_id=case.pk, agency=world.clinic).update(revoked_at=clock.now())
    for page, text in everything_for(table.clinic, meeting).items():
        assert case.reference not in text, page
    assert [line.number for line in selectors.meeting_for(table.clinic, meeting.pk).agenda] == []


def test_before_the_papers_are_sent_members_see_no_agenda(table, world):
    meeting = a_meeting(table)
    case = a_due_case(world, "hold_panel")
    item = an_item(table, meeting, case, given=[world.school])
    view = selectors.meeting_for(table.school, meeting.pk)
    assert view.agenda == ()
    assert not view.heading.shows_agenda
    for refused in (selectors.item_for, selectors.item_row):
        with pytest.raises(NotFound):
            refused(table.school, meeting.pk, item.pk)
    with pytest.raises(NotPossible):
        selectors.papers_for(table.school, meeting.pk)
    send(table, meeting)
    assert selectors.meeting_for(table.school, meeting.pk).agenda[0].reference == case.reference


def test_a_member_who_left_and_one_who_changed_agency_see_nothing(table, three):
    meeting, _, _ = three
    seat = table.panel.seats.get(staff=table.school, to_at__isnull=True)
    services.end_seat(seat, by=table.chair)
    with pytest.raises(NotFound):
        selectors.meeting_for(table.school, meeting.pk)
    type(table.clinic).objects.filter(pk=table.clinic.pk).update(agency=table.police_agency)
    with pytest.raises(NotFound):
        selectors.meeting_for(fresh(table.clinic), meeting.pk)


def test_a_named_deputy_reads_this_meeting_and_no_other(table, three, world):
    meeting, _cases, _ = three
    lines = [
        making.GivenAttendance(seat.pk, making.Attending.DEPUTY, deputy_id=table.constable.pk)
        if seat.staff == table.police
        else making.GivenAttendance(seat.pk, making.Attending.PRESENT)
        for seat in making.running_seats(table.panel)
    ]
    other = a_meeting(table, at=MEETS_AT.replace(month=6))
    services.record_attendance(meeting, lines, by=table.chair, expected_version=fresh(meeting).version)
    assert len(selectors.meeting_for(table.constable, meeting.pk).agenda) == 3
    assert [row.id for row in selectors.meetings_of(table.constable)[1]] == [meeting.pk]
    with pytest.raises(NotFound):
        selectors.meeting_for(table.constable, other.pk)


def test_a_case_officer_prepares_what_is_theirs_and_learns_of_nothing_else(table, world):
    """Numbers of an agenda that a case officer puts together go by their own cases."""
    meeting = a_meeting(table)
    mine, other = a_due_case(world), a_due_case(world)
    Case.objects.filter(pk=other.pk).update(lead_officer=world.colleague)
    other.members.update(staff=world.colleague)
    an_item(table, meeting, other)
    assert [line.case_id for line in selectors.meeting_for(world.officer, meeting.pk).due] == [mine.pk]
    item = services.put_on_agenda(meeting, mine, by=world.officer)
    view = selectors.meeting_for(world.officer, meeting.pk)
    assert [(line.number, line.id) for line in view.agenda] == [(1, item.pk)]
    assert other.reference not in told(view)
    with pytest.raises(NotFound):
        services.put_on_agenda(meeting, other, by=world.stranger)
    assert len(selectors.meeting_for(table.chair, meeting.pk).agenda) == 2


def test_the_chair_sees_which_agencies_were_not_given_a_case(table, three, world):
    meeting, cases, _items = three
    by_case = {line.case_id: line.not_given for line in selectors.meeting_for(table.chair, meeting.pk).agenda}
    assert by_case[cases["all"].pk] == ()
    assert by_case[cases["two"].pk] == ("Northmoor Clinic",)
    assert by_case[cases["police"].pk] == ("Northmoor Clinic", "Northmoor Schools Service")
    for viewer in (table.police, table.housing):
        assert all(line.not_given == () for line in selectors.meeting_for(viewer, meeting.pk).agenda)


def test_sharing_is_offered_only_while_the_meeting_is_to_come_or_sits(table, world):
    """To a supervisor who chairs; nobody is given a case for a meeting that is over or does not take place."""
    cases = [a_due_case(world, "hold_panel") for _ in range(3)]
    coming, cancelled = a_meeting(table, at=MEETS_AT.replace(month=6)), a_meeting(table, at=MEETS_AT.replace(month=7))
    items = [an_item(table, meeting, case) for meeting, case in ((coming, cases[0]), (cancelled, cases[1]))]
    services.cancel_meeting(cancelled, reason="No room", by=table.chair, expected_version=fresh(cancelled).version)
    held, (held_item,) = a_decided_meeting(table, {cases[2]: [table.police_agency]})
    offered = {}
    for meeting, item in ((coming, items[0]), (cancelled, items[1]), (held, held_item)):
        (line,) = selectors.meeting_for(table.chair, meeting.pk).agenda
        assert line.not_given
        offered[meeting] = (line.may_share, selectors.item_for(table.chair, meeting.pk, item.pk).may_share)
    assert offered == {coming: (True, True), cancelled: (False, False), held: (False, False)}
    Case.objects.filter(pk=cases[0].pk).update(state="closed", closed_at=clock.now(), closure_reason="x")
    assert not selectors.meeting_for(table.chair, coming.pk).agenda[0].may_share


def test_every_read_of_papers_and_minutes_is_audited_with_purpose_and_recipient(table, three):
    meeting, cases, _ = three
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    selectors.minutes_for(table.school, meeting.pk, 1, purpose="To brief the head", action="saved")
    entries = AuditEntry.objects.exclude(pk__in=before)
    whole = entries.get(action="panel_meeting.minutes_saved")
    assert whole.purpose == "To brief the head"
    assert whole.detail["recipient"] == str(table.school.pk)
    assert whole.detail["items"] == 2
    about = set(entries.filter(action="case.read").values_list("subject_id", flat=True))
    assert about == {cases["all"].pk, cases["two"].pk}
    assert WORDS not in str(list(entries.values()))


def test_a_seat_gives_nothing_of_a_planned_meeting_or_a_closed_case(table, world):
    """Members of the lead agency read by their seat only once papers were sent, and only while the case is open."""
    meeting = a_meeting(table)
    case = a_due_case(world, "hold_panel")
    an_item(table, meeting, case)
    assert not can_read_case(table.housing, case.pk)
    send(table, meeting)
    assert can_read_case(table.housing, case.pk)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=clock.now(), closure_reason="x")
    assert not can_read_case(table.housing, case.pk)
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.VICE_CHAIR, by=table.chair)
    assert can_read_case(table.lone_chair, case.pk)
