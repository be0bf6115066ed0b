# ruff: noqa: E501 - rows of a table are read across
import csv
import gzip
import json
import random
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.kernel.coordination.tables import REAL_DATA, needs_real_data, reading_of

from counterpoint.kernel.coordination import columns
from counterpoint.kernel.coordination.layers import layers_present
from counterpoint.kernel.coordination.validated import find_validated
from counterpoint.kernel.coordination.worlds import STARTS_AT, TACTICS, Campaign, Scenario, make_world, rows_of

SMALL = Scenario(seed=5, organic=500, communities=4, posts=7, circles=6, bursts=1, jokes=4,
                 languages={"latin": 1, "arabic": 1}, campaigns=(Campaign("spread", 12), Campaign("one_off_links", 15)))  # fmt: skip


def write_rows(path, rows):
    rows = list(rows)
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), path)
    return path


def groups_found(source, *, left_out=(), threads=1):
    """Each finding as the set of its accounts' names, with what it measured."""
    wanted = [name for name in columns.KNOWN if name not in left_out]
    with reading_of(source, wanted=wanted, threads=threads) as (workspace, report):
        findings = find_validated(workspace, layers_present(report))
        names = dict(workspace.rows("SELECT account, account_id FROM accounts"))
        return [(frozenset(names[int(account)] for account in finding.accounts), finding) for finding in findings]


def measured(found):
    return {
        (members, finding.value, round(finding.expected, 9), finding.stability, len(finding.posts))
        for members, finding in found
    }


@pytest.fixture(scope="module")
def world():
    return make_world(SMALL)


@pytest.fixture(scope="module")
def rows(world):
    return list(rows_of(world))


@pytest.fixture(scope="module")
def expected(rows, tmp_path_factory):
    return groups_found(write_rows(tmp_path_factory.mktemp("world") / "posts.parquet", rows))


def test_planted_campaigns_are_found_and_nobody_else(world, expected):
    by_campaign = {}
    for account, (campaign, _) in world.truth.items():
        by_campaign.setdefault(campaign, set()).add(account)
    assert {frozenset(members) for members in by_campaign.values()} == {members for members, _ in expected}


def test_a_finding_tells_its_evidence(expected):
    for members, finding in expected:
        assert finding.value > 5 * finding.expected
        assert finding.stability is not None
        assert finding.stability >= 0.8
        assert len(finding.posts) >= len(finding.objects)
        assert len(finding.account_details) == len(members)
        assert finding.null
        assert finding.innocent


def renamed(rows):
    names = {
        name: f"n{number}" for number, name in enumerate(sorted({row["account_id"] for row in rows}, reverse=True))
    }
    return [row | {"account_id": names[row["account_id"]]} for row in rows], names


def test_order_names_and_dates_mean_nothing(rows, expected, tmp_path):
    changed, names = renamed(rows)
    random.Random(3).shuffle(changed)
    changed = [row | {"posted_at": row["posted_at"] + 12_345_678, "post_id": "x" + row["post_id"]} for row in changed]
    found = groups_found(write_rows(tmp_path / "posts.parquet", changed), threads=2)
    back = {new: old for old, new in names.items()}
    assert {(frozenset(back[name] for name in members), *rest) for members, *rest in measured(found)} == measured(
        expected
    )


def test_split_files_and_repeated_posts_mean_nothing(rows, expected, tmp_path):
    folder = tmp_path / "posts"
    folder.mkdir()
    for part in range(3):
        write_rows(folder / f"{part}.parquet", [*rows[part::3], *rows[part : part + 50]])
    assert measured(groups_found(folder)) == measured(expected)


def test_tags_clients_and_identifiers_do_not_carry_the_result(rows, expected, tmp_path):
    source = write_rows(tmp_path / "posts.parquet", rows)
    assert measured(groups_found(source, left_out=("hashtags", "client"))) == measured(expected)


def test_more_organic_life_does_not_create_findings(rows, world, tmp_path):
    more = make_world(Scenario(**{**vars(SMALL), "seed": 6, "campaigns": ()}))
    extra = [row | {"post_id": "m" + row["post_id"], "account_id": "m" + row["account_id"]} for row in rows_of(more)]
    found = groups_found(write_rows(tmp_path / "posts.parquet", rows + extra))
    assert {name for members, _ in found for name in members} <= world.truth.keys()
    assert len(found) == 2


def test_organic_life_alone_is_quiet(tmp_path):
    for seed in (7, 8):
        quiet = make_world(Scenario(**{**vars(SMALL), "seed": seed, "campaigns": (), "circles": 25, "organic": 800}))
        assert groups_found(write_rows(tmp_path / f"{seed}.parquet", rows_of(quiet))) == []


def test_tactics_of_our_own_with_other_seeds(tmp_path):
    """All tactics in one small world of four scripts; few_posts is allowed what docs/guides/coordination.md tells."""
    scenario = Scenario(seed=31, organic=1500, communities=6, posts=7, circles=15, bursts=1, jokes=8,
                        languages={"latin": 1, "arabic": 1, "cyrillic": 1, "han": 1},
                        campaigns=tuple(Campaign(tactic, 16) for tactic in TACTICS))  # fmt: skip
    world = make_world(scenario)
    found = groups_found(write_rows(tmp_path / "posts.parquet", rows_of(world)))
    named = {name for members, _ in found for name in members}
    assert len(named & world.truth.keys()) >= 0.95 * len(named)
    for tactic in TACTICS:
        members = {account for account, (_, kind) in world.truth.items() if kind == tactic}
        assert len(members & named) >= (0.7 if tactic == "few_posts" else 0.85) * len(members), tactic


def test_nothing_shared_finds_nothing(tmp_path):
    rows = [{"post_id": str(number), "account_id": str(number), "posted_at": STARTS_AT, "text": f"words {number} of nobody else {number * 7}"}
            for number in range(50)]  # fmt: skip
    assert groups_found(write_rows(tmp_path / "posts.parquet", rows)) == []


def test_everybody_on_one_object_is_nobodys_plan(tmp_path):
    rows = [{"post_id": str(number), "account_id": str(number % 900), "posted_at": STARTS_AT, "urls": f"https://one.example/{number % 3}"}
            for number in range(3000)]  # fmt: skip
    assert groups_found(write_rows(tmp_path / "posts.parquet", rows)) == []


@needs_real_data
def test_a_labelled_world_at_its_stated_accuracy(tmp_path):
    truth = json.loads((REAL_DATA / "worlds" / "S4.truth.json").read_text())
    named = {name for members, _ in groups_found(REAL_DATA / "worlds" / "S4.parquet", threads=2) for name in members}
    assert len(named & truth.keys()) >= 0.95 * len(named)
    assert len(named & truth.keys()) >= 0.95 * len(truth)
    assert len(named - truth.keys()) <= 2


@needs_real_data
@pytest.mark.parametrize("things", ["new", "shared by few"])
def test_campaigns_planted_into_real_traffic_are_found_and_nobody_else(tmp_path, things):
    with gzip.open(REAL_DATA / "russian_coord_tweets.csv.gz", "rt", newline="") as handle:
        real = [row | {"timestamp_share": int(row["timestamp_share"])} for row in csv.DictReader(handle)]
    chance = random.Random(5)
    accounts = sorted({row["account_id"] for row in real})
    shares = Counter(row["object_id"] for row in real)
    few = sorted(name for name, count in shares.items() if 2 <= count <= 15)
    since, until = min(row["timestamp_share"] for row in real), max(row["timestamp_share"] for row in real)
    planted, truth = [], set()
    for campaign in range(3):
        members = chance.sample(accounts, 20)
        truth |= set(members)
        names = [f"push{campaign}-{number}" for number in range(20)] if things == "new" else chance.sample(few, 20)
        for name in names:
            at = chance.randrange(since, until - 86_400)
            planted += [{"object_id": name, "account_id": member, "content_id": f"x{campaign}-{name}-{member}",
                         "timestamp_share": at + chance.randrange(300, 14_400)} for member in members if chance.random() < 0.6]  # fmt: skip
    named = {
        name for members, _ in groups_found(write_rows(tmp_path / "posts.parquet", real + planted)) for name in members
    }
    assert len(named & truth) >= 0.95 * len(truth)
    assert len(named - truth) <= len(accounts) / 1000


@needs_real_data
def test_real_traffic_as_it_is_stays_quiet():
    named = {name for members, _ in groups_found(REAL_DATA / "russian_coord_tweets.csv.gz") for name in members}
    assert len(named) <= 9
