"""What can be wrong with a pack.

PackProblems      all of it at once
NotAPackFolder    there is no folder to read (folder.py)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """file: its path in the pack, "." for the pack as a whole. line: from 1; 0 when the file as a whole is meant."""

    file: str
    line: int
    code: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}. Remedy: {self.remedy}."


class PackProblems(Exception):
    """Every problem of a pack, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class NotAPackFolder(Exception):
    """Says why, and what to do."""
