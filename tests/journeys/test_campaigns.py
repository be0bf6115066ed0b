"""An analyst takes a made-up world in, waits for the run, looks at a finding, confirms it, sends an address through the
front door, and exports; with and without scripts."""

import json

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from tests import cast
from tests.campaigns.making import REASON, world_as_csv
from tests.journeys.going import go_by
from tests.journeys.looking import assert_accessible, keep_picture
from tests.journeys.working import Desk

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.campaigns import tasks
from counterpoint.campaigns.models import Run
from counterpoint.intake.models import Arrival, Referral

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("scripts", [True, False], ids=["with_scripts", "without_scripts"])
def test_an_analyst_finds_judges_sends_and_exports(new_page, scripts):
    people = cast.a_cast()
    page: Page = new_page(scripts=scripts)
    desk = Desk(page, people[Role.ANALYST]).log_in()
    _take_in(desk)
    _run(desk, scripts=scripts)
    _look(desk, scripts=scripts)
    _confirm(desk)
    reference = _send(desk)
    _export(desk)
    arrival = Arrival.objects.get(reference=reference)
    journey.process_arrival(arrival.pk)
    assert Referral.objects.get(arrival=arrival).kind == "online_material"
    page.goto(f"/desk/go/{reference}/")
    expect(desk.heading()).to_have_text("There is no such record, or it is not yours to see")
    assert connection.in_atomic_block is False


def _take_in(desk: Desk) -> None:
    page = desk.page
    page.goto("/desk/campaigns/")
    desk.follow_button("Upload posts")
    page.locator("#id_file").set_input_files({"name": "week.csv", "mimeType": "text/csv", "buffer": world_as_csv()})
    desk.write("title", "Northmoor, the first week")
    desk.write("purpose", "To see who pushes the leaflet")
    desk.choose("legal_basis", "public_task")
    desk.write("source_note", "Made up for a test")
    desk.press("Take them in")
    desk.told("The posts are taken in.")


def _run(desk: Desk, *, scripts: bool) -> None:
    page = desk.page
    desk.press("Begin")
    expect(desk.main()).to_contain_text("Waiting for a worker")
    tasks.look_after_runs()
    if not scripts:
        _worked()
        desk.follow("Look again")
    else:
        expect(page.locator("progress")).to_be_visible()
        _worked()  # the page looks again by itself
    expect(page.get_by_role("heading", name="Findings", exact=True)).to_be_visible()
    keep_picture(page, f"campaigns-run-{scripts}")


def _worked() -> None:
    """What the worker does in its own time."""
    tasks.run_until_done(Run.objects.latest("created_at"))


def _look(desk: Desk, *, scripts: bool) -> None:
    page = desk.page
    go_by(page.get_by_role("link", name="validated-0001", exact=True))
    expect(desk.main()).to_contain_text("It would be innocent if")
    network = page.locator("[data-network] svg")
    before = network.get_attribute("viewBox")
    if scripts:
        desk.page.get_by_role("button", name="Zoom in").click()
        zoomed = network.get_attribute("viewBox")
        assert zoomed != before
        desk.page.get_by_role("button", name="Left").click()
        assert network.get_attribute("viewBox") != zoomed
        desk.page.get_by_role("button", name="Show all").click()
        assert [float(part) for part in (network.get_attribute("viewBox") or "").split()] == [
            float(part) for part in (before or "").split()
        ]
        choices = page.locator("#least option").all_inner_texts()
        page.locator("#least").select_option(choices[-1])
        expect(page.locator("[data-network-said]")).to_contain_text("are shown")
    else:
        expect(page.get_by_role("button", name="Zoom in")).to_have_count(0)
        choices = page.locator("#least option").all_inner_texts()
        page.locator("#least").select_option(choices[-1])
        desk.press("Show these")
        expect(page.locator("#least")).to_have_value(choices[-1])
    if scripts:  # axe is a script
        assert_accessible(page)
    keep_picture(page, f"campaigns-finding-{scripts}")
    desk.follow("Read the posts with their texts")
    expect(desk.main()).to_contain_text("That you opened this page is in the audit trail")
    keep_picture(page, f"campaigns-posts-{scripts}")
    desk.follow("The finding")


def _confirm(desk: Desk) -> None:
    desk.follow_button("Judge it")
    desk.choose("state", "confirmed")
    desk.write("reason", REASON)
    desk.press("Record")
    desk.told("Your judgement is recorded.")
    expect(desk.main()).to_contain_text(REASON)


def _send(desk: Desk) -> str:
    desk.follow_button("Send addresses to be assessed")
    desk.page.locator('input[name="addresses"]').first.check()
    desk.write("note", "A leaflet that many accounts pushed")
    desk.press("Send")
    desk.told("Sent to be assessed. Its reference is CP-")
    reference = desk.page.locator(".govuk-notification-banner").inner_text().partition("reference is ")[2]
    return reference.strip().rstrip(".")


def _export(desk: Desk) -> None:
    desk.follow_button("Export")
    desk.write("recipient", "Moorside Analysts")
    desk.write("purpose", "To look in their own posts")
    with desk.page.expect_download() as waiting:
        desk.page.get_by_role("button", name="Export", exact=True).click()
    bundle = json.loads(waiting.value.path().read_text("utf-8"))
    assert bundle["type"] == "bundle"
    desk.page.goto("/desk/exports/")
    expect(desk.main()).to_contain_text("Moorside Analysts")
