"""How long `counterpoint --help` takes, beside a Python that starts and does nothing.

`python -m bench.start [--runs N]`: the two in turns, so that what else the machine does falls on both.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.measuring import percentile, print_machine, print_table

GOAL_MS = 150


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.start")
    asked.add_argument("--runs", type=int, default=20)
    runs: int = asked.parse_args().runs
    ours = [str(Path(sys.executable).with_name("counterpoint")), "--help"]
    bare = [sys.executable, "-c", "pass"]
    print_machine()
    _seconds(ours)  # once, so that both find their files in memory
    taken = [(_seconds(bare), _seconds(ours)) for _ in range(runs)]
    floor, own = [first for first, _ in taken], [second for _, second in taken]
    rows = [_row("python -c pass", floor, floor, ""), _row("counterpoint --help", own, floor, f"< {GOAL_MS}")]
    print_table([f"command, {runs} runs", "median ms", "p95 ms", "ratio", "goal ms"], rows)


def _row(name: str, seconds: Sequence[float], floor: Sequence[float], goal: str) -> list[str]:
    median = statistics.median(seconds)
    ratio = median / statistics.median(floor)
    return [name, f"{median * 1000:.0f}", f"{percentile(seconds, 95) * 1000:.0f}", f"{ratio:.1f}", goal]


def _seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(list(command), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
