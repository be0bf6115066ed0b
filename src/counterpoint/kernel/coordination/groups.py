"""Groups of accounts that share the same things, each tested as a group against the rest of its community.

A pair proves little and a community proves nothing. A group is found when
1. it shares several objects far beyond what others of its communities, as active as its members, share;
2. what that is worth, in nats of log likelihood, outweighs every choice of accounts and objects that could have been
   made (a scan over all groups of that size, in the manner of minimum description length), and enough for each member;
3. taking part is even: a typical member shares a good part of the objects, and no long tail of members hardly any,
   which is how communities with a few favourites and many onlookers look.
Candidates come from dense parts of the network of co-sharing pairs and from small communities; each is then refined
by admitting who fits and letting go who does not, until nothing changes.
"""

# ruff: noqa: PLR2004, E501 - a pair is two, a coincidence takes two things, and the formula stands on its line

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import gammainc, gammaln
from sknetwork.clustering import Louvain

from counterpoint.kernel.coordination.null_model import Pairs
from counterpoint.kernel.coordination.runs import counted, different, pairs_with_those_behind, quantile

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OPEN_ROUNDS = 3  # of refining, in which a group takes in who would fit if all who might join were in already


@dataclass(frozen=True)
class GroupOptions:
    """fewest_accounts, fewest_objects: of a group. lift: an object counts when members share it so many times as often
    as expected. per_member: nats of surplus for each member. participation: mean share of the objects that a member
    shares; low: the tenth of members that shares least, against the median member.
    core, density: of candidates in the network of pairs; candidate_p: how loose that network may be.
    tries: objects of each community from whose sharers a group is sought.
    alike: share of a group's shares in words that another member uses, too, from which it is no circle of friends. Below it
    a group needs own_participation and own_words nats for each member, or friends nats when it has fewer than
    fewest_strangers accounts; *_unheard: the same where posts came without any words; there, each e-fold of accounts over
    ten thousand asks for `larger` nats more, because among more circles there are odder ones. foreign: in a knot of
    circles, how much of one circle's things those outside of it take up, at most (see circles.py)."""

    fewest_accounts: int = 4
    fewest_objects: int = 3
    lift: float = 3.0
    per_member: float = 8.0
    participation: float = 0.25
    thin_participation: float = 0.15
    thin_per_member: float = 14.0
    low: float = 0.3
    joining: float = 0.4
    joining_p: float = 1e-4
    open_joining_p: float = 5e-3
    core: int = 3
    density: float = 0.3
    candidate_p: tuple[float, ...] = (1e-6, 1e-5, 1e-4)
    largest_community: int = 400
    tries: int = 16
    alike: float = 0.6
    fewest_strangers: int = 10
    own_words: float = 18.0
    own_words_unheard: float = 12.0
    own_participation: float = 0.5
    own_participation_unheard: float = 0.4
    friends: float = 75.0
    friends_unheard: float = 28.0
    larger: float = 4.0
    foreign: float = 0.125


@dataclass(frozen=True)
class Tested:
    """A group and what speaks for it. shared: members sharing each object; expected: how many would by the null."""

    members: Ints
    objects: Ints
    shared: Floats
    expected: Floats
    rate: Floats
    surplus: float
    coverage: Floats

    @property
    def participation(self) -> float:
        return float(self.coverage.mean()) if self.coverage.size else 0.0


class Ground:
    """What groups are tested against: shares by community, activities, popularity."""

    def __init__(self, shares: Any, community: Ints, *, most_popular: int) -> None:
        self.shares = shares
        self.community = community
        self.activity = np.asarray(shares.sum(axis=1)).ravel()
        self.popularity = np.asarray(shares.sum(axis=0)).ravel()
        self.counted = (self.popularity > 2) & (self.popularity <= most_popular)
        self.number = int(community.max()) + 1 if community.size else 0
        size = community.size
        members = csr_array((np.ones(size), (community, np.arange(size))), shape=(self.number, size))
        self._by_account, self._by_object = _wide(shares), _wide(shares.tocsc())
        self.objects_used = np.diff((members @ shares).tocsr().indptr)
        self.mass = np.bincount(community, weights=self.activity, minlength=self.number)
        self.sizes = np.bincount(community, minlength=self.number)
        self.typical_mass = float(np.median(self.mass)) if self.number else 1.0

    def coverage(self, objects: Ints, *, of: Ints | None = None) -> Floats:
        """How many of the objects each account shares."""
        counts = np.bincount(self.sharers(objects)[0], minlength=self.community.size)
        return np.asarray(counts if of is None else counts[of], dtype=np.float64)

    def sharers(self, objects: Ints) -> tuple[Ints, Ints]:
        """The accounts that share these objects, one entry for each, and the place of the object among them."""
        return _entries_of(*self._by_object, objects)

    def sharers_of(self, column: int) -> Ints:
        """The accounts that share one object."""
        starts, entries = self._by_object
        return entries[starts[column] : starts[column + 1]]

    def shared_by(self, members: Ints) -> Ints:
        """The objects that these accounts share, one entry for each share."""
        return _entries_of(*self._by_account, members)[0]


def _wide(matrix: Any) -> tuple[Ints, Ints]:
    """Where the rows (or columns) of a compressed matrix begin, and their entries, as numbers that nothing converts."""
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def _entries_of(starts: Ints, entries: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """The entries of some rows of a compressed matrix, and for each the place of its row in `chosen`."""
    first = starts[chosen]
    length = starts[chosen + 1] - first
    place = np.repeat(first - (length.cumsum() - length), length)
    place += np.arange(place.size)
    return entries[place], np.repeat(np.arange(chosen.size), length)


def find_groups(
    ground: Ground, pairs: Pairs, small: Ints, options: GroupOptions, *, validated_p: float
) -> list[Tested]:
    """The groups that hold, strongest for each member first; no account is in two.
    small: a finer division of the accounts whose parts are candidates too."""
    found = []
    seen: set[bytes] = set()
    for candidate in _candidates(ground, pairs, small, options, validated_p=validated_p):
        if candidate.tobytes() in seen:
            continue
        seen.add(candidate.tobytes())
        refined = refine(ground, candidate, options)
        if refined is not None:
            found.append(refined)
    found += _from_objects(ground, pairs, found, options)
    found.sort(key=lambda group: (-group.surplus / group.members.size, tuple(group.members)))
    used = np.zeros(ground.community.size, dtype=bool)
    kept = []
    for group in found:
        fresh = group if not used[group.members].any() else _remainder(ground, group, used, options)
        if fresh is not None and holds(fresh, options):
            used[fresh.members] = True
            kept.append(fresh)
    return kept


def _remainder(ground: Ground, group: Tested, used: Bools, options: GroupOptions) -> Tested | None:
    """What is left of a group whose other members are in stronger ones: two campaigns may have come as one."""
    left = group.members[~used[group.members]]
    if left.size < max(options.fewest_accounts, options.low * group.members.size):
        return None
    refined = refine(ground, left, options)
    if refined is None:
        return None
    return (
        refined
        if not used[refined.members].any()
        else weigh_group(ground, refined.members[~used[refined.members]], options)
    )


def holds(group: Tested, options: GroupOptions) -> bool:
    """Whether everything that a finding needs is there."""
    size = group.members.size
    if size < options.fewest_accounts or group.objects.size < options.fewest_objects or group.surplus <= 0:
        return False
    each, part = group.surplus / size, group.participation
    full = each >= options.per_member and part >= options.participation
    thin = each >= options.thin_per_member and part >= options.thin_participation
    even = quantile(group.coverage, 0.1) >= options.low * quantile(group.coverage, 0.5)
    return (full or thin) and even


@dataclass(frozen=True)
class Evidence:
    """What each object that members share says for a group; gain in nats of log likelihood."""

    members: Ints
    objects: Ints
    shared: Floats
    expected: Floats
    rate: Floats
    gain: Floats


def weigh_group(ground: Ground, members: Ints, options: GroupOptions) -> Tested:
    """Score a group on the objects that speak most for it."""
    return choose_objects(ground, weigh_objects(ground, members, options))


def weigh_objects(ground: Ground, members: Ints, options: GroupOptions) -> Evidence:
    """The objects that enough members share."""
    objects, counts = counted(ground.shared_by(members))
    enough = (counts >= max(3, 0.04 * members.size)) & ground.counted[objects]
    objects, shared = objects[enough], counts[enough].astype(np.float64)
    rate = _outside_rate(ground, members, objects)
    expected = rate * ground.activity[members].sum()
    likelier = shared * np.log(shared / expected) - shared + expected
    return Evidence(
        members, objects, shared, expected, rate, np.where(shared >= options.lift * expected, likelier, 0.0)
    )


def choose_objects(ground: Ground, evidence: Evidence, *, among: Bools | None = None) -> Tested:
    """The group judged by the objects that pay for having been chosen. among: only these may speak (for resamples)."""
    members, size = evidence.members, evidence.members.size
    eligible = np.arange(evidence.objects.size) if among is None else np.flatnonzero(among[evidence.objects])
    if eligible.size == 0:
        return _nothing(members)
    order = eligible[np.argsort(-evidence.gain[eligible], kind="stable")]
    number = np.arange(1, order.size + 1)
    own = different(ground.community[members])
    around = max(int(ground.sizes[own].sum()), size + 1)
    choosable = max(int(ground.objects_used[own].sum()), order.size + 1)
    price = (_log_choose(around, size) + _log_choose(choosable, number) + np.log(max(ground.community.size / around, 1.0))
             + np.log(size) + np.log(number))  # fmt: skip
    surplus = np.cumsum(evidence.gain[order]) - price
    best = int(surplus.argmax())
    chosen = order[: best + 1]
    objects = evidence.objects[chosen]
    coverage = ground.coverage(objects, of=members) / chosen.size
    return Tested(members, objects, evidence.shared[chosen], evidence.expected[chosen], evidence.rate[chosen],
                  float(surplus[best]), coverage)  # fmt: skip


def _nothing(members: Ints) -> Tested:
    none = np.empty(0)
    return Tested(members, none.astype(np.int64), none, none, none, float("-inf"), none)


def _outside_rate(ground: Ground, members: Ints, objects: Ints) -> Floats:
    """Shares of each object for each share made, among accounts outside the group: in the group's own communities,
    or in the one community where the object is most at home, whichever is higher. Half a share is added to what others
    share; a community that does not know the object at all says nothing of it, however small it is."""
    mine = np.bincount(ground.community[members], weights=ground.activity[members], minlength=ground.number)
    mass = ground.mass - mine
    own = np.flatnonzero(mine > 0)
    inside = np.zeros(ground.community.size, dtype=bool)
    inside[members] = True
    at_home = np.zeros(ground.number, dtype=bool)
    at_home[own] = True
    sharer, which = ground.sharers(objects)
    outside = ~inside[sharer]
    where, which = ground.community[sharer[outside]], which[outside]
    near = np.bincount(which, weights=at_home[where], minlength=objects.size)
    known, count = counted(which * ground.number + where)
    which, where = np.divmod(known, ground.number)
    elsewhere = np.zeros(objects.size)
    np.maximum.at(elsewhere, which, (count + 0.5) / (mass[where] + ground.typical_mass))
    return np.asarray(np.maximum((near + 0.5) / (mass[own].sum() + ground.typical_mass), elsewhere))


def _log_choose(total: float, chosen: Any) -> Any:
    return gammaln(total + 1) - gammaln(np.asarray(chosen) + 1) - gammaln(total - np.asarray(chosen) + 1)


def refine(ground: Ground, candidate: Ints, options: GroupOptions) -> Tested | None:
    """The best group that the candidate leads to, or nothing. A large candidate is looked at for its most even part
    first, then for the few that stand out in it."""
    for standing_out in (0.75, 0.97):
        found = _refined(ground, candidate, options, standing_out=standing_out)
        if found is not None or candidate.size <= 30:
            return found
    return None


def _refined(ground: Ground, candidate: Ints, options: GroupOptions, *, standing_out: float) -> Tested | None:
    best: Tested | None = None
    members = candidate
    seen: set[bytes] = set()
    while members.size >= options.fewest_accounts and members.tobytes() not in seen and len(seen) < 10:
        seen.add(members.tobytes())
        group = weigh_group(ground, members, options)
        if group.objects.size < 2:
            break
        if holds(group, options) and (best is None or group.surplus > best.surplus):
            best = _without_onlookers(ground, group, options)
        typical = standing_out if len(seen) == 1 else 0.75
        members = _fitting(ground, group, options, typical=typical, open_doors=len(seen) <= OPEN_ROUNDS)
    return best


def _without_onlookers(ground: Ground, group: Tested, options: GroupOptions) -> Tested:
    """The group less members who hardly share any of the objects that it came to be judged by."""
    taking_part = group.coverage >= options.low * quantile(group.coverage, 0.5)
    if taking_part.all():
        return group
    rest = weigh_group(ground, group.members[taking_part], options)
    return rest if holds(rest, options) else group


def _fitting(ground: Ground, group: Tested, options: GroupOptions, *, typical: float, open_doors: bool) -> Ints:
    """Accounts that share enough of the group's objects, and more than their activity explains. At first, who may join
    is left out of the rate that it is held against: most of a campaign may still be outside, and would explain itself."""
    coverage = ground.coverage(group.objects)
    level = options.joining * quantile(coverage[group.members], typical)
    likely = np.flatnonzero((coverage >= 2) & (coverage >= level))
    rate = _outside_rate(ground, likely, group.objects) if open_doors else group.rate
    p = gammainc(coverage[likely], ground.activity[likely] * rate.sum())
    return np.asarray(likely[p <= (options.open_joining_p if open_doors else options.joining_p)])


def _from_objects(ground: Ground, pairs: Pairs, found: Sequence[Tested], options: GroupOptions) -> list[Tested]:
    """Groups that start from the sharers of one object: of each community, from the objects whose sharers have most
    else in common. It finds those that hide in the null of a community they dominate."""
    covered = np.zeros(ground.community.size, dtype=bool)
    for group in found:
        covered[group.members] = True
    closeness = _closeness(ground, pairs)
    home = _homes(ground)
    tried = np.zeros(ground.number, dtype=np.int64)
    more = []
    for column in np.argsort(-closeness, kind="stable"):
        if closeness[column] <= 0:
            break
        if tried[home[column]] >= options.tries:
            continue
        sharers = ground.sharers_of(int(column))
        if 2 * np.count_nonzero(covered[sharers]) > sharers.size:
            continue
        tried[home[column]] += 1
        refined = refine(ground, np.sort(sharers), options)
        if refined is not None:
            covered[refined.members] = True
            tried[home[column]] = 0  # a community with one campaign may have another
            more.append(refined)
    return more


def _homes(ground: Ground) -> Ints:
    """For each object the community of most of its sharers."""
    sharer, column = ground.sharers(np.arange(ground.shares.shape[1]))
    known, count = counted(column * ground.number + ground.community[sharer])
    column, community = known // ground.number, known % ground.number
    order = np.lexsort((-community, count, column))  # the last of an object has most; of equals the first community
    homes = np.zeros(ground.shares.shape[1], dtype=np.int64)
    homes[column[order]] = community[order]
    return homes


def _closeness(ground: Ground, pairs: Pairs) -> Floats:
    """For each object how much else its sharers have in common: the mean over their pairs of the common objects beyond
    one, by the geometric mean of their activities. 0 where too few or too many share it."""
    size = ground.community.size
    weight = (pairs.common - 1) / np.sqrt(ground.activity[pairs.one] * ground.activity[pairs.two])
    number = ground.popularity
    eligible = ground.counted & (number >= 3)
    total = np.zeros(number.size)
    if not pairs.one.size:
        return total
    known = pairs.one * size + pairs.two  # ascending
    columns = np.flatnonzero(eligible)
    sharer, owner = ground.sharers(columns)  # of each object in ascending order
    column = columns[owner]
    length = np.bincount(owner, minlength=columns.size)
    behind = np.cumsum(length)[owner] - np.arange(owner.size) - 1
    for one, two in pairs_with_those_behind(behind):
        wanted = sharer[one] * size + sharer[two]
        place = np.minimum(np.searchsorted(known, wanted), known.size - 1)
        total += np.bincount(
            column[one], weights=np.where(known[place] == wanted, weight[place], 0.0), minlength=total.size
        )
    return np.where(eligible, np.round(total / np.maximum(number * (number - 1) / 2, 1), 12), 0.0)


def _candidates(
    ground: Ground, pairs: Pairs, small: Ints, options: GroupOptions, *, validated_p: float
) -> Iterator[Ints]:
    for limit in (validated_p, *options.candidate_p):
        kept = pairs.p <= limit
        yield from dense_parts(pairs.one[kept], pairs.two[kept], ground.community.size, options)
    if small.size:
        order = np.argsort(small, kind="stable")
        for part in np.split(order, np.flatnonzero(np.diff(small[order])) + 1):
            if options.fewest_accounts <= part.size <= options.largest_community:
                yield np.sort(part)


def dense_parts(one: Ints, two: Ints, size: int, options: GroupOptions) -> list[Ints]:
    """Connected parts of the network's core; parts that are not dense are divided once more."""
    one, two = _core(one, two, size, options.core)
    if one.size == 0:
        return []
    graph = coo_array((np.ones(one.size), (one, two)), shape=(size, size)).tocsr()
    label = connected_components(graph, directed=False)[1]
    parts: list[Ints] = []
    for members in _split(np.unique(np.concatenate([one, two])), label):
        inside = graph[members][:, members]
        if _density(inside.nnz, members.size) >= options.density:
            parts.append(members)
            continue
        finer = np.asarray(Louvain(random_state=0, shuffle_nodes=False).fit_predict(csr_matrix(inside + inside.T)))
        parts += [
            members[piece]
            for piece in _split(np.arange(members.size), finer)
            if piece.size >= options.fewest_accounts
            and _density(inside[piece][:, piece].nnz, piece.size) >= options.density
        ]
    return parts


def _split(members: Ints, label: Any) -> Sequence[Ints]:
    order = members[np.argsort(label[members], kind="stable")]
    return [np.sort(part) for part in np.split(order, np.flatnonzero(np.diff(label[order])) + 1)]


def _density(edges: int, size: int) -> float:
    return 2 * edges / (size * (size - 1)) if size > 1 else 0.0


def _core(one: Ints, two: Ints, size: int, degree: int) -> tuple[Ints, Ints]:
    """Edges of the network's k-core."""
    while one.size:
        degrees = np.bincount(one, minlength=size) + np.bincount(two, minlength=size)
        kept = (degrees[one] >= degree) & (degrees[two] >= degree)
        if kept.all():
            break
        one, two = one[kept], two[kept]
    return one, two
