"""Today, and the day of a moment, where the deployment is."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from counterpoint.base import clock


def today() -> date:
    """The day that it is now."""
    return day_of(clock.now())


def day_of(at: datetime) -> date:
    """The day on which a moment fell."""
    return at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
