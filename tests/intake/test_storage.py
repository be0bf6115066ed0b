"""What is stored is ciphertext under an opaque name, readable by us alone, and on disk when we say so."""

import os
import stat
import time
from pathlib import Path

import pytest
from django.conf import settings

from counterpoint.intake import storage
from counterpoint.intake.storage import FileLost, Shelf, StoreFull


def _path(name: str, shelf: Shelf):
    return settings.FILES_FOLDER / shelf / name[:2] / name


def test_what_was_put_comes_back_and_goes():
    name = storage.put(b"sealed", shelf=Shelf.SEALED)
    assert storage.get(name, shelf=Shelf.SEALED) == b"sealed"
    assert stat.S_IMODE(_path(name, Shelf.SEALED).stat().st_mode) == 0o600
    storage.remove([name], shelf=Shelf.SEALED)
    storage.remove([name], shelf=Shelf.SEALED)
    with pytest.raises(FileLost):
        storage.get(name, shelf=Shelf.SEALED)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "g" * 32, "0" * 32 + "\n"])
def test_names_that_are_not_ours_reach_nothing(name):
    with pytest.raises(FileLost):
        storage.get(name, shelf=Shelf.SEALED)
    storage.remove([name], shelf=Shelf.SEALED)


def test_file_and_folder_are_synced_before_the_name_is_given(monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(str(Path(f"/proc/self/fd/{handle}").readlink())), real(handle))
    )
    name = storage.put(b"sealed", shelf=Shelf.WORKING)
    assert str(_path(name, Shelf.WORKING)) in synced
    assert str(_path(name, Shelf.WORKING).parent) in synced
    assert synced.index(str(_path(name, Shelf.WORKING))) < len(synced) - 1


def test_a_full_disk_is_a_refusal_and_leaves_nothing(monkeypatch):
    before = set((settings.FILES_FOLDER / Shelf.SEALED).glob("*/*"))
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreFull) as error:
        storage.put(b"sealed", shelf=Shelf.SEALED)
    assert error.value.retry_helps
    assert set((settings.FILES_FOLDER / Shelf.SEALED).glob("*/*")) == before


def test_room_is_left_for_the_database(monkeypatch):
    monkeypatch.setattr(storage, "_FREE_BYTES_KEPT", 2**62)
    with pytest.raises(StoreFull):
        storage.put(b"sealed", shelf=Shelf.SEALED)


def test_only_old_files_without_a_row_are_swept():
    named, orphan, young = (storage.put(b"x", shelf=Shelf.QUARANTINE) for _ in range(3))
    for name in (named, orphan):
        os.utime(_path(name, Shelf.QUARANTINE), (time.time() - 7200,) * 2)
    assert storage.sweep_orphans(shelf=Shelf.QUARANTINE, named={named}) >= 1
    assert _path(named, Shelf.QUARANTINE).exists()
    assert _path(young, Shelf.QUARANTINE).exists()
    assert not _path(orphan, Shelf.QUARANTINE).exists()
