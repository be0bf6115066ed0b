"""Input that is meant to do harm, scaled down; bench/coordination_hostile.py has the full sizes."""

# ruff: noqa: E501 - queries stand on their lines
import json

import duckdb
import pyarrow.parquet as pq
import pytest
from bench.coordination_hostile import CASES
from tests.kernel.coordination.tables import write_csv

from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.pairs import PairOptions
from counterpoint.kernel.coordination.run import RESULTS, RunOptions, detect

SHOWN = Identifiers(b"", purpose="a test")
SMALL = RunOptions(memory_mb=500, threads=1, pairs=PairOptions(most_pairs_per_object=20_000))
SIZES = {
    "texts of a megabyte": 12,
    "texts that differ by one word": 4000,
    "a hundred links and tags in every post": 300,
}


@pytest.mark.parametrize("title", CASES)
def test_it_ends_within_bounds_and_names_nobody(tmp_path, title):
    size, query = SIZES.get(title, 6000), CASES[title][1]
    duckdb.execute(f"COPY ({query.format(size=size)}) TO '{tmp_path / 'posts.parquet'}'")
    summary = detect(tmp_path / "posts.parquet", tmp_path / "out", SMALL, identifiers=SHOWN)
    assert summary.accounts_named == 0
    assert summary.used == summary.rows
    assert summary.pairs <= 200_000
    if "one object" in title or "three objects" in title:
        assert (summary.pairs, summary.popular_objects) == (0, 1 if "one" in title else 3)
    assert (tmp_path / "out" / "report.html").stat().st_size < 2_000_000


def test_names_and_cells_reach_no_path_and_no_formula(tmp_path):
    """No result is a table that a spreadsheet runs, and no name of the input becomes a path."""
    names = ["../../up", "/etc/passwd", "C:\\run", "=1+1", "+cmd", "@SUM(A1)", "-2", "a\tb", "\u202eflip", "x" * 5000]
    rows = [{"post_id": f"{name}{thing}", "account_id": name, "posted_at": 1_600_000_000 + 4000 * thing + place, "text": f"=HYPERLINK({thing}) the very same words here",
             "urls": f"https://one.example/{thing}/../../%2e%2e/x", "hashtags": "#../up", "client": "=app"} for thing in range(12) for place, name in enumerate(names)]  # fmt: skip
    rows += [{"post_id": f"o{number}", "account_id": f"o{number % 300}", "posted_at": 1_600_000_000 + 777 * number, "urls": f"https://two.example/{number % 200}",
              "text": f"words of {number} and {number * 7 % 311}", "client": "web"} for number in range(1500)]  # fmt: skip
    inside = tmp_path / "inside"
    inside.mkdir()
    out = inside / "out"
    summary = detect(write_csv(inside / "=posts ..%2f.csv", rows), out, identifiers=SHOWN)
    assert summary.accounts_named >= len(names)
    assert set(pq.read_table(out / "accounts.parquet").column("account_id").to_pylist()) >= set(names)
    assert {path.name for path in tmp_path.iterdir()} == {"inside"}
    assert {path.name for path in inside.iterdir()} == {"out", "=posts ..%2f.csv"}
    assert {path.name for path in out.iterdir() if path.is_file()} <= {*RESULTS, "progress.json"}
    assert not [name for name in RESULTS if name.endswith((".csv", ".tsv", ".xlsx"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"post_id,account_id,posted_at,text\n1,a,1600000000,\xff\xfe\xfa\n2,b,1600000001,fine\n", "broken_utf8"),
        (b"post_id,account_id,posted_at,text\n1,a,99999999999999,x\n2,b,1600000001,fine\n", "time_out_of_range"),
        (b"post_id,account_id,posted_at,text\n1,a,-9223372036854775808,x\n2,b,1600000001,fine\n", "time_out_of_range"),
        (b"post_id,account_id,posted_at,text\n1,a,1e400,x\n2,b,1600000001,fine\n", "no_time"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_rest_goes_on(tmp_path, content, reason):
    source = tmp_path / "posts.csv"
    source.write_bytes(content)
    summary = detect(source, tmp_path / "out", RunOptions(tuple(Detector)), identifiers=SHOWN)
    assert (summary.used, dict(summary.quarantined)) == (1, {reason: 1})
    told = pq.read_table(tmp_path / "out" / "quarantine.parquet").to_pylist()
    assert json.dumps(told).count(reason) == 1
    assert told[0]["remedy"]
