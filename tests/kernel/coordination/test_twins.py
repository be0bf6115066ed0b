"""Fast against plain: the group statistic, repeated wordings under tags, and what was taken up after an act."""

# ruff: noqa: E501 - rows of a table are read across

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from tests.kernel.coordination import slow_groups
from tests.kernel.coordination.tables import reading_of, write_csv

from counterpoint.kernel.coordination import displacement, hashtags
from counterpoint.kernel.coordination.groups import Ground, GroupOptions, weigh_objects
from counterpoint.kernel.coordination.incidence import make_incidence
from counterpoint.kernel.coordination.layers import layers_present

START = 1_600_000_000


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_a_group_is_worth(data):
    accounts, things = data.draw(st.integers(8, 25)), data.draw(st.integers(3, 12))
    shares = [data.draw(st.sets(st.integers(0, things - 1), min_size=1)) for _ in range(accounts)]
    community = [data.draw(st.integers(0, 3)) for _ in range(accounts)]
    community = list(np.unique(community, return_inverse=True)[1])
    members = data.draw(st.sets(st.integers(0, accounts - 1), min_size=4))
    matrix = np.zeros((accounts, things))
    for account, theirs in enumerate(shares):
        matrix[account, sorted(theirs)] = 1
    options = GroupOptions()
    ground = Ground(csr_array(matrix), np.array(community), most_popular=15)
    found = weigh_objects(ground, np.array(sorted(members)), options)
    expected = slow_groups.gains(shares, community, members, lift=options.lift, most=15)
    assert dict(zip(found.objects.tolist(), found.gain.tolist(), strict=True)) == pytest.approx(expected)


WORDINGS = [
    "one apple falls from the tree",
    "two pears ripen in september sun",
    "three plums wait for rain today",
    "four figs dry upon old walls",
]


@settings(max_examples=15, deadline=None)
@given(
    posts=st.lists(
        st.tuples(
            st.sampled_from(["rain", "sun"]), st.sampled_from([f"a{n}" for n in range(7)]), st.sampled_from(WORDINGS)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_repeated_wordings_under_tags(posts):
    rows = [{"post_id": str(place), "account_id": account, "posted_at": START + place, "hashtags": "#" + tag, "text": wording}
            for place, (tag, account, wording) in enumerate(posts)]  # fmt: skip
    options = hashtags.HashtagOptions(fewest_posts=1, fewest_accounts=1)
    with (
        tempfile.TemporaryDirectory() as folder,
        reading_of(write_csv(Path(folder) / "posts.csv", rows)) as (workspace, _),
    ):
        hashtags.find_hashtag_pushes(workspace, options)
        found = dict(workspace.rows("SELECT tag, repeated_posts FROM hashtags"))
    assert found == slow_groups.repeated_posts(posts, several=hashtags.SEVERAL)


DAY = 86_400


@settings(max_examples=15, deadline=None)
@given(
    shares=st.lists(
        st.tuples(
            st.sampled_from([f"a{n}" for n in range(8)]),
            st.sampled_from([f"o{n}" for n in range(6)]),
            st.integers(0, 90),
        ),
        min_size=2,
        max_size=60,
    )
)
def test_what_was_taken_up_after_an_act(shares):
    closed, at = {"a0", "a1", "a2"}, START + 45 * DAY
    rows = [{"post_id": str(place), "account_id": account, "posted_at": START + day * DAY, "object_id": thing}
            for place, (account, thing, day) in enumerate(shares)]  # fmt: skip
    options = displacement.DisplacementOptions(fewest_objects=1, popular=4)
    act = displacement.Act(at, sorted(closed))
    with (
        tempfile.TemporaryDirectory() as folder,
        reading_of(write_csv(Path(folder) / "posts.csv", rows)) as (workspace, report),
    ):
        make_incidence(workspace, layers_present(report))
        workspace.make("affected", displacement.affected_accounts(workspace, act))
        workspace.make("things", displacement.things_before(act, options))
        workspace.make("taken_up", displacement.taken_up_after(act, options))
        found = {}
        for account, thing in workspace.rows("""SELECT a.account_id, c.object_id FROM taken_up t JOIN things ON things.object = t.object AND things.theirs
                JOIN accounts a USING (account) JOIN co_objects c ON c.column_number = t.object"""):  # fmt: skip
            found.setdefault(account, set()).add(thing)
    known = [(account, thing, START + day * DAY) for account, thing, day in shares]
    assert found == slow_groups.taken_up(known, closed, at, days=options.days, popular=options.popular)
