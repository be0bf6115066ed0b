"""The pack in force, and the archived files that records were judged by. Reading a pack takes a second or two, so each
version is read once a process; files never change under their hash, so what was read of them is kept. What staff see of
drafts: `counterpoint.rules.views`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection

from counterpoint.base.errors import Fault, NotFound
from counterpoint.base.prepared import Prepared
from counterpoint.kernel.decisions import DecisionTable, read_table
from counterpoint.kernel.packs import Pack, read_pack
from counterpoint.kernel.packs.hashes import content_hash, file_hashes
from counterpoint.kernel.packs.source import read_yaml
from counterpoint.kernel.processes import Process, read_process
from counterpoint.kernel.questions import QuestionSet, read_question_set
from counterpoint.rules.archive import NotArchived, archived_contents
from counterpoint.rules.models import PackVersion, RuleDraft, RulesFile
from counterpoint.rules.types import TRIAGE_TABLE, DraftState

_MOST_KEPT = 4
# Asked by every page and every service: written out, since putting it together takes longer than asking.
_NEWEST = "SELECT content_hash FROM rules_packversion ORDER BY activated_at DESC, id DESC LIMIT 1"
_checked: dict[str, Pack] = {}
_IN_SHADOW = Prepared(lambda: RuleDraft.objects.filter(state=DraftState.SHADOW).order_by("shadow_since", "id"))


class NoPackInForce(Fault):
    """Nothing was activated yet."""


class NoSuchRules(NotFound):
    """The pack in force has no question set or table of that id."""


@dataclass(frozen=True)
class QuestionSetInForce:
    """A question set of the pack in force, and the hashes that records keep of it."""

    question_set: QuestionSet
    sha256: str
    pack_hash: str

    @property
    def kind(self) -> str:
        return self.question_set.kind.value


@dataclass(frozen=True)
class ShadowTable:
    """A triage table that is tried beside the one in force."""

    draft_id: UUID
    table: DecisionTable


def pack_in_force() -> Pack:
    """The pack that was activated last. One indexed look-up each time, so that every process notices a new one.
    Raises NoPackInForce."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        latest = cursor.fetchone()
    if latest is None:
        raise NoPackInForce("no pack is in force: run `counterpoint rules activate FOLDER`")
    return archived_pack(latest[0])


def version_in_force(*, lock: bool = False) -> PackVersion:
    """The row of the pack in force; with `lock` nobody else puts another in force before this transaction ends.
    Raises NoPackInForce."""
    newest = PackVersion.objects.order_by("-activated_at", "-id")
    latest = newest.first()
    # Whoever waited for the lock looks again: another may have come into force meanwhile.
    while lock and latest is not None:
        newest.select_for_update().filter(pk=latest.pk).first()
        locked, latest = latest, newest.first()
        if latest == locked:
            break
    if latest is None:
        raise NoPackInForce("no pack is in force: run `counterpoint rules activate FOLDER`")
    return latest


def tables_in_shadow() -> tuple[ShadowTable, ...]:
    """The triage tables of the drafts that are in shadow now."""
    return tuple(ShadowTable(row.pk, archived_table(row.files[TRIAGE_TABLE])) for row in _IN_SHADOW.all())


def question_set_in_force(set_id: str) -> QuestionSetInForce:
    """The question set of that id, in its source language. Raises NoSuchRules, NoPackInForce."""
    pack = pack_in_force()
    if set_id not in pack.question_sets:
        raise NoSuchRules("There is no such form. Go back to the start page.")
    return QuestionSetInForce(
        question_set=pack.question_sets[set_id],
        sha256=pack.files[f"question_sets/{set_id}.yaml"],
        pack_hash=pack.content_hash,
    )


def table_in_force(table_id: str) -> DecisionTable:
    """The decision table of that id; its `table_hash` names the archived file. Raises NoSuchRules, NoPackInForce."""
    sha256 = pack_in_force().files.get(f"decisions/{table_id}.dmn")
    if sha256 is None:
        raise NoSuchRules(f"The pack in force has no decision table {table_id}.")
    return archived_table(sha256)


def process_in_force(process_id: str) -> Process:
    """The process of that id; its hash names the archived file. Raises NoSuchRules, NoPackInForce."""
    sha256 = pack_in_force().files.get(f"processes/{process_id}.bpmn")
    if sha256 is None:
        raise NoSuchRules(f"The pack in force has no process {process_id}.")
    return archived_process(sha256)


@lru_cache(maxsize=4)
def archived_pack(pack_hash: str) -> Pack:
    """The pack as it was when it had this content hash, read again from the archive. Raises NotArchived."""
    row = PackVersion.objects.filter(content_hash=pack_hash).first()
    if row is None:
        raise NotArchived(f"no pack with the hash {pack_hash} was ever in force here")
    return checked_pack(archived_contents(row.files))


def files_of_packs(pack_hashes: Collection[str]) -> dict[str, dict[str, str]]:
    """Path to SHA-256 (hex) of each file, by the content hash of packs that are or were in force."""
    return dict(PackVersion.objects.filter(content_hash__in=pack_hashes).values_list("content_hash", "files"))


def checked_pack(files: Mapping[str, bytes]) -> Pack:
    """The pack that these files make, read once a process for each content. Raises PackProblems with all problems."""
    key = content_hash(file_hashes(files))
    if key not in _checked:
        pack = read_pack(files)
        while len(_checked) >= _MOST_KEPT:
            _checked.pop(next(iter(_checked)))
        _checked[key] = pack
    return _checked[key]


@lru_cache(maxsize=64)
def archived_question_set(sha256: str) -> QuestionSet:
    """The question set whose file has this hash, in its source language. Raises NotArchived."""
    document, _ = read_yaml("question set", archived_file(sha256))
    return read_question_set(document.value if document else None)


@lru_cache(maxsize=64)
def archived_table(sha256: str) -> DecisionTable:
    """The decision table whose file has this hash. Raises NotArchived."""
    return read_table(archived_file(sha256))


@lru_cache(maxsize=64)
def archived_process(sha256: str) -> Process:
    """The process whose file has this hash. Raises NotArchived."""
    return read_process(archived_file(sha256))


def archived_file(sha256: str) -> bytes:
    """The bytes of the archived file. Raises NotArchived."""
    content = RulesFile.objects.filter(pk=sha256).values_list("content", flat=True).first()
    if content is None:
        raise NotArchived(f"no rules file with the hash {sha256} is archived here")
    return bytes(content)
