# ruff: noqa: E501, PERF401 - rows of a table are read across
import random

from tests.kernel.coordination.tables import reading_of, write_csv

from counterpoint.kernel.coordination.displacement import Act, find_displacement
from counterpoint.kernel.coordination.incidence import make_incidence
from counterpoint.kernel.coordination.layers import layers_present

DAY = 86_400
START = 1_600_000_000
ACT = START + 20 * DAY


def life(*, seed=1, platform="here"):
    """People who share pages that live for some days."""
    chance = random.Random(seed)
    rows = []
    for page in range(200):
        born = START + chance.randrange(38 * DAY)
        for share in range(chance.randrange(2, 7)):
            rows.append({"post_id": f"o{page}-{share}", "account_id": f"person{chance.randrange(150)}", "platform": platform,
                         "posted_at": born + chance.randrange(2 * DAY), "urls": f"https://news.example/{page}"})  # fmt: skip
    return rows


def pushed(accounts, first, *, platform="here", pages=12, seed=2):
    chance = random.Random(seed)
    return [{"post_id": f"{account}-{page}-{first}", "account_id": account, "platform": platform, "urls": f"https://push.example/{page}",
             "posted_at": first + chance.randrange(9 * DAY)} for account in accounts for page in range(pages)]  # fmt: skip


def found_in(tmp_path, rows, act):
    with reading_of(write_csv(tmp_path / "posts.csv", rows)) as (workspace, report):
        make_incidence(workspace, layers_present(report))
        findings = find_displacement(workspace, [act])
        names = dict(workspace.rows("SELECT account, account_id FROM accounts"))
        reappeared = workspace.rows("SELECT object_id, platform FROM displaced")
        return [({names[int(account)] for account in finding.accounts}, finding) for finding in findings], reappeared


OLD, NEW = [f"closed{number}" for number in range(5)], [f"fresh{number}" for number in range(4)]


def test_successors_take_up_what_closed_accounts_shared(tmp_path):
    rows = life() + pushed(OLD, START + 5 * DAY) + pushed(NEW, ACT + DAY)
    found, reappeared = found_in(tmp_path, rows, Act(ACT, OLD, name="closure"))
    assert [names for names, _ in found] == [set(NEW)]
    finding = found[0][1]
    assert finding.value == 12
    assert finding.value > 3 * finding.expected
    assert finding.details["act"] == "closure"
    assert len(reappeared) == 12


def test_things_that_do_not_come_back_are_no_finding(tmp_path):
    found, reappeared = found_in(tmp_path, life() + pushed(OLD, START + 5 * DAY), Act(ACT, OLD))
    assert found == []
    assert reappeared == []


def test_a_platforms_act_is_followed_to_other_platforms(tmp_path):
    rows = (
        life(platform="there")
        + pushed(OLD, START + 5 * DAY, platform="closed")
        + pushed(NEW, ACT + DAY, platform="elsewhere")
    )
    found, reappeared = found_in(tmp_path, rows, Act(ACT, platform="closed", name="ban"))
    assert [names for names, _ in found] == [set(NEW)]
    assert {platform for _, platform in reappeared} == {"elsewhere"}


def test_an_act_against_accounts_that_are_not_there_finds_nothing(tmp_path):
    found, _ = found_in(tmp_path, life(), Act(ACT, ["nobody'; --"]))
    assert found == []


def test_an_act_names_an_account_by_the_name_it_has_on_its_platform(tmp_path):
    """Also where the same name stands on another platform."""
    rows = (
        life(platform="here") + pushed(OLD, START + 5 * DAY, platform="here") + pushed(NEW, ACT + DAY, platform="here")
    )
    rows += [row | {"post_id": "y" + row["post_id"], "platform": "there"} for row in life(seed=9)]
    rows.append(
        {
            "post_id": "z",
            "account_id": OLD[0],
            "platform": "there",
            "posted_at": START,
            "urls": "https://news.example/own",
        }
    )
    found, _ = found_in(tmp_path, rows, Act(ACT, OLD))
    assert [names for names, _ in found] == [set(NEW)]
