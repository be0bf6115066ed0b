"""Findings held against labels: precision, recall and organic accounts named, with intervals.

By account, because that is what a mistake costs. Accounts of one campaign stand or fall together, so the intervals
that treat them as independent are too narrow; found campaigns are counted beside them.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054  # 95 %


@dataclass(frozen=True)
class Share:
    """A proportion with its 95 % Wilson interval."""

    found: int
    of: int

    @property
    def value(self) -> float:
        return self.found / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        middle = (self.value + Z * Z / (2 * self.of)) / (1 + Z * Z / self.of)
        half = (
            Z * sqrt(self.value * (1 - self.value) / self.of + Z * Z / (4 * self.of * self.of)) / (1 + Z * Z / self.of)
        )
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_record(self) -> dict[str, float | int | None]:
        low, high = self.interval
        return {"found": self.found, "of": self.of, "value": self.value if self.of else None, "low": low, "high": high}


@dataclass(frozen=True)
class Score:
    """recalls: by tactic (or whatever the labels call the kind). campaigns: found when half of their accounts are."""

    precision: Share
    recall: Share
    organic: Share
    campaigns: Share
    recalls: Mapping[str, Share]


def score(named: AbstractSet[str], labels: Mapping[str, tuple[str, str]], *, accounts: int) -> Score:
    """named: accounts that findings name. labels: account -> (campaign, kind). accounts: all in the world."""
    right = named & labels.keys()
    members: dict[str, set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for account, (campaign, kind) in labels.items():
        members.setdefault(campaign, set()).add(account)
        kinds.setdefault(kind, set()).add(account)
    return Score(
        precision=Share(len(right), len(named)),
        recall=Share(len(right), len(labels)),
        organic=Share(len(named) - len(right), max(accounts - len(labels), 0)),
        campaigns=Share(sum(2 * len(theirs & named) >= len(theirs) for theirs in members.values()), len(members)),
        recalls={kind: Share(len(theirs & named), len(theirs)) for kind, theirs in sorted(kinds.items())},
    )
