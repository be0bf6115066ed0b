"""The rows that one sending of a form writes, with as many columns, indexes and bytes, and none of their meaning."""

import uuid

from django.db import models


class Draft(models.Model):
    """Changed once by each send."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lookup = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    updated_at = models.DateTimeField(db_index=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "bare"


class Key(models.Model):
    """As a record key: a send takes two that were made ahead."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=16)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bare"


class Arrival(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created_at = models.DateTimeField()
    reference = models.CharField(max_length=24, unique=True)
    channel = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    received_at = models.DateTimeField(db_index=True)
    question_set = models.CharField(max_length=64)
    question_set_hash = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    submission_key = models.CharField(max_length=64, unique=True)
    key_id = models.UUIDField()
    raw = models.BinaryField()
    mac = models.CharField(max_length=64)
    state = models.CharField(max_length=16)

    class Meta:
        app_label = "bare"
        indexes = [models.Index(fields=["state", "received_at"], name="bare_arrival_by_state")]


class Mailbox(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created_at = models.DateTimeField()
    arrival = models.OneToOneField(Arrival, on_delete=models.PROTECT)
    receipt_hash = models.BinaryField(unique=True)
    key_id = models.UUIDField()
    status = models.CharField(max_length=32)
    status_at = models.DateTimeField()
    last_opened_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bare"


class Entry(models.Model):
    """As an audit entry."""

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=uuid.uuid4, unique=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    action = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    subject_reference = models.CharField(max_length=24)
    purpose = models.TextField()
    detail = models.JSONField()
    salts = models.JSONField()
    commitments = models.JSONField()
    mac = models.CharField(max_length=64)

    class Meta:
        app_label = "bare"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "number"], name="bare_entry_by_subject"),
            models.Index(fields=["actor_id", "number"], name="bare_entry_by_actor"),
        ]


class Job(models.Model):
    """As a queued task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    status = models.CharField(max_length=10)
    enqueued_at = models.DateTimeField()
    priority = models.IntegerField(default=0)
    task_path = models.TextField()
    queue_name = models.CharField(max_length=32)
    backend_name = models.CharField(max_length=32)
    arguments = models.JSONField()
    worker_ids = models.JSONField(default=list)

    class Meta:
        app_label = "bare"
        indexes = [
            models.Index(fields=["status", "-priority"], name="bare_job_by_status"),
            models.Index(fields=["queue_name"], name="bare_job_by_queue"),
            models.Index(fields=["backend_name"], name="bare_job_by_backend"),
        ]
