"""`counterpoint worker`: runs queued tasks and sweeps, and seals the audit ledger every few seconds."""

import signal
from datetime import timedelta
from threading import Event
from types import FrameType

import typer

from counterpoint.audit.sealing import seal_pending
from counterpoint.intake.work import SCHEDULE, Scheduled, run_worker

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_SEALED_EVERY = timedelta(seconds=3)


@app.command()
def worker() -> None:
    """Work the jobs until told to end (SIGTERM, Ctrl-C); the task that is running then is finished first."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    run_worker(stop, schedule={**SCHEDULE, "audit entries to seal": Scheduled(_seal, _SEALED_EVERY)})


def _seal() -> int:
    """Seal what is new. Nothing to report: sealing is no repair."""
    seal_pending()
    return 0
