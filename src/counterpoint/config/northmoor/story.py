"""A story: what will happen to one report, as plain data, before anything of it has happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

Answers = dict[str, dict[str, Any]]


class StoryKind(StrEnum):
    CONCERN = "concern"
    ONLINE = "online"
    ADVICE_FORM = "advice_form"
    ADVICE_CALL = "advice_call"


@dataclass(frozen=True, kw_only=True)
class CaseCourse:
    """How a case goes. `assessed` is the decision of the assessment; `consent` matters where it is support."""

    assessed: str
    consent: str
    reviews: int
    actions: int
    closure_reason: str
    impact: str
    asks_again: bool  # the first assessment asks for more information
    shared: bool
    reopened: bool
    path: str = ""  # the track of England's whole path that it takes; none: the casework of the pack

    @property
    def is_adopted(self) -> bool:
        """Support was offered and taken: what the national figures call adopted."""
        return self.assessed == "support" and self.consent.startswith("given")


@dataclass(frozen=True, kw_only=True)
class Course:
    """What becomes of a concern at the desk."""

    ending: str  # "case", or the closure reason of triage
    category: str = ""
    asks_reporter: bool = False
    reporter_answers: bool = False
    withheld: bool = False
    sent_back: bool = False
    case: CaseCourse | None = None
    stops_at: str = ""  # "", "inbox", "taken", "asked": nobody goes on from there


@dataclass(frozen=True, kw_only=True)
class Story:
    """One report. `arrives_at` is a moment of the plan's own calendar (aware); `before_now` instead counts back from
    the moment at which the town is loaded, for what is to be found open then."""

    key: str
    kind: StoryKind
    arrives_at: datetime
    before_now: timedelta | None
    channel: str
    question_set: str
    language: str
    answers: Answers
    course: Course
    files: Sequence[str] = ()
    sector: str = "other"
    age: int | None = None
    is_emergency: bool = False
    repeat_of: str = ""
    person: Mapping[str, Any] | None = None

    def random(self, purpose: str, seed: str) -> Random:
        """Chance of this story's own, so that no story depends on how many others there are."""
        return Random(f"{seed}/{self.key}/{purpose}")  # noqa: S311 - a made-up town, nothing secret


def drawn(random: Random, weights: Mapping[str, float]) -> str:
    """One of the keys, as often as its weight says."""
    return random.choices(list(weights), weights=list(weights.values()))[0]


def dealt(random: Random, weights: Mapping[str, float], count: int) -> list[str]:
    """`count` keys whose shares are those of the weights as nearly as whole numbers can be, in chance order."""
    total = sum(weights.values())
    exact = {key: count * weight / total for key, weight in weights.items()}
    whole = {key: int(share) for key, share in exact.items()}
    by_rest = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in by_rest[: count - sum(whole.values())]:
        whole[key] += 1
    cards = [key for key, number in whole.items() for _ in range(number)]
    random.shuffle(cards)
    return cards
