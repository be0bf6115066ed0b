# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Plans reports of online material, and questions for advice by form and by phone. Pure."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from counterpoint.config.northmoor.story import Answers, Course, Story, StoryKind, drawn
from counterpoint.config.northmoor.town import Town

_MEDIA = {
    "video": ["video"],
    "image": ["image"],
    "text": ["text"],
    "group": ["group", "text"],
    "audio": ["audio"],
}
_ONLINE_ENDINGS = {"online_removed": 46, "online_referred": 22, "online_not_unlawful": 32}
_PATHS = ("watch", "p", "post", "t")
_CONTACT = {"mailbox": 45, "no": 55}


def plan_online(town: Town, random: Random, moments: Sequence[datetime]) -> list[Story]:
    """A report of online material for each moment."""
    return [an_online_report(town, random, key=f"online-{place:04d}", at=at) for place, at in enumerate(moments)]


def an_online_report(town: Town, random: Random, *, key: str, at: datetime, threat: bool = False) -> Story:
    """One report of online material. threat: it says that a life is threatened."""
    shows = "threatens" if threat else drawn(random, town.online["shares"])
    language = drawn(random, town.shape.languages)
    return Story(
        key=key,
        kind=StoryKind.ONLINE,
        arrives_at=at,
        before_now=None,
        channel="portal",
        question_set="online_material",
        language=language,
        answers=_online_answers(town, random, shows, language, threat=threat),
        course=Course(ending=_online_ending(random, shows), withheld=False),
        sector="other",
        is_emergency=threat,
    )


def plan_advice_forms(town: Town, random: Random, moments: Sequence[datetime]) -> list[Story]:
    """A question by form for each moment."""
    return [a_question(town, random, key=f"advice-{place:04d}", at=at) for place, at in enumerate(moments)]


def a_question(town: Town, random: Random, *, key: str, at: datetime) -> Story:
    """One question by form. `Course.ending` is the number of the answer in the town's words."""
    number = random.randrange(len(town.advice["pairs"]))
    pair = town.advice["pairs"][number]
    language = drawn(random, town.shape.languages)
    question = f"{random.choice(town.advice['lead_in'])} {pair['question']}".strip()
    answers: Answers = {
        "immediate_danger": _value("no") if random.random() < 0.97 else {"unknown": True},
        "advice_topic": _value(pair["topic"]),
        "question": _value(question if language == "en" else random.choice(town.translated[language]["question"])),
        "may_contact": _value(drawn(random, {"mailbox": 85, "no": 15})),
    }
    if language == "en" and random.random() < 0.5:
        answers["tried"] = _value(random.choice(town.advice["tried"]))
    return Story(
        key=key,
        kind=StoryKind.ADVICE_FORM,
        arrives_at=at,
        before_now=None,
        channel="portal",
        question_set="advice",
        language=language,
        answers=answers,
        course=Course(ending=str(number)),
    )


def plan_advice_calls(town: Town, random: Random, moments: Sequence[datetime]) -> list[Story]:
    """A call for advice for each moment: written down by whoever took it, no form."""
    return [
        Story(
            key=f"call-{place:04d}",
            kind=StoryKind.ADVICE_CALL,
            arrives_at=at,
            before_now=None,
            channel="phone",
            question_set="",
            language="en",
            answers={},
            course=Course(ending=str(random.randrange(len(town.advice["pairs"])))),
        )
        for place, at in enumerate(moments)
    ]


def _online_answers(town: Town, random: Random, shows: str, language: str, *, threat: bool) -> Answers:
    words = town.online
    media = random.choice(list(_MEDIA))
    answers: Answers = {
        "threat_to_life": _value("yes") if threat else _value("no") if random.random() < 0.93 else {"unknown": True},
        "addresses": _value(
            [
                f"https://{random.choice(words['hosts'])}/{random.choice(_PATHS)}/{random.randrange(10000, 9999999)}"
                for _ in range(random.choice([1, 1, 1, 2]))
            ]
        ),
        "material_shows": {"unknown": True} if shows == "unknown" else _value(shows),
        "media": _value(_MEDIA[media]),
        "may_contact": _value(drawn(random, _CONTACT)),
    }
    if random.random() < 0.75:
        answers["platform"] = _value(random.choice(words["platforms"]))
    if random.random() < 0.3:
        answers["account_name"] = _value(random.choice(words["accounts"]))
    if random.random() < 0.3:
        answers["exact_place"] = _value(random.choice(words["places"]))
    if random.random() < 0.7:
        told = words["material"][shows] if language == "en" else town.translated[language]["description"]
        answers["description"] = _value(random.choice(told))
    return answers


def _online_ending(random: Random, shows: str) -> str:
    if shows == "child_abuse_images":
        return "not_for_this_service"
    if shows == "something_else":
        return "not_for_this_service"
    return drawn(random, _ONLINE_ENDINGS)


def _value(value: Any) -> dict[str, Any]:
    return {"value": value}
