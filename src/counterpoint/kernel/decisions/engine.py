"""Puts facts to a table. The engine (zen) only says which rows fit; hit policies and outputs are ours.

The engine's own table language differs from DMN and its expressions can call functions, so nothing that a person
wrote reaches it as text: columns are numbered, texts are percent-encoded, dates become day numbers, numbers become
whole millionths, a missing fact has a mark of its own, and each cell is written again from its checked tree.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from itertools import compress
from typing import TypeGuard
from urllib.parse import quote

import zen

from counterpoint.kernel.markup import Problem

from .cells import ORDERED, Cell, Equal, Interval, Value, ValueType
from .problems import FactsDoNotFit
from .table import DecisionTable, Evaluation, FiredRule, HitPolicy, Input, Rule, Scalar

MAX_NUMBER = Decimal(10) ** 12
_MILLIONTH = Decimal("0.000001")
_MILLION = 1_000_000
_LOWEST, _HIGHEST = -(10**18), 10**18  # beyond every number and every day, and whole in 64 bits
# A missing fact is a value of its own: with null the engine lets `null` in a list fail when a comparison stands before.
_MISSING_NUMBER = _LOWEST - 1
_MISSING_TEXT = "!"  # no encoded text has this mark


def evaluate(table: DecisionTable, facts: Mapping[str, Scalar]) -> Evaluation:
    """The rules that fire on these facts, as the table's hit policy counts them.

    A fact that the mapping lacks is None; facts that the table does not read are left out. A date may come as a date
    or as ISO text. Numbers are compared to six decimal places. Raises FactsDoNotFit for a value of another type, or
    outside the values that its column allows.
    """
    values = _values(table, facts)
    context = {f"i{n}": _primitive(values[column.name], column.type) for n, column in enumerate(table.inputs)}
    fits = _compiled(table.engine_expression).evaluate(context)
    fired = _counted(table, list(compress(table.rules, fits)))
    read = {column.name: facts.get(column.name) for column in table.inputs}
    return Evaluation(
        table.table_hash,
        read,
        tuple(FiredRule(rule.index, rule.rule_id, dict(rule.outputs), rule.annotation) for rule in fired),
    )


def _counted(table: DecisionTable, fitting: list[Rule]) -> list[Rule]:
    if table.hit_policy is HitPolicy.FIRST:
        return fitting[:1]
    if table.hit_policy is HitPolicy.PRIORITY:
        return sorted(fitting, key=lambda rule: priority(table, rule))[:1]
    return fitting


def priority(table: DecisionTable, rule: Rule) -> tuple[int, ...]:
    """Where the rule's outputs stand in the lists of allowed outputs: the smaller, the higher."""
    return tuple(column.allowed.index(rule.outputs[column.name]) for column in table.outputs if column.allowed)


def _values(table: DecisionTable, facts: Mapping[str, Scalar]) -> dict[str, Value | None]:
    values: dict[str, Value | None] = {}
    problems: list[Problem] = []
    for column in table.inputs:
        try:
            value = _typed(facts.get(column.name), column.type)
        except (TypeError, ValueError, InvalidOperation):
            problems.append(
                Problem(0, f"The fact {column.name} is not a {column.type}.", "Give it as one, or as null.")
            )
            continue
        if not column.admits(value):
            problems.append(_not_allowed(column))
        values[column.name] = value
    if problems:
        raise FactsDoNotFit(problems)
    return values


def _not_allowed(column: Input) -> Problem:
    what = f"The fact {column.name} is not among the values that the table allows ({column.domain.text})."
    return Problem(0, what, "Add the value to the column's allowed values and to its rows.")


def _typed(value: Scalar, value_type: ValueType) -> Value | None:
    if value is None:
        return None
    if value_type is ValueType.STRING and isinstance(value, str):
        return value
    if value_type is ValueType.BOOLEAN and isinstance(value, bool):
        return value
    if value_type is ValueType.NUMBER and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _rounded(value)
    if value_type is ValueType.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if value_type is ValueType.DATE and isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise TypeError


def _rounded(value: float | Decimal) -> Decimal:
    # By way of text, so that 0.1 is a tenth and not the nearest binary fraction.
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= MAX_NUMBER:
        raise ValueError
    return number.quantize(_MILLIONTH, rounding=ROUND_HALF_EVEN)


def _primitive(value: Value | None, value_type: ValueType) -> str | int:
    if value is None:
        return _MISSING_NUMBER if value_type in ORDERED else _MISSING_TEXT
    return _whole(value) if isinstance(value, Decimal | date) else _as_text(value)


def _whole(value: Decimal | date) -> int:
    return value.toordinal() if isinstance(value, date) else int(value * _MILLION)


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return encoded(value)
    return "true" if value else "false"


def encoded(text: str) -> str:
    """The text with every character but letters, digits and _.-~ written as %XX: nothing is left to break out with.
    A lone surrogate, which cannot be written in a table, is kept apart from every text that can."""
    return quote(text, safe="", errors="surrogatepass")


@lru_cache(maxsize=128)
def _compiled(engine_expression: str) -> "zen.Expression":
    return zen.compile_expression(engine_expression)


def engine_expression(columns: Sequence[Input], rules: Sequence[Rule]) -> str:
    """The table in the engine's own language: a list that says of each row, in order, whether the facts fit it.

    One compiled expression and not the engine's own table, which starts two threads and compiles every cell each time
    that it is asked: thirty times as long for a table of our size."""
    return f"[{', '.join(_row(columns, rule.cells) for rule in rules)}]"


def _row(columns: Sequence[Input], cells: Sequence[Cell]) -> str:
    tests = [engine_test(cell, columns[n].type, f"i{n}") for n, cell in enumerate(cells) if not cell.fits_anything]
    return " and ".join(tests) or "true"


def engine_test(cell: Cell, value_type: ValueType, fact: str) -> str:
    """Whether this fact fits the cell: spans of whole numbers, or texts."""
    return _spans_test(cell, fact) if value_type in ORDERED else _texts_test(cell, fact)


def _texts_test(cell: Cell, fact: str) -> str:
    values = [test.value for test in cell.tests if isinstance(test, Equal)]
    texts = [_MISSING_TEXT if value is None else _as_text(value) for value in values if _is_plain(value)]
    if cell.negated:
        return f"not ({fact} in [{', '.join(_quoted(text) for text in [*texts, _MISSING_TEXT])}])"
    return f"{fact} in [{', '.join(_quoted(text) for text in texts)}]"


def _is_plain(value: Value | None) -> TypeGuard[str | bool | None]:
    return value is None or isinstance(value, str | bool)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _spans_test(cell: Cell, fact: str) -> str:
    spans = sorted(_span(test) for test in cell.tests if test != Equal(None))
    if cell.negated:
        spans = _outside(spans)
    elif Equal(None) in cell.tests:
        spans.append((_MISSING_NUMBER, _MISSING_NUMBER))
    # The engine reads ]a..b[ as *outside* a..b, so a span always has both of its ends and square brackets.
    return f"({' or '.join(f'{fact} in [{low}..{high}]' for low, high in spans) or 'false'})"


def _span(test: Equal | Interval) -> tuple[int, int]:
    """First and last whole number that fits: all engine numbers are whole, so open ends move by one."""
    if isinstance(test, Equal):
        number = _whole(test.value) if isinstance(test.value, Decimal | date) else _MISSING_NUMBER
        return number, number
    low = _LOWEST if test.low is None else _whole(test.low) + (0 if test.with_low else 1)
    high = _HIGHEST if test.high is None else _whole(test.high) - (0 if test.with_high else 1)
    return low, high


def _outside(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies between sorted spans: the engine's `not in` knows values only."""
    free_from = _LOWEST
    found: list[tuple[int, int]] = []
    for low, high in spans:
        if low > free_from:
            found.append((free_from, low - 1))
        free_from = max(free_from, high + 1)
    if free_from <= _HIGHEST:
        found.append((free_from, _HIGHEST))
    return found
