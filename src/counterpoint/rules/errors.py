"""What changing the rules refuses.

NotPossible
└── FilesRefused   files that are not taken, with every reason
"""

from collections.abc import Sequence

from counterpoint.base.errors import NotPossible
from counterpoint.rules.types import ProblemView


class FilesRefused(NotPossible):
    """Nothing was taken. `problems` holds every reason, and what else would be wrong with the draft."""

    def __init__(self, problems: Sequence[ProblemView]) -> None:
        super().__init__("The files were not taken. What is wrong is listed below.")
        self.problems = tuple(problems)
