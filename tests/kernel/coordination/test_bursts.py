# ruff: noqa: E501 - rows of a table are read across
import random

import pytest
from tests.kernel.coordination.tables import reading_of, write_csv

from counterpoint.kernel.coordination.bursts import find_bursts

START = 1_600_000_000
HOUR, DAY = 3600, 86_400


def accounts(number, *, created, name, prefix, seed=1):
    chance = random.Random(seed)
    return [{"post_id": f"{prefix}{place}", "account_id": f"{prefix}{place}", "posted_at": START + chance.randrange(20 * DAY), "text": "x",
             "account_created_at": created(chance), "account_name": name(chance)} for place in range(number)]  # fmt: skip


def letters(chance, least, most):
    return "".join(chance.choices("abcdefghiklmnoprstuvwz", k=chance.randrange(least, most)))


def ordinary(number, *, seed=1, prefix="p"):
    """People who came over two years, some with the name that the phone proposed."""
    return accounts(number, created=lambda chance: START - chance.randrange(700 * DAY), prefix=prefix, seed=seed,
                    name=lambda chance: letters(chance, 5, 8) + (str(chance.randrange(10**7, 10**8)) if chance.random() < 0.3 else ""))  # fmt: skip


def made_together(number, *, seed=2, hours=3):
    return accounts(number, created=lambda chance: START - 30 * DAY + chance.randrange(hours * HOUR), prefix="b", seed=seed,
                    name=lambda chance: letters(chance, 6, 7) + str(chance.randrange(10**7, 10**8)))  # fmt: skip


def found_in(tmp_path, rows, **changes):
    with reading_of(write_csv(tmp_path / "posts.csv", [row | changes for row in rows])) as (workspace, _):
        names = dict(workspace.rows("SELECT account, account_id FROM accounts"))
        return [({names[int(account)] for account in finding.accounts}, finding) for finding in find_bursts(workspace)]


def test_accounts_made_together_with_names_of_one_shape(tmp_path):
    found = found_in(tmp_path, ordinary(1500) + made_together(20))
    assert [names for names, _ in found] == [{f"b{place}" for place in range(20)}]
    finding = found[0][1]
    assert finding.value >= 20 > 5 * finding.expected
    assert finding.stability >= 0.8


def test_names_and_their_shapes_are_neither_kept_nor_shown(tmp_path):
    rows = ordinary(1500) + made_together(20)
    told = repr(found_in(tmp_path, rows))
    assert not any(row["account_name"] in told for row in rows)
    assert "aaaaaa" not in told


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_people_who_came_over_the_years_are_no_burst(tmp_path, seed):
    assert found_in(tmp_path, ordinary(2000, seed=seed)) == []


def test_a_day_on_which_everybody_came_is_no_burst(tmp_path):
    """News brings people of all kinds of names at once."""
    wave = accounts(300, created=lambda chance: START - 30 * DAY + chance.randrange(3 * HOUR), prefix="w", seed=6,
                    name=lambda chance: letters(chance, 5, 8) + (str(chance.randrange(10**7, 10**8)) if chance.random() < 0.3 else ""))  # fmt: skip
    assert found_in(tmp_path, ordinary(2000) + wave) == []


def test_a_shift_of_all_times_and_the_order_of_rows_mean_nothing(tmp_path):
    rows = ordinary(800) + made_together(20)
    expected = [(names, finding.value, finding.stability) for names, finding in found_in(tmp_path, rows)]
    moved = [row | {"account_created_at": row["account_created_at"] + 5 * HOUR + 7} for row in rows]
    random.Random(4).shuffle(moved)
    assert [(names, finding.value, finding.stability) for names, finding in found_in(tmp_path, moved)] == expected


@pytest.mark.parametrize("missing", ["account_name", "account_created_at"])
def test_without_names_or_moments_nothing_is_said(tmp_path, missing):
    rows = [
        {name: value for name, value in row.items() if name != missing} for row in ordinary(200) + made_together(20)
    ]
    assert found_in(tmp_path, rows) == []
