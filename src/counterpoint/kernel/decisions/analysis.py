"""Finds what is wrong with the rows taken together: rows that overlap, never fire, or leave facts without an answer.
All of it is told at once. What is not wrong but worth knowing: `remarks`.
"""

from collections.abc import Callable, Iterator, Sequence

from counterpoint.kernel.markup import Problem

from .boxes import Box, Piece, TooManySteps, box_of, example_from, gap_in_words, pieces_of, shared_by, uncovered
from .engine import priority
from .table import DecisionTable, HitPolicy, Rule

MAX_EXAMPLES = 20
MAX_GAPS = 5


def problems_of_rows(table: DecisionTable) -> list[Problem]:
    """What the rows do wrong together, under the table's hit policy; each problem has an example."""
    pieces = pieces_of(table)
    boxes = [box_of(rule.cells, pieces) for rule in table.rules]
    found = [_never_fits(rule) for rule, box in zip(table.rules, boxes, strict=True) if not all(box)]
    live = [(rule, box) for rule, box in zip(table.rules, boxes, strict=True) if all(box)]
    found += _overlaps(table, live, pieces)
    parts: tuple[Callable[[], Iterator[Problem]], ...] = (
        lambda: _shadowed(table, live),
        lambda: _gaps(table, [box for _, box in live], pieces),
    )
    for part in parts:
        try:
            found += part()
        except TooManySteps:
            what = "The rows cut across each other in too many ways to check for gaps and for rows that never fire."
            found.append(Problem(0, what, "Add a last row with - in every column, or split the table."))
    return found


_Live = Sequence[tuple[Rule, Box]]


def _never_fits(rule: Rule) -> Problem:
    what = f"Row {rule.index} can never fire: one of its cells fits no value that its column allows."
    return Problem(rule.line, what, "Correct the cell, or remove the row.")


def _overlaps(table: DecisionTable, live: _Live, pieces: Sequence[Sequence[Piece]]) -> Iterator[Problem]:
    if table.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY):
        return
    told = 0
    for later, (rule, box) in enumerate(live):
        for first, earlier in live[:later]:
            if told == MAX_EXAMPLES:
                return
            shared = shared_by(earlier, box)
            if shared is not None and _forbidden(table, first, rule):
                told += 1
                yield _overlap(table, first, rule, example_from(shared, pieces))


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


def _shadowed(table: DecisionTable, live: _Live) -> Iterator[Problem]:
    """Rows that never count, because of rows that count before them wherever they fit."""
    if table.hit_policy is HitPolicy.FIRST:
        told = "Row {} is never reached: the rows above it answer all that it would."
        remedy = "Move it up, correct it, or remove it."
        ranked = list(live)
    elif table.hit_policy is HitPolicy.PRIORITY:
        told = "Row {} is never reached: rows of higher priority answer all that it would."
        remedy = "Correct it, remove it, or change the order of the allowed outputs."
        ranked = sorted(live, key=lambda each: (priority(table, each[0]), each[0].index))
    else:
        return
    for number, (rule, box) in enumerate(ranked):
        if not uncovered(box, [before for _, before in ranked[:number]]):
            yield Problem(rule.line, told.format(rule.index), remedy)


def _gaps(table: DecisionTable, boxes: Sequence[Box], pieces: Sequence[Sequence[Piece]]) -> Iterator[Problem]:
    # COLLECT gathers what applies, and nothing may apply; every other policy owes an answer.
    if table.hit_policy is HitPolicy.COLLECT:
        return
    everything = tuple((1 << len(column)) - 1 for column in pieces)
    for missed in uncovered(everything, boxes, at_most=MAX_GAPS):
        what = f"No row fires when {gap_in_words(missed, pieces)}."
        yield Problem(0, what, "Add a row for it, or a last row with - in every column.")
