"""What selectors give to pages: plain values, opened for one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from counterpoint.campaigns.types import (
    Detector,
    ExportFormat,
    FindingState,
    LegalBasis,
    Origin,
    Parameters,
    RunKind,
    RunState,
    Tlp,
)


@dataclass(frozen=True)
class SnapshotView:
    """name: the file's, "" once the posts were deleted."""

    id: UUID
    title: str
    purpose: str
    legal_basis: LegalBasis
    source_note: str
    origin: Origin
    name: str
    size_bytes: int
    added_by: str
    added_at: datetime
    delete_on: date
    deleted_at: datetime | None
    deleted_by: str
    mapping: Mapping[str, str]


@dataclass(frozen=True)
class RunRow:
    """A run in a list. findings: how many, by state."""

    id: UUID
    snapshot_id: UUID
    snapshot: str
    kind: RunKind
    state: RunState
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    stage: str
    share_percent: int
    findings: Mapping[FindingState, int]

    @property
    def under_way(self) -> bool:
        return self.state in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class FindingRow:
    id: UUID
    number: str
    detector: Detector
    kind: str
    accounts: int
    posts: int
    first_at: datetime
    last_at: datetime
    state: FindingState
    is_there: bool


@dataclass(frozen=True)
class RunView:
    """parameters: None for one that followed a finding. facts, quarantine, words: empty once the posts were deleted."""

    row: RunRow
    parameters: Parameters | None
    finding_id: UUID | None
    failure: str
    remedy: str
    words: str
    facts: Mapping[str, Any]
    quarantine: Sequence[Mapping[str, Any]]
    left_out: int
    findings: Sequence[FindingRow]


@dataclass(frozen=True)
class JudgementView:
    state: FindingState
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ActView:
    id: UUID
    on: date
    platform: str
    what: str
    by: str


@dataclass(frozen=True)
class Reappeared:
    """A thing of the finding, met again in a later snapshot. days_after: from the earliest act; below 0 when it was
    there before."""

    kind: str
    value: str
    posts: int
    accounts: int
    first_at: datetime
    last_at: datetime
    platforms: str
    days_after: int


@dataclass(frozen=True)
class TraceView:
    """A later snapshot looked through for the finding's things. looked_for and rows: of a finished one."""

    run_id: UUID
    snapshot: str
    state: RunState
    failure: str
    looked_for: int
    rows: Sequence[Reappeared]


@dataclass(frozen=True)
class SendingView:
    reference: str
    addresses: Sequence[str]
    by: str
    at: datetime


@dataclass(frozen=True)
class DisclosureView:
    finding_id: UUID
    number: str
    snapshot: str
    format: ExportFormat
    tlp: Tlp
    recipient: str
    purpose: str
    sha256: str
    by: str
    at: datetime


@dataclass(frozen=True)
class FindingView:
    """A finding, opened. content: as the detection gathered it (`counterpoint.campaigns.apart.gathering`)."""

    row: FindingRow
    version: int
    run_id: UUID
    snapshot: SnapshotView
    seen: str
    content: Mapping[str, Any]
    judgements: Sequence[JudgementView]
    acts: Sequence[ActView]
    traces: Sequence[TraceView]
    sendings: Sequence[SendingView]
    disclosures: Sequence[DisclosureView]


@dataclass(frozen=True)
class PostView:
    post_id: str
    at: datetime
    account: str
    platform: str
    text: str
    urls: Sequence[str]
    hashtags: Sequence[str]
