"""Moves the clock from one moment of the town to the next, and lets each story go on at its moments.

A story is a generator: each moment that it yields is when it wants to go on. Tasks that services queue meanwhile run as
the worker would run them, at the same moment, once the story has paused. Work is committed a week of town time at a
time, and the ledger sealed then: as many commits as in real life would take an hour.
"""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django_tasks import TaskResult, TaskResultStatus, task_backends
from django_tasks.backends.dummy import DummyBackend
from django_tasks.base import Task
from django_tasks.utils import get_random_id

from counterpoint.access import relations
from counterpoint.audit.sealing import seal_pending
from counterpoint.base import clock, ids

_BATCH = timedelta(days=7)
Moments = Iterator[datetime]


@dataclass(order=True)
class _Next:
    at: datetime
    order: int
    name: str = field(compare=False)
    moments: Moments = field(compare=False)
    steps: int = field(compare=False, default=0)


class _Collected(DummyBackend):
    """Keeps queued tasks for the clockwork to run."""

    def __init__(self) -> None:
        super().__init__("default", {})
        self.queue: list[tuple[Task[..., Any], tuple[Any, ...], dict[str, Any]]] = []

    def enqueue(self, task: Task[..., Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        self.queue.append((task, tuple(args), dict(kwargs)))
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=clock.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


@dataclass
class Clockwork:
    """Runs stories in the order of their moments until `ends_at`. What is not over by then stays open."""

    seed: str
    ends_at: datetime
    seals: bool = True  # the ledger, each week
    _heap: list[_Next] = field(default_factory=list)
    _order: int = 0

    def add(self, name: str, moments: Moments, *, at: datetime) -> None:
        """Let this story begin at that moment; none begins after the end."""
        if at <= self.ends_at:
            self._push(_Next(at, 0, name, moments))

    def run(self, progress: Callable[[datetime], None] = lambda _at: None) -> None:
        """Let everything happen, in order."""
        with _collecting() as tasks:
            while self._heap:
                until = self._heap[0].at + _BATCH
                with transaction.atomic():
                    while self._heap and self._heap[0].at < until:
                        self._step(heapq.heappop(self._heap), tasks)
                if self.seals:
                    self._seal(min(until, self.ends_at))
                progress(min(until, self.ends_at))

    def _seal(self, at: datetime) -> None:
        with clock.moved_to(at), ids.drawn_from(Random(f"{self.seed}/{at}")):  # noqa: S311 - as in _step
            seal_pending()

    def _step(self, due: _Next, tasks: _Collected) -> None:
        chance = Random(f"{self.seed}/{due.name}/{due.steps}")  # noqa: S311 - a made-up town, nothing secret
        with clock.moved_to(due.at), ids.drawn_from(chance), relations.remembered():
            wanted = next(due.moments, None)
            while tasks.queue:
                task, args, kwargs = tasks.queue.pop(0)
                task.call(*args, **kwargs)
        if wanted is not None and wanted <= self.ends_at:
            self._push(_Next(max(wanted, due.at), 0, due.name, due.moments, due.steps + 1))

    def _push(self, due: _Next) -> None:
        self._order += 1
        due.order = self._order
        heapq.heappush(self._heap, due)


@contextmanager
def _collecting() -> Iterator[_Collected]:
    usual, collected = task_backends["default"], _Collected()
    task_backends["default"] = collected
    try:
        yield collected
    finally:
        task_backends["default"] = usual
