"""What comes to a case from outside its steps: news that somebody brings, a date that comes, a clock that runs out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role
from counterpoint.audit.types import system
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, policies, process, waiting
from counterpoint.cases.models import Case, CaseClock, StepRecord
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import check_version, locked, locked_by_id, tell
from counterpoint.cases.services.steps import save_after
from counterpoint.cases.sharing import may_be_told
from counterpoint.cases.steps import checked_values, form_of_plan, split_values
from counterpoint.cases.types import EventKind, StepValues
from counterpoint.kernel import processes
from counterpoint.kernel.clocks import Clock, read_clock
from counterpoint.kernel.processes import State

WORKER = system("clocks")
_AT_ONCE = 500
_DUE = Prepared(
    lambda at: (
        CaseClock.objects.filter(ended_at__isnull=True, tell_at__lte=at)
        .order_by("tell_at", "id")
        .values_list("pk", "case_id")[:_AT_ONCE]
    )
)


@transaction.atomic
def receive_message(case: Case, message_id: str, values: StepValues, *, by: Staff, expected_version: int) -> Case:
    """Record news that the process waits for (consent is withdrawn, the police know something new): what it interrupts
    is set aside at once, and the process goes on from there.

    values: by field of the message's form. Raises NotFound, NotAllowed; NotPossible when the case is closed for good
    or the process does not wait for it; Missing with every problem of the values; Conflict."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    running = process.current_run(case)
    policies.check_worked(case, running)
    check_version(case, expected_version=expected_version, theirs={"next_step": case.next_step_name})
    name = running.process.messages.get(message_id)
    if name is None:
        raise NotPossible("The process of this case knows no such news. Look at where the case stands.")
    form = form_of_plan(running.pack, running.message_plan(message_id))
    choices, texts = split_values(form, checked_values(form, values))

    def receive(state: State) -> State:
        return processes.receive_message(running.process, state, message_id, choices, at=at)

    after = process.moved(running, case, receive, at=at)
    row = StepRecord(
        run=running.run,
        number=len(after.state.events),
        step=message_id,
        step_name=name,
        choices=choices,
        by=by,
        at=at,
    )
    row.sealed_values = envelope.seal(row, "sealed_values", texts, key_id=case.key_id)
    row.save(force_insert=True)
    save_after(case, after, by=by, at=at, expected_version=expected_version)
    tell(case, EventKind.NEWS, by=by, at=at, facts={"message": message_id, "step_name": name})
    return case


def look_at_clocks() -> int:
    """Set off the dates that have come, and tell the roles that a rule names of what is late. Safe to run twice, and by
    several workers at once. Returns how many clocks it acted on."""
    return sum(_act_on(clock_id, case_id) for clock_id, case_id in _DUE.all(clock.now()))


@transaction.atomic
def _act_on(clock_id: UUID, case_id: UUID) -> bool:
    at, case = clock.now(), locked_by_id(case_id)
    row = one_or_none(CaseClock.objects.select_for_update().filter(pk=clock_id, ended_at__isnull=True))
    if row is None or row.tell_at is None or row.tell_at > at:
        return False  # somebody else was quicker
    running = process.load(row.run)
    if row.is_timer:
        _set_off(case, running, row, at=at)
    else:
        _tell_roles(case, running, row, at=at)
    return True


def _set_off(case: Case, running: Running, row: CaseClock, *, at: datetime) -> None:
    def fire(state: State) -> State:
        return processes.fire_timer(running.process, state, row.element, at=at)

    after = process.moved(running, case, fire, at=at, done=row.element)
    save_after(case, after, by=None, at=at, expected_version=case.version)
    tell(case, EventKind.TIME_CAME, by=WORKER, at=at, facts={"step_name": row.element_name})
    named = ", ".join(f"“{step.name}”" for step in after.waiting)
    text = f"{row.element_name}: in case {case.reference} {named or 'nothing'} waits now."
    tell_staff(
        may_be_told(case, Staff.objects.filter(pk=case.lead_officer_id)),
        kind=NoticeKind.WAITS_FOR_YOU,
        text=text[:300],
        link=f"/desk/cases/{case.pk}/",
    )


def _tell_roles(case: Case, running: Running, row: CaseClock, *, at: datetime) -> None:
    value = Clock.from_json(row.clock)
    calendar = running.pack.calendars[value.rule.calendar]
    reached = [each for each in read_clock(value, calendar, at=at).escalations[row.told :] if each.is_reached]
    for each in reached:
        role = running.lane_of(each.to).role
        people = Staff.objects.filter(
            agency_id=case.lead_agency_id, is_active=True, roles__role=role, roles__ended_at__isnull=True
        )
        text = f"“{row.element_name}” in case {case.reference} is late: {value.rule.title}."
        tell_staff(
            may_be_told(case, people.distinct()), kind=NoticeKind.WAITS_FOR_YOU, text=text[:300], link=_link(row)
        )
        facts = {"step_name": row.element_name, "clock": value.rule.title, "role": Role(role).label}
        tell(case, EventKind.RAN_OUT, by=WORKER, at=at, facts=facts)
    row.told += len(reached)
    waiting.set_clock(row, value, calendar, at=at)
    row.save(update_fields=["told", "tell_at", "due_at", "warn_at", "was_late"])


def _link(row: CaseClock) -> str:
    return f"/desk/cases/{row.case_id}/"
