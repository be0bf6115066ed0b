"""Pairs within a window by sorting: what an engine that holds arrays does in place of a join.

Shares go by object and time on one line; behind each of them stand those that are near, in one run. The join of time
buckets (`pairs.near_pairs`) finds the same pairs and is what a cluster computes.
"""

# ruff: noqa: S608 - SQL is put together from our own names and integers

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from counterpoint.kernel.coordination.runs import pairs_with_those_behind
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
MOST_SHARES = 4_000_000  # sorted at once: 200 MB
_BLOCK = 1024  # objects that go together, where there are too many shares for one sorting


def make_near_pairs(workspace: Workspace, name: str, *, window_seconds: int) -> None:
    """The table `name` of pairs from `ordered_shares`, with the columns and rows of `pairs.near_pairs`. Memory stays
    bounded whatever there is: objects are taken in parts, pairs in pieces."""
    workspace.make(name, """SELECT 0::BIGINT AS object, 0::BIGINT AS post_a, 0::BIGINT AS post_b,
        0::INTEGER AS account_a, 0::INTEGER AS account_b, 0::BIGINT AS seconds_apart WHERE false""")  # fmt: skip
    for first, last in _parts(workspace):
        shares = workspace.arrays(f"""SELECT object::BIGINT AS object, post, account, at_seconds, place
            FROM ordered_shares
            WHERE object BETWEEN {first} AND {last}""")
        for pairs in _near(shares, window_seconds):
            workspace.add(name, pairs)


def _parts(workspace: Workspace) -> Iterator[tuple[int, int]]:
    """First and last object of each part."""
    total, last = workspace.one("SELECT count(*), coalesce(max(object), 0) FROM ordered_shares")
    if total <= MOST_SHARES:
        yield 0, int(last)
        return
    first = held = 0
    for block, count in workspace.rows(
        f"SELECT object // {_BLOCK} AS block, count(*) FROM ordered_shares GROUP BY block ORDER BY block"
    ):
        if held and held + count > MOST_SHARES:
            yield first, int(block) * _BLOCK - 1
            first, held = int(block) * _BLOCK, 0
        held += count
    yield first, int(last)


def _near(shares: dict[str, Any], window: int) -> Iterator[Any]:
    """Pairs of shares of one object by two accounts, at most `window` seconds apart; a before b, within a second by
    place."""
    if not len(shares["object"]):
        return
    at = shares["at_seconds"] - shares["at_seconds"].min()
    line = (shares["object"] - shares["object"].min()) * (int(at.max()) + window + 1) + at
    order = np.argsort(line)
    line = line[order]
    # Each with those behind it on the line that are near: from the next one to the last within the window.
    behind = np.searchsorted(line, line + window, side="right") - np.arange(line.size) - 1
    for one, two in pairs_with_those_behind(behind):
        pairs = _pairs(shares, order[one], order[two], line[two] - line[one])
        if pairs.num_rows:
            yield pairs


def _pairs(shares: dict[str, Any], one: Ints, two: Ints, apart: Ints) -> Any:
    """An Arrow table of those of two accounts."""
    kept = shares["account"][one] != shares["account"][two]
    one, two, apart = one[kept], two[kept], apart[kept]
    turned = (apart == 0) & (shares["place"][one] > shares["place"][two])
    one, two = np.where(turned, two, one), np.where(turned, one, two)
    return pa.table({
        "object": shares["object"][one], "post_a": shares["post"][one], "post_b": shares["post"][two],
        "account_a": shares["account"][one], "account_b": shares["account"][two], "seconds_apart": apart,
    })  # fmt: skip
