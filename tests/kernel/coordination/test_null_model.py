"""The null of pairs and the communities that it stands on, fast against plain."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from tests.kernel.coordination import slow_null

from counterpoint.kernel.coordination.incidence import Incidence
from counterpoint.kernel.coordination.null_model import (
    NullOptions,
    co_sharing_pairs,
    communities,
    joined_communities,
    most_popular_counted,
    validated,
)

SEEDS = st.integers(0, 10**9)


def world(seed, *, layers=1):
    """Accounts that share much of what is near them and a little of everything; every object has two sharers."""
    chance = np.random.default_rng(seed)
    accounts, parts, things = (int(chance.integers(*bounds)) for bounds in ((8, 40), (1, 5), (10, 60)))
    home, place = chance.integers(parts, size=accounts), chance.integers(parts, size=things)
    near = chance.uniform(0.1, 0.6)
    matrix = chance.random((accounts, things)) < np.where(home[:, None] == place[None, :], near, 0.03)
    matrix = matrix[:, matrix.sum(axis=0) > 1]
    matrix = matrix[matrix.any(axis=1)]
    layer = chance.integers(layers, size=matrix.shape[1])
    return matrix, [set(np.flatnonzero(row).tolist()) for row in matrix], layer


def parts_of(label):
    return {frozenset(np.flatnonzero(np.asarray(label) == name).tolist()) for name in set(np.asarray(label).tolist())}


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS)
def test_communities(seed):
    matrix, shares, _ = world(seed)
    assume(matrix.size)
    found = communities(csr_array(matrix.astype(float)))
    assert sorted(set(found.tolist())) == list(range(found.max() + 1))
    assert parts_of(found) == parts_of(slow_null.communities(shares))


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, smallest=st.integers(1, 15), parts=st.integers(1, 12))
def test_small_communities_join_the_one_they_share_most_with(seed, smallest, parts):
    matrix, shares, _ = world(seed)
    assume(matrix.size)
    label = np.unique(np.random.default_rng(seed).integers(parts, size=len(shares)), return_inverse=True)[1]
    joined = joined_communities(csr_array(matrix.astype(float)), label, smallest=smallest)
    homes = slow_null.homes_for(shares, label.tolist(), smallest)
    of_part = {part: set(joined[label == part].tolist()) for part in homes}
    assert all(len(names) == 1 for names in of_part.values())  # nobody is parted from their community
    large = [part for part, wanted in homes.items() if part in wanted]
    names = {part: min(of_part[part]) for part in large}
    assert len(set(names.values())) == len(large)
    strangers = {min(of_part[part]) for part, wanted in homes.items() if not wanted}
    assert len(strangers) <= 1
    assert not strangers & set(names.values())
    for part, wanted in homes.items():
        if wanted:
            assert min(of_part[part]) in {names[home] for home in wanted}


@given(
    popularity=st.lists(st.integers(0, 60), max_size=30),
    accounts=st.integers(1, 5000),
    always=st.integers(2, 40),
    most_pairs=st.integers(0, 4000),
)
def test_objects_that_are_too_popular_to_be_paired(popularity, accounts, always, most_pairs):
    options = NullOptions(popular=0.01, always=always, most_pairs=most_pairs)
    found = most_popular_counted(np.array(popularity, dtype=np.int64), accounts=accounts, options=options)
    assert found == slow_null.most_popular(popularity, accounts, options)


def fast_and_slow(seed, options, *, layers):
    """The pairs of the engine's matrices and of plain loops over the same world and communities."""
    matrix, shares, layer = world(seed, layers=layers)
    assume(matrix.size)
    community = np.unique(np.random.default_rng(seed).integers(3, size=len(shares)), return_inverse=True)[1]
    names = tuple(f"layer {number}" for number in range(layers))
    incidence = Incidence(csr_array(matrix.astype(float)), np.arange(len(shares)), layer, names)
    found = co_sharing_pairs(incidence, community, options)
    everybody = set(range(len(shares)))
    expected = slow_null.pair_null(shares, layer.tolist(), community.tolist(), everybody, options)
    if options.left_out:
        out = slow_null.loudest(expected, community.tolist(), options.left_out)
        assume(not out.doubtful)
        expected = slow_null.pair_null(shares, layer.tolist(), community.tolist(), everybody - out.accounts, options)
    return found, expected


def hold_equal(found, expected):
    """Pairs and p to nine digits; common and expected where no other tier is as loud."""
    places = list(zip(found.one.tolist(), found.two.tolist(), strict=True))
    assert places == sorted(expected)
    for place, both in enumerate(places):
        assert found.p[place] == pytest.approx(expected[both].p, rel=1e-9, abs=1e-300)
        told = (found.common[place], found.expected[place])
        assert any(told == pytest.approx(tier, rel=1e-9) for tier in expected[both].tiers)


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    layers=st.integers(1, 3),
    elsewhere=st.sampled_from([0.0, 0.1, 0.5]),
    held_down=st.sampled_from([0.5, 1.0, 4.0]),
)
def test_pairs_against_everybody(seed, layers, elsewhere, held_down):
    options = NullOptions(left_out=0.0, elsewhere=elsewhere, held_down=held_down, tiers=(3, 6, 12))
    hold_equal(*fast_and_slow(seed, options, layers=layers))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, layers=st.integers(1, 2), left_out=st.sampled_from([0.2, 0.4, 0.7]))
def test_pairs_against_those_who_co_share_least(seed, layers, left_out):
    options = NullOptions(left_out=left_out, tiers=(3, 6, 12))
    hold_equal(*fast_and_slow(seed, options, layers=layers))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, false_share=st.sampled_from([0.001, 0.05, 0.5]))
def test_which_pairs_are_validated(seed, false_share):
    options = NullOptions(left_out=0.0, tiers=(3, 6, 12), false_share=false_share)
    found, _ = fast_and_slow(seed, options, layers=1)
    limit = validated(found, options)
    assert limit == slow_null.validated_up_to(found.p.tolist(), found.possible, false_share)
