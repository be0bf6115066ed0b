import pytest

from counterpoint.kernel.coordination.scoring import Share, score


@pytest.mark.parametrize(
    ("found", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)]
)
def test_intervals_are_wilsons(found, of, low, high):
    assert Share(found, of).interval == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_nothing_to_share_leaves_everything_open():
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(0, 0).as_record()["value"] is None


def test_scores_by_account_by_campaign_and_by_kind():
    labels = {"a": ("1", "spread"), "b": ("1", "spread"), "c": ("2", "drip"), "d": ("2", "drip"), "e": ("2", "drip")}
    result = score({"a", "b", "c", "x"}, labels, accounts=105)
    assert (result.precision.found, result.precision.of) == (3, 4)
    assert (result.recall.found, result.recall.of) == (3, 5)
    assert (result.organic.found, result.organic.of) == (1, 100)
    assert (result.campaigns.found, result.campaigns.of) == (1, 2)
    assert {kind: share.found for kind, share in result.recalls.items()} == {"spread": 2, "drip": 1}
