"""What the checks of several known tables share: columns that name parts of the pack, and outputs that count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from counterpoint.kernel.clocks.clock import MAX_COUNT
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import meant, short

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable


def whole_numbers(file: str, table: DecisionTable, output: str, *, least: int) -> Iterator[Problem]:
    """A problem for each rule whose output is no whole number from `least` to the most that a clock counts."""
    for rule in table.rules:
        given = rule.outputs.get(output)
        if isinstance(given, Decimal) and (given != int(given) or not least <= given <= MAX_COUNT):
            what = f"Rule {rule.index} gives the {output} `{given}`"
            yield Problem(file, rule.line, "table_value", what, f"Give a whole number from {least} to {MAX_COUNT}")


def parts_named(
    file: str, table: DecisionTable, fact: str, known: Collection[str], *, called: str, where: str
) -> Iterator[Problem]:
    """A problem for each part that a rule names and the pack lacks, and for each of the pack that the column cannot
    take. called, where: the words for such a part and for what should have it."""
    for number, column in enumerate(table.inputs):
        if column.name != fact or str(column.type) != "string":
            continue
        for rule in table.rules:
            for named in rule.cells[number].texts:
                if named not in known:
                    what = f"Rule {rule.index} names the {called} `{short(named)}`, which {where} does not have"
                    yield Problem(file, rule.line, "not_in_pack", what, f"Correct the name{meant(named, known)}")
        for part in known:
            if not column.admits(part):
                what = f"The fact `{fact}` can be `{short(part)}`, which is not among its values"
                yield Problem(file, 0, "table_fact", what, "Add it to the values of that column")
