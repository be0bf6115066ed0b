"""What selectors hand out: a panel, a meeting, an item, papers and minutes, each made for one reader. Nothing in them
tells of a case that the reader may not know of: numbers and counts are of what is there for that reader."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from counterpoint.access.types import Section
from counterpoint.cases.views import ActionView, ReferralPart
from counterpoint.panels.law_of_item import ItemLaw
from counterpoint.panels.records import ItemRecord, SaidLine, SeatLine
from counterpoint.panels.steps import PanelStep
from counterpoint.panels.types import Attending, ChairView, ItemState, MeetingState, MinutesState, SeatRole, View
from counterpoint.partners.types import RequestView
from counterpoint.support.selectors.given import CurrentPlan
from counterpoint.support.views import AssessmentView


@dataclass(frozen=True)
class SeatView:
    id: UUID
    staff_id: UUID
    name: str
    agency_id: UUID
    agency: str
    role: SeatRole
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True)
class MeetingRow:
    """One line of the list of meetings."""

    id: UUID
    panel: str
    starts_at: datetime
    place: str
    chair: str
    state: MeetingState


@dataclass(frozen=True)
class PanelView:
    """A panel with who sits on it now, those who did, and its meetings, the next first."""

    id: UUID
    name: str
    lead_agency: str
    seats: tuple[SeatView, ...]
    former_seats: tuple[SeatView, ...]
    meetings: tuple[MeetingRow, ...]
    may_set_up: bool
    may_prepare: bool


@dataclass(frozen=True)
class MeetingHeading:
    """What stands above every page of a meeting: nothing of any case."""

    id: UUID
    version: int
    panel_id: UUID
    panel: str
    starts_at: datetime
    place: str
    chair_id: UUID
    chair: str
    state: MeetingState
    papers_sent_at: datetime | None
    ended_at: datetime | None
    may_prepare: bool
    may_chair: bool
    shows_agenda: bool

    @property
    def is_coming(self) -> bool:
        return self.state in (MeetingState.PLANNED, MeetingState.PAPERS_SENT)

    @property
    def is_held(self) -> bool:
        return self.state is MeetingState.HELD


@dataclass(frozen=True)
class AgendaLine:
    """An item as one reader sees it. `number`: among what this reader may see. The steps, whose case it is and who
    was not given it are told only to who prepares."""

    id: UUID
    case_id: UUID
    number: int
    reference: str
    state: ItemState
    step: str
    due_at: datetime | None
    is_late: bool
    is_decided: bool
    not_given: tuple[str, ...]
    may_share: bool
    above_id: UUID | None  # the item before it, to change places with
    below_id: UUID | None


@dataclass(frozen=True)
class DueLine:
    """A case that waits for a panel and stands on no coming agenda."""

    case_id: UUID
    reference: str
    step: str
    due_at: datetime
    is_late: bool


@dataclass(frozen=True)
class LeftLine:
    """A case that this meeting left for later, with the reason."""

    case_id: UUID
    reference: str
    reason: str


@dataclass(frozen=True)
class MeetingView:
    heading: MeetingHeading
    agenda: tuple[AgendaLine, ...]
    due: tuple[DueLine, ...]
    left: tuple[LeftLine, ...]
    seats: tuple[SeatLine, ...]
    minutes: tuple["MinutesRow", ...]
    why_cancelled: str


@dataclass(frozen=True)
class AttendanceLine:
    """One seat of the form of attendance, with what was recorded last."""

    seat_id: UUID
    name: str
    agency: str
    attending: Attending | None
    deputy_id: UUID | None
    deputy_name: str
    possible_deputies: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Paper:
    """What one reader reads of one case before the meeting. A part is None where their agency was not given it."""

    item_id: UUID
    case_id: UUID
    number: int
    reference: str
    lead_officer: str
    step: str
    summary: str | None
    referrals: tuple[ReferralPart, ...]
    actions: tuple[ActionView, ...]
    plan: CurrentPlan | None
    assessments: tuple[AssessmentView, ...] | None  # the latest by each instrument
    answers: tuple[RequestView, ...] | None
    earlier: tuple[ItemRecord, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Papers:
    """All papers of a meeting, for one reader."""

    heading: MeetingHeading
    papers: tuple[Paper, ...]
    reader: str
    reader_agency: str


@dataclass(frozen=True)
class OwnPosition:
    """What the viewer's own agency says to what is proposed. `version`: 0 while it says nothing. `may_take`: they may
    say it now; else `why_not` says what is lacking."""

    motion_number: int
    version: int
    view: View | None
    words: str
    may_take: bool
    why_not: str


@dataclass(frozen=True)
class ItemView:
    """One item. `law` and `step` are there while the case waits for a decision of the panel, for who takes part."""

    heading: MeetingHeading
    paper: Paper
    version: int
    is_on: bool
    home_force_id: UUID | None
    step: PanelStep | None
    preparing: PanelStep | None
    law: ItemLaw | None
    motion_id: str
    motion: str
    chair_view: ChairView
    positions: tuple[SaidLine, ...]
    own: OwnPosition | None  # for who sits there for an agency and takes part
    dissent: str
    record: ItemRecord
    not_given: tuple[str, ...]
    aside: tuple[str, ...]
    may_record: bool
    may_decide: bool
    may_add_action: bool
    may_share: bool
    sits: bool  # the day has come, and the papers were sent
    others: tuple[tuple[str, str], ...]  # who else sits there, for a recusal that the chair or a supervisor records


@dataclass(frozen=True)
class MinutesRow:
    """One version of the minutes, for the list."""

    number: int
    state: MinutesState
    approved_at: datetime | None
    approved_by: str
    is_superseded: bool


@dataclass(frozen=True)
class MinutesLine:
    """What the minutes say of one case. `number`: among what this reader may see."""

    id: UUID
    item_id: UUID
    version: int
    number: int
    record: ItemRecord
    text: str
    is_erased: bool


@dataclass(frozen=True)
class MinutesView:
    """The minutes as one reader may read them."""

    heading: MeetingHeading
    id: UUID
    version: int
    row: MinutesRow
    summary: str
    seats: tuple[SeatLine, ...]
    lines: tuple[MinutesLine, ...]
    reader: str
    reader_agency: str
    may_edit: bool
    may_approve: bool


@dataclass(frozen=True)
class CaseAtPanels:
    """Where a case was or will be on an agenda, and the meetings to come that it can be put to."""

    meetings: tuple["CaseMeeting", ...]
    can_be_put_to: tuple[MeetingRow, ...]


@dataclass(frozen=True)
class CaseMeeting:
    """One meeting with this case on its agenda. `item_id` None: it was left for later."""

    row: MeetingRow
    item_id: UUID | None
    decided: tuple[str, ...]
