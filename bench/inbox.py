"""The inbox and a case page at a thousand and at a million referrals: what a page costs must not grow with the town.

`python -m bench.inbox [--large N] [--pages N] [--database sqlite|postgresql]`
Both sizes stand side by side, each with databases and web workers of its own, and are asked in turns. The pages are
those of a real session over HTTP, with the gate, the templates and, for a case, the audited read. Cases that are opened
were made by the services; the rest are rows straight into the tables (`bench.filling`). A million take minutes to make
and some gigabytes of disk, deleted afterwards.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.deployment import Deployment, a_deployment
from tests.servers import running_postgres

from bench.measuring import Post, Run, closed_loop, median_of, print_machine, print_table

GOAL = 1.3
SMALL = 1_000
_CASES = 20
_ROUNDS = 5
_FILTERS = ("?assigned=me", "?state=new&kind=concern", "?urgency=same_day")


@dataclass
class Size:
    """One deployment with so many referrals, and its pages."""

    referrals: int
    deployment: Deployment
    session: str
    cases: list[str]
    runs: dict[str, list[Run]] = field(default_factory=lambda: {"inbox": [], "inbox with filters": [], "case page": []})

    def measure(self, pages: int) -> None:
        ways = {
            "inbox": ["/desk/inbox/"],
            "inbox with filters": [f"/desk/inbox/{filters}" for filters in _FILTERS],
            "case page": [f"/desk/cases/{case}/" for case in self.cases],
        }
        headers = {"Cookie": f"desk_session={self.session}"}
        for name, paths in ways.items():
            asked = [Post(paths[n % len(paths)], b"", headers, method="GET", expected=200) for n in range(pages)]
            run = closed_loop(self.deployment.port, asked, clients=1)
            if run.refused:
                raise SystemExit(f"{name}: {run.refused} of {pages} pages were refused")
            self.runs[name].append(run)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.inbox")
    asked.add_argument("--large", type=int, default=1_000_000)
    asked.add_argument("--pages", type=int, default=100, help="of each kind in each of five rounds")
    asked.add_argument("--database", choices=["sqlite", "postgresql"])
    given = asked.parse_args()
    print_machine()
    rows: list[list[str]] = []
    for database in [given.database] if given.database else ["postgresql", "sqlite"]:
        with ExitStack() as opened:
            sizes = [opened.enter_context(_size(database, count)) for count in (SMALL, given.large)]
            for size in sizes:
                size.measure(10)  # templates, pack and connections are there
                size.runs = {name: [] for name in size.runs}
            for _ in range(_ROUNDS):
                for size in sizes:
                    size.measure(given.pages)
            rows += _rows(database, *sizes)
    print_table(["database and page", "referrals", "median ms", "p95 ms", "ratio of p95", "goal"], rows)


def _rows(database: str, small: Size, large: Size) -> Iterator[list[str]]:
    for name in small.runs:
        floor = median_of(small.runs[name], lambda run: run.p95_ms)
        for size in (small, large):
            p95 = median_of(size.runs[name], lambda run: run.p95_ms)
            median = median_of(size.runs[name], lambda run: sorted(run.seconds)[len(run.seconds) // 2] * 1000)
            is_large = size is large
            ratio = [f"{p95 / floor:.2f}", f"{GOAL:.2f}"] if is_large else ["", ""]
            yield [f"{database}: {name}", f"{size.referrals}", f"{median:.0f}", f"{p95:.0f}", *ratio]


@contextmanager
def _size(database: str, referrals: int) -> Iterator[Size]:
    with ExitStack() as opened:
        postgres = opened.enter_context(running_postgres()).address if database == "postgresql" else None
        deployment = opened.enter_context(a_deployment(postgres, job_workers=0, web_workers=1))
        told = json.loads(_inside(deployment, "desk", _CASES))
        print(f"{database}: filling up to {referrals} referrals", file=sys.stderr, flush=True)
        _inside(deployment, "fill", referrals)
        deployment.start()
        yield Size(referrals, deployment, told["session"], told["cases"])


def _inside(deployment: Deployment, command: str, count: int) -> bytes:
    given = [sys.executable, "-m", "bench.inside", command, str(count)]
    return subprocess.run(given, env=deployment.environment, check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main()
