"""The one place where a pack meets the libraries that read decision tables and processes.

Imported late: their engines take longer to load than a whole pack takes to check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from counterpoint.kernel.packs.problems import Problem

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable, Rule
    from counterpoint.kernel.processes import Changed, Process


def read_decision(file: str, xml: bytes) -> tuple[DecisionTable | None, list[Problem]]:
    from counterpoint.kernel.decisions import TableProblems, read_table

    try:
        return read_table(xml), []
    except TableProblems as found:
        return None, [_problem(file, "decision_refused", each.line, each.what, each.remedy) for each in found.problems]


def deciding_rules(
    table: DecisionTable, when: Mapping[str, Sequence[str | bool]]
) -> tuple[tuple[Rule, str], ...] | None:
    """As `rules_that_decide`; None where it cannot be told."""
    from counterpoint.kernel.decisions import TooEntangled, rules_that_decide

    try:
        return rules_that_decide(table, when)
    except TooEntangled:
        return None


def read_drawn_process(file: str, xml: bytes) -> tuple[Process | None, list[Problem]]:
    from counterpoint.kernel.processes import ProcessProblems, read_process

    try:
        return read_process(xml), []
    except ProcessProblems as found:
        return None, [_problem(file, "process_refused", each.line, each.what, each.remedy) for each in found.problems]


def process_problems(file: str, xml: bytes) -> list[Problem]:
    """What is wrong with a process."""
    return read_drawn_process(file, xml)[1]


def named_elements(process: Process) -> dict[tuple[str, str], tuple[str, int]]:
    """Every text that a process shows, with its line: by the element's id, and "name" or "help"."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for node in process.nodes.values():
        if node.name:
            found[node.id, "name"] = node.name, node.line
        if node.documentation:
            found[node.id, "help"] = node.documentation, node.line
    found |= {(flow.id, "name"): (flow.name, flow.line) for flow in process.flows if flow.name}
    found |= {(lane.id, "name"): (lane.name, 0) for lane in process.lanes}
    found |= {(note_id, "name"): (text, 0) for note_id, text in process.drawing.notes.items() if text}
    if process.pool is not None and process.pool[1]:
        found[process.pool[0], "name"] = process.pool[1], 0
    found[process.id, "name"] = process.name, 0
    return found


def looked_at(process: Process) -> dict[str, dict[str, set[str]]]:
    """What the conditions of a process look at: the id of a step or event, the value's name, and the texts that it is
    compared with."""
    from counterpoint.kernel.processes.conditions import comparisons_in

    found: dict[str, dict[str, set[str]]] = {}
    for flow in process.flows:
        for one in comparisons_in(flow.condition) if flow.condition is not None else ():
            if one.name.step_id is not None:
                texts = found.setdefault(one.name.step_id, {}).setdefault(one.name.field, set())
                texts |= {one.literal} if isinstance(one.literal, str) else set()
    return found


def _problem(file: str, code: str, line: int, what: str, remedy: str) -> Problem:
    return Problem(file, line, code, what.rstrip(". "), remedy.rstrip(". "))


def read_processes(old: bytes, new: bytes) -> tuple[Process, Process] | None:
    """Both processes, or None when one of them cannot be read."""
    from counterpoint.kernel.processes import ProcessProblems, read_process

    try:
        return read_process(old), read_process(new)
    except ProcessProblems:
        return None


def process_difference(old: Process, new: Process) -> tuple[Changed, ...]:
    """What differs between two versions of a process, a row for each step, event or stage."""
    from counterpoint.kernel.processes import difference

    return difference(old, new).rows


def kind_in_words(row: Changed) -> str:
    """What a row of `process_difference` is about."""
    from counterpoint.kernel.processes import NodeKind

    words = {NodeKind.STEP: "step", NodeKind.STAGE: "stage", NodeKind.START: "beginning"}
    return words.get(row.kind, "event")


def row_in_words(table: DecisionTable, index: int) -> str:
    """The row (from 1) as a sentence."""
    from counterpoint.kernel.decisions import rules_in_words

    return rules_in_words(table)[index - 1]
