"""Casework in a browser: the steps of the process, actions, sharing, the outcome, feedback and closing."""

from collections.abc import Mapping
from datetime import timedelta

from playwright.sync_api import Locator, expect
from tests.journeys.going import go_by
from tests.journeys.reporting import Story
from tests.journeys.working import Desk

from counterpoint.access.models import Agency
from counterpoint.access.types import Section
from counterpoint.base import clock


class CaseDesk(Desk):
    """A case officer, a supervisor or a partner, at the pages of one case."""

    def open_case(self, reference: str) -> None:
        self.page.goto("/desk/cases/")
        self.follow(reference)
        expect(self.heading()).to_contain_text(f"Case {reference}")

    def part(self, name: str) -> None:
        go_by(self.page.get_by_role("navigation", name="Parts of the case").get_by_role("link", name=name))

    def step(self, name: str, values: Mapping[str, str]) -> None:
        """Fill in the form of the step that waits, there where it waits."""
        self.part("Overview")
        form = self.page.locator("form", has=self.page.get_by_role("button", name="Finish this step"))
        expect(self.page.locator(".cp-next")).to_contain_text(name)
        for field, value in values.items():
            _fill(form, field, value)
        self.press("Finish this step")
        self.told("is finished.")

    def add_action(self, action: Story, *, owner: str, title: str = "") -> None:
        self.part("Overview")
        self.follow_button("Add an action")
        due = clock.now() + timedelta(days=14)
        self.write("title", title or action["what"])
        self.page.locator("#id_kind").select_option("support")
        self.page.locator("#id_owner").select_option(label=owner)
        for name, value in (("day", due.day), ("month", due.month), ("year", due.year)):
            self.page.locator(f"#id_due_on-{name}").fill(str(value))
        self.press("Add it")
        self.told("The action is added.")

    def finish_action(self, action: Story) -> None:
        go_by(self.action_row(action["what"]).get_by_role("link", name="Finish"))
        self.choose("outcome", action["outcome"])
        self.write("why", action["why"])
        self.press("Finish it")
        self.told("The action is finished.")

    def action_row(self, title: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=title)

    def share(self, agency: Agency, sections: tuple[Section, ...], *, purpose: str) -> None:
        self.part("Who knows")
        self.follow_button("Share parts of the case")
        until = clock.now() + timedelta(days=180)
        go_by(self.page.get_by_role("link", name=f"Share with {agency.name}"))
        for section in sections:
            self.choose("sections", section.value)
        self.page.get_by_label(purpose, exact=True).check()
        self.page.get_by_label("Safeguarding of a child or an adult at risk", exact=True).check()
        for name, value in (("day", until.day), ("month", until.month), ("year", until.year)):
            self.page.locator(f"#id_until-{name}").fill(str(value))
        self.press("Share")
        self.told(f"Shared with {agency.name}.")

    def record_outcome(self, *, text: str, impact: str, reason: str, needs: Mapping[str, str]) -> None:
        self.part("Overview")
        self.follow_button("Record the outcome")
        self.write("text", text)
        self.choose("impact", impact)
        self.choose("reason_id", reason)
        for name, value in needs.items():
            self.write(f"need_{name}", value)
        self.press("Record it")
        self.told("The outcome is recorded.")

    def tell_reporter(self, *, words: str = "", withheld_because: str = "") -> None:
        """In the usual words, which the form offers, unless given others."""
        self.part("Overview")
        self.follow_button("Tell the reporter")
        self.choose("telling", "withhold" if withheld_because else "tell")
        if words:
            self.write("text", words)
        if withheld_because:
            self.write("reason", withheld_because)
        self.press("Record")
        expect(self.page.locator(".govuk-notification-banner")).to_be_visible()

    def what_was_told_still_holds(self) -> None:
        self.part("Outcome and closing")
        self.press("What the reporter was told still holds")
        self.told("What the reporter was told still holds.")

    def close_case(self, reason: str) -> None:
        self.part("Overview")
        self.follow_button("Close the case")
        expect(self.page.locator(f'input[name="reason_id"][value="{reason}"]')).to_be_checked()
        self.press("Close it")
        self.told("The case is closed.")

    def reopen_case(self, reason: str) -> None:
        self.part("Outcome and closing")
        self.follow_button("Open the case again")
        self.write("reason", reason)
        self.press("Open it again")
        self.told("The case is open again.")


def _fill(form: Locator, field: str, value: str) -> None:
    """A choice where the step asks for one, else text."""
    radio = form.locator(f'input[type="radio"][name="{field}"][value="{value}"]')
    if radio.count():
        radio.check()
    else:
        form.locator(f'textarea[name="{field}"]').fill(value)
