"""The tables that the service acts on can take every fact that it brings, and give what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import KNOWN, Column, KnownTable
from counterpoint.kernel.questions.document import short

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable


def known_tables_fit(draft: Draft) -> Iterator[Problem]:
    for table_id, known in KNOWN.items():
        table = draft.tables.get(table_id)
        if table is not None:
            yield from _policy(table_id, table, known)
            yield from _outputs(table_id, table, known)
            yield from _facts(table_id, table, known)


def _policy(table_id: str, table: DecisionTable, known: KnownTable) -> Iterator[Problem]:
    if str(table.hit_policy) != known.hit_policy:
        what = f"The hit policy of {table_id} is {table.hit_policy}"
        remedy = f"Set it to {known.hit_policy}, {known.why_policy}"
        yield Problem(_file(table_id), 0, "table_hit_policy", what, remedy)


def _outputs(table_id: str, table: DecisionTable, known: KnownTable) -> Iterator[Problem]:
    given = {output.name: output for output in table.outputs}
    for name, column in known.outputs.items():
        if name not in given or str(given[name].type) != column.type:
            what = f"{table_id} gives no `{name}` of the type {column.type}"
            yield Problem(_file(table_id), 0, "table_output", what, f"Add an output column `{name}`")
    for name in given:
        if name not in known.outputs:
            remedy = f"Remove the column; {table_id} gives {', '.join(known.outputs)}"
            yield Problem(_file(table_id), 0, "table_output", f"Nothing reads the output `{short(name)}`", remedy)
    for rule in table.rules:
        for name, column in known.outputs.items():
            value = rule.outputs.get(name)
            if column.values and value is not None and value not in column.values:
                what = f"Rule {rule.index} gives the {name} `{short(str(value))}`"
                yield Problem(
                    _file(table_id), rule.line, "table_value", what, f"Use one of: {', '.join(column.values)}"
                )


def _facts(table_id: str, table: DecisionTable, known: KnownTable) -> Iterator[Problem]:
    for column in table.inputs:
        fact = known.facts.get(column.name)
        if fact is None:
            continue
        told = _misfit(column.name, fact, type_=str(column.type))
        if told:
            yield Problem(_file(table_id), 0, "table_fact", told, f"Make the column a {fact.type}")
            continue
        for value in fact.values:
            if not column.admits(value):
                what = f"The fact `{column.name}` can be `{value}`, which is not among its values"
                yield Problem(_file(table_id), 0, "table_fact", what, "Add it to the values of that column")


def _misfit(name: str, fact: Column, *, type_: str) -> str:
    return f"The fact `{name}` is a {fact.type}, and the column a {type_}" if type_ != fact.type else ""


def _file(table_id: str) -> str:
    return f"decisions/{table_id}.dmn"
