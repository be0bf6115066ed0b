"""What staff see of the rules: which pack was in force when, drafts with their problems and differences, tables row by
row. Nothing here is personal; drafts are for those who answer for the rules, what is or was in force for all staff."""

from dataclasses import dataclass
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.base.errors import NotFound
from counterpoint.kernel.decisions import (
    DecisionTable,
    NotKnown,
    cell_in_words,
    remarks_on,
    value_in_words,
    when_not_known,
)
from counterpoint.kernel.markup import Problem
from counterpoint.kernel.packs import FileDifference, Pack, difference, zip_of
from counterpoint.kernel.processes import Process
from counterpoint.rules import policies
from counterpoint.rules.archive import archived_contents
from counterpoint.rules.drafts import circumstances, former_version
from counterpoint.rules.models import PackVersion, RuleDraft, RulesFile, VersionMove
from counterpoint.rules.permissions import check_answers_for_rules
from counterpoint.rules.policies import Circumstances
from counterpoint.rules.selectors import archived_process, archived_table, checked_pack, version_in_force
from counterpoint.rules.types import (
    OPEN,
    TRIAGE_TABLE,
    DraftRow,
    DraftState,
    DraftsWaiting,
    DraftView,
    MoveState,
    ProblemView,
    VersionView,
)

_HISTORY = 50
_DRAFTS = 100


@dataclass(frozen=True)
class TableRow:
    """A row in words: one cell for each input column ("" where anything fits), one for each output."""

    index: int
    rule_id: str
    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    annotation: str


@dataclass(frozen=True)
class TableView:
    """A table for people."""

    table_hash: str
    name: str
    hit_policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[TableRow, ...]
    remarks: tuple[Problem, ...]
    not_known: tuple[NotKnown, ...]


def pack_history(viewer: Staff, *, limit: int = _HISTORY) -> tuple[VersionView, ...]:
    """Which pack was in force from when to when, the newest first. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    rows = PackVersion.objects.select_related("by", "draft").order_by("-activated_at", "-id")
    found, until = [], None
    for row in rows[:limit]:
        draft = getattr(row, "draft", None)
        found.append(
            VersionView(
                id=row.pk,
                pack_id=row.pack_id,
                version=row.version,
                content_hash=row.content_hash,
                since=row.activated_at,
                until=until,
                by=row.by.name if row.by else "",
                why=row.why,
                draft_id=draft.pk if draft else None,
            )
        )
        until = row.activated_at
    return tuple(found)


def version_before(viewer: Staff) -> VersionView | None:
    """The pack that a roll-back would put in force again; None when there is none. Raises NotAllowed."""
    current = version_in_force()
    former = former_version(current)
    return next((row for row in pack_history(viewer, limit=1000) if former and row.id == former.pk), None)


def drafts(viewer: Staff, *, limit: int = _DRAFTS) -> tuple[DraftRow, ...]:
    """Drafts, those changed last first. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    rows = RuleDraft.objects.select_related("made_by").order_by("-changed_at", "-id")[:limit]
    return tuple(DraftRow(row.pk, row.title, DraftState(row.state), row.made_by.name, row.changed_at) for row in rows)


def drafts_waiting(viewer: Staff) -> DraftsWaiting:
    """What drafts ask of this person now. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    found: dict[str, list[UUID]] = {"to_approve": [], "with_problems": [], "under_way": [], "to_put_in_force": []}
    for row in RuleDraft.objects.filter(state__in=OPEN).order_by("-changed_at", "-id")[:_DRAFTS]:
        asks = _asked_by(circumstances(row), viewer)
        if asks:
            found[asks].append(row.pk)
    return DraftsWaiting(**{name: tuple(draft_ids) for name, draft_ids in found.items()})


def moves_under_way(viewer: Staff) -> tuple[UUID, ...]:
    """Moves of running cases, and rehearsals of one, that are not finished; of the viewer's agency. Raises
    NotAllowed."""
    check_answers_for_rules(viewer)
    rows = VersionMove.objects.filter(state=MoveState.RUNNING, asked_by__agency=viewer.agency_id)
    return tuple(rows.order_by("created_at").values_list("pk", flat=True))


def draft_for(viewer: Staff, draft_id: UUID) -> DraftView:
    """One draft. Raises NotAllowed, NotFound."""
    row = _draft(viewer, draft_id)
    given = circumstances(row)
    base = PackVersion.objects.filter(content_hash=row.base_hash).first()
    was = base.files if base else {}
    changed = sorted(path for path in was.keys() | row.files.keys() if was.get(path) != row.files.get(path))
    return DraftView(
        id=row.pk,
        version=row.version,
        title=row.title,
        why=row.why,
        state=DraftState(row.state),
        base_hash=row.base_hash,
        base_is_in_force=row.base_hash == given.hash_in_force,
        content_hash=row.content_hash,
        files=dict(sorted(row.files.items())),
        changed_paths=tuple(changed),
        changes_triage=given.changes_triage,
        changes_readers=given.changes_readers,
        problems=tuple(ProblemView(**problem) for problem in row.problems),
        made_by=row.made_by.name,
        made_at=row.created_at,
        changed_by=row.changed_by.name,
        changed_at=row.changed_at,
        authors=tuple(sorted(given.authors)),
        shadow_since=row.shadow_since,
        backtested_table=row.backtested_table,
        approved_by=row.approved_by.name if row.approved_by else "",
        approved_at=row.approved_at,
        approval_note=row.approval_note,
        ended_because=row.ended_because,
        lacks=tuple(policies.lacks_for_approval(given)),
    )


def difference_of(viewer: Staff, draft_id: UUID) -> tuple[FileDifference, ...]:
    """How the draft differs from the pack in force; of a draft that is live or was, from the pack that it was made of.
    Raises NotAllowed, NotFound."""
    row = _draft(viewer, draft_id)
    base = _compared_with(row)
    if base is None:
        return ()
    paths = {path for path in base.files.keys() | row.files.keys() if base.files.get(path) != row.files.get(path)}
    before = archived_contents({path: sha for path, sha in base.files.items() if path in paths})
    after = archived_contents({path: sha for path, sha in row.files.items() if path in paths})
    return difference(before, after)


def processes_of_difference(viewer: Staff, draft_id: UUID) -> dict[str, tuple[Process | None, Process]]:
    """The processes that the draft changes or adds, by their path: as they are in what it is compared with (None for a
    new one), and as the draft has them. Raises NotAllowed, NotFound."""
    row = _draft(viewer, draft_id)
    base = _compared_with(row)
    was = base.files if base else {}
    return {
        path: (archived_process(was[path]) if path in was else None, archived_process(sha256))
        for path, sha256 in sorted(row.files.items())
        if path.endswith(".bpmn") and was.get(path) != sha256
    }


def draft_file(viewer: Staff, draft_id: UUID, *, path: str) -> bytes:
    """A file of the draft. Raises NotAllowed, NotFound."""
    return _file(_draft(viewer, draft_id).files, path)


def draft_archive(viewer: Staff, draft_id: UUID) -> bytes:
    """The whole draft as a zip. Raises NotAllowed, NotFound."""
    return zip_of(archived_contents(_draft(viewer, draft_id).files))


def draft_pack(viewer: Staff, draft_id: UUID) -> Pack:
    """The checked pack that the draft's files make. Raises NotAllowed, NotFound, and PackProblems where it has some."""
    return checked_pack(archived_contents(_draft(viewer, draft_id).files))


def draft_table(viewer: Staff, draft_id: UUID, *, path: str = TRIAGE_TABLE) -> DecisionTable:
    """The draft's triage table, or another by its path. Raises NotAllowed, NotFound, also where it has none."""
    sha256 = _draft(viewer, draft_id).files.get(path)
    if sha256 is None:
        raise NotFound("This draft has no such table.")
    return archived_table(sha256)


def files_in_force(viewer: Staff) -> dict[str, str]:
    """Path to SHA-256 (hex) of the files in force. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    return dict(sorted(version_in_force().files.items()))


def file_in_force(viewer: Staff, *, path: str) -> bytes:
    """A file of the pack in force. Raises NotAllowed, NotFound."""
    check_answers_for_rules(viewer)
    return _file(version_in_force().files, path)


def archive_in_force(viewer: Staff) -> bytes:
    """The pack in force as a zip. Raises NotAllowed."""
    check_answers_for_rules(viewer)
    return zip_of(archived_contents(version_in_force().files))


def table_of(viewer: Staff, table_hash: str) -> TableView:
    """An archived decision table for people: any member of staff may read what judged a record; a table that was never
    in force is for those who answer for the rules. Raises NotAllowed, NotFound."""
    used = any(table_hash in files.values() for files in PackVersion.objects.values_list("files", flat=True))
    if not used:
        check_answers_for_rules(viewer)
    if not RulesFile.objects.filter(pk=table_hash, path__endswith=".dmn").exists():
        raise NotFound("There is no such table.")
    return _table_view(archived_table(table_hash))


def _asked_by(given: Circumstances, viewer: Staff) -> str:
    """The field of `DraftsWaiting` that the draft belongs to, "" for none."""
    is_author = viewer.pk in given.authors
    if given.state is DraftState.APPROVED:
        return "to_put_in_force"
    if is_author:
        return "with_problems" if given.state is DraftState.DRAFT else "under_way"
    return "" if list(policies.lacks_for_approval(given)) else "to_approve"


def _compared_with(row: RuleDraft) -> PackVersion | None:
    was_live = row.live_as_id is not None
    return PackVersion.objects.filter(content_hash=row.base_hash).first() if was_live else version_in_force()


def _table_view(table: DecisionTable) -> TableView:
    return TableView(
        table_hash=table.table_hash,
        name=table.name,
        hit_policy=str(table.hit_policy),
        inputs=tuple(column.label or column.name for column in table.inputs),
        outputs=tuple(column.label or column.name for column in table.outputs),
        rows=tuple(
            TableRow(
                rule.index,
                rule.rule_id,
                tuple("" if cell.fits_anything else cell_in_words(cell) for cell in rule.cells),
                tuple(value_in_words(rule.outputs[column.name]) for column in table.outputs),
                rule.annotation,
            )
            for rule in table.rules
        ),
        remarks=remarks_on(table),
        not_known=when_not_known(table),
    )


def _file(files: dict[str, str], path: str) -> bytes:
    if path not in files:
        raise NotFound("The pack has no such file.")
    contents = archived_contents({path: files[path]})
    return contents[path]


def _draft(viewer: Staff, draft_id: UUID) -> RuleDraft:
    check_answers_for_rules(viewer)
    row = RuleDraft.objects.select_related("made_by", "changed_by", "approved_by").filter(pk=draft_id).first()
    if row is None:
        raise NotFound("There is no such draft, or it is not yours to see.")
    return row
