"""The one place where a pack meets the libraries that read decision tables and processes.

Imported late: their engines take longer to load than a whole pack takes to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.kernel.packs.problems import Problem

if TYPE_CHECKING:
    from counterpoint.kernel.decisions import DecisionTable


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
