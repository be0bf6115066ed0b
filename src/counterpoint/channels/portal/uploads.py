"""Files that come with a post: kept in memory only (never in clear on disk), looked into, and refused in plain words.

`BoundedMemoryUploads` is named in settings as the one upload handler.
"""

import io
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from counterpoint.channels.portal.wording import Wording
from counterpoint.intake.file_types import FileType, file_type_of

LARGEST_FILE = 12_000_000  # above what any pack may allow; a larger one is counted, not kept
LARGEST_POST = 100_000_000
_LONGEST_NAME = 120
_UNUSABLE = re.compile(r"[/\\\x00-\x1f\x7f]")


class BoundedMemoryUploads(FileUploadHandler):
    """Keeps each file in memory up to LARGEST_FILE; of a larger one only the size, so that the page can say so.
    A post above LARGEST_POST is refused before it is read."""

    def handle_raw_input(self, *given: Any, **_more: Any) -> None:
        _input, _meta, content_length = given[:3]
        if content_length > LARGEST_POST:
            raise RequestDataTooBig("the post is larger than any form of ours")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()
        self._is_too_big = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > LARGEST_FILE:
            self._is_too_big = True
            self._kept = io.BytesIO()
        if not self._is_too_big:
            self._kept.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._kept.seek(0)
        return InMemoryUploadedFile(
            file=self._kept,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


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
