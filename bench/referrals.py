"""Referrals per second: the final send of a form, beside a bare Django view that writes as many rows.

`python -m bench.referrals [--forms N] [--clients N] [--rounds N] [--database sqlite|postgresql]`
Each round measures the floor and ours one after the other, in the same databases' server, behind the same gunicorn
(2 sync workers). Ours twice: as a reporter meets it (the receipt's slow hash was worked out when the answers were
checked), and with the hash within the send.
"""

import argparse
import json
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
    asked.add_argument("--forms", type=int, default=400)
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--database", choices=["sqlite", "postgresql"])
    given = asked.parse_args()
    print_machine()
    rows: list[list[str]] = []
    for database in [given.database] if given.database else ["sqlite", "postgresql"]:
        with _deployment(database) as deployment:
            rows += _measured(database, deployment, given.forms, given.clients, given.rounds)
    print_table(["database and what", "sent/s", "p95 ms", "ratio of sent/s", "goal"], rows)


def _measured(database: str, deployment: Deployment, forms: int, clients: int, rounds: int) -> list[list[str]]:
    runs: dict[str, list[Run]] = {"bare view": [], "ours": [], "ours, hash within": []}
    with _bare(deployment, (forms + _WARM_UP) * rounds) as (port, drafts):
        deployment.start()
        for _ in range(rounds):
            bare = [_bare_post(drafts.pop()) for _ in range(forms + _WARM_UP)]
            runs["bare view"].append(_loop(port, bare, clients))
            for name, command in (("ours", "prepared_forms"), ("ours, hash within", "forms")):
                secrets = _inside(deployment, command, forms + _WARM_UP)
                runs[name].append(_loop(deployment.port, [_our_post(secret) for secret in secrets], clients))
    floor = median_of(runs["bare view"], lambda run: run.per_second)
    return [
        [
            f"{database}: {name}",
            f"{median_of(taken, lambda run: run.per_second):.0f}",
            f"{median_of(taken, lambda run: run.p95_ms):.0f}",
            f"{median_of(taken, lambda run: run.per_second) / floor:.2f}",
            f"{GOAL:.2f}" if name == "ours" else "",
        ]
        for name, taken in runs.items()
    ]


def _loop(port: int, posts: list[Post], clients: int) -> Run:
    closed_loop(port, posts[:_WARM_UP], clients=clients)
    run = closed_loop(port, posts[_WARM_UP:], clients=clients)
    if run.refused:
        raise SystemExit(f"{run.refused} of {len(run.seconds)} sends were not answered as they should be")
    return run


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
