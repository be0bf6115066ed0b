"""A case on the whole path, part of the way along: tasks, clocks and somebody away, for looking at their pages."""

from datetime import date, timedelta
from uuid import UUID

from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone

from counterpoint.access.absences import set_absence
from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case, CaseClock, Task
from counterpoint.cases.types import StepValues


def a_case_on_the_path(people: cast.Cast) -> dict[str, UUID | str]:
    """Two cases: one at its gateway assessment with its clock held, one whose first task waits in a queue."""
    lead, officer = people[Role.CASE_OFFICER], people[Role.TRIAGE_OFFICER]
    waiting, case = _opened(people), _opened(people)
    first = Task.objects.get(case=case, ended_at__isnull=True)
    cases.take_task(first.pk, by=officer)
    _finish(case, "acknowledge", {"acknowledged": "yes", "contact": "yes"}, people, Role.TRIAGE_OFFICER)
    _finish(case, "deconfliction", {"result": "clear", "checked_on": date(2026, 5, 4)}, people, Role.CASE_OFFICER)
    held = CaseClock.objects.get(case=case, ended_at__isnull=True)
    cases.pause_clock(case, held.pk, reason="waiting_for_police", by=lead, expected_version=_version(case))
    assessed = _opened(people)
    cases.take_task(Task.objects.get(case=assessed, ended_at__isnull=True).pk, by=officer)
    _finish(assessed, "acknowledge", {"acknowledged": "yes", "contact": "yes"}, people, Role.TRIAGE_OFFICER)
    _finish(assessed, "deconfliction", {"result": "clear", "checked_on": date(2026, 5, 4)}, people, Role.CASE_OFFICER)
    values = {"concern_class": "clear_concern", "result": "information", "reason": "It is clear."}
    _finish(assessed, "gateway_assessment", values, people, Role.CASE_OFFICER)
    today = clock.now().date()
    away = set_absence(
        people.other_case_officer,
        cover=lead,
        from_on=today,
        until=today + timedelta(days=7),
        by=people.other_case_officer,
    )
    task = Task.objects.get(case=waiting, ended_at__isnull=True)
    clock_id = CaseClock.objects.filter(case=assessed, ended_at__isnull=True).order_by("element")[0].pk
    return {
        "path_case_id": assessed.pk,
        "held_case_id": case.pk,
        "held_clock_id": held.pk,
        "clock_id": clock_id,
        "task_id": task.pk,
        "own_task_id": Task.objects.get(case=case, ended_at__isnull=True).pk,
        "absence_id": away.pk,
        "message_id": "police_news",
    }


def _opened(people: cast.Cast) -> Case:
    referral = a_referral(CONCERN | someone("Wren", "Holloway", age=15))
    return cases.open_case(
        referral,
        lead_officer=people[Role.CASE_OFFICER],
        by=people[Role.TRIAGE_OFFICER],
        at=clock.now(),
        process_id="prevent_path",
    )


def _finish(case: Case, step: str, values: StepValues, people: cast.Cast, role: Role) -> None:
    work = process.current_run(case).form_of(step).work
    cases.complete_step(case, step, values, by=people[role], expected_version=_version(case), done_by_work=work)


def _version(case: Case) -> int:
    return Case.objects.values_list("version", flat=True).get(pk=case.pk)
