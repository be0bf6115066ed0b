"""What must not matter to any detector: row order, names, dates, files, threads, repeats, and more ordinary people."""

# ruff: noqa: E501 - rows of a table are read across
import random

import pytest
from tests.kernel.coordination.tables import reading_of, write_csv
from tests.kernel.coordination.test_automation import people, tagged
from tests.kernel.coordination.test_displacement import ACT, DAY, NEW, OLD, life, pushed

from counterpoint.kernel.coordination.automation import find_automation
from counterpoint.kernel.coordination.displacement import Act, find_displacement
from counterpoint.kernel.coordination.hashtags import find_hashtag_pushes
from counterpoint.kernel.coordination.incidence import make_incidence
from counterpoint.kernel.coordination.layers import layers_present

START = 1_600_000_000
SHIFT = 37 * DAY + 4321


def machines():
    """A timer, a clock, a quick one and many with one client, among people."""
    chance = random.Random(11)
    rows = people(60, 24)
    at = START
    for place in range(60):
        at += 617 if chance.random() < 0.6 else chance.randrange(700, 9000)
        rows.append({"post_id": f"t{place}", "account_id": "timer", "posted_at": at, "text": "x", "client": "web"})
        rows.append({"post_id": f"c{place}", "account_id": "clock", "posted_at": START + 3600 * chance.randrange(480) + chance.randrange(60) * 60 + 7,
                     "text": "x", "client": "web"})  # fmt: skip
    for place, original in enumerate(chance.sample(rows[:1400], 90)):
        quick = place < 15
        rows.append({"post_id": f"r{place}", "account_id": "quick" if quick else f"slow{place % 9}", "repost_of": original["post_id"],
                     "posted_at": original["posted_at"] + (1 + place % 5 if quick else chance.randrange(60, 90_000)), "client": "web"})  # fmt: skip
    for text in range(6):
        rows += [{"post_id": f"s{text}-{account}", "account_id": f"same{account}", "posted_at": START + 1000 * text + 61 * account,
                  "text": f"stand with us for the good cause number {text}", "client": "pusher"} for account in range(8)]  # fmt: skip
    return rows


def pushes():
    rows = [row for number in range(8) for row in people(12, 6, seed=20 + number, hashtags=f"#talk{number}")]
    for number, row in enumerate(rows):
        row["post_id"] = f"o{number}"
    slogans = [
        f"now is the hour to speak up for number {word}"
        for word in ("one apple", "two pears", "three plums", "four figs")
    ]
    return rows + tagged("#rise", 12, slogans, name="pusher") + people(4, 5, seed=99, hashtags="#Rise")


def moves():
    return life() + pushed(OLD, START + 5 * DAY) + pushed(NEW, ACT + DAY)


def automation(workspace, report, *, shift, names):
    return find_automation(workspace)


def hashtags(workspace, report, *, shift, names):
    return find_hashtag_pushes(workspace)


def displacement(workspace, report, *, shift, names):
    make_incidence(workspace, layers_present(report))
    return find_displacement(workspace, [Act(ACT + shift, [names.get(name, name) for name in OLD], name="closure")])


CASES = [pytest.param(make, find, kinds, id=find.__name__) for make, find, kinds in (
    (machines, automation, {"spacing", "clock", "instant", "same client"}), (pushes, hashtags, {"push"}), (moves, displacement, {"reappearance"}))]  # fmt: skip


def found_in(source, find, *, shift=0, names=None, threads=1):
    """Findings as a set: kind, accounts by the names they had at first, what was measured, expected, how stable, and the posts."""
    names = names or {}
    back = {new: old for old, new in names.items()}
    with reading_of(source, threads=threads) as (workspace, report):
        findings = find(workspace, report, shift=shift, names=names)
        shown = {
            number: back.get(name, name) for number, name in workspace.rows("SELECT account, account_id FROM accounts")
        }
        return {(finding.kind, frozenset(shown[int(account)] for account in finding.accounts), finding.value, round(finding.expected, 9),
                 finding.stability, len(finding.posts)) for finding in findings}  # fmt: skip


@pytest.mark.parametrize(("make", "find", "kinds"), CASES)
def test_every_finding_tells_how_stable_it_is(tmp_path, make, find, kinds):
    found = found_in(write_csv(tmp_path / "posts.csv", make()), find)
    assert {kind for kind, *_ in found} == kinds
    assert all(0.5 <= stability <= 1 for *_, stability, _ in found)


@pytest.mark.parametrize(("make", "find", "kinds"), CASES)
def test_order_names_dates_and_threads_mean_nothing(tmp_path, make, find, kinds):
    rows = make()
    expected = found_in(write_csv(tmp_path / "posts.csv", rows), find)
    accounts = sorted({row["account_id"] for row in rows}, reverse=True)
    names = {name: f"n{number}" for number, name in enumerate(accounts)}
    changed = [
        row
        | {
            "account_id": names[row["account_id"]],
            "posted_at": row["posted_at"] + SHIFT,
            "post_id": "x" + row["post_id"],
        }
        for row in rows
    ]
    for row in changed:
        if row.get("repost_of"):
            row["repost_of"] = "x" + row["repost_of"]
    random.Random(5).shuffle(changed)
    found = found_in(write_csv(tmp_path / "changed.csv", changed), find, shift=SHIFT, names=names, threads=2)
    assert found == expected


@pytest.mark.parametrize(("make", "find", "kinds"), CASES)
def test_split_files_and_repeated_posts_mean_nothing(tmp_path, make, find, kinds):
    rows = make()
    expected = found_in(write_csv(tmp_path / "posts.csv", rows), find)
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in range(3):
        write_csv(folder / f"{part}.csv", [*rows[part::3], *rows[part : part + 40]])
    assert found_in(folder, find) == expected


@pytest.mark.parametrize(("make", "find", "kinds"), CASES)
def test_more_people_create_no_findings(tmp_path, make, find, kinds):
    rows = make()
    before = found_in(write_csv(tmp_path / "posts.csv", rows), find)
    more = [
        row | {"post_id": "m" + row["post_id"], "account_id": "m" + row["account_id"]}
        for row in people(80, 24, seed=77)
    ]
    after = found_in(write_csv(tmp_path / "more.csv", rows + more), find)
    assert {members for _, members, *_ in after} <= {members for _, members, *_ in before}
