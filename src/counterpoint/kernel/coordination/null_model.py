"""How often two accounts would share the same things if nobody coordinated, and which pairs do so far more often.

1. Communities: accounts that share with one another more than with others (modularity of the bipartite graph).
2. In a community, accounts share by how active they are, objects are shared by how popular they are there: the
   expected number of common objects of two accounts is proportional to both activities (a degree-corrected block model).
3. What is tested must not estimate its own null: the accounts of each community that co-share most are left out
   when the community's rate is estimated, and a rate far above other communities' is held down.
4. The number of common objects is held against a Poisson tail, in tiers from rare to popular objects, so that rare
   things in common are not drowned by popular ones; Benjamini-Hochberg over all possible pairs.

Sources: Karrer and Newman 2011; Barber 2007; Saracco et al. 2017; Cimini et al. 2021; Benjamini and Hochberg 1995.
"""

# ruff: noqa: PLR2004, E501 - a pair is two and a coincidence takes two things

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, csr_matrix
from scipy.special import gammainc
from sknetwork.clustering import Louvain

from counterpoint.kernel.coordination.incidence import Incidence

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class NullOptions:
    """smallest_community: accounts; smaller ones join the community they share most with.
    left_out: share of a community left out when its rate is estimated. elsewhere: part of the null that is not of
    one's own community. popular: objects shared by more than this part of the accounts (and by more than `always`)
    are not counted; most_pairs bounds the work. tiers: objects shared by at most so many accounts.
    held_down: a community's rate is at most so many times the median community's. false_share: Benjamini-Hochberg."""

    smallest_community: int = 50
    left_out: float = 0.4
    elsewhere: float = 0.1
    popular: float = 0.01
    always: int = 100
    most_pairs: int = 20_000_000
    tiers: tuple[int, ...] = (16, 64, 256)
    held_down: float = 4.0
    false_share: float = 0.05


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows of the incidence with two or more common objects in some tier; one < two.
    common and expected are of the tier that speaks loudest; p is corrected for the choice among tiers and layers."""

    one: Ints
    two: Ints
    common: Floats
    expected: Floats
    p: Floats
    possible: float


@dataclass(frozen=True)
class Tier:
    """One layer's objects up to one popularity, and the pairs they make."""

    shares: Any
    activity: Floats
    one: Ints
    two: Ints
    common: Floats


def communities(shares: Any) -> Ints:
    """The community of each account, from 0 up, as the modularity of the bipartite graph has them."""
    if shares.shape[0] == 0:
        return np.empty(0, dtype=np.int64)
    louvain = Louvain(random_state=0, shuffle_nodes=False, return_probs=False, return_aggregate=False)
    louvain.fit(csr_matrix(shares), force_bipartite=True)
    return np.asarray(np.unique(louvain.labels_row_, return_inverse=True)[1], dtype=np.int64)


def joined_communities(shares: Any, label: Ints, *, smallest: int) -> Ints:
    """The same, with communities of fewer than `smallest` accounts joined to the larger one they share most with."""
    size = label.size
    counts = np.bincount(label)
    large, small = np.flatnonzero(counts >= smallest), np.flatnonzero(counts < smallest)
    if small.size == 0:
        return label
    if large.size == 0:
        return np.zeros(size, dtype=np.int64)
    sums = csr_array((np.ones(size), (label, np.arange(size)))) @ shares
    per_member = coo_array((1 / counts[large], (np.arange(large.size), np.arange(large.size)))).tocsr()
    affinity = (sums[small] @ sums[large].T @ per_member).tocsr()
    target = np.arange(counts.size)
    target[small] = counts.size  # those who share with no larger community stay together as strangers
    for place, community in enumerate(small):
        row = affinity.data[affinity.indptr[place] : affinity.indptr[place + 1]]
        if row.size:
            target[community] = large[affinity.indices[affinity.indptr[place] + int(row.argmax())]]
    return np.asarray(np.unique(target[label], return_inverse=True)[1], dtype=np.int64)


def most_popular_counted(popularity: Ints, *, accounts: int, options: NullOptions) -> int:
    """Up to how many accounts an object may have to be counted; beyond it is summarised, never paired."""
    limit = max(options.always, int(options.popular * accounts))
    kept = np.sort(popularity[(popularity <= limit) & (popularity > 1)])
    pairs = np.cumsum(kept.astype(np.float64) * (kept - 1) / 2)
    within = int(np.searchsorted(pairs, options.most_pairs, side="right"))
    return limit if within == kept.size else max(int(kept[within]) - 1, 2)


def co_sharing_pairs(incidence: Incidence, community: Ints, options: NullOptions) -> Pairs:
    tiers = _tiers(incidence, options)
    left_out = np.zeros(community.size, dtype=bool)
    for last in (False, True):
        found = _tested(tiers, community, ~left_out, options)
        if not last:
            left_out = _loudest(found, community, options.left_out)
    return found


def validated(pairs: Pairs, options: NullOptions) -> float:
    """The p up to which pairs are validated (0 when none is)."""
    p = np.sort(pairs.p)
    holds = np.flatnonzero(p <= options.false_share * np.arange(1, p.size + 1) / max(pairs.possible, 1))
    return float(p[holds[-1]]) if holds.size else 0.0


def _tiers(incidence: Incidence, options: NullOptions) -> list[Tier]:
    popularity = np.asarray(incidence.shares.sum(axis=0)).ravel().astype(np.int64)
    limit = most_popular_counted(popularity, accounts=incidence.shares.shape[0], options=options)
    bounds = [*[tier for tier in options.tiers if tier < limit], limit]
    columns = incidence.shares.tocsc()
    tiers = []
    for layer in range(len(incidence.names)):
        together: Any = None
        below = 1
        for bound in bounds:
            fresh = np.flatnonzero((incidence.layers == layer) & (popularity > below) & (popularity <= bound))
            below = bound
            if fresh.size == 0:
                continue
            part = columns[:, fresh].tocsr()
            products = part @ part.T
            together = products if together is None else together + products
            upto = np.flatnonzero((incidence.layers == layer) & (popularity > 1) & (popularity <= bound))
            shares = columns[:, upto].tocsr()
            tiers.append(Tier(shares, np.asarray(shares.sum(axis=1)).ravel(), *_repeated(together)))
    return tiers


def _repeated(products: Any) -> tuple[Ints, Ints, Floats]:
    pairs = products.tocoo()
    kept = (pairs.row < pairs.col) & (pairs.data >= 2)
    return pairs.row[kept].astype(np.int64), pairs.col[kept].astype(np.int64), pairs.data[kept]


def _tested(tiers: list[Tier], community: Ints, estimating: Bools, options: NullOptions) -> Pairs:
    size = community.size
    key, common, expected, p = [], [], [], []
    for tier in tiers:
        rate = _expected(tier, community, estimating, options)
        key.append(tier.one * size + tier.two)
        common.append(tier.common)
        expected.append(rate)
        p.append(gammainc(tier.common, np.maximum(rate, 1e-300)))
    if not key:
        none = np.empty(0)
        return Pairs(none.astype(np.int64), none.astype(np.int64), none, none, none, 1.0)
    keys, ps = np.concatenate(key), np.concatenate(p)
    order = np.lexsort((ps, keys))
    first = order[np.append(True, keys[order][1:] != keys[order][:-1])] if order.size else order
    corrected = np.minimum(ps[first] * len(tiers), 1.0)
    return Pairs(keys[first] // size, keys[first] % size, np.concatenate(common)[first],
                 np.concatenate(expected)[first], corrected, size * (size - 1) / 2)  # fmt: skip


def _expected(tier: Tier, community: Ints, estimating: Bools, options: NullOptions) -> Floats:
    """Expected common objects of each pair: activity x activity x the rate of their communities.

    Inside a community the rate is common objects of distinct accounts over the product of their activities, so that an
    account's own shares never count as coincidences."""
    number = int(community.max()) + 1
    size = community.size
    members = csr_array((estimating.astype(float), (community, np.arange(size))), shape=(number, size))
    counts = (members @ tier.shares).tocsr()
    mass = np.asarray(counts.sum(axis=1)).ravel()
    whole = np.bincount(community, weights=tier.activity, minlength=number)
    squares = np.bincount(community, weights=np.where(estimating, tier.activity, 0.0) ** 2, minlength=number)
    inside = np.asarray(counts.multiply(counts).sum(axis=1)).ravel() - mass
    inside = inside / np.maximum(mass**2 - squares, 1.0)
    typical = inside * whole
    if (typical > 0).any():
        inside = np.minimum(inside, options.held_down * np.median(typical[typical > 0]) / np.maximum(whole, 1.0))
    share = np.asarray(tier.shares.sum(axis=0)).ravel() / max(float(tier.activity.sum()), 1.0)
    abroad = options.elsewhere * (counts @ share) / np.maximum(mass, 1.0)
    one, two = community[tier.one], community[tier.two]
    met = _entries(counts @ counts.T, one, two) / np.maximum(mass[one] * mass[two], 1.0)
    met = np.where(one == two, inside[one], met)
    rate = (1 - options.elsewhere) ** 2 * met + abroad[one] + abroad[two] + options.elsewhere**2 * float(share @ share)
    return np.asarray(tier.activity[tier.one] * tier.activity[tier.two] * rate)


def _entries(matrix: Any, rows: Ints, columns: Ints) -> Floats:
    """The matrix's values at these places."""
    entries = matrix.tocoo()
    keys = entries.row.astype(np.int64) * matrix.shape[1] + entries.col
    order = np.argsort(keys)
    wanted = rows * matrix.shape[1] + columns
    place = np.minimum(np.searchsorted(keys[order], wanted), max(keys.size - 1, 0))
    if keys.size == 0:
        return np.zeros(wanted.size)
    return np.where(keys[order][place] == wanted, entries.data[order][place], 0.0)


def _loudest(pairs: Pairs, community: Ints, part: float) -> Bools:
    """The accounts of each community whose three strongest pairs are strongest."""
    size = community.size
    account = np.concatenate([pairs.one, pairs.two])
    strength = np.tile(-np.log10(np.maximum(pairs.p, 1e-300)), 2)
    order = np.lexsort((-strength, account))
    score = np.bincount(
        account[order], weights=np.where(_place(account[order]) < 3, strength[order], 0), minlength=size
    )
    by_score = np.lexsort((np.arange(size), -score, community))
    place = np.empty(size, dtype=np.int64)
    place[by_score] = _place(community[by_score])
    return np.asarray((place < part * np.bincount(community)[community]) & (score > 0))


def _place(ordered: Ints) -> Ints:
    """The place of each element within its run of equal values, from 0."""
    if ordered.size == 0:
        return ordered
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return np.arange(ordered.size) - np.repeat(starts, np.diff(np.append(starts, ordered.size)))
