"""How stable a finding is: whether it holds again when part of its evidence is left out.

What is kept is fixed by its place in an order that names, dates and the order of rows do not change, never by chance.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]

RESAMPLES = 20
KEPT = 0.7  # of what is resampled


def stability(size: int, holds: Callable[[Bools], bool]) -> float:
    """Share of resamples in which `holds` says yes; it is given which of `size` pieces of evidence are kept."""
    return sum(bool(holds(kept(number, size))) for number in range(RESAMPLES)) / RESAMPLES


def kept(number: int, size: int) -> Bools:
    """Which of `size` pieces the resample of this number keeps."""
    places = np.arange(size, dtype=np.uint64) + np.uint64(number << 40)
    return np.asarray((mixed(mixed(places)) >> np.uint64(11)) / 2**53 < KEPT)


def fewer(count: int) -> int:
    """What is left of a smallest number when only `KEPT` of everything is there."""
    return max(int(count * KEPT), 1)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64 (Steele, Lea and Flood 2014): every bit of the input moves every bit of the output."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
