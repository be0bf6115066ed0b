"""Every text of a question set by its place in a translation file, and the set in another language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from counterpoint.kernel.questions.types import Choice, Page, Question, QuestionSet, Section

TextPath: TypeAlias = tuple[str, ...]
Texts: TypeAlias = Mapping[TextPath, str]


def texts_of(question_set: QuestionSet) -> dict[TextPath, str]:
    """All texts, keyed as in docs/guides/packs.md: ("title",), ("sections", id, "title"), ("pages", id, "intro"),
    ("questions", id, "choices", id, "label") and so on. A text that the set lacks has no key."""
    texts: dict[TextPath, str | None] = {("title",): question_set.title}
    for section in question_set.sections:
        texts["sections", section.id, "title"] = section.title
    for page in question_set.pages:
        texts["pages", page.id, "title"] = page.title
        texts["pages", page.id, "intro"] = page.intro
    for question in question_set.questions:
        texts["questions", question.id, "ask"] = question.ask
        texts["questions", question.id, "hint"] = question.hint
        for choice in question.choices:
            texts["questions", question.id, "choices", choice.id, "label"] = choice.label
            texts["questions", question.id, "choices", choice.id, "hint"] = choice.hint
    return {path: text for path, text in texts.items() if text is not None}


def translated(question_set: QuestionSet, texts: Texts) -> QuestionSet:
    """The same set with these texts in place of its own; where one is missing, its own stays."""
    sections = tuple(_section(section, texts) for section in question_set.sections)
    return replace(question_set, title=texts.get(("title",), question_set.title), sections=sections)


def _section(section: Section, texts: Texts) -> Section:
    title = texts.get(("sections", section.id, "title"), section.title)
    return replace(section, title=title, pages=tuple(_page(page, texts) for page in section.pages))


def _page(page: Page, texts: Texts) -> Page:
    return replace(
        page,
        title=_own(page.title, texts, ("pages", page.id, "title")),
        intro=_own(page.intro, texts, ("pages", page.id, "intro")),
        questions=tuple(_question(question, texts) for question in page.questions),
    )


def _question(question: Question, texts: Texts) -> Question:
    place = ("questions", question.id)
    return replace(
        question,
        ask=texts.get((*place, "ask"), question.ask),
        hint=_own(question.hint, texts, (*place, "hint")),
        choices=tuple(_choice(choice, texts, (*place, "choices", choice.id)) for choice in question.choices),
    )


def _choice(choice: Choice, texts: Texts, place: TextPath) -> Choice:
    label = texts.get((*place, "label"), choice.label)
    return replace(choice, label=label, hint=_own(choice.hint, texts, (*place, "hint")))


def _own(text: str | None, texts: Texts, place: TextPath) -> str | None:
    """A translation cannot add a text that the source lacks."""
    return None if text is None else texts.get(place, text)
