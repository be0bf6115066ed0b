"""A process lead changes the triage table without a programmer, in a real browser: saved, edited, put in, found
wanting, put right, backtested, approved by somebody else, in force; and rolled back."""

from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect
from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.journeys.looking import assert_accessible, keep_picture
from tests.journeys.working import Desk

from counterpoint.access.types import Role
from counterpoint.intake.work import run_queued
from counterpoint.triage.models import Verdict

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"]),
]
PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB")
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


def edit(path: Path, rule: str, output: str, words: str) -> None:
    """What a modeller does: one output cell of one row, and the file written anew."""
    tree = etree.parse(path)
    columns = [column.get("name") for column in tree.iter(f"{DMN}output")]
    row = next(each for each in tree.iter(f"{DMN}rule") if each.get("id") == rule)
    row.findall(f"{DMN}outputEntry")[columns.index(output)].find(f"{DMN}text").text = words
    tree.write(path, xml_declaration=True, encoding="UTF-8")


def look(page: Page, name: str, *, scripts: bool) -> None:
    keep_picture(page, name)
    if scripts:  # axe is one
        assert_accessible(page)


def test_the_triage_table_is_changed_and_changed_back(new_page, site, scripts, tmp_path):
    people = cast.a_cast()
    for _ in range(3):
        a_referral(CONCERN | PERSON)
    lead = Desk(new_page(scripts=scripts), people[Role.PROCESS_LEAD]).log_in()
    supervisor = Desk(new_page(scripts=scripts), people[Role.SUPERVISOR]).log_in()
    page = lead.page

    page.goto("/desk/")
    lead.follow("Rules")
    link = page.get_by_role("link", name="Save decisions/triage.dmn", exact=True)
    saved = page.request.get(link.get_attribute("href"))
    assert saved.headers["content-disposition"] == 'attachment; filename="triage.dmn"'
    table = tmp_path / "triage.dmn"
    table.write_bytes(saved.body())
    lead.follow_button("Change the rules")
    lead.write("title", "Repeats go to advice")
    lead.write("why", "To see what it would do.")
    lead.press("Start the draft")
    lead.told("Nothing of it touches any work.")

    edit(table, "repeat", "route", "advice")  # a text needs quotation marks
    lead.follow_button("Put files in")
    page.locator("#id_uploads").set_input_files(table)
    lead.press("Put them in and check")
    expect(lead.main()).to_contain_text("Why the files were not taken")
    expect(lead.main()).to_contain_text("Row 5, output route")
    look(page, "rules-refused", scripts=scripts)

    edit(table, "repeat", "route", '"advice"')
    page.locator("#id_uploads").set_input_files(table)
    lead.press("Put them in and check")
    lead.told("The files were taken into the draft.")
    lead.follow("See the difference")
    expect(lead.main()).to_contain_text("Row 5 (repeat), Route")
    page.go_back()
    expect(lead.main()).to_contain_text("a backtest of this very table must be finished")
    lead.follow_button("Start a backtest")
    lead.press("Start the backtest")
    expect(lead.main()).to_contain_text("0 of 3")
    run_queued()
    lead.follow("Look how far it is now")
    expect(lead.main()).to_contain_text("would propose something else for 2")
    look(page, "rules-backtest", scripts=scripts)
    lead.follow("Repeats go to advice")
    expect(lead.main()).to_contain_text("somebody else must approve it")

    supervisor.page.goto("/desk/")
    supervisor.follow("Changes of the rules to approve")
    supervisor.follow_button("Approve")
    supervisor.page.locator("#id_read").check()
    supervisor.press("Approve")
    supervisor.told("The draft is approved.")
    page.reload()
    lead.follow_button("Put it in force")
    page.locator("#id_sure").check()
    lead.press("Put it in force")
    lead.told("The change is in force.")
    assert Verdict.objects.get(referral=a_referral(CONCERN | PERSON)).route == "advice"

    supervisor.page.goto("/desk/rules/")
    supervisor.follow_button("Go back to the pack before")
    supervisor.write("why", "Repeats must be read by a case officer.")
    supervisor.press("Go back")
    supervisor.told("The earlier pack is in force again.")
    assert Verdict.objects.get(referral=a_referral(CONCERN | PERSON)).route == "case"
    page.reload()
    expect(lead.main()).to_contain_text("Repeats must be read by a case officer.")
