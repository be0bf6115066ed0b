"""What can go wrong here, as a tree. Catch `CoordinationError` for all of it.

CoordinationError
├── UnreadableInput      the files, or their columns, are not posts
├── BadOption            an option asks for what cannot be done
├── EngineFailed         Spark could not do a step
├── NotEnoughMemory      the embedded engine was given too little
└── BadScenario          a scenario file for test worlds has problems, all listed
"""


class CoordinationError(Exception):
    """Something the user can put right; the text says what is wrong, where, and what to do."""


class UnreadableInput(CoordinationError):
    """Nothing there can be read as posts."""


class BadOption(CoordinationError):
    """An option or a combination of options makes no sense."""


class EngineFailed(CoordinationError):
    """The engine that was asked for could not do a step."""


class NotEnoughMemory(CoordinationError):
    """The embedded engine was given less than so many posts take."""


class BadScenario(CoordinationError):
    """A scenario file is wrong; `problems` holds every problem found in it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
