"""Which rules decide within some facts, where the first of those that fire does: whether a table keeps to a law. And
what a table still asks when some facts are known: so that nobody opens what no row would look at."""

from collections.abc import Iterator, Mapping, Sequence

from .boxes import Box, Piece, TooManySteps, box_of, example_from, pieces_of, shared_by, uncovered
from .cells import Value
from .problems import TooEntangled
from .table import DecisionTable, Input, Rule


def rules_that_decide(table: DecisionTable, when: Mapping[str, Sequence[Value]]) -> tuple[tuple[Rule, str], ...]:
    """Every rule that comes first for some facts out of `when`, each with an example in words.

    when: fact to the texts or booleans that it has; any other fact may have any value or be missing, and one that the
    table does not read limits nothing. Raises TooEntangled where the rows cut across each other in too many ways."""
    pieces = pieces_of(table)
    within = tuple(_mask(column, found, when) for column, found in zip(table.inputs, pieces, strict=True))
    if not all(within):
        return ()
    boxes = [box_of(rule.cells, pieces) for rule in table.rules]
    try:
        return tuple(_deciding(table, boxes, within, pieces))
    except TooManySteps:
        raise TooEntangled from None


def still_asked(table: DecisionTable, known: Mapping[str, Value | None]) -> frozenset[str] | None:
    """The other facts that some row looks at which these leave open; None where they leave no row that could fire."""
    names = [column.name for column in table.inputs]
    left = [
        rule
        for rule in table.rules
        if all(cell.fits(known[name]) for name, cell in zip(names, rule.cells, strict=True) if name in known)
    ]
    asked = {name for rule in left for name, cell in zip(names, rule.cells, strict=True) if not cell.fits_anything}
    return frozenset(asked - known.keys()) if left else None


def _deciding(
    table: DecisionTable, boxes: Sequence[Box], within: Box, pieces: Sequence[Sequence[Piece]]
) -> Iterator[tuple[Rule, str]]:
    for number, rule in enumerate(table.rules):
        shared = shared_by(boxes[number], within)
        first = uncovered(shared, boxes[:number]) if shared is not None else []
        if first:
            yield rule, example_from(first[0], pieces)


def _mask(column: Input, pieces: Sequence[Piece], when: Mapping[str, Sequence[Value]]) -> int:
    if column.name not in when:
        return (1 << len(pieces)) - 1
    return sum(1 << number for number in {_place(value, pieces) for value in when[column.name] if column.admits(value)})


def _place(value: Value, pieces: Sequence[Piece]) -> int:
    """The piece that the value lies in: its own, or that of everything which no row names."""
    return next((number for number, piece in enumerate(pieces) if piece.sample == value), len(pieces) - 1)
