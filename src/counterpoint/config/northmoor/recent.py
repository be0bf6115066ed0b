# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Plans the last days before the town is loaded: what is found in the inbox, with clocks running out. Pure.

Counted back from the moment of loading, whatever the hour, so that the town is alive then."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from counterpoint.config.northmoor import asking, concerns
from counterpoint.config.northmoor.concerns import Cards
from counterpoint.config.northmoor.people import Names
from counterpoint.config.northmoor.story import Story
from counterpoint.config.northmoor.town import Town

# (minutes before now, sector, category, age, emergency, where it stops)
_CONCERNS = (
    (14, "friends_family", "extreme_violence", 16, True, "inbox"),
    (50, "police", "no_ideology_other_need", 34, True, "inbox"),
    (35, "education", "extreme_violence", 14, False, "inbox"),
    (95, "education", "extreme_right_wing", 15, False, "inbox"),
    (180, "health", "several_ideologies", 23, False, "taken"),
    (260, "friends_family", "islamist", 19, False, "asked"),
    (400, "community", "extreme_right_wing", 17, False, "inbox"),
    (1500, "local_authority", "no_ideology_identified", 12, False, "taken"),
    (2900, "education", "no_ideology_identified", 13, False, "inbox"),
    (4300, "prison_probation", "islamist", 28, False, "asked"),
    (7300, "education", "extreme_right_wing", 14, False, "inbox"),
    (8700, "friends_family", "other_ideology", 22, False, "asked"),
    (10200, "police", "left_anarchist_single_issue", 27, False, "inbox"),
    (11600, "health", "no_ideology_identified", 41, False, "taken"),
    (13100, "other", "extreme_right_wing", 36, False, "inbox"),
)
_ONLINE = ((22, True), (130, False), (700, False), (1700, False), (4100, False))
_QUESTIONS = (40, 320, 1300, 3100)


def plan_recent(town: Town, random: Random, names: Names) -> list[Story]:
    """The stories of the last days, newest first."""
    at = datetime.combine(town.shape.ends_on, time(10), tzinfo=UTC)
    told: list[Story] = []
    for place, (minutes, sector, category, age, is_emergency, stops_at) in enumerate(_CONCERNS):
        card = Cards(sector, category, "she" if place % 5 == 4 else "he", is_emergency)
        story = concerns.a_concern(town, random, names, key=f"recent-concern-{place:02d}", at=at, card=card, age=age)
        told.append(_moved(story, minutes, stops_at))
    for place, (minutes, threat) in enumerate(_ONLINE):
        told.append(
            _moved(
                asking.an_online_report(town, random, key=f"recent-online-{place:02d}", at=at, threat=threat),
                minutes,
                "inbox",
            )
        )
    for place, minutes in enumerate(_QUESTIONS):
        told.append(_moved(asking.a_question(town, random, key=f"recent-advice-{place:02d}", at=at), minutes, "inbox"))
    return told


def _moved(story: Story, minutes: int, stops_at: str) -> Story:
    answers = story.answers
    if stops_at == "asked":
        answers = {**answers, "may_contact": {"value": "mailbox"}}
        answers = {
            name: answer
            for name, answer in answers.items()
            if name not in ("reporter_email", "reporter_phone", "safe_contact")
        }
    return replace(
        story,
        answers=answers,
        before_now=timedelta(minutes=minutes),
        course=replace(story.course, stops_at=stops_at, asks_reporter=stops_at == "asked", reporter_answers=False),
    )
