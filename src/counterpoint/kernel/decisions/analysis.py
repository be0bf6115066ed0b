"""Finds what is wrong with the rows taken together: rows that overlap, never fire, or leave facts without an answer.

Each column is cut at every value that a row names, so that all facts within one piece are treated alike by every
row. A row is then a box of pieces, held as one bit mask per column, and the questions are about boxes. A missing fact
is a piece of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from counterpoint.kernel.markup import Problem

from .cells import ORDERED, Cell, Equal, Value, ValueType
from .engine import priority
from .table import DecisionTable, HitPolicy, Input, Rule
from .words import value_in_words

MAX_STEPS = 200_000
MAX_EXAMPLES = 20


@dataclass(frozen=True)
class _Piece:
    """A part of a column in which every row answers alike, by one value from it; `words` says it to a person."""

    sample: Value | None
    words: str


_Box = tuple[int, ...]


class _TooManyStepsError(Exception):
    pass


def problems_of_rows(table: DecisionTable) -> list[Problem]:
    """What the rows do wrong together, under the table's hit policy; each problem has an example."""
    pieces = [_pieces(column, [rule.cells[n] for rule in table.rules]) for n, column in enumerate(table.inputs)]
    boxes = [_box(rule.cells, pieces) for rule in table.rules]
    dead = [rule for rule, box in zip(table.rules, boxes, strict=True) if not all(box)]
    if dead:
        return [_never_fits(rule) for rule in dead]
    found = list(_overlaps(table, boxes, pieces))
    try:
        found += _shadowed(table, boxes)
        found += _gaps(table, boxes, pieces)
    except _TooManyStepsError:
        what = "The rows cut across each other in too many ways to check for gaps and for rows that never fire."
        found.append(Problem(0, what, "Add a last row with - in every column, or split the table."))
    return found


def _box(cells: Sequence[Cell], pieces: Sequence[Sequence[_Piece]]) -> _Box:
    return tuple(
        sum(1 << n for n, piece in enumerate(column) if cell.fits(piece.sample))
        for cell, column in zip(cells, pieces, strict=True)
    )


def _never_fits(rule: Rule) -> Problem:
    what = f"Row {rule.index} can never fire: one of its cells fits no value that its column allows."
    return Problem(rule.line, what, "Correct the cell, or remove the row.")


# --- pieces of a column


def _pieces(column: Input, cells: Sequence[Cell]) -> list[_Piece]:
    missing = _Piece(None, f"{column.name} is not known")
    made = _ordered_pieces(column, cells) if column.type in ORDERED else _plain_pieces(column, cells)
    return [missing, *(piece for piece in made if column.admits(piece.sample))]


def _plain_pieces(column: Input, cells: Sequence[Cell]) -> Iterator[_Piece]:
    if column.type is ValueType.BOOLEAN:
        named: list[Value] = [True, False]
    else:
        named = [
            test.value for cell in cells for test in cell.tests if isinstance(test, Equal) and test.value is not None
        ]
        named += column.allowed
    for value in dict.fromkeys(named):
        yield _Piece(value, f"{column.name} is {value_in_words(value)}")
    if column.type is ValueType.STRING:
        other = "x"
        while other in named:
            other += "x"
        yield _Piece(other, f"{column.name} is anything else")


def _ordered_pieces(column: Input, cells: Sequence[Cell]) -> Iterator[_Piece]:
    ends = sorted(set(_ends([*cells, column.domain])))
    samples: list[Value] = []
    if not ends:
        samples = [date(2000, 1, 1) if column.type is ValueType.DATE else Decimal(0)]
    for number, end in enumerate(ends):
        before = _between(ends[number - 1], end) if number else _stepped(end, -1)
        samples += [before, end] if before is not None else [end]
    after = _stepped(ends[-1], 1) if ends else None
    samples += [after] if after is not None else []
    for sample in samples:
        yield _Piece(sample, f"{column.name} is {value_in_words(sample)}")


def _ends(cells: Sequence[Cell]) -> Iterator[Decimal | date]:
    for cell in cells:
        for test in cell.tests:
            ends = (test.value,) if isinstance(test, Equal) else (test.low, test.high)
            yield from (end for end in ends if isinstance(end, Decimal | date))


def _between(low: Decimal | date, high: Decimal | date) -> Decimal | date | None:
    """A value strictly between, or None: whole days, or millionths."""
    if isinstance(low, date) and isinstance(high, date):
        middle = low + timedelta(days=(high - low).days // 2)
        return middle if low < middle < high else None
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return _middle_number(low, high)
    raise TypeError(low, high)


def _middle_number(low: Decimal, high: Decimal) -> Decimal | None:
    for places in ("1", "0.1", "0.01", "0.001", "0.0001", "0.00001", "0.000001"):
        middle = ((low + high) / 2).quantize(Decimal(places))
        if low < middle < high:
            return middle
    return None


def _stepped(end: Decimal | date, by: int) -> Decimal | date | None:
    if isinstance(end, Decimal):
        return end + by
    return None if end in (date.min, date.max) else end + timedelta(days=by)


# --- questions about boxes


def _overlaps(table: DecisionTable, boxes: Sequence[_Box], pieces: Sequence[Sequence[_Piece]]) -> Iterator[Problem]:
    if table.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY):
        return
    told = 0
    for later, rule in enumerate(table.rules):
        for earlier in range(later):
            if told == MAX_EXAMPLES:
                return
            first = table.rules[earlier]
            shared = tuple(a & b for a, b in zip(boxes[earlier], boxes[later], strict=True))
            if all(shared) and _forbidden(table, first, rule):
                told += 1
                yield _overlap(table, first, rule, _example(shared, pieces))


def _forbidden(table: DecisionTable, first: Rule, rule: Rule) -> bool:
    if table.hit_policy is HitPolicy.UNIQUE:
        return True
    if table.hit_policy is HitPolicy.PRIORITY:
        return first.outputs != rule.outputs and priority(table, first) == priority(table, rule)
    return first.outputs != rule.outputs


_OVERLAP_REMEDY = {
    HitPolicy.UNIQUE: "Make the rows exclude each other, or choose another hit policy.",
    HitPolicy.ANY: "Give both rows the same outputs, or make them exclude each other.",
    HitPolicy.PRIORITY: "List the allowed values of every output, highest first, so that one of them ranks higher.",
}


def _overlap(table: DecisionTable, first: Rule, rule: Rule, example: str) -> Problem:
    what = f"Rows {first.index} and {rule.index} both fire when {example}; {table.hit_policy} does not allow that."
    return Problem(rule.line, what, _OVERLAP_REMEDY[table.hit_policy])


def _shadowed(table: DecisionTable, boxes: Sequence[_Box]) -> Iterator[Problem]:
    if table.hit_policy is not HitPolicy.FIRST:
        return
    for number, rule in enumerate(table.rules):
        if _uncovered(boxes[number], boxes[:number]) is None:
            what = f"Row {rule.index} is never reached: the rows above it answer all that it would."
            yield Problem(rule.line, what, "Move it up, correct it, or remove it.")


def _gaps(table: DecisionTable, boxes: Sequence[_Box], pieces: Sequence[Sequence[_Piece]]) -> Iterator[Problem]:
    # COLLECT gathers what applies, and nothing may apply; every other policy owes an answer.
    if table.hit_policy is HitPolicy.COLLECT:
        return
    everything = tuple((1 << len(column)) - 1 for column in pieces)
    missed = _uncovered(everything, boxes)
    if missed is not None:
        what = f"No row fires when {_example(missed, pieces)}."
        yield Problem(0, what, "Add a row for it, or a last row with - in every column.")


def _example(box: _Box, pieces: Sequence[Sequence[_Piece]]) -> str:
    # A known value makes a better example than a missing one, so the highest piece is named.
    chosen = [column[mask.bit_length() - 1].words for mask, column in zip(box, pieces, strict=True)]
    return " and ".join(chosen) if chosen else "anything is asked"


def _uncovered(within: _Box, boxes: Sequence[_Box]) -> _Box | None:
    """A box inside `within` that none of the boxes touches, or None when they cover it all.

    Takes the first column; pieces that the same rows contain are looked at once; then the next column with the rows
    that are left. A row that covers all that remains ends the branch.
    """
    budget = [MAX_STEPS]

    def search(column: int, rows: list[_Box]) -> _Box | None:
        budget[0] -= 1 + len(rows)
        if budget[0] < 0:
            raise _TooManyStepsError
        if not rows:
            return within[column:]
        if any(
            all(mask & want == want for mask, want in zip(row[column:], within[column:], strict=True)) for row in rows
        ):
            return None
        for group in _alike(within[column], [row[column] for row in rows]):
            rest = search(column + 1, [row for row in rows if row[column] & group])
            if rest is not None:
                return (group, *rest)
        return None

    touching = [row for row in boxes if all(a & b for a, b in zip(row, within, strict=True))]
    return search(0, touching)


def _alike(within: int, masks: Sequence[int]) -> list[int]:
    """The pieces of `within`, grouped by which of the masks contain them."""
    groups = [within]
    for mask in dict.fromkeys(masks):
        groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
    return groups
