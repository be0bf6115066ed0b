"""Window pairs beside coordination-network-toolkit and a plain reference of CooRTweet's definition, in one run, and on Spark
where it is installed.

`python -m bench.coordination_pairs [--posts N …] [--csv] [--peer PYTHON] [--skip-peers] [--spark-master MASTER] [--skip-spark]`.
Several N show what a post costs in larger tables (as Parquet, or as CSV): objects and accounts grow with the posts. PYTHON is an interpreter of an
environment of its own with coordination-network-toolkit in it (`python -m venv build/bench-peers` and pip there); it is
a peer, never imported here. Each case runs in a process of its own: wall seconds, processor seconds and memory are that
process's, after its imports. On a busy machine compare processor seconds. For Spark its start and what Java used
are counted, its memory is not.
"""

# ruff: noqa: E501 - scripts, queries and rows of a table stand on their lines

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import duckdb

from bench.measuring import print_machine, print_table

WINDOW = 60

OURS = """
import contextlib, json, resource, sys, time
from pathlib import Path
with contextlib.suppress(ImportError):
    import pandas  # pyarrow loads it on first use where it is installed: start-up, not work
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.pairs import PairOptions
from counterpoint.kernel.coordination.run import RunOptions, detect
source, out, detectors, participation, master = sys.argv[1:6]
extra = {"engine": "spark", "spark_master": master} if master else {}
wall, processor = time.perf_counter(), time.process_time()
options = RunOptions(tuple(Detector(name) for name in detectors.split(",")), PairOptions(60, int(participation)), **extra)
summary = detect(Path(source), Path(out), options, identifiers=Identifiers(b"", "measuring"))
wall, processor = time.perf_counter() - wall, time.process_time() - processor
if master:  # what Java used is known once it has ended
    from pyspark import SparkContext
    SparkContext._gateway.proc.stdin.close()
    SparkContext._gateway.proc.wait(timeout=60)
    java = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor += java.ru_utime + java.ru_stime
print(json.dumps({"wall": wall, "processor": processor,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "pairs": summary.pairs, "popular": summary.popular_objects}))
"""

TOOLKIT = """
import contextlib, io, json, resource, sqlite3, sys, time
from coordination_network_toolkit.compute_networks import compute_co_link_network
from coordination_network_toolkit.preprocess import preprocess_csv_files
source, database = sys.argv[1:3]
wall, processor = time.perf_counter(), time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    preprocess_csv_files(database, [source])
    compute_co_link_network(database, 60, n_threads=2)
took, used = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
rows = sqlite3.connect(database).execute("select user_1, user_2 from co_link_network").fetchall()
edges = {tuple(sorted(row)) for row in rows if row[0] != row[1]}
print(json.dumps({"wall": took, "processor": used, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "edges": len(edges)}))
"""

PLAIN = """
import csv, json, resource, sys, time
from collections import defaultdict
from itertools import combinations
wall, processor = time.perf_counter(), time.process_time()
shared = defaultdict(list)
with open(sys.argv[1], newline="") as handle:
    for row in csv.DictReader(handle):
        shared[row["object_id"]].append((int(row["timestamp_share"]), row["content_id"], row["account_id"]))
pairs, edges = 0, set()
for posts in shared.values():
    for one, two in combinations(posts, 2):
        if abs(one[0] - two[0]) <= 60 and one[2] != two[2]:
            pairs += 1
            edges.add((min(one[2], two[2]), max(one[2], two[2])))
print(json.dumps({"wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "pairs": pairs, "edges": len(edges)}))
"""

# Objects by falling popularity, each shared within two hours of its own moment: somewhat fewer pairs than posts.
POSTS = """SELECT 'p' || i AS content_id, 'a' || (hash(i) % {accounts}) AS account_id, 'https://site.example/' || o AS object_id,
    1600000000 + (hash(o) % 2500000)::BIGINT + (hash(i + 7) % 7200)::BIGINT AS timestamp_share
    FROM (SELECT i, floor({objects} * pow(hash(i + 17) / 18446744073709551616.0, 1.6))::INT AS o FROM range({posts}) t(i))"""
ONE_OBJECT = """SELECT 'p' || i AS content_id, 'a' || (hash(i) % 100000) AS account_id, 'one' AS object_id,
    1600000000 + (hash(i + 7) % {seconds})::BIGINT AS timestamp_share FROM range({posts}) t(i)"""
DAY = """SELECT 'p' || i AS post_id, 'a' || (hash(i) % 9000) AS account_id, 1600000000 + (hash(i + 7) % 86400)::BIGINT AS posted_at,
    'https://site.example/' || (hash(i + 17) % 9000) AS urls, '#tag' || (hash(i + 5) % 40) AS hashtags,
    'word' || (hash(i + 1) % 3000) || ' word' || (hash(i + 2) % 3000) || ' word' || (hash(i + 3) % 3000) || ' word' || (hash(i + 4) % 3000)
    || ' word' || (hash(i + 8) % 3000) || ' word' || (hash(i + 9) % 3000) AS text FROM range(40000) t(i)"""


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.coordination_pairs")
    asked.add_argument("--posts", type=int, nargs="+", default=[1_000_000])
    asked.add_argument("--csv", action="store_true")
    asked.add_argument("--peer", type=Path, default=Path("build/bench-peers/bin/python"))
    asked.add_argument("--skip-peers", action="store_true")
    asked.add_argument("--spark-master", default="local[*]")
    asked.add_argument("--skip-spark", action="store_true")
    given = asked.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows(Path(folder), given)
    print_table(["what", "wall s", "processor s", "MB", "pairs", "note"], rows)


def _rows(folder: Path, given: argparse.Namespace) -> list[list[str]]:
    database = duckdb.connect()
    first = given.posts[0]
    made = {"million": _posts(first), "day_long": ONE_OBJECT.format(posts=70_000, seconds=86_400),
            "ten_minutes": ONE_OBJECT.format(posts=40_000, seconds=600), "day": DAY}  # fmt: skip
    for name, query in made.items():
        database.execute(f"COPY ({query}) TO '{folder}/{name}.parquet'")
    database.execute(f"COPY (FROM '{folder}/million.parquet') TO '{folder}/million.csv'")
    rows = []
    cases = [
        (f"{first:,} posts, Parquet", "million.parquet", "pairs"), (f"{first:,} posts, CSV", "million.csv", "pairs"),
        ("70,000 shares of one object in a day", "day_long.parquet", "pairs"),
        ("40,000 shares of one object in ten minutes", "ten_minutes.parquet", "pairs"),
        ("a day of 40,000 posts, all detectors to report", "day.parquet", "pairs,validated,automation,hashtags,displacement"),
    ]  # fmt: skip
    for title, source, detectors in cases:
        told = _told(sys.executable, OURS, folder / source, folder / "out", detectors, 1, "")
        rows.append(_row(f"counterpoint: {title}", told, f"{told['popular']} summarised" if told["popular"] else ""))
    rows += _larger(folder, database, given.posts[1:], kind="csv" if given.csv else "parquet")
    if not given.skip_spark and find_spec("pyspark") is not None:
        for title, source, _ in (cases[0], *cases[2:4]):
            told = _told(sys.executable, OURS, folder / source, folder / "out", "pairs", 1, given.spark_master)
            rows.append(_row(f"counterpoint on Spark ({given.spark_master}): {title}", told, "start of Spark included"))
    if not given.skip_peers:
        rows += _peers(folder, database, given)
    return rows


def _larger(
    folder: Path, database: duckdb.DuckDBPyConnection, sizes: Sequence[int], *, kind: str
) -> Iterator[list[str]]:
    """The same kind of table, larger than memory allows to be held."""
    for posts in sizes:
        database.execute(f"COPY ({_posts(posts)}) TO '{folder}/larger.{kind}'")
        told = _told(sys.executable, OURS, folder / f"larger.{kind}", folder / "out", "pairs", 1, "")
        note = f"{told['wall'] / posts * 1e6:.2f} µs a post, {told['processor'] / posts * 1e6:.2f} µs of a processor"
        yield _row(f"counterpoint: {posts:,} posts, {'CSV' if kind == 'csv' else 'Parquet'}", told, note)


def _posts(posts: int) -> str:
    return POSTS.format(posts=posts, objects=posts // 25, accounts=posts // 10)


def _peers(folder: Path, database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> list[list[str]]:
    plain = _told(sys.executable, PLAIN, folder / "million.csv")
    rows = [_row("plain Python of CooRTweet's definition, CSV", plain, f"{plain['edges']} edges")]
    if given.peer.exists():
        database.execute(f"""COPY (SELECT content_id AS message_id, account_id AS user_id, '' AS username, '' AS repost_id, '' AS reply_id,
            '' AS message, timestamp_share AS timestamp, object_id AS urls FROM '{folder}/million.parquet') TO '{folder}/toolkit.csv'""")
        told = _told(str(given.peer), TOOLKIT, folder / "toolkit.csv", folder / "toolkit.sqlite")
        rows.append(_row("coordination-network-toolkit, CSV", told, f"{told['edges']} edges without its loops"))
    return rows


def _told(python: str, script: str, *arguments: object) -> dict[str, float]:
    command = [python, "-c", script, *(str(argument) for argument in arguments)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def _row(title: str, told: dict[str, float], note: str) -> list[str]:
    pairs = f"{told['pairs']:,}" if "pairs" in told else ""
    return [title, f"{told['wall']:.2f}", f"{told['processor']:.2f}", f"{told['mb']:.0f}", pairs, note]


if __name__ == "__main__":
    main()
