"""What selectors hand out: support opened for one reader. Reading it was audited when it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.cases.views import CaseHeading, WaitingStep
from counterpoint.kernel.instruments import Instrument, InstrumentVersion
from counterpoint.kernel.packs.casework import ConsentKind
from counterpoint.support.consenting import AdviceLine
from counterpoint.support.types import (
    AssessmentDraft,
    AssessmentState,
    Attendance,
    ConsentResult,
    InterventionKind,
    InterventionState,
    ServiceAnswer,
)


@dataclass(frozen=True)
class ConsentView:
    """One row of the history of a consent. `words`: (label, text) pairs, none once the case was erased."""

    number: int
    result: ConsentResult
    on: date
    giver: str  # id
    words: tuple[tuple[str, str], ...]
    is_erased: bool
    by: str
    at: datetime


@dataclass(frozen=True)
class ConsentOfKind:
    """One consent of the pack: what it is, what the rules advise, and what became of it, newest first."""

    kind: ConsentKind
    advice: Sequence[AdviceLine]
    history: tuple[ConsentView, ...]
    support_rests_on_it: bool

    @property
    def latest(self) -> ConsentView | None:
        """The row that counts."""
        return self.history[0] if self.history else None

    @property
    def is_given(self) -> bool:
        return self.latest is not None and self.latest.result is ConsentResult.GIVEN


@dataclass(frozen=True)
class ConsentsView:
    """`step`: of the process, if one waits that asks for a consent."""

    heading: CaseHeading
    consents: tuple[ConsentOfKind, ...]
    lacking: tuple[str, ...]  # titles of the consents that support rests on and that are not given
    step: WaitingStep | None
    may_record: bool
    may_withdraw: bool


@dataclass(frozen=True)
class AssessmentView:
    """One assessment in the words of its own time."""

    id: UUID
    version: int
    state: AssessmentState
    instrument: Instrument
    instrument_version: InstrumentVersion
    content: AssessmentDraft
    is_erased: bool
    begun_by: str
    begun_at: datetime
    finished_by: str
    finished_at: datetime | None
    corrects: UUID | None

    def level_of(self, item_id: str) -> str:
        """What was found of an item, in words; "" where it was not looked at."""
        rating = self.content.ratings.get(item_id)
        labels = {level.id: level.label for level in self.instrument_version.levels}
        return labels.get(rating.level, rating.level) if rating is not None else ""

    def words_of(self, item_id: str) -> str:
        """What it rests on."""
        rating = self.content.ratings.get(item_id)
        return rating.narrative if rating is not None else ""


@dataclass(frozen=True)
class AssessmentsView:
    """`steps`: the steps that wait and want an assessment, each with whether one was finished since it began."""

    heading: CaseHeading
    instruments: tuple[Instrument, ...]
    assessments: tuple[AssessmentView, ...]
    steps: tuple[tuple[WaitingStep, str, bool], ...]
    may_assess: bool


@dataclass(frozen=True)
class ItemOverTime:
    """One item in all finished assessments, oldest first: what was found, and what it rested on. `is_other`: whether
    something else was found than the time before."""

    id: str
    label: str
    found: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class ChangeView:
    """Assessments by one instrument side by side. Whether a change is for the better is for people to say."""

    heading: CaseHeading
    instrument: Instrument
    assessments: tuple[AssessmentView, ...]
    dimensions: tuple[tuple[str, tuple[ItemOverTime, ...]], ...]


@dataclass(frozen=True)
class SessionView:
    held_on: date
    attendance: Attendance
    note: str
    by: str
    at: datetime
    had_consent: bool  # whether the consents that support rests on were in force on that day


@dataclass(frozen=True)
class InterventionView:
    id: UUID
    version: int
    kind: InterventionKind
    title: str
    goals: str
    provider: str
    agency_id: UUID | None
    staff_id: UUID | None
    service: str
    from_on: date
    until_on: date | None
    state: InterventionState
    state_on: date
    state_by: str  # who recorded it: the provider themselves, or who does the casework; "" where it was not kept
    why: str
    service_answer: ServiceAnswer | None
    service_answered_on: date | None
    service_reason: str
    outcome: ActionOutcome | None
    sessions: tuple[SessionView, ...]
    may_change: bool
    may_log: bool
    may_answer: bool  # whether it waits for the viewer's own answer
    moves: tuple[InterventionState, ...]


@dataclass(frozen=True)
class PlanView:
    number: int
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ReviewView:
    reviewed_on: date
    impact: Impact
    text: str
    outcomes: tuple[tuple[str, ActionOutcome], ...]  # title of the support, what came of it
    by: str
    at: datetime


@dataclass(frozen=True)
class SupportView:
    """The support of a case. For a provider of another agency: only what was given to them, without plan and reviews
    (None)."""

    heading: CaseHeading
    interventions: tuple[InterventionView, ...]
    plans: tuple[PlanView, ...] | None  # newest first
    reviews: tuple[ReviewView, ...] | None  # newest first
    lacking: tuple[str, ...]  # titles of the consents that support rests on and that are not given
    withdrawn: bool  # whether one of them was given and then withdrawn
    step: WaitingStep | None
    waits_for_review: str  # the name of the panel's step whose decision is the next review; "" when none waits
    may_plan: bool
    may_review: bool


@dataclass(frozen=True)
class GivenIntervention:
    """A line of a provider's list: nothing that has to be decrypted."""

    id: UUID
    case_id: UUID
    reference: str
    kind: InterventionKind
    state: InterventionState
    from_on: date
    until_on: date | None
    last_session_on: date | None
    waits_for_answer: bool  # it is on offer


@dataclass(frozen=True)
class Providers:
    """Who support can be given to: (id, name) pairs."""

    agencies: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
