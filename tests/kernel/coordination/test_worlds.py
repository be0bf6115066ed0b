import pytest

from counterpoint.kernel.coordination.errors import BadScenario
from counterpoint.kernel.coordination.worlds import (
    STARTS_AT,
    TACTICS,
    Campaign,
    Scenario,
    make_world,
    rows_of,
    scenario_of,
)

SMALL = Scenario(organic=60, communities=2, posts=4, circles=1, jokes=1, bursts=1)


def test_the_same_scenario_gives_the_same_world_and_another_seed_another():
    again = make_world(SMALL)
    assert make_world(SMALL) == again
    assert make_world(Scenario(**{**vars(SMALL), "seed": 2})) != again


@pytest.mark.parametrize("tactic", TACTICS)
def test_every_tactic_plants_its_campaign(tactic):
    world = make_world(Scenario(**{**vars(SMALL), "campaigns": (Campaign(tactic, 8),)}))
    assert [kind for _, kind in world.truth.values()] == [tactic] * 8
    rows = list(rows_of(world))
    assert len({row["post_id"] for row in rows}) == len(rows)
    planted = [row for row in rows if row["client"] == "app0"]
    assert {row["account_id"] for row in planted} <= world.truth.keys()
    assert len(planted) >= TACTICS[tactic].messages
    assert min(row["posted_at"] for row in rows) >= STARTS_AT


def test_a_scenario_is_read_from_a_mapping():
    scenario = scenario_of(
        {"seed": 3, "organic": 50, "languages": {"han": 1}, "campaigns": [{"tactic": "spread", "accounts": 5}]}
    )
    assert scenario == Scenario(seed=3, organic=50, languages={"han": 1}, campaigns=(Campaign("spread", 5),))


def test_all_problems_of_a_scenario_are_named():
    with pytest.raises(BadScenario) as caught:
        scenario_of({"colour": 1, "seed": "x", "days": 0, "circle_things": [3, 2], "languages": {"runes": 1},
                     "campaigns": [{"tactic": "magic"}, {"tactic": "spread", "accounts": 1}]})  # fmt: skip
    assert len(caught.value.problems) == 7
