"""What happens to an arrival after it was stored, in a worker. Each task may run twice, also at the same moment.

What follows the acceptance (verdict, notices) is told to intake by name, in settings, since it lies above:
`ARRIVALS_GO_TO` names the function, `counterpoint.journey.process_arrival`. How tasks are retried and sweeps are run:
`counterpoint.intake.work`.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks import task

from counterpoint.base import clock
from counterpoint.base.errors import Fault
from counterpoint.gateways.antivirus import Scanner, TooLargeToScan, scanner_at
from counterpoint.intake import drafts, files, storage
from counterpoint.intake.files import ScanAnswer
from counterpoint.intake.models import Arrival, DraftFile, StoredFile
from counterpoint.intake.storage import Shelf
from counterpoint.intake.types import ArrivalState

P = ParamSpec("P")
_log = logging.getLogger(__name__)
_LEFT_BEHIND = timedelta(minutes=2)
_AT_ONCE = 200


class TaskFailed(Fault):
    """A task did not get to its end. Names the kind of error and the place only: the job table keeps what is raised,
    and what an error says may quote a person."""


def quietly(work: Callable[P, None]) -> Callable[P, None]:
    """Let nothing of an error but its kind and place reach the job table."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - raised again at once, without its words
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "unknown"
            raise TaskFailed(f"{type(error).__name__} in {where}") from None

    return run


@task()
@quietly
def process_arrival(arrival_id: str) -> None:
    """Make of the arrival what it asks for, and start what follows."""
    step: Callable[[UUID], object] = import_string(settings.ARRIVALS_GO_TO)
    step(UUID(arrival_id))


@task()
@quietly
def prepare_files(arrival_id: str) -> None:
    """Check the arrival's files for viruses and make their working copies. Also those that came with messages."""
    waiting = StoredFile.objects.filter(arrival_id=UUID(arrival_id)).values_list("pk", flat=True)
    for file_id in list(waiting):
        files.prepare(file_id, scan=scan())


def scan() -> files.Scan | None:
    """Asks the scanner that settings name; None where none is set up."""
    scanner = scanner_at(settings.CLAMD)
    return _asking(scanner) if scanner else None


def sweep_arrivals() -> int:
    """Go on with arrivals that no task finished. Returns how many were found."""
    rows = Arrival.objects.filter(state=ArrivalState.RECEIVED, received_at__lt=clock.now() - _LEFT_BEHIND)
    found = list(rows.order_by("received_at").values_list("pk", flat=True)[:_AT_ONCE])
    for arrival_id in found:
        _try(process_arrival.call, str(arrival_id))
    return len(found)


def sweep_files() -> int:
    """Prepare files that no task finished: the scanner was away, or there was none. Returns how many were found."""
    ask = scan()
    before = clock.now() - _LEFT_BEHIND
    found = files.files_to_prepare(before=before, limit=_AT_ONCE, can_scan=ask is not None)
    for file_id in found:
        _try(quietly(lambda pk: _prepare(pk, ask)), str(file_id))
    return len(found)


def sweep_drafts() -> int:
    """Delete forms that were not sent within a day, with their files. Returns how many went."""
    return drafts.expire_drafts(limit=_AT_ONCE)


def sweep_orphans() -> int:
    """Delete stored files that no row names. Returns how many went."""
    named = {
        Shelf.QUARANTINE: DraftFile.objects.values_list("stored_as", flat=True),
        Shelf.SEALED: StoredFile.objects.values_list("original_stored_as", flat=True),
        Shelf.WORKING: StoredFile.objects.exclude(working_copy_stored_as="").values_list(
            "working_copy_stored_as", flat=True
        ),
    }
    return sum(storage.sweep_orphans(shelf=shelf, named=list(rows)) for shelf, rows in named.items())


def _prepare(file_id: str, ask: files.Scan | None) -> None:
    files.prepare(UUID(file_id), scan=ask)


def _asking(scanner: Scanner) -> files.Scan:
    def ask(content: bytes) -> ScanAnswer:
        try:
            return ScanAnswer(found=scanner.scan(content).found)
        except TooLargeToScan:
            return ScanAnswer(refused="too_large_to_scan")

    return ask


def _try(work: Callable[[str], object], row_id: str) -> None:
    """One row that fails keeps no other from its turn."""
    try:
        work(row_id)
    except TaskFailed as error:
        _log.warning("a sweep could not go on with %s: %s", row_id, error)
