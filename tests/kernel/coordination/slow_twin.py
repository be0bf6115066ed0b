"""Window pairs in plain Python, as slow and as plain as they can be: what the engine is held against."""

from collections import Counter, defaultdict
from itertools import combinations
from typing import NamedTuple


class Share(NamedTuple):
    object_id: str
    account_id: str
    post_id: str
    at_seconds: int


class Pair(NamedTuple):
    object_id: str
    post_a: str
    post_b: str
    account_a: str
    account_b: str
    seconds_apart: int


def sound_pairs(shares: list[Share], *, window_seconds: int, min_participation: int) -> list[Pair]:
    found = []
    for one, two in combinations(sorted(kept_once(shares), key=lambda share: (share.at_seconds, share.post_id)), 2):
        near = two.at_seconds - one.at_seconds <= window_seconds
        if one.object_id == two.object_id and one.account_id != two.account_id and near:
            found.append(_pair(one, two))
    posts = defaultdict(set)
    for pair in found:
        posts[pair.account_a].add(pair.post_a)
        posts[pair.account_b].add(pair.post_b)
    enough = {account for account, theirs in posts.items() if len(theirs) >= min_participation}
    return [pair for pair in found if pair.account_a in enough and pair.account_b in enough]


def kept_once(shares: list[Share]) -> list[Share]:
    first: dict[tuple[str, str], Share] = {}
    for share in sorted(shares, key=lambda share: (share.at_seconds, share.account_id)):
        first.setdefault((share.object_id, share.post_id), share)
    return list(first.values())


def coortweet_pairs(rows: list[Share], *, window_seconds: int, min_participation: int) -> list[Pair]:
    row_counts = Counter(row.account_id for row in rows)
    accounts = list(dict.fromkeys(row.account_id for row in rows if row_counts[row.account_id] >= min_participation))
    ordered = [row for account in accounts for row in rows if row.account_id == account]
    found = []
    for one, two in combinations(ordered, 2):
        loop = (
            one.post_id == two.post_id
            or one.account_id == two.account_id
            or one.object_id in (one.post_id, two.post_id)
        )
        if one.object_id == two.object_id and abs(one.at_seconds - two.at_seconds) <= window_seconds and not loop:
            found.append((one, two))
    if min_participation >= 1:
        in_pairs = {row.post_id for pair in found for row in pair}
        left = Counter(row.account_id for row in ordered if row.post_id in in_pairs)
        kept = {row.post_id for row in ordered
                if row.post_id in in_pairs and left[row.account_id] >= min_participation}  # fmt: skip
        found = [pair for pair in found if pair[0].post_id in kept or pair[1].post_id in kept]
    return [_pair(two, one) if one.at_seconds > two.at_seconds else _pair(one, two) for one, two in found]


def sound_edges(pairs: list[Pair]) -> dict[tuple[str, str], tuple[int, float, int, int]]:
    """weight (distinct objects), mean seconds, posts of the first account, posts of the second."""
    return {
        key: (len({pair.object_id for pair in group}), sum(pair.seconds_apart for pair in group) / len(group),
              len({_post_of(pair, key[0]) for pair in group}), len({_post_of(pair, key[1]) for pair in group}))
        for key, group in _grouped(pairs).items()
    }  # fmt: skip


def coortweet_edges(pairs: list[Pair]) -> dict[tuple[str, str], tuple[int, float, int, int]]:
    """weight (pairs), mean seconds, distinct older posts, distinct newer posts, whoever wrote them."""
    return {
        key: (len(group), sum(pair.seconds_apart for pair in group) / len(group),
              len({pair.post_a for pair in group}), len({pair.post_b for pair in group}))
        for key, group in _grouped(pairs).items()
    }  # fmt: skip


def _grouped(pairs: list[Pair]) -> dict[tuple[str, str], list[Pair]]:
    groups = defaultdict(list)
    for pair in pairs:
        one, two = sorted((pair.account_a, pair.account_b))
        groups[one, two].append(pair)
    return groups


def _post_of(pair: Pair, account: str) -> str:
    return pair.post_a if pair.account_a == account else pair.post_b


def _pair(older: Share, newer: Share) -> Pair:
    apart = newer.at_seconds - older.at_seconds
    return Pair(older.object_id, older.post_id, newer.post_id, older.account_id, newer.account_id, apart)
