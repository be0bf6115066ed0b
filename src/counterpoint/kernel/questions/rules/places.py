"""Where in its document each part of a question set stands."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.questions.problems import Path
from counterpoint.kernel.questions.types import Page, Question, QuestionSet, Section


def sections(question_set: QuestionSet) -> Iterator[tuple[Path, Section]]:
    for index, section in enumerate(question_set.sections):
        yield ("sections", index), section


def pages(question_set: QuestionSet) -> Iterator[tuple[Path, Page]]:
    for path, section in sections(question_set):
        for index, page in enumerate(section.pages):
            yield (*path, "pages", index), page


def questions(question_set: QuestionSet) -> Iterator[tuple[Path, Question]]:
    for path, page in pages(question_set):
        for index, question in enumerate(page.questions):
            yield (*path, "questions", index), question
