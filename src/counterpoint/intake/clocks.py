"""By when a referral has to be decided."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from counterpoint.intake.types import Urgency

_IMMEDIATE = timedelta(minutes=30)
_AT_LEAST = timedelta(hours=4)  # what arrives just before midnight is not overdue at once
_WORKING_DAYS = {Urgency.FIVE_DAYS: 5, Urgency.ROUTINE: 10}
_SATURDAY = 5


def due_at(urgency: Urgency, *, received_at: datetime) -> datetime:
    """The end of the clock that `urgency` sets, counted from the arrival. Working days are Monday to Friday."""
    if urgency is Urgency.IMMEDIATE:
        return received_at + _IMMEDIATE
    if urgency is Urgency.SAME_DAY:
        return max(_end_of_day(received_at), received_at + _AT_LEAST)
    day = received_at
    for _ in range(_WORKING_DAYS[urgency]):
        day += timedelta(days=1)
        while day.astimezone(_zone()).weekday() >= _SATURDAY:
            day += timedelta(days=1)
    return _end_of_day(day)


def _end_of_day(at: datetime) -> datetime:
    local = at.astimezone(_zone())
    last = datetime.combine(local.date(), time(23, 59, 59), tzinfo=_zone())
    return last.astimezone(at.tzinfo)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.DISPLAY_TIME_ZONE)
