"""Work on the whole path in a browser: tasks taken and done, information asked and answered, panels and their meetings,
consent, plan, support; and the clock that a journey moves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect
from tests.journeys.casework import CaseDesk
from tests.journeys.going import go_by
from tests.journeys.looking import assert_accessible

from counterpoint.base import clock

Values = Mapping[str, "str | date"]


@dataclass
class Ahead:
    """The clock of the whole process, also of the server's threads: it runs on from a day that the test moves."""

    begins: datetime
    _since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get(self) -> datetime:
        return self.begins + (datetime.now(UTC) - self._since)

    def move(self, **by: float) -> None:
        """Go on by this much, as `timedelta` takes it."""
        self.begins += timedelta(**by)

    def move_to(self, at: datetime) -> None:
        """Go on to this moment."""
        self.begins, self._since = at, datetime.now(UTC)


def run_clock(monkeypatch: pytest.MonkeyPatch, *, begins: datetime) -> Ahead:
    """The clock runs from this moment. It stands in for the variable of `clock.moved_to`, of which each thread has its
    own."""
    ahead = Ahead(begins)
    monkeypatch.setattr(clock, "_moved_to", ahead)
    return ahead


class PanelDesk(CaseDesk):
    """Anybody of any agency who has a part in a case on the whole path."""

    # --- what is filled in

    def fill_in(self, values: Values, *, within: Locator | None = None) -> None:
        """Each field by its name: a choice, a day or words."""
        form = within or self.page.locator("main form").last
        for name, value in values.items():
            self._fill(form, name, value)

    def _fill(self, form: Locator, name: str, value: str | date) -> None:
        if isinstance(value, date):
            for part in ("day", "month", "year"):
                form.locator(f'[name="{name}_{part}"]').fill(str(getattr(value, part)))
            return
        chosen = form.locator(f'input[name="{name}"][value="{value}"]:is([type="radio"], [type="checkbox"])')
        if chosen.count():
            chosen.check()
            return
        box = form.locator(f'[name="{name}"]')
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)

    def choose_by_label(self, legend: str, label: str) -> None:
        """A radio or tick box by its words, within its question."""
        group = self.page.get_by_role("group", name=legend)
        group.get_by_label(label, exact=True).check()

    def send(self, button: str, values: Values, *, told: str) -> None:
        """Fill in the form of the page and press."""
        self.fill_in(values)
        self.press(button)
        self.told(told)

    def look(self) -> None:
        """The page is accessible."""
        assert_accessible(self.page)

    # --- tasks

    def take_task(self, name: str, reference: str) -> None:
        """From the queue, once more asked."""
        self.page.goto("/desk/tasks/")
        go_by(self.page.get_by_role("link", name=f"Take “{name}” of {reference}"))
        self.press("Take it")
        self.told(f"“{name}” is yours.")

    def open_task(self, name: str, reference: str) -> None:
        """Begin a task of one's own, where its page is."""
        self.page.goto("/desk/tasks/")
        go_by(self.page.get_by_role("row").filter(has_text=reference).get_by_role("link", name=name, exact=True))

    def do_task(self, name: str, reference: str, values: Values) -> None:
        """Fill in the form of a task of one's own."""
        self.open_task(name, reference)
        expect(self.heading()).to_have_text(name)
        self.send("Finish this step", values, told=f"“{name}” is finished.")

    def own_tasks(self) -> list[str]:
        """The names of one's own tasks."""
        self.page.goto("/desk/tasks/")
        return self.page.get_by_role("region", name="Your tasks").locator("tbody th a").all_inner_texts()

    def queue(self) -> list[str]:
        """The names of the tasks that wait for one's role."""
        self.page.goto("/desk/tasks/")
        return self.page.get_by_role("region", name="Tasks that nobody has").locator("tbody th").all_inner_texts()

    # --- what a person may know

    def knows(self, reference: str) -> bool:
        """Whether the case is on their list."""
        self.page.goto("/desk/cases/")
        return self.page.get_by_role("link", name=reference).count() > 0

    # --- panels

    def set_up_panel(self, name: str, seats: Sequence[tuple[str, str]]) -> None:
        """seats: (the person as the form offers them, their seat)."""
        self.page.goto("/desk/panels/new/")
        self.send("Set it up", {"name": name}, told=f"{name} is set up.")
        for person, role in seats:
            self.follow_button("Give a seat")
            self.send("Give the seat", {"staff": person, "role": role}, told="sits on the panel from now on.")

    def open_panel(self, name: str) -> None:
        self.page.goto("/desk/panels/")
        self.follow(name)

    def plan_meeting(self, panel: str, on: date, *, chair: str) -> str:
        """The address of the meeting."""
        self.open_panel(panel)
        self.follow_button("Plan a meeting")
        values = {"on": on, "at": "14:00", "place": "Town hall, room 3", "chair": chair}
        self.send("Plan it", values, told="The meeting is planned")
        return self.page.url

    def put_on_agenda(self, meeting: str, reference: str) -> None:
        self.page.goto(meeting)
        go_by(self.page.get_by_role("button", name=re.compile(f"^Put on the agenda ?: {reference}$")))
        self.told(f"{reference} is on the agenda.")

    def open_item(self, meeting: str, reference: str) -> None:
        self.page.goto(meeting)
        self.follow(reference)
        expect(self.heading()).to_contain_text(reference)

    def send_papers(self, meeting: str) -> None:
        self.page.goto(meeting)
        self.follow_button("Send the papers")
        self.press("Send them")
        self.told("The papers are sent")

    def record_attendance(self, meeting: str, attending: Mapping[str, str]) -> None:
        """attending: by name and agency as the form says them, whether they came."""
        self.page.goto(meeting)
        self.follow_button("Record who was there")
        for who, came in attending.items():
            self.choose_by_label(who, came)
        self.press("Record")
        self.told("It is recorded who was there.")

    def record_positions(self, motion: str, positions: Mapping[str, tuple[str, str]], *, own_view: str) -> None:
        """positions: by agency, what they say and their words. From the page of the item."""
        go_by(self.page.get_by_role("button", name="positions"))
        self.choose_by_label("What is proposed to the panel?", motion)
        for agency, (view, words) in positions.items():
            self.choose_by_label(agency, view)
            self.page.get_by_label(f"In the words of {agency}").fill(words)
        self.choose_by_label("Your own view, as the chair", own_view)
        self.press("Save the positions")
        self.told("The positions are recorded.")

    def record_decision(self, values: Values) -> None:
        """From the page of the item."""
        self.follow_button("Record the decision")
        self.send("Confirm the decision", values, told="The decision is recorded, and the case goes on.")
