"""An assessment against an instrument: what is missing in it, and what changed since the one before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .types import InstrumentVersion

MAX_NARRATIVE = 20_000


@dataclass(frozen=True)
class Rating:
    """What was found of one item: the id of a level, and in words why."""

    level: str
    narrative: str = ""


class AssessmentFault(StrEnum):
    """Stable names of what can be wrong; a page translates them."""

    MISSING = "missing"
    NOT_AN_ITEM = "not_an_item"
    NOT_A_LEVEL = "not_a_level"
    NARRATIVE_MISSING = "narrative_missing"
    NARRATIVE_TOO_LONG = "narrative_too_long"


@dataclass(frozen=True)
class AssessmentProblem:
    """One thing to put right. It never repeats what was written: that is about a person."""

    item_id: str
    fault: AssessmentFault


def problems_of_assessment(version: InstrumentVersion, ratings: Mapping[str, Rating]) -> tuple[AssessmentProblem, ...]:
    """Everything that is wrong with an assessment, in the order of the items. Every item needs a level: "not known" is
    one, silence is not."""
    return tuple(_problems(version, ratings))


def _problems(version: InstrumentVersion, ratings: Mapping[str, Rating]) -> Iterator[AssessmentProblem]:
    levels = {level.id: level for level in version.levels}
    for item in version.items:
        rating = ratings.get(item.id)
        if rating is None:
            yield AssessmentProblem(item.id, AssessmentFault.MISSING)
        elif rating.level not in levels:
            yield AssessmentProblem(item.id, AssessmentFault.NOT_A_LEVEL)
        elif levels[rating.level].needs_narrative and not rating.narrative.strip():
            yield AssessmentProblem(item.id, AssessmentFault.NARRATIVE_MISSING)
        elif len(rating.narrative) > MAX_NARRATIVE:
            yield AssessmentProblem(item.id, AssessmentFault.NARRATIVE_TOO_LONG)
    known = {item.id for item in version.items}
    yield from (AssessmentProblem(one, AssessmentFault.NOT_AN_ITEM) for one in ratings if one not in known)


@dataclass(frozen=True)
class ItemChange:
    """One item in two assessments, side by side; None where it was not looked at. Whether a change is for the better is
    for people to say."""

    item_id: str
    before: Rating | None
    after: Rating | None

    @property
    def is_other_level(self) -> bool:
        """Whether both looked at it and found something else."""
        return self.before is not None and self.after is not None and self.before.level != self.after.level


def changes_between(
    version: InstrumentVersion, before: Mapping[str, Rating], after: Mapping[str, Rating]
) -> tuple[ItemChange, ...]:
    """Every item of the version that differs, in its order, then what only the earlier one (of another version) had."""
    items = [item.id for item in version.items]
    order = [*items, *(one for one in before if one not in items)]
    changes = (ItemChange(one, before.get(one), after.get(one)) for one in order)
    return tuple(change for change in changes if change.before != change.after)
