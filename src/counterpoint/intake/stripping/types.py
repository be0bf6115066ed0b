"""What comes of stripping."""

from dataclasses import dataclass


class CannotStrip(Exception):
    """The file is damaged, locked, too large when unpacked, or holds something that runs. `why` is one word of
    damaged, locked, too_large, macros, unknown_type; nothing of the file's content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Stripped:
    """The copy, and the kinds of what was taken out, for example ("EXIF", "GPS")."""

    content: bytes
    removed: tuple[str, ...]
