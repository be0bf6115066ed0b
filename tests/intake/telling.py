"""Reports for tests: stored by the front door and processed as a worker would, in a Northmoor with the England pack."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from counterpoint import journey
from counterpoint.audit.types import system
from counterpoint.base import clock
from counterpoint.intake import arrivals
from counterpoint.intake.models import Arrival, Referral
from counterpoint.intake.types import ArrivalReceived, ChannelName
from counterpoint.rules.services import activate_pack

WORRY = {"worry": {"value": "He says that the town will see.", "provenance": "first_hand"}}
CONCERN = {
    "immediate_danger": {"value": "no"},
    "imminent_travel": {"value": "no"},
    **WORRY,
    "concern_about": {"value": "extremism"},
}
_numbers = itertools.count(1)


def the_england_pack() -> None:
    activate_pack(settings.PACK_FOLDER, by=system("tests"))


def told(
    answers: Mapping[str, Any] = CONCERN,
    *,
    about: str = "concern_public",
    language: str = "en",
    channel: ChannelName = ChannelName.PORTAL,
    at: datetime | None = None,
    key: str = "",
) -> ArrivalReceived:
    """Stored, not yet processed."""
    return arrivals.store_arrival(
        channel=channel,
        language=language,
        question_set_id=about,
        answers=answers,
        submission_key=key or f"test-{next(_numbers)}",
        at=at or clock.now(),
    )


def a_referral(answers: Mapping[str, Any] = CONCERN, **how: Any) -> Referral:
    """Told and processed."""
    received = told(answers, **how)
    journey.process_arrival(received.arrival_id)
    return Referral.objects.get(arrival_id=received.arrival_id)


def someone(
    forename: str = "",
    surname: str = "",
    *,
    age: int | None = None,
    postcode: str = "",
    known_as: str = "",
    handle: str = "",
    born_on: str = "",
) -> dict[str, Any]:
    """Answers about the person of a concern. born_on only for the professional set."""
    given: dict[str, Any] = {
        "person_forename": forename,
        "person_surname": surname,
        "person_postcode": postcode,
        "person_known_as": known_as,
        "person_online_name": handle,
    }
    answers: dict[str, Any] = {name: {"value": value} for name, value in given.items() if value}
    if age is not None:
        answers["person_age"] = {"value": {"years": age, "estimated": True}}
    if born_on:
        year, month, day = (int(part) for part in born_on.split("-"))
        answers["person_born_on"] = {"value": {"year": year, "month": month, "day": day}}
    return answers


def arrival_of(received: ArrivalReceived) -> Arrival:
    return Arrival.objects.get(pk=received.arrival_id)


def no_such_id() -> UUID:
    return UUID("00000000-0000-7000-8000-000000000000")
