"""Working days of a place: its zone, its working week, its holidays by year."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from .problems import ClockError

_WEEK = 7


@dataclass(frozen=True)
class Holiday:
    day: date
    name: str


@dataclass(frozen=True)
class Calendar:
    """Working days of one place. `zone` is an IANA name; `working_week` holds weekdays, Monday is 0.

    `holidays` has every year that is known, also one without any. Of a year that is not known only weekends are free,
    and a reading that had to assume so says it.
    """

    id: str
    zone: str
    working_week: frozenset[int]
    holidays: Mapping[int, tuple[Holiday, ...]] = field(hash=False)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            raise ClockError(f"{self.zone!r} is not a time zone. Use a name such as Europe/London.") from None
        if not self.working_week or not self.working_week <= frozenset(range(_WEEK)):
            raise ClockError("A working week needs a day, of 0 (Monday) to 6 (Sunday).")

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _free(self) -> list[int]:
        """Ordinals of the holidays that take a day from the working week, in order."""
        days = {holiday.day for holidays in self.holidays.values() for holiday in holidays}
        return sorted(day.toordinal() for day in days if day.weekday() in self.working_week)

    @cached_property
    def _in_part_of_week(self) -> tuple[int, ...]:
        """How many of the first 0, 1 … 6 days of a week are working days. Day 1 of all time was a Monday."""
        return tuple(sum(day in self.working_week for day in range(days)) for days in range(_WEEK))

    def knows(self, year: int) -> bool:
        return year in self.holidays

    @property
    def known_until(self) -> date | None:
        """The last day of the last year that is known without a gap before it."""
        years = sorted(self.holidays)
        last = next((year for year in years if year + 1 not in self.holidays), None)
        return None if last is None else date(last, 12, 31)

    def is_working(self, day: date) -> bool:
        return day.weekday() in self.working_week and all(h.day != day for h in self.holidays.get(day.year, ()))

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def end_of(self, day: date) -> datetime:
        """The moment (UTC) at which a day is over: the midnight after it, where the place is."""
        return datetime.combine(day + timedelta(days=1), time.min, self._zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._zone).astimezone(UTC)

    def working_days_until(self, ordinal: int) -> int:
        """How many working days there were from day 1 of all time to this one, both counted."""
        weeks, days = divmod(ordinal, _WEEK)
        return weeks * len(self.working_week) + self._in_part_of_week[days] - bisect_right(self._free, ordinal)


Count = Callable[[int], int]
"""From the ordinal of a day to how many days that count there were up to it."""
