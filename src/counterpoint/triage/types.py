"""The words of triage: routes, where each may go, and the values that desk pages are built on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

from counterpoint.intake.types import Answers, Kind, PublicStatus, ReferralState, Urgency
from counterpoint.rules.types import KeptView


class Route(TextChoices):
    """What happens with a referral. The values are those of the pack's triage table."""

    EMERGENCY = "emergency", "Hand over to the emergency services"
    CASE = "case", "Open a case"
    CONTENT = "content", "Assess the online material"
    ADVICE = "advice", "Give advice"
    SIGNPOST = "signpost", "Point to another service"
    CLOSE = "close", "Close"


class DecisionState(TextChoices):
    AWAITING_SECOND_READER = "awaiting_second_reader", "Waits for a second reader"
    IN_FORCE = "in_force", "In force"
    SENT_BACK = "sent_back", "Sent back by the second reader"
    SUPERSEDED = "superseded", "Replaced by a later decision"


class BacktestState(TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    STOPPED = "stopped", "Stopped"


class ReplayedTable(TextChoices):
    """The tables that can be replayed over past referrals, by their id in the pack."""

    TRIAGE = "triage", "Triage"
    SECOND_READER = "second_reader", "Second readers"

    @property
    def path(self) -> str:
        """Its file in a pack."""
        return f"decisions/{self.value}.dmn"


class HandedTo(TextChoices):
    """Who took over an emergency."""

    POLICE = "police", "Police (999)"
    AMBULANCE = "ambulance", "Ambulance (999)"
    COUNTER_TERRORISM_POLICE = "counter_terrorism_police", "Counter-terrorism police"
    SOCIAL_CARE = "social_care", "Social care emergency team"
    OTHER = "other", "Somebody else"


# Routes that end our work with the referral: they need a closure reason, and words for the reporter or why not.
CLOSING: frozenset[Route] = frozenset({Route.ADVICE, Route.SIGNPOST, Route.CLOSE})

# Which routes a person may choose, by what was reported. Material is assessed, people are not.
ROUTES_FOR: Mapping[Kind, frozenset[Route]] = MappingProxyType(
    {
        Kind.CONCERN: frozenset({Route.EMERGENCY, Route.CASE, Route.ADVICE, Route.SIGNPOST, Route.CLOSE}),
        Kind.ONLINE_MATERIAL: frozenset({Route.EMERGENCY, Route.CONTENT, Route.ADVICE, Route.SIGNPOST, Route.CLOSE}),
    }
)

# Which routes may follow the decision in force. A closed referral is never decided again: news is a new arrival.
# A referral with a case ends with its case (`close_with_case`), not by a second decision.
ROUTES_AFTER: Mapping[Route | None, frozenset[Route]] = MappingProxyType(
    {
        None: frozenset(Route),
        Route.EMERGENCY: frozenset(Route) - {Route.EMERGENCY},
        Route.CONTENT: frozenset({Route.EMERGENCY, Route.ADVICE, Route.SIGNPOST, Route.CLOSE}),
        Route.CASE: frozenset(),
        Route.ADVICE: frozenset(),
        Route.SIGNPOST: frozenset(),
        Route.CLOSE: frozenset(),
    }
)

STATE_AFTER: Mapping[Route, ReferralState] = MappingProxyType(
    {
        Route.EMERGENCY: ReferralState.DECIDED,
        Route.CASE: ReferralState.DECIDED,
        Route.CONTENT: ReferralState.DECIDED,
        Route.ADVICE: ReferralState.CLOSED,
        Route.SIGNPOST: ReferralState.CLOSED,
        Route.CLOSE: ReferralState.CLOSED,
    }
)

# What the reporter may read once the route is taken. Emergency: once the handover is recorded.
PUBLIC_STATUS_AFTER: Mapping[Route, PublicStatus] = MappingProxyType(
    {
        Route.EMERGENCY: PublicStatus.PASSED_TO_EMERGENCY,
        Route.CASE: PublicStatus.BEING_WORKED_ON,
        Route.CONTENT: PublicStatus.ONLINE_BEING_ASSESSED,
        Route.ADVICE: PublicStatus.ADVICE_GIVEN,
        Route.SIGNPOST: PublicStatus.CLOSED,
        Route.CLOSE: PublicStatus.CLOSED,
    }
)

STATE_MOVES: Mapping[ReferralState, frozenset[ReferralState]] = MappingProxyType(
    {
        ReferralState.NEW: frozenset(
            {
                ReferralState.IN_TRIAGE,
                ReferralState.AWAITING_SECOND_READER,
                ReferralState.DECIDED,
                ReferralState.CLOSED,
            }
        ),
        ReferralState.IN_TRIAGE: frozenset(
            {ReferralState.AWAITING_SECOND_READER, ReferralState.DECIDED, ReferralState.CLOSED}
        ),
        ReferralState.AWAITING_SECOND_READER: frozenset(
            {ReferralState.IN_TRIAGE, ReferralState.DECIDED, ReferralState.CLOSED}
        ),
        ReferralState.DECIDED: frozenset(
            {ReferralState.AWAITING_SECOND_READER, ReferralState.DECIDED, ReferralState.CLOSED}
        ),
        ReferralState.CLOSED: frozenset({ReferralState.DECIDED}),  # with its case alone: `reopen_with_case`
    }
)

# The closure reason that a closing route takes when none is named. Route CLOSE has none on purpose: say why.
USUAL_CLOSURE_REASON: Mapping[Route, str] = MappingProxyType(
    {Route.ADVICE: "advice_given", Route.SIGNPOST: "signposted"}
)


@dataclass(frozen=True)
class Firing:
    """A rule of the table that fired: its row as a person counts, its id, and what it says."""

    row: int
    rule_id: str
    route: Route
    urgency: Urgency
    reason: str


@dataclass(frozen=True)
class VerdictView:
    id: UUID
    table_hash: str
    route: Route
    urgency: Urgency
    fired: tuple[Firing, ...]  # empty: no rule covered the facts, and the safe default stands
    facts: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class ReaderFiring:
    """A rule of the second-reader table that fired."""

    row: int
    rule_id: str
    needed: bool
    reason: str


@dataclass(frozen=True)
class ReaderVerdictView:
    """Why a second reader was asked for, or was not: `fired` in the order in which they count; none where the table
    could not take the facts, so that one was asked for. `by_law`: the house would have asked without it."""

    table_hash: str
    fired: tuple[ReaderFiring, ...]
    needed: bool
    by_law: bool


@dataclass(frozen=True)
class SecondReadingView:
    asked_of: str  # a name, or "" when any other reader may
    by: str
    at: datetime | None
    agreed: bool | None
    reason: str


@dataclass(frozen=True)
class DecisionView:
    id: UUID
    route: Route
    urgency: Urgency
    confirmed: bool  # the person took the table's route and urgency as they were
    reason: str
    concern_category: str
    closure_reason: str
    particulars: Mapping[str, str]
    feedback: str
    withheld_reason: str
    state: DecisionState
    by: str
    by_id: UUID
    at: datetime
    second_reading: SecondReadingView | None
    reader_verdict: ReaderVerdictView | None  # None where the pack had no such table


@dataclass(frozen=True)
class HandoverView:
    id: UUID
    needed: bool
    handed_to: str
    their_reference: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RepeatView:
    """A proposal that two referrals are about the same person. `features` are words fit for the page."""

    id: UUID
    other_id: UUID
    other_reference: str
    other_received_at: datetime
    is_later: bool  # True: this referral came after the other
    features: tuple[str, ...]
    decision: str  # "", same_person, different, unsure
    reason: str


@dataclass(frozen=True)
class FileView:
    id: UUID
    name: str
    media_type: str
    size_bytes: int
    scan_state: str
    removed_metadata: tuple[str, ...]
    can_be_opened: bool
    question: str


@dataclass(frozen=True)
class ReferralView:
    """A referral opened for one reader. Reading it was audited when this value was made."""

    id: UUID
    reference: str
    version: int
    kind: Kind
    audience: str
    door: str
    source_sector: str
    language: str
    received_at: datetime
    due_at: datetime
    state: ReferralState
    urgency: Urgency
    is_emergency: bool
    awaits_handover: bool
    possible_repeat: bool
    needs_second_reader_to_close: bool
    second_readers: Mapping[Route, str]  # of the routes allowed, those that need one: why
    assigned_to_id: UUID | None
    assigned_to: str
    concern_category: str
    closure_reason: str
    closed_at: datetime | None
    kept_until: KeptView | None  # of a closed one
    arrival_id: UUID
    question_set: str
    question_set_hash: str
    answers: Answers  # about concern, person and material; empty once erased
    reporter: Answers  # about who reported; empty once erased
    is_erased: bool
    verdicts: tuple[VerdictView, ...]
    decisions: tuple[DecisionView, ...]
    handovers: tuple[HandoverView, ...]
    repeats: tuple[RepeatView, ...]
    files: tuple[FileView, ...]
    routes_allowed: tuple[Route, ...]


@dataclass(frozen=True)
class AdviceRow:
    """A row of the advice list; no personal content."""

    id: UUID
    reference: str
    door: str
    received_at: datetime
    is_emergency: bool
    awaits_handover: bool
    given_at: datetime | None
    given_by: str


@dataclass(frozen=True)
class AdviceView:
    id: UUID
    reference: str
    version: int
    door: str
    received_at: datetime
    arrival_id: UUID | None
    question_set: str
    question_set_hash: str
    question: Answers | Mapping[str, str]  # Answers of the form, or {"text": …} as a call handler wrote it down
    advice: str
    given_by: str
    given_at: datetime | None
    became_reference: str
    is_emergency: bool
    awaits_handover: bool
    handovers: tuple[HandoverView, ...]


@dataclass(frozen=True)
class InboxFilters:
    """What to show. Without states: what waits for a decision, and of emergencies that nobody handed over all that are
    open. `assigned_to` is "me", "nobody" or a staff id."""

    states: Sequence[ReferralState] = ()
    kind: Kind | None = None
    urgency: Urgency | None = None
    source_sector: str = ""
    assigned_to: str = ""
    awaiting_handover: bool = False
    possible_repeat: bool = False


@dataclass(frozen=True)
class InboxRow:
    """One referral in a list; no personal content."""

    id: UUID
    reference: str
    version: int
    kind: Kind
    door: str
    source_sector: str
    state: ReferralState
    urgency: Urgency
    proposed_route: str  # of the newest verdict, "" when none is given yet
    is_emergency: bool
    awaits_handover: bool
    possible_repeat: bool
    assigned_to_id: UUID | None
    assigned_to: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class InboxPage:
    """rows: oldest clock first. after: what to pass on for the next page, "" on the last.
    counts: by name ("all", "emergency", "second_reader", "mine", "unassigned"), never above `counts_cap`."""

    rows: tuple[InboxRow, ...]
    after: str
    counts: Mapping[str, int] = field(default_factory=dict)
    counts_cap: int = 100
