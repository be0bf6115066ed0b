"""What can be wrong with a document that an author writes.

DocumentProblems        all problems of one document
└── QuestionSetProblems
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """path: keys and list positions from the document's root to the place; who read the text turns it into a line."""

    path: Path
    code: str
    what: str
    remedy: str


class DocumentProblems(Exception):
    """All problems of one document, in no promised order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems; the first: {self.problems[0].what}" if self.problems else "")


class QuestionSetProblems(DocumentProblems):
    pass
