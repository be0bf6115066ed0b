"""Staff in a browser: log in, and do at the desk what a story says by clicking."""

from dataclasses import dataclass

from django.conf import settings
from playwright.sync_api import Locator, Page, expect
from tests import cast
from tests.journeys.going import go_by
from tests.journeys.reporting import Receipt, Story

from counterpoint.access.models import Staff
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage.types import Route

HOST = "localhost"  # where pytest-django's live server listens


@dataclass
class Desk:
    """One member of staff with one browser."""

    page: Page
    staff: Staff

    # --- logging in

    def log_in(self) -> "Desk":
        """With a session as logging in leaves it: the quick way."""
        name = settings.SESSION_COOKIE_NAME
        value = cast.logged_in(self.staff).cookies[name].value
        self.page.context.add_cookies([{"name": name, "value": value, "domain": HOST, "path": "/"}])
        return self

    def log_in_for_real(self, *, secret: str) -> "Desk":
        """With password and the code that the authenticator app shows."""
        page = self.page
        page.goto("/desk/")
        page.get_by_label("E-mail address").fill(self.staff.email)
        page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
        self.press("Log in")
        page.locator("#id_code").fill(cast.code_for(secret))
        self.press("Go on")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return self

    # --- what everybody does

    def press(self, name: str) -> None:
        go_by(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        go_by(self.page.get_by_role("link", name=name, exact=True))

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def write(self, name: str, text: str) -> None:
        self.page.locator(f"#id_{name}").fill(text)

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def main(self) -> Locator:
        return self.page.locator("main")

    def told(self, text: str) -> None:
        """A banner says that it was done."""
        expect(self.page.locator(".govuk-notification-banner")).to_contain_text(text)

    # --- triage

    def open_from_inbox(self, reference: str, *, list_name: str = "") -> None:
        self.page.goto("/desk/inbox/")
        if list_name:
            go_by(self.page.get_by_role("link", name=list_name))
        self.follow(reference)
        expect(self.heading()).to_have_text(f"Referral {reference}")

    def take(self) -> None:
        self.press("Take it")
        self.told("It is yours now.")

    def hand_over(self, *, to: str, note: str, their_reference: str = "") -> None:
        self.follow_button("Record the handover")
        self.choose("handed_to", to)
        self.write("their_reference", their_reference)
        self.write("note", note)
        self.press("Record")
        self.told("The handover is recorded.")

    def follow_button(self, name: str) -> None:
        """A link that looks like a button."""
        go_by(self.page.get_by_role("button", name=name, exact=True))

    def ask(self, question: str) -> None:
        self.follow_button("Ask the reporter a question")
        self.write("text", question)
        self.press("Put it into the mailbox")
        self.told("The question lies in the reporter's mailbox.")

    def say_same_person(self, other: Receipt, reason: str) -> None:
        go_by(self.page.get_by_role("link", name=f"Say whether it is the same person as in {other.reference}"))
        self.choose("decision", "same_person")
        self.write("reason", reason)
        self.press("Record")
        self.told("Your answer is recorded. Nothing was merged.")

    def decide(self, story: Story, *, route: str, reason: str, second_reader: bool = False) -> None:
        """Decide → route → what the route asks for. Closing routes: why, with what it needs, and what is told."""
        desk = story["at_the_desk"]
        self.follow_button("Decide")
        self.follow(Route(route).label)
        self.write("reason", reason)
        if second_reader:
            self.page.locator("#id_wants_second_reader").check()
        if route == "case":
            self.page.locator("#id_lead_officer").select_option(label=cast.NAMES[Role.CASE_OFFICER])
        if route in ("close", "signpost", "advice"):
            self._close(desk, language=story["language"])
        self.press("Record the decision")
        self.told("The decision is recorded.")

    def _close(self, desk: Story, *, language: str) -> None:
        """In the usual words; where these promise that the mailbox says who can help, who it is stands beside them."""
        self.choose("closure_reason", desk["closure_reason"])
        for need, value in desk.get("recorded_with", {}).items():
            self.write(need, value)
        if desk["closure_reason"] == "not_for_this_service":
            self.choose("telling", "own")
            self.write("feedback", f"{_usual_words(desk, language)} {desk['recorded_with']['signposted_to']}.")
        if "withheld_because" in desk:
            self.choose("telling", "withhold")
            self.write("withheld_reason", desk["withheld_because"])

    def read_second(self, *, reason: str, agrees: bool = True) -> None:
        self.follow("Read it a second time")
        self.choose("agrees", "yes" if agrees else "no")
        self.write("reason", reason)
        self.press("Record")
        self.told("Your reading is recorded.")

    def give_advice(self, reference: str, advice: str) -> None:
        self.page.goto("/desk/advice/")
        self.follow(reference)
        self.write("advice", advice)
        self.press("Give this advice")
        self.told("The advice was given.")


def _usual_words(desk: Story, language: str) -> str:
    reasons = pack_in_force().closure_reasons_on(clock.now().date(), ClosureLevel.REFERRAL, language)
    return next(reason.tell_reporter or "" for reason in reasons if reason.id == desk["closure_reason"])
