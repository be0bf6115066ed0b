"""Completing a task with 10,000 live cases on England's whole path, by 50 users at once, on PostgreSQL.

`python -m bench.steps [--cases N] [--users N] [--seconds S] [--every S]`
Each user is a case officer with cases of their own and finishes the next step of one of them by
`cases.services.complete_step`: checks of who may, the walk of the process, task, clocks, the sealed record, timeline
and audit entry, one commit on disk. Twice: one task every few seconds each (`--every`, as people at most work), and one
after the other without a breath, which shows what the machine gives at most. Beside it stands the floor: as many
statements as one step sends, written by hand against the same rows, in one transaction, by as many users.

Users are threads with connections of their own, in as many processes as there are cores.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.deployment import Deployment, a_deployment
from tests.servers import running_postgres

from bench.measuring import percentile, print_machine, print_table

GOAL_MS = 150
Process: TypeAlias = "subprocess.Popen[str]"


@dataclass(frozen=True)
class Phase:
    """What all users did, and how."""

    name: str
    seconds: Sequence[float]
    refused: int
    lasted: float

    def row(self) -> list[str]:
        p50, p95 = (percentile(self.seconds, share) * 1000 for share in (50, 95))
        return [self.name, f"{len(self.seconds)}", f"{len(self.seconds) / self.lasted:.1f}", f"{p50:.0f}", f"{p95:.0f}"]


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.steps")
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--users", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=60.0, help="of each of the two ways to work")
    asked.add_argument("--every", type=float, default=5.0, help="seconds from one task of a user to their next")
    given = asked.parse_args()
    print_machine()
    with running_postgres() as server, a_deployment(server.address, job_workers=0, web_workers=1) as deployment:
        began = time.perf_counter()
        told = json.loads(_inside(deployment, "make", given.cases, given.users))
        made = time.perf_counter() - began
        statements = told["statements"]
        print(f"{given.cases} cases made in {made:.0f} s; one step sends {statements['all']} statements, ", end="")
        print(f"{statements['writes']} of them write, and takes {told['processor_ms']:.1f} ms of a processor here")
        short = max(given.seconds / 4, 5.0)
        ways = [
            ("floor, a transaction every few seconds each", "floor", short, given.every),
            ("steps, a task every few seconds each", "steps", given.seconds, given.every),
            ("floor, one after the other", "floor", short, 0.0),
            ("steps, one after the other", "steps", given.seconds, 0.0),
        ]
        with _users_at_work(deployment, given.users) as processes:
            phases = [_together(processes, *way) for way in ways]
    print_table(["way", "done", "a second", "p50 ms", "p95 ms"], [phase.row() for phase in phases])
    print(f"goal: p95 of a completed task under {GOAL_MS} ms; refused: {sum(phase.refused for phase in phases)}")


@contextmanager
def _users_at_work(deployment: Deployment, users: int) -> Iterator[list[Process]]:
    """All users, in a process for each core, when all are ready."""
    count = min(os.cpu_count() or 1, users)
    shares = [(users * number // count, users * (number + 1) // count) for number in range(count)]
    running = [
        subprocess.Popen(
            _command("walk", first, last),
            env=deployment.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, last in shares
    ]
    try:
        for process in running:
            _answer(process)
        yield running
    finally:
        for process in running:
            process.communicate()  # the end of what it reads is the end of it


def _together(processes: Sequence[Process], name: str, way: str, seconds: float, every: float) -> Phase:
    """All of them at once."""
    for process in processes:
        if process.stdin is not None:
            process.stdin.write(json.dumps([way, seconds, every]) + "\n")
            process.stdin.flush()
    told = [_answer(process) for process in processes]
    taken = [one for each in told for one in each["seconds"]]
    return Phase(name, taken, sum(each["refused"] for each in told), seconds)


def _answer(process: Process) -> Any:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise SystemExit("a process of users failed")
    return json.loads(line)


def _inside(deployment: Deployment, *given: object) -> bytes:
    return subprocess.run(_command(*given), env=deployment.environment, check=True, stdout=subprocess.PIPE).stdout


def _command(*given: object) -> list[str]:
    return [sys.executable, "-m", "bench.stepping", *(str(one) for one in given)]


if __name__ == "__main__":
    main()
