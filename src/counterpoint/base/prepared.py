"""Questions to the database that are asked all the time, each put together once.

The ORM puts a statement together anew each time, which takes several times as long as running it. Here it does so at
the first asking; later ones hand their values over and read the rows. The questions are the ORM's own, so nothing is
written twice, and what comes back is what it would have given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from inspect import signature
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Expression, Model, QuerySet, query
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable

R = TypeVar("R")
Row: TypeAlias = "Sequence[Any]"
Make: TypeAlias = "Callable[[Iterator[Row]], Iterator[Any]]"


class _Place(Expression):
    """Where a value of the question comes to stand."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple["_Place"]]:  # type: ignore[override]  # noqa: ARG002 - what Django calls it with
        return "%s", (self,)


@dataclass(frozen=True)
class _Statement:
    """What the ORM made of a question: the statement, its values (some of them places), how rows are read."""

    sql: str
    values: tuple[Any, ...]
    alias: str
    is_locking: bool
    read: Callable[[Sequence[Row]], Iterator[Any]]

    def rows(self, told: dict[str, Any]) -> list[Any]:
        connection = connections[self.alias]
        if self.is_locking and connection.features.has_select_for_update and connection.get_autocommit():
            raise transaction.TransactionManagementError("A row can be locked within a transaction only.")
        values = [_as_stored(told[one.name], connection) if isinstance(one, _Place) else one for one in self.values]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            return list(self.read(cursor.fetchall()))


class Prepared(Generic[R]):
    """A question with values left open: `Prepared(lambda case: Case.objects.filter(pk=case, closed_at=None))`.

    The lambda is called once; its parameters stand where ids, rows, texts, numbers or moments will, each in a plain
    comparison. Neither `None` nor lists can be handed over: they make other statements. For questions that give models,
    tuples of columns or one flat column, without prefetching."""

    def __init__(self, question: Callable[..., "QuerySet[Any, R]"]) -> None:
        self._question = question
        self._names = tuple(signature(question).parameters)

    def all(self, *values: Any) -> list[R]:
        """Every row, in the order that the question says."""
        return self._all.rows(self._told(values))

    def one(self, *values: Any) -> R | None:
        """The first row or None. Unsorted where the question says no order: it then finds one at most."""
        return next(iter(self._one.rows(self._told(values))), None)

    def any(self, *values: Any) -> bool:
        """Whether there is such a row."""
        return bool(self._any.rows(self._told(values)))

    def _told(self, values: tuple[Any, ...]) -> dict[str, Any]:
        told = dict(zip(self._names, values, strict=True))
        missing = [name for name, value in told.items() if value is None]
        if missing:
            raise ValueError(f"No value for {', '.join(missing)}: to ask for none is a question of its own.")
        return told

    @cached_property
    def _all(self) -> _Statement:
        return _put_together(self._posed)

    @cached_property
    def _one(self) -> _Statement:
        rows = self._posed if self._posed.query.order_by else self._posed.order_by()
        return _put_together(rows[:1])

    @cached_property
    def _any(self) -> _Statement:
        return _put_together(self._posed.order_by().values_list("pk", flat=True)[:1])

    @property
    def _posed(self) -> "QuerySet[Any, Any]":
        return self._question(*map(_Place, self._names))


def _put_together(rows: "QuerySet[Any, Any]") -> _Statement:
    compiler = rows.query.get_compiler(using=rows.db)
    sql, values = compiler.as_sql()
    read = _reading(rows, compiler)
    return _Statement(sql, tuple(values), rows.db, bool(rows.query.select_for_update), read)


def _reading(rows: "QuerySet[Any, Any]", compiler: Any) -> Callable[[Sequence[Row]], Iterator[Any]]:
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    kind: Any = rows._iterable_class  # noqa: SLF001 - whether it gives models, tuples or single values
    makers: dict[Any, Make] = {ValuesListIterable: _tuples, FlatValuesListIterable: chain.from_iterable}
    make = _instances(rows, compiler) if kind is ModelIterable else makers[kind]

    def read(found: Sequence[Row]) -> Iterator[Any]:
        return make(compiler.apply_converters(found, converters) if converters else iter(found))

    return read


def _tuples(found: Iterator[Row]) -> Iterator[Any]:
    return map(tuple, found)


def _instances(rows: "QuerySet[Any, Any]", compiler: Any) -> Make:
    """Makes models of rows, as the ORM's own ModelIterable does."""
    info, alias = compiler.klass_info, rows.db
    model: type[Model] = info["model"]
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in compiler.select[start:end]]
    populators = query.get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg] # the stubs are a version on
    annotated = tuple(compiler.annotation_col_map.items())

    def make(found: Iterator[Row]) -> Iterator[Any]:
        for row in found:
            made = model.from_db(alias, names, row[start:end])
            for populator in populators:
                populator.populate(row, made)
            for name, place in annotated:
                setattr(made, name, row[place])
            yield made

    return make


def _as_stored(value: Any, connection: Any) -> Any:
    """As fields hand such a value to the driver."""
    if isinstance(value, Model):
        value = value.pk
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.value if isinstance(value, Enum) else value
