"""The plan: every story of the two years, as pure data, the same each time. What the shares are held against:
examples/northmoor/README.md. Acting it out: `counterpoint.config.northmoor.acting`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from random import Random

from counterpoint.config.northmoor import asking, concerns, recent
from counterpoint.config.northmoor.calendar import arrival_moments
from counterpoint.config.northmoor.paths import put_on_paths, track_of
from counterpoint.config.northmoor.people import Names
from counterpoint.config.northmoor.story import Story, StoryKind
from counterpoint.config.northmoor.town import Town


def plan_town(town: Town) -> tuple[Story, ...]:
    """All stories in the order in which they arrive; those of the last hours (`before_now`) at the end."""
    random = Random(town.shape.seed)  # noqa: S311 - a made-up town, nothing secret
    names = Names(town, random)
    told = concerns.plan_concerns(town, random, names, _moments(town, random, town.shape.concerns))
    told += asking.plan_online(town, random, _moments(town, random, town.shape.online))
    told += asking.plan_advice_forms(town, random, _moments(town, random, town.shape.advice_forms))
    told += asking.plan_advice_calls(town, random, _moments(town, random, town.shape.advice_calls))
    recent_ones = recent.plan_recent(town, random, names)
    last = datetime.combine(town.shape.ends_on, time(12), tzinfo=UTC)
    return (*put_on_paths(sorted(told, key=lambda story: story.arrives_at), ends_on=last), *recent_ones)


def a_slice(stories: tuple[Story, ...], count: int) -> tuple[Story, ...]:
    """About `count` stories that stand for the whole: evenly spread, every kind, every recent one and every case on the
    whole path among them. A repeat whose first report is left out is told as a report of its own."""
    kept = [story for story in stories if story.before_now is not None or track_of(story)]
    rest = [story for story in stories if story.before_now is None and not track_of(story)]
    chosen = sorted(
        [*_spread(rest, count - len(kept)), *kept], key=lambda story: (story.before_now is not None, story.arrives_at)
    )
    keys = {story.key for story in chosen}
    return tuple(story if story.repeat_of in keys else replace(story, repeat_of="") for story in chosen)


def _spread(stories: list[Story], count: int) -> Iterator[Story]:
    """The same share of each kind, evenly spread over the time."""
    share = max(0.0, count / len(stories))
    for kind in StoryKind:
        of_kind = [story for story in stories if story.kind is kind]
        wanted = max(1, round(len(of_kind) * share))
        yield from (of_kind[int((place + 0.5) * len(of_kind) / wanted)] for place in range(wanted))


def _moments(town: Town, random: Random, count: int) -> list[datetime]:
    return arrival_moments(random, count, months=town.shape.month_weights, ends_on=town.shape.ends_on)
