"""A Prevent lead changes the whole path without a programmer, in a real browser: the process and its clocks saved,
edited, put in, found wanting, put right, seen as a drawn difference, approved by somebody else, put in force; and a
case that runs by the version before is moved to it."""

import re
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import expect
from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.journeys.going import go_by
from tests.journeys.looking import assert_accessible, keep_picture
from tests.journeys.working import Desk

from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases import services as cases
from counterpoint.intake.work import run_queued

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PROCESS, CLOCKS = "processes/prevent_path.bpmn", "clocks.yaml"
BEFORE, AFTER = "Gateway assessment", "Assess at the gateway"


def saved(desk: Desk, path: str, folder: Path) -> Path:
    """The file as the page of the rules gives it."""
    link = desk.page.get_by_role("link", name=f"Save {path}", exact=True)
    file = folder / Path(path).name
    file.write_bytes(desk.page.request.get(link.get_attribute("href")).body())
    return file


def rename_step(path: Path, name: str) -> None:
    """What a modeller does: one name, and the file written anew."""
    tree = etree.parse(path)
    step = next(each for each in tree.iter(f"{BPMN}userTask") if each.get("id") == "gateway_assessment")
    step.set("name", name)
    tree.write(path, xml_declaration=True, encoding="UTF-8")


def give_gateway(path: Path, days: str) -> None:
    """The clock of the gateway assessment, as an editor of texts changes it."""
    text = path.read_text("utf-8")
    begins = text.index("  - id: gateway\n")
    head, rest = text[:begins], text[begins:]
    path.write_text(
        head + re.sub(r"within: \{working_days: [^}]+\}", f"within: {{working_days: {days}}}", rest, count=1)
    )


def test_the_whole_path_is_changed_and_a_running_case_follows(new_page, site, tmp_path):
    people = cast.a_cast()
    case = cases.open_case(
        a_referral(CONCERN | someone("Idris", "Marlow", age=19)),
        lead_officer=people[Role.CASE_OFFICER],
        by=people[Role.TRIAGE_OFFICER],
        at=clock.now(),
        process_id="prevent_path",
    )
    roles = (Role.PROCESS_LEAD, Role.SUPERVISOR, Role.CASE_OFFICER)
    lead, supervisor, officer = (Desk(new_page(), people[role]).log_in() for role in roles)
    officer.page.goto(f"/desk/cases/{case.pk}/")
    expect(officer.main()).to_contain_text(BEFORE)
    page = lead.page

    page.goto("/desk/rules/")
    process, clocks = saved(lead, PROCESS, tmp_path), saved(lead, CLOCKS, tmp_path)
    lead.follow_button("Change the rules")
    lead.write("title", "The gateway in plainer words, and sooner")
    lead.write("why", "New staff did not know what was meant.")
    lead.press("Start the draft")
    lead.told("Nothing of it touches any work.")

    rename_step(process, AFTER)
    give_gateway(clocks, "soon")
    lead.follow_button("Put files in")
    page.locator("#id_uploads").set_input_files([process, clocks])
    lead.press("Put them in and check")
    problem = page.get_by_role("row").filter(has_text="is not a whole number from 0 to 1200")
    expect(problem).to_contain_text(CLOCKS)
    assert_accessible(page)

    give_gateway(clocks, "4")
    lead.follow_button("Put files in")
    page.locator("#id_uploads").set_input_files([process, clocks])
    lead.press("Put them in and check")
    lead.told("The files were taken into the draft.")
    lead.follow("See the difference")
    picture = page.get_by_role("region", name=f"{PROCESS} as a picture")
    expect(picture.locator("svg")).to_be_visible()
    expect(lead.main()).to_contain_text(BEFORE)
    expect(lead.main()).to_contain_text(AFTER)
    expect(page.get_by_role("region", name=f"What differs in {CLOCKS}")).to_contain_text("4")
    keep_picture(page, "rules-difference")
    page.go_back()
    expect(lead.main()).to_contain_text("somebody else must approve it")

    supervisor.page.goto("/desk/rules/")
    supervisor.follow("The gateway in plainer words, and sooner")
    supervisor.follow_button("Approve")
    supervisor.page.locator("#id_read").check()
    supervisor.press("Approve")
    supervisor.told("The draft is approved.")
    page.reload()
    lead.follow_button("Put it in force")
    page.locator("#id_sure").check()
    lead.press("Put it in force")
    lead.told("The change is in force.")
    officer.page.reload()
    expect(officer.main()).to_contain_text(BEFORE)  # a case goes on by the version that it was begun with

    page.goto("/desk/rules/moves/")
    go_by(page.get_by_role("button", name="Look which cases could move"))
    # a page that is still on its way cannot be reloaded
    expect(page).to_have_url(re.compile(r"/desk/rules/moves/[0-9a-f-]{36}/$"))
    run_queued()  # where the machine was too busy to look at it at once
    page.reload()
    expect(lead.main()).to_contain_text("A rehearsal: no case was changed.")
    expect(lead.main()).to_contain_text(case.reference)
    lead.press("Move the one that can")
    expect(lead.main()).not_to_contain_text("Move the one that can")
    run_queued()
    page.reload()
    expect(lead.heading()).to_contain_text("Cases moved")
    expect(lead.main()).to_contain_text(case.reference)
    assert_accessible(page)
    officer.page.reload()
    expect(officer.main()).to_contain_text(AFTER)
    expect(officer.main()).not_to_contain_text(BEFORE)
