"""Made-up worlds with known campaigns in them: what the detectors are tried on.

A world is organic life (topic communities with favourite pages, share-button headlines, copied jokes, viral bursts,
small circles of friends) with campaigns planted into it, each by a tactic. Chance is drawn from the scenario's seed
only, so that the same scenario gives the same world. No word, name or address in it is real.
"""

# ruff: noqa: PLR2004, PLR0917, E501 - a world's shape is told in numbers, and its makers take what they draw from

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import numpy as np

from counterpoint.kernel.coordination.errors import BadScenario

STARTS_AT = 1_600_000_000
MINUTE, HOUR, DAY = 60, 3600, 86400


class Links(StrEnum):
    """Which address a campaign's posts carry: one for all, a new short link each, a page others share too, or none."""

    SHARED = "shared"
    ONE_OFF = "one_off"
    BORROWED = "borrowed"
    NONE = "none"


@dataclass(frozen=True)
class Tactic:
    """How a campaign behaves. delays in minutes after the first post of a message; words: how many are changed at most."""

    links: Links = Links.SHARED
    participation: float = 0.8
    delay_minutes: tuple[float, float] = (5.0, 240.0)
    words_changed: int = 3
    messages: int = 20
    spacing_minutes: float = 0.0
    rotating_groups: int = 1
    drip_days: float = 0.0
    languages: int = 1
    organic_followers: float = 0.0
    borrowed_tags: bool = False


TACTICS: Mapping[str, Tactic] = {
    "same_minute": Tactic(delay_minutes=(0, 1), words_changed=0),
    "spread": Tactic(),
    "one_off_links": Tactic(links=Links.ONE_OFF, participation=0.4, messages=40, spacing_minutes=5),
    "few_posts": Tactic(links=Links.ONE_OFF, participation=0.5, messages=10, spacing_minutes=5),
    "rotating_groups": Tactic(links=Links.ONE_OFF, participation=0.8, messages=40, rotating_groups=3),
    "slow_drip": Tactic(links=Links.ONE_OFF, participation=0.6, messages=15, drip_days=14),
    "two_languages": Tactic(links=Links.ONE_OFF, participation=0.6, messages=20, languages=2),
    "borrowed_tags": Tactic(links=Links.NONE, participation=0.5, messages=20, borrowed_tags=True),
    "borrowed_pages": Tactic(links=Links.BORROWED, participation=0.6, messages=25),
    "half_organic": Tactic(participation=0.6, messages=20, organic_followers=1.0),
}


@dataclass(frozen=True)
class Campaign:
    tactic: str
    accounts: int = 20


@dataclass(frozen=True)
class Scenario:
    """organic: accounts that nobody steers. posts: their mean number of posts. languages: scripts by weight.
    circles: of friends, each with so many things of its own (from, to), of which a friend takes up this part."""

    seed: int = 1
    days: int = 30
    organic: int = 5000
    posts: float = 10.0
    communities: int = 20
    circles: int = 20
    circle_things: tuple[int, int] = (2, 4)
    circle_participation: float = 0.5
    bursts: int = 3
    jokes: int = 30
    languages: Mapping[str, float] = field(default_factory=lambda: {"latin": 1.0})
    campaigns: Sequence[Campaign] = ()


SCRIPTS = {
    "latin": ("bdfgklmnprstv", "aeiou", " "),
    "cyrillic": ("бвгдзклмнпрст", "аеиоу", " "),
    "arabic": ("بتجدرزسشفقكلمن", "اوي", " "),
    "han": ("".join(map(chr, range(0x4E00, 0x4E00 + 900, 3))), "".join(map(chr, range(0x5300, 0x5300 + 600, 3))), ""),
}


def scenario_of(described: Mapping[str, Any]) -> Scenario:
    """A scenario from a mapping (a YAML file). Raises BadScenario with every problem."""
    known = {item.name for item in fields(Scenario)}
    problems = [
        f"{name}: not part of a scenario; known are {', '.join(sorted(known))}"
        for name in described
        if name not in known
    ]
    campaigns = []
    for number, given in enumerate(described.get("campaigns", ())):
        if not isinstance(given, Mapping) or given.get("tactic") not in TACTICS:
            problems.append(f"campaigns[{number}]: tactic must be one of {', '.join(TACTICS)}")
        elif not isinstance(given.get("accounts", 20), int) or given.get("accounts", 20) < 2:
            problems.append(f"campaigns[{number}]: accounts must be a whole number from 2 up")
        else:
            campaigns.append(Campaign(given["tactic"], given.get("accounts", 20)))
    problems += [
        f"languages: {name} is not one of {', '.join(SCRIPTS)}"
        for name in described.get("languages", ())
        if name not in SCRIPTS
    ]
    for name in ("seed", "days", "organic", "communities", "circles", "bursts", "jokes"):
        least = 0 if name in ("seed", "circles", "bursts", "jokes") else 1
        if name in described and (not isinstance(described[name], int) or described[name] < least):
            problems.append(f"{name}: must be a whole number from {least} up")
    things = described.get("circle_things", (2, 4))
    if not (isinstance(things, list | tuple) and len(things) == 2 and all(isinstance(part, int) for part in things)
            and 0 < things[0] <= things[1]):  # fmt: skip
        problems.append("circle_things: must be two whole numbers from 1 up, the smaller first")
    if problems:
        raise BadScenario(problems)
    plain = {name: value for name, value in described.items() if name not in ("campaigns", "circle_things")}
    return Scenario(**plain, campaigns=tuple(campaigns), circle_things=(things[0], things[1]))


@dataclass(frozen=True)
class World:
    """posts: columns of equal length. truth: account -> (number of its campaign, its tactic)."""

    posts: Mapping[str, list[Any]]
    truth: Mapping[str, tuple[int, str]]


class _Language:
    """Words of a script by falling frequency; texts of them."""

    def __init__(self, script: str, chance: np.random.Generator, size: int = 6000) -> None:
        consonants, vowels, self.joint = SCRIPTS[script]
        words: dict[str, None] = {}
        while len(words) < size:
            length = int(chance.integers(1, 4))
            syllables = [
                consonants[chance.integers(len(consonants))] + vowels[chance.integers(len(vowels))]
                for _ in range(length)
            ]
            words["".join(syllables)] = None
        self.words = np.array(list(words), dtype=object)
        weight = 1.0 / (np.arange(size) + 3.0)
        self.cumulative = np.cumsum(weight) / weight.sum()

    def some(self, count: int, chance: np.random.Generator) -> list[str]:
        return list(self.words[np.searchsorted(self.cumulative, chance.random(count))])

    def rare(self, count: int, chance: np.random.Generator) -> list[str]:
        return list(self.words[chance.integers(len(self.words), size=count)])

    def text(self, words: Sequence[str]) -> str:
        return self.joint.join(words)


class _Writer:
    """Collects posts; identifiers are given at the end, in an order that tells nothing."""

    def __init__(self) -> None:
        self.account: list[str] = []
        self.at: list[int] = []
        self.text: list[str] = []
        self.urls: list[str] = []
        self.hashtags: list[str] = []
        self.client: list[str] = []

    def post(self, account: str, at: float, text: str, *, url: str = "", tags: str = "", client: str = "web") -> None:
        self.account.append(account)
        self.at.append(STARTS_AT + int(at))
        self.text.append(text)
        self.urls.append(url)
        self.hashtags.append(tags)
        self.client.append(client)


SIGNS = ("", "", "", " 🔥", " ❗", " ✊", " 👉", " 🚨")
CLIENTS = ("web", "web", "phone", "phone", "tablet", "scheduler")


def make_world(scenario: Scenario) -> World:
    """Draw a world. Source of the organic shapes: heavy-tailed activity and popularity, log-normal delays."""
    chance = np.random.default_rng(scenario.seed)
    size = scenario.organic + sum(campaign.accounts for campaign in scenario.campaigns)
    names = [f"u{number:06x}" for number in chance.choice(16**6, size=size, replace=False)]
    languages = _languages(scenario, chance)
    home = _homes(scenario, size, chance)
    writer = _Writer()
    pages = _organic_life(scenario, names, home, languages, writer, chance)
    _shared_fun(scenario, names, home, languages, writer, chance)
    truth: dict[str, tuple[int, str]] = {}
    start = 0
    for number, campaign in enumerate(scenario.campaigns):
        members = names[start : start + campaign.accounts]
        start += campaign.accounts
        truth |= dict.fromkeys(members, (number, campaign.tactic))
        _plant(
            TACTICS[campaign.tactic],
            number,
            members,
            names[size - scenario.organic :],
            pages,
            languages,
            scenario,
            writer,
            chance,
        )
    order = chance.permutation(len(writer.at))
    posts = {
        "post_id": [f"p{number}" for number in range(order.size)],
        "account_id": [writer.account[place] for place in order], "posted_at": [writer.at[place] for place in order],
        "text": [writer.text[place] for place in order], "urls": [writer.urls[place] for place in order],
        "hashtags": [writer.hashtags[place] for place in order], "client": [writer.client[place] for place in order],
    }  # fmt: skip
    return World(posts, truth)


def _languages(scenario: Scenario, chance: np.random.Generator) -> list[_Language]:
    """One for each community, drawn by weight, then one for every script there is."""
    scripts = sorted(scenario.languages)
    made = {script: _Language(script, chance) for script in scripts}
    weight = np.array([scenario.languages[script] for script in scripts], dtype=float)
    picks = chance.choice(len(scripts), size=scenario.communities, p=weight / weight.sum())
    return [made[scripts[pick]] for pick in picks]


def _homes(scenario: Scenario, size: int, chance: np.random.Generator) -> Any:
    weight = chance.lognormal(0, 0.5, size=scenario.communities)
    return chance.choice(scenario.communities, size=size, p=weight / weight.sum())


def _organic_life(
    scenario: Scenario, names: Sequence[str], home: Any, languages: Sequence[_Language], writer: _Writer, chance: Any
) -> list[list[tuple[str, str, float]]]:
    """Everybody's everyday posts: own words, or pages of one's community soon after they appear. Returns the pages."""
    pages = []
    for number in range(scenario.communities):
        count = max(30, int((home == number).sum() * 1.5))
        born = chance.random(count) * scenario.days * DAY
        pages.append([(f"https://news{number}.example/{rank}", languages[number].text(languages[number].some(int(chance.integers(6, 13)), chance)), at)
                      for rank, at in enumerate(born)])  # fmt: skip
    weights = [1.0 / (np.arange(len(theirs)) + 2.0) ** 0.9 for theirs in pages]
    cumulative = [np.cumsum(weight) / weight.sum() for weight in weights]
    counts = np.minimum(chance.lognormal(np.log(scenario.posts) - 0.5, 1.0, size=len(names)).astype(int) + 1, 400)
    for place, name in enumerate(names):
        client = CLIENTS[chance.integers(len(CLIENTS))]
        for draw in chance.random(counts[place]):
            where = int(home[place]) if draw < 0.85 else int(chance.integers(scenario.communities))
            if chance.random() < 0.55:
                url, headline, born = pages[where][int(np.searchsorted(cumulative[where], chance.random()))]
                at = min(born + chance.lognormal(np.log(2 * HOUR), 1.2), scenario.days * DAY)
                words = languages[where].some(int(chance.integers(4, 12)), chance)
                writer.post(
                    name,
                    at,
                    headline if chance.random() < 0.35 else languages[where].text(words),
                    url=url,
                    client=client,
                )
            else:
                words = languages[where].some(int(chance.integers(4, 16)), chance)
                tag = f"#topic{where}_{int(chance.integers(8))}" if chance.random() < 0.2 else ""
                writer.post(
                    name, chance.random() * scenario.days * DAY, languages[where].text(words), tags=tag, client=client
                )
    return pages


def _shared_fun(
    scenario: Scenario, names: Sequence[str], home: Any, languages: Sequence[_Language], writer: _Writer, chance: Any
) -> None:
    """Viral bursts, copied jokes, and circles of friends who pass on one another's things: all of it nobody's plan."""
    for number in range(scenario.bursts):
        at = chance.random() * (scenario.days - 1) * DAY
        for place in chance.choice(len(names), size=max(5, len(names) // 24), replace=False):
            writer.post(
                names[place], at + chance.random() * 10 * MINUTE, "look at this", url=f"https://viral.example/{number}"
            )
    for _ in range(scenario.jokes):
        language = languages[chance.integers(len(languages))]
        joke = language.some(int(chance.integers(8, 16)), chance)
        at = chance.random() * scenario.days * DAY
        for place in chance.choice(len(names), size=int(min(len(names), 20 + chance.pareto(1.2) * 20)), replace=False):
            varied = _varied(joke, int(chance.integers(0, 3)), language, chance)
            writer.post(names[place], at + chance.lognormal(np.log(DAY), 1.0), language.text(varied))
    for number in range(scenario.circles):
        where = int(chance.integers(scenario.communities))
        inside = np.flatnonzero(home == where)
        friends = chance.choice(inside, size=min(inside.size, int(chance.integers(4, 9))), replace=False)
        for thing in range(int(chance.integers(scenario.circle_things[0], scenario.circle_things[1] + 1))):
            at = chance.random() * scenario.days * DAY
            for place in friends[chance.random(friends.size) < scenario.circle_participation]:
                words = languages[where].text(languages[where].some(6, chance))
                writer.post(
                    names[place],
                    at + chance.lognormal(np.log(3 * HOUR), 1.0),
                    words,
                    url=f"https://circle{number}.example/{thing}",
                )


def _varied(words: Sequence[str], changes: int, language: _Language, chance: Any) -> list[str]:
    varied = list(words)
    for change in range(changes):
        place = int(chance.integers(len(varied)))
        word = language.rare(1, chance)[0]
        if change % 3 == 2 and len(varied) > 6:
            varied.pop(place)
        elif change % 3 == 1:
            varied.insert(place, word)
        else:
            varied[place] = word
    return varied


def _plant(
    tactic: Tactic, number: int, members: Sequence[str], organic: Sequence[str], pages: Any, languages: Any, scenario: Scenario,
    writer: _Writer, chance: Any,
) -> None:  # fmt: skip
    """Write one campaign's posts into the world."""
    spoken = [languages[chance.integers(len(languages))] for _ in range(tactic.languages)]
    groups = [members[part :: tactic.rotating_groups] for part in range(tactic.rotating_groups)]
    last: dict[str, float] = {}
    for message in range(tactic.messages):
        at = chance.random() * max(scenario.days - 2 - tactic.drip_days, 0.5) * DAY
        originals = [language.some(int(chance.integers(9, 17)), chance) for language in spoken]
        shared = _address(tactic, number, message, pages, chance)
        resting = groups[message % len(groups)] if len(groups) > 1 else []
        takers = [name for name in members if name not in resting and chance.random() < tactic.participation]
        for name in takers:
            which = members.index(name) % len(spoken)
            varied = _varied(
                originals[which],
                int(chance.integers(0, tactic.words_changed + 1)) if tactic.words_changed else 0,
                spoken[which],
                chance,
            )
            when = max(at + _delay(tactic, chance), last.get(name, -1e9) + tactic.spacing_minutes * MINUTE)
            last[name] = when
            _campaign_post(tactic, name, when, spoken[which].text(varied), shared, number, writer, chance)
        followers = chance.choice(
            len(organic), size=min(len(organic), int(len(takers) * tactic.organic_followers)), replace=False
        )
        for place in followers:
            words = spoken[0].text(spoken[0].some(7, chance))
            writer.post(organic[place], at + chance.lognormal(np.log(3 * HOUR), 1.0), words, url=shared)


def _delay(tactic: Tactic, chance: Any) -> float:
    if tactic.drip_days:
        return float(chance.random() * tactic.drip_days * DAY)
    low, high = tactic.delay_minutes
    return float(low + chance.random() * (high - low)) * MINUTE


def _address(tactic: Tactic, number: int, message: int, pages: Any, chance: Any) -> str:
    if tactic.links is Links.SHARED:
        return f"https://site{number}.example/m/{message}"
    if tactic.links is Links.BORROWED:
        theirs = pages[chance.integers(len(pages))]
        return str(theirs[chance.integers(len(theirs) // 3, len(theirs))][0])
    return ""


def _campaign_post(
    tactic: Tactic, name: str, at: float, text: str, url: str, number: int, writer: _Writer, chance: Any
) -> None:
    if tactic.links is Links.ONE_OFF:
        code = "".join("abcdefghijkmnpqrstuvwxyz23456789"[place] for place in chance.integers(32, size=7))
        url = f"https://bit.ly/{code}"
    if tactic.words_changed:
        text += SIGNS[chance.integers(len(SIGNS))]
        if chance.random() < 0.3:
            text = f"@user{int(chance.integers(10_000))} {text}"
    tags = f"#topic{int(chance.integers(5))}_{int(chance.integers(8))}" if tactic.borrowed_tags else f"#push{number}"
    writer.post(name, at, text, url=url, tags=tags, client=f"app{number}")


def rows_of(world: World) -> Iterator[dict[str, Any]]:
    """The world's posts one by one, as a file would have them."""
    names = list(world.posts)
    for values in zip(*world.posts.values(), strict=True):
        yield dict(zip(names, values, strict=True))
