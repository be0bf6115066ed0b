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

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "number"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "number"], name="audit_by_actor"),
        ]
