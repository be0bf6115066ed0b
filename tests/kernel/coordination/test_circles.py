# ruff: noqa: E501 - rows of a table are read across
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array
from tests.kernel.coordination.test_validated import groups_found, write_rows

from counterpoint.kernel.coordination import groups
from counterpoint.kernel.coordination.circles import more_than_friends, taken_apart
from counterpoint.kernel.coordination.groups import Ground, GroupOptions, weigh_group
from counterpoint.kernel.coordination.worlds import STARTS_AT, Campaign, Scenario, make_world, rows_of

OPTIONS = GroupOptions()


def group(size, nats, participation=0.6):
    none = np.empty(0)
    return groups.Tested(np.arange(size), none.astype(int), none, none, none, size * nats, np.full(size, participation))


@pytest.mark.parametrize(
    ("size", "nats", "participation", "alike", "named"),
    [
        (6, 9, 0.6, 0.7, True),  # few, and they say the same words
        (6, 30, 0.6, 0.1, False),  # friends, in words of their own
        (6, 45, 0.6, 0.1, False),
        (6, 70, 0.6, 0.1, False),  # friends in several circles at once
        (6, 80, 0.6, 0.1, True),  # far more than friends share
        (6, 30, 0.6, float("nan"), True),  # nothing is known of their words
        (6, 20, 0.6, float("nan"), False),
        (12, 19, 0.5, 0.0, True),  # too many for a circle
        (12, 19, 0.3, 0.0, False),  # but hardly anybody takes part
        (12, 13, 0.5, 0.0, False),
        (12, 40, 0.45, 0.0, False),  # circles that overlap: each takes up its own half
        (12, 13, 0.45, float("nan"), True),
        (12, 9, 0.3, 1.0, True),
    ],
)
def test_what_is_more_than_a_circle_of_friends(size, nats, participation, alike, named):
    assert more_than_friends(group(size, nats, participation), alike, OPTIONS, accounts=10_000) is named


def test_among_more_accounts_without_words_more_is_asked_for():
    assert more_than_friends(group(12, 13), float("nan"), OPTIONS, accounts=9_000)
    assert not more_than_friends(group(12, 24), float("nan"), OPTIONS, accounts=230_000)
    assert more_than_friends(group(12, 25), float("nan"), OPTIONS, accounts=230_000)


def test_circles_that_meet_in_a_friend_are_taken_apart():
    """Two sixes with twelve things each, joined by one thing that all of them know."""
    shares = np.zeros((400, 800))
    chance = np.random.default_rng(1)
    for account in range(400):
        shares[account, 40 + chance.choice(760, size=6, replace=False)] = 1
    shares[:6, :12] = chance.random((6, 12)) < 0.8
    shares[6:12, 12:24] = chance.random((6, 12)) < 0.8
    shares[:12, 24] = 1
    ground = Ground(csr_array(shares), np.repeat(np.arange(4), 100), most_popular=100)
    together = weigh_group(ground, np.arange(12), OPTIONS)
    parts = taken_apart(ground, [together], OPTIONS)
    assert [set(part.members) for part in parts] == [set(range(6)), set(range(6, 12))]


def test_a_campaign_stays_whole():
    shares = np.zeros((400, 800))
    chance = np.random.default_rng(2)
    for account in range(400):
        shares[account, 40 + chance.choice(760, size=6, replace=False)] = 1
    shares[:16, :20] = chance.random((16, 20)) < 0.4
    ground = Ground(csr_array(shares), np.repeat(np.arange(4), 100), most_popular=100)
    together = weigh_group(ground, np.arange(16), OPTIONS)
    assert taken_apart(ground, [together], OPTIONS) == [together]


def test_close_circles_of_friends_are_not_named(tmp_path):
    """Circles of four to eight who share six to nine pages almost only among themselves, a tenth of all accounts."""
    scenario = Scenario(
        seed=52,
        organic=2000,
        communities=40,
        circles=40,
        circle_things=(6, 9),
        posts=8,
        jokes=5,
        campaigns=(Campaign("spread", 8),),
    )
    world = make_world(scenario)
    named = {
        name for members, _ in groups_found(write_rows(tmp_path / "posts.parquet", rows_of(world))) for name in members
    }
    assert named == world.truth.keys()


@pytest.mark.parametrize("seed", [52, 60])
def test_circles_that_overlap_are_not_named_nor_drawn_into_a_campaign(tmp_path, seed):
    """A fifth of all accounts are in circles of four to eight who each take up four fifths of ten to fourteen pages."""
    scenario = Scenario(seed=seed, organic=2000, communities=40, circles=60, circle_things=(10, 14), circle_participation=0.8,
                        posts=8, jokes=5, campaigns=(Campaign("spread", 8), Campaign("spread", 16)))  # fmt: skip
    world = make_world(scenario)
    named = {
        name for members, _ in groups_found(write_rows(tmp_path / "posts.parquet", rows_of(world))) for name in members
    }
    assert named == world.truth.keys()


def test_a_campaign_in_words_of_its_own_is_not_a_knot(tmp_path):
    """Sixteen who share one another's pages, each in words that nobody else uses."""
    scenario = Scenario(
        seed=71, organic=1000, communities=8, circles=10, posts=8, jokes=5, campaigns=(Campaign("spread", 16),)
    )
    world = make_world(scenario)
    chance = np.random.default_rng(3)
    rows = [
        row | {"text": " ".join(f"w{word}" for word in chance.integers(6000, size=9))}
        if row["account_id"] in world.truth
        else row
        for row in rows_of(world)
    ]
    named = {name for members, _ in groups_found(write_rows(tmp_path / "posts.parquet", rows)) for name in members}
    assert named == world.truth.keys()


def test_campaigns_of_few_posts_among_tiny_communities(tmp_path):
    scenario = Scenario(
        seed=53, organic=1500, communities=38, circles=25, posts=8, jokes=8, campaigns=(Campaign("few_posts", 20),) * 3
    )
    world = make_world(scenario)
    named = {
        name for members, _ in groups_found(write_rows(tmp_path / "posts.parquet", rows_of(world))) for name in members
    }
    assert named <= world.truth.keys()
    assert len(named) >= 0.75 * len(world.truth)


def test_a_cascade_with_a_heavy_tail_stays_quiet(tmp_path):
    """Shares without words, as CooRTweet reads them; most accounts share once, a few hundreds of times; neighbours share
    what is theirs."""
    chance = np.random.default_rng(4)
    accounts = 20_000
    account = np.repeat(np.arange(accounts), np.minimum((chance.pareto(1.2, size=accounts) + 1).astype(int), 300))
    draw = chance.random(account.size)
    popular = (1.0 / (np.arange(3000) + 1.0) ** 1.2).cumsum()
    shared = np.searchsorted(popular / popular[-1], chance.random(account.size))
    shared = np.where(draw < 0.2, 10_000 + account // 25 * 10 + chance.integers(10, size=account.size), shared)
    born = chance.random(shared.max() + 1) * 500_000
    at = (STARTS_AT + born[shared] + chance.lognormal(9, 1.6, size=account.size)).astype(int)
    source = tmp_path / "posts.parquet"
    pq.write_table(pa.table({"object_id": [f"o{name}" for name in shared], "account_id": [f"u{name}" for name in account],
                             "content_id": [f"p{name}" for name in range(account.size)], "timestamp_share": at}), source)  # fmt: skip
    named = {name for members, _ in groups_found(source) for name in members}
    assert len(named) <= accounts / 1000
