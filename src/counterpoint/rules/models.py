"""The archive of packs: each file once, by content hash, and each time that a pack was put in force."""

from django.db import models

from counterpoint.base.models import Record
from counterpoint.base.retention import End, Retention


class RulesFile(models.Model):
    """One file of a pack as it was: the question set, table or process that a record names by hash."""

    retention = Retention(rule="rules_file", end=End.KEEP, why="holds no personal data; records are judged by it")

    sha256 = models.CharField(primary_key=True, max_length=64)
    path = models.CharField(max_length=200)
    content = models.BinaryField()
    archived_at = models.DateTimeField()


class PackVersion(Record):
    """A pack that was in force from `activated_at` until the next one was. Going back to an earlier pack is a row of
    its own, so that it can be told which was in force when."""

    retention = Retention(rule="pack_version", end=End.KEEP, why="holds no personal data; records are judged by it")

    pack_id = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    content_hash = models.CharField(max_length=64, db_index=True)
    files = models.JSONField()  # path -> sha256
    activated_at = models.DateTimeField(db_index=True)
