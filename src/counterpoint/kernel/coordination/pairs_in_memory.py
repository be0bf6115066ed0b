"""Window pairs by arrays: the tables of `pairs.py` in the sound reading, for what fits into memory.

A pair is two places in a list of shares; names are put to it while it is written, as codes of a dictionary.
What is larger, has a second window, or is read as the package reads it, goes by the steps of `pairs.py`.
"""

# ruff: noqa: S608 - SQL is put together from our own names and integers

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterpoint.kernel.coordination.network_in_memory import edge_tables
from counterpoint.kernel.coordination.paired import ROWS, Ints, Names, Pairs, coded, texts, write_parts
from counterpoint.kernel.coordination.pairs import PairOptions, Reading
from counterpoint.kernel.coordination.reading import EARLIEST
from counterpoint.kernel.coordination.runs import begins, different, pairs_with_those_behind, sorted_with_places
from counterpoint.kernel.coordination.steps import Workspace

MOST_SHARES = 12_000_000  # 1 GB while they are put in order
MOST_PAIRS = 8_000_000  # 500 MB with what is made of them


@dataclass(frozen=True)
class Shares:
    """Shares by object and time. at: seconds after EARLIEST. behind: how many of those that follow are of the same
    object and near."""

    object: Ints
    post: Ints
    account: Ints
    at: Ints
    behind: Ints

    def __getitem__(self, places: Any) -> Self:
        columns = {name: column[places] for name, column in vars(self).items()}
        return replace(self, **columns)


def write_pairs(workspace: Workspace, options: PairOptions, out: Path, *, label: str) -> bool:
    """From `shares`, `objects`, `posts` and `accounts` write pairs, edges and popular objects to the folder `out`.
    Says no, and writes nothing, where this is not for arrays. Otherwise `shares` is dropped once it has been read.

    label: SQL over account_id that gives the name an account is shown by."""
    for_arrays = workspace.sorts_pairs and options.reading is Reading.SOUND and options.fast_seconds is None
    if not for_arrays or workspace.count("shares") > MOST_SHARES:
        return False
    shares = _shares(workspace, options.window_seconds)
    first = np.flatnonzero(begins(shares.object))
    found = np.add.reduceat(shares.behind, first) if first.size else first
    popular = found > options.most_pairs_per_object
    if found[~popular].sum() > MOST_PAIRS:
        return False
    sizes = np.diff(first, append=shares.object.size)
    workspace.drop("shares")
    many = [shares[start : start + size] for start, size in zip(first[popular], sizes[popular], strict=True)]
    write_parts([_popular(workspace, many)], out / "popular_objects.parquet")
    if popular.any():
        shares = shares[np.repeat(~popular, sizes)]
    one, two = _taking_part(shares, *_near(shares), options.min_participation)
    pairs = _named(workspace, shares, one, two, label=label)
    with ThreadPoolExecutor(1) as beside:  # most of it is writing, which needs no turn of Python's
        written = beside.submit(write_parts, _rows(pairs), out / "pairs.parquet")
        write_parts(edge_tables(workspace, pairs, options), out / "edges.parquet")
        written.result()
    return True


def _shares(workspace: Workspace, window: int) -> Shares:
    table = workspace.table(f"""SELECT object::INTEGER AS object, post::UINTEGER AS post, account::INTEGER AS account,
        (at_seconds - {EARLIEST})::UINTEGER AS at FROM shares""")
    given = {name: table[name].to_numpy() for name in table.column_names}
    del table
    line = given["at"].astype(np.int64)
    line -= line.min(initial=np.iinfo(np.uint32).max)
    line += given["object"].astype(np.int64) * (int(line.max(initial=0)) + window + 1)
    line, order = sorted_with_places(line)
    # Each with those behind it on the line that are near: from the next one to the last within the window.
    near = np.flatnonzero(line[1:] - line[:-1] <= window)
    behind = np.zeros(line.size, dtype=np.int64)
    behind[near] = np.searchsorted(line, line[near] + window, side="right") - near - 1
    del line
    thing, post, account, at = (given.pop(name)[order] for name in ("object", "post", "account", "at"))
    return Shares(thing, post, account, at, behind)


def _popular(workspace: Workspace, many: Sequence[Shares]) -> Any:
    """As `pairs.popular_objects` tells them. many: the shares of each popular object."""
    rows = [
        (
            *workspace.one(f"SELECT object_id, layer FROM objects WHERE object = {shares.object[0]}"),
            shares.post.size, different(shares.account).size,
            int(shares.at[0]) + EARLIEST, int(shares.at[-1]) + EARLIEST, int(shares.behind.sum()),
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
    pairs, kept = np.empty((2, int(shares.behind.sum())), dtype=np.int32), 0
    for one, two in pairs_with_those_behind(shares.behind):
        of_two = shares.account[one] != shares.account[two]
        before, kept = kept, kept + int(np.count_nonzero(of_two))
        pairs[0, before:kept], pairs[1, before:kept] = one[of_two], two[of_two]
    return pairs[0, :kept], pairs[1, :kept]


def _taking_part(shares: Shares, one: Ints, two: Ints, fewest: int) -> tuple[Ints, Ints]:
    """Pairs both of whose accounts have so many posts in pairs."""
    if fewest <= 1:  # a post in a pair is one post of its account
        return one, two
    places = _places_in_pairs(shares, one, two)
    accounts = int(shares.account.max(initial=0)) + 1
    posts = different(shares.post[places].astype(np.int64) * accounts + shares.account[places])
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
    post, posts = _in_turn(post, posts, used, rows=one.size)
    thing, things = _coded(workspace, shares.object, used, "(SELECT object, object_id AS name FROM objects)", "object")
    apart = shares.at[two]
    for start in range(0, one.size, ROWS):
        apart[start : start + ROWS] -= shares.at[one[start : start + ROWS]]
    tied = np.flatnonzero(apart == 0)
    turned = tied[np.asarray(pc.greater(posts.take(post[one[tied]]), posts.take(post[two[tied]])))]
    one[turned], two[turned] = two[turned], one[turned]
    return Pairs(one, two, apart, account, labels, post, posts, thing, things)


def _coded(
    workspace: Workspace, values: Ints, used: Ints, names: str, key: str, *, then: str = ""
) -> tuple[Ints, Names]:
    """For each share a code, and the names that the codes of `used` ones stand for. names: SQL with the columns `key`
    and `name`, each key once; then: in which order they are coded."""
    ordered, order = sorted_with_places(values[used].astype(np.int64))
    new = begins(ordered)
    keys = ordered[new]
    workspace.load("asked", {key: keys})
    found = workspace.table(f"SELECT {key}, name FROM {names} SEMI JOIN asked USING ({key}) {then}")
    workspace.drop("asked")
    code_of = np.empty(keys.size, dtype=np.int32)
    code_of[np.searchsorted(keys, found[key].to_numpy())] = np.arange(keys.size)
    codes = np.zeros(values.size, dtype=np.int32)
    codes[used[order]] = code_of[np.cumsum(new) - 1]
    return codes, found["name"].combine_chunks()


def _in_turn(codes: Ints, names: Names, used: Ints, *, rows: int) -> tuple[Ints, Names]:
    """Codes by the first place in which a name comes, so that rows near to one another need few of the names. Only
    where so many rows are written with codes."""
    if not used.size or not coded(names, rows=rows):
        return codes, names
    first = np.full(len(names), codes.size)
    np.minimum.at(first, codes[used], used)
    _, order = sorted_with_places(first)
    turn = np.empty(order.size, dtype=np.int32)
    turn[order] = np.arange(order.size)
    return turn[codes], names.take(pa.array(order))


def _rows(pairs: Pairs) -> Iterator[Any]:
    """Some rows at a time, one table at least."""
    for start in range(0, max(len(pairs), 1), ROWS):
        some = pairs[start : start + ROWS]
        codes = {
            "object_id": (some.object[some.one], some.objects),
            "post_a": (some.post[some.one], some.posts), "post_b": (some.post[some.two], some.posts),
            "account_a": (some.label[some.one], some.labels), "account_b": (some.label[some.two], some.labels),
        }  # fmt: skip
        named = {name: texts(code, names, rows=len(pairs)) for name, (code, names) in codes.items()}
        yield pa.table({**named, "seconds_apart": some.apart.astype(np.int64)})
