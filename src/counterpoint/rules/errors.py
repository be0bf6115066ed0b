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
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"The files were not taken: {count}. They are listed below.")
        self.problems = tuple(problems)
