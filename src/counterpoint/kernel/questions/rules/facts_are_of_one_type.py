"""Questions that give the same fact are of the same type, and no question takes a name that the set itself gives."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.questions.facts import SET_FACTS, names_given_by
from counterpoint.kernel.questions.problems import Problem
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import Question, QuestionSet


def facts_are_of_one_type(question_set: QuestionSet) -> Iterator[Problem]:
    first: dict[str, Question] = {}
    for path, question in places.questions(question_set):
        for name in names_given_by(question):
            other = first.setdefault(name, question)
            if name in SET_FACTS:
                what = f"The fact `{name}` is given by every question set already"
                yield Problem((*path, "fact"), "fact_taken", what, "Choose another name")
            elif (other.type, other.fact) != (question.type, question.fact):
                what = f"The fact `{name}` is {other.type} at `{other.id}` and {question.type} here"
                yield Problem((*path, "fact"), "fact_of_two_types", what, "Choose another name, or one type for both")
