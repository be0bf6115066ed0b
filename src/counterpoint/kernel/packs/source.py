"""YAML 1.2 text to plain values with the line of each, safe against whatever the text holds.

Built from libyaml's events, without recursion, so that no nesting can exhaust the stack. Which scalars are numbers,
flags or dates is ours to say: PyYAML itself follows YAML 1.1 (docs/decisions/0045). Refused with its line: anchors and
aliases (a few of them can stand for gigabytes), tags, repeated keys, keys that are no text, several documents, nesting
beyond MAX_DEPTH, text beyond MAX_BYTES, and anything but UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import shape, short
from counterpoint.kernel.questions.problems import Path

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 32
_MOST_BYTES_KEPT: Final = 100_000

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[-+]?(?:\.[0-9]{1,40}|[0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,3})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Document:
    """A file's plain value. lines: from the path of each part to the line where it begins, from 1."""

    value: object
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of this part, or of the nearest part around it that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_yaml(file: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """The document, None when the text cannot be read on, and the problems of its notation. Only to be read: who asks
    again may be given the same document."""
    if len(data) > MAX_BYTES:
        what = f"The file has more than {MAX_BYTES:,} bytes"
        return None, [Problem(file, 0, "file_too_large", what, "Split it, or shorten its texts")]
    document, problems = _read_lately(file, data) if len(data) <= _MOST_BYTES_KEPT else _read(file, data)
    return document, list(problems)


def _read(file: str, data: bytes) -> tuple[Document | None, Sequence[Problem]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [Problem(file, line, "not_utf_8", "This is not UTF-8 text", "Save the file as UTF-8")]
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
            if builder.stopped:
                return None, builder.problems
    except yaml.YAMLError as error:
        return None, [*builder.problems, _notation_problem(file, error)]
    return Document(builder.root, builder.lines), builder.problems


# Who changes a pack changes one file of fifty, and has the whole read again at each step.
_read_lately = lru_cache(maxsize=100)(_read)


@dataclass
class _Open:
    """A mapping or list whose end is still to come."""

    value: dict[str, object] | list[object]
    path: Path
    key: str | None = None
    awaits_key: bool = True


@dataclass
class _Builder:
    file: str
    root: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stopped: bool = False
    _open: list[_Open] = field(default_factory=list)
    _documents: int = 0

    def take(self, event: Event) -> None:
        line = _line(event)
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "several_documents", "A second document begins here", "Put it into a file of its own")
        elif isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self._stop(
                line, "anchor", "Anchors (&) and aliases (*) are not allowed", "Write the part out; quote `*` and `&`"
            )
        elif getattr(event, "tag", None):
            self._stop(line, "tag", "Tags (!) are not allowed", "Remove it; quote a text that begins with `!`")
        else:
            self._take_part(event, line)

    def _take_part(self, event: Event, line: int) -> None:
        if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._open.pop()
        elif isinstance(event, ScalarEvent):
            self._take_scalar(event, line)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._take_start({} if isinstance(event, MappingStartEvent) else [], line)

    def _take_start(self, value: dict[str, object] | list[object], line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._stop(line, "too_deep", f"Parts are nested more than {MAX_DEPTH} deep", "Nest less")
            return
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].awaits_key:
            self._stop(
                line, "key_not_a_text", "A mapping or list stands where a key should be", "Quote texts with { or ["
            )
            return
        path = self._place(value, line)
        self._open.append(_Open(value, path))

    def _take_scalar(self, event: ScalarEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        value = event.value if event.style else _plain(event.value)  # a plain scalar has no style
        if top and isinstance(top.value, dict) and top.awaits_key:
            self._take_key(top, top.value, value, event.value, line)
        else:
            self._place(value, line)

    def _take_key(self, top: _Open, mapping: dict[str, object], key: object, text: str, line: int) -> None:
        if not isinstance(key, str):
            what = f"The key `{short(text)}` is read as {shape(key)}, not as a text"
            self.problems.append(
                Problem(self.file, line, "key_not_a_text", what, f'Put it in quotation marks: "{short(text)}"')
            )
        if text in mapping:
            first = self.lines[(*top.path, text)]
            what = f"The key `{short(text)}` is given twice, first on line {first}"
            self.problems.append(Problem(self.file, line, "key_given_twice", what, "Keep one of the two"))
        top.key, top.awaits_key = text, False
        self.lines.setdefault((*top.path, text), line)

    def _place(self, value: object, line: int) -> Path:
        """Put a value where it belongs; its path."""
        if not self._open:
            path: Path = ()
            self.root = value
        else:
            path = self._place_in(self._open[-1], value)
        self.lines.setdefault(path, line)
        return path

    @staticmethod
    def _place_in(top: _Open, value: object) -> Path:
        if isinstance(top.value, list):
            top.value.append(value)
            return (*top.path, len(top.value) - 1)
        key = top.key or ""
        top.value.setdefault(key, value)
        top.awaits_key = True
        return (*top.path, key)

    def _stop(self, line: int, code: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line, code, what, remedy))
        self.stopped = True


def _plain(text: str) -> object:
    """An unquoted scalar by the core schema of YAML 1.2 (yes and no are texts), dates besides."""
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return _day_or_text(text)


def _day_or_text(text: str) -> date | str:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else text
    except ValueError:
        return text


def _line(event: Event) -> int:
    mark: Any = event.start_mark
    return int(mark.line) + 1 if mark else 1


def _notation_problem(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    found = getattr(error, "problem", None) or "a character that YAML does not allow"
    what = f"This is not YAML: {short(str(found))}"
    remedy = "Check indentation and colons here and just above; put texts with `: ` or `#` in quotation marks"
    return Problem(file, int(mark.line) + 1 if mark else 0, "not_yaml", what, remedy)
