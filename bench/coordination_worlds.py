"""How accurate validated co-sharing is, by tactic, over seeds that it was not made on; and on given labelled worlds.

`python -m bench.coordination_worlds [--seeds 101,102] [--organic 2500] [--accounts 20] [--worlds FOLDER]`. Precision, recall and
organic accounts named, by account, with 95 % Wilson intervals (accounts of a campaign stand or fall together, so these are
too narrow). --without: columns not to be read, to see what carries the result. FOLDER holds NAME.parquet and NAME.truth.json.
"""

# ruff: noqa: E501 - scripts, queries and rows of a table stand on their lines

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.measuring import print_machine, print_table
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.run import RunOptions, detect
from counterpoint.kernel.coordination.scoring import Score, Share, score
from counterpoint.kernel.coordination.worlds import TACTICS, Campaign, Scenario, make_world

LANGUAGES = (
    {"latin": 1.0},
    {"cyrillic": 1.0, "arabic": 1.0},
    {"han": 1.0},
    {"latin": 1.0, "arabic": 1.0, "cyrillic": 1.0, "han": 1.0},
)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.coordination_worlds")
    asked.add_argument("--seeds", default="101,102,103,104")
    asked.add_argument("--organic", type=int, default=2500)
    asked.add_argument("--accounts", type=int, default=20)
    asked.add_argument("--without", default="")
    asked.add_argument("--worlds", type=Path)
    given = asked.parse_args()
    print_machine()
    without = tuple(part for part in given.without.split(",") if part)
    scores = _given_worlds(given.worlds, without) if given.worlds else _own_worlds(given, without)
    rows = []
    for name, (result, processor) in scores.items():
        rows += [[name, "precision", *_told(result.precision)], ["", "recall", *_told(result.recall)],
                 ["", "organic named", *_told(result.organic)], ["", "processor seconds", f"{processor:.1f}", "", ""]]  # fmt: skip
    print_table(["world", "what", "share", "95 %", "accounts"], rows)
    kinds = {kind for result, _ in scores.values() for kind in result.recalls}
    print_table(["tactic, all worlds", "recall", "95 %", "accounts"], [
        [kind, *_told(Share(sum(result.recalls[kind].found for result, _ in scores.values() if kind in result.recalls),
                            sum(result.recalls[kind].of for result, _ in scores.values() if kind in result.recalls)))]
        for kind in sorted(kinds)])  # fmt: skip


def _told(share: Share) -> list[str]:
    low, high = share.interval
    return [f"{share.value:.4f}", f"{low:.4f} to {high:.4f}", f"{share.found} of {share.of}"]


def _own_worlds(given: argparse.Namespace, without: tuple[str, ...]) -> dict[str, tuple[Score, float]]:
    scores = {}
    for place, seed in enumerate(int(part) for part in given.seeds.split(",")):
        scenario = Scenario(
            seed=seed, organic=given.organic, communities=max(4, given.organic // 250), circles=given.organic // 60, posts=8, jokes=15,
            languages=LANGUAGES[place % len(LANGUAGES)], campaigns=tuple(Campaign(tactic, given.accounts) for tactic in TACTICS),
        )  # fmt: skip
        world = make_world(scenario)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "posts.parquet"
            pq.write_table(pa.table(dict(world.posts)), source)
            labels = {account: (str(number), tactic) for account, (number, tactic) in world.truth.items()}
            scores[f"seed {seed}, {'+'.join(scenario.languages)}"] = _scored(source, labels, without)
    return scores


def _given_worlds(folder: Path, without: tuple[str, ...]) -> dict[str, tuple[Score, float]]:
    scores = {}
    for source in sorted(folder.glob("*.parquet")):
        truth = json.loads(source.with_suffix("").with_suffix(".truth.json").read_text("utf-8"))
        scores[source.stem] = _scored(
            source, {account: (str(campaign), source.stem) for account, campaign in truth.items()}, without
        )
    return scores


def _scored(source: Path, labels: Mapping[str, tuple[str, str]], without: tuple[str, ...]) -> tuple[Score, float]:
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        options = RunOptions(detectors=tuple(Detector), left_out=without)
        summary = detect(source, Path(folder), options, identifiers=Identifiers(b"", "measuring accuracy"))
        processor = time.process_time() - before
        named = set(pq.read_table(Path(folder) / "accounts.parquet").column("account_id").to_pylist())
    return score(named, labels, accounts=summary.accounts), processor


if __name__ == "__main__":
    main()
