"""What triage refuses.

NotPossible
└── Incomplete   a decision that lacks something, with all that it lacks, by field
"""

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.base.errors import NotPossible


@dataclass(frozen=True)
class Lack:
    """One thing to put right. `field` is the name of the argument, as the page's form names it too."""

    field: str
    text: str


class Incomplete(NotPossible):
    """The decision lacks something; nothing was saved. `lacks` holds all of it at once."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__(" ".join(lack.text for lack in lacks))
        self.lacks = tuple(lacks)
