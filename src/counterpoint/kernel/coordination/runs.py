"""Sorted rows of numbers: their different values, and pairs of neighbours in pieces of bounded size."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
MOST_PAIRS = 2_000_000  # in one piece, unless one place has more: 150 MB at most with what is made of them


def pairs_with_those_behind(behind: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Each place of a row with the `behind[place]` places that follow it: (first, second) of every pair, in order.

    behind: counts, one for each place; none reaches over the end."""
    until = np.cumsum(behind)
    done = 0
    while done < behind.size:
        enough = (until[done - 1] if done else 0) + MOST_PAIRS
        stop = max(int(np.searchsorted(until, enough, side="right")), done + 1)
        counts = behind[done:stop]
        one = np.repeat(np.arange(done, stop), counts)
        nth = np.arange(one.size) - np.repeat(np.cumsum(counts) - counts, counts)
        yield one, one + nth + 1
        done = stop


def different(values: Ints) -> Ints:
    """Each value once, in order. (`np.unique` asks a hash table where nothing else is wanted, which takes ten times as
    long for millions of large numbers.)"""
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if values.size else values
