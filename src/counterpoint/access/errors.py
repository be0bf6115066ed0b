"""What access refuses.

NotPossible
└── Lacking      what is wrong with what was filled in, by field
    └── NotCovered   no sharing agreement in force covers it
"""

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.base.errors import NotPossible


@dataclass(frozen=True)
class Lack:
    """One thing to put right. `field` is the name of the argument, as the page's form names it too."""

    field: str
    text: str


class Lacking(NotPossible):
    """Something does not fit; nothing was saved. `lacks` holds all of it at once."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__(" ".join(lack.text for lack in lacks))
        self.lacks = tuple(lacks)


class NotCovered(Lacking):
    """No agreement in force with this agency covers the sharing. The last of `lacks` says what to do."""


def refuse_if_any(lacks: Sequence[Lack]) -> None:
    """Raises Lacking with all that is wrong, if anything is."""
    if lacks:
        raise Lacking(lacks)
