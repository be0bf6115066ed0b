"""What must hold between the parts of a question set, one rule a file. Each takes the set and gives its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from counterpoint.kernel.questions.problems import Path, Problem
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
    facts_are_of_one_type,
    matches_fit_their_type,
    can_be_shown,
)


def problems_between_parts(question_set: QuestionSet, *, already: Sequence[Problem]) -> list[Problem]:
    """already: what reading found. What only follows from a problem at the same place or inside it is not told."""
    told = list(already)
    for rule in RULES:
        places = [problem.path for problem in told]
        found = (problem for problem in rule(question_set) if not _is_within(places, problem.path))
        told.extend(list(found))
    return told[len(already) :]


def _is_within(places: Iterable[Path], path: Path) -> bool:
    return any(place[: len(path)] == path for place in places)
