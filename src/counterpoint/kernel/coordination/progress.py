"""How far a run is: for people on a terminal, and for programs in `progress.json`.

`progress.json` stands in the folder of results while a run is at work and after it: `stage` (what is being done),
`percent` (0 to 100, never falling within a run), `remaining_seconds` (an estimate, null until there is one). It is
replaced as a whole, so that it can be read at any moment.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "progress.json"
EARLIEST_ESTIMATE = 5.0  # percent; before that, time says little
DONE = 100.0  # percent
A_MINUTE_AND_A_HALF = 90  # seconds


@dataclass(frozen=True)
class Standing:
    """Where a run is. percent: of the usual time; remaining_seconds: None while nothing is known."""

    stage: str
    percent: float
    remaining_seconds: float | None

    def __str__(self) -> str:
        left = "" if self.remaining_seconds is None or self.percent == DONE else _spoken(self.remaining_seconds)
        return f"{self.stage}: {self.percent:.0f} %{left}"


def _spoken(seconds: float) -> str:
    number, name = (seconds, "second") if seconds < A_MINUTE_AND_A_HALF else (seconds / 60, "minute")
    whole = max(round(number), 1)
    return f", about {whole} {name}{'s' * (whole > 1)} left"


class Meter:
    """Keeps `progress.json` and tells whoever watches. stages: each with its usual part of the time, in order."""

    def __init__(
        self,
        out: Path,
        stages: Mapping[str, float],
        watch: Callable[[Standing], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path, self.stages, self.watch, self.clock = out / NAME, stages, watch, clock
        self.started = clock()
        self.stage, self.percent = "", 0.0

    def begin(self, stage: str) -> None:
        """A stage begins; those before it are done, or were done by an earlier run."""
        names = list(self.stages)
        before = sum(self.stages[name] for name in names[: names.index(stage)])
        self.stage = stage
        self._tell(before)

    def within(self, part: float) -> None:
        """So much of the stage, from 0 to 1, is done."""
        names = list(self.stages)
        before = sum(self.stages[name] for name in names[: names.index(self.stage)])
        self._tell(before + part * self.stages[self.stage])

    def finish(self) -> None:
        self.stage = "Done"
        self._tell(sum(self.stages.values()))

    def _tell(self, done: float) -> None:
        self.percent = max(self.percent, 100 * done / sum(self.stages.values()))
        elapsed, left = self.clock() - self.started, 100 - self.percent
        remaining = round(elapsed * left / self.percent, 1) if self.percent >= EARLIEST_ESTIMATE else None
        standing = Standing(self.stage, round(self.percent, 1), remaining)
        partial = self.path.with_name(NAME + ".partial")
        partial.write_text(json.dumps(asdict(standing), sort_keys=True), "utf-8")
        partial.replace(self.path)
        self.watch(standing)
