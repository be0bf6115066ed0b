"""The words of support: consents, assessments, interventions, and where an intervention may go from each state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import TextChoices

from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.kernel.instruments import Rating


class ConsentResult(TextChoices):
    """What became of one consent. Only GIVEN lets anything rest on it."""

    ASKED = "asked", "Asked, no answer yet"
    GIVEN = "given", "Given"
    REFUSED = "refused", "Refused"
    NOT_ASKED = "not_asked", "Not asked, for a reason"
    WITHDRAWN = "withdrawn", "Withdrawn"


ANSWERS = (ConsentResult.ASKED, ConsentResult.GIVEN, ConsentResult.REFUSED, ConsentResult.NOT_ASKED)
NOBODY = "nobody"  # who was asked, where nobody was
BOTH = "both"  # what a table advises where each giver of the kind will do


class AssessmentState(TextChoices):
    DRAFT = "draft", "Draft"
    FINISHED = "finished", "Finished"
    SUPERSEDED = "superseded", "Corrected"
    DROPPED = "dropped", "Dropped"


class InterventionKind(TextChoices):
    """What sort of support it is: the monitoring page groups by it."""

    MENTORING = "mentoring", "Mentoring"
    IDEOLOGICAL_MENTORING = "ideological", "Mentoring on faith or ideology"
    PRACTICAL = "practical", "Practical help"
    EDUCATION = "education", "Education or work"
    HEALTH = "health", "Health"
    FAMILY = "family", "Family"
    SIGNPOSTING = "signposting", "Signposting to a service"
    OTHER = "other", "Other"


class InterventionState(TextChoices):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    NOT_ACCEPTED = "not_accepted", "Not accepted"
    RUNNING = "running", "Running"
    ENDED = "ended", "Ended"


MOVES: Mapping[InterventionState, frozenset[InterventionState]] = {
    InterventionState.OFFERED: frozenset({InterventionState.ACCEPTED, InterventionState.NOT_ACCEPTED}),
    InterventionState.ACCEPTED: frozenset({InterventionState.RUNNING, InterventionState.ENDED}),
    InterventionState.NOT_ACCEPTED: frozenset({InterventionState.OFFERED}),
    InterventionState.RUNNING: frozenset({InterventionState.ENDED}),
    InterventionState.ENDED: frozenset(),
}


OFFER_ANSWERS = (InterventionState.ACCEPTED, InterventionState.NOT_ACCEPTED)  # what a provider may say to an offer


class ServiceAnswer(TextChoices):
    """Whether the service that somebody was signposted to took them on."""

    ACCEPTED = "accepted", "The service accepted"
    NOT_ACCEPTED = "not_accepted", "The service did not accept"


class Attendance(TextChoices):
    ATTENDED = "attended", "They came"
    NOT_ATTENDED = "not_attended", "They did not come"
    CALLED_OFF = "called_off", "It was called off"


@dataclass(frozen=True)
class ConsentGiven:
    """What is written down when a consent is asked for. Ids of choices are the pack's; the rest are words, sealed.

    records: what else the pack wants recorded with this kind, by its id. deviation: why somebody else gave it than the
    rules advise."""

    result: ConsentResult
    giver: str = ""
    age_band: str = ""
    capacity: str = ""
    asked_on: date | None = None
    how: str = ""
    reason: str = ""
    deviation: str = ""
    records: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Withdrawal:
    """Who withdrew it, on which day, and what they said, if they wished to say it. Nobody has to give a reason."""

    giver: str
    withdrawn_on: date
    said: str = ""


@dataclass(frozen=True)
class AssessmentDraft:
    """What an assessment says so far: by item the level and the words, and what stands over all of it."""

    ratings: Mapping[str, Rating]
    summary: str = ""


@dataclass(frozen=True)
class NewIntervention:
    """What support is planned. The provider is one of the three: an agency, a member of staff, a named service."""

    kind: InterventionKind
    title: str
    goals: str
    from_on: date
    until_on: date | None = None
    agency_id: UUID | None = None
    staff_id: UUID | None = None
    service: str = ""


@dataclass(frozen=True)
class ReviewFindings:
    """What the panel found: for each intervention it looked at what came of it, and how things are."""

    reviewed_on: date
    outcomes: Mapping[UUID, ActionOutcome]
    impact: Impact
    text: str
