"""What staff see of versions: how many running cases go by which version of their process, what a move found, whether
one case could be moved, and which of its stages can be opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.types import SubjectKind
from counterpoint.base.errors import NotFound
from counterpoint.cases import process, versions
from counterpoint.cases.models import Case, CaseReferral
from counterpoint.cases.permissions import can_read_case, check_leads
from counterpoint.cases.selectors.heading import case_row, heading_for, record_read
from counterpoint.cases.services.moving import move_row
from counterpoint.cases.versions import Target, Version
from counterpoint.kernel import processes
from counterpoint.kernel.processes import Process, State
from counterpoint.rules import selectors as rules
from counterpoint.rules.models import VersionMove, VersionMoveCase
from counterpoint.rules.permissions import check_answers_for_rules
from counterpoint.rules.types import MoveState, VersionView
from counterpoint.rules.views import pack_history

PAGE_SIZE = 50


@dataclass(frozen=True)
class OlderVersion:
    """Cases that go by one older version. `pack`: the one that said how its steps are done, None where that was never
    noted. `differs`: the files by which it differs from the version in force."""

    pack: VersionView | None
    count: int
    differs: tuple[str, ...]


@dataclass(frozen=True)
class ProcessVersions:
    """How the running cases of one process stand. `is_gone`: the pack in force has no such process, so that they can
    only go on by the one they have."""

    process_id: str
    name: str
    current: int
    older: tuple[OlderVersion, ...]
    is_gone: bool
    moves: tuple["MoveView", ...]

    @property
    def older_count(self) -> int:
        return sum(version.count for version in self.older)


@dataclass(frozen=True)
class MoveView:
    """A move, or a rehearsal of one, also while it runs. `is_current`: it still leads to the pack in force."""

    id: UUID
    process_id: str
    process_name: str
    is_rehearsal: bool
    is_of_chosen: bool
    total: int
    done: int
    moved: int
    stayed: int
    state: MoveState
    is_current: bool
    asked_by: str
    started_at: datetime
    finished_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.state is MoveState.RUNNING

    @property
    def done_percent(self) -> int:
        """How far it has come, never 100 before it is finished."""
        if self.state is MoveState.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True)
class MovedCase:
    """A case of a move. `may_open`: whether the reader may open the case itself."""

    row_id: UUID
    case_id: UUID
    reference: str
    is_moved: bool
    reasons: tuple[str, ...]
    may_open: bool


@dataclass(frozen=True)
class CaseVersion:
    """Whether one case goes by the version in force, and else whether it could. `after`: its run there, None when it
    stays, for `reasons`."""

    case: Case
    before: Process
    process: Process | None  # None where the pack in force has it no more
    differs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    after: State | None = None

    @property
    def is_gone(self) -> bool:
        return self.process is None

    @property
    def is_current(self) -> bool:
        return not self.is_gone and not self.differs


def process_versions(viewer: Staff) -> tuple[ProcessVersions, ...]:
    """Every process by which cases of the viewer's agency run, by its id. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    counted = versions.counted(versions.runs_known_to(viewer))
    packs = {version.content_hash: version for version in reversed(pack_history(viewer, limit=1000))}
    return tuple(_versions(viewer, process_id, counted[process_id], packs) for process_id in sorted(counted))


def move_for(viewer: Staff, move_id: UUID) -> MoveView:
    """One move of the viewer's agency. Raises NotAllowed, NotFound."""
    check_answers_for_rules(viewer)
    row = move_row(move_id)
    if row.asked_by.agency_id != viewer.agency_id:
        raise NotFound("There is no such move.")
    return _move_view(row)


def cases_of_move(viewer: Staff, move_id: UUID, *, is_moved: bool, after: UUID | None = None) -> tuple[MovedCase, ...]:
    """The cases that were moved (or could be), or those that stay, in the order in which they were looked at; one more
    than PAGE_SIZE where there are more. Raises NotAllowed, NotFound."""
    move_for(viewer, move_id)
    rows = VersionMoveCase.objects.filter(move_id=move_id, is_moved=is_moved)
    rows = rows.exclude(case_id__in=relations.recused_from(viewer, kind=SubjectKind.CASE))
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    if referrals:
        rows = rows.exclude(Exists(CaseReferral.objects.filter(case=OuterRef("case_id"), referral_id__in=referrals)))
    rows = rows.filter(pk__gt=after) if after else rows
    return tuple(
        MovedCase(
            row_id=row.pk,
            case_id=row.case_id,
            reference=row.reference,
            is_moved=row.is_moved,
            reasons=tuple(row.reasons),
            may_open=can_read_case(viewer, row.case_id),
        )
        for row in rows.order_by("pk")[: PAGE_SIZE + 1]
    )


@transaction.atomic
def version_of_case(viewer: Staff, case_id: UUID, *, purpose: str) -> CaseVersion:
    """By which version the case is worked, and where it would stand in the one in force. For who leads it. Raises
    NotFound, NotAllowed. Audited."""
    case = case_row(viewer, case_id)
    check_leads(viewer, case)
    record_read(viewer, heading_for(viewer, case_id), part="version", purpose=purpose, detail={})
    running = process.current_run(case)
    target = versions.target_in_force(running.run.process_id)
    if target is None:
        return CaseVersion(case, running.process, None)
    version = (running.run.process_hash, running.run.pack_hash)
    differs = versions.differing_files(target, [version]).get(version, ())
    outcome = versions.could_move(running, target)
    after = outcome if isinstance(outcome, State) else None
    reasons = () if isinstance(outcome, State) or not differs else outcome
    return CaseVersion(case, running.process, target.process, differs, reasons, after)


@transaction.atomic
def stages_for(viewer: Staff, case_id: UUID, *, purpose: str) -> tuple[tuple[str, str], ...]:
    """The stages of the case's process that could be opened again now: (id, name). For who leads it. Raises NotFound,
    NotAllowed. Audited."""
    case = case_row(viewer, case_id)
    check_leads(viewer, case)
    record_read(viewer, heading_for(viewer, case_id), part="stages", purpose=purpose, detail={})
    running = process.current_run(case)
    if running.run.ended_at is not None:
        return ()
    found = processes.stages_to_reopen(running.process, running.state)
    return tuple((stage.id, stage.name or stage.id) for stage in found)


def _versions(
    viewer: Staff, process_id: str, counts: Mapping[Version, int], packs: Mapping[str, VersionView]
) -> ProcessVersions:
    target = versions.target_in_force(process_id)
    differs = versions.differing_files(target, list(counts)) if target is not None else {}
    older = [version for version in counts if target is None or version in differs]
    rows = VersionMove.objects.filter(process_id=process_id, asked_by__agency_id=viewer.agency_id)
    found = rows.select_related("asked_by__agency").order_by("-created_at", "-id")[:5]
    return ProcessVersions(
        process_id=process_id,
        name=_name(process_id, target, next(iter(counts))[0]),
        current=sum(count for version, count in counts.items() if version not in older),
        older=tuple(
            OlderVersion(packs.get(version[1]), counts[version], differs.get(version, ()))
            for version in sorted(older, key=lambda version: -counts[version])
        ),
        is_gone=target is None,
        moves=tuple(_move_view(row) for row in found),
    )


def _name(process_id: str, target: Target | None, process_hash: str) -> str:
    known = target.process if target is not None else rules.archived_process(process_hash)
    return known.name or process_id


def _move_view(row: VersionMove) -> MoveView:
    return MoveView(
        id=row.pk,
        process_id=row.process_id,
        process_name=rules.archived_process(row.process_hash).name or row.process_id,
        is_rehearsal=row.is_rehearsal,
        is_of_chosen=bool(row.chosen),
        total=row.total,
        done=row.done,
        moved=row.moved,
        stayed=row.stayed,
        state=MoveState(row.state),
        is_current=row.pack_hash == rules.pack_in_force().content_hash,
        asked_by=row.asked_by.name,
        started_at=row.created_at,
        finished_at=row.finished_at,
    )
