"""The pages of panels: that every form does what it says, and that no page tells a member of what is not theirs."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse
from docx import Document
from tests.cases.making import START, a_world
from tests.cast import logged_in
from tests.panels import making
from tests.panels.making import IN_THE_MEETING, MEETS_AT, SUMMARY, a_due_case, a_table, fresh, give

from counterpoint.access.models import Notice
from counterpoint.access.services import record_recusal
from counterpoint.access.types import SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.cases.models import Action
from counterpoint.panels.models import AgendaItem, Minutes, Panel, PanelDecision, PanelMeeting
from counterpoint.panels.types import Attending, View

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(db):
    with clock.moved_to(START):
        yield a_table(a_world())


def at(name, **parts):
    return reverse(f"desk:{name}", kwargs=parts or None)


def text_of(response):
    return html.unescape(response.content.decode())


def get(staff, name, **parts):
    return logged_in(staff).get(at(name, **parts))


def post(staff, name, data, **parts):
    return logged_in(staff).post(at(name, **parts), data)


def version_on(response):
    return re.search(r'name="version" value="(\d+)"', text_of(response)).group(1)


def test_a_panel_from_its_first_seat_to_approved_minutes(table):
    """One meeting, all of it by the pages: what each form is sent is what the page before it showed."""
    world, chair = table.world, table.chair
    case = a_due_case(world)
    other = a_due_case(world)
    give(case, table.police_agency, by=world.officer)
    give(case, world.school, by=world.officer)
    # a panel of its own
    assert post(chair, "panel_new", {"name": "Moorside panel"}).status_code == 302
    panel = Panel.objects.get(name="Moorside panel")
    for staff, role in ((chair, "chair"), (table.police, "member"), (table.school, "member"), (table.clinic, "member")):
        assert post(chair, "panel_seat_give", {"staff": staff.pk, "role": role}, panel_id=panel.pk).status_code == 302
    # a meeting
    when = {"on_day": "18", "on_month": "5", "on_year": "2026", "at": "14.30", "place": "Room 3", "chair": chair.pk}
    assert post(world.officer, "panel_meeting_new", when, panel_id=panel.pk).status_code == 302
    meeting = PanelMeeting.objects.get(panel=panel)
    assert (meeting.starts_at.hour, meeting.starts_at.minute) == (13, 30)  # half past two in London's summer
    here = {"meeting_id": meeting.pk}
    assert case.reference in text_of(get(chair, "panel_meeting", **here))
    # the agenda
    for due in (other, case):
        assert post(chair, "panel_agenda_put", {}, case_id=due.pk, **here).status_code == 302
    first, second = AgendaItem.objects.order_by("place")
    post(chair, "panel_item_move", {"above": first.pk}, item_id=second.pk, **here)
    page = text_of(get(chair, "panel_meeting", **here))
    assert page.index(case.reference) < page.index(other.reference)
    leaving = post(chair, "panel_agenda_leave", {"reason": "The school first"}, case_id=other.pk, **here)
    assert leaving.status_code == 302
    item = {"item_id": second.pk, **here}
    paper = {"version": version_on(get(chair, "panel_item_paper", **item)), "text": SUMMARY,
             "home_force": table.police_agency.pk}  # fmt: skip
    assert post(chair, "panel_item_paper", paper, **item).status_code == 302
    step = {"version": version_on(get(chair, "panel_item_prepare", **item)), "panel_on_day": "18",
            "panel_on_month": "5", "panel_on_year": "2026", "home_force_invited": "yes"}  # fmt: skip
    assert post(chair, "panel_item_prepare", step, **item).status_code == 302
    sent = {"version": version_on(get(chair, "panel_papers_send", **here))}
    assert post(chair, "panel_papers_send", sent, **here).status_code == 302
    assert SUMMARY in text_of(get(table.school, "panel_papers", **here))
    # the meeting
    with clock.moved_to(IN_THE_MEETING):
        there = {"version": version_on(get(chair, "panel_attendance", **here))}
        for seat in making.running_seats(panel):
            there[f"attending_{seat.pk}"] = Attending.PRESENT.value
        assert post(chair, "panel_attendance", there, **here).status_code == 302
        said = {"version": version_on(get(chair, "panel_item_positions", **item)), "motion": "adopt",
                "chair_view": "none"}  # fmt: skip
        for agency in (world.lead, table.police_agency, world.school):
            said[f"view_{agency.pk}"] = View.AGREE.value
        assert post(chair, "panel_item_positions", said, **item).status_code == 302
        page = get(chair, "panel_item_decide", **item)
        assert "All members agree." in text_of(page)
        decision = {"version": version_on(page), "reason": "It will help.", "dissent": ""}
        assert post(chair, "panel_item_decide", decision, **item).status_code == 302
        assert post(chair, "panel_item_decide", decision, **item).status_code == 302  # pressed twice
        assert PanelDecision.objects.count() == 1
        due = {"title": "A mentor", "kind": "support", "owner": f"agency:{world.school.pk}", "due_on_day": "1",
               "due_on_month": "6", "due_on_year": "2026", "detail": ""}  # fmt: skip
        assert post(chair, "panel_item_action", due, **item).status_code == 302
        assert Action.objects.count() == 1
        over = {"version": version_on(get(chair, "panel_meeting_held", **here))}
        assert post(chair, "panel_meeting_held", over, **here).status_code == 302
        # the minutes
        assert post(chair, "panel_minutes_draft", {}, **here).status_code == 302
        minutes = {"number": 1, **here}
        text = {"version": version_on(get(chair, "panel_minutes_summary", **minutes)), "text": "A short meeting."}
        assert post(chair, "panel_minutes_summary", text, **minutes).status_code == 302
        text = {"version": version_on(get(chair, "panel_minutes_item", item_id=second.pk, **minutes)), "text": "Told."}
        assert post(chair, "panel_minutes_item", text, item_id=second.pk, **minutes).status_code == 302
        assert get(table.school, "panel_minutes", **minutes).status_code == 404
        yes = {"version": version_on(get(chair, "panel_minutes_approve", **minutes))}
        assert post(chair, "panel_minutes_approve", yes, **minutes).status_code == 302
        assert Minutes.objects.get().state == "final"
        page = text_of(get(table.school, "panel_minutes", **minutes))
        for told in (case.reference, "It will help.", "A mentor", "A short meeting.", "Told."):
            assert told in page
        assert case.reference not in text_of(get(table.clinic, "panel_minutes", **minutes))
        assert case.reference in text_of(get(chair, "case_panels", case_id=case.pk))


@pytest.fixture
def decided(table):
    """A meeting that decided on a case given to police and school, and on one given to all; with minutes."""
    world = table.world
    hidden, shared = a_due_case(world, "hold_panel"), a_due_case(world, "hold_panel")
    two, everybody = [table.police_agency, world.school], [table.police_agency, world.school, world.clinic]
    meeting, items = making.a_decided_meeting(table, {hidden: two, shared: everybody})
    with clock.moved_to(IN_THE_MEETING):
        making.services.draft_minutes(meeting, by=table.chair)
        making.services.approve_minutes(Minutes.objects.get(), by=table.chair, expected_version=1)
        yield meeting, items, hidden, shared


def routes_of_panels():
    """Every route of a meeting that a GET can open, by name."""
    patterns = get_resolver("counterpoint.desk.urls").url_patterns
    return [pattern.name for pattern in patterns if str(pattern.pattern).startswith("panels/")]


def addresses(meeting, items, case):
    """Every address of every route of panels for this meeting, each of its items, and a case."""
    found = []
    for name in routes_of_panels():
        for item in items:
            parts = {"panel_id": meeting.panel_id, "seat_id": meeting.panel.seats.first().pk, "meeting_id": meeting.pk,
                     "item_id": item.pk, "number": 1, "case_id": case.pk}  # fmt: skip
            pattern = next(one for one in get_resolver("counterpoint.desk.urls").url_patterns if one.name == name)
            wanted = pattern.pattern.converters
            found.append((name, item, at(name, **{key: parts[key] for key in wanted})))
    return found


def test_no_page_tells_a_member_of_a_case_that_is_not_theirs(table, decided):
    """Every route of panels, by GET and by POST, for a member whose agency was not given the case, and for one who
    stepped aside from it: neither its reference nor its id stands anywhere, and its item answers like one that never
    was."""
    meeting, items, hidden, _shared = decided
    record_recusal(table.police, kind=SubjectKind.CASE, subject_id=hidden.pk, reason="I know them", by=table.police)
    nothing = AgendaItem(pk=meeting.pk)  # an item that never was
    for viewer in (table.clinic, table.police):
        client = logged_in(viewer)
        for name, item, address in addresses(meeting, [*items, nothing], hidden):
            for response in (client.get(address), client.post(address, {"version": "1"})):
                page = text_of(response) if "wordprocessing" not in response.headers["Content-Type"] else ""
                page = page.replace(address, "")  # what was asked for
                assert hidden.reference not in page, (name, viewer.name)
                assert str(hidden.pk) not in page, (name, viewer.name)
                assert response.status_code in (200, 302, 403, 404, 405, 409), name
                if item in (items[0], nothing) and "item_id" in address_parts(name):
                    assert response.status_code in (403, 404, 405), name
    known, unknown = (
        text_of(logged_in(table.clinic).get(at("panel_item", meeting_id=meeting.pk, item_id=item.pk))).replace(
            str(item.pk), ""
        )
        for item in (items[0], nothing)
    )
    assert without_tokens(known) == without_tokens(unknown)


def without_tokens(page):
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page)


def address_parts(name):
    pattern = next(one for one in get_resolver("counterpoint.desk.urls").url_patterns if one.name == name)
    return set(pattern.pattern.converters)


def test_notices_and_the_first_page_count_meetings_and_never_cases(table, decided):
    _meeting, _, hidden, _ = decided
    texts = list(Notice.objects.filter(staff=table.clinic).values_list("text", flat=True))
    assert texts
    assert all(hidden.reference not in text for text in texts)
    page = text_of(get(table.clinic, "home"))
    assert hidden.reference not in page
    assert text_of(get(table.school, "panels")).count("seats") == text_of(get(table.clinic, "panels")).count("seats")


def test_a_copy_is_made_for_one_reader_named_without_anybody_and_recorded(table, decided):
    meeting, _, hidden, shared = decided
    parts = {"meeting_id": meeting.pk, "number": 1}
    assert "Fill in" in text_of(post(table.clinic, "panel_minutes_save", {"purpose": ""}, **parts))
    response = post(table.clinic, "panel_minutes_save", {"purpose": "To brief the clinic"}, **parts)
    assert response.headers["Content-Disposition"] == 'attachment; filename="panel-minutes-2026-05-18-1.docx"'
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(response.content)).paragraphs)
    assert shared.reference in text
    assert hidden.reference not in text
    assert "Made for Otto Clinic, Northmoor Clinic" in text
    entry = AuditEntry.objects.get(action="panel_meeting.minutes_saved")
    assert entry.purpose == "To brief the clinic"
    assert entry.detail["recipient"] == str(table.clinic.pk)
    printed = text_of(get(table.clinic, "panel_minutes_print", **parts))
    assert "Made for Otto Clinic" in printed
    assert hidden.reference not in printed
    assert AuditEntry.objects.filter(action="panel_meeting.minutes_printed").count() == 1


def test_what_a_member_may_not_do_is_not_offered(table, decided):
    meeting, items, _, _ = decided
    page = text_of(get(table.police, "panel_meeting", meeting_id=meeting.pk))
    for offered in ("Draft", "Record who was there", "Not given to", "Due", "Left for later"):
        assert offered not in page
    page = text_of(get(table.police, "panel_item", meeting_id=meeting.pk, item_id=items[1].pk))
    for offered in ("Write the summary", "Add an action", "not given this case"):
        assert offered not in page
    assert "I have a conflict of interest" in page


def test_stepping_aside_by_the_page(table, decided):
    meeting, items, _, shared = decided
    parts = {"meeting_id": meeting.pk, "item_id": items[1].pk}
    assert post(table.clinic, "panel_item_recuse", {"reason": "A patient of mine"}, **parts).status_code == 302
    assert get(table.clinic, "panel_item", **parts).status_code == 404
    assert shared.reference not in text_of(get(table.clinic, "panel_meeting", meeting_id=meeting.pk))
    other = {"staff": str(table.school.pk), "reason": "Their pupil"}
    assert post(table.chair, "panel_item_recuse", other, **parts).status_code == 302
    assert get(table.school, "panel_item", **parts).status_code == 404
    page = text_of(get(table.chair, "panel_item", **parts))
    for name in ("Otto Clinic", "Pia School"):
        assert f"{name} stepped aside and took no part" in page


def test_refusals_are_told_on_the_form(table):
    meeting = making.a_meeting(table)
    case = a_due_case(table.world, "hold_panel")
    item = making.an_item(table, meeting, case, given=[table.world.school])
    making.send(table, meeting)
    parts = {"meeting_id": meeting.pk, "item_id": item.pk}
    assert get(table.chair, "panel_item_positions", **parts).status_code == 409  # its day has not come
    with clock.moved_to(IN_THE_MEETING):
        making.attend(table, meeting)
        making.vote(table, item)
        page = text_of(get(table.chair, "panel_item", **parts))
        assert "police for the area in which the person lives must be present" in page
        assert "Record the decision" not in page
        version = fresh(item).version
        response = post(table.chair, "panel_item_decide", {"version": version, "reason": "x"}, **parts)
        assert response.status_code == 200
        assert "police for the area in which the person lives must be present" in text_of(response)
        old = {"version": version - 1, "motion": "adopt", "chair_view": "none"}
        assert post(table.chair, "panel_item_positions", old, **parts).status_code == 409
    again = {"on_day": "18", "on_month": "5", "on_year": "2026", "at": "25:00", "place": "", "chair": table.chair.pk}
    page = text_of(post(table.chair, "panel_meeting_new", again, panel_id=table.panel.pk))
    assert "Enter a time" in page
    assert "Fill in: Where" in page


def test_times_as_people_write_them(table):
    for written, (hour, minute) in {"9:05": (9, 5), "14.30": (14, 30), "08:00": (8, 0)}.items():
        day = MEETS_AT + timedelta(days=hour)
        data = {"on_day": day.day, "on_month": day.month, "on_year": day.year, "at": written, "place": "Here",
                "chair": table.chair.pk}  # fmt: skip
        assert post(table.chair, "panel_meeting_new", data, panel_id=table.panel.pk).status_code == 302
        found = PanelMeeting.objects.get(starts_at__date=day.date()).starts_at
        assert (found.hour + 1, found.minute) == (hour, minute)


def test_ways_on_from_every_state_of_a_meeting(table):
    meeting = making.a_meeting(table)
    here = {"meeting_id": meeting.pk}
    change = {"version": version_on(get(table.chair, "panel_meeting_change", **here)), "on_day": "19",
              "on_month": "5", "on_year": "2026", "at": "10:00", "place": "Library",
              "chair": table.vice.pk}  # fmt: skip
    assert post(table.chair, "panel_meeting_change", change, **here).status_code == 302
    assert "Library" in text_of(get(table.police, "panel_meeting", **here))
    stop = {"version": version_on(get(table.chair, "panel_meeting_cancel", **here)), "reason": "No room"}
    assert post(table.chair, "panel_meeting_cancel", stop, **here).status_code == 302
    assert "does not take place" in text_of(get(table.police, "panel_meeting", **here))
    assert "No room" not in text_of(get(table.police, "panel_meeting", **here))
    seat = table.panel.seats.get(staff=table.clinic)
    assert post(table.chair, "panel_seat_end", {}, panel_id=table.panel.pk, seat_id=seat.pk).status_code == 302
    assert get(table.clinic, "panel_meeting", **here).status_code == 404
    assert get(table.world.triage, "panels").status_code == 403
