"""What can be wrong with a decision table or with the facts put to it.

DecisionError
├── TableProblems    the file is not a table that we run; .problems has every one
├── FactsDoNotFit    the facts are not of the types that the table reads; .problems has every one
└── TooEntangled     the rows cut across each other in too many ways to tell what was asked
"""

from counterpoint.kernel.markup import Problem


class DecisionError(Exception):
    """The family of all errors of this library."""


class TableProblems(DecisionError):
    """The table cannot be used; `.problems` has all that was found, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FactsDoNotFit(DecisionError):
    """The facts do not have the types or values that the table reads. Never repeats a value: it may be personal."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooEntangled(DecisionError):
    """What was asked of the rows taken together would take too long to find out."""
