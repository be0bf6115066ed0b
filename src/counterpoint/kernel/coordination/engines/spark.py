"""Spark as a second engine, for the steps that move most rows.

Reading, texts and matrices stay in the embedded engine; the two meet in Parquet files in the run's folder, which every
worker must see under the same path. No Python runs on the workers, so they need nothing but Spark.
"""

# ruff: noqa: S608 - SQL is put together from our own names, integers and `quoted` literals

import os
import re
import shutil
import socket
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from counterpoint.kernel.coordination.errors import BadOption, EngineFailed
from counterpoint.kernel.coordination.steps import Workspace, quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The steps that Spark computes: joins and counts over posts. Each leaves the table of that name.
ON_SPARK = frozenset({
    "popular_objects", "ordered_shares", "near_pairs", "fast_pairs", "paired_accounts", "pairs",
    "edges_full", "edges_fast", "edges", "co_objects", "co_shares", "repost_delays",
})  # fmt: skip
# What of the posts goes to Spark: nothing that no step there reads. Identifiers of accounts never do.
_OF_POSTS = ("post", "post_id", "account", "at_seconds", "repost_of")
_STAYS = "accounts"
OLDEST_JAVA = 17
_PATTERN = re.compile(r"[\[\]{}*?]")


class SparkWorkspace(Workspace):
    """An embedded workspace whose heaviest steps are computed by Spark. Every table can be read in it, wherever it was
    made."""

    sorts_pairs = False
    has_lanes = False  # a session has one list of tables

    def __init__(self, session: "SparkSession", exchange: Path, spill_dir: Path, memory_mb: int, threads: int) -> None:
        super().__init__(spill_dir, memory_mb, threads)
        self._session, self._exchange = session, exchange
        self._there: dict[str, Path] = {}  # what Spark can read, by table
        self._made_there: set[str] = set()
        self._number = 0
        shutil.rmtree(exchange, ignore_errors=True)
        exchange.mkdir(parents=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        shutil.rmtree(self._exchange, ignore_errors=True)

    def make(self, name: str, sql: str) -> int:
        if name not in ON_SPARK:
            self._forget(name)
            return super().make(name, sql)
        from counterpoint.kernel.coordination.engines.translation import spark_sql, tables_of

        for table in sorted(tables_of(sql)):
            self._take_there(table)
        folder = self._next_folder(name)
        with _told_plainly(f"the step {name}"):
            self._session.sql(spark_sql(sql)).write.parquet(str(folder))
        self._forget(name)
        self._show_there(name, folder)
        files = quoted(f"{folder}/*.parquet")
        self.connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM read_parquet({files})')
        self._made_there.add(name)
        return self.count(name)

    def load(self, name: str, arrays: Mapping[str, Any]) -> None:
        self._forget(name)
        super().load(name, arrays)

    def show(self, name: str, sql: str, *, at_most: int | None = None) -> None:  # noqa: ARG002 - kept, and so counted
        self.make(name, sql)

    def has(self, name: str) -> bool:
        return name in self._made_there or super().has(name)

    def drop(self, *names: str) -> None:
        for name in names:
            made_there = name in self._made_there
            self._forget(name)
            if not made_there:
                super().drop(name)

    def _take_there(self, name: str) -> None:
        """Let Spark read a table that was made here."""
        if name in self._there:
            return
        if name == _STAYS:
            raise EngineFailed(
                "Account identifiers stay embedded: a step on Spark works with their numbers and labels."
            )
        folder = self._next_folder(name)
        folder.mkdir()
        columns = [row[0] for row in self.rows(f'DESCRIBE "{name}"')]
        goes = ", ".join(column for column in columns if name != "posts" or column in _OF_POSTS)
        self.write(f'SELECT {goes} FROM "{name}"', folder / "part.parquet")
        self._show_there(name, folder)

    def _show_there(self, name: str, folder: Path) -> None:
        with _told_plainly(f"the table {name}"):
            self._session.read.parquet(str(folder)).createOrReplaceTempView(name)
        self._there[name] = folder

    def _forget(self, name: str) -> None:
        if name in self._made_there:
            self.connection.execute(f'DROP VIEW "{name}"')
            self._made_there.discard(name)
        if name in self._there:
            self._session.catalog.dropTempView(name)
            shutil.rmtree(self._there.pop(name), ignore_errors=True)

    def _next_folder(self, name: str) -> Path:
        self._number += 1
        return self._exchange / f"{self._number}-{name}"


@contextmanager
def spark_workspace(master: str, work: Path, *, memory_mb: int, threads: int) -> Iterator[SparkWorkspace]:
    """A workspace on a Spark session of its own, ended with it. A session that this process already has on the same
    master is used as it is, and left open.

    master: `local[*]`, `local[N]`, `spark://HOST:PORT`, or what else Spark understands. work: a folder that every
    worker sees. Raises BadOption telling what to install, to start, or to name otherwise."""
    check_spark(master, work)
    session, ours = _session(master, work, memory_mb, threads)
    try:
        with SparkWorkspace(session, work.resolve() / "spark", work / "spill", memory_mb, threads) as workspace:
            yield workspace
    finally:
        if ours:
            session.stop()


def check_spark(master: str, out: Path) -> None:
    """Whether Spark can be started, its master answers, and it can write to the folder `out`. Raises BadOption."""
    try:
        import pyspark  # noqa: F401
        import sqlglot  # noqa: F401
    except ImportError as error:
        raise BadOption(
            f"The Spark engine needs the package {error.name}, which is not installed: "
            "pip install --require-hashes -r requirements/spark.txt. Or leave --engine out to compute with DuckDB."
        ) from error
    if _PATTERN.search(str(out.resolve())):
        raise BadOption("Spark reads [ ] { } * ? in a path as a pattern: choose another folder with --out.")
    _check_java()
    parts = urlsplit(master)
    if parts.scheme == "spark":
        _check_master(master, parts.netloc.split(","))


def _session(master: str, work: Path, memory_mb: int, threads: int) -> tuple["SparkSession", bool]:
    """The session, and whether it was made here."""
    from pyspark.sql import SparkSession

    if master == "local[*]" and threads:
        master = f"local[{threads}]"
    there = SparkSession.getActiveSession()
    if there is not None:
        if there.sparkContext.master != master:
            raise BadOption(f"This process has a Spark session on {there.sparkContext.master} already: stop it first.")
        return there, False
    builder = SparkSession.builder.appName("counterpoint coordination").master(master)
    for name, value in _settings(master, work, memory_mb).items():
        builder = builder.config(name, value)
    with _told_plainly(f"the session on {master}", as_option=True), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about pandas, where it is installed: nothing here uses it
        return builder.getOrCreate(), True


def _settings(master: str, work: Path, memory_mb: int) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": False, "spark.ui.showConsoleProgress": False,
        "spark.sql.parquet.compression.codec": "snappy", "spark.sql.adaptive.enabled": True, "spark.log.level": "OFF",
    }  # fmt: skip
    if master.startswith("local"):
        settings |= {"spark.driver.memory": f"{memory_mb}m", "spark.sql.shuffle.partitions": 4 * (os.cpu_count() or 1),
                     "spark.local.dir": str((work / "spill").resolve())}  # fmt: skip
    host = (urlsplit(master).hostname or "127.0.0.1") if master.startswith(("local", "spark://")) else ""
    if host in ("127.0.0.1", "localhost", "::1"):  # nothing that others could reach is opened
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    told = "the Spark engine needs Java 17 or newer: on Debian, apt-get install openjdk-17-jre-headless."
    if java is None:
        raise BadOption(f"No Java is found; {told}")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found.group(1)) < OLDEST_JAVA:
        raise BadOption(f"The Java that is found is too old; {told}")


def _check_master(master: str, addresses: Sequence[str]) -> None:
    """Spark itself would try for minutes before it gives up."""
    for address in addresses:
        parts = urlsplit(f"//{address}")
        try:
            socket.create_connection((parts.hostname or "", parts.port or 7077), timeout=5).close()
        except (OSError, ValueError):
            continue
        return
    raise BadOption(f"{master}: no Spark master answers there. Start one, or leave --spark-master out.")


@contextmanager
def _told_plainly(what: str, *, as_option: bool = False) -> Iterator[None]:
    """Spark's failures without its stack traces, which may hold values of the data."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        kind = BadOption if as_option else EngineFailed
        reason = (error.getCondition() if isinstance(error, PySparkException) else None) or type(error).__name__
        raise kind(f"Spark failed at {what} ({reason}); the logs of its executors say why.") from error
