"""Where the things of a confirmed finding reappear in a later snapshot: how often, by how many, since when, where.

Things are compared by what names them: canonical address, hashtag, file digest, the letters and digits of a wording.
Wordings in several versions are compared by their words, in the way in which the detection finds texts nearly the same.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names and `quoted` literals; its lines follow its clauses

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from counterpoint.kernel.coordination.layers import make_pages, plain_text_sql
from counterpoint.kernel.coordination.reading import find_files, read_posts
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.texts import make_wordings

_PLATFORMS_SHOWN = 10
_VARIED = "wording"


def trace(
    posts: Path, folder: Path, *, things: Sequence[Mapping[str, str]], mapping: Mapping[str, str], memory_mb: int
) -> dict[str, Any]:
    """facts: posts read, first and last moment. reappeared: one row for each thing that came back.

    things: `kind` and `key`; of a wording in several versions one for each version, with its `text`."""
    with Workspace(folder / "spill", memory_mb) as workspace:
        report = read_posts(workspace, find_files(posts, link_dir=folder / "again"), mapping=mapping)
        first, last = workspace.one("SELECT coalesce(min(at_seconds), 0), coalesce(max(at_seconds), 0) FROM posts")
        found = _reappeared(workspace, things, set(report.columns)) if things else []
    facts = {
        "rows": report.rows,
        "used": report.used,
        "quarantined": dict(report.quarantined),
        "first_at": first,
        "last_at": last,
        "looked_for": len({(thing["kind"], thing["key"]) for thing in things}),
    }
    return {"facts": facts, "reappeared": found}


def _reappeared(workspace: Workspace, things: Sequence[Mapping[str, str]], columns: set[str]) -> list[dict[str, Any]]:
    names = sorted({(thing["kind"], thing["key"]) for thing in things})
    workspace.load("things", {
        "kind": np.array([kind for kind, _ in names], dtype=object),
        "key": np.array([key for _, key in names], dtype=object),
    })  # fmt: skip
    versions = [thing for thing in things if thing["kind"] == _VARIED]
    parts = _sources(workspace, columns)
    if versions and "text" in columns:
        parts.append(_nearly_the_same(workspace, versions, columns))
    if not parts:
        return []
    platform = "coalesce(p.platform, '')" if "platform" in columns else "''"
    workspace.make(
        "met",
        f"SELECT DISTINCT t.kind, t.key, s.post FROM ({' UNION ALL '.join(parts)}) s JOIN things t USING (kind, key)",
    )
    rows = workspace.rows(f"""SELECT m.kind, m.key, count(*), count(DISTINCT p.account), min(p.at_seconds), max(p.at_seconds),
        list_sort(list_distinct(list({platform})))[1:{_PLATFORMS_SHOWN}] FROM met m JOIN posts p USING (post)
        GROUP BY m.kind, m.key ORDER BY 4 DESC, 3 DESC, 1, 2""")  # fmt: skip
    heads = ("kind", "key", "posts", "accounts", "first_at", "last_at", "platforms")
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _sources(workspace: Workspace, columns: set[str]) -> list[str]:
    parts = []
    if "urls" in columns:
        make_pages(workspace)
        parts.append("SELECT 'url' AS kind, page AS key, post FROM pages")
    if "hashtags" in columns:
        parts.append(
            "SELECT 'hashtag' AS kind, lower(ltrim(tag, '#')) AS key, post FROM (SELECT post, unnest(hashtags) AS tag FROM posts)"
        )
    if "media_hashes" in columns:
        parts.append("SELECT 'media' AS kind, unnest(media_hashes) AS key, post FROM posts")
    if "text" in columns:
        parts.append(
            f"SELECT 'text' AS kind, sha256({plain_text_sql('text')}) AS key, post FROM posts WHERE text IS NOT NULL"
        )
    if "repost_of" in columns:
        parts.append("SELECT 'repost' AS kind, sha256(repost_of) AS key, post FROM posts WHERE repost_of IS NOT NULL")
    return parts


def _nearly_the_same(workspace: Workspace, versions: Sequence[Mapping[str, str]], columns: set[str]) -> str:
    """Posts in words nearly those of a known version. Known versions stand among the posts while texts are compared,
    under numbers below 0, and go again."""
    workspace.load("versions", {
        "post": np.arange(-len(versions), 0), "key": np.array([each["key"] for each in versions], dtype=object),
        "text": np.array([each["text"] for each in versions], dtype=object),
    })  # fmt: skip
    workspace.connection.execute("INSERT INTO posts BY NAME SELECT post, text FROM versions")
    make_wordings(workspace)
    own = "AND post NOT IN (SELECT post FROM posts WHERE repost_of IS NOT NULL)" if "repost_of" in columns else ""
    workspace.make("in_versions", f"""SELECT DISTINCT known.key, w.post FROM post_wordings w
        JOIN (SELECT v.key, o.wording FROM versions v JOIN post_wordings o ON o.post = v.post) known USING (wording)
        WHERE w.post >= 0 {own}""")  # fmt: skip
    workspace.connection.execute("DELETE FROM posts WHERE post < 0")
    workspace.drop("versions", "post_wordings")
    return f"SELECT '{_VARIED}' AS kind, key, post FROM in_versions"
