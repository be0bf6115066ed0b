"""Holding a clock, letting it go on, giving it longer: always by a person, with a reason of the pack."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import policies, process, waiting
from counterpoint.cases.models import Case, CaseClock
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import Facts, check_version, locked, tell
from counterpoint.cases.types import EventKind
from counterpoint.kernel import clocks
from counterpoint.kernel.clocks import Amount, Calendar, Clock


@transaction.atomic
def pause_clock(case: Case, clock_id: UUID, *, reason: str, by: Staff, expected_version: int) -> Case:
    """Hold a clock for a reason that its rule allows. Days that end while it is held do not count.

    reason: id of one of the pack's pause reasons. Raises NotFound, NotAllowed, NotPossible, Conflict."""
    at = clock.now()
    case, running, row, calendar = _ready(case, clock_id, by=by, expected_version=expected_version)
    paused = _moved(lambda value: clocks.pause_clock(value, reason=reason, at=at), row)
    _keep(case, running, row, paused, calendar, expected_version=expected_version)
    tell(case, EventKind.CLOCK_PAUSED, by=by, at=at, facts=_facts(row, reason=reason))
    return case


@transaction.atomic
def resume_clock(case: Case, clock_id: UUID, *, by: Staff, expected_version: int) -> Case:
    """Let a held clock go on. Raises as `pause_clock`."""
    at = clock.now()
    case, running, row, calendar = _ready(case, clock_id, by=by, expected_version=expected_version)
    resumed = _moved(lambda value: clocks.resume_clock(value, at=at), row)
    _keep(case, running, row, resumed, calendar, expected_version=expected_version)
    tell(case, EventKind.CLOCK_RESUMED, by=by, at=at, facts=_facts(row))
    return case


@transaction.atomic
def extend_clock(case: Case, clock_id: UUID, *, days: int, why: str, by: Staff, expected_version: int) -> Case:
    """Give a clock longer, counted on from the day that it would have been due, in the unit that its rule counts
    (calendar days where that is months). why: in words, sealed on the timeline. Raises as `pause_clock`."""
    at = clock.now()
    case, running, row, calendar = _ready(case, clock_id, by=by, expected_version=expected_version)
    text = policies.check_text(why, what="why it needs longer")
    if days < 1:
        raise NotPossible("Give it at least one day longer.")
    unit = Clock.from_json(row.clock).rule.within.unit
    amount = Amount(days, clocks.Unit.CALENDAR_DAYS if unit is clocks.Unit.MONTHS else unit)
    longer = _moved(lambda value: clocks.extend_clock(value, calendar, by=amount, reason="extended", at=at), row)
    _keep(case, running, row, longer, calendar, expected_version=expected_version)
    tell(case, EventKind.CLOCK_EXTENDED, by=by, at=at, facts=_facts(row, by=str(amount)), text=text)
    return case


def _ready(
    case: Case, clock_id: UUID, *, by: Staff, expected_version: int
) -> tuple[Case, Running, CaseClock, Calendar]:
    case = locked(case)
    check_casework(by, case)
    check_version(case, expected_version=expected_version, theirs={"next_step": case.next_step_name})
    row = one_or_none(CaseClock.objects.select_for_update().filter(pk=clock_id, case_id=case.pk))
    if row is None:
        raise NotFound("There is no such clock, or it is not yours to see.")
    if row.ended_at is not None:
        raise NotPossible("This clock has ended. Look at where the case stands.")
    running = process.current_run(case)
    return case, running, row, running.pack.calendars[Clock.from_json(row.clock).rule.calendar]


def _moved(change: Callable[[Clock], Clock], row: CaseClock) -> Clock:
    try:
        return change(Clock.from_json(row.clock))
    except clocks.MoveNotAllowed as error:
        raise NotPossible(str(error)) from None


def _keep(
    case: Case, running: Running, row: CaseClock, value: Clock, calendar: Calendar, *, expected_version: int
) -> None:
    """Save the clock, and with it the task and the case that show its day."""
    at = clock.now()
    waiting.set_clock(row, value, calendar, at=at)
    row.save()
    if row.due_at is not None:  # while it is held, its task keeps the day that it had and is not late by it
        running.run.tasks.filter(step=row.element, ended_at__isnull=True).update(due_at=row.due_at)
    case.save_changes(expected_version=expected_version, **process.next_step_columns(running, at=at))


def _facts(row: CaseClock, **more: str) -> Facts:
    return {"clock": Clock.from_json(row.clock).rule.title, "step_name": row.element_name, **more}
