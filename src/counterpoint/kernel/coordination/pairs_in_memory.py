"""Window pairs by arrays: the tables of `pairs.py` in the sound reading, for what fits into memory.

A pair is two places in a list of shares; names are put to it while it is written, as codes of a dictionary.
What is larger, has a second window, or is read as the package reads it, goes by the steps of `pairs.py`.
"""

# ruff: noqa: S608 - SQL is put together from our own names and integers

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterpoint.kernel.coordination.network_in_memory import Network
from counterpoint.kernel.coordination.paired import ROWS, Ints, Names, Pairs, Scratch, coded, in_one, texts, write_parts
from counterpoint.kernel.coordination.pairs import PairOptions, Reading
from counterpoint.kernel.coordination.runs import (
    NEAR,
    at,
    begins,
    different,
    mark,
    pairs_with_those_behind,
    pieces,
    sorted_with_places,
)
from counterpoint.kernel.coordination.steps import Workspace

SHARE_BYTES, PAIR_BYTES = 40, 32  # what each takes at most, with what is made of it before it is written


@dataclass(frozen=True)
class Shares:
    """Shares by object and time. at: seconds after the first. behind: how many of those that follow are of the same
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
    if not for_arrays or SHARE_BYTES * workspace.at_most("shares") > workspace.room:
        return False
    shares, popular = _shares(workspace, options)
    if SHARE_BYTES * shares.object.size + PAIR_BYTES * int(shares.behind.sum()) > workspace.room:
        return False
    write_parts([_popular_objects(workspace, popular)], out / "popular_objects.parquet")
    workspace.drop("shares")
    one, two = _taking_part(shares, *_near(shares), options.min_participation)
    used = _places_in_pairs(shares, one, two)
    accounts = f"(SELECT account, {label} AS name FROM accounts)"
    account = _coded(workspace, shares.account, used, accounts, "account", then="ORDER BY name, account")
    network = Network(one, two, *account)
    with ThreadPoolExecutor(1) as beside:  # sorting and writing need no turn of Python's
        named = beside.submit(_named, workspace, shares, (one, two), used, account)
        network.sort()
        pairs = named.result()
        written = beside.submit(write_parts, _rows(pairs), out / "pairs.parquet")
        write_parts(network.tables(workspace, pairs, options), out / "edges.parquet")
        written.result()
    return True


def _shares(workspace: Workspace, options: PairOptions) -> tuple[Shares, dict[int, int]]:
    """Shares that have another one of their object within the window; and the objects that are too popular to be among
    them, each with its pairs. They stand on one line, by object and time."""
    first, last = workspace.one("SELECT coalesce(min(at_seconds), 0), coalesce(max(at_seconds), 0) FROM shares")
    window = min(options.window_seconds, last - first)
    each = last - first + window + 1  # seconds of the line for one object
    table = workspace.table(f"""SELECT object * {each} + (at_seconds - {first}) AS line, post::UINTEGER AS post,
        account::INTEGER AS account FROM shares""")
    line, post, account = (table[name].to_numpy() for name in table.column_names)
    del table
    line, order, behind = _in_reach(np.require(line, requirements="W"), window)
    thing = line // each
    line -= thing * each
    shares = Shares(thing.astype(np.int32), post[order], account[order], line.astype(np.uint32), behind)
    popular = _popular(shares, options.most_pairs_per_object)
    return shares[~np.isin(shares.object, list(popular))] if popular else shares, popular


def _in_reach(line: Ints, window: int) -> tuple[Ints, Ints, Ints]:
    """What is near to another share on the line: in order, from which place it came, and how many stand behind it
    within the window."""
    line, order = sorted_with_places(line)
    near = np.flatnonzero(line[1:] - line[:-1] <= window)
    behind = np.zeros(line.size, dtype=np.int32)
    behind[near] = np.searchsorted(line, line[near] + window, side="right") - near - 1
    in_reach = np.zeros(line.size, dtype=bool)
    in_reach[near] = in_reach[near + 1] = True
    kept = np.flatnonzero(in_reach)
    return line[kept], order[kept], behind[kept]


def _popular(shares: Shares, most: int) -> dict[int, int]:
    """Objects with more pairs than that, and how many."""
    first = np.flatnonzero(begins(shares.object))
    pairs = np.add.reduceat(shares.behind, first, dtype=np.int64) if first.size else first
    many = np.flatnonzero(pairs > most)
    return {int(shares.object[first[place]]): int(pairs[place]) for place in many}


def _popular_objects(workspace: Workspace, popular: Mapping[int, int]) -> Any:
    """As `pairs.popular_objects` tells them."""
    rows = (
        workspace.rows(f"""SELECT object, object_id, layer, count(*), count(DISTINCT account),
        min(at_seconds), max(at_seconds) FROM shares JOIN objects USING (object)
        WHERE object IN ({", ".join(map(str, popular))}) GROUP BY ALL ORDER BY object""")
        if popular
        else []
    )
    told = [dict(zip(POPULAR.names, (*row, popular[thing]), strict=True)) for thing, *row in rows]
    return pa.Table.from_pylist(told, POPULAR)


POPULAR = pa.schema([
    ("object_id", pa.string()), ("layer", pa.string()), ("posts", pa.int64()), ("accounts", pa.int64()),
    ("first_at", pa.int64()), ("last_at", pa.int64()), ("pairs_within_window", pa.int64()),
])  # fmt: skip


def _near(shares: Shares) -> tuple[Ints, Ints]:
    """Places of the shares of one object by two accounts within the window."""
    pairs, kept = np.empty((2, int(shares.behind.sum())), dtype=np.int32), 0
    for one, two in pairs_with_those_behind(shares.behind, most=NEAR):
        of_two = at(shares.account, one) != at(shares.account, two)
        before, kept = kept, kept + int(np.count_nonzero(of_two))
        for places, found in zip((one, two), pairs, strict=True):
            np.compress(of_two, places, out=found[before:kept])
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
    mark(used, one)
    mark(used, two)
    return np.flatnonzero(used)


def _named(
    workspace: Workspace, shares: Shares, pairs: tuple[Ints, Ints], used: Ints, account: tuple[Ints, Names]
) -> Pairs:
    """pairs: two places each, and used: all of them, once; account: as `_coded` gave it. Within a second the smaller
    post_id goes first, so that the order of rows means nothing."""
    one, two = pairs
    post, posts = _posts_named(workspace, shares.post, used, rows=one.size)
    post, posts = _in_turn(post, posts, used, rows=one.size)
    thing, things = _coded(workspace, shares.object, used, "(SELECT object, object_id AS name FROM objects)", "object")
    apart = at(shares.at, two)
    for some in pieces(one.size):
        apart[some] -= at(shares.at, one[some])
    tied = np.flatnonzero(apart == 0)
    turned = tied[np.asarray(pc.greater(posts.take(post[one[tied]]), posts.take(post[two[tied]])))]
    one[turned], two[turned] = two[turned], one[turned]
    return Pairs(one, two, apart, *account, post, posts, thing, things)


def _posts_named(workspace: Workspace, values: Ints, used: Ints, *, rows: int) -> tuple[Ints, Names]:
    """As `_coded` does it. Where many of the posts are used all are taken as they stand, which is sooner done."""
    there = workspace.count("posts")
    if 4 * used.size >= there and not used.size <= rows / 2 < there:
        found = workspace.table("SELECT post::UINTEGER AS post, post_id FROM posts")
        numbers = found["post"].to_numpy()
        place = np.empty(int(numbers.max(initial=0)) + 1, dtype=np.int32)
        place[numbers] = np.arange(numbers.size, dtype=np.int32)
        return place[values], in_one(found["post_id"])
    return _coded(workspace, values, used, "(SELECT post, post_id AS name FROM posts)", "post")


def _coded(
    workspace: Workspace, values: Ints, used: Ints, names: str, key: str, *, then: str = ""
) -> tuple[Ints, Names]:
    """For each share a code, and the names that the codes of `used` ones stand for. names: SQL with the columns `key`
    and `name`, each key once; then: in which order they are coded."""
    asked = np.zeros(int(values.max(initial=0)) + 1, dtype=bool)
    asked[values[used]] = True
    workspace.load("asked", {key: np.flatnonzero(asked)})
    found = workspace.table(f"SELECT {key}, name FROM {names} SEMI JOIN asked USING ({key}) {then}")
    workspace.drop("asked")
    code_of = np.zeros(asked.size, dtype=np.int32)
    code_of[found[key].to_numpy()] = np.arange(len(found), dtype=np.int32)
    codes = code_of[values]
    return codes, in_one(found["name"])


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
    """Some rows at a time, one table at least, each of which is done with when the next is asked for."""
    columns = {
        "object_id": (pairs.object, "one", pairs.objects, len(pairs)),
        "post_a": (pairs.post, "one", pairs.posts, len(pairs)),
        "post_b": (pairs.post, "two", pairs.posts, len(pairs)),
        "account_a": (pairs.label, "one", pairs.labels, pairs.rows_for_labels),
        "account_b": (pairs.label, "two", pairs.labels, pairs.rows_for_labels),
    }
    scratch = Scratch(min(len(pairs), ROWS), **dict.fromkeys(columns, np.int32), seconds_apart=np.int64)
    for start in range(0, max(len(pairs), 1), ROWS):
        some = pairs[start : start + ROWS]
        made: dict[str, Any] = dict(scratch(len(some)))
        for name, (codes, side, names, rows) in columns.items():
            made[name] = texts(at(codes, getattr(some, side), out=made[name]), names, rows=rows)
        made["seconds_apart"][:] = some.apart
        yield pa.table(made)
