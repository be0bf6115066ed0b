"""Sealed files on disk, under opaque names, in three folders. What lies here is ciphertext only.

quarantine/  of forms not yet sent, sealed under the browser's key
sealed/      originals as they were sent, sealed under the arrival's key
working/     copies without metadata, sealed under the arrival's key

A name is worth keeping only once its row is committed: the file is on disk, fsynced, before; what a crash leaves
behind without a row is swept by `sweep_orphans`.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.conf import settings

from counterpoint.base import keyring
from counterpoint.base.errors import Fault
from counterpoint.intake.models import StoredFile
from counterpoint.intake.receipts import Busy

_NAME = re.compile(r"[0-9a-f]{32}")
_FREE_BYTES_KEPT = 512 * 1024 * 1024  # so that the database can go on writing when files can not


class Shelf(StrEnum):
    QUARANTINE = "quarantine"
    SEALED = "sealed"
    WORKING = "working"


class StoreFull(Busy):
    """There is no room for files now. The form can be sent without them."""


class FileLost(Fault):
    """A row names a file that is not on disk."""


def put(sealed: bytes, *, shelf: Shelf) -> str:
    """Write ciphertext and return its opaque name. When this returns, file and folder entry are on disk.
    Raises StoreFull."""
    check_room(len(sealed))
    name = secrets.token_hex(16)
    path = _path(name, shelf)
    try:
        _make_folder(path.parent)
        _write(path, sealed)
    except OSError:
        path.unlink(missing_ok=True)
        raise StoreFull(
            "We have no room for files at this moment. Try again later, or send the form without."
        ) from None
    return name


def get(name: str, *, shelf: Shelf) -> bytes:
    """The ciphertext. Raises FileLost."""
    try:
        return _path(name, shelf).read_bytes()
    except OSError:
        raise FileLost(
            f"a file of the folder {shelf} that a row names is not on disk: restore it from a backup"
        ) from None


def remove(names: Collection[str], *, shelf: Shelf) -> None:
    """Delete these files. Safe to run twice, and for names that are not there."""
    for name in names:
        if _NAME.fullmatch(name):
            _path(name, shelf).unlink(missing_ok=True)


def check_room(size_bytes: int) -> None:
    """Raises StoreFull unless that many bytes fit and leave room for the database."""
    settings.FILES_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(settings.FILES_FOLDER).free < size_bytes + _FREE_BYTES_KEPT:
        raise StoreFull("We have no room for files at this moment. Try again later, or send the form without.")


def seal_original(content: bytes, *, file_id: UUID, key_id: UUID) -> str:
    """Store a file as it was sent; the name to keep in `StoredFile.original_stored_as`."""
    return put(keyring.seal_record(content, key_id=key_id, place=f"storedfile.original:{file_id}"), shelf=Shelf.SEALED)


def read_original(file: StoredFile) -> bytes:
    """The file as it was sent. Callers record the read. Raises FileLost, KeyDestroyed, CannotUnseal."""
    sealed = get(file.original_stored_as, shelf=Shelf.SEALED)
    return keyring.unseal_record(sealed, key_id=file.key_id, place=f"storedfile.original:{file.id}")


def seal_working_copy(content: bytes, *, file: StoredFile) -> str:
    """Store the copy without metadata; the name to keep in `StoredFile.working_copy_stored_as`."""
    place = f"storedfile.working_copy:{file.id}"
    return put(keyring.seal_record(content, key_id=file.key_id, place=place), shelf=Shelf.WORKING)


def read_working_copy(file: StoredFile) -> bytes:
    """The copy without metadata. Callers record the read. Raises FileLost, KeyDestroyed, CannotUnseal."""
    sealed = get(file.working_copy_stored_as, shelf=Shelf.WORKING)
    return keyring.unseal_record(sealed, key_id=file.key_id, place=f"storedfile.working_copy:{file.id}")


def name_of(file: StoredFile) -> str:
    """What the person called the file."""
    place = f"storedfile.sealed_name:{file.id}"
    return keyring.unseal_record(bytes(file.sealed_name), key_id=file.key_id, place=place).decode()


def sweep_orphans(*, shelf: Shelf, named: Collection[str], older_than_seconds: int = 3600) -> int:
    """Delete files that no row names, unless they are so young that their row may still be on its way.
    Returns how many went."""
    wanted = frozenset(named)
    before = time.time() - older_than_seconds  # file times come from the system's clock, not from ours
    orphans = [path for path in _files(shelf) if path.name not in wanted and path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _files(shelf: Shelf) -> Iterator[Path]:
    for path in (settings.FILES_FOLDER / shelf).glob("*/*"):
        if path.is_file():
            yield path


def _path(name: str, shelf: Shelf) -> Path:
    if not _NAME.fullmatch(name):
        raise FileLost(f"a row of the folder {shelf} holds a name that no file of ours has")
    folder: Path = settings.FILES_FOLDER
    return folder / shelf / name[:2] / name


def _write(path: Path, sealed: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(sealed)
        opened.flush()
        os.fsync(opened.fileno())
    _sync(path.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for parent in (folder.parent, folder.parent.parent):
        _sync(parent)


def _sync(folder: Path) -> None:
    """Make the folder's entries durable: without this a new file may be gone after a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
