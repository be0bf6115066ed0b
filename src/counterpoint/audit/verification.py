"""Recomputes the ledger from the stored entries and names the first thing that does not hold.

What each kind of change runs into:
- an entry edited: its commitments, or its code under the deployment key, no longer fit
- an entry removed: its leaf is there and it is not; or the checkpoint counts more leaves than there are
- an entry inserted by hand: its code does not hold, or it lies before what was sealed and has no leaf
- entries or leaves reordered: a leaf's hash is not its entry's, or a checkpoint's root is not the tree's
- everything rewritten, checkpoints too: only a checkpoint kept elsewhere (`against`) tells
"""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from counterpoint.audit.models import AuditEntry, LedgerCheckpoint, LedgerHead, LedgerLeaf
from counterpoint.audit.sealing import signer
from counterpoint.audit.services import BLANKABLE_FIELDS, committed_values, entry_leaf_hash, entry_mac
from counterpoint.kernel.ledger import (
    Checkpoint,
    CheckpointNotValid,
    CheckpointVerifier,
    Frontier,
    commitment_holds,
)

_BATCH = 2_000
# What somebody writes into a row by hand need not be text, a mapping or a time at all.
_UNREADABLE = (ValueError, TypeError, AttributeError)
_NO_ENTRY = "an entry was edited: what is stored cannot be read as an entry"


@dataclass(frozen=True)
class Finding:
    """The first thing that does not hold. `entry_number` is 0 when no single entry can be named."""

    what: str
    entry_number: int = 0
    leaf_index: int = -1


@dataclass(frozen=True)
class Verified:
    """What was checked: how many entries, how many of them sealed, how many checkpoints. No finding: all holds."""

    entries: int
    sealed: int
    checkpoints: int
    finding: Finding | None = None


class _DoesNotHold(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def verify(*, against: str = "", progress: Callable[[int], None] = lambda _done: None) -> Verified:
    """Check every entry, leaf and checkpoint; `against` is the text of a checkpoint that was kept elsewhere.
    `progress` is told the number of leaves done, now and then."""
    run = _Run(progress)
    finding = None
    try:
        run.check(against)
    except _DoesNotHold as error:
        finding = error.finding
    except ValueError:
        finding = Finding("a leaf or a checkpoint was edited: what is stored cannot be read")
    return Verified(run.entries, run.frontier.size, run.checkpoints, finding)


class _Run:
    """One pass over the ledger, leaf by leaf, with the checkpoints that lie on the way."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.progress = progress
        self.frontier = Frontier()
        self.entries = 0
        self.checkpoints = 0
        self.blanked: set[tuple[str, str]] = set()

    def check(self, against: str) -> None:
        kept = _open(against, "the checkpoint given") if against else None
        self.blanked = _recorded_blankings()
        stored = self._checkpoints(kept)
        for leaf, entry in self._leaves():
            self._check_leaf(leaf, entry)
            for checkpoint in stored.get(self.frontier.size, ()):
                self._check_root(checkpoint)
        self._check_end(stored)
        self._check_unsealed()

    def _checkpoints(self, kept: Checkpoint | None) -> dict[int, list[Checkpoint]]:
        found: dict[int, list[Checkpoint]] = {}
        for row in LedgerCheckpoint.objects.order_by("size").iterator():
            checkpoint = _open(row.note, f"the stored checkpoint over {row.size} entries")
            if checkpoint.size != row.size:
                raise _DoesNotHold(
                    Finding(f"the stored checkpoint over {row.size} entries speaks of {checkpoint.size}")
                )
            found.setdefault(row.size, []).append(checkpoint)
        if kept is not None:
            found.setdefault(kept.size, []).append(kept)
        return found

    def _leaves(self) -> Iterator[tuple[LedgerLeaf, AuditEntry | None]]:
        leaves = LedgerLeaf.objects.order_by("index")
        start = 0
        while batch := list(leaves.filter(index__gte=start)[:_BATCH]):
            entries = _read([leaf.entry_number for leaf in batch])
            for leaf in batch:
                yield leaf, entries.get(leaf.entry_number)
            start = batch[-1].index + 1
            self.progress(start)

    def _check_leaf(self, leaf: LedgerLeaf, entry: AuditEntry | None) -> None:
        place = self.frontier.size
        if leaf.index != place:
            raise _DoesNotHold(Finding(f"leaf {place} of the ledger is missing", leaf_index=place))
        if entry is None:
            raise _DoesNotHold(Finding("an entry was removed", leaf.entry_number, place))
        self._check_entry(entry, place)  # only what our key stands for comes further
        if entry_leaf_hash(entry) != bytes(leaf.leaf_hash):
            raise _DoesNotHold(Finding("the entry at this place is not the one that was sealed", entry.number, place))
        self.frontier.append(bytes(leaf.leaf_hash))

    def _check_entry(self, entry: AuditEntry, place: int = -1) -> None:
        self.entries += 1
        try:
            self._check_fields(entry, place)
        except _UNREADABLE:
            raise _DoesNotHold(Finding(_NO_ENTRY, entry.number, place)) from None

    def _check_fields(self, entry: AuditEntry, place: int) -> None:
        if not hmac.compare_digest(entry.mac, entry_mac(entry)):
            what = "an entry was edited or put in by hand: its code under the deployment key does not hold"
            raise _DoesNotHold(Finding(what, entry.number, place))
        for name, value in committed_values(entry).items():
            salt = entry.salts.get(name)
            if salt is None:
                self._check_blanked(entry, name, value, place)
            elif not commitment_holds(value, salt, entry.commitments.get(name, "")):
                raise _DoesNotHold(
                    Finding(f"an entry was edited: its {name} is not what was recorded", entry.number, place)
                )

    def _check_blanked(self, entry: AuditEntry, name: str, value: object, place: int) -> None:
        if BLANKABLE_FIELDS.get(name, value) != value or name not in BLANKABLE_FIELDS:
            raise _DoesNotHold(Finding(f"an entry was edited: its {name} has no salt but a value", entry.number, place))
        if (str(entry.id), name) not in self.blanked:
            raise _DoesNotHold(Finding(f"an entry's {name} was blanked without a record of it", entry.number, place))

    def _check_root(self, checkpoint: Checkpoint) -> None:
        self.checkpoints += 1
        if self.frontier.root() != checkpoint.root:
            what = f"the first {checkpoint.size} entries are not those that the checkpoint was signed over"
            raise _DoesNotHold(Finding(what, leaf_index=checkpoint.size - 1))

    def _check_end(self, stored: dict[int, list[Checkpoint]]) -> None:
        head = LedgerHead.objects.first()
        counted = max([*stored, head.size if head else 0])
        if counted > self.frontier.size:
            what = f"{counted - self.frontier.size} sealed entries at the end are missing"
            raise _DoesNotHold(Finding(what, leaf_index=self.frontier.size))
        if self.frontier.size and self.frontier.size not in stored:
            raise _DoesNotHold(
                Finding("leaves were added that no checkpoint covers", leaf_index=self.frontier.size - 1)
            )

    def _check_unsealed(self) -> None:
        head = LedgerHead.objects.first()
        settled = head.settled_number if head else 0
        sealed = set(LedgerLeaf.objects.filter(entry_number__gt=settled).values_list("entry_number", flat=True))
        unsettled = AuditEntry.objects.filter(number__gt=settled).order_by("number").values_list("number", flat=True)
        waiting = [number for number in unsettled if number not in sealed]
        for entry in _in_order(waiting):
            self._check_entry(entry)
        self._check_inserted(settled)

    def _check_inserted(self, settled: int) -> None:
        """Before `settled` every entry has its leaf; one more entry there was put in later."""
        entries = AuditEntry.objects.filter(number__lte=settled).count()
        if entries == LedgerLeaf.objects.filter(entry_number__lte=settled).count():
            return
        numbers = AuditEntry.objects.filter(number__lte=settled).order_by("number").values_list("number", flat=True)
        for number in numbers.iterator():
            if not LedgerLeaf.objects.filter(entry_number=number).exists():
                raise _DoesNotHold(Finding("an entry was put in among sealed ones", number))


def _read(numbers: Sequence[int]) -> dict[int, AuditEntry]:
    """The entries by number. One that cannot be read comes as an empty one, and is named in its turn."""
    try:
        return AuditEntry.objects.in_bulk(numbers)
    except ValueError:
        return {number: entry for number in numbers if (entry := _read_one(number)) is not None}


def _in_order(numbers: Sequence[int]) -> Iterator[AuditEntry]:
    for start in range(0, len(numbers), _BATCH):
        yield from (entry for _, entry in sorted(_read(numbers[start : start + _BATCH]).items()))


def _read_one(number: int) -> AuditEntry | None:
    try:
        return AuditEntry.objects.filter(number=number).first()
    except ValueError:
        return AuditEntry(number=number)


def _open(note: str, which: str) -> Checkpoint:
    try:
        return CheckpointVerifier(signer().verifier_line).open(note)
    except CheckpointNotValid as error:
        raise _DoesNotHold(Finding(f"{which} does not hold: {error}")) from None


def _recorded_blankings() -> set[tuple[str, str]]:
    """Entry's id and field. One that cannot be read is named at once: what it covers would look blanked by hand."""
    numbers = AuditEntry.objects.filter(action="audit.blanked").order_by("number").values_list("number", flat=True)
    found: set[tuple[str, str]] = set()
    for entry in _in_order(list(numbers)):
        if entry.subject_id is None or not isinstance(entry.detail, dict):
            raise _DoesNotHold(Finding(_NO_ENTRY, entry.number))
        found |= {(str(entry.subject_id), name) for name in str(entry.detail.get("fields", "")).split()}
    return found
