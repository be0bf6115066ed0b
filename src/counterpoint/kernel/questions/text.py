"""Which characters text may hold, as patterns that Python and JSON Schema read alike.

Refused everywhere: control characters other than tab, line feed and carriage return (PostgreSQL refuses NUL, terminals
obey the others), and lone surrogates (no encoding can store them). A form's text is cleaned of them; a program's is
refused, because it should know better.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Class bodies are ASCII escapes, so that a schema printed anywhere stays readable and intact.
UNUSABLE: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff"
WHITE: Final = r" \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
# Not `$`: Python's matches before a last line feed as well.
END: Final = r"(?![\s\S])"

USABLE_PATTERN: Final = f"^[^{UNUSABLE}]*{END}"
BLANK_PATTERN: Final = f"^[{WHITE}]*{END}"
GIVEN_PATTERN: Final = f"[^{WHITE}]"

MAX_FIELD_LENGTH: Final = 100_000
"""A posted field is cut here, far above any question's own limit, so that no session has to carry megabytes."""

_UNUSABLE = re.compile(f"[{UNUSABLE}]")
_WHITE_SIGNS = " \t\n\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_USABLE = re.compile(USABLE_PATTERN)
_MAX_DIGITS = 9


def usable(text: str) -> bool:
    return _USABLE.search(text) is not None


def trimmed(text: str) -> str:
    """The text with line ends as line feeds and no white space around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.strip(_WHITE_SIGNS)


def cleaned(text: str) -> str:
    """What a form sent, cut to a sane length, line ends as line feeds, unusable characters left out."""
    lines = text[:MAX_FIELD_LENGTH].replace("\r\n", "\n").replace("\r", "\n")
    return _UNUSABLE.sub("", lines)


def western_digits(text: str) -> str:
    """The text with every decimal digit as 0 to 9: people who write Arabic may type their own."""
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def whole_number(value: object) -> int | None:
    """The whole number that a JSON number stands for (15 and 15.0 are the same to JSON), else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def number_or_text(text: str) -> int | str:
    """A typed number, or the text as it was typed when it is none."""
    digits = western_digits(trimmed(text))
    if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(digits)
    return trimmed(text)


def as_field(value: object) -> str:
    """A part of an answer as the text of an input field."""
    if isinstance(value, str):
        return cleaned(value)
    number = whole_number(value)
    # Python refuses to print numbers of thousands of digits.
    return str(number) if number is not None and abs(number) < 10**_MAX_DIGITS else ""
