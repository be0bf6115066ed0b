from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.kernel.coordination import knots
from counterpoint.kernel.coordination.groups import GroupOptions
from counterpoint.kernel.coordination.knots import circles_of, foreign_share

OPTIONS = GroupOptions()
SEEDS = st.integers(0, 10**6)


def knot(seed, *, circles, participation=0.8):
    """Circles of six to eight in a row, with ten to fourteen things each; neighbours have two friends in common."""
    chance = np.random.default_rng(seed)
    members, start = [], 0
    for _ in range(circles):
        size = int(chance.integers(6, 9))
        members.append(set(range(start, start + size)))
        start += size - 2
    columns = []
    for theirs in members:
        inside = np.isin(np.arange(start + 2), sorted(theirs))
        columns.append((inside[:, None] & (chance.random((start + 2, int(chance.integers(10, 15)))) < participation)).T)
    shared = np.concatenate(columns).T.astype(float)
    order = chance.permutation(shared.shape[1])
    return shared[:, order], members, np.repeat(np.arange(circles), [len(part) for part in columns])[order]


@pytest.mark.parametrize("circles", [2, 3, 4])
def test_circles_with_friends_in_common_are_told_apart(circles):
    right = 0
    for seed in range(50):
        shared, members, owner = knot(seed, circles=circles)
        found = circles_of(shared)
        assert sorted(column for circle in found for column in circle.objects) == list(range(shared.shape[1]))
        told = {(frozenset(np.flatnonzero(circle.inside)), frozenset(circle.objects)) for circle in found}
        true = {
            (frozenset(theirs), frozenset(np.flatnonzero(owner == number))) for number, theirs in enumerate(members)
        }
        right += told == true
    assert right >= 48


@pytest.mark.parametrize(("accounts", "things"), [(12, 15), (12, 30), (16, 20), (20, 12)])
@pytest.mark.parametrize("participation", [0.4, 0.6, 0.8])
def test_a_campaign_is_hardly_ever_a_knot_of_circles(accounts, things, participation):
    taken = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        eager = chance.beta(6 * participation, 6 * (1 - participation), size=(accounts, 1))
        found = circles_of((chance.random((accounts, things)) < eager).astype(float))
        small = any(circle.inside.sum() < OPTIONS.fewest_strangers for circle in found)
        taken += len(found) > 1 and small and foreign_share(found) <= OPTIONS.foreign
    assert taken <= 2


def told_in_nats(shared, inside):
    """What it takes to tell who takes part, and the shares of both sides, one by one."""
    nats = len(shared) * log(2)
    for rows in ([row for row, part in zip(shared, inside, strict=True) if part is side] for side in (True, False)):
        cells, ones = sum(map(len, rows)), sum(map(sum, rows))
        nats += 0.5 * log(max(cells, 1))
        nats -= sum(number * log(number / cells) for number in (ones, cells - ones) if number)
    return nats


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, accounts=st.integers(1, 7), things=st.integers(1, 5), part=st.floats(0, 1))
def test_no_list_of_who_takes_part_tells_the_shares_in_fewer_nats(seed, accounts, things, part):
    """Against every subset of the accounts."""
    shared = (np.random.default_rng(seed).random((accounts, things)) < part).astype(float)
    circle, nats = knots._circle(shared, np.arange(things))
    plain = shared.tolist()
    subsets = [set(some) for size in range(accounts + 1) for some in combinations(range(accounts), size)]
    assert nats == pytest.approx(
        min(told_in_nats(plain, [place in some for place in range(accounts)]) for some in subsets)
    )
    assert nats == pytest.approx(told_in_nats(plain, [bool(part) for part in circle.inside]))
    assert circle.foreign == sum(sum(row) for row, part in zip(plain, circle.inside, strict=True) if not part)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_the_share_of_others_things(seed):
    shared, _, _ = knot(seed, circles=2, participation=0.6)
    found = circles_of(shared)
    cells = [shared[account, column] for circle in found for column in circle.objects
             for account in range(len(shared)) if not circle.inside[account]]  # fmt: skip
    assert foreign_share(found) == pytest.approx(sum(cells) / max(len(cells), 1))
