# ruff: noqa: E501 - rows of a table are read across
import random

import pytest
from tests.kernel.coordination.tables import reading_of, write_csv

from counterpoint.kernel.coordination.automation import find_automation
from counterpoint.kernel.coordination.hashtags import find_hashtag_pushes

DAY = 86_400
START = 1_600_000_000


def people(number, posts, *, seed=1, **more):
    chance = random.Random(seed)
    words = [f"word{place}" for place in range(400)]
    return [
        {"post_id": f"h{account}-{place}", "account_id": f"human{account}", "posted_at": START + chance.randrange(20 * DAY),
         "text": " ".join(chance.choices(words, k=9)), "client": "web", **more}
        for account in range(number) for place in range(posts)
    ]  # fmt: skip


def found_in(tmp_path, rows, detector=find_automation):
    with reading_of(write_csv(tmp_path / "posts.csv", rows)) as (workspace, _):
        findings = detector(workspace)
        names = dict(workspace.rows("SELECT account, account_id FROM accounts"))
        return [(finding.kind, {names[int(account)] for account in finding.accounts}, finding) for finding in findings]


def test_people_are_quiet(tmp_path):
    assert found_in(tmp_path, people(40, 60)) == []


@pytest.mark.parametrize("step", [60, 3600, 10_000_000])
def test_times_that_the_collection_rounded_make_no_machines(tmp_path, step):
    """Down to whole minutes, hours, or all of them to one second."""
    rows = people(40, 60)
    assert found_in(tmp_path, [row | {"posted_at": row["posted_at"] // step * step} for row in rows]) == []


def test_a_timer_is_heard_even_with_gaps_in_it(tmp_path):
    chance = random.Random(2)
    rows = people(20, 40)
    at = START
    for place in range(60):
        at += 617 if chance.random() < 0.6 else chance.randrange(700, 9000)
        rows.append({"post_id": f"t{place}", "account_id": "timer", "posted_at": at, "text": "x", "client": "web"})
    found = found_in(tmp_path, rows)
    assert [(kind, names) for kind, names, _ in found] == [("spacing", {"timer"})]
    assert found[0][2].details["gap_seconds"] == 617


def test_a_clock_is_seen_and_a_shift_of_all_times_changes_nothing(tmp_path):
    chance = random.Random(3)
    for shift in (0, 1234):
        rows = people(20, 40)
        rows += [{"post_id": f"c{place}", "account_id": "clock", "posted_at": START + shift + 3600 * chance.randrange(480) + chance.randrange(60) * 60 + 7,
                  "text": "x", "client": "web"} for place in range(50)]  # fmt: skip
        assert [(kind, names) for kind, names, _ in found_in(tmp_path, rows)] == [("clock", {"clock"})]


def test_reposts_within_seconds_stand_out(tmp_path):
    chance = random.Random(4)
    rows = people(30, 40)
    originals = [(row["post_id"], row["posted_at"]) for row in rows]
    for place, (post, at) in enumerate(chance.sample(originals, 60)):
        rows.append(
            {
                "post_id": f"r{place}",
                "account_id": f"slow{place % 6}",
                "posted_at": at + chance.randrange(60, 90_000),
                "repost_of": post,
            }
        )
    for place, (post, at) in enumerate(chance.sample(originals, 15)):
        rows.append(
            {"post_id": f"q{place}", "account_id": "quick", "posted_at": at + chance.randrange(1, 6), "repost_of": post}
        )
    assert [(kind, names) for kind, names, _ in found_in(tmp_path, rows)] == [("instant", {"quick"})]


def test_identical_posts_by_one_rare_client(tmp_path):
    rows = people(80, 10)
    for text in range(4):
        for account in range(8):
            rows.append({"post_id": f"s{text}-{account}", "account_id": f"same{account}", "posted_at": START + 1000 * text + 61 * account,
                         "text": f"stand with us for the good cause number {text}", "client": "pusher"})  # fmt: skip
    found = found_in(tmp_path, rows)
    assert [(kind, names) for kind, names, _ in found] == [("same client", {f"same{account}" for account in range(8)})]


def tagged(tag, accounts, texts, *, name):
    return [{"post_id": f"{name}{account}-{place}", "account_id": f"{name}{account}", "posted_at": START + 500 * place + 97 * account,
             "text": text, "hashtags": tag, "client": "web"} for account in range(accounts) for place, text in enumerate(texts)]  # fmt: skip


def test_an_organised_rise_is_told_from_an_organic_one(tmp_path):
    rows = [row for number in range(8) for row in people(12, 6, seed=20 + number, hashtags=f"#talk{number}")]
    for number, row in enumerate(rows):
        row["post_id"] = f"o{number}"
    slogans = [
        f"now is the hour to speak up for number {word}"
        for word in ("one apple", "two pears", "three plums", "four figs")
    ]
    rows += tagged("#rise", 12, slogans, name="pusher")
    rows += people(4, 5, seed=99, hashtags="#Rise")
    found = found_in(tmp_path, rows, find_hashtag_pushes)
    assert [(finding.objects, names) for _, names, finding in found] == [
        (["tag:rise"], {f"pusher{number}" for number in range(12)})
    ]


def test_passing_on_is_no_push(tmp_path):
    rows = [row for number in range(5) for row in people(10, 6, seed=40 + number, hashtags=f"#talk{number}")]
    for number, row in enumerate(rows):
        row["post_id"] = f"o{number}"
    passed = tagged("#rise", 30, ["a fine sentence that many people liked enough to pass on"] * 2, name="fan")
    rows += [row | {"repost_of": "o1"} for row in passed]
    assert found_in(tmp_path, rows, find_hashtag_pushes) == []
