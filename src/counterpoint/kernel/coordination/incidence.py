"""Who shared what, as one sparse matrix: the ground that validated co-sharing stands on.

A share is counted once. A post that passes another on is a share of that post and of nothing else; a wording that
nearly always comes with one page or one file is that page's headline, and the page is what is shared.
Accounts are numbered by what they share, never by name or time, so that names, dates and row order change nothing.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from counterpoint.kernel.coordination.layers import Layer, make_pages
from counterpoint.kernel.coordination.runs import begins, different
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.texts import make_wordings

Ints = NDArray[np.int64]
HEADLINE_SHARE = 0.6  # of a wording's posts that carry the same page or file, from which it is a headline

VALIDATED_LAYERS = (Layer.OBJECT, Layer.REPOST, Layer.URL, Layer.MEDIA, Layer.NEAR_TEXT)


@dataclass(frozen=True)
class Incidence:
    """shares: accounts x objects, 1 where shared at least once; only objects of two accounts or more, only accounts
    that share one. accounts: the account number of each row. layers: for each column its layer's place in `names`."""

    shares: Any
    accounts: Ints
    layers: Ints
    names: tuple[str, ...]


def make_incidence(workspace: Workspace, layers: Sequence[Layer]) -> Incidence:
    """Tables `co_objects` (`column_number`, `object_id`, `layer`) and `co_shares` (one row a post and object), and the
    matrix of them."""
    chosen = [layer for layer in VALIDATED_LAYERS if layer in layers]
    if Layer.URL in chosen:
        make_pages(workspace)
    workspace.make("co_named", named_shares([layer for layer in chosen if layer is not Layer.NEAR_TEXT], chosen))
    if Layer.NEAR_TEXT in chosen:  # last, for a thread beside may still be comparing texts
        make_headlines(workspace, chosen)
        workspace.connection.execute(f"INSERT INTO co_named {named_shares([Layer.NEAR_TEXT], chosen)}")
    workspace.make("co_objects", shared_objects())
    workspace.make("co_shares", shares_of_objects())
    workspace.drop("co_named")
    return _matrix(workspace, tuple(chosen))


def make_headlines(workspace: Workspace, layers: Sequence[Layer]) -> None:
    """`post_wordings` and `headlines`, which every detector that compares texts needs."""
    if Layer.URL in layers:
        make_pages(workspace)
    make_wordings(workspace)
    with workspace.turn("headlines") as now:
        if now:
            workspace.make("headlines", headlines(layers))


def headlines(chosen: Sequence[Layer]) -> str:
    """Wordings that travel with one page or file."""
    companions = ["SELECT post, page AS companion FROM pages"] * (Layer.URL in chosen)
    companions += ["SELECT DISTINCT post, unnest(media_hashes) AS companion FROM posts"] * (Layer.MEDIA in chosen)
    if not companions:
        return "SELECT NULL::VARCHAR AS wording WHERE false"
    return f"""WITH companions AS ({" UNION ".join(companions)}),
        together AS (SELECT wording, companion, count(*) AS posts FROM post_wordings JOIN companions USING (post) GROUP BY ALL),
        alone AS (SELECT wording, count(*) AS posts FROM post_wordings GROUP BY wording)
        SELECT DISTINCT t.wording FROM together t JOIN alone a USING (wording) WHERE t.posts >= {HEADLINE_SHARE} * a.posts"""


def named_shares(layers: Sequence[Layer], chosen: Sequence[Layer]) -> str:
    """Each post with each thing of these layers that it shares, its account and its time."""
    none = "SELECT post, ''::VARCHAR AS object_id, '' AS layer FROM posts WHERE false"
    parts = [f"SELECT post, object_id, '{layer}' AS layer FROM ({_source(layer, chosen)})" for layer in layers]
    return f"SELECT n.post, n.object_id, n.layer, p.account, p.at_seconds FROM ({' UNION ALL '.join(parts or [none])}) n JOIN posts p USING (post)"


def _source(layer: Layer, chosen: Sequence[Layer]) -> str:
    """post, object_id of one layer, each pair once; object_id carries the layer so that layers never meet."""
    own = "WHERE post NOT IN (SELECT post FROM posts WHERE repost_of IS NOT NULL)" if Layer.REPOST in chosen else ""
    return {
        Layer.OBJECT: "SELECT DISTINCT post, object_id FROM given_shares JOIN given_objects USING (object)",
        Layer.REPOST: "SELECT post, 'repost:' || repost_of AS object_id FROM posts WHERE repost_of IS NOT NULL",
        Layer.URL: f"SELECT post, 'url:' || page AS object_id FROM pages {own}",
        Layer.MEDIA: f"SELECT DISTINCT post, 'media:' || hash AS object_id FROM (SELECT post, unnest(media_hashes) AS hash FROM posts {own})",
        Layer.NEAR_TEXT: f"""SELECT post, 'near_text:' || wording AS object_id FROM (SELECT * FROM post_wordings {own})
            WHERE wording NOT IN (SELECT wording FROM headlines)""",
    }[layer]


def shared_objects() -> str:
    return """SELECT (row_number() OVER (ORDER BY layer, object_id) - 1)::BIGINT AS column_number, object_id, layer
        FROM co_named GROUP BY object_id, layer HAVING min(account) < max(account)"""


def shares_of_objects() -> str:
    return """SELECT o.column_number, n.post, n.account, n.at_seconds FROM co_named n
        JOIN co_objects o USING (object_id, layer)"""


def _matrix(workspace: Workspace, chosen: tuple[Layer, ...]) -> Incidence:
    place = " ".join(f"WHEN '{layer}' THEN {number}" for number, layer in enumerate(chosen))
    objects = workspace.arrays(f"""SELECT (CASE layer {place} END)::BIGINT AS layer, md5_number_lower(object_id) AS digest
        FROM co_objects ORDER BY column_number""")
    shares = workspace.arrays("SELECT account::BIGINT AS account, column_number FROM co_shares")
    layers = np.asarray(objects["layer"])
    bits = int(layers.size).bit_length()
    once = different(shares["account"] << bits | shares["column_number"])
    account, column = once >> bits, once & (1 << bits) - 1
    first = np.flatnonzero(begins(account))
    shared = np.diff(first, append=account.size)
    order = _by_what_they_share(shared, np.asarray(objects["digest"])[column], account[first])
    row = np.empty(order.size, dtype=np.int32)
    row[order] = np.arange(order.size)
    # Numbers of 32 bits: what is multiplied of this keeps them, in half the memory.
    places = (np.repeat(row, shared), column.astype(np.int32))
    matrix = csr_array((np.ones(account.size), places), shape=(order.size, layers.size))
    return Incidence(matrix, account[first][order], layers, tuple(str(layer) for layer in chosen))


def _by_what_they_share(shared: Ints, digest: NDArray[np.uint64], account: Ints) -> Ints:
    """Accounts in an order that names and times do not change: by how many objects they share, then by the sum of
    these objects' digests, then, where even that is the same, by number. shared: how many of the digests are of each."""
    half = np.uint64(32)
    owner = np.repeat(np.arange(account.size), shared)
    low, high = (np.zeros(account.size, dtype=np.uint64) for _ in range(2))
    np.add.at(low, owner, digest & np.uint64(2**32 - 1))
    np.add.at(high, owner, digest >> half)
    high += low >> half  # the sum has up to 96 bits
    return np.lexsort((account, low & np.uint64(2**32 - 1), high, -shared))
