"""Files that somebody hands in for a pack, one by one or as a zip: what may be taken, or why not.

A file is taken when it has a place in a pack and its own library reads it: a table or process that could not be run as
it stands is never stored. What must hold between files is `read_pack`'s part.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from counterpoint.kernel.packs import engines
from counterpoint.kernel.packs.folder import MAX_BYTES, MAX_FILES
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.rules.files_are_known import has_a_place
from counterpoint.kernel.packs.source import read_yaml
from counterpoint.kernel.questions.document import short

MAX_FILE_BYTES: Final = 2_000_000
MAX_ZIP_BYTES: Final = 10_000_000
_MAX_PATH_CHARACTERS: Final = 150
_READ_AT_ONCE: Final = 64 * 1024
_LINK: Final = 0o120000
_KIND_OF_FILE: Final = 0o170000
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What unpacking raises where the bytes are not what the zip says of them.
_DAMAGED: Final = (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OSError, zlib.error)


class NotAPackArchive(Exception):
    """The zip is not taken; `problem` says why and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.problem = Problem(".", 0, "archive_refused", what, remedy)
        super().__init__(str(self.problem))


def refusals_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Every reason why one of these files is not taken, by file and line. files: path in the pack to content."""
    found: list[Problem] = []
    for path, content in files.items():
        if len(path) > _MAX_PATH_CHARACTERS or not has_a_place(path):
            what = "A pack has no place for a file of this name"
            found.append(
                Problem(short(path), 0, "stray_file", what, "Choose the file of the pack that it is to replace")
            )
        elif len(content) > MAX_FILE_BYTES:
            what = f"The file has more than {MAX_FILE_BYTES:,} bytes"
            found.append(Problem(path, 0, "file_too_large", what, "Split it, or shorten its texts"))
        else:
            found += _unreadable(path, content)
    return tuple(sorted(set(found)))


def files_of_zip(content: bytes) -> dict[str, bytes]:
    """The files of a pack in a zip, by their path in the pack. A single folder around them all is taken off, as zip
    programs put one; what they add of their own (names that begin with a dot, __MACOSX) is left out.

    Raises NotAPackArchive for what is no zip, too large, encrypted, or names a path that leads out or stands twice.
    Nothing is written anywhere, and never more is unpacked than a pack may hold."""
    if len(content) > MAX_ZIP_BYTES:
        raise NotAPackArchive(f"The zip has more than {MAX_ZIP_BYTES:,} bytes", "Leave out what does not belong")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_FILES:
                raise NotAPackArchive(f"The zip holds more than {MAX_FILES} files", "Leave out what does not belong")
            for member in members:
                _check_member(member)
            return _without_folder(_unpacked(archive, [member for member in members if _counts(member)]))
    except _DAMAGED:
        raise NotAPackArchive("This is not a zip that can be read", "Zip the pack's folder again") from None


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """The files as one zip, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), files[path], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _unreadable(path: str, content: bytes) -> list[Problem]:
    match PurePosixPath(path).suffix:
        case ".dmn":
            return engines.read_decision(path, content)[1]
        case ".bpmn":
            return engines.process_problems(path, content)
        case ".yaml":
            document, problems = read_yaml(path, content)
            return problems if document is None else []
    try:
        content.decode()
    except UnicodeDecodeError:
        return [Problem(path, 0, "not_utf_8", "This is not UTF-8 text", "Save the file as UTF-8")]
    return []


def _counts(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    hidden = any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts
    return not member.is_dir() and not hidden


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in member.orig_filename or ":" in name or "\0" in name
    if leads_out:
        raise NotAPackArchive("A path in the zip leads out of the pack", "Zip the pack's own folder again")
    if (member.external_attr >> 16) & _KIND_OF_FILE == _LINK:
        raise NotAPackArchive("The zip holds a link", "Put a copy of the file in its place")
    if member.compress_type not in _METHODS:  # others unpack any amount at once, before it can be counted
        raise NotAPackArchive("The zip is packed by an unusual method", "Zip it again as an ordinary zip")
    if member.flag_bits & 0x1:
        raise NotAPackArchive("The zip is encrypted", "Zip it again without a password")


def _unpacked(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Counted while unpacking: the sizes that a zip names of itself may be lies."""
    files: dict[str, bytes] = {}
    total = 0
    for member in members:
        if member.filename in files:
            raise NotAPackArchive("A path stands twice in the zip", "Zip the pack's folder again")
        kept = bytearray()
        with archive.open(member) as stream:
            while part := stream.read(_READ_AT_ONCE):
                kept += part
                total += len(part)
                if len(kept) > MAX_FILE_BYTES or total > MAX_BYTES:
                    what = f"A file of the zip unpacks to more than {MAX_FILE_BYTES:,} bytes, or all to more than "
                    raise NotAPackArchive(f"{what}{MAX_BYTES:,}", "A pack needs neither; leave out what is so large")
        files[member.filename] = bytes(kept)
    return files


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    if not files:
        raise NotAPackArchive("The zip holds no files", "Zip the folder that holds pack.yaml")
    firsts = {PurePosixPath(path).parts[0] for path in files}
    if "pack.yaml" not in files and len(firsts) == 1:
        folder = firsts.pop()
        files = {path.removeprefix(f"{folder}/"): content for path, content in files.items()}
    if "pack.yaml" not in files:
        raise NotAPackArchive("The zip holds no pack.yaml", "Zip the whole pack, or upload single files")
    return files
