"""What can be wrong with a process file, a stored state, or a step taken.

ProcessError
├── ProcessProblems      the file is not a process that we run; .problems has every one
├── StateNotReadable     a stored state does not belong to the process, or could not have come about in it
├── ValuesNotAllowed     facts or recorded values are not plain values under plain names
├── StepNotWaiting       the step cannot be completed now
├── EventNotExpected     nothing in the process waits for this timer or message now, or the stage cannot be reopened
└── ConditionUndecided   what was recorded does not say which way to go on
"""

from counterpoint.kernel.markup import Problem


class ProcessError(Exception):
    """The family of all errors of this library. No message repeats a recorded value: it may be personal."""


class ProcessProblems(ProcessError):
    """The process cannot be used; `.problems` has all that was found, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StateNotReadable(ProcessError):
    pass


class ValuesNotAllowed(ProcessError):
    pass


class StepNotWaiting(ProcessError):
    pass


class EventNotExpected(ProcessError):
    pass


class ConditionUndecided(ProcessError):
    pass
