"""Moments in words, for notices and captions."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def moment_in_words(at: datetime) -> str:
    """A moment where the deployment is: 3 March 2026, 14:05."""
    local = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))
    return f"{local.day} {local:%B %Y, %H:%M}"
