"""A pack's files from a folder: the only part of this library that touches a disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from counterpoint.kernel.packs.problems import NotAPackFolder

MAX_FILES: Final = 500
MAX_BYTES: Final = 50_000_000


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of the folder: path in it, with slashes, to content. Hidden files (.gitkeep, .DS_Store) are left out.

    Raises NotAPackFolder for what is no readable folder, holds a link, or is too large to be a pack.
    """
    if not folder.is_dir():
        raise NotAPackFolder(f"{folder} is not a folder; give the folder that holds pack.yaml")
    files: dict[str, bytes] = {}
    total = 0
    try:
        for path in _paths(folder):
            total += path.stat().st_size
            if len(files) >= MAX_FILES or total > MAX_BYTES:
                raise NotAPackFolder(f"{folder} has more than {MAX_FILES} files or {MAX_BYTES:,} bytes; is it a pack?")
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    except OSError as error:
        raise NotAPackFolder(f"{folder} cannot be read: {error.strerror}; check its permissions") from error
    return files


def _paths(folder: Path) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in (*folders, *names):
            path = Path(parent, name)
            # A link could lead out of the folder, and what it leads to is not in the content hash.
            if path.is_symlink():
                raise NotAPackFolder(f"{path} is a symbolic link; put a copy of the file into the pack")
        found.extend(Path(parent, name) for name in sorted(names) if not name.startswith("."))
        if len(found) > MAX_FILES:
            return found[: MAX_FILES + 1]
    special = next((path for path in found if not path.is_file()), None)
    if special is not None:
        raise NotAPackFolder(f"{special} is not an ordinary file; remove it from the pack")
    return found
