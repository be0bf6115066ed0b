"""The words of panel meetings: seats, states, attendance, positions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices

from counterpoint.access.types import Section


class SeatRole(TextChoices):
    CHAIR = "chair", "Chair"
    VICE_CHAIR = "vice_chair", "Vice chair"
    MEMBER = "member", "Member"


CHAIRING = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)


class MeetingState(TextChoices):
    PLANNED = "planned", "Planned"
    PAPERS_SENT = "papers_sent", "Papers sent"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


# Where a meeting may go from where it stands.
MOVES: Mapping[MeetingState, frozenset[MeetingState]] = {
    MeetingState.PLANNED: frozenset({MeetingState.PAPERS_SENT, MeetingState.CANCELLED}),
    MeetingState.PAPERS_SENT: frozenset({MeetingState.HELD, MeetingState.CANCELLED}),
    MeetingState.HELD: frozenset(),
    MeetingState.CANCELLED: frozenset(),
}
COMING = (MeetingState.PLANNED, MeetingState.PAPERS_SENT)
OPEN_TO_MEMBERS = (MeetingState.PAPERS_SENT, MeetingState.HELD)  # the agenda may be read by who sits at the table


class ItemState(TextChoices):
    ON = "on", "On the agenda"
    LEFT = "left", "Left for later"


class Attending(TextChoices):
    PRESENT = "present", "Present"
    DEPUTY = "deputy", "A deputy came"
    APOLOGIES = "apologies", "Sent apologies"
    ABSENT = "absent", "Absent"


class View(TextChoices):
    """What an agency says to what is proposed."""

    AGREE = "agree", "Agrees"
    DISAGREE = "disagree", "Disagrees"
    ABSTAIN = "abstain", "Abstains"


class ChairView(TextChoices):
    """The chair's own view, which counts where there is no majority."""

    NONE = "none", "Not said"
    FOR = "for", "For it"
    AGAINST = "against", "Against it"


class MinutesState(TextChoices):
    DRAFT = "draft", "Draft"
    FINAL = "final", "Final"


# What a member of the lead agency may read of a case that stands on an agenda of their panel, by their seat alone.
SEAT_SECTIONS = (
    Section.CONCERN,
    Section.PERSON,
    Section.ACTIONS,
    Section.SUPPORT,
    Section.ASSESSMENTS,
    Section.INFORMATION,
)


@dataclass(frozen=True)
class GivenPosition:
    """What one agency said, as it is recorded."""

    agency_id: UUID
    view: View
    words: str = ""


@dataclass(frozen=True)
class GivenAttendance:
    """How one seat was filled. `deputy_id`: somebody of the same agency with an account; `deputy_name`: somebody
    without one."""

    seat_id: UUID
    attending: Attending
    deputy_id: UUID | None = None
    deputy_name: str = ""


@dataclass(frozen=True)
class NewMeeting:
    """A meeting as it is planned."""

    starts_at: datetime
    place: str
    chair_id: UUID
