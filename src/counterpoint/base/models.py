"""Abstract models that every table is built on, and the ring of record keys (a table in a database of its own)."""

from typing import Any, ClassVar, Self

from django.db import models

from counterpoint.base import clock, ids
from counterpoint.base.errors import Conflict
from counterpoint.base.retention import End, Retention
from counterpoint.base.rows import change_version, insert, save_fields


class Record(models.Model):
    """A row with an id that sorts by time. Every concrete model declares its `retention`."""

    retention: ClassVar[Retention]

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **how: Any) -> None:
        """As Django saves; a new row, or some fields, by a statement that is put together once (`base.rows`)."""
        if self._state.adding and not args and how.keys() <= {"force_insert", "using"}:
            insert(self)
        elif not self._state.adding and not args and how.keys() == {"update_fields"} and how["update_fields"]:
            save_fields(self, how["update_fields"])
        else:
            super().save(*args, **how)


class Versioned(models.Model):
    """A row that two people may want to change at once: the second is told and sees both versions."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def save_changes(self, *, expected_version: int, shown: tuple[str, ...] = (), **changes: Any) -> Self:
        """Save `changes` if nobody saved since `expected_version` was read, and return self with them.

        One conditional update that must change one row. Raises Conflict, holding the fields as saved by the other
        (`shown` names further ones to hold; the changed ones and the version always are)."""
        saved = change_version(type(self), self.pk, expected_version=expected_version, changes=changes)
        changes["version"] = expected_version + 1
        if saved:
            for name, value in changes.items():
                setattr(self, name, value)
            return self
        self.refresh_from_db()
        theirs = {name: getattr(self, name) for name in (*changes, *shown)}
        raise Conflict(
            "Somebody else changed this while you had it open. Compare the two and save again.", theirs=theirs
        )


class RecordKey(models.Model):
    """One record's own key, wrapped by the deployment key. Lives in the `keys` database, which is copied live but
    never archived, so that a destroyed key is gone from every backup as well (docs/decisions/0003)."""

    retention = Retention(rule="record_key", end=End.KEEP, why="a destroyed key leaves only the date of its end")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    wrapped = models.BinaryField(null=True)
    wrapped_by = models.CharField(max_length=16)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="record_key_wrapped_or_destroyed",
                condition=models.Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped__isnull=True, destroyed_at__isnull=False),
            )
        ]
