"""Answers as text for people: the page that plays them back, the officer's view, a letter."""

from __future__ import annotations

from counterpoint.kernel.questions.kinds import kind_of
from counterpoint.kernel.questions.types import ENGLISH, Answer, Question, Words


def answer_lines(question: Question, answer: Answer, *, words: Words = ENGLISH) -> tuple[str, ...]:
    """A checked answer, one line or several; choices by the labels of the question, so a translated question tells it
    translated. Provenance is not told here."""
    if answer.get("unknown"):
        return (words.unknown,)
    return kind_of(question).lines(question, answer["value"], words)
