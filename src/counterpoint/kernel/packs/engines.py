"""The one place where a pack meets the libraries that read decision tables and processes.

Imported late: their engines take longer to load than a whole pack takes to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.kernel.packs.problems import Problem

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable
    from counterpoint.kernel.processes import Process


def read_decision(file: str, xml: bytes) -> tuple[DecisionTable | None, list[Problem]]:
    from counterpoint.kernel.decisions import TableProblems, read_table

    try:
        return read_table(xml), []
    except TableProblems as found:
        return None, [_problem(file, "decision_refused", each.line, each.what, each.remedy) for each in found.problems]


def process_problems(file: str, xml: bytes) -> list[Problem]:
    from counterpoint.kernel.processes import ProcessProblems, read_process

    try:
        read_process(xml)
    except ProcessProblems as found:
        return [_problem(file, "process_refused", each.line, each.what, each.remedy) for each in found.problems]
    return []


def _problem(file: str, code: str, line: int, what: str, remedy: str) -> Problem:
    return Problem(file, line, code, what.rstrip(". "), remedy.rstrip(". "))


def read_processes(old: bytes, new: bytes) -> tuple[Process, Process] | None:
    """Both processes, or None when one of them cannot be read."""
    from counterpoint.kernel.processes import ProcessProblems, read_process

    try:
        return read_process(old), read_process(new)
    except ProcessProblems:
        return None


def row_in_words(table: DecisionTable, index: int) -> str:
    """The row (from 1) as a sentence."""
    from counterpoint.kernel.decisions import rules_in_words

    return rules_in_words(table)[index - 1]
