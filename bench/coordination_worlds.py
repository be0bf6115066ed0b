"""How accurate coordination detection is, by tactic, over seeds that it was not made on; and on given labelled worlds.

`python -m bench.coordination_worlds [--seeds 101,102] [--organic 2500] [--accounts 20] [--worlds FOLDER] [--ablation]`.
Precision, recall and organic accounts named, by account, with 95 % Wilson intervals (accounts of a campaign stand or fall
together, so these are too narrow). --without: columns not to be read. --ablation: each world as it is, and again with
tags, clients and identifiers taken away, to see what carries the result. FOLDER holds NAME.parquet and NAME.truth.json.
"""

# ruff: noqa: E501 - scripts, queries and rows of a table stand on their lines

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.measuring import print_machine, print_table
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.run import RunOptions, detect
from counterpoint.kernel.coordination.scoring import Score, Share, score
from counterpoint.kernel.coordination.worlds import TACTICS, Campaign, Scenario, make_world

Labels = Mapping[str, tuple[str, str]]  # account -> campaign, tactic
World = tuple[str, Path, Labels]

LANGUAGES = (
    {"latin": 1.0},
    {"cyrillic": 1.0, "arabic": 1.0},
    {"han": 1.0},
    {"latin": 1.0, "arabic": 1.0, "cyrillic": 1.0, "han": 1.0},
)


@dataclass(frozen=True)
class Scored:
    """By account: everything that the detectors name, and what validated co-sharing names alone."""

    together: Score
    validated: Score
    processor: float


@dataclass(frozen=True)
class Variant:
    """A world with something taken away. renamed: accounts and posts under new names drawn by chance, rows shuffled."""

    without: tuple[str, ...] = ()
    renamed: bool = False


ABLATION = {
    "as it is": Variant(),
    "tags and clients not read": Variant(without=("hashtags", "client")),
    "accounts and posts renamed, rows shuffled": Variant(renamed=True),
    "all of these": Variant(without=("hashtags", "client"), renamed=True),
    "links not read": Variant(without=("urls",)),
    "texts not read": Variant(without=("text",)),
}


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.coordination_worlds")
    asked.add_argument("--seeds", default="101,102,103,104")
    asked.add_argument("--organic", type=int, default=2500)
    asked.add_argument("--accounts", type=int, default=20)
    asked.add_argument("--without", default="")
    asked.add_argument("--worlds", type=Path)
    asked.add_argument("--ablation", action="store_true")
    given = asked.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        worlds = _given_worlds(given.worlds) if given.worlds else _own_worlds(given, Path(folder) / "posts.parquet")
        if given.ablation:
            _print_ablation(worlds)
        else:
            without = tuple(part for part in given.without.split(",") if part)
            _print_scores({name: _scored(source, labels, Variant(without)) for name, source, labels in worlds})


def _print_scores(scores: Mapping[str, Scored]) -> None:
    rows = []
    for name, scored in scores.items():
        result = scored.together
        rows += [[name, "precision", *_told(result.precision)], ["", "recall", *_told(result.recall)],
                 ["", "organic named", *_told(result.organic)], ["", "processor seconds", f"{scored.processor:.1f}", "", ""]]  # fmt: skip
    print_table(["world", "what", "share", "95 %", "accounts"], rows)
    found = [scored.together.recalls for scored in scores.values()]
    kinds = sorted({kind for recalls in found for kind in recalls})
    print_table(["tactic, all worlds", "recall", "95 %", "accounts"], [
        [kind, *_told(Share(sum(recalls[kind].found for recalls in found if kind in recalls),
                            sum(recalls[kind].of for recalls in found if kind in recalls)))]
        for kind in kinds])  # fmt: skip


def _print_ablation(worlds: Iterator[World]) -> None:
    rows = []
    for name, source, labels in worlds:
        for title, variant in ABLATION.items():
            if not variant.without or set(variant.without) & set(pq.read_schema(source).names):
                scored = _scored(source, labels, variant)
                rows.append([name, title, *_in_short(scored.together), *_in_short(scored.validated)])
    both = ["precision / recall", "organic named"]
    print_table(["world", "variant", *both, *[f"{what}, validated alone" for what in both]], rows)


def _in_short(result: Score) -> list[str]:
    return [
        f"{result.precision.value:.4f} / {result.recall.value:.4f}",
        f"{result.organic.found} of {result.organic.of}",
    ]


def _told(share: Share) -> list[str]:
    low, high = share.interval
    return [f"{share.value:.4f}", f"{low:.4f} to {high:.4f}", f"{share.found} of {share.of}"]


def _own_worlds(given: argparse.Namespace, source: Path) -> Iterator[World]:
    for place, seed in enumerate(int(part) for part in given.seeds.split(",")):
        scenario = Scenario(
            seed=seed, organic=given.organic, communities=max(4, given.organic // 250), circles=given.organic // 60, posts=8, jokes=15,
            languages=LANGUAGES[place % len(LANGUAGES)], campaigns=tuple(Campaign(tactic, given.accounts) for tactic in TACTICS),
        )  # fmt: skip
        world = make_world(scenario)
        pq.write_table(pa.table(dict(world.posts)), source)
        labels = {account: (str(number), tactic) for account, (number, tactic) in world.truth.items()}
        yield f"seed {seed}, {'+'.join(scenario.languages)}", source, labels


def _given_worlds(folder: Path) -> Iterator[World]:
    for source in sorted(folder.glob("*.parquet")):
        truth = json.loads(source.with_suffix("").with_suffix(".truth.json").read_text("utf-8"))
        yield source.stem, source, {account: (str(campaign), source.stem) for account, campaign in truth.items()}


def _scored(source: Path, labels: Labels, variant: Variant) -> Scored:
    with tempfile.TemporaryDirectory() as folder:
        if variant.renamed:
            source, labels = _renamed(source, labels, Path(folder) / "renamed.parquet")
        before = time.process_time()
        options = RunOptions(detectors=tuple(Detector), left_out=variant.without)
        summary = detect(source, Path(folder) / "out", options, identifiers=Identifiers(b"", "measuring accuracy"))
        processor = time.process_time() - before
        named = pq.read_table(Path(folder) / "out" / "accounts.parquet", columns=["account_id", "detector"]).to_pylist()
    together, alone = (
        score({row["account_id"] for row in named if row["detector"] in which}, labels, accounts=summary.accounts)
        for which in (set(Detector), {Detector.VALIDATED})
    )
    return Scored(together, alone, processor)


def _renamed(source: Path, labels: Labels, target: Path) -> tuple[Path, Labels]:
    """The same posts in another order, under names that hold nothing of the old ones."""
    chance = np.random.default_rng(1)
    table = pq.read_table(source)
    table = table.take(chance.permutation(table.num_rows))
    accounts = sorted(set(table.column("account_id").to_pylist()) | labels.keys())
    drawn = chance.choice(10**9, size=len(accounts), replace=False)
    names = {account: f"n{number}" for account, number in zip(accounts, drawn, strict=True)}
    renamed = [names[account] for account in table.column("account_id").to_pylist()]
    posts = [f"q{number}" for number in chance.permutation(table.num_rows)]
    for column, values in (("account_id", renamed), ("post_id", posts)):
        table = table.set_column(table.schema.get_field_index(column), column, pa.array(values))
    pq.write_table(table, target)
    return target, {names[account]: label for account, label in labels.items()}


if __name__ == "__main__":
    main()
