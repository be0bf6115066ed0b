"""Evaluating a decision table of 500 rows, against the bare floor: trying each cell of each row by itself.

`python -m bench.decisions [--rows N]`: the table has a text, a number and a boolean column; the facts are drawn anew.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

from tests.kernel.decisions.drawing import drawn

from bench.measuring import percentile, print_machine, print_table
from counterpoint.kernel.decisions import DecisionTable, Scalar, evaluate, read_table

GOAL_MS = 1.0
_TIMES = 2_000
Facts = dict[str, Scalar]


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.decisions")
    asked.add_argument("--rows", type=int, default=500)
    given = asked.parse_args()
    print_machine()
    began = time.perf_counter()
    table = read_table(_table(given.rows))
    read = time.perf_counter() - began
    draw = random.Random(1)
    facts = [_facts(draw, given.rows) for _ in range(_TIMES)]
    ours, floor = (_measured(way, table, facts) for way in (evaluate, _cell_by_cell))
    rows = [
        [f"{given.rows} rows, cell by cell", f"{floor[0]:.3f}", f"{floor[1]:.3f}", ""],
        [f"{given.rows} rows, evaluate()", f"{ours[0]:.3f}", f"{ours[1]:.3f}", f"{GOAL_MS}"],
        [f"{given.rows} rows, read and checked once", f"{read * 1000:.0f}", "", ""],
    ]
    print_table(["what", "median ms", "p95 ms", "goal"], rows)


def _table(count: int) -> bytes:
    rows = [[f'"s{n % 50}"', f"[{n}..{n + 3}]", "-" if n % 2 else "true", f'"{n}"'] for n in range(count - 1)]
    columns = [("said", "string"), ("age", "number"), ("again", "boolean")]
    return drawn(columns, [("route", "string")], [*rows, ["-", "-", "-", '"rest"']])


def _facts(draw: random.Random, count: int) -> Facts:
    n = draw.randrange(count)
    return {"said": f"s{n % 50}", "age": n + draw.randrange(4), "again": draw.random() < 0.5}


def _cell_by_cell(table: DecisionTable, facts: Facts) -> list[int]:
    """What anybody would write: every cell of every row is asked."""
    values = [
        Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value for value in facts.values()
    ]
    return [
        rule.index
        for rule in table.rules
        if all(cell.fits(value) for cell, value in zip(rule.cells, values, strict=True))  # type: ignore[arg-type] # drawn so
    ]


def _measured(
    way: Callable[[DecisionTable, Facts], object], table: DecisionTable, facts: list[Facts]
) -> tuple[float, float]:
    way(table, facts[0])
    taken = []
    for each in facts:
        began = time.perf_counter()
        way(table, each)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), percentile(taken, 95)


if __name__ == "__main__":
    main()
