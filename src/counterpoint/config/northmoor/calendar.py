"""When reports arrive in the plan, and when people of the desk are at work. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random

_SATURDAY = 5
_WEEKEND_WEIGHT = 0.3
_OPENS, _ENDS = 8.5, 17.5  # hours of the day, UTC
_HOURS = {
    8: 5,
    9: 9,
    10: 10,
    11: 10,
    12: 7,
    13: 8,
    14: 9,
    15: 10,
    16: 9,
    17: 5,
    18: 3,
    19: 3,
    20: 4,
    21: 4,
    22: 3,
    23: 1,
    7: 2,
}


def arrival_moments(random: Random, count: int, *, months: Mapping[str, float], ends_on: date) -> list[datetime]:
    """`count` moments in order, spread over the months ("2024-10": weight beside an average one) by their weights,
    fewer at weekends and at night."""
    days = [day for month in months for day in _days(month) if day <= ends_on]
    weights = [months[f"{day:%Y-%m}"] * (_WEEKEND_WEIGHT if day.weekday() >= _SATURDAY else 1) for day in days]
    chosen = random.choices(days, weights=weights, k=count)
    return sorted(_moment(random, day) for day in chosen)


def on_a_weekday(at: datetime, *, as_in: datetime) -> datetime:
    """`at`, two days earlier where it fell on a weekend although `as_in`, before all days were moved, did not."""
    if at.weekday() >= _SATURDAY and as_in.weekday() < _SATURDAY:
        return at - timedelta(days=2)
    return at


def after_work_hours(at: datetime, hours: float) -> datetime:
    """The moment when so many hours of office work have passed since `at`. Monday to Friday."""
    while hours > 0 or not _is_open(at):
        if not _is_open(at):
            at = _next_opening(at)
            continue
        left = (_closing(at) - at).total_seconds() / 3600
        step = min(hours, left)
        at, hours = at + timedelta(hours=step), hours - step
    return at


def _days(month: str) -> list[date]:
    year, number = (int(part) for part in month.split("-"))
    return [date(year, number, day) for day in range(1, monthrange(year, number)[1] + 1)]


def _moment(random: Random, day: date) -> datetime:
    hour = random.choices(list(_HOURS), weights=list(_HOURS.values()))[0]
    return datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), tzinfo=UTC)


def _is_open(at: datetime) -> bool:
    hour = at.hour + at.minute / 60 + at.second / 3600
    return at.weekday() < _SATURDAY and _OPENS <= hour < _ENDS


def _closing(at: datetime) -> datetime:
    return _at_hour(at, _ENDS)


def _next_opening(at: datetime) -> datetime:
    opening = _at_hour(at, _OPENS)
    if at >= opening:
        opening += timedelta(days=1)
    while opening.weekday() >= _SATURDAY:
        opening += timedelta(days=1)
    return opening


def _at_hour(at: datetime, hour: float) -> datetime:
    return at.replace(hour=int(hour), minute=int(hour % 1 * 60), second=0, microsecond=0)
