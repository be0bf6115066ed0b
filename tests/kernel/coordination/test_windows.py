"""Pairs by sorting are the pairs of the join that a cluster computes, however small the pieces they are made in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.kernel.coordination import runs, windows
from counterpoint.kernel.coordination.pairs import PairOptions, near_pairs
from counterpoint.kernel.coordination.steps import Workspace

ANY_SHARE = st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(-40, 40))
COLUMNS = "object, post_a, post_b, account_a, account_b, seconds_apart"


def both_ways(shares: list[tuple[int, int, int]], window: int) -> tuple[list[tuple], list[tuple]]:
    """By sorting, and by the join; shares: (object, account, second), each a post of its own."""
    columns = np.array(shares, dtype=np.int64).reshape(len(shares), 3).T
    post = np.random.default_rng(len(shares)).permutation(len(shares))
    with Workspace(threads=1) as workspace:
        workspace.load("ordered_shares", {
            "object": columns[0], "post": post, "account": columns[1].astype(np.int32), "at_seconds": columns[2],
            "place": post,
        })  # fmt: skip
        windows.make_near_pairs(workspace, "sorted_pairs", window_seconds=window)
        workspace.make("joined_pairs", near_pairs(PairOptions(window)))
        kinds = workspace.rows("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'sorted_pairs'")
        assert kinds == workspace.rows(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'joined_pairs'"
        )
        return tuple(workspace.rows(f"SELECT {COLUMNS} FROM {name} ORDER BY ALL")
                     for name in ("sorted_pairs", "joined_pairs"))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_SHARE, max_size=60), st.integers(0, 30))
def test_sorting_finds_what_the_join_finds(shares, window):
    by_sorting, by_joining = both_ways(shares, window)
    assert by_sorting == by_joining


@pytest.mark.parametrize(("most_shares", "most_pairs"), [(1, 1), (7, 3), (50, 1), (1, 50)])
def test_pieces_change_nothing(monkeypatch, most_shares, most_pairs):
    monkeypatch.setattr(windows, "MOST_SHARES", most_shares)
    monkeypatch.setattr(windows, "_BLOCK", 2)
    monkeypatch.setattr(runs, "MOST_PAIRS", most_pairs)
    chance = np.random.default_rng(5)
    shares = [tuple(map(int, row)) for row in chance.integers((0, 0, 0), (9, 5, 100), size=(120, 3))]
    by_sorting, by_joining = both_ways(shares, 20)
    assert len(by_joining) > 100
    assert by_sorting == by_joining


def test_every_place_meets_those_behind_it():
    found = [pair for one, two in runs.pairs_with_those_behind(np.array([2, 0, 1, 0]))
             for pair in zip(one.tolist(), two.tolist(), strict=True)]  # fmt: skip
    assert found == [(0, 1), (0, 2), (2, 3)]
