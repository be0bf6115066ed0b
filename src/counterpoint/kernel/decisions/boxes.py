"""Rows as boxes, so that questions about many rows become questions about bit masks.

Each column is cut at every value that a row names, so that all facts within one piece are treated alike by every
row. A row is then a box of pieces, held as one bit mask per column. A missing fact is a piece of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from .cells import ORDERED, Cell, Equal, Value, ValueType
from .table import DecisionTable, Input
from .words import value_in_words

MAX_STEPS = 200_000


@dataclass(frozen=True)
class Piece:
    """A part of a column in which every row answers alike, by one value from it; `words` says it to a person."""

    sample: Value | None
    words: str


Box = tuple[int, ...]


class TooManySteps(Exception):
    """The rows cut across each other in too many ways to be looked at one by one."""


def pieces_of(table: DecisionTable) -> list[list[Piece]]:
    """The pieces of each column; the first of each is the missing fact."""
    return [_pieces(column, [rule.cells[n] for rule in table.rules]) for n, column in enumerate(table.inputs)]


def box_of(cells: Sequence[Cell], pieces: Sequence[Sequence[Piece]]) -> Box:
    """The pieces that each of the cells fits. A column without any means that the row never fires."""
    return tuple(
        sum(1 << n for n, piece in enumerate(column) if cell.fits(piece.sample))
        for cell, column in zip(cells, pieces, strict=True)
    )


def shared_by(first: Box, second: Box) -> Box | None:
    """Where both fire, or None."""
    shared = tuple(a & b for a, b in zip(first, second, strict=True))
    return shared if all(shared) else None


def example_from(box: Box, pieces: Sequence[Sequence[Piece]]) -> str:
    """Facts out of the box, in words."""
    # A known value makes a better example than a missing one, so the highest piece is named.
    chosen = [column[mask.bit_length() - 1].words for mask, column in zip(box, pieces, strict=True)]
    return " and ".join(chosen) if chosen else "anything is asked"


def gap_in_words(box: Box, pieces: Sequence[Sequence[Piece]]) -> str:
    """As `example_from`; and a fact that may as well be missing is said to, unless it does not matter at all."""
    chosen = []
    for mask, column in zip(box, pieces, strict=True):
        may_be_missing = mask & 1 and mask != 1 and mask != (1 << len(column)) - 1
        chosen.append(column[mask.bit_length() - 1].words + (" or not known" if may_be_missing else ""))
    return " and ".join(chosen) if chosen else "anything is asked"


def uncovered(within: Box, boxes: Sequence[Box], *, at_most: int = 1) -> list[Box]:
    """Boxes inside `within` that none of the boxes touches, apart from each other; empty when they cover it all.
    Raises TooManySteps."""
    touching = [row for row in boxes if all(a & b for a, b in zip(row, within, strict=True))]
    return list(islice(_search(within, 0, touching, [MAX_STEPS]), at_most))


def _search(within: Box, column: int, rows: list[Box], budget: list[int]) -> Iterator[Box]:
    """Takes the first column; pieces that the same rows contain are looked at once; then the next column with the rows
    that are left. A row that covers all that remains ends the branch."""
    budget[0] -= 1 + len(rows)
    if budget[0] < 0:
        raise TooManySteps
    if not rows:
        yield within[column:]
        return
    rest = within[column:]
    if any(all(mask & want == want for mask, want in zip(row[column:], rest, strict=True)) for row in rows):
        return
    for group in _alike(within[column], [row[column] for row in rows]):
        left = [row for row in rows if row[column] & group]
        for found in _search(within, column + 1, left, budget):
            yield (group, *found)


def _alike(within: int, masks: Sequence[int]) -> list[int]:
    """The pieces of `within`, grouped by which of the masks contain them."""
    groups = [within]
    for mask in dict.fromkeys(masks):
        groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
    return groups


def _pieces(column: Input, cells: Sequence[Cell]) -> list[Piece]:
    missing = Piece(None, f"{column.name} is not known")
    made = _ordered_pieces(column, cells) if column.type in ORDERED else _plain_pieces(column, cells)
    return [missing, *(piece for piece in made if column.admits(piece.sample))]


def _plain_pieces(column: Input, cells: Sequence[Cell]) -> Iterator[Piece]:
    if column.type is ValueType.BOOLEAN:
        named: list[Value] = [True, False]
    else:
        named = [
            test.value for cell in cells for test in cell.tests if isinstance(test, Equal) and test.value is not None
        ]
        named += column.allowed
    for value in dict.fromkeys(named):
        yield Piece(value, f"{column.name} is {value_in_words(value)}")
    if column.type is ValueType.STRING:
        other = "x"
        while other in named:
            other += "x"
        yield Piece(other, f"{column.name} is anything else")


def _ordered_pieces(column: Input, cells: Sequence[Cell]) -> Iterator[Piece]:
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
        yield Piece(sample, f"{column.name} is {value_in_words(sample)}")


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
