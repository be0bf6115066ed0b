"""What must hold between the parts of a question set, one rule a file. Each takes the set and gives its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from counterpoint.kernel.questions.problems import Problem
from counterpoint.kernel.questions.rules.can_be_shown import can_be_shown
from counterpoint.kernel.questions.rules.conditions_look_back import conditions_look_back
from counterpoint.kernel.questions.rules.facts_are_of_one_type import facts_are_of_one_type
from counterpoint.kernel.questions.rules.matches_fit_their_type import matches_fit_their_type
from counterpoint.kernel.questions.rules.unique_ids import unique_ids
from counterpoint.kernel.questions.types import QuestionSet

Rule: TypeAlias = Callable[[QuestionSet], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    unique_ids,
    conditions_look_back,
    can_be_shown,
    facts_are_of_one_type,
    matches_fit_their_type,
)


def problems_between_parts(question_set: QuestionSet) -> Iterator[Problem]:
    for rule in RULES:
        yield from rule(question_set)
