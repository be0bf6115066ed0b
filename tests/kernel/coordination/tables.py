"""Small inputs for tests, written as files and read back by the engine."""

import csv
import os
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.kernel.coordination.slow_twin import Pair, Share

from counterpoint.kernel.coordination.layers import layers_for_pairs, make_shares
from counterpoint.kernel.coordination.pairs import PairOptions, Reading, make_pairs
from counterpoint.kernel.coordination.reading import find_files, read_posts
from counterpoint.kernel.coordination.steps import Workspace

REPOSITORY = Path(__file__).parents[3]
REAL_DATA = Path(os.environ.get("COUNTERPOINT_SHARED_DATA", REPOSITORY.parent / "shared" / "data")) / "coordination"

needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(),
    reason="the data of docs/guides/coordination.md is not beside this checkout; see COUNTERPOINT_SHARED_DATA",
)


def write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def write_shares(path: Path, shares: Iterable[Share]) -> Path:
    return write_csv(
        path,
        [{"object_id": share.object_id, "account_id": share.account_id, "content_id": share.post_id,
          "timestamp_share": share.at_seconds} for share in shares],
    )  # fmt: skip


@contextmanager
def reading_of(source: Path, **options):
    with TemporaryDirectory() as folder, Workspace(threads=options.pop("threads", 1)) as workspace:
        report = read_posts(workspace, find_files(source, link_dir=Path(folder)), **options)
        yield workspace, report


def two_windows(workspace: Workspace, report, options: PairOptions):
    """Pairs and fast pairs as sorted lists, and edges: by accounts, what they weigh in the wide and the fast window."""
    make_shares(workspace, layers_for_pairs(report), label="account_id")
    make_pairs(workspace, options, label="account_id")
    rows = workspace.rows("SELECT object_id, post_a, post_b, account_a, account_b, seconds_apart, fast FROM pairs")
    columns = f"{EDGE_COLUMNS}, {EDGE_COLUMNS.replace(',', '_fast,')}_fast, fast_a, fast_b"
    edges = {
        (row[0], row[1]): (row[2:8], row[8:14], row[14:])
        for row in workspace.rows(f"SELECT account_a, account_b, {columns} FROM edges")
    }
    return sorted(Pair(*row[:6]) for row in rows), sorted(Pair(*row[:6]) for row in rows if row[6]), edges


EDGE_COLUMNS = "weight, avg_seconds_apart, posts_a, posts_b, symmetry, above_threshold"


def pairs_and_edges(source: Path, options: PairOptions, *, threads: int = 1):
    """Pairs as a sorted list, edges by their accounts, and what was summarised."""
    compat = options.reading is Reading.COORTWEET
    with reading_of(source, keep_repeats=compat, threads=threads) as (workspace, report):
        make_shares(workspace, layers_for_pairs(report), label="account_id")
        make_pairs(workspace, options, label="account_id")
        pairs = [Pair(*row) for row in workspace.rows(
            "SELECT object_id, post_a, post_b, account_a, account_b, seconds_apart FROM pairs")]  # fmt: skip
        edges = {(row[0], row[1]): row[2:] for row in workspace.rows(
            "SELECT account_a, account_b, weight, avg_seconds_apart, posts_a, posts_b FROM edges")}  # fmt: skip
        popular = workspace.rows("SELECT object_id, posts, accounts, pairs_within_window FROM popular_objects")
    return sorted(pairs), edges, popular
