"""Pairs by arrays are the rows that the steps of `pairs` list, in columns of the same kinds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.coordination.slow_twin import Share
from tests.kernel.coordination.tables import reading_of, write_shares

from counterpoint.kernel.coordination import network_in_memory, paired, pairs_in_memory, runs
from counterpoint.kernel.coordination.layers import layers_for_pairs, make_shares
from counterpoint.kernel.coordination.pairs import PairOptions, Reading, Subgraph, make_pairs
from counterpoint.kernel.coordination.pairs_in_memory import write_pairs
from counterpoint.kernel.coordination.steps import Workspace, quoted

NOON = 1_600_000_000
TABLES = ("pairs", "edges", "popular_objects")

any_share = st.builds(
    Share,
    object_id=st.sampled_from(["o1", "o2", "p3", "ö"]),
    account_id=st.sampled_from(["a1", "a2", "b1", "B2", "é"]),
    post_id=st.integers(0, 20).map(lambda number: f"p{number}"),
    at_seconds=st.integers(NOON, NOON + 30),
)
any_options = st.builds(
    PairOptions,
    window_seconds=st.integers(0, 12),
    min_participation=st.integers(0, 4),
    edge_weight=st.sampled_from([0.0, 0.3, 0.5, 0.75, 1.0]),
    most_pairs_per_object=st.sampled_from([1, 5, 10_000]),
    subgraph=st.sampled_from([Subgraph.ALL, Subgraph.ABOVE_THRESHOLD]),
)


def both_ways(rows, options, *, label="account_id"):
    """Kinds of columns and sorted rows of each table: by arrays, and by steps."""
    with (
        TemporaryDirectory() as folder,
        reading_of(write_shares(Path(folder) / "shares.csv", rows)) as (workspace, report),
    ):
        make_shares(workspace, layers_for_pairs(report), label="account_id")
        make_pairs(workspace, options, label=label)
        by_steps = [contents(workspace, name) for name in TABLES]
        assert write_pairs(workspace, options, Path(folder), label=label)
        return [contents(workspace, f"read_parquet({quoted(f'{folder}/{name}.parquet')})") for name in TABLES], by_steps


def contents(workspace, table):
    columns = [row[:2] for row in workspace.rows(f"DESCRIBE SELECT * FROM {table}") if row[0] != "object"]
    return columns, workspace.rows(f"SELECT {', '.join(name for name, _ in columns)} FROM {table} ORDER BY ALL")


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(any_share, min_size=1, max_size=40), options=any_options)
def test_arrays_list_what_the_steps_list(rows, options):
    by_arrays, by_steps = both_ways(rows, options)
    assert by_arrays == by_steps


def many_shares():
    chance = np.random.default_rng(3)
    drawn = zip(chance.integers(0, 9, 500), chance.integers(0, 12, 500), chance.integers(0, 200, 500), strict=True)
    return [Share(f"o{thing}", f"a{who}", f"p{number}", NOON + int(at))
            for number, (thing, who, at) in enumerate(drawn)]  # fmt: skip


def test_a_post_shares_one_object_later_than_another():
    later = [Share("o1", "a1", "p0", NOON), Share("o1", "a1", "p1", NOON), Share("o1", "a2", "p2", NOON + 1)]
    later += [Share("o2", "a1", "p1", NOON + 9), Share("o2", "a2", "p2", NOON + 12)]
    by_arrays, by_steps = both_ways(later, PairOptions(4, 1))
    assert by_arrays == by_steps
    assert len(by_arrays[0][1]) == 3


def test_pieces_and_parts_of_files_change_nothing(monkeypatch):
    whole, by_steps = both_ways(many_shares(), PairOptions(20, 2))
    for module in (runs, pairs_in_memory):
        monkeypatch.setattr(module, "NEAR", 7)
    for module in (pairs_in_memory, network_in_memory):
        monkeypatch.setattr(module, "ROWS", 50)
    in_pieces, _ = both_ways(many_shares(), PairOptions(20, 2))
    monkeypatch.setattr(runs, "_LARGEST", 1 << 18)
    asked = []
    by_parts = runs._sorted_part_by_part
    monkeypatch.setattr(runs, "_sorted_part_by_part", lambda keys: asked.append(keys.size) or by_parts(keys))
    part_by_part, _ = both_ways(many_shares(), PairOptions(20, 2))
    assert asked, "the line was short enough"
    monkeypatch.setattr(paired, "_MOST_LETTERS", 10)  # more than one text array holds
    with_long_arrays, _ = both_ways(many_shares(), PairOptions(20, 2))
    assert len(by_steps[0][1]) > 500
    assert whole == in_pieces == part_by_part == with_long_arrays == by_steps


def test_objects_over_many_years_stay_apart():
    """On the line where object follows object, each takes half of what a number of 32 bits can say."""
    first, window = 700_000_000, 20
    last = first + 2**31 - window - 1
    rows = [Share(f"o{thing}", f"a{thing}{who}", f"p{thing}{who}", first + who) for thing in range(6) for who in (0, 1)]
    rows += [Share("far", f"b{who}", f"q{who}", last) for who in (0, 1)]
    by_arrays, by_steps = both_ways(rows, PairOptions(window, 1))
    assert len(by_arrays[0][1]) == 7
    assert by_arrays == by_steps


def test_a_window_of_decades_has_its_mean():
    first, later = 700_000_000, 2_000_000_000
    rows = [
        Share(f"o{thing}", who, f"{who}{thing}", first + later * (who == "b")) for thing in range(3) for who in "ab"
    ]
    by_arrays, by_steps = both_ways(rows, PairOptions(later, 1))
    assert [row[:4] for row in by_arrays[1][1]] == [("a", "b", 3, later)]
    assert by_arrays == by_steps


def test_accounts_that_are_shown_alike_stay_two():
    """As pairs of different accounts, and with the posts of an edge on the same sides."""
    by_arrays, by_steps = both_ways(many_shares(), PairOptions(20, 1), label="left(account_id, 2)")
    assert any(row[0] == row[1] for row in by_steps[1][1])
    assert by_arrays == by_steps


@pytest.fixture(scope="module")
def engine():
    with Workspace(threads=1) as workspace:
        yield workspace


@settings(max_examples=200, deadline=None)
@given(ones=st.integers(0, 12), weights=st.lists(st.integers(1, 9), min_size=1, max_size=30), share=st.floats(0, 1))
def test_quantiles_are_the_engines_to_the_last_digit(engine, ones, weights, share):
    every = weights + [1] * ones
    found = engine.one(f"SELECT quantile_cont(weight::BIGINT, {share!r}::DOUBLE) FROM unnest({every}) AS w(weight)")
    parts = [np.array(weights[:4]), np.array(weights[4:], dtype=np.int64)]
    assert network_in_memory._limit(engine, len(every), parts, share) == found[0]


@given(edges=st.lists(st.integers(1, 9), max_size=40), rows=st.integers(1, 12))
def test_parts_of_a_network_hold_their_edges_whole(edges, rows):
    new = np.array([place == 0 for size in edges for place in range(size)], dtype=bool)
    bounds = network_in_memory._bounds(new, rows)
    assert [start for start, _ in bounds] == [0, *(stop for _, stop in bounds[:-1])]
    assert bounds[-1][1] == new.size
    assert all(new[start] and stop - start < rows + 9 for start, stop in bounds if stop)


@pytest.mark.parametrize(
    ("options", "room"),
    [
        (PairOptions(20, reading=Reading.COORTWEET), 1_000_000),
        (PairOptions(20, fast_seconds=2), 1_000_000),
        (PairOptions(20), 500 * pairs_in_memory.SHARE_BYTES - 1),
        (PairOptions(20), 500 * pairs_in_memory.SHARE_BYTES + 100),  # the shares fit, their pairs do not
    ],
)
def test_what_is_not_for_arrays_is_left_to_the_steps(monkeypatch, tmp_path, options, room):
    monkeypatch.setattr(Workspace, "room", property(lambda _: room))
    with reading_of(write_shares(tmp_path / "shares.csv", many_shares())) as (workspace, report):
        make_shares(workspace, layers_for_pairs(report), label="account_id")
        assert not write_pairs(workspace, options, tmp_path, label="account_id")
    assert not list(tmp_path.glob("*.parquet"))
