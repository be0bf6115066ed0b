"""The words of changing the rules: the states of a draft, where each may go, and the values that pages are built on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.db.models import TextChoices

TRIAGE_TABLE = "decisions/triage.dmn"
SECOND_READER_TABLE = "decisions/second_reader.dmn"
CASEWORK = (
    "processes/",
    "steps/",
    "forms/",
    "clocks.yaml",
    "decisions/clock_periods.dmn",
    "holidays/",
    "instruments/",
)


class DraftState(TextChoices):
    DRAFT = "draft", "Has problems"
    CHECKED = "checked", "Checked"
    SHADOW = "shadow", "In shadow"
    APPROVED = "approved", "Approved"
    LIVE = "live", "In force"
    ROLLED_BACK = "rolled_back", "Rolled back"
    REPLACED = "replaced", "Replaced by a later change"
    WITHDRAWN = "withdrawn", "Withdrawn"


# Where each state may go. A file that changes brings every open draft back to DRAFT or CHECKED.
MOVES: Mapping[DraftState, frozenset[DraftState]] = MappingProxyType(
    {
        DraftState.DRAFT: frozenset({DraftState.DRAFT, DraftState.CHECKED, DraftState.WITHDRAWN}),
        DraftState.CHECKED: frozenset(
            {DraftState.DRAFT, DraftState.CHECKED, DraftState.SHADOW, DraftState.APPROVED, DraftState.WITHDRAWN}
        ),
        DraftState.SHADOW: frozenset({DraftState.DRAFT, DraftState.CHECKED, DraftState.APPROVED, DraftState.WITHDRAWN}),
        DraftState.APPROVED: frozenset({DraftState.DRAFT, DraftState.CHECKED, DraftState.LIVE, DraftState.WITHDRAWN}),
        DraftState.LIVE: frozenset({DraftState.ROLLED_BACK, DraftState.REPLACED}),
        DraftState.ROLLED_BACK: frozenset(),
        DraftState.REPLACED: frozenset(),
        DraftState.WITHDRAWN: frozenset(),
    }
)
OPEN: frozenset[DraftState] = frozenset({DraftState.DRAFT, DraftState.CHECKED, DraftState.SHADOW, DraftState.APPROVED})


class KeptKind(TextChoices):
    """The records whose end the retention table is asked about."""

    CASE = "case", "Case"
    REFERRAL = "referral", "Referral"


class MoveState(TextChoices):
    """A move of running cases to the version in force, as a job."""

    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    STOPPED = "stopped", "Stopped"


@dataclass(frozen=True)
class KeptView:
    """Until which day a closed record is kept, and why. table_hash: "" where the pack has no table for it."""

    until: date
    reason: str
    table_hash: str
    row: int


@dataclass(frozen=True)
class ProblemView:
    """One thing that `pack check` finds. line: 0 for the file as a whole."""

    file: str
    line: int
    what: str
    remedy: str


@dataclass(frozen=True)
class VersionView:
    """A time during which a pack was in force; `until` None for the one that is."""

    id: UUID
    pack_id: str
    version: str
    content_hash: str
    since: datetime
    until: datetime | None
    by: str  # a name, or "" when a command put it in force
    why: str
    draft_id: UUID | None


@dataclass(frozen=True)
class DraftRow:
    """A draft in a list."""

    id: UUID
    title: str
    state: DraftState
    made_by: str
    changed_at: datetime


@dataclass(frozen=True)
class DraftsWaiting:
    """Drafts by what they ask of one person, as ids. to_approve: they lack nothing but this approval; with_problems and
    under_way: the person's own; to_put_in_force: approved."""

    to_approve: tuple[UUID, ...]
    with_problems: tuple[UUID, ...]
    under_way: tuple[UUID, ...]
    to_put_in_force: tuple[UUID, ...]


@dataclass(frozen=True)
class DraftView:
    """A draft as its page shows it. `lacks`: what still keeps it from being approved, in words, whoever asks."""

    id: UUID
    version: int
    title: str
    why: str
    state: DraftState
    base_hash: str
    base_is_in_force: bool
    content_hash: str
    files: Mapping[str, str]  # path -> sha256
    changed_paths: tuple[str, ...]
    changes_triage: bool
    changes_readers: bool  # it has a second-reader table, and another than the one in force
    problems: tuple[ProblemView, ...]
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    authors: tuple[UUID, ...]
    shadow_since: datetime | None
    backtested_table: str
    approved_by: str
    approved_at: datetime | None
    approval_note: str
    ended_because: str
    lacks: tuple[str, ...]

    @property
    def changes_casework(self) -> bool:
        """Whether it changes how cases are worked: a process, how its steps are done, a form or a clock."""
        return any(path.startswith(CASEWORK) for path in self.changed_paths)
