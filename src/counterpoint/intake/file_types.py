"""What a file is, found by looking inside; what its name or the browser claims counts only where the inside cannot say.

Taking the hidden details out of it: the task that follows the arrival.
"""

import io
import zipfile
from dataclasses import dataclass

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "docx": f"{_OPEN_XML}wordprocessingml.document",
    "xlsx": f"{_OPEN_XML}spreadsheetml.sheet",
    "pptx": f"{_OPEN_XML}presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain",
}
_STARTS = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"%PDF-": "pdf",
}
_OPEN_XML_PARTS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_PDF_MAY_START_WITHIN = 1024
_MOST_PARTS = 5000
_TEXT_LOOKED_AT = 65536


@dataclass(frozen=True)
class FileType:
    """id: the pack's short name, such as jpeg."""

    id: str
    media_type: str


def file_type_of(content: bytes) -> FileType | None:
    """The type, if it is one that a pack can accept; None for anything else, also for office files with macros."""
    found = _by_start(content) or _by_parts(content) or _as_text(content)
    return FileType(found, MEDIA_TYPES[found]) if found else None


def _by_start(content: bytes) -> str | None:
    for start, found in _STARTS.items():
        if content.startswith(start):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return "pdf" if b"%PDF-" in content[:_PDF_MAY_START_WITHIN] and not _is_text(content[:64]) else None


def _by_parts(content: bytes) -> str | None:
    """Office documents: zip archives told apart by what lies in them. Only the directory is read, nothing unpacked."""
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[: _MOST_PARTS + 1]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if len(names) > _MOST_PARTS or any("vbaproject" in name.casefold() for name in names):
        return None
    if "[Content_Types].xml" in names:
        kinds = {kind for part, kind in _OPEN_XML_PARTS.items() if any(name.startswith(part) for name in names)}
        return kinds.pop() if len(kinds) == 1 else None
    return "odt" if content[30:38] == b"mimetype" and MEDIA_TYPES["odt"].encode() in content[38:100] else None


def _as_text(content: bytes) -> str | None:
    return "txt" if content and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    """UTF-8 (or UTF-16 with its mark) without control characters."""
    start = content[:_TEXT_LOOKED_AT]
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = start.decode(encoding, errors="replace")
    cut = len(content) > _TEXT_LOOKED_AT
    if "\ufffd" in (text[:-2] if cut else text):
        return False
    return all(character >= " " or character in "\t\n\r\f" for character in text)
