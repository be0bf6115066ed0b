"""Conditions on flows: a grammar of our own, so that nothing in a process file is ever run as code.

    condition  := any
    any        := all ("or" all)*
    all        := one ("and" one)*
    one        := "not" one | "(" any ")" | comparison
    comparison := name ("==" | "!=" | "<" | "<=" | ">" | ">=") literal
    name       := step_id "." field | field
    literal    := "text" | 'text' | number | true | false | null

`step_id.field` is what a step recorded (the last time it was done), `field` a fact given at the start. A value that
was not recorded leaves a comparison undecided, except `== null` and `!= null`, which ask just that. What is undecided
is never taken for false: "false and undecided" is false, "true or undecided" is true, the rest stays undecided.
There are no calls, no attributes, no arithmetic; length and depth are bounded.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MAX_CHARACTERS = 1_000
MAX_DEPTH = 20

Scalar = str | int | float | bool | None
Literal = str | bool | Decimal | None


class ConditionError(Exception):
    """A condition that is not understood: what is wrong and what to do; the reader adds the place."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Name:
    """`step_id` is None for a fact given at the start."""

    step_id: str | None
    field: str

    def __str__(self) -> str:
        return f"{self.step_id}.{self.field}" if self.step_id else self.field


@dataclass(frozen=True)
class Comparison:
    name: Name
    operator: str
    literal: Literal


@dataclass(frozen=True)
class Not:
    part: "Condition"


@dataclass(frozen=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


Condition = Comparison | Not | All | AnyOf
Lookup = Callable[[Name], Scalar]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"\\]*"|'[^'\\]*')
    | (?P<number>-?\d{1,12}(?:\.\d{1,6})?(?![\w.]))
    | (?P<operator>==|!=|<=|>=|<(?!<)|>(?!>))
    | (?P<bracket>[()])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?(?![\w.]))
    )""",
    re.VERBOSE | re.ASCII,
)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KEYWORDS = frozenset({"and", "or", "not", "true", "false", "null"})
_FORMS = 'Write comparisons like screen.outcome == "advice", joined by and, or, not; no calls and no arithmetic.'
_ORDER = frozenset({"<", "<=", ">", ">="})


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """The checked tree of a condition. Raises ConditionError."""
    if len(text) > MAX_CHARACTERS:
        raise ConditionError(f"it is longer than {MAX_CHARACTERS:,} characters", "Use several gateways.")
    reader = _Reader(list(_tokens(text)))
    condition = reader.any_of(0)
    reader.need_end()
    return condition


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            found = text[position:end].strip()[:30]
            raise ConditionError(f"`{found}` is not understood", _FORMS)
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, token: tuple[str, str]) -> bool:
        if self._peek() == token:
            self._at += 1
            return True
        return False

    def need_end(self) -> None:
        kind, text = self._peek()
        if kind != "end":
            raise ConditionError(f"`{text[:30]}` is not understood here", _FORMS)

    def any_of(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ConditionError(f"it is nested deeper than {MAX_DEPTH} brackets", "Use several gateways.")
        parts = [self._all_of(depth)]
        while self._take(("word", "or")):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._take(("word", "and")):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ConditionError(f"it is nested deeper than {MAX_DEPTH} levels", "Use several gateways.")
        if self._take(("word", "not")):
            return Not(self._one(depth + 1))
        if self._take(("bracket", "(")):
            inner = self.any_of(depth + 1)
            if not self._take(("bracket", ")")):
                raise ConditionError("a bracket is not closed", "Add the missing ).")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        name = self._name()
        kind, operator = self._peek()
        if kind != "operator":
            raise ConditionError(f"a comparison must follow {name}", _FORMS)
        self._at += 1
        literal = self._literal()
        if operator in _ORDER and not isinstance(literal, Decimal):
            raise ConditionError(f"{operator} compares numbers only", "Use == or != for texts, true, false and null.")
        return Comparison(name, operator, literal)

    def _name(self) -> Name:
        kind, text = self._peek()
        if kind != "word" or text in _KEYWORDS:
            raise ConditionError(
                f"`{text[:30]}` stands where a name is expected" if text else "it ends too soon", _FORMS
            )
        self._at += 1
        step_id, _, field = text.rpartition(".")
        if not _FIELD.fullmatch(field):
            raise ConditionError(
                f"`{field[:30]}` is not the name of a value", "Names are like outcome: [a-z][a-z0-9_]*."
            )
        return Name(step_id or None, field)

    def _literal(self) -> Literal:
        kind, text = self._peek()
        self._at += 1
        if kind == "text":
            return text[1:-1]
        if kind == "number":
            return Decimal(text)
        if kind == "word" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        raise ConditionError("a comparison needs a text in quotes, a number, true, false or null at its end", _FORMS)


def names_in(condition: Condition) -> Iterator[Name]:
    return (comparison.name for comparison in comparisons_in(condition))


def comparisons_in(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from comparisons_in(condition.part)
    else:
        for part in condition.parts:
            yield from comparisons_in(part)


def decide(condition: Condition, lookup: Lookup) -> bool | None:
    """True, False, or None where what was recorded does not say. `lookup` gives None for what was not recorded."""
    if isinstance(condition, Comparison):
        return _compare(condition, lookup(condition.name))
    if isinstance(condition, Not):
        inner = decide(condition.part, lookup)
        return None if inner is None else not inner
    verdicts = [decide(part, lookup) for part in condition.parts]
    settling = isinstance(condition, AnyOf)
    if settling in verdicts:
        return settling
    return None if None in verdicts else not settling


def _compare(comparison: Comparison, value: Scalar) -> bool | None:
    if comparison.literal is None:
        return (value is None) == (comparison.operator == "==")
    left, right = _comparable(value), comparison.literal
    if left is None or type(left) is not type(right):
        return None  # a text where a number was meant is a mistake to be told, not a "no"
    if comparison.operator == "==":
        return left == right
    if comparison.operator == "!=":
        return left != right
    return _ordered(comparison.operator, left, right)


def _ordered(operator: str, left: Literal, right: Literal) -> bool | None:
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _comparable(value: Scalar) -> Literal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


@dataclass(frozen=True)
class Phrases:
    """How conditions and ways are told, in one language. Places: {condition} in `if_`, {event} in `when`, {part} in
    `not_`."""

    is_: str = "is"
    is_not: str = "is not"
    less: str = "is less than"
    at_most: str = "is at most"
    more: str = "is more than"
    at_least: str = "is at least"
    recorded: str = "is recorded"
    not_recorded: str = "is not recorded"
    yes: str = "yes"
    no: str = "no"
    and_: str = "and"
    or_: str = "or"
    not_: str = "not ({part})"
    if_: str = "if {condition}"
    when: str = "when {event}"
    otherwise: str = "otherwise"
    the_end: str = "the end"

    def operator(self, operator: str) -> str:
        return {
            "==": self.is_,
            "!=": self.is_not,
            "<": self.less,
            "<=": self.at_most,
            ">": self.more,
            ">=": self.at_least,
        }[operator]


ENGLISH = Phrases()


def condition_in_words(condition: Condition, phrases: Phrases = ENGLISH) -> str:
    """The condition as the middle of a sentence: "outcome is advice or outcome is not known"."""
    if isinstance(condition, Comparison):
        return f"{condition.name.field.replace('_', ' ')} {_comparison_in_words(condition, phrases)}"
    if isinstance(condition, Not):
        return phrases.not_.replace("{part}", condition_in_words(condition.part, phrases))
    joint = f" {phrases.and_} " if isinstance(condition, All) else f" {phrases.or_} "
    return joint.join(_part_in_words(part, phrases) for part in condition.parts)


def _part_in_words(part: Condition, phrases: Phrases) -> str:
    words = condition_in_words(part, phrases)
    return f"({words})" if isinstance(part, All | AnyOf) else words


def _comparison_in_words(comparison: Comparison, phrases: Phrases) -> str:
    if comparison.literal is None:
        return phrases.not_recorded if comparison.operator == "==" else phrases.recorded
    told = phrases.operator(comparison.operator)
    if isinstance(comparison.literal, bool):
        return f"{told} {phrases.yes if comparison.literal else phrases.no}"
    return f"{told} {str(comparison.literal).replace('_', ' ')}"
