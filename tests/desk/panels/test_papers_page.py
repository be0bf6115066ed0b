"""The papers as a page: the parts that were given, each under its heading, and an assessment only in words."""

import re

import pytest
from tests.cases.making import START, a_world
from tests.desk.panels.test_panel_pages import get, text_of
from tests.panels import making
from tests.panels.making import a_due_case, a_table, give
from tests.panels.test_papers import NEVER, TOLD, fill

from counterpoint.access.types import Section
from counterpoint.base import clock

pytestmark = pytest.mark.django_db
HEADINGS = {
    Section.SUPPORT: "The support plan",
    Section.ASSESSMENTS: "Assessments",
    Section.INFORMATION: "What other agencies answered",
}


@pytest.fixture
def table(db):
    with clock.moved_to(START):
        yield a_table(a_world())


def a_sent_item(table, *sections, filled=True):
    """A case on an agenda whose papers are sent; these sections of it are the school's to read."""
    world, meeting = table.world, making.a_meeting(table)
    case = a_due_case(world, "hold_panel")
    if filled:
        fill(case, world)
    give(case, world.school, *sections, by=world.officer)
    item = making.an_item(table, meeting, case)
    making.send(table, meeting)
    return item


def pages(table, item):
    here = {"meeting_id": item.meeting_id}
    document = get(table.school, "panel_papers", **here)
    return [main_of(document), main_of(get(table.school, "panel_item", item_id=item.pk, **here))]


def main_of(response):
    page = text_of(response)
    return page[page.index("<main") : page.index("</main>")]


def test_what_was_given_is_on_both_pages(table):
    item = a_sent_item(table, *TOLD)
    for page in pages(table, item):
        assert [word for words in TOLD.values() for word in words if word not in page] == []
        assert [word for word in NEVER if word in page] == []
        for words in ("mentoring", "offered", "Northmoor Clinic", "It stands in our records"):
            assert words in page
        assert [heading for heading in HEADINGS.values() if f">{heading}</h" not in page] == []


def test_an_assessment_is_words_and_never_a_number(table):
    """No sum, score or count: what is a number in its part of the page is a day or a time of day."""
    item = a_sent_item(table, Section.ASSESSMENTS)
    for page in pages(table, item):
        part = page[page.index(">Assessments</h") :]
        words = re.sub(r"<[^>]+>", " ", part[: part.index("cp-button-row")] if "cp-button-row" in part else part)
        words = re.sub(r"\b\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d\b", "", words)
        assert "Seen or heard by a professional" in words
        assert re.findall(r"\d+", words) == []
        for never in ("score", "total", "sum of", "points"):
            assert never not in words.lower()


@pytest.mark.parametrize("section", HEADINGS)
def test_a_part_that_was_not_given_has_no_heading_and_an_empty_one_says_so(table, section):
    item = a_sent_item(table, section, filled=False)
    for page in pages(table, item):
        found = {one for one, heading in HEADINGS.items() if f">{heading}</h" in page}
        assert found == {section}
        assert any(words in page for words in ("None was written yet.", "None is finished yet.", "None yet."))
