"""Who made a tag rise: organised pushes against organic rises.

A rise is called organised when far more of a tag's posts than usual repeat a wording that another account posted under
the same tag. Each large tag is described all the same: who started it, how concentrated and how sustained it is.
Reposts are left out (passing on is what reposts are for), and so are headlines of pages.
Stability: part of the tag's posts is left out (resamples.py), and what repeats among the others is counted again.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.incidence import make_headlines
from counterpoint.kernel.coordination.layers import Layer
from counterpoint.kernel.coordination.resamples import stability
from counterpoint.kernel.coordination.steps import Workspace

Bools = NDArray[np.bool_]
SEVERAL = 3  # accounts that make a wording repeated
LEAST_USUAL = 0.02  # share of repeated wordings that is taken as usual where the middle tag has even fewer


@dataclass(frozen=True)
class HashtagOptions:
    """fewest_posts, fewest_accounts: of a tag that can be judged. share and lift: of repeated posts, for a finding."""

    fewest_posts: int = 30
    fewest_accounts: int = 5
    share: float = 0.4
    lift: float = 3.0
    chance: float = 1e-3
    starters: int = 10


def find_hashtag_pushes(workspace: Workspace, options: HashtagOptions | None = None) -> list[Finding]:
    """Findings, and the table `hashtags`, one row for every tag large enough to judge."""
    options = options or HashtagOptions()
    present = {row[0] for row in workspace.rows("DESCRIBE posts")}
    make_headlines(
        workspace,
        [layer for layer, column in ((Layer.URL, "urls"), (Layer.MEDIA, "media_hashes")) if column in present],
    )
    workspace.make("tagged", tagged_posts(workspace))
    workspace.make("tag_wordings", wordings_under_tags())
    workspace.make("hashtags", described_tags(options))
    usual = max(
        float(workspace.one("SELECT coalesce(median(repeated_posts / posts), 0) FROM hashtags")[0]), LEAST_USUAL
    )
    tags = workspace.count("hashtags")
    found = []
    for tag, posts, repeats, accounts in workspace.rows(
        "SELECT tag, posts, repeated_posts, accounts FROM hashtags ORDER BY repeated_posts DESC, tag"
    ):
        p = float(bdtrc(repeats - 1, posts, usual))
        if not _organised(repeats, posts, usual, tags, options):
            continue
        workspace.load("one_tag", {"tag": np.array([tag], dtype=object)})
        evidence = workspace.arrays("""SELECT account::BIGINT AS account, post, at_seconds FROM tagged SEMI JOIN one_tag USING (tag)
            SEMI JOIN tag_wordings USING (tag, wording) ORDER BY at_seconds, post""")  # fmt: skip
        members, counts = np.unique(evidence["account"].astype(np.int64), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        found.append(Finding(
            Detector.HASHTAGS, "push", members[order], evidence["post"].astype(np.int64), "posts under the tag that repeat another account's wording",
            float(repeats), posts * usual, "As many posts repeat a wording as under the middle tag of this data.",
            "A chant, a slogan, a pledge or a petition text that people knowingly copy; look whether they say so.",
            stability=_stability(workspace, usual, tags, options), objects=[f"tag:{tag}"], details={"posts": posts, "accounts": accounts, "p": p},
            account_details=[{"repeated_posts": int(count)} for count in counts[order]],
        ))  # fmt: skip
    workspace.drop("one_tag", "tagged", "tag_wordings")
    return found


def _organised(repeats: int, posts: int, usual: float, tags: int, options: HashtagOptions) -> bool:
    enough = repeats >= max(options.share, options.lift * usual) * posts
    return bool(enough and float(bdtrc(repeats - 1, posts, usual)) * tags <= options.chance)


def _stability(workspace: Workspace, usual: float, tags: int, options: HashtagOptions) -> float:
    """Of the tag in `one_tag`. Posts of one second and wording stay or go together, so that names decide nothing."""
    rows = workspace.arrays("""SELECT account::BIGINT AS account, coalesce(dense_rank() OVER (ORDER BY wording), 0) AS wording,
        wording IS NULL AS own, dense_rank() OVER (ORDER BY at_seconds, wording) - 1 AS place FROM tagged SEMI JOIN one_tag USING (tag)""")
    account, wording, own, place = (np.asarray(rows[name]).astype(np.int64) for name in rows)

    def again(kept: Bools) -> bool:
        stays = kept[place]
        said = stays & (own == 0)
        pairs = np.unique(np.stack([wording[said], account[said]]), axis=1)
        people = np.bincount(pairs[0], minlength=int(wording.max(initial=0)) + 1)
        repeats = int((people[wording[said]] >= SEVERAL).sum())
        return _organised(repeats, int(stays.sum()), usual, tags, options)

    return stability(int(place.max(initial=-1)) + 1, again)


def tagged_posts(workspace: Workspace) -> str:
    present = {row[0] for row in workspace.rows("DESCRIBE posts")}
    own = "WHERE repost_of IS NULL" if "repost_of" in present else ""
    return f"""WITH tags AS (SELECT DISTINCT post, account, at_seconds, lower(ltrim(unnest(hashtags), '#')) AS tag FROM posts {own})
        SELECT t.*, w.wording FROM tags t LEFT JOIN (SELECT * FROM post_wordings WHERE wording NOT IN (SELECT wording FROM headlines)) w USING (post) WHERE tag <> ''"""


def wordings_under_tags() -> str:
    return f"SELECT tag, wording FROM tagged WHERE wording IS NOT NULL GROUP BY ALL HAVING count(DISTINCT account) >= {SEVERAL}"


def described_tags(options: HashtagOptions) -> str:
    """tag, posts, accounts, when, how concentrated (share of the busiest tenth), how sustained, starters, repeats."""
    return f"""WITH busy AS (SELECT tag, count(*) AS posts, count(DISTINCT account) AS accounts, min(at_seconds) AS first_at, max(at_seconds) AS last_at,
            count(DISTINCT at_seconds // 86400) AS days_active, quantile_disc(at_seconds, 0.5) AS half_at FROM tagged GROUP BY tag
            HAVING count(*) >= {options.fewest_posts} AND count(DISTINCT account) >= {options.fewest_accounts}),
        each AS (SELECT tag, account, count(*) AS posts, min(at_seconds) AS first_at FROM tagged SEMI JOIN busy USING (tag) GROUP BY ALL),
        ranked AS (SELECT *, row_number() OVER (PARTITION BY tag ORDER BY posts DESC, account) AS by_posts,
            row_number() OVER (PARTITION BY tag ORDER BY first_at, account) AS by_start FROM each),
        held AS (SELECT r.tag, sum(r.posts) FILTER (by_posts <= ceil(b.accounts / 10.0)) AS busiest_posts,
            list(r.account ORDER BY by_start) FILTER (by_start <= {options.starters}) AS starters FROM ranked r JOIN busy b USING (tag) GROUP BY r.tag),
        repeats AS (SELECT tag, count(*) AS repeated_posts FROM tagged SEMI JOIN tag_wordings USING (tag, wording) GROUP BY tag)
        SELECT b.tag, b.posts, b.accounts, b.first_at, b.half_at, b.last_at, b.days_active, h.busiest_posts / b.posts AS busiest_tenth_share,
            coalesce(r.repeated_posts, 0) AS repeated_posts, h.starters FROM busy b JOIN held h USING (tag) LEFT JOIN repeats r USING (tag)"""
