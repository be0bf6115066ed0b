"""One cell of a table: text in, checked test out.

What is understood (anything else is refused with its place):

    -                      anything, also a fact that is missing (an empty cell says the same)
    "a"   5   true   date("2026-05-01")   @"2026-05-01"   null      a literal
    < 5   <= 5   > 5   >= 5                                         a comparison
    [1..5]   (1..5)   ]1..5[   [1..5)  …                            a range; ( and ] before it leave the end out
    "a", "b", [1..3]                                                any of these
    not("a", "b")                                                   known, and none of these

A fact that is missing (null) fits only `-` and a list that names `null`. It never fits a comparison, a range or a
`not(…)`: what nobody knows must not pass as "not yes". Strings and booleans have no order, so no `<` and no ranges.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

Value = str | bool | Decimal | date

MAX_CELL_CHARACTERS = 4_000
MAX_ALTERNATIVES = 500


class ValueType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


ORDERED = (ValueType.NUMBER, ValueType.DATE)


class CellError(Exception):
    """A cell that is not understood: what is wrong and what to do; the reader adds the place."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Equal:
    """Fits one value; None stands for a missing fact."""

    value: Value | None

    def fits(self, value: Value | None) -> bool:
        return value == self.value


@dataclass(frozen=True)
class Interval:
    """Fits what lies between two ends; an end that is None is open for ever."""

    low: Decimal | date | None
    high: Decimal | date | None
    with_low: bool = False
    with_high: bool = False

    def fits(self, value: Value | None) -> bool:
        return value is not None and self._above_low(value) and self._below_high(value)

    def _above_low(self, value: Value) -> bool:
        return self.low is None or value > self.low or (self.with_low and value == self.low)  # type: ignore[operator] # same type by the parser

    def _below_high(self, value: Value) -> bool:
        return self.high is None or value < self.high or (self.with_high and value == self.high)  # type: ignore[operator] # same type by the parser


Test = Equal | Interval


@dataclass(frozen=True)
class Cell:
    """`tests` are alternatives; none at all means anything fits. `negated`: known, and no alternative fits."""

    text: str
    tests: tuple[Test, ...] = ()
    negated: bool = False

    @property
    def fits_anything(self) -> bool:
        return not self.tests

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that it names."""
        return tuple(test.value for test in self.tests if isinstance(test, Equal) and isinstance(test.value, str))

    def fits(self, value: Value | None) -> bool:
        if self.fits_anything:
            return True
        hit = any(test.fits(value) for test in self.tests)
        return value is not None and not hit if self.negated else hit


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<dots>\.\.)
    | (?P<number>-?(?:\d+(?:\.\d+)?|\.\d+))
    | (?P<op><=|>=|<|>)
    | (?P<mark>[\[\](),@])
    | (?P<word>[A-Za-z_]+)
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_FORMS = "Use -, a value, a list of values, <, <=, >, >=, a range such as [1..5], or not(…)."


def parse_cell(text: str, value_type: ValueType) -> Cell:
    """The checked test of an input cell. Raises CellError."""
    stripped = text.strip()
    if len(stripped) > MAX_CELL_CHARACTERS:
        raise CellError(f"the cell is longer than {MAX_CELL_CHARACTERS:,} characters", "Split the row.")
    if stripped in ("", "-"):
        return Cell("-")
    reader = _Reader(_tokens(stripped), value_type)
    negated = reader.take("word", "not")
    if negated:
        reader.need("(")
    tests = reader.tests()
    if negated:
        reader.need(")")
    reader.need_end()
    return Cell(stripped, tests, negated)


def parse_literal(text: str, value_type: ValueType) -> Value:
    """The value of an output cell. Raises CellError."""
    stripped = text.strip()
    if len(stripped) > MAX_CELL_CHARACTERS:
        raise CellError(f"the cell is longer than {MAX_CELL_CHARACTERS:,} characters", "Shorten it.")
    reader = _Reader(_tokens(stripped), value_type)
    value = reader.literal()
    reader.need_end()
    if value is None:
        raise CellError("an output cannot be null", "Write a value.")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise CellError(f"{_shown(text[position:].strip())} is not understood", _FORMS)
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return tokens


def _shown(text: str) -> str:
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"  # noqa: PLR2004 # enough to find it by


class _Reader:
    """Reads tokens from left to right; no step back, no nesting, so no depth to exhaust."""

    def __init__(self, tokens: list[tuple[str, str]], value_type: ValueType) -> None:
        self._tokens = tokens
        self._at = 0
        self._type = value_type

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def take(self, kind: str, text: str) -> bool:
        if self._peek() == (kind, text):
            self._at += 1
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take("mark", mark):
            found = self._peek()[1]
            raise CellError(f"`{mark}` is expected, not {_shown(found) if found else 'the end of the cell'}", _FORMS)

    def need_end(self) -> None:
        kind, text = self._peek()
        if kind != "end":
            raise CellError(f"{_shown(text)} is not understood here", _FORMS)

    def tests(self) -> tuple[Test, ...]:
        found = [self._test()]
        while self.take("mark", ","):
            found.append(self._test())
            if len(found) > MAX_ALTERNATIVES:
                raise CellError(f"there are more than {MAX_ALTERNATIVES} alternatives in the cell", "Split the row.")
        return tuple(found)

    def _test(self) -> Test:
        kind, text = self._peek()
        if kind == "op":
            self._at += 1
            return self._comparison(text)
        if kind == "mark" and text in "[](":
            self._at += 1
            return self._range(with_low=text == "[")
        return Equal(self.literal())

    def _comparison(self, operator: str) -> Interval:
        end = self._end()
        if operator.startswith("<"):
            return Interval(None, end, with_high=operator == "<=")
        return Interval(end, None, with_low=operator == ">=")

    def _range(self, *, with_low: bool) -> Interval:
        low = self._end()
        if not self.take("dots", ".."):
            raise CellError("a range needs two dots between its ends", "Write it like [1..5].")
        high = self._end()
        kind, text = self._peek()
        if kind != "mark" or text not in "[])":
            raise CellError("a range is not closed", "Write it like [1..5], (1..5] or ]1..5[.")
        self._at += 1
        interval = Interval(low, high, with_low, text == "]")
        if low > high or (low == high and not (interval.with_low and interval.with_high)):  # type: ignore[operator] # same type
            raise CellError("no value lies in this range", "Put the lower end first.")
        return interval

    def _end(self) -> Decimal | date:
        if self._type not in ORDERED:
            raise CellError(
                f"a {self._type} has no order, so it cannot be compared or lie in a range",
                "List the values instead, or make the column a number or a date.",
            )
        value = self.literal()
        if isinstance(value, Decimal | date):
            return value
        raise CellError("null cannot be the end of a comparison or a range", "Write a value.")

    def literal(self) -> Value | None:
        kind, text = self._peek()
        self._at += 1
        if (kind, text) == ("word", "null"):
            return None
        value = self._value(kind, text)
        if _TYPE_OF[type(value)] is not self._type:
            raise CellError(
                f"{_shown(text)} is a {_TYPE_OF[type(value)]}, but the column holds a {self._type}",
                _LIKE[self._type],
            )
        return value

    def _value(self, kind: str, text: str) -> Value:
        if kind == "string":
            return _unescaped(text)
        if kind == "number":
            return _number(text)
        if (kind, text) in (("word", "true"), ("word", "false")):
            return text == "true"
        if (kind, text) == ("mark", "@"):
            return self._date()
        if (kind, text) == ("word", "date"):
            self.need("(")
            value = self._date()
            self.need(")")
            return value
        if kind == "word":
            raise CellError(
                f"{_shown(text)} is not a value; names and calls are not allowed",
                f'If a text is meant, write it in quotes: "{text[:40]}".',
            )
        raise CellError(f"{_shown(text) if text else 'the end of the cell'} stands where a value is expected", _FORMS)

    def _date(self) -> date:
        kind, text = self._peek()
        self._at += 1
        try:
            if kind == "string":
                return date.fromisoformat(text[1:-1])
        except ValueError:
            pass
        raise CellError(f"{_shown(text)} is not a date", 'Write it like date("2026-05-01").')


_TYPE_OF: dict[type, ValueType] = {
    str: ValueType.STRING,
    bool: ValueType.BOOLEAN,
    Decimal: ValueType.NUMBER,
    date: ValueType.DATE,
}
_LIKE = {
    ValueType.STRING: 'Write a text in quotes: "…".',
    ValueType.NUMBER: "Write a number: 5 or 2.5.",
    ValueType.BOOLEAN: "Write true or false.",
    ValueType.DATE: 'Write a date: date("2026-05-01").',
}


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise CellError(
            f"{_shown(text)} has more than 12 digits before or 6 after the point, or none before it",
            "Write a shorter number.",
        )
    return Decimal(text)


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        mark = match.group(1)
        if mark.startswith("u") and len(mark) > 1:
            return chr(int(mark[1:], 16))
        if mark not in _ESCAPED:
            raise CellError(f"`\\{mark}` is not a known escape in a text", 'Use \\", \\\\, \\n, \\t or \\u0041.')
        return _ESCAPED[mark]

    value = _ESCAPE.sub(one, text[1:-1])
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise CellError("a text holds half of a character (a lone surrogate)", "Write the character itself.")
    return value
