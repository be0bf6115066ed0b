"""Window pairs in plain Python, as slow and as plain as they can be: what the engine is held against."""

from collections import Counter, defaultdict
from itertools import combinations
from typing import NamedTuple

from counterpoint.kernel.coordination.pairs import PairOptions, Reading


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


def sound_fast_pairs(shares: list[Share], *, fast_seconds: int, min_participation: int) -> list[Pair]:
    """What a run with the narrower window alone lists."""
    return sound_pairs(shares, window_seconds=fast_seconds, min_participation=min_participation)


def coortweet_fast_pairs(
    rows: list[Share], listed: list[Pair], *, fast_seconds: int, min_participation: int
) -> list[Pair]:
    """flag_speed_share: of the listed pairs those whose two posts are a quick pair that passes the filter."""
    quick = [pair for pair in listed if pair.seconds_apart <= fast_seconds]
    posts = {post for pair in quick for post in (pair.post_a, pair.post_b)}
    left = Counter(row.account_id for row in rows if row.post_id in posts)
    kept = {row.post_id for row in rows if row.post_id in posts and left[row.account_id] >= min_participation}
    flagged = {(pair.post_a, pair.post_b) for pair in quick if pair.post_a in kept or pair.post_b in kept}
    return [pair for pair in listed if (pair.post_a, pair.post_b) in flagged]


def pairs_in_two_windows(rows: list[Share], options: PairOptions) -> tuple[list[Pair], list[Pair]]:
    wide = {"window_seconds": options.window_seconds, "min_participation": options.min_participation}
    narrow = {"fast_seconds": options.fast_seconds, "min_participation": options.min_participation}
    if options.reading is Reading.SOUND:
        return sound_pairs(rows, **wide), sound_fast_pairs(rows, **narrow)
    listed = coortweet_pairs(rows, **wide)
    return listed, coortweet_fast_pairs(rows, listed, **narrow)


def above(weights: dict[tuple[str, str], int], quantile: float) -> set[tuple[str, str]]:
    """Edges heavier than the quantile of all weights, which lies on the line between two of them."""
    if not weights:
        return set()
    ordered = sorted(weights.values())
    place = quantile * (len(ordered) - 1)
    low, part = ordered[int(place)], place - int(place)
    threshold = low + part * (ordered[min(int(place) + 1, len(ordered) - 1)] - low)
    return {edge for edge, weight in weights.items() if weight > threshold}


def subgraph(
    number: int, full: dict[tuple[str, str], int], fast: dict[tuple[str, str], int], quantile: float
) -> set[tuple[str, str]]:
    """Edges of generate_coordinated_network(subgraph = number), from the weights in both windows."""
    if number == 0:
        return set(full)
    if number == 1:
        return above(full, quantile)
    fastest = above(fast, quantile)
    if number == 2:
        return fastest
    ends = {account for edge in fastest for account in edge}
    context = ends | {account for edge in full if ends & set(edge) for account in edge}
    return {edge for edge in full if set(edge) <= context}


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


def check_two_windows(rows, options, found):
    pairs, quick, edges = found
    expected, expected_quick = pairs_in_two_windows(rows, options)
    assert pairs == sorted(expected)
    assert quick == sorted(expected_quick)
    weigh = coortweet_edges if options.reading is Reading.COORTWEET else sound_edges
    full, faster = weigh(expected), weigh(expected_quick)
    weights, fast_weights = ({edge: facts[0] for edge, facts in network.items()} for network in (full, faster))
    assert set(edges) == subgraph(int(options.subgraph), weights, fast_weights, options.edge_weight)
    fastest = above(fast_weights, options.edge_weight)
    ends = {account for edge in fastest for account in edge}
    for edge, (wide, narrow_facts, (fast_a, fast_b)) in edges.items():
        assert rounded({edge: wide[:4]}) == rounded({edge: full[edge]})
        assert wide[5] == (edge in above(weights, options.edge_weight))
        assert (fast_a, fast_b) == (edge[0] in ends, edge[1] in ends)
        if edge in faster:
            assert rounded({edge: narrow_facts[:4]}) == rounded({edge: faster[edge]})
            assert narrow_facts[5] == (edge in fastest)
        else:
            assert narrow_facts == (None,) * 6


def rounded(edges):
    return {key: (weight, round(mean, 9), one, two) for key, (weight, mean, one, two) in edges.items()}
