"""Sorted rows of numbers: their different values, and pairs of neighbours in pieces of bounded size."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
_PARTS, _LARGEST = 16, 1 << 63  # numbers of 64 bits with a sign are smaller
MOST_PAIRS = 1_000_000  # in one piece, unless one place has more: 40 MB at most with what is made of them
NEAR = 1 << 15  # numbers that stay near the processor, in memory that is used again


def pieces(size: int) -> Iterator[slice]:
    """A row of that size in parts of `NEAR` numbers."""
    return (slice(start, start + NEAR) for start in range(0, size, NEAR))


def at(values: NDArray[Any], places: NDArray[Any], *, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """`values[places]` in half the time, or less. Places are not looked at: one beyond the end gives the last value."""
    out = np.empty(places.size, dtype=values.dtype) if out is None else out
    for some in pieces(places.size):
        np.take(values, places[some], out=out[some], mode="clip")
    return out


def mark(marks: NDArray[np.bool_], places: Places) -> None:
    """`marks[places] = True` in half the time."""
    for some in pieces(places.size):
        marks[places[some].astype(np.int64)] = True


def pairs_with_those_behind(behind: Ints, *, most: int | None = None) -> Iterator[tuple[Places, Places]]:
    """Each place of a row with the `behind[place]` places that follow it: (first, second) of every pair, in order, as
    numbers of 32 bits.

    behind: counts, one for each place; none reaches over the end. most: pairs in one piece (MOST_PAIRS), unless one
    place has more."""
    until = np.cumsum(behind)
    done = 0
    while done < behind.size:
        enough = (until[done - 1] if done else 0) + (most or MOST_PAIRS)
        stop = max(int(np.searchsorted(until, enough, side="right")), done + 1)
        counts = behind[done:stop]
        places = np.arange(done, stop, dtype=np.int32)
        two = np.repeat(places + 1 - (np.cumsum(counts) - counts).astype(np.int32), counts)
        two += np.arange(two.size, dtype=np.int32)
        yield np.repeat(places, counts), two
        done = stop


def begins(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value of an ordered row is another than the one before it."""
    new = np.ones(ordered.size, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def different(values: Ints) -> Ints:
    """Each value once, in order. (`np.unique` asks a hash table where nothing else is wanted, which takes ten times as
    long for millions of large numbers.)"""
    values = np.sort(values)
    return values[begins(values)]


def counted(values: Ints) -> tuple[Ints, Ints]:
    """Each value once, in order, and how often it came."""
    values = np.sort(values)
    first = np.flatnonzero(begins(values))
    often = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=often[:-1])
    often[-1:] = values.size - first[-1:]  # np.diff takes longer to begin than all this
    return values[first], often


def quantile(values: NDArray[Any], share: float) -> float:
    """What `np.quantile` gives, to the last digit, for one row of numbers: it takes many times as long for a few."""
    ordered = np.sort(values)
    at = share * (ordered.size - 1)
    low = int(at)
    below, above = float(ordered[low]), float(ordered[min(low + 1, ordered.size - 1)])
    part = at - low
    return above - (above - below) * (1 - part) if part >= 0.5 else below + (above - below) * part  # noqa: PLR2004 - as there


def sorted_with_places(keys: Ints) -> tuple[Ints, Places]:
    """Keys from 0 up in order, and from which place each came (32 bits). The given array is used up.

    With the place in the low bits one plain sort does both, in a third of the time that a sort of places takes; places
    of equal keys are then in order."""
    bits = keys.size.bit_length()
    if int(keys.max(initial=0)) >= _LARGEST >> bits:
        return _sorted_part_by_part(keys)
    order = np.empty(keys.size, dtype=np.int32)
    for part in pieces(keys.size):
        some = keys[part]
        some <<= bits
        some |= np.arange(part.start, part.start + some.size)
    keys.sort()
    for part in pieces(keys.size):
        some = keys[part]
        np.bitwise_and(some, (1 << bits) - 1, out=order[part], casting="unsafe")
        some >>= bits
    return keys, order


def _sorted_part_by_part(keys: Ints) -> tuple[Ints, Places]:
    """The same for keys too large to stand before a place: less the smallest of their part they are not."""
    width = int(keys.max()) // _PARTS + 1
    ordered, order, done = np.empty_like(keys), np.empty(keys.size, dtype=np.int32), 0
    for least in range(0, _PARTS * width, width):
        there = np.flatnonzero((keys >= least) & (keys < least + width))
        some, places = sorted_with_places(keys[there] - least)
        ordered[done : done + some.size], order[done : done + some.size] = some + least, there[places]
        done += some.size
    return ordered, order
