"""How quiet validated co-sharing stays where nobody coordinates: close circles of friends, and cascades of shares.

`python -m bench.coordination_quiet [--seeds 201,202] [--accounts 230000]`. Every account named here is named wrongly.
Cascades are shares without words: heavy-tailed activity and popularity, communities, and neighbourhoods with things of
their own, from which a growing part of all shares comes. No real cascade of that size is part of the project.
"""

# ruff: noqa: E501 - rows of a table stand on their lines

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.measuring import print_machine, print_table
from counterpoint.kernel.coordination.findings import Detector
from counterpoint.kernel.coordination.identity import Identifiers
from counterpoint.kernel.coordination.run import RunOptions, detect
from counterpoint.kernel.coordination.scoring import Share
from counterpoint.kernel.coordination.worlds import STARTS_AT, Scenario, make_world

CIRCLES = (("2 to 4 things, half taken up", (2, 4), 0.5), ("6 to 9 things, half taken up", (6, 9), 0.5),
           ("10 to 14 things, half taken up", (10, 14), 0.5), ("10 to 14 things, four in five taken up", (10, 14), 0.8))  # fmt: skip


@dataclass(frozen=True)
class Cascade:
    """local: part of all shares that are of a neighbourhood's own things; neighbours: mean size of one, things: its own;
    tail: of the accounts' activity, the smaller the heavier."""

    local: float
    neighbours: int
    things: int
    tail: float = 2.2


CASCADES = {
    "15 % of shares from neighbourhoods of 30": Cascade(0.15, 30, 12),
    "30 % from neighbourhoods of 15": Cascade(0.3, 15, 8),
    "50 % from neighbourhoods of 12": Cascade(0.5, 12, 10, 2.0),
}


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.coordination_quiet")
    asked.add_argument("--seeds", default="201")
    asked.add_argument("--accounts", type=int, default=230_000)
    given = asked.parse_args()
    print_machine()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for title, source, accounts in _sources(
            Path(folder), [int(seed) for seed in given.seeds.split(",")], given.accounts
        ):
            rows.append([title, *_named(source, accounts)])
    print_table(["what nobody plans", "accounts named", "share", "95 %", "processor s"], rows)


def _sources(folder: Path, seeds: list[int], accounts: int) -> Iterator[tuple[str, Path, int]]:
    source = folder / "posts.parquet"
    for seed in seeds:
        for title, things, participation in CIRCLES:
            scenario = Scenario(seed=seed, organic=20_000, communities=400, circles=600, circle_things=things, circle_participation=participation,
                                posts=8, jokes=15)  # fmt: skip
            pq.write_table(pa.table(dict(make_world(scenario).posts)), source)
            yield f"seed {seed}: 600 circles of 4 to 8 among 20,000, {title}", source, 20_000
        for title, shape in CASCADES.items():
            pq.write_table(_cascade(seed, accounts, shape), source)
            yield f"seed {seed}: cascade, {title}", source, accounts


def _cascade(seed: int, accounts: int, shape: Cascade) -> pa.Table:
    chance = np.random.default_rng(seed)
    account = np.repeat(
        np.arange(accounts), np.minimum((chance.pareto(shape.tail - 1, size=accounts) + 1).astype(int), 400)
    )
    hoods = accounts // shape.neighbours
    weight = chance.pareto(1.5, size=hoods) + 1
    hood = chance.choice(hoods, size=accounts, p=weight / weight.sum())[account]
    community = chance.choice(200, size=hoods, p=_zipf(200, 1.0))[hood]
    draw = chance.random(account.size)
    shared = np.where(
        draw < shape.local + 0.35,
        10**6 + community * 400 + _drawn(400, 1.0, account.size, chance),
        _drawn(30_000, 1.2, account.size, chance),
    )
    shared = np.where(
        draw < shape.local, 10**7 + hood * shape.things + _drawn(shape.things, 0.8, account.size, chance), shared
    )
    which, place = np.unique(shared, return_inverse=True)
    at = (
        STARTS_AT + chance.random(which.size)[place] * 500_000 + chance.lognormal(np.log(7200), 1.6, size=account.size)
    ).astype(int)
    return pa.table({"object_id": [f"o{name}" for name in shared], "account_id": [f"u{name}" for name in account],
                     "content_id": [f"p{name}" for name in range(account.size)], "timestamp_share": at})  # fmt: skip


def _zipf(size: int, power: float) -> NDArray[np.float64]:
    weight = 1.0 / (np.arange(size) + 1.0) ** power
    return np.asarray(weight / weight.sum())


def _drawn(size: int, power: float, number: int, chance: np.random.Generator) -> NDArray[np.int64]:
    return np.asarray(
        np.searchsorted(np.cumsum(_zipf(size, power)), chance.random(number)).clip(max=size - 1), dtype=np.int64
    )


def _named(source: Path, accounts: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        detect(
            source,
            Path(folder),
            RunOptions(detectors=(Detector.VALIDATED,)),
            identifiers=Identifiers(b"", "measuring accuracy"),
        )
        processor = time.process_time() - before
        named = len(set(pq.read_table(Path(folder) / "accounts.parquet").column("account_id").to_pylist()))
    share = Share(named, accounts)
    return [
        f"{named} of {accounts:,}",
        f"{share.value:.5f}",
        "{:.5f} to {:.5f}".format(*share.interval),
        f"{processor:.1f}",
    ]


if __name__ == "__main__":
    main()
