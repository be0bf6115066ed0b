"""Every page and every question can be reached by some answers.

Tries every combination of the answers that a condition depends on, directly or because a question it looks at is
itself shown only sometimes. Where these are too many to try, it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from math import prod
from typing import Final

from counterpoint.kernel.questions.conditions import holds, leaves
from counterpoint.kernel.questions.problems import Problem
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import Answer, Condition, Json, Question, QuestionSet, QuestionType

_MOST_COMBINATIONS: Final = 20_000
_MOST_CHOICES: Final = 8


def can_be_shown(question_set: QuestionSet) -> Iterator[Problem]:
    shown_when = {
        question.id: tuple(condition for condition in (page.show_when, question.show_when) if condition)
        for page in question_set.pages
        for question in page.questions
    }
    questions = {question.id: question for question in question_set.questions}
    if len(questions) < len(question_set.questions):
        return  # an id that is used twice, a problem of its own, leaves open which question a condition means
    for path, page in places.pages(question_set):
        if page.show_when and not _possible((page.show_when,), shown_when, questions):
            yield Problem(
                (*path, "show_when"), "never_shown", f"No answers show the page `{page.id}`", "Correct its condition"
            )
    for path, question in places.questions(question_set):
        if question.show_when and not _possible(shown_when[question.id], shown_when, questions):
            what = f"No answers show the question `{question.id}`"
            yield Problem((*path, "show_when"), "never_shown", what, "Correct its condition, or that of its page")


def _possible(
    conditions: tuple[Condition, ...],
    shown_when: Mapping[str, tuple[Condition, ...]],
    questions: Mapping[str, Question],
) -> bool:
    """Do some answers meet all the conditions? True also where that cannot be told."""
    looked_at = _looked_at(conditions, shown_when)
    if not looked_at <= questions.keys():
        return True
    order = [question_id for question_id in questions if question_id in looked_at]
    offers = [_offers(questions[question_id]) for question_id in order]
    if prod(map(len, offers)) > _MOST_COMBINATIONS:
        return True
    for combination in product(*offers):
        given: dict[str, Answer] = {}
        for question_id, answer in zip(order, combination, strict=True):
            if answer and all(holds(condition, given) for condition in shown_when[question_id]):
                given[question_id] = answer
        if all(holds(condition, given) for condition in conditions):
            return True
    return False


def _looked_at(conditions: tuple[Condition, ...], shown_when: Mapping[str, tuple[Condition, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(conditions)
    while waiting:
        for leaf in leaves(waiting.pop()):
            if leaf.question not in found:
                found.add(leaf.question)
                waiting.extend(shown_when.get(leaf.question, ()))
    return found


def _offers(question: Question) -> list[Answer | None]:
    """Answers that a condition can tell apart, none among them."""
    values: list[Json]
    if question.type is QuestionType.CHOICE:
        values = list(question.choice_ids)
    elif question.type is QuestionType.CHOICES:
        # Too many to try: a list long enough that the caller gives up.
        sizes = range(1, len(question.choices) + 1) if len(question.choices) <= _MOST_CHOICES else ()
        values = [list(chosen) for size in sizes for chosen in combinations(question.choice_ids, size)]
        values = values or [None] * _MOST_COMBINATIONS
    else:
        values = ["anything"]
    return [None, *(Answer(value=value) for value in values)]
