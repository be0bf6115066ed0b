"""Files that come with a post: kept in memory only (never in clear on disk), looked into, and refused in plain words.

`BoundedMemoryUploads` is named in settings as the one upload handler.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from counterpoint.base.uploads import MemoryUploads
from counterpoint.channels.portal.wording import Wording
from counterpoint.intake.file_types import FileType, file_type_of

LARGEST_FILE = 12_000_000  # above what any pack may allow; a larger one is counted, not kept
LARGEST_POST = 100_000_000
_LONGEST_NAME = 120
_UNUSABLE = re.compile(r"[/\\\x00-\x1f\x7f]")


class BoundedMemoryUploads(MemoryUploads):
    """For every page that says nothing else."""

    largest_file, largest_post = LARGEST_FILE, LARGEST_POST


@dataclass(frozen=True)
class Upload:
    """A file that the pack accepts."""

    name: str
    type: FileType
    content: bytes


@dataclass(frozen=True)
class RefusedUpload:
    """Why a file cannot be taken, for the page."""

    text: str


def looked_into(file: "UploadedFile[bytes]", wording: Wording) -> Upload | RefusedUpload:
    """The file, or why not: size, then what it is inside."""
    limits = wording.pack.uploads
    name = shown_name(file.name or "")
    size = file.size or 0
    if size > min(limits.max_bytes_each, LARGEST_FILE):
        return RefusedUpload(wording("errors.file_too_big", name=name, size=limits.max_bytes_each // 1_000_000))
    content = file.read()
    if not content:
        return RefusedUpload(wording("errors.file_empty", name=name))
    found = file_type_of(content)
    if found is None or found.id not in limits.accept:
        return RefusedUpload(wording("errors.file_type", name=name))
    return Upload(name, found, content)


def shown_name(name: str) -> str:
    """A name that can be shown and stored: one line, no folders, no marks that turn the writing direction."""
    plain = _UNUSABLE.sub("", unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()))
    visible = "".join(character for character in plain if unicodedata.category(character) not in {"Cf", "Cc", "Co"})
    stem, dot, ending = visible.strip().rpartition(".")
    if not stem:
        return visible.strip()[:_LONGEST_NAME] or "file"
    return f"{stem[: _LONGEST_NAME - 10]}{dot}{ending[:8]}"
