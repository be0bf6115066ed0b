"""Closed-loop measuring over loopback, and how figures are printed: always beside a peer or a floor of the same run."""

import http.client
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Post:
    """One request of a measured run."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    expected: int = 302


@dataclass(frozen=True)
class Run:
    """What a closed loop gave: seconds of each request in the order they ended, and how long all took."""

    seconds: Sequence[float]
    took: float
    refused: int

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    @property
    def p95_ms(self) -> float:
        return percentile(self.seconds, 95) * 1000


def closed_loop(port: int, posts: Sequence[Post], *, clients: int) -> Run:
    """Each client sends the next request as soon as its last one is answered, until all are sent."""
    waiting = iter(posts)
    lock = threading.Lock()
    seconds: list[float] = []
    refused = 0

    def client() -> None:
        nonlocal refused
        while True:
            with lock:
                post = next(waiting, None)
            if post is None:
                return
            took, status = _timed(port, post)
            with lock:
                seconds.append(took)
                refused += status != post.expected

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Run(seconds, time.perf_counter() - began, refused)


def _timed(port: int, post: Post) -> tuple[float, int]:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(post.method, post.path, post.body, dict(post.headers))
    response = connection.getresponse()
    response.read()
    connection.close()
    return time.perf_counter() - began, response.status


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` percent of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share) // 100) - 1)]


def median_of(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    return statistics.median(what(run) for run in runs)


def print_machine() -> None:
    """Where and under what load the figures were taken."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    release = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{time.strftime('%Y-%m-%d %H:%M')}  {os.cpu_count()} cores, {int(memory.split()[1]) // 2**20} GiB, {release}, "
        f"Python {platform.python_version()}; load before: {load}; a commit on this disk: {commit_ms():.1f} ms"
    )


def commit_ms(folder: Path | None = None) -> float:
    """The median time of one small write made durable here: the floor under every commit."""
    path = (folder or Path(os.environ.get("TMPDIR", "/tmp"))) / f"commit-{os.getpid()}"
    taken = []
    with path.open("wb") as file:
        for _ in range(40):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(taken) * 1000


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(str(row[place])) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [
            str(cell).ljust(width) if place == 0 else str(cell).rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
