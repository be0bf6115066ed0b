"""What can be wrong with a clock.

ClockError
├── MoveNotAllowed      the clock cannot be paused, resumed, extended, moved, met or stopped so now
└── ClockNotReadable    a stored clock is not one of ours, or tells what could not have happened
"""


class ClockError(Exception):
    """The family of all errors of this library; itself a moment without a zone, or a calendar that cannot be."""


class MoveNotAllowed(ClockError):
    pass


class ClockNotReadable(ClockError):
    pass
