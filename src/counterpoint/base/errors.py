"""The two roots of every error.

CounterpointError
├── Refusal      shown to people: what is wrong, where, and what to do; never holds personal data
│   ├── NotAllowed     this person may not do or see this
│   ├── NotPossible    nobody may do this now: the state does not allow it
│   ├── NotFound       no such thing, or none that this person may know of (the two read the same)
│   └── Conflict       somebody else changed it first; holds what they saved
└── Fault        ours or the operator's: a setting, a broken promise between folders
"""

from collections.abc import Mapping


class CounterpointError(Exception):
    """Root of all errors raised on purpose."""


class Refusal(CounterpointError):
    """Shown to people as it stands. `retry_helps` says whether the same request may work later."""

    retry_helps = False


class NotAllowed(Refusal):
    """This person may not do or see this."""


class NotPossible(Refusal):
    """Nobody may do this now: the state does not allow it."""


class NotFound(Refusal):
    """No such thing, or none that this person may know of."""


class Conflict(Refusal):
    """Somebody else changed it first. `theirs` holds the fields as they are saved now."""

    def __init__(self, message: str, *, theirs: Mapping[str, object]) -> None:
        super().__init__(message)
        self.theirs = theirs


class Fault(CounterpointError):
    """A setting or a promise between folders is broken; people see an apology, operators see this."""
