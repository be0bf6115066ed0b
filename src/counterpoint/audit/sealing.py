"""Sealing: entries become leaves of the Merkle tree, in the order of their numbers, and a checkpoint is signed.

Run every few seconds by the worker; safe to run twice and from several workers at once.
"""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from counterpoint.audit.models import AuditEntry, LedgerCheckpoint, LedgerHead, LedgerLeaf
from counterpoint.audit.services import entry_leaf_hash
from counterpoint.base import clock
from counterpoint.kernel.ledger import CheckpointSigner, Frontier

BATCH = 5_000
# An entry's number is drawn before its transaction commits: a gap may still fill for as long as one may run.
LONGEST_TRANSACTION = timedelta(hours=1)
_HEAD = 1


def signer() -> CheckpointSigner:
    """Signs this deployment's checkpoints, under a key derived from the deployment's."""
    return CheckpointSigner(settings.LEDGER_ORIGIN, settings.DEPLOYMENT_KEYS.derive("checkpoint-signature"))


def seal_pending() -> int:
    """Seal what is not sealed yet; how many entries that was. One batch, one transaction, one checkpoint at a time."""
    total = 0
    while True:
        sealed = _seal_batch()
        total += sealed
        if sealed < BATCH:
            return total


def _seal_batch() -> int:
    with transaction.atomic():
        LedgerHead.objects.get_or_create(pk=_HEAD)
        head = LedgerHead.objects.select_for_update().get(pk=_HEAD)  # SQLite: the transaction itself is exclusive
        entries = list(_unsealed(head.settled_number).only("id", "number", "commitments")[:BATCH])
        if not entries:
            return 0
        frontier = Frontier(head.size, [bytes.fromhex(peak) for peak in head.peaks])
        leaves = []
        for entry in entries:
            leaf = entry_leaf_hash(entry)
            leaves.append(LedgerLeaf(index=frontier.size, entry_number=entry.number, leaf_hash=leaf))
            frontier.append(leaf)
        LedgerLeaf.objects.bulk_create(leaves)
        head.size, head.peaks = frontier.size, [peak.hex() for peak in frontier.peaks]
        head.settled_number = _settled(head.settled_number)
        head.save()
        checkpoint = LedgerCheckpoint.objects.create(
            size=frontier.size, at=clock.now(), note=signer().sign(frontier.size, frontier.root())
        )
    _keep_beside(checkpoint)
    return len(entries)


def _unsealed(settled_number: int) -> QuerySet[AuditEntry]:
    sealed = LedgerLeaf.objects.filter(entry_number=OuterRef("number"))
    return AuditEntry.objects.filter(~Exists(sealed), number__gt=settled_number).order_by("number")


def _settled(so_far: int) -> int:
    """The number up to which no entry can still appear: all older than the longest transaction, all sealed."""
    before = clock.now() - LONGEST_TRANSACTION
    oldest_unsealed = _unsealed(so_far).values_list("number", flat=True).first()
    old = AuditEntry.objects.filter(number__gt=so_far, at__lt=before)
    if oldest_unsealed is not None:
        old = old.filter(number__lt=oldest_unsealed)
    newest: int | None = old.order_by("-number").values_list("number", flat=True).first()
    return so_far if newest is None else newest


def _keep_beside(checkpoint: LedgerCheckpoint) -> None:
    """Keep the newest note as a file too, replaced whole: a place outside the database to compare with."""
    folder = Path(settings.CHECKPOINTS_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{checkpoint.size}.tmp"
    half.write_text(checkpoint.note)
    half.replace(folder / "newest.checkpoint")
    (folder / "verifier").write_text(signer().verifier_line + "\n")
