"""`counterpoint worker`: runs queued tasks and sweeps, and seals the audit ledger every few seconds."""

import signal
from datetime import timedelta
from threading import Event
from types import FrameType

import typer
from django.contrib.sessions.backends.db import SessionStore

from counterpoint.audit.sealing import seal_pending
from counterpoint.campaigns import tasks as campaigns
from counterpoint.cases.services import look_at_clocks
from counterpoint.cases.tasks import sweep_moves, sweep_what_was_tried
from counterpoint.intake.work import SCHEDULE, Scheduled, run_worker
from counterpoint.triage.tasks import sweep_backtests

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

_SEALED_EVERY = timedelta(seconds=3)
_SESSIONS_SWEPT_EVERY = timedelta(hours=1)
_RUNS_LOOKED_AFTER_EVERY = timedelta(seconds=2)
_FILES_SWEPT_EVERY = timedelta(hours=6)
_BACKTESTS_LOOKED_AFTER_EVERY = timedelta(minutes=1)
_CLOCKS_LOOKED_AT_EVERY = timedelta(minutes=1)


@app.command()
def worker() -> None:
    """Work the jobs until told to end (SIGTERM, Ctrl-C); the task that is running then is finished first."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    ours = {
        "audit entries to seal": Scheduled(_seal, _SEALED_EVERY),
        "sessions that ended": Scheduled(_forget_sessions, _SESSIONS_SWEPT_EVERY),
        "runs over posts": Scheduled(campaigns.look_after_runs, _RUNS_LOOKED_AFTER_EVERY),
        "posts and findings at their end": Scheduled(campaigns.sweep_retention, _SESSIONS_SWEPT_EVERY),
        "posts without a row": Scheduled(campaigns.sweep_files, _FILES_SWEPT_EVERY),
        "backtests left behind": Scheduled(sweep_backtests, _BACKTESTS_LOOKED_AFTER_EVERY),
        "clocks of cases": Scheduled(look_at_clocks, _CLOCKS_LOOKED_AT_EVERY),
        "moves of cases left behind": Scheduled(sweep_moves, _BACKTESTS_LOOKED_AFTER_EVERY),
        "copies that a draft was tried on": Scheduled(sweep_what_was_tried, _SESSIONS_SWEPT_EVERY),
    }
    try:
        run_worker(stop, schedule={**SCHEDULE, **ours})
    finally:
        campaigns.end_runs()


def _seal() -> int:
    """Seal what is new. Nothing to report: sealing is no repair."""
    seal_pending()
    return 0


def _forget_sessions() -> int:
    SessionStore.clear_expired()
    return 0
