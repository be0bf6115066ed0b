"""Window pairs and their network by arrays: the tables of `pairs.py` in the sound reading, for what fits into memory.

A pair is two places in a list of shares; names are put to it while it is written, as codes of a dictionary.
What is larger, has a second window, or is read as the package reads it, goes by the steps of `pairs.py`.
"""

# ruff: noqa: S608 - SQL is put together from our own names and integers

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from counterpoint.kernel.coordination.pairs import PairOptions, Reading, Subgraph
from counterpoint.kernel.coordination.runs import different, pairs_with_those_behind
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[Any]  # of 32 bits where the largest number is known to be small: half the memory
Bools = NDArray[np.bool_]
Names = Any  # an Arrow array of texts
MOST_SHARES = 12_000_000  # 1 GB while they are put in order
MOST_PAIRS = 8_000_000  # 500 MB with what is made of them
_ROWS = 4_000_000  # in one part of a file: each part holds its names anew


@dataclass(frozen=True)
class Shares:
    """Shares by object and time. behind: how many of those that follow are of the same object and near."""

    object: Ints
    post: Ints
    account: Ints
    at: Ints
    behind: Ints

    def __getitem__(self, places: Any) -> Self:
        columns = {name: column[places] for name, column in vars(self).items()}
        return replace(self, **columns)


@dataclass(frozen=True)
class Pairs:
    """Places of two shares, the older first, and their seconds apart. label, post, object: codes of the names of each
    share's account, post and object."""

    one: Ints
    two: Ints
    apart: Ints
    label: Ints
    labels: Names
    post: Ints
    posts: Names
    object: Ints
    objects: Names


def write_pairs(workspace: Workspace, options: PairOptions, out: Path, *, label: str) -> bool:
    """From `shares`, `objects`, `posts` and `accounts` write pairs, edges and popular objects to the folder `out`.
    Says no, and writes nothing, where this is not for arrays. Otherwise `shares` is dropped once it has been read.

    label: SQL over account_id that gives the name an account is shown by."""
    for_arrays = workspace.sorts_pairs and options.reading is Reading.SOUND and options.fast_seconds is None
    if not for_arrays or workspace.count("shares") > MOST_SHARES:
        return False
    shares = _shares(workspace, options.window_seconds)
    first = np.flatnonzero(np.diff(shares.object, prepend=-1))
    found = np.add.reduceat(shares.behind, first) if first.size else first
    popular = found > options.most_pairs_per_object
    if found[~popular].sum() > MOST_PAIRS:
        return False
    sizes = np.diff(first, append=shares.object.size)
    workspace.drop("shares")
    many = [shares[start : start + size] for start, size in zip(first[popular], sizes[popular], strict=True)]
    _write(_popular(workspace, many), out / "popular_objects.parquet")
    if popular.any():
        shares = shares[np.repeat(~popular, sizes)]
    one, two = _taking_part(shares, *_near(shares), options.min_participation)
    pairs = _named(workspace, shares, one, two, label=label)
    with ThreadPoolExecutor(1) as beside:  # most of it is writing, which needs no turn of Python's
        written = beside.submit(_write, _rows(pairs), out / "pairs.parquet")
        _write(_edges(workspace, pairs, options), out / "edges.parquet")
        written.result()
    return True


def _shares(workspace: Workspace, window: int) -> Shares:
    table = workspace.table("SELECT object, post, account, at_seconds FROM shares")
    given = {name: table[name].to_numpy() for name in table.column_names}
    del table
    pa.default_memory_pool().release_unused()
    since = given["at_seconds"] - given["at_seconds"].min(initial=np.iinfo(np.int64).max)
    line = given["object"] * (int(since.max(initial=0)) + window + 1) + since
    del since
    order = np.argsort(line)
    line = line[order]
    # Each with those behind it on the line that are near: from the next one to the last within the window.
    behind = np.searchsorted(line, line + window, side="right") - np.arange(line.size) - 1
    thing, post, account, at = (given.pop(name)[order] for name in ("object", "post", "account", "at_seconds"))
    return Shares(thing, post, account, at, behind)


def _popular(workspace: Workspace, many: Sequence[Shares]) -> Any:
    """As `pairs.popular_objects` tells them. many: the shares of each popular object."""
    rows = [
        (
            *workspace.one(f"SELECT object_id, layer FROM objects WHERE object = {shares.object[0]}"),
            shares.post.size, different(shares.account).size,
            int(shares.at[0]), int(shares.at[-1]), int(shares.behind.sum()),
        )
        for shares in many
    ]  # fmt: skip
    return pa.Table.from_pylist([dict(zip(POPULAR.names, row, strict=True)) for row in rows], POPULAR)


POPULAR = pa.schema([
    ("object_id", pa.string()), ("layer", pa.string()), ("posts", pa.int64()), ("accounts", pa.int64()),
    ("first_at", pa.int64()), ("last_at", pa.int64()), ("pairs_within_window", pa.int64()),
])  # fmt: skip


def _near(shares: Shares) -> tuple[Ints, Ints]:
    """Places of the shares of one object by two accounts within the window."""
    kept: list[tuple[Ints, Ints]] = []
    for one, two in pairs_with_those_behind(shares.behind):
        of_two = shares.account[one] != shares.account[two]
        kept.append((one[of_two].astype(np.int32), two[of_two].astype(np.int32)))
    if not kept:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
    return np.concatenate([one for one, _ in kept]), np.concatenate([two for _, two in kept])


def _taking_part(shares: Shares, one: Ints, two: Ints, fewest: int) -> tuple[Ints, Ints]:
    """Pairs both of whose accounts have so many posts in pairs."""
    if fewest <= 1:  # a post in a pair is one post of its account
        return one, two
    places = _places_in_pairs(shares, one, two)
    accounts = int(shares.account.max(initial=0)) + 1
    posts = different(shares.post[places] * accounts + shares.account[places])
    takes_part = np.bincount(posts % accounts, minlength=accounts) >= fewest
    kept = takes_part[shares.account[one]] & takes_part[shares.account[two]]
    return one[kept], two[kept]


def _places_in_pairs(shares: Shares, one: Ints, two: Ints) -> Ints:
    used = np.zeros(shares.object.size, dtype=bool)
    used[one] = used[two] = True
    return np.flatnonzero(used)


def _named(workspace: Workspace, shares: Shares, one: Ints, two: Ints, *, label: str) -> Pairs:
    """Accounts are coded in the order of their labels. Within a second the smaller post_id goes first, so that the
    order of rows means nothing."""
    used = _places_in_pairs(shares, one, two)
    accounts = f"(SELECT account, {label} AS name FROM accounts)"
    account, labels = _coded(workspace, shares.account, used, accounts, "account", then="ORDER BY name, account")
    post, posts = _coded(workspace, shares.post, used, "(SELECT post, post_id AS name FROM posts)", "post")
    thing, things = _coded(workspace, shares.object, used, "(SELECT object, object_id AS name FROM objects)", "object")
    tied = np.flatnonzero(shares.at[one] == shares.at[two])
    turned = tied[np.asarray(pc.greater(posts.take(post[one[tied]]), posts.take(post[two[tied]])))]
    one[turned], two[turned] = two[turned], one[turned]
    return Pairs(one, two, shares.at[two] - shares.at[one], account, labels, post, posts, thing, things)


def _coded(
    workspace: Workspace, values: Ints, used: Ints, names: str, key: str, *, then: str = ""
) -> tuple[Ints, Names]:
    """For each share a code, and the names that the codes of `used` ones stand for. names: SQL with the columns `key`
    and `name`, each key once; then: in which order they are coded."""
    ordered, order = _sorted(values[used].astype(np.int64))
    new = np.diff(ordered, prepend=-1) > 0
    keys = ordered[new]
    workspace.load("asked", {key: keys})
    found = workspace.table(f"SELECT {key}, name FROM {names} SEMI JOIN asked USING ({key}) {then}")
    workspace.drop("asked")
    code_of = np.empty(keys.size, dtype=np.int64)
    code_of[np.searchsorted(keys, found[key].to_numpy())] = np.arange(keys.size)
    codes = np.zeros(values.size, dtype=np.int32)
    codes[used[order]] = code_of[np.cumsum(new) - 1]
    return codes, found["name"].combine_chunks()


def _rows(pairs: Pairs) -> Any:
    one, two = pairs.one, pairs.two
    return pa.table({
        "object_id": _texts(pairs.object[one], pairs.objects),
        "post_a": _texts(pairs.post[one], pairs.posts), "post_b": _texts(pairs.post[two], pairs.posts),
        "account_a": _texts(pairs.label[one], pairs.labels), "account_b": _texts(pairs.label[two], pairs.labels),
        "seconds_apart": pairs.apart,
    })  # fmt: skip


def _edges(workspace: Workspace, pairs: Pairs, options: PairOptions) -> Any:
    """One row for each two accounts that are paired, as `pairs.edges` has it."""
    one, two = pairs.one, pairs.two
    left, right = pairs.label[one], pairs.label[two]
    bits = len(pairs.labels).bit_length()
    key, order = _sorted(np.minimum(left, right).astype(np.int64) << bits | np.maximum(left, right))
    first = np.flatnonzero(np.diff(key, prepend=-1))
    key, sizes = key[first], np.diff(first, append=order.size)
    columns: dict[str, Any] = {
        "avg_seconds_apart": pairs.apart[order[first]].astype(np.float64),
        "weight": np.ones(first.size, dtype=np.int64),
        "posts_a": np.ones(first.size, dtype=np.int64), "posts_b": np.ones(first.size, dtype=np.int64),
    }  # fmt: skip
    # Most edges are one pair, for which nothing needs counting.
    several = np.flatnonzero(sizes > 1)
    rows = order[np.repeat(sizes > 1, sizes)]
    edge = np.repeat(np.arange(several.size), sizes[several])
    ahead = (left < right)[rows]
    one, two = np.where(ahead, one[rows], two[rows]), np.where(ahead, two[rows], one[rows])
    if several.size:
        starts = np.cumsum(sizes[several]) - sizes[several]
        columns["avg_seconds_apart"][several] = np.add.reduceat(pairs.apart[rows], starts) / sizes[several]
    for name, values in (("weight", pairs.object[one]), ("posts_a", pairs.post[one]), ("posts_b", pairs.post[two])):
        columns[name][several] = _different(edge, values, several.size)
    low, high = np.minimum(columns["posts_a"], columns["posts_b"]), np.maximum(columns["posts_a"], columns["posts_b"])
    above = columns["weight"] > _quantile(workspace, columns["weight"], options.edge_weight)
    table = pa.table({
        "account_a": _texts(key >> bits, pairs.labels), "account_b": _texts(key & (1 << bits) - 1, pairs.labels),
        **{name: columns[name] for name in ("weight", "avg_seconds_apart", "posts_a", "posts_b")},
        "symmetry": low / high, "above_threshold": above,
    })  # fmt: skip
    return table.filter(pa.array(above)) if options.subgraph is Subgraph.ABOVE_THRESHOLD else table


def _sorted(keys: Ints) -> tuple[Ints, Ints]:
    """Keys in order, and from which place each came. With the place in the low bits one plain sort does both."""
    bits = keys.size.bit_length()
    if int(keys.max(initial=0)) >= 1 << 63 - bits:
        order = np.argsort(keys)
        return keys[order], order
    packed = np.sort(keys << bits | np.arange(keys.size))
    return packed >> bits, packed & (1 << bits) - 1


def _different(group: Ints, values: Ints, groups: int) -> Ints:
    """How many different values each group has."""
    size = int(values.max(initial=0)) + 1
    return np.bincount(different(group * size + values) // size, minlength=groups)


def _quantile(workspace: Workspace, values: Ints, share: float) -> float:
    """As the engine's `quantile_cont` has it, to the last digit, since weights are held against it: it is asked itself,
    about the two values in the middle of which it lies."""
    if not values.size:
        return 0.0
    at = (values.size - 1) * share
    low, high = int(np.floor(at)), int(np.ceil(at))
    below, above = np.partition(values, (low, high))[[low, high]].tolist()
    found = workspace.one(
        f"SELECT quantile_cont(value, {at - low!r}::DOUBLE) FROM (VALUES ({below}), ({above})) AS middle(value)"
    )
    return float(found[0])


def _texts(codes: Ints, names: Names) -> Any:
    """Names as they are where hardly one comes twice, else as codes of a dictionary."""
    if codes.size < 2 * len(names):
        return names.take(pa.array(codes))
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32, copy=False)), names, safe=False)


def _write(table: Any, path: Path) -> None:
    """As Parquet; the file appears whole or not at all."""
    coded = [field.name for field in table.schema if not pa.types.is_string(field.type)]
    partial = path.with_name(path.name + ".partial")
    pq.write_table(table, partial, row_group_size=_ROWS, use_dictionary=coded, dictionary_pagesize_limit=1 << 30,
                   write_statistics=False, store_schema=False)  # fmt: skip
    partial.replace(path)
