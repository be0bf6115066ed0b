"""What a clock says at a moment: when it is due, how much is left, who must be told.

How days are counted, in one sentence: a day counts when the clock runs at its end and, for working days, when it is
one. So the day on which a clock begins is day 0, a pause that begins and ends on the same day costs nothing, and a
clock is due when the last day that it has is over. With G(d) the number of days that count up to d, the due day is the
first with G(d) = G(start) + n; G only ever grows, so it is found by halving and not by walking.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from .calendars import Calendar, Count
from .clock import Clock, Did
from .rule import Amount, Unit, months_after

_HOUR = timedelta(hours=1)


class ClockState(StrEnum):
    """PAUSED is only what is not due while it is paused; what ran out before stays LATE."""

    RUNNING = "running"
    PAUSED = "paused"
    LATE = "late"
    MET = "met"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Escalated:
    """`is_reached`: the role must have been told by now."""

    to: str
    at: datetime
    is_reached: bool


@dataclass(frozen=True)
class Reading:
    """`due_at` is the moment from which it is late (UTC), `due_on` the last day it has; both None while a pause holds
    it. `left`: how many of its units are left (days for months; 0 when late), paused or not. `was_late`: it ran
    out before it was met, or has run out now. `assumed_years`: years that count and of which no holidays are known."""

    state: ClockState
    due_at: datetime | None
    due_on: date | None
    warn_at: datetime | None
    is_warning: bool
    left: int
    was_late: bool
    paused_for: str | None
    escalations: tuple[Escalated, ...]
    assumed_years: tuple[int, ...]


def read_clock(clock: Clock, calendar: Calendar, *, at: datetime) -> Reading:
    """The clock as it stands at a moment that is not before the latest thing done to it."""
    pauses = _pauses(clock)
    ended = clock.ended
    due = _due(clock, calendar, pauses)
    moment = ended.at if ended else at
    has_run_out = due is not None and moment >= due
    state = _state(clock, has_run_out=has_run_out)
    warn_at = _warn_at(clock, calendar, pauses, due)
    live = state in (ClockState.RUNNING, ClockState.LATE)
    return Reading(
        state=state,
        due_at=due,
        due_on=None if due is None else _last_day(calendar, due),
        warn_at=warn_at,
        is_warning=state is ClockState.RUNNING and warn_at is not None and warn_at <= at,
        left=_left(clock, calendar, at) if state in (ClockState.RUNNING, ClockState.PAUSED) else 0,
        was_late=has_run_out and state is not ClockState.STOPPED,
        paused_for=_reason_of_pause(clock) if state is ClockState.PAUSED else None,
        escalations=tuple(_escalations(clock, calendar, pauses, due, at if live else None)),
        assumed_years=_assumed(clock, calendar, due),
    )


def due_of(clock: Clock, calendar: Calendar) -> datetime | None:
    """The moment from which it is late; None while a pause holds it."""
    return _due(clock, calendar, _pauses(clock))


def limit_of(clock: Clock, calendar: Calendar) -> datetime | None:
    """The latest moment to which it may be put off, pauses apart; None where the rule sets none."""
    if clock.rule.at_most is None:
        return None
    return _later(calendar, _pauses(clock), clock.started_at, clock.rule.at_most)


def _state(clock: Clock, *, has_run_out: bool) -> ClockState:
    if clock.ended:
        return ClockState.MET if clock.ended.did is Did.MET else ClockState.STOPPED
    if has_run_out:
        return ClockState.LATE
    return ClockState.PAUSED if clock.is_paused else ClockState.RUNNING


def _reason_of_pause(clock: Clock) -> str:
    return [one for one in clock.happened if one.did is Did.PAUSED][-1].reason


# --- pauses

_Pauses = tuple[tuple[datetime, datetime | None], ...]


def _pauses(clock: Clock, *, until: datetime | None = None) -> _Pauses:
    """From when to when it was paused; the end of one that still goes on is `until`."""
    found: list[tuple[datetime, datetime | None]] = []
    begun: datetime | None = None
    for one in clock.happened:
        if one.did is Did.PAUSED:
            begun = one.at
        elif begun is not None:
            found.append((begun, one.at))
            begun = None
    return (*found, (begun, until)) if begun is not None else tuple(found)


def _days_out(calendar: Calendar, pauses: _Pauses) -> list[tuple[int, int]]:
    """Ordinals of the first and the last day of which the end fell into a pause; days do not overlap."""
    found = []
    for begin, end in pauses:
        first = calendar.local_day(begin).toordinal()
        last = date.max.toordinal() if end is None else calendar.local_day(end).toordinal() - 1
        if first <= last:
            found.append((first, last))
    return found


# --- counting days


def _counting(calendar: Calendar, unit: Unit, pauses: _Pauses) -> Count:
    """G: how many days that count there were up to a day."""
    out = _days_out(calendar, pauses)
    plain: Count = calendar.working_days_until if unit is Unit.WORKING_DAYS else _every_day

    def count(ordinal: int) -> int:
        return plain(ordinal) - sum(
            plain(min(last, ordinal)) - plain(first - 1) for first, last in out if first <= ordinal
        )

    return count


def _every_day(ordinal: int) -> int:
    return ordinal


_LAST: Final = date.max.toordinal() - 1


def _first_reaching(count: Count, target: int, *, low: int) -> int | None:
    """The first day, not before `low`, by which so many days have counted; None when there is none. In strides that
    double, then by halving: most clocks are due within weeks."""
    before, stride = low - 1, 1
    while count(min(low, _LAST)) < target:
        if low >= _LAST:
            return None
        before, low, stride = low, min(low + stride, _LAST), stride * 2
    return before + 1 + bisect_left(range(before + 1, low), target, key=count)


def _day_after(calendar: Calendar, pauses: _Pauses, day: date, amount: Amount) -> date | None:
    if amount.unit is Unit.MONTHS:
        days = (months_after(day, amount.count) - day).days
        return _day_after(calendar, pauses, day, Amount(days, Unit.CALENDAR_DAYS))
    count = _counting(calendar, amount.unit, pauses)
    start, wanted = (day.toordinal(), amount.count) if amount.count else (day.toordinal() - 1, 1)
    found = _first_reaching(count, count(start) + wanted, low=start)
    return None if found is None else date.fromordinal(found)


def _day_before(calendar: Calendar, pauses: _Pauses, day: date, amount: Amount) -> date:
    if amount.unit is Unit.MONTHS:
        return months_after(day, -amount.count)
    count = _counting(calendar, amount.unit, pauses)
    target, low, stride = count(day.toordinal()) - amount.count, day.toordinal(), 1
    while low > 1 and count(low) >= target:
        low, stride = max(low - stride, 1), stride * 2
    found = _first_reaching(count, target, low=low)
    return date.fromordinal(found or 1)


# --- moments


def _later(calendar: Calendar, pauses: _Pauses, at: datetime, amount: Amount) -> datetime | None:
    """The moment at which so much has passed since `at`."""
    if amount.unit is Unit.HOURS:
        return _hours_later(pauses, at, amount.count * _HOUR)
    day = _day_after(calendar, pauses, calendar.local_day(at), amount)
    return None if day is None else calendar.end_of(day)


def _hours_later(pauses: _Pauses, at: datetime, wanted: timedelta) -> datetime | None:
    for begin, end in pauses:
        if end is not None and end <= at:
            continue
        running = max(begin - at, timedelta(0))
        if wanted <= running:
            break
        if end is None:
            return None
        wanted -= running
        at = end
    return at + wanted


def _due(clock: Clock, calendar: Calendar, pauses: _Pauses) -> datetime | None:
    due = _later(calendar, pauses, clock.started_at, clock.rule.within)
    for one in clock.happened:
        if one.did is Did.MOVED and one.to is not None:
            due = _moved(clock, calendar, pauses, one.at, one.to)
        elif one.did is Did.EXTENDED and one.by is not None and due is not None:
            due = _later(calendar, pauses, due if one.by.unit is Unit.HOURS else _within(due), one.by)
    return due


def _within(due: datetime) -> datetime:
    """A moment of the last day that a clock has: it is due when that day is over."""
    return due - timedelta(microseconds=1)


def _last_day(calendar: Calendar, due: datetime) -> date:
    return calendar.local_day(_within(due))


def _moved(clock: Clock, calendar: Calendar, pauses: _Pauses, at: datetime, to: date) -> datetime | None:
    days = (to - calendar.local_day(at)).days
    day = _day_after(calendar, pauses, calendar.local_day(at), Amount(days, Unit.CALENDAR_DAYS))
    if day is not None and clock.rule.within.unit is Unit.WORKING_DAYS:
        day = _day_after(calendar, pauses, day, Amount(0, Unit.WORKING_DAYS))
    return None if day is None else calendar.end_of(day)


def _warn_at(clock: Clock, calendar: Calendar, pauses: _Pauses, due: datetime | None) -> datetime | None:
    before = clock.rule.warn_before
    if before is None or due is None:
        return None
    if before.unit is Unit.HOURS:
        found = due - before.count * _HOUR
    else:
        found = calendar.start_of(_day_before(calendar, pauses, _last_day(calendar, due), before))
    return max(found, clock.started_at)


def _escalations(
    clock: Clock, calendar: Calendar, pauses: _Pauses, due: datetime | None, at: datetime | None
) -> Iterator[Escalated]:
    """`at` is None where nobody is told any more."""
    for escalation in clock.rule.escalations if due is not None else ():
        moment = due
        if due is not None and escalation.after.count:
            in_hours = escalation.after.unit is Unit.HOURS
            moment = _later(calendar, pauses, due if in_hours else _within(due), escalation.after)
        if moment is not None:
            yield Escalated(escalation.to, moment, is_reached=at is not None and moment <= at)


def _left(clock: Clock, calendar: Calendar, at: datetime) -> int:
    """After today; of a clock that is paused, what was left on the day of the pause."""
    at = clock.happened[-1].at if clock.is_paused else at
    pauses = _pauses(clock, until=at)
    due = _due(clock, calendar, pauses)
    if due is None or due <= at:
        return 0
    unit = clock.rule.within.unit
    if unit is Unit.HOURS:
        return ceil((due - at) / _HOUR)
    count: Callable[[int], int] = _counting(calendar, unit, pauses)
    return count(_last_day(calendar, due).toordinal()) - count(calendar.local_day(at).toordinal())


def _assumed(clock: Clock, calendar: Calendar, due: datetime | None) -> tuple[int, ...]:
    if due is None or clock.rule.within.unit is not Unit.WORKING_DAYS:
        return ()
    years = range(calendar.local_day(clock.started_at).year, _last_day(calendar, due).year + 1)
    return tuple(year for year in years if not calendar.knows(year))
