"""The entries. Sealing and verification: `counterpoint.audit.services`, `counterpoint.kernel.ledger`."""

from django.db import models

from counterpoint.base import clock, ids
from counterpoint.base.retention import End, Retention


class AuditEntry(models.Model):
    """One thing that was done or read. Never edited; `detail` may be blanked, `commitment` proves what it was."""

    retention = Retention(rule="audit_entry", end=End.KEEP, why="evidence; personal detail is blanked with its record")

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=ids.new_id, unique=True, editable=False)
    at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    subject_reference = models.CharField(max_length=24, blank=True)
    purpose = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    salts = models.JSONField()  # field -> hex; gone for a field that was blanked
    commitments = models.JSONField()  # field -> hex; what the ledger's leaf holds
    mac = models.CharField(max_length=64)  # under the deployment's key: a row put in by hand has none that holds

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "number"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "number"], name="audit_by_actor"),
        ]


class LedgerLeaf(models.Model):
    """The place of an entry in the Merkle tree. Written once, by sealing."""

    retention = Retention(rule="ledger_leaf", end=End.KEEP, why="a hash; proves the entry")

    index = models.BigIntegerField(primary_key=True)  # from 0
    entry_number = models.BigIntegerField(unique=True)
    leaf_hash = models.BinaryField()


class LedgerHead(models.Model):
    """The one row that says how far sealing has come."""

    retention = Retention(rule="ledger_head", end=End.KEEP, why="a size and hashes")

    size = models.BigIntegerField(default=0)
    peaks = models.JSONField(default=list)  # hex; the frontier of the tree
    settled_number = models.BigIntegerField(default=0)  # every entry up to here is sealed, and none can still commit


class LedgerCheckpoint(models.Model):
    """A signed checkpoint; the same note lies in the checkpoints folder and is meant to be kept elsewhere too."""

    retention = Retention(rule="ledger_checkpoint", end=End.KEEP, why="a size and a hash, signed")

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(default=clock.now)
    note = models.TextField()
