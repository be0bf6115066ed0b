"""Putting off the day on which a clock is due: what needs a calendar to say whether it may be done."""

from datetime import date, datetime

from .calendars import Calendar
from .clock import MAX_COUNT, Clock, Did, Happened, aware, coded, done_to
from .problems import MoveNotAllowed
from .reading import due_of, limit_of
from .rule import Amount, Unit


def extend_clock(clock: Clock, calendar: Calendar, *, by: Amount, reason: str, at: datetime) -> Clock:
    """Longer by so much, counted on from the day that it would have been due. `reason` is an id such as awaiting_court;
    its words belong with the case. Raises MoveNotAllowed, also when it would run longer than the rule allows."""
    if not 1 <= by.count <= MAX_COUNT or (by.unit is Unit.HOURS) != (clock.rule.within.unit is Unit.HOURS):
        raise MoveNotAllowed(f"A clock in {clock.rule.within.unit} is not made longer by {by}.")
    return _within_limit(done_to(clock, Happened(Did.EXTENDED, aware(at), coded(reason), by=by)), calendar)


def move_clock(clock: Clock, calendar: Calendar, *, to: date, reason: str, at: datetime) -> Clock:
    """Due at the end of this day, or of the first working day after it where it counts those. A pause after the move
    puts it off further. Raises MoveNotAllowed for a day before the move, for a clock in hours, and beyond the limit."""
    moment = aware(at)
    if clock.rule.within.unit is Unit.HOURS:
        raise MoveNotAllowed("A clock in hours has no day to move to. Extend it.")
    if to < calendar.local_day(moment):
        raise MoveNotAllowed("The new day is before today. Choose a later one.")
    return _within_limit(done_to(clock, Happened(Did.MOVED, moment, coded(reason), to=to)), calendar)


def _within_limit(clock: Clock, calendar: Calendar) -> Clock:
    due, limit = due_of(clock, calendar), limit_of(clock, calendar)
    if limit is not None and due is not None and due > limit:
        raise MoveNotAllowed(f"“{clock.rule.title}” may run {clock.rule.at_most} from its start at most.")
    return clock
