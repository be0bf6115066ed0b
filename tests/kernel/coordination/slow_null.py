"""Communities and the null of pairs in plain Python, with sets and loops: what the matrices are held against."""

from collections import defaultdict
from itertools import combinations
from math import exp, lgamma, log, log10
from statistics import median
from typing import NamedTuple

from numpy import float32 as single

from counterpoint.kernel.coordination.null_model import NullOptions

Shares = list[set[int]]  # for each account the objects that it shares
LEAST_GAIN = 0.001  # of modularity: a round that brings less is the last


class Pair(NamedTuple):
    """p: of the loudest tier, corrected for their number. tiers: common and expected of those that are as loud."""

    p: float
    tiers: list[tuple[int, float]]


def communities(shares: Shares) -> list[int]:
    """For each account its community: accounts and objects are moved one by one, in order, to the neighbouring part
    that gains most of Barber's modularity (of equals the first), then each part becomes one node, until little is won.

    Many moves gain equally much; which is taken then hangs on rounding. So numbers are single precision here and are
    added up in the library's order."""
    accounts = len(shares)
    total = sum(map(len, shares))
    things = sorted(set().union(*shares))
    node = {thing: accounts + place for place, thing in enumerate(things)}
    links: list[dict[int, float]] = [
        {} for _ in range(accounts + len(things))
    ]  # in the order in which they are added up
    for account, theirs in enumerate(shares):
        for thing in sorted(theirs):
            links[account][node[thing]] = links[node[thing]][account] = 1 / (2 * total)
    given = [sum(1 for _ in mine) / total if place < accounts else 0.0 for place, mine in enumerate(links)]
    taken = [sum(1 for _ in mine) / total if place >= accounts else 0.0 for place, mine in enumerate(links)]
    part_of = list(range(len(links)))
    while True:
        label, gained = _moved(links, given, taken)
        part_of = [label[part] for part in part_of]
        if gained <= LEAST_GAIN or len(set(label)) == 1:
            return part_of[:accounts]
        links, given, taken = _merged(links, given, taken, label)


def _moved(links: list[dict[int, float]], given: list[float], taken: list[float]) -> tuple[list[int], float]:
    label = list(range(len(links)))
    mine_given, mine_taken = list(map(single, given)), list(map(single, taken))
    in_given, in_taken = list(mine_given), list(mine_taken)
    gained, last = single(0), None
    while last is None or last > LEAST_GAIN:
        last = single(0)
        for place, neighbours in enumerate(links):
            here, out, back = label[place], mine_given[place], mine_taken[place]
            towards: dict[int, single] = defaultdict(single)
            for other, weight in neighbours.items():
                towards[label[other]] += single(weight)
            stays = 2 * (towards[here] - single(neighbours.get(place, 0)))
            stays = stays - out * (in_taken[here] - back) - back * (in_given[here] - out)
            best, most = here, single(0)
            for part in sorted(towards.keys() - {here}):
                gain = 2 * towards[part] - out * in_taken[part] - back * in_given[part] - stays
                if gain > most:
                    best, most = part, gain
            if best != here:
                label[place], last = best, last + most
                in_given[here], in_given[best] = in_given[here] - out, in_given[best] + out
                in_taken[here], in_taken[best] = in_taken[here] - back, in_taken[best] + back
        gained += last
    names = sorted(set(label))
    return [names.index(part) for part in label], float(gained)


def _merged(
    links: list[dict[int, float]], given: list[float], taken: list[float], label: list[int]
) -> tuple[list[dict[int, float]], list[float], list[float]]:
    number = max(label) + 1
    merged: list[dict[int, float]] = [{} for _ in range(number)]
    new_given, new_taken = [0.0] * number, [0.0] * number
    for place, neighbours in enumerate(links):
        new_given[label[place]] += given[place]
        new_taken[label[place]] += taken[place]
        towards: dict[int, float] = defaultdict(float)
        for other, weight in neighbours.items():
            towards[label[other]] += weight
        for part in reversed(towards):  # a product of sparse matrices has its rows last come, first served
            merged[label[place]][part] = merged[label[place]].get(part, 0.0) + towards[part]
    return [dict(reversed(row.items())) for row in merged], new_given, new_taken


def homes_for(shares: Shares, label: list[int], smallest: int) -> dict[int, set[int]]:
    """For each community the larger ones it may join: itself where it is large, none where it shares with none."""
    members = {part: {account for account, own in enumerate(label) if own == part} for part in set(label)}
    large = {part for part, theirs in members.items() if len(theirs) >= smallest}
    homes = {}
    for part, theirs in members.items():
        common = {
            other: sum(len(shares[one] & shares[two]) for one in theirs for two in members[other]) / len(members[other])
            for other in large
        }
        most = max(common.values(), default=0.0)
        homes[part] = {other for other, value in common.items() if value and abs(value - most) < 1e-9}
        if part in large:
            homes[part] = {part}
    return homes


def most_popular(popularity: list[int], accounts: int, options: NullOptions) -> int:
    """The most accounts an object may have so that all pairs of accounts on such objects are within bounds."""
    limit = max(options.always, int(options.popular * accounts))

    def pairs(upto: int) -> int:
        return sum(number * (number - 1) // 2 for number in popularity if 1 < number <= upto)

    return max([2, *(upto for upto in range(2, limit + 1) if pairs(upto) <= options.most_pairs)])


def pair_null(
    shares: Shares, layer: list[int], community: list[int], estimating: set[int], options: NullOptions
) -> dict[tuple[int, int], Pair]:
    """Pairs of accounts with two or more common objects in some tier, by the tier that speaks loudest.
    layer: of each object; estimating: the accounts that the rates are estimated from."""
    tiers = list(_tiers(shares, layer, options))
    spoken: dict[tuple[int, int], list[tuple[float, int, float]]] = defaultdict(list)
    for objects in tiers:
        theirs = [own & objects for own in shares]
        expected = _expected(theirs, community, estimating, options)
        for one, two in combinations(range(len(shares)), 2):
            common = len(theirs[one] & theirs[two])
            if common >= 2:
                rate = expected(one, two)
                spoken[one, two].append((poisson_tail(common, rate), common, rate))
    found = {}
    for both, told in spoken.items():
        least = min(told)[0]
        loud = [(common, rate) for p, common, rate in told if p <= least * (1 + 1e-9)]
        found[both] = Pair(min(1.0, least * len(tiers)), loud)
    return found


def _tiers(shares: Shares, layer: list[int], options: NullOptions):
    sharers = {thing: sum(thing in theirs for theirs in shares) for thing in range(len(layer))}
    limit = most_popular(list(sharers.values()), len(shares), options)
    for name in sorted(set(layer)):
        below = 1
        for bound in [*[tier for tier in options.tiers if tier < limit], limit]:
            if any(layer[thing] == name and below < number <= bound for thing, number in sharers.items()):
                yield {thing for thing, number in sharers.items() if layer[thing] == name and 1 < number <= bound}
            below = bound


def _expected(theirs: Shares, community: list[int], estimating: set[int], options: NullOptions):
    """A function of two accounts: how many common objects their activities and communities lead one to expect."""
    parts = sorted(set(community))
    members = {part: [one for one in sorted(estimating) if community[one] == part] for part in parts}
    mass = {part: sum(len(theirs[one]) for one in members[part]) for part in parts}
    whole = {part: sum(len(own) for one, own in enumerate(theirs) if community[one] == part) for part in parts}
    everything = max(sum(map(len, theirs)), 1)
    known = {thing: sum(thing in own for own in theirs) / everything for thing in set().union(*theirs)}
    inside = {}
    for part in parts:
        couples = [(theirs[one], theirs[two]) for one in members[part] for two in members[part] if one != two]
        chances = sum(len(one) * len(two) for one, two in couples)
        inside[part] = sum(len(one & two) for one, two in couples) / max(chances, 1)
    typical = [inside[part] * whole[part] for part in parts if inside[part] * whole[part] > 0]
    if typical:
        most = options.held_down * median(typical)
        inside = {part: min(rate, most / max(whole[part], 1)) for part, rate in inside.items()}
    far = options.elsewhere
    abroad = {
        part: far * sum(known[thing] for one in members[part] for thing in theirs[one]) / max(mass[part], 1)
        for part in parts
    }
    strangers = far**2 * sum(rate**2 for rate in known.values())

    def between(one: int, two: int) -> float:
        if one == two:
            return inside[one]
        met = sum(len(theirs[a] & theirs[b]) for a in members[one] for b in members[two])
        return met / max(mass[one] * mass[two], 1)

    def expected(one: int, two: int) -> float:
        here, there = community[one], community[two]
        rate = (1 - far) ** 2 * between(here, there) + abroad[here] + abroad[there] + strangers
        return len(theirs[one]) * len(theirs[two]) * rate

    return expected


def poisson_tail(count: int, rate: float) -> float:
    """The chance of `count` or more where `rate` are expected, summed term by term."""
    if rate <= 0:
        return 0.0
    term = exp(count * log(rate) - rate - lgamma(count + 1))
    total, place = 0.0, count
    while term > total * 1e-18 or place < rate:
        total += term
        place += 1
        term *= rate / place
    return total


class LeftOut(NamedTuple):
    accounts: set[int]
    doubtful: bool  # two accounts as loud as one another stand on both sides of the line


def loudest(pairs: dict[tuple[int, int], Pair], community: list[int], part: float) -> LeftOut:
    """Of each community the accounts whose three strongest pairs are strongest."""
    strength: dict[int, list[float]] = defaultdict(list)
    for both, pair in pairs.items():
        for account in both:
            strength[account].append(-log10(max(pair.p, 1e-300)))
    loud = {account: sum(sorted(theirs, reverse=True)[:3]) for account, theirs in strength.items()}
    out, doubtful = set(), False
    for name in set(community):
        members = [account for account, own in enumerate(community) if own == name]
        members.sort(key=lambda account: (-loud.get(account, 0.0), account))
        line = next((place for place in range(len(members) + 1) if place >= part * len(members)), len(members))
        scores = [loud.get(account, 0.0) for account in members]
        doubtful |= 0 < line < len(members) and scores[line - 1] > 0 and scores[line - 1] - scores[line] < 1e-9
        doubtful |= any(0 < score < 1e-9 for score in scores)
        out |= {account for account, score in zip(members[:line], scores, strict=False) if score > 0}
    return LeftOut(out, doubtful)


def validated_up_to(values: list[float], possible: float, false_share: float) -> float:
    """Benjamini and Hochberg: the largest value that is within its part of what may be false."""
    kept = 0.0
    for place, value in enumerate(sorted(values), start=1):
        if value <= false_share * place / max(possible, 1):
            kept = value
    return kept
