"""Clocks: by when something must be done, as values. A rule and what happened to a clock in, a reading of it out.

    clock = start_clock(rule, at=now)
    clock = pause_clock(clock, reason="waiting_for_family", at=later)
    read_clock(clock, calendar, at=later).left        how much is left once it goes on

No function looks at the time of day: the moment is an argument, and so is the calendar of working days.
"""

from .calendars import Calendar, Holiday
from .clock import Clock, meet_clock, pause_clock, resume_clock, start_clock, stop_clock
from .extending import extend_clock, move_clock
from .problems import ClockError, ClockNotReadable, MoveNotAllowed
from .reading import ClockState, Escalated, Reading, read_clock
from .rule import Amount, ClockRule, Escalation, SetBy, Unit

__all__ = [
    "Amount",
    "Calendar",
    "Clock",
    "ClockError",
    "ClockNotReadable",
    "ClockRule",
    "ClockState",
    "Escalated",
    "Escalation",
    "Holiday",
    "MoveNotAllowed",
    "Reading",
    "SetBy",
    "Unit",
    "extend_clock",
    "meet_clock",
    "move_clock",
    "pause_clock",
    "read_clock",
    "resume_clock",
    "start_clock",
    "stop_clock",
]
