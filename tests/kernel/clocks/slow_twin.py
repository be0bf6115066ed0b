"""A clock read the slow and plain way: day after day, asking of each whether it counts."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from counterpoint.kernel.clocks import Unit

DAY = timedelta(days=1)


def due_of(clock, calendar):
    """The moment from which the clock is late, or None while a pause holds it."""
    pauses = pauses_of(clock)
    due = later(calendar, pauses, clock.started_at, clock.rule.within)
    for one in clock.happened:
        if one.did == "move":
            day = calendar.local_day(one.at)
            days, passed = (one.to - day).days, 0
            while day is not None and (passed < days or paused_at_end(calendar, pauses, day)):
                day = next_day(day)
                passed += day is not None and not paused_at_end(calendar, pauses, day)
            while (
                day is not None
                and clock.rule.within.unit == Unit.WORKING_DAYS
                and not counts(calendar, pauses, day, True)
            ):
                day = next_day(day)
            due = None if day is None else end_of(calendar, day)
        elif one.did == "extend" and due is not None:
            due = later(calendar, pauses, due - timedelta(microseconds=1) if one.by.unit != Unit.HOURS else due, one.by)
    return due


def pauses_of(clock):
    found, begun = [], None
    for one in clock.happened:
        if one.did == "pause":
            begun = one.at
        elif begun is not None:
            found.append((begun, one.at))
            begun = None
    return [*found, (begun, None)] if begun else found


def end_of(calendar, day):
    return datetime.combine(day + DAY, time.min, ZoneInfo(calendar.zone))


def paused_at_end(calendar, pauses, day):
    end = end_of(calendar, day)
    return any(begin < end and (stop is None or end <= stop) for begin, stop in pauses)


def counts(calendar, pauses, day, working):
    return not paused_at_end(calendar, pauses, day) and (not working or calendar.is_working(day))


def next_day(day):
    return None if day.year > 2034 else day + DAY


def later(calendar, pauses, at, amount):
    if amount.unit == Unit.HOURS:
        return hours_later(pauses, at, amount.count)
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    wanted = amount.count
    if amount.unit == Unit.MONTHS:
        wanted = (same_day_later(day, amount.count) - day).days
    working, counted = amount.unit == Unit.WORKING_DAYS, 0
    while counted < wanted or (wanted == 0 and not counts(calendar, pauses, day, working)):
        day = next_day(day)
        if day is None:
            return None
        counted += counts(calendar, pauses, day, working)
    return end_of(calendar, day)


def same_day_later(day, months):
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - DAY
    return min(first + timedelta(days=day.day - 1), last)


def hours_later(pauses, at, hours):
    """Minute by minute would be too slow: by quarters of an hour, on which all moments of these tests lie."""
    step, left = timedelta(minutes=15), hours * 4
    while left:
        paused = next((p for p in pauses if p[0] <= at and (p[1] is None or at < p[1])), None)
        if paused and paused[1] is None:
            return None
        left -= not paused
        at += step
    return at
