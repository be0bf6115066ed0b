"""Snapshots on disk, sealed piece by piece, so that a large one never lies in memory; and the folder that operators
offer files in.

A sealed file is a row of pieces: four bytes of length, then the sealed piece. Each is bound to its place in the row,
and the last one says that it is the last, so that pieces cannot be moved, dropped or cut off.
"""

import os
import re
import secrets
import stat
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

from counterpoint.base import keyring
from counterpoint.base.errors import Fault
from counterpoint.base.sealing import CannotUnseal
from counterpoint.campaigns.types import SUFFIXES, Lack, NotAsAsked
from counterpoint.intake.storage import StoreFull, check_room

_PIECE = 8_000_000
_LENGTH_BYTES = 4
_NAME = re.compile(r"[0-9a-f]{32}")
_MOST_OFFERED = 500


class PostsLost(Fault):
    """A row names posts that are not on disk."""


@dataclass(frozen=True)
class Offered:
    """A file in the snapshot folder."""

    name: str
    size_bytes: int


def put_sealed(posts: IO[bytes], *, snapshot_id: UUID, key_id: UUID, most_bytes: int, field: str) -> tuple[str, int]:
    """Seal what `posts` holds; returns the opaque name and the size. When this returns, it is on disk.
    Raises NotAsAsked for nothing or too much, StoreFull; then nothing is left behind."""
    name = secrets.token_hex(16)
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            size = _write_pieces(posts, out, snapshot_id, key_id, most_bytes=most_bytes, field=field)
            out.flush()
            os.fsync(out.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StoreFull("We have no room for these posts at this moment. Try again later.") from None
        raise
    _sync(path.parent)
    return name, size


def open_into(path: Path, *, name: str, snapshot_id: UUID, key_id: UUID) -> None:
    """Write the posts in clear to `path`, readable by us alone. Callers remove it.
    Raises PostsLost, KeyDestroyed, CannotUnseal."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as out:
        for number, (sealed, is_last) in enumerate(_pieces(name)):
            out.write(keyring.unseal_record(sealed, key_id=key_id, place=_place(snapshot_id, number, is_last=is_last)))


def remove(name: str) -> None:
    """Delete the sealed file. Safe to run twice."""
    if _NAME.fullmatch(name):
        _path(name).unlink(missing_ok=True)


def sweep_orphans(*, named: Collection[str], older_than_seconds: int = 3600) -> int:
    """Delete sealed files that no row names and that are not on their way. Returns how many went."""
    before = time.time() - older_than_seconds  # file times come from the system's clock, not from ours
    folder = _folder()
    found = [path for path in folder.glob("*") if path.name not in named] if folder.is_dir() else []
    orphans = [path for path in found if path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def offered() -> list[Offered]:
    """The files that can be pointed at: plain files of the snapshot folder itself, by name; nothing where no folder
    is set up."""
    folder: Path | None = settings.SNAPSHOTS_FOLDER
    if folder is None or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        found = [
            Offered(entry.name, entry.stat(follow_symlinks=False).st_size)
            for entry in entries
            if entry.is_file(follow_symlinks=False)
            and entry.name.lower().endswith(SUFFIXES)
            and entry.name.isprintable()
            and not entry.name.startswith(".")
        ]
    return sorted(found, key=lambda each: each.name)[:_MOST_OFFERED]


def open_offered(name: str) -> IO[bytes]:
    """The file of this name in the snapshot folder, and of no other place: only a name that `offered` lists is opened,
    and no link is followed. Raises NotAsAsked."""
    gone = NotAsAsked([Lack("file", "There is no such file in the snapshot folder now. Choose from the list.")])
    if name not in {each.name for each in offered()}:
        raise gone
    folder = os.open(str(settings.SNAPSHOTS_FOLDER), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        raise gone from None
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise gone
    return os.fdopen(file, "rb")


def _write_pieces(
    posts: IO[bytes], out: IO[bytes], snapshot_id: UUID, key_id: UUID, *, most_bytes: int, field: str
) -> int:
    size, number = 0, 0
    piece = posts.read(_PIECE)
    if not piece:
        raise NotAsAsked([Lack(field, "The file is empty.")])
    while piece:
        check_room(len(piece))
        size += len(piece)
        if size > most_bytes:
            raise NotAsAsked([Lack(field, f"The file is larger than {most_bytes // 1_000_000:,} MB. {_SMALLER}")])
        following = posts.read(_PIECE)
        place = _place(snapshot_id, number, is_last=not following)
        sealed = keyring.seal_record(piece, key_id=key_id, place=place)
        out.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        piece, number = following, number + 1
    return size


_SMALLER = "Cut it into shorter spans of time, or have it put into the snapshot folder as Parquet."


def _pieces(name: str) -> Iterator[tuple[bytes, bool]]:
    """Each sealed piece, and whether it is the last one."""
    if not _NAME.fullmatch(name):
        raise PostsLost("a snapshot holds a name that no file of ours has")
    try:
        file = _path(name).open("rb")
    except OSError:
        raise PostsLost("posts that a snapshot names are not on disk: restore them from a backup") from None
    with file:
        sealed = _piece(file)
        while sealed is not None:
            following = _piece(file)
            yield sealed, following is None
            sealed = following


def _piece(file: IO[bytes]) -> bytes | None:
    head = file.read(_LENGTH_BYTES)
    if not head:
        return None
    sealed = file.read(int.from_bytes(head, "big"))
    if len(head) < _LENGTH_BYTES or len(sealed) < int.from_bytes(head, "big"):
        raise CannotUnseal("posts that a snapshot names were cut off")
    return sealed


def _place(snapshot_id: UUID, number: int, *, is_last: bool) -> str:
    return f"snapshot.posts:{snapshot_id}:{number}{':end' if is_last else ''}"


def _folder() -> Path:
    folder: Path = settings.FILES_FOLDER
    return folder / "snapshots"


def _path(name: str) -> Path:
    return _folder() / name


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
