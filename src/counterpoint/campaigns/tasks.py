"""Runs carried out in the background, without making anybody wait: a worker starts a process of its own for a run and
goes on with other work; `look_after_runs` looks in every few seconds, keeps the progress, and stores what came out.

Killed at any instant, nothing is lost: the process ends with its worker, and after a minute without a sign of life the
run is taken up again, by the same folder, so that finished stages are not repeated. The posts lie in clear in that
folder only while the run is under way (docs/decisions/0033).
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django_tasks import task

from counterpoint.base import keyring
from counterpoint.base.errors import CounterpointError
from counterpoint.campaigns import envelope, storage
from counterpoint.campaigns.apart import FAILURE, OUTCOME, PROGRESS, Job
from counterpoint.campaigns.models import Finding, Run, Snapshot
from counterpoint.campaigns.services import findings, runs, snapshots
from counterpoint.campaigns.types import Failure, RunState, ThingKind
from counterpoint.intake.storage import StoreFull, check_room
from counterpoint.intake.tasks import quietly

_log = logging.getLogger(__name__)
_AT_ONCE = 1  # of one worker; others wait their turn
_ROOM_FOR_POSTS = 4  # times their size: in clear, and what the engine puts down besides
_LOST_FOLDER_SECONDS = 3600
_POLL_SECONDS = 0.2
_ENDED_BY_CPU_LIMIT = -24  # SIGXCPU
_ENDED_BY_SYSTEM = (-9, -6)  # killed for its memory, or a library gave up for lack of it


@dataclass
class _AtWork:
    """A process of ours and the run it works on."""

    run_id: UUID
    folder: Path
    process: "subprocess.Popen[bytes]"
    until: float  # by the system's own clock


_at_work: dict[UUID, _AtWork] = {}


def _forget_after_fork() -> None:
    _at_work.clear()


os.register_at_fork(after_in_child=_forget_after_fork)


@task()
@quietly
def start_waiting() -> None:
    """Start the next run that waits, if this worker has a hand free."""
    _start_next()


def look_after_runs() -> int:
    """See to the runs under way, and start the next. Returns how many came to an end."""
    ended = sum(_see_to(each) for each in list(_at_work.values()))
    _start_next()
    return ended


def run_until_done(run: Run) -> Run:
    """Carry out what waits, until this run has ended: for commands and tests, which have no worker."""
    while Run.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.RUNNING]).exists():
        look_after_runs()
        if _at_work:
            time.sleep(_POLL_SECONDS)
    run.refresh_from_db()
    return run


def end_runs() -> None:
    """End our processes and let other workers take their runs up: when this worker ends."""
    for each in list(_at_work.values()):
        _kill(each)
        runs.put_back(each.run_id)
        _forget_posts(each.folder)
        _part_with(each)


def sweep_retention() -> int:
    """Delete snapshots and findings whose time has come, and what a kill left undone. Returns how many went."""
    return snapshots.delete_due_snapshots() + snapshots.destroy_what_was_deleted() + findings.shred_old_findings()


def sweep_files() -> int:
    """Delete sealed posts that no row names, and folders of runs that are over. Returns how many went."""
    named = set(Snapshot.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    under_way = {str(run_id) for run_id in _unfinished()}
    gone = 0
    for folder in _runs_folder().glob("*"):
        if folder.name not in under_way and folder.stat().st_mtime < time.time() - _LOST_FOLDER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone + storage.sweep_orphans(named=named)


def _unfinished() -> list[UUID]:
    states = [RunState.QUEUED, RunState.RUNNING]
    return list(Run.objects.filter(state__in=states).values_list("pk", flat=True))


def _start_next() -> None:
    if len(_at_work) >= _AT_ONCE:
        return
    run = runs.claim_next()
    if run is None:
        return
    try:
        _start(run)
    except keyring.KeyDestroyed:
        runs.fail_run(run.pk, Failure.DELETED)
    except StoreFull:
        runs.fail_run(run.pk, Failure.NO_ROOM)
    except (CounterpointError, OSError) as error:
        _log.warning("run %s could not be started: %s", run.pk, type(error).__name__)
        _forget_posts(_folder_of(run))
        runs.fail_run(run.pk, Failure.FELL_OVER)


def _start(run: Run) -> None:
    snapshot, folder = run.snapshot, _folder_of(run)
    check_room(snapshot.size_bytes * _ROOM_FOR_POSTS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in (OUTCOME, FAILURE, PROGRESS):
        (folder / left).unlink(missing_ok=True)
    posts = folder / f"posts{snapshot.suffix}"
    storage.open_into(posts, name=snapshot.stored_as, snapshot_id=snapshot.pk, key_id=snapshot.key_id)
    # the kernel takes a stopped run up where the input is the same by size and time
    os.utime(posts, (snapshot.created_at.timestamp(),) * 2)
    process = subprocess.Popen(
        [sys.executable, "-m", "counterpoint.campaigns.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd=folder,
    )
    _at_work[run.pk] = _AtWork(run.pk, folder, process, time.monotonic() + settings.RUN_SECONDS)
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it has ended already; its exit code tells
            process.stdin.write(json.dumps(_job(run, posts)).encode() + b"\n")
            process.stdin.flush()


def _job(run: Run, posts: Path) -> Job:
    snapshot = run.snapshot
    return Job(
        kind=run.kind,
        folder=str(posts.parent),
        posts=posts.name,
        key=envelope.unseal(snapshot, "sealed_identifier_key", key_id=snapshot.key_id),
        mapping=snapshot.mapping,
        parameters=run.parameters,
        things=_things_of(run.finding) if run.finding is not None else [],
        memory_mb=settings.RUN_MEMORY_MB,
        cpu_seconds=settings.RUN_SECONDS,
    )


def _things_of(finding: Finding) -> list[dict[str, str]]:
    content = envelope.unseal(finding, "sealed_content", key_id=finding.key_id)
    things = [{"kind": thing["kind"], "key": thing["key"]} for thing in content["things"]]
    return things + _versions_of(finding, {wording["key"] for wording in content.get("wordings", ())})


def _versions_of(finding: Finding, varied: Collection[str]) -> list[dict[str, str]]:
    """Texts of the wordings that came in several versions, for as long as the posts they are from are held."""
    snapshot = finding.run.snapshot
    if snapshot.deleted_at is not None:
        return []
    try:
        posts = envelope.unseal(finding, "sealed_posts", key_id=snapshot.key_id)
    except keyring.KeyDestroyed:  # just now
        return []
    kept = {(post["wording"], post["text"]) for post in posts or () if post.get("wording") in varied}
    return [{"kind": ThingKind.WORDING, "key": key, "text": text} for key, text in sorted(kept)]


def _environment() -> dict[str, str]:
    """Nothing of ours but where programs lie: no key, no database."""
    names = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    source = str(Path(__file__).resolve().parents[2])
    return {**kept, "PYTHONPATH": os.pathsep.join(part for part in (source, kept.get("PYTHONPATH", "")) if part),
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # fmt: skip


def _see_to(each: _AtWork) -> int:
    """Keep the progress of a run, or its end. Returns 1 when it has ended."""
    code = each.process.poll()
    if code is None and time.monotonic() > each.until:
        _kill(each)
        _end(each, Failure.TOO_LONG)
        return 1
    if code is None:
        told = _read(each.folder / PROGRESS) or {"number": 0, "stages": 1, "stage": "Starting"}
        if not runs.note_progress(each.run_id, number=told["number"], stages=told["stages"], stage=told["stage"]):
            _kill(each)  # its posts were deleted meanwhile
            _end(each, Failure.DELETED)
            return 1
        return 0
    outcome = _read(each.folder / OUTCOME) if code == 0 else None
    if outcome is not None:
        _store(each, outcome)
        return 1
    failure = _read(each.folder / FAILURE) or {}
    _end(each, _failure_of(code, failure.get("why", "")), words=failure.get("words", ""))
    return 1


def _store(each: _AtWork, outcome: dict[str, Any]) -> None:
    try:
        runs.store_outcome(each.run_id, outcome)
    except keyring.KeyDestroyed:
        runs.fail_run(each.run_id, Failure.DELETED)
    _clear(each)


def _failure_of(code: int, why: str) -> Failure:
    if why in Failure.values:
        return Failure(why)
    if code == _ENDED_BY_CPU_LIMIT:
        return Failure.TOO_LONG
    return Failure.TOO_BIG if code in _ENDED_BY_SYSTEM else Failure.FELL_OVER


def _end(each: _AtWork, failure: Failure, *, words: str = "") -> None:
    shown = words if failure in (Failure.UNREADABLE, Failure.BAD_OPTION, Failure.NOT_INSTALLED) else ""
    if failure is Failure.FELL_OVER:
        _log.warning("run %s fell over: %s", each.run_id, words or each.process.returncode)
    runs.fail_run(each.run_id, failure, words=shown)
    _clear(each)


def _clear(each: _AtWork) -> None:
    _part_with(each)
    shutil.rmtree(each.folder, ignore_errors=True)


def _part_with(each: _AtWork) -> None:
    """The process has ended: nothing of it is held any more."""
    if each.process.stdin is not None:
        with suppress(BrokenPipeError):
            each.process.stdin.close()
    _at_work.pop(each.run_id, None)


def _kill(each: _AtWork) -> None:
    each.process.kill()
    each.process.wait()


def _forget_posts(folder: Path) -> None:
    """Posts in clear stay no longer than somebody works on them; what was made of them may be gone on with."""
    for path in (*folder.glob("posts.*"), folder / "again", folder / "spill"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value


def _folder_of(run: Run) -> Path:
    return _runs_folder() / str(run.pk)


def _runs_folder() -> Path:
    folder: Path = settings.RUNS_FOLDER
    return folder
