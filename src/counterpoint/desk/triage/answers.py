"""Answers as the page shows them: section by section, in the words of the question set that was answered."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from counterpoint.kernel.questions import AnswerProblemCode, Holds, Question, QuestionSet, QuestionType
from counterpoint.kernel.questions.telling import answer_lines
from counterpoint.rules.archive import NotArchived
from counterpoint.rules.selectors import archived_question_set

_HOW_KNOWN = {
    "first_hand": "Seen or heard by the reporter",
    "reported": "Told to the reporter by somebody else",
    "inferred": "The reporter's own conclusion",
}
_HELD = Holds.CONCERN
_NOT_ASKED = "The form asks nothing of this name, or not together with the other answers"
_WRONG = {
    AnswerProblemCode.MISSING: "Empty",
    AnswerProblemCode.TOO_LONG: "Longer than the form takes",
    AnswerProblemCode.UNUSABLE_CHARACTERS: "Holds characters that cannot be shown",
    AnswerProblemCode.NOT_A_CHOICE: "Not one of the choices",
    AnswerProblemCode.NOT_A_DATE: "Not a date",
    AnswerProblemCode.DATE_IN_FUTURE: "A day that had not come yet",
    AnswerProblemCode.NOT_AN_AGE: "Not an age",
    AnswerProblemCode.NOT_AN_EMAIL: "Not an e-mail address",
    AnswerProblemCode.NOT_A_PHONE: "Not a telephone number",
    AnswerProblemCode.NOT_A_POSTCODE: "Not a postcode",
    AnswerProblemCode.NOT_A_WEB_ADDRESS: "Not a web address",
    AnswerProblemCode.NOT_A_FILE: "Not a file that came with it",
    AnswerProblemCode.NOT_A_PROVENANCE: "How it is known is not one of the choices",
    AnswerProblemCode.NOT_A_QUESTION: _NOT_ASKED,
    AnswerProblemCode.TOO_MANY: "More than the form takes",
    AnswerProblemCode.UNKNOWN_NOT_ALLOWED: "“I do not know” is no answer to this",
    AnswerProblemCode.VALUE_AND_UNKNOWN: "An answer and “I do not know” at once",
    AnswerProblemCode.WRONG_SHAPE: "Not built as an answer is",
}


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer. `how_known` is the provenance in words, or "", or what is wrong with it."""

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


def unfit_rows(
    question_set_hash: str,
    answers: object,
    *,
    fitting: Collection[str],
    problems: Mapping[str, AnswerProblemCode],
) -> tuple[AnswerRow, ...]:
    """What was sent and is not among the answers that fit: what was asked where the form is known, what was sent
    whatever it is, and beside it what is wrong."""
    if not isinstance(answers, Mapping):
        return (AnswerRow("Everything that was sent", (str(answers),), _WRONG[AnswerProblemCode.WRONG_SHAPE], _HELD),)
    asked = {question.id: question.ask for question in archived_question_set(question_set_hash).questions}
    rows = []
    for name, answer in answers.items():
        if name not in fitting:
            wrong = _WRONG[problems[name]] if name in problems else _NOT_ASKED
            (plain,) = _plain_rows({asked.get(name) or name: answer})
            rows.append(replace(plain, how_known=wrong))
    return tuple(rows)


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
