"""A clock as a value: its rule, when it began, and what was done to it since, in order.

That is all that is stored. When it is due is worked out anew each time (see `reading`), so a stored clock cannot claim
a day that does not follow. A clock keeps the rule it was begun by: a later version of the pack does not change it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from .problems import ClockError, ClockNotReadable, MoveNotAllowed
from .rule import Amount, ClockRule, Escalation, SetBy, Unit

FORMAT = 1
MAX_EVENTS = 1_000
MAX_PUT_OFF = 50
MAX_COUNT = 1_200
MAX_CHARACTERS = 500_000
_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Did(StrEnum):
    PAUSED = "pause"
    RESUMED = "resume"
    EXTENDED = "extend"
    MOVED = "move"
    MET = "meet"
    STOPPED = "stop"


_FROM_RUNNING = frozenset({Did.PAUSED, Did.EXTENDED, Did.MOVED, Did.MET, Did.STOPPED})
_FROM_PAUSED = frozenset({Did.RESUMED, Did.MET, Did.STOPPED})
_WHY_NOT: Mapping[Did, str] = {
    Did.PAUSED: "Only a clock that runs can be paused.",
    Did.RESUMED: "Only a clock that is paused can go on.",
    Did.EXTENDED: "Only a clock that runs can be extended. Let it go on first.",
    Did.MOVED: "Only a clock that runs can be moved. Let it go on first.",
    Did.MET: "The clock has ended already.",
    Did.STOPPED: "The clock has ended already.",
}
ENDS = frozenset({Did.MET, Did.STOPPED})
PUTS_OFF = frozenset({Did.EXTENDED, Did.MOVED})


@dataclass(frozen=True)
class Happened:
    """One thing done to a clock. `by` is how much it was extended, `to` the day it was moved to."""

    did: Did
    at: datetime
    reason: str = ""
    by: Amount | None = None
    to: date | None = None


@dataclass(frozen=True)
class Clock:
    rule: ClockRule
    started_at: datetime
    happened: tuple[Happened, ...] = ()

    @property
    def is_paused(self) -> bool:
        pauses = [one for one in self.happened if one.did in (Did.PAUSED, Did.RESUMED)]
        return bool(pauses) and pauses[-1].did is Did.PAUSED and self.ended is None

    @property
    def ended(self) -> Happened | None:
        """How it ended: met, or stopped because nobody needs it any more."""
        return self.happened[-1] if self.happened and self.happened[-1].did in ENDS else None

    def to_json(self) -> str:
        """The same clock is the same text, byte for byte."""
        document = {
            "format": FORMAT,
            "rule": _rule_out(self.rule),
            "started_at": self.started_at.isoformat(),
            "happened": [_happened_out(one) for one in self.happened],
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Clock":
        """The clock that `to_json` wrote. Raises ClockNotReadable when it is not one of ours, or tells of what could
        not have been done."""
        if len(text) > MAX_CHARACTERS:
            raise ClockNotReadable("The stored clock is too long to be one of ours.")
        try:
            return _clock_in(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, ClockError):
            raise ClockNotReadable("The stored clock is not in the form that this library writes.") from None


def start_clock(rule: ClockRule, *, at: datetime) -> Clock:
    """A clock that runs from this moment."""
    return Clock(rule, aware(at))


def pause_clock(clock: Clock, *, reason: str, at: datetime) -> Clock:
    """Days whose end falls into the pause do not count. `reason` is one of the rule's. Raises MoveNotAllowed."""
    if reason not in clock.rule.pause_reasons:
        allowed = ", ".join(clock.rule.pause_reasons) or "none"
        raise MoveNotAllowed(f"“{clock.rule.title}” may not be paused for that reason. Allowed: {allowed}.")
    return done_to(clock, Happened(Did.PAUSED, aware(at), reason))


def resume_clock(clock: Clock, *, at: datetime) -> Clock:
    """Raises MoveNotAllowed when it is not paused."""
    return done_to(clock, Happened(Did.RESUMED, aware(at)))


def meet_clock(clock: Clock, *, at: datetime) -> Clock:
    """What it counted for is done. Raises MoveNotAllowed when it has ended before."""
    return done_to(clock, Happened(Did.MET, aware(at)))


def stop_clock(clock: Clock, *, reason: str, at: datetime) -> Clock:
    """Nobody waits any more, such as when the stage was left. Raises MoveNotAllowed when it has ended before."""
    return done_to(clock, Happened(Did.STOPPED, aware(at), coded(reason)))


def done_to(clock: Clock, event: Happened) -> Clock:
    """The clock with one thing more done to it, when that may be done now. Raises MoveNotAllowed."""
    allowed = frozenset[Did]() if clock.ended else _FROM_PAUSED if clock.is_paused else _FROM_RUNNING
    if event.did not in allowed:
        raise MoveNotAllowed(f"“{clock.rule.title}”: {_WHY_NOT[event.did]}")
    latest = clock.happened[-1].at if clock.happened else clock.started_at
    if event.at < latest:
        raise MoveNotAllowed("The moment is before what was last done to the clock. Give a later one.")
    if len(clock.happened) >= MAX_EVENTS:
        raise MoveNotAllowed(f"More than {MAX_EVENTS:,} things were done to one clock.")
    if sum(one.did in PUTS_OFF for one in (*clock.happened, event)) > MAX_PUT_OFF:
        raise MoveNotAllowed(f"The clock was extended or moved {MAX_PUT_OFF} times. Close it and begin another.")
    return replace(clock, happened=(*clock.happened, event))


def aware(at: datetime) -> datetime:
    """The moment in UTC. Raises ClockError for one without a zone."""
    if at.tzinfo is None:
        raise ClockError("The moment has no time zone. Give an aware datetime.")
    return at.astimezone(UTC)


def coded(reason: str) -> str:
    """The id of a reason. Raises MoveNotAllowed for anything else: words may be personal, and belong with the case."""
    if not _REASON.fullmatch(reason):
        raise MoveNotAllowed("A reason is an id such as awaiting_court: a to z, 0 to 9 and _.")
    return reason


# --- to and from what is stored


def _amount_out(amount: Amount | None) -> list[object] | None:
    return None if amount is None else [amount.count, str(amount.unit)]


def _rule_out(rule: ClockRule) -> dict[str, object]:
    """A clock whose period no table set is written as it always was."""
    by = rule.set_by
    set_by = {} if by is None else {"set_by": [by.table_hash, by.row, by.reason]}
    return {
        **set_by,
        "id": rule.id,
        "title": rule.title,
        "within": _amount_out(rule.within),
        "calendar": rule.calendar,
        "warn_before": _amount_out(rule.warn_before),
        "escalations": [[_amount_out(one.after), one.to] for one in rule.escalations],
        "pause_reasons": list(rule.pause_reasons),
        "at_most": _amount_out(rule.at_most),
    }


def _happened_out(one: Happened) -> list[object]:
    day = None if one.to is None else one.to.isoformat()
    return [str(one.did), one.at.isoformat(), one.reason, _amount_out(one.by), day]


def _amount_in(stored: Any) -> Amount:
    count, unit = stored
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_COUNT:
        raise ValueError
    return Amount(count, Unit(unit))


def _rule_in(stored: Any) -> ClockRule:
    texts = [stored[key] for key in ("id", "title", "calendar")] + list(stored["pause_reasons"])
    wanted = 8 + ("set_by" in stored)  # the keys of _rule_out
    if len(stored) != wanted or not all(isinstance(text, str) for text in texts):
        raise ValueError
    return ClockRule(
        id=stored["id"],
        title=stored["title"],
        within=_amount_in(stored["within"]),
        calendar=stored["calendar"],
        warn_before=None if stored["warn_before"] is None else _amount_in(stored["warn_before"]),
        escalations=tuple(Escalation(_amount_in(after), str(to)) for after, to in stored["escalations"]),
        pause_reasons=tuple(stored["pause_reasons"]),
        at_most=None if stored["at_most"] is None else _amount_in(stored["at_most"]),
        set_by=_set_by_in(stored["set_by"]) if "set_by" in stored else None,
    )


def _set_by_in(stored: Any) -> SetBy:
    table_hash, row, reason = stored
    known = isinstance(table_hash, str) and isinstance(reason, str) and isinstance(row, int)
    if not known or isinstance(row, bool):
        raise ValueError
    return SetBy(table_hash, row, reason)


def _clock_in(stored: Any) -> Clock:
    if set(stored) != {"format", "rule", "started_at", "happened"} or stored["format"] != FORMAT:
        raise ValueError
    clock = start_clock(_rule_in(stored["rule"]), at=aware(datetime.fromisoformat(stored["started_at"])))
    for did, at, reason, by, to in stored["happened"]:
        event = Happened(
            Did(did),
            aware(datetime.fromisoformat(at)),
            reason if reason == "" else coded(reason),
            None if by is None else _amount_in(by),
            None if to is None else date.fromisoformat(to),
        )
        if (event.by is not None) != (event.did is Did.EXTENDED) or (event.to is not None) != (event.did is Did.MOVED):
            raise ValueError
        if event.did is Did.PAUSED and reason not in clock.rule.pause_reasons:
            raise ValueError
        clock = done_to(clock, event)
    return clock
