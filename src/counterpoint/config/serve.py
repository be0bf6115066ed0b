"""`counterpoint serve`: web workers and the job worker as one process group. Each child that dies is started again;
when this process ends, all end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_POLL_SECONDS = 0.2
_GRACE_SECONDS = 20


@app.command()
def serve(
    bind: Annotated[str, typer.Option(help="address and port")] = "127.0.0.1:8000",
    web_workers: Annotated[int, typer.Option(min=1, help="web processes")] = 2,
    job_workers: Annotated[int, typer.Option(min=0, help="job processes")] = 1,
) -> None:
    """Serve the portal and the desk, and work the jobs. Put a proxy with TLS in front."""
    run([web_command(bind, web_workers), *[worker_command()] * job_workers])


def web_command(bind: str, workers: int) -> list[str]:
    """gunicorn with sync workers. Its access log stays off, since it would hold addresses; the other is filtered."""
    options = ["--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--timeout", "60", "--graceful-timeout", "15"]  # noqa: S108 - gunicorn's heartbeat file, not data
    limits = ["--limit-request-line", "4094", "--limit-request-fields", "60", "--max-requests", "20000"]
    application = "counterpoint.config.wsgi:application"
    start = [sys.executable, "-m", "gunicorn", application, "--preload", "--bind", bind, "--workers", str(workers)]
    log = ["--log-level", "warning", "--logger-class", "counterpoint.config.server_log.ServerLog"]
    return [*start, *options, *limits, "--max-requests-jitter", "2000", *log]


def worker_command() -> list[str]:
    """The job worker, as a process of its own."""
    return [sys.executable, "-m", "counterpoint", "worker"]


def run(commands: Sequence[Sequence[str]]) -> None:
    """Keep one child per command alive until this process is told to end; then end them all."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    children = [_start(command) for command in commands]
    try:
        while not stopping:
            time.sleep(_POLL_SECONDS)
            for place, child in enumerate(children):
                if child.poll() is not None and not stopping:
                    typer.echo(f"a worker ended with code {child.returncode}; starting another", err=True)
                    time.sleep(1)
                    children[place] = _start(commands[place])
    finally:
        _end(children)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(list(command), env=os.environ.copy())  # noqa: S603 - our own commands


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
