"""The network that pairs in memory make: the table `edges` of `pairs.py` in the sound reading, by arrays."""

# ruff: noqa: S608 - SQL is put together from our own numbers

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from counterpoint.kernel.coordination.paired import ROWS, Ints, Names, Pairs, Scratch, texts
from counterpoint.kernel.coordination.pairs import PairOptions, Subgraph
from counterpoint.kernel.coordination.runs import at, begins, different, pieces, sorted_with_places
from counterpoint.kernel.coordination.steps import Workspace


@dataclass(frozen=True)
class Several:
    """Of a part of the edges those of more than one pair, by their places in the part. The others are one object, one
    post on each side: most are, and nothing needs counting for them."""

    place: Ints
    weight: Ints
    posts_a: Ints
    posts_b: Ints
    apart: Ints
    symmetry: Ints

    @property
    def columns(self) -> dict[str, Ints]:
        return {name: values for name, values in vars(self).items() if name != "place"}


class Network:
    """Pairs by their two accounts. Which share of a pair is the older one means nothing here, so that it may be settled
    later."""

    def __init__(self, one: Ints, two: Ints, label: Ints, labels: Names) -> None:
        """one, two: places of shares; label: for each share a code of one of the labels, which are in order."""
        self._bits = len(labels).bit_length()
        self._key, self._order = _accounts_in_order(one, two, label, self._bits), np.empty(0, dtype=np.int32)

    def sort(self) -> None:
        self._key, self._order = sorted_with_places(self._key)

    def tables(self, workspace: Workspace, pairs: Pairs, options: PairOptions) -> Iterator[pa.Table]:
        """Once it is sorted: one row for each two accounts that are paired, as `pairs.edges` has it; in parts, one at
        least, each of which is done with when the next is asked for."""
        new = begins(self._key)
        bounds = _bounds(new, ROWS)
        counted = [_several(pairs, self._order[start:stop], new[start:stop]) for start, stop in bounds]
        weights = [several.weight for several in counted]
        limit = _limit(workspace, int(np.count_nonzero(new)), weights, options.edge_weight)
        scratch = Scratch(
            max(stop - start for start, stop in bounds), both=np.int64, one=np.int32, two=np.int32, pair=np.int32,
            weight=np.int64, posts_a=np.int64, posts_b=np.int64, apart=np.float64, symmetry=np.float64, above=np.bool_,
        )  # fmt: skip
        for (start, stop), several in zip(bounds, counted, strict=True):
            first = np.flatnonzero(new[start:stop])
            some = scratch(first.size)
            both = at(self._key[start:stop], first, out=some["both"])
            np.right_shift(both, self._bits, out=some["one"], casting="unsafe")
            np.bitwise_and(both, (1 << self._bits) - 1, out=some["two"], casting="unsafe")
            some["apart"][:] = at(pairs.apart, at(self._order[start:stop], first, out=some["pair"]))
            for name in ("weight", "posts_a", "posts_b", "symmetry"):
                some[name].fill(1)
            for name, values in several.columns.items():
                some[name][several.place] = values
            np.greater(some["weight"], limit, out=some["above"])
            table = pa.table({
                "account_a": texts(some["one"], pairs.labels, rows=pairs.rows_for_labels),
                "account_b": texts(some["two"], pairs.labels, rows=pairs.rows_for_labels),
                "weight": some["weight"], "avg_seconds_apart": some["apart"], "posts_a": some["posts_a"],
                "posts_b": some["posts_b"], "symmetry": some["symmetry"], "above_threshold": some["above"],
            })  # fmt: skip
            yield table.filter(pa.array(some["above"])) if options.subgraph is Subgraph.ABOVE_THRESHOLD else table


def _accounts_in_order(one: Ints, two: Ints, label: Ints, bits: int) -> Ints:
    """The two accounts of each pair as one number, the first by label in front."""
    key = np.empty(one.size, dtype=np.int64)
    for some in pieces(one.size):
        left, right, both = at(label, one[some]), at(label, two[some]), key[some]
        np.minimum(left, right, out=both)
        both <<= bits
        both |= np.maximum(left, right)
    return key


def _bounds(new: Ints, rows: int) -> list[tuple[int, int]]:
    """From where to where in the ordered pairs each part goes: so many rows, and as many more as make its last edge
    whole. new: whether another edge begins."""
    bounds, start = [], 0
    while start + rows < new.size:
        ahead = new[start + rows :]
        stop = start + rows + int(ahead.argmax()) if ahead.any() else new.size
        bounds.append((start, stop))
        start = stop
    return [*bounds, (start, new.size)] if start < new.size or not bounds else bounds


def _several(pairs: Pairs, order: Ints, new: Ints) -> Several:
    """order: of the pairs of one part by their edges; new: whether another edge begins."""
    follows = ~new
    follows[:-1] |= follows[1:]
    rows = np.flatnonzero(follows)  # those of edges of more than one pair: mostly few
    if not rows.size:
        none = np.empty(0, dtype=np.int64)
        return Several(none, none, none, none, none, none)
    begun = new[rows]
    starts = np.flatnonzero(begun)
    sizes = np.diff(starts, append=rows.size)
    place = rows[starts] - np.cumsum(~begun)[starts]  # less all pairs before that begin no edge
    chosen = pairs[order[rows]]
    edge = np.repeat(np.arange(place.size), sizes)
    ahead = chosen.label[chosen.one] < chosen.label[chosen.two]
    one, two = np.where(ahead, chosen.one, chosen.two), np.where(ahead, chosen.two, chosen.one)
    weight, posts_a, posts_b = (
        _different(edge, values, place.size) for values in (pairs.object[one], pairs.post[one], pairs.post[two])
    )
    apart = np.add.reduceat(chosen.apart, starts, dtype=np.int64)
    symmetry = np.minimum(posts_a, posts_b) / np.maximum(posts_a, posts_b)
    return Several(place, weight, posts_a, posts_b, apart / sizes, symmetry)


def _different(group: Ints, values: Ints, groups: int) -> Ints:
    """How many different values each group has."""
    size = int(values.max(initial=0)) + 1
    return np.bincount(different(group * size + values) // size, minlength=groups)


def _limit(workspace: Workspace, edges: int, weights: Sequence[Ints], share: float) -> float:
    """The quantile of edge weights above which an edge is marked. weights: of those edges that are more than one pair;
    the others weigh 1, and none weighs less.

    As the engine's `quantile_cont` has it, to the last digit, since weights are held against it: it is asked itself,
    about the two values in the middle of which it lies."""
    if not edges:
        return 0.0
    known = np.sort(np.concatenate(weights))
    ones = edges - known.size
    at = (edges - 1) * share
    low, high = int(np.floor(at)), int(np.ceil(at))
    below, above = (int(known[place - ones]) if place >= ones else 1 for place in (low, high))
    found = workspace.one(
        f"SELECT quantile_cont(value, {at - low!r}::DOUBLE) FROM (VALUES ({below}), ({above})) AS middle(value)"
    )
    return float(found[0])
