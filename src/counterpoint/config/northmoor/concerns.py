"""Plans the concerns about people: who writes about whom, what it turns out to be, and what becomes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from counterpoint.config.northmoor import courses, forms
from counterpoint.config.northmoor.people import Names, a_person
from counterpoint.config.northmoor.story import Story, StoryKind, dealt, drawn
from counterpoint.config.northmoor.town import Town

PUBLIC_SECTORS = frozenset({"friends_family", "community"})
_SOONEST_REPEAT, _LATEST_REPEAT = timedelta(days=25), timedelta(days=400)


@dataclass(frozen=True)
class Cards:
    """What was dealt to one concern: its place in the shares."""

    sector: str
    category: str
    pronoun: str
    is_emergency: bool


def plan_concerns(town: Town, random: Random, names: Names, moments: Sequence[datetime]) -> list[Story]:
    """One concern for each moment; a share of them about somebody reported before."""
    count, shape = len(moments), town.shape
    dealt_out = zip(
        dealt(random, shape.sectors, count),
        dealt(random, shape.categories, count),
        dealt(random, shape.pronouns, count),
        dealt(random, {"no": 100 - shape.emergencies, "yes": shape.emergencies}, count),
        strict=True,
    )
    cards = [Cards(sector, category, pronoun, danger == "yes") for sector, category, pronoun, danger in dealt_out]
    ages = _ages(town, random, cards)
    repeats = dealt(random, {"no": 100 - shape.repeats, "yes": shape.repeats}, count)
    told: list[Story] = []
    for place, (at, card, age, repeat) in enumerate(zip(moments, cards, ages, repeats, strict=True)):
        earlier = _earlier(random, told, at) if repeat == "yes" else None
        told.append(
            a_concern(town, random, names, key=f"concern-{place:04d}", at=at, card=card, age=age, earlier=earlier)
        )
    return told


def a_concern(
    town: Town,
    random: Random,
    names: Names,
    *,
    key: str,
    at: datetime,
    card: Cards,
    age: int,
    earlier: Story | None = None,
) -> Story:
    """One concern: form, words, files and course."""
    person = _person(town, random, names, card=card, age=age, on=at.date(), earlier=earlier)
    is_public = card.sector in PUBLIC_SECTORS
    ticked = drawn(random, town.shape.ticked[card.category])
    language = drawn(random, town.shape.languages) if is_public else "en"
    writer = forms.Writer(town, random, person=person, sector=card.sector, category=card.category, ticked=ticked)
    answers = writer.public(language, card.is_emergency) if is_public else writer.professional(card.is_emergency)
    return Story(
        key=key,
        kind=StoryKind.CONCERN,
        arrives_at=at,
        before_now=None,
        channel=_channel(town, random, card.sector),
        question_set="concern_public" if is_public else "concern_professional",
        language=language,
        answers=answers,
        course=courses.plan_course(town, random, card.category, answers, is_emergency=card.is_emergency),
        files=courses.plan_files(town, random),
        sector=card.sector,
        age=person["age"],
        is_emergency=card.is_emergency,
        repeat_of=earlier.key if earlier else "",
        person=person,
    )


def _ages(town: Town, random: Random, cards: Sequence[Cards]) -> list[int]:
    """An age for each, so that every sector has its shares."""
    bands: dict[str, list[str]] = {}
    for sector in town.shape.sectors:
        count = sum(card.sector == sector for card in cards)
        bands[sector] = dealt(random, town.shape.ages[sector], count)
    ages = []
    for card in cards:
        low, high = (int(part) for part in bands[card.sector].pop().split("-"))
        ages.append(random.randint(max(low, 6), high))
    return ages


def _person(
    town: Town, random: Random, names: Names, *, card: Cards, age: int, on: date, earlier: Story | None
) -> dict[str, Any]:
    if earlier is not None and earlier.person is not None:
        grown = (on - earlier.arrives_at.date()).days // 365
        return {**earlier.person, "age": earlier.person["age"] + grown}
    return a_person(town, random, names, pronoun=card.pronoun, age=age, on=on)


def _earlier(random: Random, told: Sequence[Story], at: datetime) -> Story | None:
    """A concern of some time before, about a person who was named in full and reported once."""
    repeated = {story.repeat_of for story in told}
    fitting = [
        story
        for story in told
        if _SOONEST_REPEAT <= at - story.arrives_at <= _LATEST_REPEAT
        and "person_surname" in story.answers
        and not story.repeat_of
        and story.key not in repeated
    ]
    return random.choice(fitting) if fitting else None


def _channel(town: Town, random: Random, sector: str) -> str:
    door = "public" if sector in PUBLIC_SECTORS else "police" if sector == "police" else "professional"
    return drawn(random, town.shape.channels[door])
