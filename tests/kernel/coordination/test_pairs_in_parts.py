"""Names put to pairs part by part are those that the joins put to them, in columns of the same kinds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.coordination.tables import reading_of, write_shares
from tests.kernel.coordination.test_pairs_in_memory import any_options, any_share, contents, many_shares

from counterpoint.kernel.coordination import pairs_in_parts, windows
from counterpoint.kernel.coordination.layers import layers_for_pairs, make_shares
from counterpoint.kernel.coordination.pairs import PairOptions, make_pairs
from counterpoint.kernel.coordination.steps import quoted


def both_ways(rows, options, *, label="account_id"):
    """Kinds of columns and sorted rows of the pairs: by parts, and by joins."""
    with (
        TemporaryDirectory() as folder,
        reading_of(write_shares(Path(folder) / "shares.csv", rows)) as (workspace, report),
    ):
        make_shares(workspace, layers_for_pairs(report))
        make_pairs(workspace, options, label=label)
        path = Path(folder) / "pairs.parquet"
        pairs_in_parts.write_named_pairs(workspace, path)
        assert list(Path(folder).glob("*.partial")) == []
        return contents(workspace, f"read_parquet({quoted(str(path))})"), contents(workspace, "pairs")


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(any_share, min_size=1, max_size=40), options=any_options)
def test_parts_name_what_the_joins_name(rows, options):
    by_parts, by_joins = both_ways(rows, options)
    assert by_parts == by_joins


@pytest.mark.parametrize("most", [1, 60, 10_000])
def test_the_size_of_parts_changes_nothing(monkeypatch, most):
    monkeypatch.setattr(pairs_in_parts, "MOST_PAIRS", most)
    monkeypatch.setattr(windows, "_BLOCK", 2)
    by_parts, by_joins = both_ways(many_shares(), PairOptions(20, 1))
    assert len(by_joins[1]) > 500
    assert by_parts == by_joins


def test_accounts_that_are_shown_alike_keep_their_pairs():
    by_parts, by_joins = both_ways(many_shares(), PairOptions(20, 1), label="left(account_id, 2)")
    assert any(row[3] == row[4] for row in by_joins[1])
    assert by_parts == by_joins
