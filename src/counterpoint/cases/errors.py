"""What casework refuses.

NotPossible
└── Missing      all that stands against it, at once
"""

from counterpoint.base.errors import NotPossible


class Missing(NotPossible):
    """The state does not allow it yet. `problems` says all that is missing, one sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def refuse_if_any(problems: list[str]) -> None:
    """Raises Missing with all problems, if there are any."""
    if problems:
        raise Missing(tuple(problems))
