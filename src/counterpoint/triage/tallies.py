"""Counting what two tables said of the same referrals, and what people decided. Pure: values in, values out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

_BETWEEN = ">"
PROTECTED_BELOW = 5
TallyT = TypeVar("TallyT", "Tally", "ReaderTally")


@dataclass(frozen=True)
class Outcome:
    """What one table said: route, urgency, and the rules that fired by id."""

    route: str
    urgency: str
    rule_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decided:
    """What a person decided first."""

    route: str
    urgency: str


@dataclass(frozen=True)
class Needs:
    """Whether a second reader is needed, by one table and the law of the house, and the rules that fired by id."""

    needed: bool
    rule_ids: tuple[str, ...] = ()


@dataclass
class Tally:
    """Counts that add up over parts. Pairs are written "before>after".

    agreed_on_route, agreed_on_both: how often the person's decision was that of "both" tables, "only_before",
    "only_after" or "neither"; by route, and by route and urgency. left_out: why a referral was not compared."""

    compared: int = 0
    changed: int = 0
    routes: Counter[str] = field(default_factory=Counter)
    urgencies: Counter[str] = field(default_factory=Counter)
    rules_before: Counter[str] = field(default_factory=Counter)
    rules_after: Counter[str] = field(default_factory=Counter)
    agreed_on_route: Counter[str] = field(default_factory=Counter)
    agreed_on_both: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, before: Outcome, after: Outcome, decided: Decided | None, *, times: int = 1) -> None:
        """Count one referral, or so many alike."""
        self.compared += times
        self.changed += times * is_changed(before, after)
        self.routes[f"{before.route}{_BETWEEN}{after.route}"] += times
        self.urgencies[f"{before.urgency}{_BETWEEN}{after.urgency}"] += times
        for rule_id in before.rule_ids:
            self.rules_before[rule_id] += times
        for rule_id in after.rule_ids:
            self.rules_after[rule_id] += times
        if decided is not None:
            self.agreed_on_route[_agreed(before.route, after.route, decided.route)] += times
            both = [(each.route, each.urgency) for each in (before, after, decided)]
            self.agreed_on_both[_agreed(*both)] += times

    def as_json(self) -> dict[str, Any]:
        """For a JSON column."""
        return _as_json(self)


@dataclass
class ReaderTally:
    """Counts of second readers that add up over parts; pairs are written "yes>no".

    asked: needed by the table in force > by the draft's. before_and_people, after_and_people: needed by that table >
    there was one. dropped: what the second readers said whom the draft would not have asked for: "agreed", "sent_back"
    or "open". left_out: why a referral was not compared."""

    compared: int = 0
    changed: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    before_and_people: Counter[str] = field(default_factory=Counter)
    after_and_people: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    rules_before: Counter[str] = field(default_factory=Counter)
    rules_after: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, before: Needs, after: Needs, reading: str) -> None:
        """Count one referral. reading: what its second reader said, "" where there was none."""
        self.compared += 1
        self.changed += before.needed != after.needed
        self.asked[_pair(before.needed, after.needed)] += 1
        self.before_and_people[_pair(before.needed, bool(reading))] += 1
        self.after_and_people[_pair(after.needed, bool(reading))] += 1
        if reading and not after.needed:
            self.dropped[reading] += 1
        self.rules_before.update(before.rule_ids)
        self.rules_after.update(after.rule_ids)

    def as_json(self) -> dict[str, Any]:
        """For a JSON column."""
        return _as_json(self)


def tally_of(stored: Mapping[str, Any]) -> Tally:
    """The tally that `as_json` was written from; an empty mapping is an empty tally."""
    return _filled(Tally(), stored)


def reader_tally_of(stored: Mapping[str, Any]) -> ReaderTally:
    """As `tally_of`."""
    return _filled(ReaderTally(), stored)


def is_changed(before: Outcome, after: Outcome) -> bool:
    """Whether the officer would have been proposed something else."""
    return (before.route, before.urgency) != (after.route, after.urgency)


def matrix(pairs: Mapping[str, int], order: tuple[str, ...]) -> Iterator[tuple[str, list[int]]]:
    """One row for each value before, in this order: the counts by value after, in this order."""
    for before in order:
        yield before, [pairs.get(f"{before}{_BETWEEN}{after}", 0) for after in order]


def protected(count: int) -> str:
    """A count fit to leave the desk: none, fewer than five, or rounded to fives, so that no subtraction of two of them
    tells of one person. Totals are rounded by themselves."""
    if count == 0:
        return "0"
    if count < PROTECTED_BELOW:
        return f"fewer than {PROTECTED_BELOW}"
    return f"about {PROTECTED_BELOW * ((count + PROTECTED_BELOW // 2) // PROTECTED_BELOW)}"


def share_percent(part: int, whole: int) -> int | None:
    """Whole percent; None of nothing."""
    return round(100 * part / whole) if whole else None


def _agreed(before: object, after: object, decided: object) -> str:
    if before == decided:
        return "both" if after == decided else "only_before"
    return "only_after" if after == decided else "neither"


def _pair(*both: bool) -> str:
    return _BETWEEN.join("yes" if each else "no" for each in both)


def _as_json(tally: Tally | ReaderTally) -> dict[str, Any]:
    return {one.name: _plain(getattr(tally, one.name)) for one in fields(tally)}


def _filled(tally: TallyT, stored: Mapping[str, Any]) -> TallyT:
    for name in (one.name for one in fields(tally)):
        value = stored.get(name)
        if value is not None:
            setattr(tally, name, Counter(value) if isinstance(value, dict) else value)
    return tally


def _plain(value: Any) -> Any:
    return {key: count for key, count in sorted(value.items()) if count} if isinstance(value, Counter) else value
