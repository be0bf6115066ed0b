"""The instruments of the pack in force, and the version that an assessment was made with."""

from collections.abc import Mapping, Sequence
from typing import Any

from counterpoint.base.errors import NotFound
from counterpoint.kernel.instruments import Instrument, InstrumentVersion, Rating
from counterpoint.rules.selectors import archived_pack, pack_in_force
from counterpoint.support.days import today
from counterpoint.support.models import Assessment
from counterpoint.support.types import AssessmentDraft


def in_force() -> Sequence[Instrument]:
    """The instruments that can be used today."""
    return tuple(each for each in pack_in_force().instruments.values() if each.version_on(today()) is not None)


def instrument_and_version(instrument_id: str) -> tuple[Instrument, InstrumentVersion]:
    """The instrument of the pack in force, in today's version. Raises NotFound."""
    found = pack_in_force().instruments.get(instrument_id)
    version = found.version_on(today()) if found is not None else None
    if found is None or version is None:
        raise NotFound("The pack in force has no such instrument.")
    return found, version


def version_of(assessment: Assessment) -> tuple[Instrument, InstrumentVersion]:
    """What an assessment was made with, in the words of its own time."""
    instrument = archived_pack(assessment.pack_hash).instruments[assessment.instrument]
    version = next(each for each in instrument.versions if each.id == assessment.instrument_version)
    return instrument, version


def content_in(opened: Mapping[str, Any] | str | None) -> AssessmentDraft:
    """What was sealed, as a value; nothing where it was erased or not begun."""
    if not isinstance(opened, Mapping):
        return AssessmentDraft({})
    ratings = {item: Rating(each["level"], each["narrative"]) for item, each in opened["ratings"].items()}
    return AssessmentDraft(ratings, opened["summary"])


def content_out(content: AssessmentDraft) -> dict[str, object]:
    """What is sealed of an assessment."""
    ratings = {
        item: {"level": rating.level, "narrative": rating.narrative.strip()}
        for item, rating in content.ratings.items()
        if rating.level or rating.narrative.strip()
    }
    return {"ratings": ratings, "summary": content.summary.strip()}
