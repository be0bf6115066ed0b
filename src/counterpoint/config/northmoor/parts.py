"""Loads the town in several processes at once, for embedded databases: the same services make the same records, each
part in a copy of its own; the copies are then brought together, and the ledger is sealed four weeks at a time.

Stories do not depend on each other, but for those about the same person, and those that meet before the panel: these
stay in one part. What is lost: two
reports of different parts whose people are alike by chance are not proposed as repeats.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from uuid import UUID

from django.db import connections
from django.db.backends.utils import CursorWrapper

from counterpoint.audit.sealing import seal_pending
from counterpoint.base import clock
from counterpoint.base.errors import Fault
from counterpoint.config.northmoor.load import EVERYBODY, Loaded, Progress, act_out, begins_at, found_town
from counterpoint.config.northmoor.paths import track_of
from counterpoint.config.northmoor.story import Story
from counterpoint.config.northmoor.world import World
from counterpoint.rules import selectors as rules

_PATH_WEIGHT = 6  # a case on the whole path takes as long as so many other stories
PARTS = 4  # the same everywhere, so that the records are; a machine with fewer cores takes turns
_DATABASES = ("default", "keys")
_ENTRIES = "audit_auditentry"
_ACTED, _POLL_SECONDS = 0.93, 0.3
_SEALED_EVERY = timedelta(days=28)

_progress: "SynchronizedArray[float] | None" = None


@dataclass(frozen=True)
class _Told:
    """What a part gives back besides its database."""

    arrivals: dict[str, UUID]
    references: dict[str, str]
    receipts: dict[str, str]


def load_town_in_parts(
    *, password: str, pack: Path, now: datetime, stories: int | None = None, progress: Progress = lambda _share: None
) -> Loaded:
    """As `load_town`, on SQLite, with as many processes as there are parts. Raises Fault when one of them failed."""
    told, world = found_town(password=password, pack=pack, now=now, stories=stories)
    rules.pack_in_force()  # read before the processes part, so that they need not
    parts = _parted(told)
    _copy_databases(len(parts))
    for part in _acted(world, parts, progress):
        world.arrivals |= part.arrivals
        world.references |= part.references
        world.receipts |= part.receipts
    _bring_together(len(parts), begins_at(told, world.town, now), now)
    progress(1.0)
    return Loaded(told, world)


def _parted(told: Sequence[Story]) -> list[list[Story]]:
    """Each story to the part that has least to do so far: a repeat with the report that it repeats, and all cases that
    meet before the panel in the first part, where the panel is."""
    parts: list[list[Story]] = [[] for _ in range(PARTS)]
    place_of: dict[str, int] = {}
    weights = [sum(_PATH_WEIGHT for story in told if track_of(story))] + [0] * (PARTS - 1)
    for story in told:
        place = 0 if track_of(story) else place_of.get(story.repeat_of, weights.index(min(weights)))
        place_of[story.key] = place
        weights[place] += 0 if track_of(story) else 1
        parts[place].append(story)
    return [part for part in parts if part]


def _acted(world: World, parts: Sequence[Sequence[Story]], progress: Progress) -> Iterator[_Told]:
    context = get_context("fork")
    shares = context.Array("d", len(parts))
    with ProcessPoolExecutor(len(parts), mp_context=context, initializer=_keep, initargs=(shares,)) as pool:
        running: set[Future[_Told]] = {
            pool.submit(_act_part, place, world, part, parent=os.getpid()) for place, part in enumerate(parts)
        }
        everything = set(running)
        while running:
            _, running = wait(running, timeout=_POLL_SECONDS)
            progress(_ACTED * sum(shares[:]) / len(parts))
        for done in everything:
            yield done.result()


def _keep(shares: "SynchronizedArray[float]") -> None:
    global _progress  # noqa: PLW0603 - how a pool hands shared memory to its processes
    _progress = shares


def _act_part(place: int, world: World, part: Sequence[Story], *, parent: int) -> _Told:
    """Act these stories out in this part's own copy of the databases."""
    for name in _DATABASES:
        connection = connections[name]
        connection.close()
        connection.settings_dict["NAME"] = str(_path_of_part(name, place))
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    lives = EVERYBODY if place == 0 else ("notices",)

    def told(share: float) -> None:
        if os.getppid() != parent:
            os._exit(1)  # whoever wanted the town was killed
        if _progress is not None:
            _progress[place] = share

    act_out(world, part, progress=told, part=f"-{place}", lives=lives, seals=False)
    for name in _DATABASES:
        with connections[name].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    return _Told(world.arrivals, world.references, world.receipts)


def _path_of_part(database: str, place: int) -> Path:
    path = Path(str(connections.databases[database]["NAME"]))
    return path.with_name(f"{path.name}.part-{place}")


def _copy_databases(count: int) -> None:
    for name in _DATABASES:
        with connections[name].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections[name].close()
        for place in range(count):
            shutil.copyfile(str(connections.databases[name]["NAME"]), _path_of_part(name, place))


def _bring_together(count: int, first: datetime, now: datetime) -> None:
    """Every row of the parts that the founding did not make, into the databases; entries in the order of their moments,
    sealed four weeks at a time."""
    parts = [f"part{place}" for place in range(count)]
    for name in _DATABASES:
        with connections[name].cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA foreign_keys=OFF")
            for place, part in enumerate(parts):
                cursor.execute(f"ATTACH DATABASE %s AS {part}", [str(_path_of_part(name, place))])
            for table, is_numbered in _tables(cursor):
                if table != _ENTRIES:
                    _copy_rows(cursor, table, parts, is_numbered=is_numbered)
            if name == "default":
                _copy_entries(cursor, parts, first, now)
            broken = cursor.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise Fault(f"the parts of the town do not fit together: {len(broken)} rows name one that is not there")
        connections[name].close()
        for place in range(count):
            _remove(_path_of_part(name, place))


def _tables(cursor: CursorWrapper) -> list[tuple[str, bool]]:
    """Each table, and whether the database numbers its rows."""
    cursor.execute(
        "SELECT name, sql LIKE '%%AUTOINCREMENT%%' FROM main.sqlite_master "
        "WHERE type = 'table' AND name NOT LIKE 'sqlite%%' ORDER BY name",
        [],
    )
    return [(name, bool(numbered)) for name, numbered in cursor.fetchall()]


def _columns(cursor: CursorWrapper, table: str) -> tuple[str, list[str]]:
    """The key column, and all columns."""
    rows = cursor.execute(f'PRAGMA main.table_info("{table}")').fetchall()
    return next(row[1] for row in rows if row[5]), [row[1] for row in rows]


def _copy_rows(cursor: CursorWrapper, table: str, parts: Sequence[str], *, is_numbered: bool) -> None:
    key, columns = _columns(cursor, table)
    listed = _listed([name for name in columns if not (is_numbered and name == key)])
    newest = cursor.execute(f'SELECT MAX("{key}") FROM main."{table}"').fetchone()[0]  # noqa: S608 - our own tables
    for part in parts:
        new = f'"{key}" > {newest or 0}' if is_numbered else f'"{key}" NOT IN (SELECT "{key}" FROM main."{table}")'  # noqa: S608
        cursor.execute(f'INSERT INTO main."{table}" ({listed}) SELECT {listed} FROM {part}."{table}" WHERE {new}')  # noqa: S608


def _copy_entries(cursor: CursorWrapper, parts: Sequence[str], first: datetime, now: datetime) -> None:
    key, columns = _columns(cursor, _ENTRIES)
    listed = _listed([name for name in columns if name != key])
    newest = cursor.execute(f'SELECT MAX("{key}") FROM main."{_ENTRIES}"').fetchone()[0] or 0  # noqa: S608
    sources = " UNION ALL ".join(
        f'SELECT {place} AS part, * FROM {part}."{_ENTRIES}" WHERE "{key}" > {newest}'  # noqa: S608
        for place, part in enumerate(parts)
    )
    since = datetime(1, 1, 1)  # noqa: DTZ001 - as the database writes it, in UTC without saying so
    until = first + _SEALED_EVERY
    while True:
        last = until >= now
        bound = "9999" if last else f"{until:%Y-%m-%d %H:%M:%S}"
        cursor.execute(
            f'INSERT INTO main."{_ENTRIES}" ({listed}) SELECT {listed} FROM ({sources}) '  # noqa: S608
            f"WHERE at >= '{since:%Y-%m-%d %H:%M:%S}' AND at < '{bound}' ORDER BY at, part, \"{key}\""
        )
        with clock.moved_to(min(until, now)):
            seal_pending()
        if last:
            return
        since, until = until.replace(tzinfo=None), until + _SEALED_EVERY


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
