"""Relational steps with names: each is one query, one table, and can be looked at alone.

A step is a function that returns SQL text over tables made before it. `Workspace.make` runs it. Sampling and grouping
never draw by chance, and no step depends on the order of rows unless it says so.
"""
# ruff: noqa: S608 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

import copy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeAlias

import duckdb
import pyarrow as pa

Row: TypeAlias = tuple[Any, ...]
_BYTES = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@dataclass
class Workspace:
    """An embedded engine with a memory limit, spilling to `spill_dir` when data is larger.

    memory_mb: what the engine may hold, 0 is half of what there is; threads: 0 leaves the engine its own choice.
    sorts_pairs: whether pairs within a window are found by sorting arrays here, or by a join that the engine spreads.
    has_lanes: whether a thread may work beside on the same tables (`beside`).
    """

    sorts_pairs: ClassVar[bool] = True
    has_lanes: ClassVar[bool] = True
    spill_dir: Path | None = None
    memory_mb: int = 2000
    threads: int = 0

    def __post_init__(self) -> None:
        self._made: set[str] = set()
        self._shown: dict[str, int | None] = {}  # views, and how many rows they have at most
        self._turns: dict[str, threading.Lock] = {}
        self.connection = _set_up(duckdb.connect(":memory:"))
        self.memory_mb = int(self.memory_mb) or self._half()
        self.connection.execute(f"SET memory_limit='{self.memory_mb}MB'")
        if self.threads:
            self.connection.execute(f"SET threads={int(self.threads)}")
        if self.spill_dir is not None:
            self.connection.execute(f"SET temp_directory={quoted(str(self.spill_dir))}")

    def _half(self) -> int:
        """Half of the memory in MB that this machine has, or the container that it runs in: the engine has looked, and
        would itself take four fifths."""
        size, unit = str(self.one("SELECT current_setting('memory_limit')")[0]).split()
        return max(int(float(size) * _BYTES[unit] / 1e6 / 0.8 / 2), 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def beside(self) -> Self:
        """The same tables by a connection of its own, for a thread beside: end it first. What is loaded is seen by who
        loads it only, so that both may give it one name."""
        other = copy.copy(self)
        other.connection = _set_up(self.connection.cursor())
        return other

    @contextmanager
    def turn(self, name: str) -> Iterator[bool]:
        """For a table that several threads need: whether it is to be made. Who comes while another makes it waits."""
        with self._turns.setdefault(name, threading.Lock()):
            yield not self.has(name)

    def make(self, name: str, sql: str) -> int:
        """Run a step, keep its result as table `name`, and return how many rows it has."""
        rows = int(self.one(f'CREATE OR REPLACE TABLE "{name}" AS {sql}')[0])
        self._made.add(name)
        return rows

    @contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Steps within look up what they join in the order in which it is written, the first table row by row: the
        engine believes that few rows pass several conditions, and would then put the larger side into memory."""
        self.connection.execute("SET disabled_optimizers='join_order,build_side_probe_side'")
        try:
            yield
        finally:
            self.connection.execute("SET disabled_optimizers=''")

    def show(self, name: str, sql: str, *, at_most: int | None = None) -> None:
        """A last step, whose result is read once and not kept: `name` is a view. Drop it before what it reads from.

        at_most: as many rows it has, or fewer, where that is known."""
        self.connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')
        self._shown[name] = at_most

    def keep(self, name: str) -> None:
        """Where `name` is shown, make a table of it: it is read more than once after all."""
        if name in self._shown:
            self.make(f"{name}_kept", f'SELECT * FROM "{name}"')
            self.drop(name)
            self.connection.execute(f'ALTER TABLE "{name}_kept" RENAME TO "{name}"')
            self._made.symmetric_difference_update({f"{name}_kept", name})

    def count(self, name: str) -> int:
        return int(self.one(f'SELECT count(*) FROM "{name}"')[0])

    def at_most(self, name: str) -> int:
        """How many rows there are, or a number that is larger: known without finding them."""
        bound = self._shown.get(name)
        return self.count(name) if bound is None else bound

    @property
    def room(self) -> int:
        """Bytes that arrays may take beside the engine's tables."""
        return self.memory_mb * 1_000_000 // 2

    def one(self, sql: str) -> Row:
        rows = self.rows(sql)
        return rows[0] if rows else ()

    def rows(self, sql: str) -> list[Row]:
        return self.connection.execute(sql).fetchall()

    def arrays(self, sql: str) -> dict[str, Any]:
        """Columns as numpy arrays by name; integers stay integers, so select no NULLs of a number."""
        return self.connection.execute(sql).fetchnumpy()

    def table(self, sql: str) -> Any:
        """Rows as an Arrow table."""
        return self.connection.sql(sql).to_arrow_table()

    def load(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Make a table of numpy arrays of one length, by column name, that this connection alone sees."""
        loading = pa.table(dict(arrays))  # noqa: F841 - the engine finds it by its name, which is soonest done
        self.connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM loading')
        self._made.add(name)

    def add(self, name: str, rows: Any) -> None:
        """Put an Arrow table's rows into a table that is there."""
        self.connection.from_arrow(rows).insert_into(name)

    def has(self, name: str) -> bool:
        """Whether a step left such a table."""
        return name in self._made

    def drop(self, *names: str) -> None:
        for name in names:
            kind = "VIEW" if name in self._shown else "TABLE"
            self.connection.execute(f'DROP {kind} IF EXISTS "{name}"')
            self._made.discard(name)
            self._shown.pop(name, None)

    def write(self, sql: str, path: Path) -> None:
        """Write a query's result as Parquet; the file appears whole or not at all."""
        partial = path.with_name(path.name + ".partial")
        self.connection.execute(f"COPY ({sql}) TO {quoted(str(partial))} (FORMAT PARQUET, COMPRESSION SNAPPY)")
        partial.replace(path)


def _set_up(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("SET enable_progress_bar=false")
    return connection.execute("SET TimeZone='UTC'")


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(text: str) -> str:
    """A column's name as SQL."""
    return '"' + text.replace('"', '""') + '"'
