"""Answers as the page shows them: section by section, in the words of the question set that was answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoint.kernel.questions import Holds, Question, QuestionSet, QuestionType
from counterpoint.kernel.questions.telling import answer_lines
from counterpoint.rules.archive import NotArchived
from counterpoint.rules.selectors import archived_question_set

_HOW_KNOWN = {
    "first_hand": "Seen or heard by the reporter",
    "reported": "Told to the reporter by somebody else",
    "inferred": "The reporter's own conclusion",
}


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer. `how_known` is the provenance in words, or ""."""

    ask: str
    lines: tuple[str, ...]
    how_known: str
    holds: Holds


@dataclass(frozen=True)
class AnswerSection:
    title: str
    rows: tuple[AnswerRow, ...]


def answer_sections(question_set_hash: str, *answers: Mapping[str, Any]) -> tuple[AnswerSection, ...]:
    """The sections that hold an answer, in the order of the form. Files are shown in a list of their own. An answer
    whose form is not archived is shown by the ids of its questions."""
    given = {name: answer for part in answers for name, answer in part.items()}
    try:
        question_set = archived_question_set(question_set_hash)
    except NotArchived:
        return (AnswerSection("Answers", tuple(_plain_rows(given))),) if given else ()
    sections = (AnswerSection(section.title, tuple(_rows(question_set, section.id, given))) for section in
                question_set.sections)  # fmt: skip
    return tuple(section for section in sections if section.rows)


def answers_as_sent(question_set_hash: str, answers: Mapping[str, Any]) -> tuple[AnswerSection, ...]:
    """Answers that were never checked: what was asked where the form is known, and what was sent whatever it is."""
    try:
        question_set = archived_question_set(question_set_hash)
    except NotArchived:
        return (AnswerSection("As it was sent", tuple(_plain_rows(answers))),)
    asked = {question.id: question.ask for question in question_set.questions}
    rows = _plain_rows({asked.get(name, name): answer for name, answer in answers.items()})
    return (AnswerSection("As it was sent", tuple(rows)),)


def _rows(question_set: QuestionSet, section_id: str, given: Mapping[str, Any]) -> Iterator[AnswerRow]:
    for section in question_set.sections:
        if section.id != section_id:
            continue
        for page in section.pages:
            for question in page.questions:
                if question.id in given and question.type is not QuestionType.FILES:
                    yield _row(question, given[question.id])


def _row(question: Question, answer: Mapping[str, Any]) -> AnswerRow:
    lines = answer_lines(question, answer)  # type: ignore[arg-type] # checked when it was accepted
    return AnswerRow(question.ask, tuple(lines), _HOW_KNOWN.get(answer.get("provenance", ""), ""), question.holds)


def _plain_rows(given: Mapping[str, Any]) -> Iterator[AnswerRow]:
    for name, answer in given.items():
        value = answer.get("value", "Not known") if isinstance(answer, Mapping) else answer
        words = name if " " in name else name.replace("_", " ").capitalize()
        yield AnswerRow(words, (str(value),), "", Holds.CONCERN)
