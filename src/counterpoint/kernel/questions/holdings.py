"""Whom or what answers are about, and by which of them a person may be recognised."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoint.kernel.questions.kinds.date import iso
from counterpoint.kernel.questions.types import Answer, Answers, Checked, Holds, Json, MatchAs, QuestionSet


def answers_held_about(question_set: QuestionSet, answers: Answers, holds: Holds) -> dict[str, Answer]:
    """The answers that are about this, in the order of the questions. Over all of Holds these are all the answers to
    the set's questions, each once."""
    about = (question.id for question in question_set.questions if question.holds is holds)
    return {question_id: answers[question_id] for question_id in about if question_id in answers}


def match_keys(question_set: QuestionSet, checked: Checked) -> dict[MatchAs, str]:
    """What the answers say that a repeat of the same person may be recognised by, as text and as it was given:
    normalising is for the matcher. born_on: ISO date, or as much of it as is known; age: years.
    Where two questions match as the same, the first that is answered counts."""
    keys: dict[MatchAs, str] = {}
    for question in question_set.questions:
        value = checked.answers.get(question.id, {}).get("value")
        if question.match_as and value is not None:
            keys.setdefault(question.match_as, _text(value))
    return keys


def _text(value: Json) -> str:
    if isinstance(value, Mapping):
        return str(value["years"]) if "years" in value else iso(value)
    return str(value)
