"""What is not wrong with a table but worth knowing before it goes live: how it treats facts that nobody knows, and rows
that do less than they seem to. What is wrong: `analysis`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from counterpoint.kernel.markup import Problem

from .boxes import Box, TooManySteps, box_of, pieces_of, uncovered
from .table import DecisionTable, HitPolicy, Rule


@dataclass(frozen=True)
class NotKnown:
    """What the table does while one fact is missing. `ask_nothing`: rows (by index) that do not look at the fact;
    `expect_it`: rows that name the missing fact; `cannot_fire`: rows that need to know it."""

    fact: str
    label: str
    ask_nothing: tuple[int, ...]
    expect_it: tuple[int, ...]
    cannot_fire: tuple[int, ...]


def when_not_known(table: DecisionTable) -> tuple[NotKnown, ...]:
    """One entry a column, in the order of the table."""
    return tuple(
        NotKnown(
            column.name,
            column.label,
            ask_nothing=tuple(rule.index for rule in table.rules if rule.cells[n].fits_anything),
            expect_it=tuple(
                rule.index for rule in table.rules if not rule.cells[n].fits_anything and rule.cells[n].fits(None)
            ),
            cannot_fire=tuple(rule.index for rule in table.rules if not rule.cells[n].fits(None)),
        )
        for n, column in enumerate(table.inputs)
    )


def remarks_on(table: DecisionTable) -> tuple[Problem, ...]:
    """Rows that say what a row above them says wherever they fire; and under RULE ORDER rows that never come first, so
    that they add a reason and decide nothing. The latter are left out where the rows are too many-sided to tell."""
    if table.hit_policy not in (HitPolicy.RULE_ORDER, HitPolicy.COLLECT):
        return ()
    pieces = pieces_of(table)
    boxes = [box_of(rule.cells, pieces) for rule in table.rules]
    found = list(_repeated(table, boxes))
    if table.hit_policy is HitPolicy.RULE_ORDER:
        try:
            found += _never_first(table, boxes)
        except TooManySteps:
            return tuple(sorted(found))
    return tuple(sorted(found))


def _never_first(table: DecisionTable, boxes: list[Box]) -> Iterator[Problem]:
    for number, rule in enumerate(table.rules):
        if not uncovered(boxes[number], boxes[:number]):
            what = f"Row {rule.index} never comes first: it adds its reason, and rows above it decide."
            yield Problem(rule.line, what, "Move it up if it should decide.")


def _repeated(table: DecisionTable, boxes: list[Box]) -> Iterator[Problem]:
    for number, rule in enumerate(table.rules):
        same = next(
            (table.rules[n] for n in range(number) if _says_all(table.rules[n], boxes[n], rule, boxes[number])), None
        )
        if same is not None:
            what = f"Row {rule.index} says what row {same.index} says already, wherever it fires."
            yield Problem(rule.line, what, "Remove one of the two.")


def _says_all(first: Rule, wide: Box, rule: Rule, narrow: Box) -> bool:
    return first.outputs == rule.outputs and all(a & b == b for a, b in zip(wide, narrow, strict=True))
