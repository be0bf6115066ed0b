"""Files that came with an arrival or a message: checked for viruses, copied without metadata, opened and audited.

The sealed original is never changed. Beside it lies a working copy, which is what people read. A file that is infected,
damaged, locked, holds macros or unpacks beyond bounds is kept sealed and never opened; the page says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_reads, check_works_on
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.base.rows import one_or_none
from counterpoint.intake import storage
from counterpoint.intake.file_types import file_type_of
from counterpoint.intake.models import AdviceContact, Referral, StoredFile
from counterpoint.intake.storage import Shelf
from counterpoint.intake.stripping import CannotStrip, Stripped
from counterpoint.intake.stripping.apart import strip_apart
from counterpoint.intake.types import ScanState

_BY = system("file preparation")
_OPENABLE = frozenset({ScanState.CLEAN, ScanState.NOT_SCANNED})
_NOT_OPENED = {
    ScanState.WAITING: "This file waits for its virus check. Try again in a few minutes.",
    ScanState.INFECTED: "A virus was found in this file. It is kept sealed and cannot be opened.",
    ScanState.DAMAGED: "This file is damaged, locked or of an unsafe kind. It is kept sealed and cannot be opened.",
}


@dataclass(frozen=True)
class OpenedFile:
    """A file for one reader. The read was audited when this value was made."""

    name: str
    media_type: str
    content: bytes
    is_original: bool


@dataclass(frozen=True)
class ScanAnswer:
    """What a virus check says. `found`: the name of what was found, "" for nothing. `refused`: why the file could not
    be checked and never will be, "" when it was."""

    found: str = ""
    refused: str = ""


Scan = Callable[[bytes], ScanAnswer]


@dataclass(frozen=True)
class _Prepared:
    state: ScanState
    found: str = ""  # as the scanner calls it, or why no copy could be made
    stripped: Stripped | None = None


def can_be_opened(file: StoredFile) -> bool:
    """Whether the working copy is there and nothing stands against opening it."""
    return file.scan_state in _OPENABLE and bool(file.working_copy_stored_as)


def prepare(file_id: UUID, *, scan: Scan | None) -> StoredFile:
    """Check the file for viruses and make its working copy. Safe to run twice, also at the same moment. A file that
    was not scanned, because no scanner was set up, is scanned once there is one.

    scan: asks the scanner (`counterpoint.intake.tasks` reaches it); None where none is set up. No transaction waits on
    it: the result is written by one conditional update afterwards. What it raises comes through, and the file waits.
    Raises NotFound."""
    file = one_or_none(StoredFile.objects.select_related("arrival").filter(pk=file_id))
    if file is None:
        raise NotFound("There is no such file.")
    if file.scan_state not in _to_do(can_scan=scan is not None):
        return file
    try:
        content = storage.read_original(file)
    except KeyDestroyed:
        return file
    _write(file, _prepared(file, content, scan))
    file.refresh_from_db()
    return file


def open_working_copy(viewer: Staff, file_id: UUID, *, referral_id: UUID | None = None) -> OpenedFile:
    """The copy without metadata, for whoever may read the files of the referral or advice it came with.
    referral_id: the referral that the address names; a file of another is not found there.
    Raises NotFound, NotAllowed, NotPossible (waiting, infected, damaged, erased)."""
    file = _file(file_id)
    subject = _subject(file, referral_id)
    check_reads(viewer, kind=SubjectKind(subject.kind), subject_id=subject.id, section=Section.FILES)
    _check_can_be_opened(file)
    with transaction.atomic():
        content = storage.read_working_copy(file)
        audit.record("file.read", by=viewer.actor, about=subject, detail={"file": str(file.pk), "original": False})
        return OpenedFile(storage.name_of(file), file.media_type, content, is_original=False)


def open_original(viewer: Staff, file_id: UUID, *, reason: str, referral_id: UUID | None = None) -> OpenedFile:
    """The file as it was sent, with all its hidden details: for who works on the referral in triage or leads, with a
    reason. Raises NotFound, NotAllowed, NotPossible (no reason; waiting, infected, damaged, erased)."""
    file = _file(file_id)
    subject = _subject(file, referral_id)
    check_works_on(viewer, kind=SubjectKind(subject.kind), subject_id=subject.id)
    check_holds(viewer, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR)
    if not reason.strip():
        raise NotPossible("Say why the working copy is not enough.")
    _check_can_be_opened(file)
    with transaction.atomic():
        content = storage.read_original(file)
        audit.record(
            "file.read",
            by=viewer.actor,
            about=subject,
            purpose=reason.strip(),
            detail={"file": str(file.pk), "original": True},
        )
        return OpenedFile(storage.name_of(file), file.media_type, content, is_original=True)


def files_to_prepare(*, before: datetime, limit: int, can_scan: bool) -> list[UUID]:
    """Files that still wait although they came before this moment; with a scanner also those never scanned."""
    states = _to_do(can_scan=can_scan)
    rows = StoredFile.objects.filter(scan_state__in=states, created_at__lt=before).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def _to_do(*, can_scan: bool) -> frozenset[ScanState]:
    return frozenset({ScanState.WAITING, ScanState.NOT_SCANNED} if can_scan else {ScanState.WAITING})


def _prepared(file: StoredFile, content: bytes, scan: Scan | None) -> _Prepared:
    answer = scan(content) if scan else None
    if answer is not None and answer.refused:
        return _Prepared(ScanState.DAMAGED, answer.refused)
    if answer is not None and answer.found:
        return _Prepared(ScanState.INFECTED, answer.found)
    state = ScanState.CLEAN if answer is not None else ScanState.NOT_SCANNED
    if file.working_copy_stored_as:
        return _Prepared(state)
    kind = file_type_of(content)
    if kind is None:
        return _Prepared(ScanState.DAMAGED, "unknown_type")
    try:
        return _Prepared(state, stripped=strip_apart(content, file_type=kind.id))
    except CannotStrip as error:
        return _Prepared(ScanState.DAMAGED, error.why)


def _write(file: StoredFile, prepared: _Prepared) -> None:
    changes: dict[str, Any] = {"scan_state": prepared.state, "scanned_at": clock.now()}
    copy = storage.seal_working_copy(prepared.stripped.content, file=file) if prepared.stripped else ""
    if prepared.stripped:
        changes |= {"working_copy_stored_as": copy, "removed_metadata": list(prepared.stripped.removed)}
    with transaction.atomic():
        rows = StoredFile.objects.filter(pk=file.pk, scan_state=file.scan_state)
        if rows.update(**changes) == 1:
            audit.record(
                "file.prepared",
                by=_BY,
                about=Subject("arrival", file.arrival_id, file.arrival.reference),
                detail={"file": str(file.pk), "state": prepared.state, "found": prepared.found},
            )
            return
    storage.remove([copy] if copy else [], shelf=Shelf.WORKING)  # another worker was first


def _check_can_be_opened(file: StoredFile) -> None:
    if not can_be_opened(file):
        raise NotPossible(_NOT_OPENED.get(ScanState(file.scan_state), _NOT_OPENED[ScanState.WAITING]))


def _file(file_id: UUID) -> StoredFile:
    file = one_or_none(StoredFile.objects.select_related("arrival").filter(pk=file_id))
    if file is None:
        raise NotFound("There is no such file, or it is not yours to see.")
    return file


def _subject(file: StoredFile, referral_id: UUID | None) -> Subject:
    """What the file belongs to, as relations and audit entries name it."""
    referral = one_or_none(Referral.objects.filter(arrival_id=file.arrival_id).values_list("pk", "reference"))
    if referral_id is not None and (referral is None or referral[0] != referral_id):
        raise NotFound("There is no such file, or it is not yours to see.")
    if referral is not None:
        return Subject(SubjectKind.REFERRAL.value, *referral)
    advice = one_or_none(AdviceContact.objects.filter(arrival_id=file.arrival_id).values_list("pk", "reference"))
    if advice is not None:
        return Subject(SubjectKind.ADVICE.value, *advice)
    raise NotFound("There is no such file, or it is not yours to see.")
