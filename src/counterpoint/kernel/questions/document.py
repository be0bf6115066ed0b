"""Reading a document that people write (a question set, a list of categories), collecting every problem on the way.

A `Part` is a place in the document. Its methods give what stands there or, after noting a problem, a harmless
stand-in, so that reading goes on and the author learns all that is wrong at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from counterpoint.kernel.questions.problems import Path, Problem

E = TypeVar("E", bound=StrEnum)

ID_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
NOTHING: Final = object()
"""Stands for what the document lacks."""

_SHAPES: Final[Mapping[str, str]] = {
    "str": "a text",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "date": "a date",
    "NoneType": "nothing",
}


class Part:
    """One place in a document."""

    def __init__(self, value: object, path: Path, problems: list[Problem]) -> None:
        self.value = value
        self.path = path
        self.problems = problems

    def note(self, code: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.path, code, what, remedy))

    def keyed(self, known: Collection[str], *, what: str) -> Part:
        """This part as a mapping that has only the known keys; a stranger is noted with the nearest known name."""
        if not isinstance(self.value, Mapping):
            self.note(
                "not_a_mapping", f"{what} is {shape(self.value)}, not keys with values", "Write it as `key: value`"
            )
            # A list of its own: what is missing in a mapping that is none would only distract.
            return Part({}, self.path, [])
        for key in self.value:
            if key not in known:
                self._note_stranger(key, known, what)
        return self

    def at(self, key: str) -> Part:
        """The part under a key; its value is NOTHING when the key is absent."""
        source = self.value if isinstance(self.value, Mapping) else {}
        if key in source:
            return Part(source[key], (*self.path, key), self.problems)
        return Part(NOTHING, self.path, self.problems)

    def has(self, key: str) -> bool:
        return isinstance(self.value, Mapping) and key in self.value

    def entries(self) -> Iterator[tuple[str, Part]]:
        """The keys of a mapping with their parts; nothing when it is none."""
        if isinstance(self.value, Mapping):
            for key in self.value:
                yield str(key), Part(self.value[key], (*self.path, key), self.problems)

    def items(self, key: str, *, required: bool = True) -> tuple[Part, ...]:
        """The members of the list under a key."""
        part = self.at(key)
        if part.value is NOTHING:
            if required:
                self.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with a list")
            return ()
        if not isinstance(part.value, (list, tuple)):
            part.note(
                "not_a_list", f"`{key}` is {shape(part.value)}, not a list", "Write one member a line, each after `- `"
            )
            return ()
        if not part.value and required:
            part.note("empty_list", f"`{key}` is empty", "Add at least one member")
        return tuple(Part(item, (*part.path, index), self.problems) for index, item in enumerate(part.value))

    def text(self, key: str) -> str:
        """A text that must be there and must say something."""
        if not self.has(key):
            self.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with a text")
            return ""
        return self.text_if_any(key) or ""

    def text_if_any(self, key: str) -> str | None:
        part = self.at(key)
        if part.value is NOTHING:
            return None
        if not isinstance(part.value, str):
            part.note("not_a_text", f"`{key}` is {shape(part.value)}, not a text", 'Put it in quotation marks: "…"')
            return None
        if not part.value.strip():
            part.note("empty_text", f"`{key}` is empty", f"Write a text, or leave `{key}` out")
            return None
        return part.value

    def id(self, key: str = "id") -> str:
        """A name for machines that must be there."""
        text = self.text(key)
        if text and not ID_PATTERN.fullmatch(text):
            self.at(key).note(
                "not_an_id",
                f"`{short(text)}` is not a usable {key}",
                "Use a to z, 0 to 9 and _, a letter first, at most 64 of them",
            )
        return text

    def flag(self, key: str) -> bool:
        """true or false; false when absent."""
        part = self.at(key)
        if part.value is NOTHING:
            return False
        if not isinstance(part.value, bool):
            part.note(
                "not_a_flag", f"`{key}` is {shape(part.value)}, not true or false", "Write true or false, unquoted"
            )
            return False
        return part.value

    def number(self, key: str, *, low: int, high: int) -> int | None:
        """A whole number from low to high; None when absent or wrong."""
        part = self.at(key)
        if part.value is NOTHING:
            return None
        if isinstance(part.value, bool) or not isinstance(part.value, int) or not low <= part.value <= high:
            part.note(
                "not_a_number", f"`{key}` is not a whole number from {low} to {high}", "Write such a number, unquoted"
            )
            return None
        return part.value

    def day(self, key: str, *, required: bool = True) -> date | None:
        part = self.at(key)
        if part.value is NOTHING:
            if required:
                self.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with a date such as 2026-04-01")
            return None
        if not isinstance(part.value, date):
            part.note("not_a_date", f"`{key}` is not a date", "Write year-month-day, unquoted, such as 2026-04-01")
            return None
        return part.value

    def one_of(self, key: str, names: type[E], *, default: E) -> E | None:
        """A member of an enum; the default when absent, None (after noting it) when it is no member."""
        text = self.text_if_any(key)
        if text is None:
            return None if self.has(key) else default
        if text in set(names):
            return names(text)
        listed = [str(name) for name in names]
        self.at(key).note(
            "not_a_name", f"`{key}` cannot be `{short(text)}`", f"Use one of: {', '.join(listed)}{meant(text, listed)}"
        )
        return None

    def one_of_required(self, key: str, names: type[E], *, stand_in: E) -> E:
        if not self.has(key):
            self.note("missing_key", f"`{key}` is missing", f"Add `{key}:` with one of: {', '.join(names)}")
            return stand_in
        return self.one_of(key, names, default=stand_in) or stand_in

    def _note_stranger(self, key: object, known: Collection[str], what: str) -> None:
        path = (*self.path, key if isinstance(key, (str, int)) else str(key))
        remedy = f"Remove it, or use one of: {', '.join(sorted(known))}{meant(str(key), known)}"
        self.problems.append(Problem(path, "unknown_key", f"{what} has no key `{short(str(key))}`", remedy))


def shape(value: object) -> str:
    """What kind of thing an author wrote, in words."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return _SHAPES.get(type(value).__name__, "something else")


def short(text: str) -> str:
    """What was written, short enough for a message and without signs that could disturb a terminal."""
    printable = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:60])
    return printable if len(text) <= len(printable) else f"{printable}…"


def meant(text: str, known: Collection[str]) -> str:
    """(did you mean `…`?), when a known name is near."""
    near = get_close_matches(text[:80], known, n=1, cutoff=0.6)
    return f" (did you mean `{near[0]}`?)" if near else ""
