"""A reporter in a browser: tells a story through the portal's pages, keeps the receipt, comes back with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Locator, Page, expect
from tests.journeys.going import go_by
from tests.stories.files import made

from counterpoint.kernel.questions import UNKNOWN_VALUE, Question, QuestionType
from counterpoint.rules.selectors import pack_in_force

_WANTED = {
    "concern_public": "concern",
    "concern_professional": "professional",
    "online_material": "online",
    "advice": "advice",
}
_FOLDER = Path(__file__).parents[1] / "stories"
Story = dict[str, Any]
STORIES: Mapping[str, Story] = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.yaml"))
}
BY_ID: Mapping[str, Story] = {story["id"]: story for story in STORIES.values()}


@dataclass(frozen=True)
class Receipt:
    """What the reporter writes down."""

    reference: str
    words: str
    digits: str


@dataclass
class Reporter:
    """One person with one browser, in one language."""

    page: Page
    language: str = "en"
    look: Callable[[str], None] = lambda _page_id: None  # at each page of a form, before anything is filled in

    def text(self, key: str, **values: object) -> str:
        """The pack's words, as they stand on the page."""
        return pack_in_force().text(key, self.language, **values)

    def press(self, key: str) -> None:
        go_by(self.page.get_by_role("button", name=self.text(key), exact=True))

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    # --- telling

    def tell(self, story: Story) -> Receipt:
        """From the start page to the saved receipt."""
        self.begin(story["question_set"])
        self.fill_in(story)
        self.check(story)
        self.press("button.send")
        return self.save_receipt()

    def begin(self, question_set: str) -> None:
        page = self.page
        page.goto(f"/{self.language}/")
        assert page.context.cookies() == [], "nothing is stored before it is needed"
        page.locator(f'input[name="want"][value="{_WANTED[question_set]}"]').check()
        self.press("start.button")

    def fill_in(self, story: Story) -> None:
        """Answer page after page, whatever comes next, until the answers are played back."""
        page, seen, called = self.page, set(), False
        questions = pack_in_force().question_set(story["question_set"], self.language)
        while (here := page.url.rpartition("/")[2]) != "check-answers":
            assert here not in seen, f"came to {here} twice"
            seen.add(here)
            self.look(here)
            if here == "call-first":
                called = True
                expect(self.heading()).to_contain_text("999")
                self.press("emergency.continue")
                continue
            for question in questions.page(here).questions:
                if question.type is QuestionType.FILES:
                    self._add_files(question, story["files"])
                elif question.id in story["answers"]:
                    self._answer(question, story["answers"][question.id])
            self.press("button.continue")
            assert page.get_by_role("alert").count() == 0, f"{here}: {page.get_by_role('alert').all_inner_texts()}"
        assert called == (story["at_the_desk"]["expected"]["route"] == "emergency"), "999 comes first in an emergency"

    def check(self, story: Story) -> None:
        """What was told stands there again, word for word."""
        main = self.page.locator("main")
        told = [answer.get("value") for answer in story["answers"].values()]
        for words in (value for value in told if isinstance(value, str) and " " in value):
            expect(main).to_contain_text(words)
        for name in story["files"]:
            expect(main).to_contain_text(name)

    def save_receipt(self) -> Receipt:
        page = self.page
        expect(self.heading()).to_have_text(self.text("done.title"))
        receipt = Receipt(
            page.locator(".cp-reference").inner_text(),
            " ".join(page.locator("[data-receipt=words] li").all_inner_texts()),
            " ".join(page.locator("[data-receipt=numbers] li").all_inner_texts()),
        )
        page.locator("#saved").check()
        self.press("done.receipt.finish")
        expect(self.heading()).to_have_text(self.text("done.finished.title"))
        return receipt

    def _answer(self, question: Question, answer: Mapping[str, Any]) -> None:
        if answer.get("unknown"):
            self._say_unknown(question)
        else:
            _FILLING[question.type](self, question, answer["value"])
        if "provenance" in answer:
            self._pick(f"{question.id}-provenance", answer["provenance"])

    def _say_unknown(self, question: Question) -> None:
        if question.type in (QuestionType.CHOICE, QuestionType.CHOICES):
            self._pick(question.id, UNKNOWN_VALUE)
        else:
            self.page.locator(f"#{question.id}-unknown").check()

    def _pick(self, name: str, value: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def _choose(self, question: Question, value: str) -> None:
        self._pick(question.id, value)

    def _choose_several(self, question: Question, values: list[str]) -> None:
        for value in values:
            self._pick(question.id, value)

    def _write(self, question: Question, value: str) -> None:
        self.page.locator(f"#{question.id}").fill(value)

    def _write_lines(self, question: Question, values: list[str]) -> None:
        self.page.locator(f"#{question.id}").fill("\n".join(values))

    def _write_date(self, question: Question, value: Mapping[str, int | None]) -> None:
        for part in ("day", "month", "year"):
            if value.get(part) is not None:
                self.page.locator(f"#{question.id}-{part}").fill(str(value[part]))

    def _write_age(self, question: Question, value: Mapping[str, Any]) -> None:
        self.page.locator(f"#{question.id}-years").fill(str(value["years"]))
        if value["estimated"]:
            self.page.locator(f"#{question.id}-estimated").check()

    def _add_files(self, question: Question, names: list[str]) -> None:
        if not names:
            return
        files = [made(name) for name in names]
        self.page.locator(f"#{question.id}").set_input_files(
            [{"name": file.name, "mimeType": file.media_type, "buffer": file.content} for file in files]
        )
        self.press("button.upload")
        for name in names:
            expect(self.page.locator(".cp-files")).to_contain_text(name)

    # --- coming back

    def come_back(self, receipt: Receipt, *, by_numbers: bool = False) -> None:
        """Open the mailbox with the receipt, as it was written down."""
        self.page.goto(f"/{self.language}/mailbox")
        self.page.locator("#receipt").fill(receipt.digits if by_numbers else receipt.words)
        self.press("mailbox.sign_in.button")
        expect(self.heading()).to_have_text(self.text("mailbox.title"))
        expect(self.page.locator("main")).to_contain_text(receipt.reference)

    def read_and_reply(self, question: str, reply: str) -> None:
        expect(self.page.locator(".cp-status")).to_contain_text(self.text("mailbox.status.more_information_wanted"))
        expect(self.page.locator(".cp-letter", has_text=question)).to_be_visible()
        self.page.locator("#text").fill(reply)
        self.press("mailbox.reply.button")
        expect(self.page.get_by_text(self.text("mailbox.reply.sent"))).to_be_visible()
        self.close_mailbox()

    def status(self) -> Locator:
        return self.page.locator(".cp-status")

    def told_by_the_team(self) -> str:
        """All that the page says, but for the reporter's own letters."""
        letters = self.page.locator(".cp-letter:not(.cp-letter--own)").all_inner_texts()
        return "\n".join([self.status().inner_text(), *letters])

    def close_mailbox(self) -> None:
        self.press("mailbox.sign_out")
        expect(self.heading()).to_have_text(self.text("mailbox.signed_out"))


_FILLING = {
    QuestionType.SHORT_TEXT: Reporter._write,
    QuestionType.LONG_TEXT: Reporter._write,
    QuestionType.EMAIL: Reporter._write,
    QuestionType.PHONE: Reporter._write,
    QuestionType.POSTCODE: Reporter._write,
    QuestionType.WEB_ADDRESSES: Reporter._write_lines,
    QuestionType.CHOICE: Reporter._choose,
    QuestionType.CHOICES: Reporter._choose_several,
    QuestionType.DATE: Reporter._write_date,
    QuestionType.AGE: Reporter._write_age,
}
