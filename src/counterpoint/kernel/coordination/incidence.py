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
    if Layer.NEAR_TEXT in chosen:
        make_headlines(workspace, chosen)
    parts = " UNION ALL ".join(
        f"SELECT post, object_id, '{layer}' AS layer FROM ({_source(layer, chosen)})" for layer in chosen
    )
    workspace.make("co_named", f"SELECT DISTINCT post, object_id, layer FROM ({parts})")
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


def _source(layer: Layer, chosen: Sequence[Layer]) -> str:
    """post, object_id of one layer; object_id carries the layer so that layers never meet."""
    own = "WHERE post NOT IN (SELECT post FROM posts WHERE repost_of IS NOT NULL)" if Layer.REPOST in chosen else ""
    return {
        Layer.OBJECT: "SELECT post, object_id FROM given_shares JOIN given_objects USING (object)",
        Layer.REPOST: "SELECT post, 'repost:' || repost_of AS object_id FROM posts WHERE repost_of IS NOT NULL",
        Layer.URL: f"SELECT post, 'url:' || page AS object_id FROM pages {own}",
        Layer.MEDIA: f"SELECT post, 'media:' || hash AS object_id FROM (SELECT post, unnest(media_hashes) AS hash FROM posts {own})",
        Layer.NEAR_TEXT: f"""SELECT post, 'near_text:' || wording AS object_id FROM (SELECT * FROM post_wordings {own})
            WHERE wording NOT IN (SELECT wording FROM headlines)""",
    }[layer]


def shared_objects() -> str:
    return """SELECT (row_number() OVER (ORDER BY n.layer, n.object_id) - 1)::BIGINT AS column_number, n.object_id, n.layer
        FROM co_named n JOIN posts p USING (post) GROUP BY n.object_id, n.layer HAVING min(p.account) < max(p.account)"""


def shares_of_objects() -> str:
    return """SELECT o.column_number, n.post, p.account, p.at_seconds FROM co_named n
        JOIN co_objects o USING (object_id, layer) JOIN posts p USING (post)"""


def incidence_rows() -> str:
    """account, column: once each; accounts numbered by the digests of what they share."""
    return """WITH once AS (SELECT DISTINCT account, column_number FROM co_shares),
        digests AS (SELECT column_number, md5_number_lower(object_id)::HUGEINT AS digest FROM co_objects),
        prints AS (SELECT o.account, sum(c.digest) AS print, count(*) AS shared
            FROM once o JOIN digests c USING (column_number) GROUP BY o.account),
        numbered AS (SELECT account, row_number() OVER (ORDER BY shared DESC, print, account) - 1 AS row_number FROM prints)
        SELECT n.row_number::BIGINT AS row_number, o.account::BIGINT AS account, o.column_number
        FROM once o JOIN numbered n USING (account) ORDER BY row_number, column_number"""


def _matrix(workspace: Workspace, chosen: tuple[Layer, ...]) -> Incidence:
    rows = workspace.arrays(incidence_rows())
    objects = workspace.arrays("SELECT column_number, layer FROM co_objects ORDER BY column_number")
    number, column = rows["row_number"].astype(np.int64), rows["column_number"].astype(np.int64)
    size = int(number[-1]) + 1 if number.size else 0
    accounts = np.zeros(size, dtype=np.int64)
    accounts[number] = rows["account"]
    names = np.array([str(layer) for layer in chosen])
    found = np.asarray(objects["layer"]).astype(str)
    layers = np.array([int(np.flatnonzero(names == layer)[0]) for layer in np.unique(found)], dtype=np.int64)
    layers = layers[np.unique(found, return_inverse=True)[1]] if found.size else np.empty(0, dtype=np.int64)
    # Numbers of 32 bits: what is multiplied of this keeps them, in half the memory.
    places = (number.astype(np.int32), column.astype(np.int32))
    shares = csr_array((np.ones(number.size), places), shape=(size, found.size))
    return Incidence(shares, accounts, layers, tuple(str(layer) for layer in chosen))
