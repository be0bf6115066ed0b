"""What selectors hand out: a case, or a part of it, opened for one reader. Reading it was audited when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from counterpoint.access.relations import Relation, Standing
from counterpoint.access.types import GrantView, Section
from counterpoint.cases.steps import StepForm
from counterpoint.cases.types import (
    ActionKind,
    ActionOutcome,
    ActionState,
    CaseState,
    EventKind,
    Impact,
    NoteVisibility,
)
from counterpoint.intake.types import MessageView
from counterpoint.kernel.processes import Process, State, StepInWords
from counterpoint.rules.types import KeptView


@dataclass(frozen=True)
class CaseHeading:
    """What stands above every page of a case: nothing personal. For an agency that was granted sections, what is told
    about the lead agency's own work is left empty."""

    id: UUID
    reference: str
    version: int
    state: CaseState
    lead_officer_id: UUID
    lead_officer: str
    lead_agency: str
    opened_at: datetime
    closed_at: datetime | None
    closure_reason: str  # its label
    category: str  # its label
    category_id: str
    next_step: str  # its name
    due_at: datetime | None
    is_late: bool
    may_be_repeat: bool
    relation: Relation
    may_work: bool
    may_lead: bool

    def opens(self, section: Section) -> bool:
        """Whether the reader may read this section."""
        return self.relation.opens(section)

    @property
    def is_partner(self) -> bool:
        """Whether the reader sees the case by a grant."""
        return self.relation.standing is Standing.GRANTED

    @property
    def is_open(self) -> bool:
        """Whether the case is worked now."""
        return self.state is CaseState.OPEN


@dataclass(frozen=True)
class WaitingStep:
    """A step that can be done now, with its form, and whether the reader may do it."""

    id: str
    name: str
    help: str
    role: str  # the lane, as it is read: whose step it is
    since: datetime | None
    form: StepForm
    may_do: bool
    task_id: UUID | None
    whose: str  # who has it, or which agency it waits in
    due_at: datetime | None
    may_give: bool
    has_instrument: bool


@dataclass(frozen=True)
class Progress:
    """Where the case stands in its process: the picture and the same in words."""

    process: Process
    state: State
    waiting: tuple[WaitingStep, ...]
    steps: tuple[StepInWords, ...]
    run: int
    is_finished: bool


@dataclass(frozen=True)
class ActionView:
    id: UUID
    version: int
    kind: ActionKind
    title: str
    detail: str
    owner: str  # a person with their agency, or an agency
    owner_code: str  # "staff:<id>" or "agency:<id>"
    due_on: date
    is_late: bool
    state: ActionState
    outcome: ActionOutcome | None
    why: str
    ended_by: str
    ended_at: datetime | None
    may_end: bool


@dataclass(frozen=True)
class EventView:
    """A line of the timeline. `facts` with names in place of ids; `text` is what was sealed with it."""

    id: UUID
    at: datetime
    by: str
    kind: EventKind
    facts: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Timeline:
    """Newest first. `after` is the cursor of the next page, "" on the last."""

    events: tuple[EventView, ...]
    after: str


@dataclass(frozen=True)
class OverviewView:
    """The case at a glance. For partners `progress` and `timeline` are None, `own_steps` is what waits for them, and
    actions are theirs alone unless they were granted all."""

    heading: CaseHeading
    progress: Progress | None
    own_steps: tuple[WaitingStep, ...]  # of a partner: those that its people may do
    actions: tuple[ActionView, ...]
    shows_all_actions: bool
    timeline: Timeline | None
    kept_until: KeptView | None = None  # of a closed one; not for partners


@dataclass(frozen=True)
class NoteView:
    id: UUID
    visibility: NoteVisibility
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Mail:
    """The messages with the reporter of one referral, oldest first."""

    referral_id: UUID
    reference: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True)
class NotesView:
    """Each group is None where the reader was not given it, and empty where there is nothing."""

    heading: CaseHeading
    internal: tuple[NoteView, ...] | None
    restricted: tuple[NoteView, ...] | None
    mail: tuple[Mail, ...] | None


@dataclass(frozen=True)
class AnswerLine:
    """One answer as the reporter gave it: what was asked, what was said, and how they know."""

    ask: str
    lines: tuple[str, ...]
    provenance: str  # "", first_hand, reported, inferred


@dataclass(frozen=True)
class FileLine:
    id: UUID
    name: str
    media_type: str
    size_bytes: int
    scan_state: str
    can_be_opened: bool


@dataclass(frozen=True)
class RepeatLine:
    """Another referral that may be about the same person, and what a person found about it."""

    other_id: UUID
    other_reference: str
    features: tuple[str, ...]
    decision: str  # "" while nobody decided


@dataclass(frozen=True)
class ReferralPart:
    """What one referral of the case says. A part is None where the reader was not given it."""

    id: UUID
    reference: str
    received_at: datetime
    is_first: bool
    is_erased: bool
    concern: tuple[AnswerLine, ...] | None
    person: tuple[AnswerLine, ...] | None
    files: tuple[FileLine, ...] | None
    repeats: tuple[RepeatLine, ...]
    reporter_is_named: bool | None
    left_out_of: UUID | None = None  # the arrival that says more, where parts of it did not fit the form


@dataclass(frozen=True)
class ConcernView:
    heading: CaseHeading
    referrals: tuple[ReferralPart, ...]


@dataclass(frozen=True)
class ReporterPart:
    """Who reported one referral."""

    reference: str
    answers: tuple[AnswerLine, ...]


@dataclass(frozen=True)
class MemberView:
    staff_id: UUID
    name: str
    agency: str
    from_at: datetime
    to_at: datetime | None
    is_lead: bool


@dataclass(frozen=True)
class PeopleView:
    """Who knows of the case. A partner sees the lead officer and its own grants only."""

    heading: CaseHeading
    members: tuple[MemberView, ...]
    grants: tuple[GrantView, ...]


@dataclass(frozen=True)
class OutcomeView:
    text: str
    impact: Impact
    reason_id: str
    reason: str  # its label
    needs: Mapping[str, str]  # what the reason asks for, by label
    needs_by_id: Mapping[str, str]
    by: str
    at: datetime


@dataclass(frozen=True)
class FeedbackView:
    withheld: bool
    reason: str  # why it was withheld
    by: str
    at: datetime


@dataclass(frozen=True)
class RunView:
    """One run of the process, from opening or reopening to closing."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    reason: str  # the closure reason's label
    outcome: OutcomeView | None
    feedback: FeedbackView | None
    steps: tuple["StepDone", ...]


@dataclass(frozen=True)
class StepDone:
    """A finished step with what was filled in: (label, text) pairs."""

    name: str
    by: str
    at: datetime
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EndingView:
    """How the case ends or ended. `runs`: newest first. `missing`: what stands against closing, now, for this reader.
    `agrees`: closing by this reader is the second person's agreement as well."""

    heading: CaseHeading
    runs: tuple[RunView, ...]
    missing: tuple[str, ...]
    agrees: bool
    agreed_by: str
