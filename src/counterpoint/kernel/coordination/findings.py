"""A finding: which accounts did what, by which statistic, against which null, and how it might be innocent.

Evidence for a human to judge. It names accounts as they are shown, never a person behind one, and decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Detector(StrEnum):
    PAIRS = "pairs"
    VALIDATED = "validated"
    AUTOMATION = "automation"
    HASHTAGS = "hashtags"
    DISPLACEMENT = "displacement"


@dataclass(frozen=True)
class Finding:
    """accounts: account numbers, strongest first where that has a meaning; posts: post numbers that are the evidence.
    statistic, value, expected: what was measured, what came out, what the null expects; p or surplus in `details`.
    innocent: what would have to be true for this to be innocent. stability: share of resamples in which it holds
    again, None where resampling says nothing. account_details: one mapping for each account."""

    detector: Detector
    kind: str
    accounts: Ints
    posts: Ints
    statistic: str
    value: float
    expected: float
    null: str
    innocent: str
    stability: float | None = None
    objects: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    account_details: Sequence[Mapping[str, Any]] = ()


def numbered(findings: Sequence[Finding]) -> list[tuple[str, Finding]]:
    """Each finding with its id: the detector and a running number, in the order that the detector gave."""
    seen: dict[str, int] = {}
    given = []
    for finding in findings:
        seen[finding.detector] = seen.get(finding.detector, 0) + 1
        given.append((f"{finding.detector}-{seen[finding.detector]:04d}", finding))
    return given
