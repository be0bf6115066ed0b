"""From what a detection left behind to what the pages show of each finding: things shared, posts, network, times.

Accounts are hashed throughout. Mentions in texts are masked. A thing whose name holds an account's identifier is
marked, so that exports can leave it out.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names and `quoted` literals; its lines follow its clauses

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from counterpoint.campaigns.apart.layout import placed
from counterpoint.kernel.coordination.addresses import canonical_address
from counterpoint.kernel.coordination.identity import Identifiers, label_sql
from counterpoint.kernel.coordination.layers import plain_text_sql
from counterpoint.kernel.coordination.reading import find_files, read_posts
from counterpoint.kernel.coordination.steps import Workspace, quoted
from counterpoint.kernel.coordination.texts import make_wordings

MOST_FINDINGS = 300
MOST_ACCOUNTS = 400  # listed for a finding
MOST_POSTS = 300  # kept with their texts for a finding, the earliest and an even choice of the others
MOST_THINGS = 300
MOST_DRAWN = 120  # accounts in the network
MOST_EDGES = 1500
LONGEST_TEXT = 1000
FEWEST_SHARERS = 2
_TOGETHER_AT_MOST = 40  # accounts of one thing that are tied to each other where no better edges are known

_COLUMNS = ("platform", "text", "urls", "hashtags", "media_hashes", "repost_of", "mentions")
_MENTION = re.compile(r"(?<![\w/])@[\w.]+")
_WORD = re.compile(r"[\w.-]{2,}")
Row = dict[str, Any]


def gather(
    posts: Path, out: Path, *, identifiers: Identifiers, mapping: Mapping[str, str], memory_mb: int
) -> dict[str, Any]:
    """`findings`, the strongest first as the kernel gave them, `left_out` (how many there were beyond the most), and
    `quarantine` (the first rows that were set aside, with place, reason and remedy)."""
    with Workspace(out / ".work" / "spill", memory_mb) as workspace:
        read_posts(workspace, find_files(posts, link_dir=out / ".work" / "again"), mapping=mapping)
        found = _table(workspace, out / "findings.parquet")
        kept = found[:MOST_FINDINGS]
        details = {(row["finding_id"], row["account_id"]): row for row in _table(workspace, out / "accounts.parquet")}
        rows = _posts_of(workspace, kept, label_sql("account_id", identifiers))
        edges = _edges(workspace, out, kept)
        alike = _alike(rows.values(), memory_mb)
        findings = [
            _finding(record, rows.get(record["finding_id"], []), edges.get(record["finding_id"], []), details, alike)
            for record in kept
        ]
        _mark_account_names(workspace, findings)
        set_aside = workspace.rows("SELECT file, line, reason, remedy FROM quarantine ORDER BY file, line LIMIT 50")
    return {"findings": findings, "left_out": len(found) - len(kept), "quarantine": _named(set_aside)}


def _named(rows: Iterable[Sequence[Any]]) -> list[Row]:
    """Line by line, without the file's name: it is a name of our own."""
    return [{"line": row[1], "reason": row[2], "remedy": row[3]} for row in rows]


def _table(workspace: Workspace, path: Path) -> list[Row]:
    if not path.exists():
        return []
    cursor = workspace.connection.execute(f"SELECT * FROM read_parquet({quoted(str(path))})")
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: str(row["finding_id"]))


def _posts_of(workspace: Workspace, found: Sequence[Row], label: str) -> dict[str, list[Row]]:
    """The evidence of each finding with everything that came with it, in order of time."""
    wanted = [(record["finding_id"], post) for record in found for post in record["post_ids"]]
    if not wanted:
        return {}
    names, ids = zip(*wanted, strict=True)
    workspace.load("wanted", {"finding": np.array(names, dtype=object), "post_id": np.array(ids, dtype=object)})
    present = {str(row[0]) for row in workspace.rows("DESCRIBE posts")}
    columns = [name for name in _COLUMNS if name in present]
    plain = plain_text_sql("p.text") if "text" in present else "''"
    picked = "".join(f", p.{name}" for name in columns)
    rows = workspace.rows(
        f"""SELECT w.finding, p.post_id, p.at_seconds, a.account, coalesce({plain}, ''){picked}
        FROM wanted w JOIN posts p USING (post_id) JOIN (SELECT account AS number, {label} AS account FROM accounts) a
        ON a.number = p.account ORDER BY w.finding, p.at_seconds, p.post_id"""
    )
    heads = ("finding", "post_id", "at", "account", "plain", *columns)
    sorted_by_finding: dict[str, list[Row]] = {}
    for row in rows:
        post = dict(zip(heads, row, strict=True))
        sorted_by_finding.setdefault(post.pop("finding"), []).append(post)
    return sorted_by_finding


def _edges(workspace: Workspace, out: Path, found: Sequence[Row]) -> dict[str, list[tuple[str, str, float]]]:
    """Pairs of a finding's accounts, from the validated network where there is one, else from posts close in time."""
    members = [(record["finding_id"], name) for record in found for name in record["account_ids"]]
    if not members:
        return {}
    ids, names = zip(*members, strict=True)
    workspace.load("members", {"finding": np.array(ids, dtype=object), "name": np.array(names, dtype=object)})
    edges: dict[str, list[tuple[str, str, float]]] = {}
    for file in ("validated_edges.parquet", "edges.parquet"):
        if not (out / file).exists():
            continue
        rows = workspace.rows(
            f"""SELECT one.finding, e.account_a, e.account_b, e.weight::DOUBLE FROM read_parquet({quoted(str(out / file))}) e
            JOIN members one ON one.name = e.account_a JOIN members two ON two.name = e.account_b AND two.finding = one.finding
            ORDER BY e.weight DESC, e.account_a, e.account_b"""
        )
        fresh: dict[str, list[tuple[str, str, float]]] = {}
        for finding, one, two, weight in rows:
            fresh.setdefault(finding, []).append((one, two, float(weight)))
        edges = {**fresh, **edges}
    return edges


def _alike(findings: Iterable[Sequence[Row]], memory_mb: int) -> dict[str, str]:
    """For each text of the evidence, by its letters and digits, a name that those nearly the same have in common."""
    texts = sorted(
        {post["plain"] for posts in findings for post in posts if post["plain"] and not post.get("repost_of")}
    )
    if not texts:
        return {}
    with Workspace(memory_mb=memory_mb) as workspace:
        workspace.load("posts", {"post": np.arange(len(texts)), "text": np.array(texts, dtype=object)})
        make_wordings(workspace)
        return {texts[post]: wording for post, wording in workspace.rows("SELECT post, wording FROM post_wordings")}


def _finding(
    record: Row,
    posts: list[Row],
    edges: list[tuple[str, str, float]],
    details: Mapping[Any, Row],
    alike: Mapping[str, str],
) -> Row:
    things, sharers = _things(posts)
    wordings = _varied_wordings(posts, alike)
    varied = {wording["key"] for wording in wordings}
    accounts = list(record["account_ids"])
    told = [details.get((record["finding_id"], name), {}) for name in accounts]
    return {
        "number": record["finding_id"],
        "detector": record["detector"],
        "kind": record["kind"],
        "accounts": record["accounts"],
        "posts": record["posts"],
        "first_at": record["first_at"],
        "last_at": record["last_at"],
        "statistic": record["statistic"],
        "value": record["value"],
        "expected": record["expected"],
        "null": record["null_model"],
        "innocent": record["innocent"],
        "stability": record["stability"],
        "details": json.loads(record["details"]),
        "account_rows": [
            {"account": name, "posts": row.get("posts", 0), "details": json.loads(row.get("details") or "{}")}
            for name, row in zip(accounts[:MOST_ACCOUNTS], told, strict=False)
        ],
        "times": list(record["post_times"]),
        "things": things,
        "wordings": wordings,
        "network": _network(accounts, edges or _tied(sharers), posts),
        "posts_kept": [
            _shown(post) | {"wording": key if (key := _wording_of(post, alike)) in varied else ""}
            for post in _chosen(posts)
        ],
    }


def _things(posts: Sequence[Row]) -> tuple[list[Row], dict[tuple[str, str], list[str]]]:
    """What at least two accounts of the evidence shared, the most shared first; and who shared each."""
    seen: dict[tuple[str, str], Row] = {}
    sharers: dict[tuple[str, str], dict[str, None]] = {}
    for post in posts:
        for kind, key, shown in _shared(post):
            thing = seen.setdefault(
                (kind, key),
                {"kind": kind, "key": key, "value": shown, "posts": 0, "first_at": post["at"], "last_at": post["at"]},
            )
            thing["posts"] += 1
            thing["last_at"] = post["at"]
            sharers.setdefault((kind, key), {})[post["account"]] = None
    rows = [
        {**thing, "accounts": len(sharers[name])}
        for name, thing in seen.items()
        if len(sharers[name]) >= FEWEST_SHARERS
    ]
    rows.sort(key=lambda thing: (-thing["accounts"], -thing["posts"], thing["kind"], thing["key"]))
    return rows[:MOST_THINGS], {name: list(accounts) for name, accounts in sharers.items()}


def _varied_wordings(posts: Sequence[Row], alike: Mapping[str, str]) -> list[Row]:
    """Wordings in several versions that at least two accounts of the evidence used, the most used first. One version
    alone is a thing among the others."""
    found: dict[str, list[Row]] = {}
    for post in posts:
        wording = _wording_of(post, alike)
        if wording:
            found.setdefault(wording, []).append(post)
    rows = [
        {
            "key": wording,
            "versions": len({post["plain"] for post in used}),
            "accounts": len({post["account"] for post in used}),
            "posts": len(used),
            "first_at": used[0]["at"],
            "last_at": used[-1]["at"],
        }
        for wording, used in found.items()
    ]
    rows = [row for row in rows if row["versions"] > 1 and row["accounts"] >= FEWEST_SHARERS]
    return sorted(rows, key=lambda row: (-row["accounts"], -row["posts"], row["key"]))[:MOST_THINGS]


def _wording_of(post: Row, alike: Mapping[str, str]) -> str:
    """What the wording of a post has in common with those nearly the same; nothing of what is passed on."""
    return "" if post.get("repost_of") else alike.get(post["plain"], "")


def _shared(post: Row) -> set[tuple[str, str, str]]:
    """kind, key (what is compared) and value (what is shown) of each thing in a post, each once. Of wordings and posts
    passed on nothing but the digest: a finding outlives its posts, and what they said goes with them."""
    found: dict[tuple[str, str], str] = {}
    for url in post.get("urls") or ():
        page = canonical_address(url)
        if page:
            found.setdefault(("url", page), url)
    for tag in post.get("hashtags") or ():
        plain = tag.lstrip("#").lower()
        if plain:
            found.setdefault(("hashtag", plain), "#" + plain)
    for digest in post.get("media_hashes") or ():
        found.setdefault(("media", digest), digest)
    if post.get("repost_of"):
        digest = digest_of(post["repost_of"])
        found.setdefault(("repost", digest), digest)
    elif post["plain"] and len(post["plain"]) >= 12:  # noqa: PLR2004 - shorter wordings are anybody's
        digest = digest_of(post["plain"])
        found.setdefault(("text", digest), digest)
    return {(kind, key, shown) for (kind, key), shown in found.items()}


def digest_of(text: str) -> str:
    """Stands for a wording where the wording itself must not: SHA-256 of its letters and digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def masked(text: str) -> str:
    """The text without the names of accounts that it mentions."""
    return _MENTION.sub("@…", text)


def _chosen(posts: list[Row]) -> list[Row]:
    """The first posts, then an even choice of the others."""
    if len(posts) <= MOST_POSTS:
        return posts
    half = MOST_POSTS // 2
    rest = posts[half:]
    return posts[:half] + [rest[place * len(rest) // half] for place in range(half)]


def _shown(post: Row) -> Row:
    return {
        "post_id": post["post_id"],
        "at": post["at"],
        "account": post["account"],
        "platform": post.get("platform") or "",
        "text": masked(post.get("text") or "")[:LONGEST_TEXT],
        "urls": list(post.get("urls") or ())[:10],
        "hashtags": list(post.get("hashtags") or ())[:20],
    }


def _tied(sharers: Mapping[tuple[str, str], list[str]]) -> list[tuple[str, str, float]]:
    """Accounts that shared a thing, pair by pair, weighing the things they have in common."""
    weights: dict[tuple[str, str], int] = {}
    for accounts in sharers.values():
        for pair in combinations(sorted(accounts[:_TOGETHER_AT_MOST]), 2):
            weights[pair] = weights.get(pair, 0) + 1
    return sorted(((one, two, float(weight)) for (one, two), weight in weights.items()), key=lambda edge: -edge[2])


def _network(accounts: Sequence[str], edges: Sequence[tuple[str, str, float]], posts: Sequence[Row]) -> Row:
    """The strongest accounts with a place each (from 0 to 1), and the heaviest pairs between them, by their places in
    the list."""
    drawn = list(accounts[:MOST_DRAWN])
    numbers = {name: place for place, name in enumerate(drawn)}
    kept = [(numbers[one], numbers[two], weight) for one, two, weight in edges if one in numbers and two in numbers][
        :MOST_EDGES
    ]
    counts: dict[str, int] = {}
    for post in posts:
        counts[post["account"]] = counts.get(post["account"], 0) + 1
    spots = placed(len(drawn), kept)
    nodes = [
        {"account": name, "x": x, "y": y, "posts": counts.get(name, 0)}
        for name, (x, y) in zip(drawn, spots, strict=True)
    ]
    return {"nodes": nodes, "edges": kept, "left_out": len(accounts) - len(drawn)}


def _mark_account_names(workspace: Workspace, findings: Sequence[Row]) -> None:
    """`names_account`: whether the thing's name holds the identifier or the name of an account in the snapshot, or of
    one that the evidence mentions."""
    words = {thing["key"]: _words_of(thing) for finding in findings for thing in finding["things"]}
    asked = sorted({word for found in words.values() for word in found})
    present = {str(row[0]) for row in workspace.rows("DESCRIBE posts")}
    sources = ["SELECT lower(given_id) AS word FROM accounts"]
    if "account_name" in present:
        sources.append("SELECT lower(account_name) FROM posts")
    if "mentions" in present:
        sources.append("SELECT lower(ltrim(unnest(mentions), '@')) FROM posts")
    named: set[str] = set()
    if asked:
        workspace.load("asked", {"word": np.array(asked, dtype=object)})
        named = {row[0] for row in workspace.rows(f"SELECT DISTINCT word FROM asked SEMI JOIN ({' UNION ALL '.join(sources)}) USING (word)")}  # fmt: skip
    for finding in findings:
        for thing in finding["things"]:
            thing["names_account"] = bool(named & words[thing["key"]])


def _words_of(thing: Row) -> set[str]:
    if thing["kind"] not in ("url", "hashtag"):
        return set()
    return {word.lower().strip(".-") for word in _WORD.findall(thing["key"])}
