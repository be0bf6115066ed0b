"""The process: limits first, then the job. What goes wrong is told in a file, never in words on standard error."""

import json
import os
import resource
import sys
import threading
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from counterpoint.campaigns.apart import FAILURE, OUTCOME, PROGRESS, Job

_MB = 1_000_000
_ROOM_BESIDES_ENGINE_MB = 5000  # of address space: libraries and threads reserve far more than they use
_LARGEST_FILE = 200_000 * _MB


def main() -> None:
    """Do the job that standard input names. Exit code 0 when it is done, 1 when it failed and said why."""
    job: Job = json.loads(sys.stdin.readline())
    folder = Path(job["folder"])
    _limit(job)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    try:
        _put(folder / OUTCOME, _do(job, folder))
    except MemoryError:
        _fail(folder, "too_big")
    except ModuleNotFoundError as error:
        _fail(folder, "not_installed", error.name or "")
    except Exception as error:  # noqa: BLE001 - told by its kind; its words may quote a post
        _fail(folder, *_why(error, folder))


def _do(job: Job, folder: Path) -> dict[str, Any]:
    if job["kind"] == "trace":
        from counterpoint.campaigns.apart.tracing import trace

        _tell(folder, 1, 2, "Looking for what was shared")
        return trace(
            folder / job["posts"], folder, things=job["things"], mapping=job["mapping"], memory_mb=job["memory_mb"]
        )
    return _detect(job, folder)


def _detect(job: Job, folder: Path) -> dict[str, Any]:
    from counterpoint.campaigns.apart.gathering import gather
    from counterpoint.kernel.coordination.displacement import Act
    from counterpoint.kernel.coordination.findings import Detector
    from counterpoint.kernel.coordination.identity import Identifiers
    from counterpoint.kernel.coordination.pairs import PairOptions
    from counterpoint.kernel.coordination.run import RunOptions, detect

    given = job["parameters"]
    detectors = tuple(Detector(name) for name in given["detectors"])
    stages = len(detectors) + 3
    done = 0

    def say(stage: str) -> None:
        nonlocal done
        done = min(done + 1, stages - 1)
        _tell(folder, done, stages, stage)

    options = RunOptions(
        detectors=detectors,
        pairs=PairOptions(window_seconds=given["window_seconds"], min_participation=given["min_participation"]),
        mapping=job["mapping"],
        acts=tuple(Act(_seconds(act["on"]), platform=act["platform"], name=act["name"]) for act in given["acts"]),
        memory_mb=job["memory_mb"],
    )
    identifiers = Identifiers(bytes.fromhex(job["key"]))
    posts, out = folder / job["posts"], folder / "results"
    summary = detect(posts, out, options, identifiers=identifiers, progress=say)
    _tell(folder, stages - 1, stages, "Gathering the evidence")
    gathered = gather(posts, out, identifiers=identifiers, mapping=job["mapping"], memory_mb=job["memory_mb"])
    facts = {
        "rows": summary.rows,
        "used": summary.used,
        "repeated": summary.repeated,
        "quarantined": dict(summary.quarantined),
        "accounts": summary.accounts,
        "pairs": summary.pairs,
        "edges": summary.edges,
        "popular_objects": summary.popular_objects,
        "accounts_named": summary.accounts_named,
        "resumed": list(summary.resumed),
    }
    return {"facts": facts, **gathered}


def _seconds(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), tzinfo=UTC).timestamp())


def _why(error: Exception, folder: Path) -> tuple[str, str]:
    """The word for it, and what the kernel says to people: its own errors are written to be shown."""
    from counterpoint.kernel.coordination.errors import BadOption, CoordinationError, NotEnoughMemory

    words = str(error).replace(str(folder) + "/", "")
    if isinstance(error, BadOption):
        return "bad_option", words
    if isinstance(error, NotEnoughMemory) or "OutOfMemory" in type(error).__name__:
        return "too_big", ""
    if isinstance(error, CoordinationError):
        return "unreadable", words
    return "fell_over", type(error).__name__


def _limit(job: Job) -> None:
    memory = (job["memory_mb"] + _ROOM_BESIDES_ENGINE_MB) * _MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    os.nice(5)  # people at their desks come first


def _end_with_the_worker() -> None:
    while sys.stdin.readline():
        pass
    os._exit(3)


def _tell(folder: Path, done: int, stages: int, stage: str) -> None:
    _put(folder / PROGRESS, {"number": done, "stages": stages, "stage": stage})


def _fail(folder: Path, why: str, words: str = "") -> None:
    _put(folder / FAILURE, {"why": why, "words": words[:2000]})
    os._exit(1)


def _put(path: Path, value: Any) -> None:
    """The file appears whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value), "utf-8")
    partial.replace(path)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # without waiting for engine threads
