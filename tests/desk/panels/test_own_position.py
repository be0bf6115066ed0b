"""The page on which a member says what their own agency thinks, and what the others then read."""

import pytest
from tests.cases.making import START, a_world
from tests.desk.panels.test_panel_pages import get, post, text_of, version_on
from tests.panels import making
from tests.panels.making import IN_THE_MEETING, a_due_case, a_table, fresh

from counterpoint.base import clock
from counterpoint.panels.models import AgendaItem, Position
from counterpoint.panels.types import View

pytestmark = pytest.mark.django_db
PAGE, OFFER, CHANGE = "panel_item_position", "Say where your agency stands", "Change what your agency says"


@pytest.fixture
def table(db):
    with clock.moved_to(START):
        yield a_table(a_world())


@pytest.fixture
def item(table):
    """A case before the panel in the meeting, given to police and school; nobody is recorded as there yet."""
    world = table.world
    meeting = making.a_meeting(table)
    given = [table.police_agency, world.school]
    found = making.an_item(table, meeting, a_due_case(world, "hold_panel"), given=given)
    making.send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        yield found


def parts_of(item):
    return {"meeting_id": item.meeting_id, "item_id": item.pk}


def filled(item, view, words="", *, by):
    """The form as its page shows it, filled in."""
    own = Position.objects.filter(item=item, agency=by.agency, motion_number=fresh(item).motion_number).first()
    return {
        "version": own.version if own else 0,
        "motion_number": fresh(item).motion_number,
        "view": view,
        "words": words,
    }


def test_a_member_says_it_changes_it_and_all_who_take_part_read_who_entered_it(table, item):
    parts = parts_of(item)
    assert OFFER not in text_of(get(table.police, "panel_item", **parts))
    assert get(table.police, PAGE, **parts).status_code == 409  # nothing is proposed
    making.attend(table, item.meeting)
    making.propose(table, item)
    assert OFFER in text_of(get(table.police, "panel_item", **parts))
    page = get(table.police, PAGE, **parts)
    assert "Proposed: Adopt the case." in text_of(page)
    assert version_on(page) == "0"
    refused = post(table.police, PAGE, filled(item, "disagree", by=table.police), **parts)
    assert "Northmoor Police disagrees: write down why" in text_of(refused)
    assert post(table.police, PAGE, filled(item, "disagree", "Not yet.", by=table.police), **parts).status_code == 302
    page = text_of(get(table.school, "panel_item", **parts))
    for told in ("Northmoor Police: disagrees", "Not yet.", "Entered by Pol Force", OFFER):
        assert told in page
    assert "Entered by Pol Force" in text_of(get(table.chair, "panel_item_positions", **parts))
    page = text_of(get(table.police, "panel_item", **parts))
    assert CHANGE in page
    assert OFFER not in page
    page = text_of(get(table.police, PAGE, **parts))
    assert "Not yet." in page
    assert post(table.police, PAGE, filled(item, "agree", by=table.police), **parts).status_code == 302
    assert Position.objects.get().view == View.AGREE


def test_who_is_not_recorded_as_there_is_told_what_to_do(table, item):
    making.attend(table, item.meeting, table.police)
    making.propose(table, item)
    page = text_of(get(table.police, "panel_item", **parts_of(item)))
    assert "It is not recorded that you are there." in page
    assert OFFER not in page
    assert get(table.police, PAGE, **parts_of(item)).status_code == 409


def test_two_of_one_agency_see_both_versions(table, item):
    making.attend(table, item.meeting)
    making.propose(table, item)
    older = filled(item, "disagree", "In the words of one.", by=table.police)
    making.vote(table, item, {"Northmoor Police": View.ABSTAIN})
    page = post(table.police, PAGE, older, **parts_of(item))
    assert page.status_code == 409
    for told in ("Abstains", "Disagrees", "In the words of one.", "Save my version over it"):
        assert told in text_of(page)
    assert post(table.police, PAGE, {**older, "version": version_on(page)}, **parts_of(item)).status_code == 302
    assert Position.objects.get(agency=table.police_agency).view == View.DISAGREE


def test_another_proposal_is_read_before_anything_is_said_to_it(table, item):
    making.attend(table, item.meeting)
    making.propose(table, item)
    older = filled(item, "agree", by=table.police)
    making.propose(table, item, motion="not_adopt")
    page = post(table.police, PAGE, older, **parts_of(item))
    assert page.status_code == 409
    assert "Something else is put to the panel" in text_of(page)
    assert "Save my version over it" not in text_of(page)
    assert not Position.objects.exists()


def test_after_the_decision_it_is_offered_to_nobody(table, item):
    making.attend(table, item.meeting)
    making.vote(table, item)
    older = filled(item, "disagree", "Too late.", by=table.police)
    making.decide(table, item)
    parts = parts_of(item)
    page = text_of(get(table.police, "panel_item", **parts))
    assert OFFER not in page
    assert CHANGE not in page
    assert post(table.police, PAGE, older, **parts).status_code == 409
    assert not Position.objects.filter(view=View.DISAGREE).exists()


def test_to_who_was_not_given_the_case_it_is_a_page_that_is_not_there(table, item):
    making.attend(table, item.meeting)
    making.propose(table, item)
    nothing = AgendaItem(pk=item.meeting_id, meeting_id=item.meeting_id)
    data = {"version": 0, "motion_number": 1, "view": "agree", "words": ""}
    for one in (item, nothing):
        assert get(table.clinic, PAGE, **parts_of(one)).status_code == 404
        assert post(table.clinic, PAGE, data, **parts_of(one)).status_code == 404
    assert post(table.world.officer, PAGE, data, **parts_of(item)).status_code == 403  # prepares, and has no seat
    assert not Position.objects.exists()


def test_a_chair_without_another_role_is_offered_to_record_a_conflict_of_a_member(table, item):
    making.services.give_seat(table.panel, staff=table.lone_chair, role="vice_chair", by=table.chair)
    parts = parts_of(item)
    assert "Record a conflict of interest" in text_of(get(table.lone_chair, "panel_item", **parts))
    assert "I have a conflict of interest" in text_of(get(table.police, "panel_item", **parts))
    assert "Who steps aside?" not in text_of(get(table.police, "panel_item_recuse", **parts))
    data = {"staff": str(table.police.pk), "reason": "His cousin"}
    assert post(table.lone_chair, "panel_item_recuse", data, **parts).status_code == 302
    assert get(table.police, "panel_item", **parts).status_code == 404
