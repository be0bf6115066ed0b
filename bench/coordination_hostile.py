"""What hostile input costs: every case through all detectors, file to report, in a process of its own.

`python -m bench.coordination_hostile [--scale 1.0]`. Seconds and memory are the process's, after its imports.
The same cases, scaled down, are tests/kernel/coordination/test_hostile.py.
"""

# ruff: noqa: E501 - queries and rows of a table stand on their lines

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from bench.measuring import print_machine, print_table

RUN = """
import json, resource, sys, time
from pathlib import Path
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.run import detect
wall, processor = time.perf_counter(), time.process_time()
summary = detect(Path(sys.argv[1]), Path(sys.argv[2]), identifiers=Identifiers(b"", "measuring"))
print(json.dumps({"wall": time.perf_counter() - wall, "processor": time.process_time() - processor, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "named": summary.accounts_named, "pairs": summary.pairs, "popular": summary.popular_objects, "aside": sum(summary.quarantined.values())}))
"""

WORDS = "'w' || (hash(i + 1) % 5000) || ' w' || (hash(i + 2) % 5000) || ' w' || (hash(i + 3) % 5000) || ' w' || (hash(i + 4) % 5000) || ' w' || (hash(i + 5) % 5000)"
CASES = {
    "all posts in one second": (1_000_000, f"""SELECT 'p' || i AS post_id, 'a' || (hash(i) % 100000) AS account_id, 1600000000 AS posted_at,
        'https://site.example/' || (hash(i + 9) % 30000) AS urls, {WORDS} AS text FROM range({{size}}) t(i)"""),
    "one account with a million posts": (1_000_000, f"""SELECT 'p' || i AS post_id, CASE WHEN i % 20 = 0 THEN 'a' || (hash(i) % 9000) ELSE 'one' END AS account_id,
        1600000000 + i AS posted_at, 'https://site.example/' || (hash(i + 9) % 300000) AS urls, {WORDS} AS text, '#t' || (i % 9) AS hashtags FROM range({{size}}) t(i)"""),
    "a million accounts on one object": (1_000_000, """SELECT 'p' || i AS post_id, 'a' || i AS account_id, 1600000000 + (hash(i) % 86400)::BIGINT AS posted_at,
        'https://site.example/one' AS urls, 'the same words in every one of the posts' AS text, '#one' AS hashtags, 'app' AS client FROM range({size}) t(i)"""),
    "a million accounts on three objects in ten minutes": (1_000_000, """SELECT 'p' || i || '-' || o AS post_id, 'a' || i AS account_id, 1600000000 + (hash(i + o) % 600)::BIGINT AS posted_at,
        'https://site.example/' || o AS urls FROM range({size} // 3) t(i), range(3) u(o)"""),
    "texts of a megabyte": (300, """SELECT 'p' || i AS post_id, 'a' || (i % 50) AS account_id, 1600000000 + i AS posted_at,
        repeat('w' || (i % 90) || ' and other words ' || i || ' ', 50000) AS text FROM range({size}) t(i)"""),
    "texts that differ by one word": (200_000, """SELECT 'p' || i AS post_id, 'a' || (i % 40000) AS account_id, 1600000000 + i AS posted_at,
        'breaking news from the town of northmoor number ' || i AS text FROM range({size}) t(i)"""),
    "a hundred links and tags in every post": (20_000, """SELECT 'p' || i AS post_id, 'a' || (i % 5000) AS account_id, 1600000000 + i AS posted_at,
        [('https://site.example/' || (hash(i * 100 + k) % 200000)) FOR k IN range(100)] AS urls, [('#t' || (hash(i * 100 + k) % 3000)) FOR k IN range(100)] AS hashtags FROM range({size}) t(i)"""),
}  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.coordination_hostile")
    asked.add_argument("--scale", type=float, default=1.0)
    asked.add_argument("--only", default="")
    given = asked.parse_args()
    print_machine()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "posts.parquet"
        for title, (size, query) in CASES.items():
            if given.only not in title:
                continue
            duckdb.execute(f"COPY ({query.format(size=int(size * given.scale))}) TO '{source}'")
            told = subprocess.run(
                [sys.executable, "-c", RUN, str(source), f"{folder}/out"], check=True, stdout=subprocess.PIPE
            ).stdout
            cost = json.loads(told)
            rows.append([title, f"{cost['wall']:.1f}", f"{cost['processor']:.1f}", f"{cost['mb']:.0f}", f"{cost['pairs']:,}",
                         str(cost["popular"]), str(cost["named"])])  # fmt: skip
            print(rows[-1], file=sys.stderr, flush=True)
    print_table(["what", "wall s", "processor s", "MB", "pairs listed", "objects summarised", "accounts named"], rows)


if __name__ == "__main__":
    main()
