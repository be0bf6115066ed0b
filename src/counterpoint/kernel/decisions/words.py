"""A table as sentences, for a page that everyone may read."""

from datetime import date
from decimal import Decimal

from .cells import Cell, Equal, Interval, Value
from .table import DecisionTable, Rule

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def rules_in_words(table: DecisionTable) -> tuple[str, ...]:
    """One sentence a row: "when immediate_danger is yes then route is emergency because …".
    The reason is the row's annotation, or else its output called `reason`."""
    return tuple(_rule_in_words(table, rule) for rule in table.rules)


def _rule_in_words(table: DecisionTable, rule: Rule) -> str:
    conditions = [
        f"{column.name} {cell_in_words(cell)}"
        for column, cell in zip(table.inputs, rule.cells, strict=True)
        if not cell.fits_anything
    ]
    outputs = dict(rule.outputs)
    reason = rule.annotation or str(outputs.pop("reason", ""))
    when = f"when {' and '.join(conditions)}" if conditions else "in every case"
    given = " and ".join(f"{name} is {value_in_words(value)}" for name, value in outputs.items())
    return f"{when} then {given}" + (f" because {reason}" if reason else "")


def cell_in_words(cell: Cell) -> str:
    """What the cell asks, as the end of a sentence that begins with the name of the fact."""
    if cell.fits_anything:
        return "is anything, or not known"
    alternatives = " or ".join(_test_in_words(test) for test in cell.tests)
    return f"is known and is not {alternatives}" if cell.negated else f"is {alternatives}"


def _test_in_words(test: Equal | Interval) -> str:
    if isinstance(test, Equal):
        return "not known" if test.value is None else value_in_words(test.value)
    ends = []
    if test.low is not None:
        ends.append(f"{'at least' if test.with_low else 'more than'} {value_in_words(test.low)}")
    if test.high is not None:
        ends.append(f"{'at most' if test.with_high else 'less than'} {value_in_words(test.high)}")
    words = " and ".join(ends)
    return words.replace("more than", "after").replace("less than", "before") if _is_date(test) else words


def _is_date(test: Interval) -> bool:
    return isinstance(test.low, date) or isinstance(test.high, date)


def value_in_words(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return value
