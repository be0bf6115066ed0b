"""A form being filled in by this browser: its questions in the reader's language, its answers so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest

from counterpoint.base import clock
from counterpoint.channels.portal import browser
from counterpoint.channels.portal.urgency import Foreseen, foreseen
from counterpoint.channels.portal.wording import Wording
from counterpoint.intake import drafts
from counterpoint.intake.drafts import DraftView
from counterpoint.kernel.questions import Checked, Page, QuestionSet, QuestionType, check


@dataclass(frozen=True)
class Filling:
    wording: Wording
    question_set: QuestionSet
    secret: str | None
    draft: DraftView | None

    @property
    def answers(self) -> Mapping[str, Any]:
        return self.draft.answers if self.draft else {}

    @property
    def is_sent(self) -> bool:
        return bool(self.draft and self.draft.sent)

    @property
    def has_ended(self) -> bool:
        """The browser began a form of which nothing is left: it was open for too long."""
        return self.secret is not None and self.draft is None

    @cached_property
    def checked(self) -> Checked:
        return self.check(self.answers)

    @cached_property
    def foreseen(self) -> Foreseen:
        return foreseen(self.wording.pack, self.checked)

    def check(self, answers: object) -> Checked:
        return check(self.question_set, answers, at=today())

    def page(self, page_id: str) -> Page:
        """Raises Http404."""
        if not self.question_set.has_page(page_id):
            raise Http404
        return self.question_set.page(page_id)

    @property
    def first_page(self) -> Page:
        return self.checked.pages_shown[0]

    @property
    def first_page_with_problems(self) -> Page | None:
        """The first shown page with something to put right; None when there is none on any page."""
        return next((page for page in self.checked.pages_shown if self.checked.problems_on(page)), None)

    def progress(self, page: Page) -> str:
        """Which section of how many, among those that are shown."""
        shown = {shown_page.id for shown_page in self.checked.pages_shown} | {page.id}
        sections = [
            section
            for section in self.question_set.sections
            if any(section_page.id in shown for section_page in section.pages)
        ]
        section = self.question_set.section_of(page.id)
        return self.wording(
            "progress.section", section=section.title, number=sections.index(section) + 1, total=len(sections)
        )


def filling_of(request: HttpRequest, wording: Wording, set_id: str) -> Filling:
    """The form that this browser fills in. Raises Http404 for a form that the pack lacks."""
    question_set = wording.question_set(set_id)
    if question_set is None:
        raise Http404
    secret = browser.form_secret(request, question_set=set_id)
    draft = drafts.read(secret) if secret else None
    return Filling(wording, question_set, secret, draft)


def files_question(page: Page) -> str | None:
    """The id of the page's question for files, if it has one."""
    return next((question.id for question in page.questions if question.type is QuestionType.FILES), None)


def today() -> date:
    """The day in the deployment's zone."""
    return clock.now().astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
