from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.coordination import slow_twin
from tests.kernel.coordination.slow_twin import Pair, Share, rounded
from tests.kernel.coordination.tables import (
    REAL_DATA,
    needs_real_data,
    pairs_and_edges,
    reading_of,
    two_windows,
    write_shares,
)

from counterpoint.kernel.coordination.errors import BadOption
from counterpoint.kernel.coordination.pairs import PairOptions, Reading, Subgraph

NOON = 1_600_000_000

shares = st.builds(
    Share,
    object_id=st.sampled_from(["o1", "o2", "p3"]),
    account_id=st.sampled_from(["a", "b", "c", "d"]),
    post_id=st.integers(0, 15).map(lambda number: f"p{number}"),
    at_seconds=st.integers(NOON, NOON + 30),
)
tables = st.lists(shares, min_size=1, max_size=24)


def detect(rows, options, **more):
    with TemporaryDirectory() as folder:
        return pairs_and_edges(write_shares(Path(folder) / "shares.csv", rows), options, **more)


@settings(max_examples=25, deadline=None)
@given(rows=tables, window=st.integers(0, 12), participation=st.integers(0, 3))
def test_the_sound_reading_is_its_slow_twin(rows, window, participation):
    pairs, edges, popular = detect(rows, PairOptions(window, participation))
    expected = slow_twin.sound_pairs(rows, window_seconds=window, min_participation=participation)
    assert pairs == sorted(expected)
    assert rounded(edges) == rounded(slow_twin.sound_edges(expected))
    assert popular == []


@settings(max_examples=25, deadline=None)
@given(rows=tables, window=st.integers(0, 12), participation=st.integers(0, 3))
def test_the_coortweet_reading_is_its_slow_twin(rows, window, participation):
    pairs, edges, _ = detect(rows, PairOptions(window, participation, reading=Reading.COORTWEET))
    expected = slow_twin.coortweet_pairs(rows, window_seconds=window, min_participation=participation)
    assert pairs == sorted(expected)
    assert rounded(edges) == rounded(slow_twin.coortweet_edges(expected))


def in_two_windows(rows, options):
    compat = options.reading is Reading.COORTWEET
    with (
        TemporaryDirectory() as folder,
        reading_of(write_shares(Path(folder) / "shares.csv", rows), keep_repeats=compat) as (workspace, report),
    ):
        return two_windows(workspace, report, options)


two_window_options = st.builds(
    PairOptions,
    window_seconds=st.integers(4, 12),
    fast_seconds=st.integers(0, 4),
    min_participation=st.integers(0, 3),
    edge_weight=st.sampled_from([0.0, 0.5, 0.75]),
    subgraph=st.sampled_from(Subgraph),
    reading=st.sampled_from(Reading),
)


@settings(max_examples=25, deadline=None)
@given(rows=tables, options=two_window_options)
def test_two_windows_and_their_subgraphs_are_their_slow_twin(rows, options):
    slow_twin.check_two_windows(rows, options, in_two_windows(rows, options))


@needs_real_data
def test_on_real_data_the_fast_pairs_are_those_of_the_narrow_window():
    """With the package's answers for 10 seconds: within the 60-second run they are what flag_speed_share can mark."""
    options = PairOptions(60, 2, reading=Reading.COORTWEET, fast_seconds=10)
    with reading_of(REAL_DATA / "russian_coord_tweets.csv.gz", keep_repeats=True) as (workspace, report):
        _, quick, edges = two_windows(workspace, report, options)
    expected = duckdb.execute(
        "SELECT object_id, content_id, content_id_y, account_id, account_id_y, time_delta FROM read_csv(?)",
        [str(REAL_DATA / "russian.tw10.mp2.pairs.csv.gz")],
    ).fetchall()
    assert {Pair(*row) for row in expected} <= set(quick)
    assert all(pair.seconds_apart <= 10 for pair in quick)
    assert sum(narrow[0] for _, narrow, _ in edges.values() if narrow[0]) == len(quick)


@settings(max_examples=8, deadline=None)
@given(rows=tables, data=st.data())
def test_order_repetition_and_threads_mean_nothing_in_the_sound_reading(rows, data):
    by_post = {(row.object_id, row.post_id): row for row in rows}
    rows = list(by_post.values())
    options = PairOptions(10, 1)
    again = [*data.draw(st.permutations(rows)), *rows[:3]]
    assert detect(again, options, threads=2) == detect(rows, options)


@needs_real_data
@pytest.mark.parametrize(("window", "participation"), [(10, 2), (60, 1), (60, 2), (60, 10)])
def test_real_data_gives_the_packages_own_answers(window, participation):
    options = PairOptions(window, participation, reading=Reading.COORTWEET)
    pairs, edges, _ = pairs_and_edges(REAL_DATA / "russian_coord_tweets.csv.gz", options)
    stem = str(REAL_DATA / f"russian.tw{window}.mp{participation}")
    expected = duckdb.execute(
        "SELECT object_id, content_id, content_id_y, account_id, account_id_y, time_delta FROM read_csv(?)",
        [stem + ".pairs.csv.gz"],
    ).fetchall()
    assert pairs == sorted(Pair(*row) for row in expected)
    # igraph numbers its vertices and may give the ends of an undirected edge in either order.
    expected_edges = duckdb.execute(
        """SELECT least("from", "to"), greatest("from", "to"), weight, avg_time_delta, n_content_id, n_content_id_y
        FROM read_csv(?)""",
        [stem + ".edges.csv.gz"],
    ).fetchall()
    assert rounded(edges) == rounded({(row[0], row[1]): row[2:] for row in expected_edges})


def test_an_object_too_popular_to_list_is_counted_exactly():
    rows = [Share("viral", f"a{number}", f"p{number}", NOON + number % 7) for number in range(60)]
    rows += [Share("quiet", "a1", "q1", NOON), Share("quiet", "a2", "q2", NOON + 1)]
    options = PairOptions(3, 1, most_pairs_per_object=100)
    pairs, edges, popular = detect(rows, options)
    listed = slow_twin.sound_pairs(rows, window_seconds=3, min_participation=1)
    assert popular == [("viral", 60, 60, sum(pair.object_id == "viral" for pair in listed))]
    assert [pair.object_id for pair in pairs] == ["quiet"]
    assert list(edges) == [("a1", "a2")]


def test_the_subgraph_keeps_edges_over_the_quantile():
    rows = [Share(f"o{number}", account, f"{account}{number}", NOON + 100 * number)
            for number in range(4) for account in ("a", "b")]  # fmt: skip
    rows += [Share("o0", "c", "c0", NOON + 1)]
    _, edges, _ = detect(rows, PairOptions(10, 1, subgraph=Subgraph.ABOVE_THRESHOLD))
    assert list(edges) == [("a", "b")]


def test_options_that_make_no_sense_are_all_named():
    with pytest.raises(BadOption) as caught:
        PairOptions(-1, -2, 3.0, Subgraph.FAST, most_pairs_per_object=0)
    assert len(str(caught.value).splitlines()) == 5
    with pytest.raises(BadOption, match="fast window"):
        PairOptions(10, fast_seconds=11)
