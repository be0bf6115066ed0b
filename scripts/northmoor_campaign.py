"""Makes examples/northmoor/campaign: a made-up fortnight of posts with two campaigns in it, and what is found.

`python -m scripts.northmoor_campaign`. The demo stores both as a worker would have, so that it need not wait for a run.
Accounts in the outcome are hashed under KEY, which the demo gives the snapshot as its own."""

import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from counterpoint.campaigns.apart import FAILURE, OUTCOME
from counterpoint.config.northmoor.campaign import FOLDER, KEY, OUTCOME_FILE, POSTS_FILE
from counterpoint.kernel.coordination.worlds import make_world, scenario_of

SCENARIO = {
    "seed": 20,
    "organic": 150,
    "posts": 5,
    "days": 14,
    "communities": 5,
    "circles": 4,
    "bursts": 1,
    "jokes": 6,
    "campaigns": [{"tactic": "spread", "accounts": 10}, {"tactic": "same_minute", "accounts": 7}],
}
WHAT = {"detectors": ["pairs", "validated", "automation", "hashtags"], "window_seconds": 60, "min_participation": 2}


def main() -> None:
    posts = _posts()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "posts.csv").write_bytes(posts)
        outcome = _found(Path(folder))
    FOLDER.mkdir(parents=True, exist_ok=True)
    _put(FOLDER / POSTS_FILE, posts)
    _put(FOLDER / OUTCOME_FILE, json.dumps(outcome).encode())
    print(f"{len(outcome['findings'])} findings of {outcome['facts']['accounts']} accounts in {FOLDER}")


def _posts() -> bytes:
    world = make_world(scenario_of(SCENARIO))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*world.posts, "platform"])
    writer.writerows((*row, "chirper") for row in zip(*world.posts.values(), strict=True))
    return text.getvalue().encode()


def _found(folder: Path) -> dict[str, Any]:
    parameters = {**WHAT, "acts": []}
    job = {"kind": "detect", "folder": str(folder), "posts": "posts.csv", "key": KEY, "mapping": {}, "things": [],
           "parameters": parameters, "memory_mb": 1000, "cpu_seconds": 600}  # fmt: skip
    command = [sys.executable, "-m", "counterpoint.campaigns.apart"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own module
        if process.stdin is not None:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        if process.wait() != 0:
            raise SystemExit((folder / FAILURE).read_text("utf-8"))
    found: dict[str, Any] = json.loads((folder / OUTCOME).read_text("utf-8"))
    return found


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    main()
