"""Referrals per second: the final send of a form, beside a bare Django view that writes as many rows.

`python -m bench.referrals [--forms N] [--clients N] [--rounds N] [--database sqlite|postgresql]`
Floor and ours are asked in turns, many short rounds of both, each first in every second one, in the same databases'
server, behind the same gunicorn (2 sync workers). The ratio is the median of the rounds' own ratios, with their
quartiles: what else the machine does meets both of a round, seldom one of them. Once more at the end with the receipt's
slow hash within the send, which a reporter does not meet (it is worked out while the answers are checked).
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deployment import Deployment, a_deployment
from tests.servers import free_port, running_postgres

from bench.measuring import Post, Run, closed_loop, median_of, print_machine, print_table
from counterpoint.config.serve import web_command

_TOKEN = "a" * 32
_KIND = {"Content-Type": "application/x-www-form-urlencoded"}
_WARM_UP = 20
GOAL = 0.70


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.referrals")
    asked.add_argument("--forms", type=int, default=100, help="of each round")
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--rounds", type=int, default=12)
    asked.add_argument("--database", choices=["sqlite", "postgresql"])
    given = asked.parse_args()
    print_machine()
    rows: list[list[str]] = []
    for database in [given.database] if given.database else ["sqlite", "postgresql"]:
        with _deployment(database) as deployment:
            rows += _measured(database, deployment, given.forms, given.clients, given.rounds)
    head = ["database and what", "sent/s", "p95 ms", "ratio of sent/s", "quartiles", "goal"]
    print_table(head, [row + [""] * (len(head) - len(row)) for row in rows])


def _measured(database: str, deployment: Deployment, forms: int, clients: int, rounds: int) -> list[list[str]]:
    floors: list[Run] = []
    ours: list[Run] = []
    with _bare(deployment, forms * rounds + _WARM_UP) as (port, drafts):
        deployment.start()

        def bare_posts(count: int) -> list[Post]:
            return [_bare_post(drafts.pop()) for _ in range(count)]

        def our_posts(count: int, command: str = "prepared_forms") -> list[Post]:
            return [_our_post(secret) for secret in _inside(deployment, command, count)]

        closed_loop(port, bare_posts(_WARM_UP), clients=clients)
        closed_loop(deployment.port, our_posts(_WARM_UP), clients=clients)
        for number in range(rounds):
            pair = [(floors, port, bare_posts(forms)), (ours, deployment.port, our_posts(forms))]
            for runs, at, posts in pair if number % 2 else reversed(pair):
                runs.append(closed_loop(at, posts, clients=clients))
        within = closed_loop(deployment.port, our_posts(forms, "forms"), clients=clients)
    _check([*floors, *ours, within])
    ratios = [mine.per_second / floor.per_second for floor, mine in zip(floors, ours, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return [
        _row(f"{database}: bare view", floors),
        [*_row(f"{database}: ours", ours), f"{middle:.2f}", f"{low:.2f} to {high:.2f}", f"{GOAL:.2f}"],
        _row(f"{database}: ours, hash within", [within]),
    ]


def _row(name: str, runs: list[Run]) -> list[str]:
    sent, p95 = median_of(runs, lambda run: run.per_second), median_of(runs, lambda run: run.p95_ms)
    return [name, f"{sent:.0f}", f"{p95:.0f}"]


def _check(runs: list[Run]) -> None:
    refused = sum(run.refused for run in runs)
    if refused:
        raise SystemExit(
            f"{refused} of {sum(len(run.seconds) for run in runs)} sends were not answered as they should be"
        )


def _our_post(secret: str) -> Post:
    cookies = f"form_concern_public={secret}; csrftoken={_TOKEN}"
    body = f"csrfmiddlewaretoken={_TOKEN}".encode()
    return Post("/en/report/concern_public/check-answers", body, {**_KIND, "Cookie": cookies})


def _bare_post(draft: str) -> Post:
    return Post("/send", f"draft={draft}&answer={'x' * 900}".encode(), _KIND)


@contextmanager
def _deployment(database: str) -> Iterator[Deployment]:
    if database == "sqlite":
        with a_deployment(job_workers=0) as deployment:
            yield deployment
        return
    with running_postgres() as postgres, a_deployment(postgres.address, job_workers=0) as deployment:
        yield deployment


@contextmanager
def _bare(deployment: Deployment, count: int) -> Iterator[tuple[int, list[str]]]:
    """The bare view behind the same web server, and the drafts that it has."""
    main, _ = deployment.databases
    url = main.replace("db.sqlite3", "bare.sqlite3") if main.startswith("sqlite") else main
    environment = {**deployment.environment, "BARE_DATABASE_URL": url}
    made = subprocess.run(
        [sys.executable, "-m", "bench.bare.prepare", str(count)], env=environment, check=True, capture_output=True
    )
    port = free_port()
    command = ["bench.bare.wsgi:application" if part.endswith(":application") else part for part in _web(port)]
    bare = Deployment(deployment.folder, deployment.databases, more={"BARE_DATABASE_URL": url}, port=port)
    bare.start(command, wait_for="/", answered=404)
    try:
        yield port, json.loads(made.stdout)
    finally:
        bare.stop()


def _web(port: int) -> list[str]:
    return web_command(f"127.0.0.1:{port}", 2)


def _inside(deployment: Deployment, command: str, count: int) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.inside", command, str(count)],
        env=deployment.environment,
        check=True,
        capture_output=True,
    )
    secrets: list[str] = json.loads(ran.stdout)
    return secrets


if __name__ == "__main__":
    main()
