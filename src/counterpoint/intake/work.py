"""The worker: runs queued tasks and due sweeps, one after the other, in one process.

The job library has neither retries nor a schedule; both are here, and small. It survives being killed at any instant:
a task that was running then is put back once its time is over, and tasks may run twice.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from django.db import DatabaseError, OperationalError, close_old_connections
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction, is_locked_database_exception

from counterpoint.base.errors import CounterpointError
from counterpoint.intake import tasks

_log = logging.getLogger(__name__)
_RUNS_AT_MOST = timedelta(minutes=15)
_PAUSES = (10, 60, 300, 1800, 7200)  # seconds before the second, third … try of a task that failed
_DONE_IS_KEPT = timedelta(days=7)
_AT_ONCE = 500
_REST_AFTER_ERROR_SECONDS = 5.0

Sweep = Callable[[], int]


@dataclass(frozen=True)
class Scheduled:
    """A sweep and how often it is due. It may run in several workers at once."""

    sweep: Sweep
    every: timedelta


def put_back_lost() -> int:
    """Queue tasks again whose worker was killed. Returns how many."""
    lost = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - _RUNS_AT_MOST)
    return lost.update(status=TaskResultStatus.READY)


def retry_failed() -> int:
    """Queue tasks again that failed, after a pause that grows; after the last try they stay failed, for operators to
    see. Returns how many."""
    queued = 0
    for result in _failed()[:_AT_ONCE]:
        tries = len(result.worker_ids)
        if tries > len(_PAUSES) or result.finished_at is None:
            continue
        if result.finished_at + timedelta(seconds=_PAUSES[tries - 1]) > timezone.now():
            continue
        rows = DBTaskResult.objects.filter(pk=result.pk, status=TaskResultStatus.FAILED)
        queued += rows.update(status=TaskResultStatus.READY)
    return queued


def forget_done() -> int:
    """Delete results of tasks that were done a week ago. Returns how many."""
    done = DBTaskResult.objects.filter(
        status=TaskResultStatus.SUCCESSFUL, finished_at__lt=timezone.now() - _DONE_IS_KEPT
    )
    return done.delete()[0]


SCHEDULE: Mapping[str, Scheduled] = {
    "tasks of killed workers": Scheduled(put_back_lost, timedelta(minutes=1)),
    "tasks that failed": Scheduled(retry_failed, timedelta(seconds=10)),
    "arrivals left behind": Scheduled(tasks.sweep_arrivals, timedelta(minutes=1)),
    "files left behind": Scheduled(tasks.sweep_files, timedelta(minutes=1)),
    "drafts never sent": Scheduled(tasks.sweep_drafts, timedelta(minutes=10)),
    "files without a row": Scheduled(tasks.sweep_orphans, timedelta(hours=6)),
    "tasks long done": Scheduled(forget_done, timedelta(hours=6)),
}


@dataclass
class _Clockwork:
    """When each sweep is due next. The first round runs them all."""

    schedule: Mapping[str, Scheduled]
    due: dict[str, float] = field(default_factory=dict)

    def run_due(self, *, now_seconds: float) -> None:
        for name, scheduled in self.schedule.items():
            if self.due.get(name, 0.0) > now_seconds:
                continue
            self.due[name] = now_seconds + scheduled.every.total_seconds()
            _run_sweep(name, scheduled.sweep)


def run_worker(stop: Event, *, interval_seconds: float = 0.5, schedule: Mapping[str, Scheduled] | None = None) -> None:
    """Run queued tasks and due sweeps until `stop` is set. Returns after the task that is running then.

    schedule: other sweeps than SCHEDULE, for example with those of folders above."""
    clockwork = _Clockwork(SCHEDULE if schedule is None else schedule)
    name = f"worker-{os.getpid()}"
    while not stop.is_set():
        pause = interval_seconds
        close_old_connections()
        try:
            clockwork.run_due(now_seconds=time.monotonic())
            ran = run_queued(worker_name=name, stop=stop)
            if ran:
                continue
        except DatabaseError as error:
            _log.warning("the worker could not reach the database: %s", type(error).__name__)
            close_old_connections()
            pause = _REST_AFTER_ERROR_SECONDS
        stop.wait(pause)


def run_queued(*, worker_name: str = "worker", stop: Event | None = None, at_most: int = 100) -> int:
    """Run tasks that are queued, until none is left, `stop` is set or so many ran. Returns how many ran."""
    worker = _runner(worker_name)
    ran = 0
    while ran < at_most and not (stop is not None and stop.is_set()):
        result = _claimed(worker_name)
        if result is None:
            break
        worker.run_task(result)
        ran += 1
    return ran


def _claimed(worker_name: str) -> DBTaskResult[..., object] | None:
    """The next task, marked as ours; None when none is ready, or another worker holds the database now."""
    ready = DBTaskResult.objects.ready()
    try:
        with exclusive_transaction(ready.db):
            result = ready.get_locked()
            if result is not None:
                result.claim(worker_name)
            return result
    except OperationalError as error:
        if is_locked_database_exception(error):
            return None
        raise


def _runner(worker_name: str) -> Worker:
    """The job library's worker, of which only `run_task` is used: its own loop takes over signals and closes the
    connection that it was called on."""
    return Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_name,
        excluded_queue_names=[],
    )


def _run_sweep(name: str, sweep: Sweep) -> None:
    try:
        found = sweep()
    except CounterpointError as error:
        _log.warning("the sweep of %s failed: %s", name, type(error).__name__)
        return
    if found:
        _log.info("swept %d %s", found, name)


def _failed() -> QuerySet[DBTaskResult[..., object]]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).order_by("-finished_at")


def queue_age(at: datetime) -> timedelta:
    """How long the oldest queued task has waited: what operators watch."""
    oldest = DBTaskResult.objects.filter(status=TaskResultStatus.READY).order_by("enqueued_at").first()
    return at - oldest.enqueued_at if oldest else timedelta(0)
