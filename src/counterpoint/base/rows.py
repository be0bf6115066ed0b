"""Asking for rows, writing one, and changing those that fit.

`insert` and `change` run statements that are put together once for each model and its fields; the ORM puts each
together anew, which takes longer than running it. They send no signals, and values are plain, no expressions.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from django.db import DatabaseError, connections, router, transaction
from django.db.models import AutoField, CharField, Field, Model, QuerySet, TextField, Value

M = TypeVar("M", bound=Model)
R = TypeVar("R")
Fields: TypeAlias = "Sequence[Field[Any, Any]]"
_TEXTS = (CharField, TextField)
_LARGEST_VERSION = 2**31 - 1  # of a whole number in PostgreSQL


class Spelled(Value):
    """A text constant of our own that is written into the statement and not handed over beside it. SQLite takes an
    index over some of the rows only where it can read in the statement that nothing but these is asked for."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:  # noqa: ARG002 - what Django calls it with
        return "'" + str(self.value).replace("'", "''") + "'", ()


def one_or_none(rows: "QuerySet[M, R]") -> R | None:
    """The row, or None, of a query that can find one at most. `.first()` would sort by key, and putting that together
    costs as much again as the query."""
    return next(iter(rows.order_by()[:1]), None)


def insert(row: M) -> M:
    """Write a row that is not there yet, as `save(force_insert=True)` would, and return it. A number that the database
    gives is set. Raises IntegrityError as the ORM does."""
    alias = router.db_for_write(type(row))
    connection = connections[alias]
    statement, fields, numbered = _inserting(type(row))
    values = [_stored(field, field.pre_save(row, add=True), connection) for field in fields]
    with transaction.mark_for_rollback_on_error(using=alias), connection.cursor() as cursor:
        cursor.execute(statement, values)
        if numbered is not None:
            setattr(row, numbered.attname, cursor.fetchone()[0])
    row._state.adding, row._state.db = False, alias  # noqa: SLF001 - as `save` leaves it
    return row


def change_version(model: type[Model], pk: object, *, expected_version: int, changes: Mapping[str, Any]) -> bool:
    """Save `changes` (by field) and the next version, if the row has the expected version; whether it had."""
    if not 0 <= expected_version < _LARGEST_VERSION:
        return False  # a number that no row can have, as a page may send it
    changed = change(
        model, where={"pk": pk, "version": expected_version}, changes={**changes, "version": expected_version + 1}
    )
    return changed == 1


def change(model: type[Model], *, where: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Save `changes` (by field) in every row whose fields equal `where` (None: that hold nothing); how many those were.
    As `filter(**where).update(**changes)`."""
    alias = router.db_for_write(model)
    connection = connections[alias]
    known = {name: value for name, value in where.items() if value is not None}
    empty = tuple(name for name in where if name not in known)
    statement, fields = _changing(model, tuple(changes), tuple(known), empty)
    values = [value.pk if isinstance(value, Model) else value for value in (*changes.values(), *known.values())]
    prepared = [_stored(field, value, connection) for field, value in zip(fields, values, strict=True)]
    with transaction.mark_for_rollback_on_error(using=alias), connection.cursor() as cursor:
        cursor.execute(statement, prepared)
        return int(cursor.rowcount)


def save_fields(row: Model, names: Sequence[str]) -> None:
    """Save these fields of a row that is there, as `save(update_fields=names)` would. Raises DatabaseError for a row
    that is not there any more."""
    model = type(row)
    values = {name: _field(model, name).pre_save(row, add=False) for name in names}
    if change(model, where={"pk": row.pk}, changes=values) != 1:
        raise DatabaseError(f"{model._meta.verbose_name} is not there any more")  # as `save` does


@cache
def _inserting(model: type[Model]) -> tuple[str, Fields, "Field[Any, Any] | None"]:
    """The statement, the fields that give its values, and the field that the database fills."""
    every = model._meta.local_concrete_fields
    numbered = next((field for field in every if isinstance(field, AutoField)), None)
    fields = [field for field in every if field is not numbered]
    columns, places = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    told = f" RETURNING {_column(numbered)}" if numbered is not None else ""
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}){told}', fields, numbered  # noqa: S608 - our own names


@cache
def _changing(
    model: type[Model], names: tuple[str, ...], known: tuple[str, ...], empty: tuple[str, ...]
) -> tuple[str, Fields]:
    """The statement, and the fields of its values: those changed, then those compared."""
    changed = [_field(model, name) for name in names]
    compared = [_field(model, name) for name in known]
    sets = ", ".join(f"{_column(field)} = %s" for field in changed)
    fits = [f"{_column(field)} = %s" for field in compared]
    fits += [f"{_column(_field(model, name))} IS NULL" for name in empty]
    return f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {" AND ".join(fits)}', [*changed, *compared]  # noqa: S608 - our own names


def _field(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _stored(field: Any, value: Any, connection: Any) -> Any:
    """As the field hands the value to the driver; a plain text in a field of text as it is, without asking."""
    if type(value) is str and type(field) in _TEXTS:
        return value
    return field.get_db_prep_save(value, connection)


def _column(field: Any) -> str:
    return f'"{field.column}"'
