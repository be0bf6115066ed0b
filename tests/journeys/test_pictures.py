"""The pictures in docs/pictures: `COUNTERPOINT_PICTURES=1 pytest tests/journeys/test_pictures.py` takes them anew.
Otherwise the headings of the pages are held against those that the pictures show."""

import json
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page
from tests import cast
from tests.journeys.casework import CaseDesk
from tests.journeys.reporting import BY_ID, Reporter, Story
from tests.journeys.working import Desk

from counterpoint.access.types import Role
from counterpoint.intake.work import run_queued

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
FOLDER = Path(settings.ROOT) / "docs" / "pictures"
HEADINGS = FOLDER / "headings.json"
MOST_BYTES = 300_000
STEPS = {
    "contact_reporter": "Contact the reporter",
    "gather_information": "Gather information",
    "assess": "Assess the concern",
    "plan_support": "Plan support",
}


@pytest.mark.parametrize(("name", "width"), [("portal", 1280), ("portal-phone", 375)])
def test_the_picture_of_the_portal(new_page, name, width):
    page = new_page(width=width)
    page.goto("/en/")
    _take_or_compare(page, name, height=1000 if width > 1000 else 812)


def test_the_picture_of_the_desk(new_page):
    """A story in the middle of its work: the case page with where it stands, drawn on the process."""
    people, story = cast.a_cast(), BY_ID["01"]
    receipt = Reporter(new_page()).tell(story)
    run_queued()
    officer = Desk(new_page(), people[Role.TRIAGE_OFFICER]).log_in()
    officer.open_from_inbox(receipt.reference)
    officer.decide(story, **story["at_the_desk"]["decision"])
    desk = CaseDesk(new_page(width=1680), people[Role.CASE_OFFICER]).log_in()
    desk.open_case(receipt.reference)
    for step, name in STEPS.items():
        desk.step(name, next(told for told in _steps(story) if told["step"] == step)["values"])
    desk.add_action(_action(story, 0), owner=people.council.name)
    desk.add_action(_action(story, 1), owner=people.council.name)
    desk.finish_action(_action(story, 0))
    desk.step("Review the actions", {"decision": "done", "note": "He is back at the club."})
    desk.open_case(receipt.reference)
    _take_or_compare(desk.page, "desk", height=1500)


def _steps(story: Story) -> list[Story]:
    return story["at_the_desk"]["case"]["steps"]


def _action(story: Story, place: int) -> Story:
    return story["at_the_desk"]["case"]["actions"][place]


def _take_or_compare(page: Page, name: str, *, height: int) -> None:
    found = [re.sub(r"CP(-\w+)+", "CP-…", text) for text in page.get_by_role("heading").all_inner_texts()]
    known = json.loads(HEADINGS.read_text("utf-8")) if HEADINGS.exists() else {}
    picture = FOLDER / f"{name}.png"
    if os.environ.get("COUNTERPOINT_PICTURES") == "1":
        page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
        page.screenshot(path=str(picture))
        known = {**known, name: found}
        HEADINGS.write_text(json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert found == known.get(name), "the page has changed: take its picture anew with COUNTERPOINT_PICTURES=1"
    assert picture.stat().st_size < MOST_BYTES
