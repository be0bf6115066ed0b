"""What a pack says of a clock: how long, when to warn, whom to tell when it runs out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Unit(StrEnum):
    """Hours run day and night; a day counts when the clock runs at its end; a working day by the calendar."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True)
class Amount:
    """So many of a unit; `Amount(0, Unit.WORKING_DAYS)` is by the end of the same working day."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit.replace('_', ' ')}"


@dataclass(frozen=True)
class Escalation:
    """So long after the clock ran out, tell this role."""

    after: Amount
    to: str


@dataclass(frozen=True)
class SetBy:
    """What set a clock's period otherwise than the pack's list of clocks: the row (counted from 1) of a decision table,
    by its hash, and the row's reason."""

    table_hash: str
    row: int
    reason: str


@dataclass(frozen=True)
class ClockRule:
    """One clock of a pack. `calendar` is the id of a calendar of working days and holidays; `at_most` how late, counted
    from the start, an extension or a move may put it; `pause_reasons` for what it may be paused (ids).
    `set_by`: the row of a table that set `within`; None where the pack's list did."""

    id: str
    title: str
    within: Amount
    calendar: str
    warn_before: Amount | None = None
    escalations: tuple[Escalation, ...] = ()
    pause_reasons: tuple[str, ...] = ()
    at_most: Amount | None = None
    set_by: SetBy | None = None


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(years, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)
