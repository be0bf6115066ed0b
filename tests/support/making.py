"""A case on the England pack's whole path, brought to where support is asked for, planned and given."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from tests.cases.making import START, World, a_person, a_referral, share

from counterpoint.access.models import Staff, StaffRole
from counterpoint.access.types import Role, Section
from counterpoint.cases import process
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.steps import Shape
from counterpoint.support import instruments, services
from counterpoint.support.models import Assessment, Consent, Intervention
from counterpoint.support.services.steps import StepDone
from counterpoint.support.types import (
    AssessmentDraft,
    ConsentGiven,
    ConsentResult,
    InterventionKind,
    InterventionState,
    NewIntervention,
    Rating,
    Withdrawal,
)

INSTRUMENT = "engagement_intent_capability"
TODAY = START.date()
SECRET = "He keeps pigeons with his uncle."
ADULT = ConsentGiven(
    result=ConsentResult.GIVEN,
    giver="self",
    age_band="adult",
    capacity="yes",
    asked_on=TODAY,
    how=SECRET,
    records={"asked_by": "The lead officer", "told_how": "At home, with a leaflet"},
)
WITHDRAWN = Withdrawal(giver="self", withdrawn_on=TODAY, said="Enough for now")
WAYS = {  # the answers by which the path leads to support; every other choice is the first
    "gateway_assessment": {"result": "information"},
    "hold_panel": {"decision": "adopt", "home_force_was_there": "yes"},
}


def a_path_case(world: World, *, at=START) -> Case:
    return cases.open_case(
        a_referral(world), lead_officer=world.officer, by=world.triage, at=at, process_id="prevent_path"
    )


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def answers_for(case: Case, step_id: str) -> dict[str, str]:
    """Something for every field of a step: the first choice where none is asked for."""
    form = process.current_run(case).form_of(step_id)
    found = {}
    for field in form.fields:
        if field.choices:
            found[field.id] = field.choices[0][0]
        elif field.shape is Shape.DATE:
            found[field.id] = TODAY.isoformat()
        else:
            found[field.id] = f"About {field.id}"
    return {**found, **WAYS.get(step_id, {})}


def take(case: Case, step_id: str, world: World, **changes: str) -> Case:
    case = fresh(case)
    values = {**answers_for(case, step_id), **changes}
    return cases.complete_step(
        case,
        step_id,
        values,
        by=world.supervisor,
        expected_version=case.version,
        done_by_work=process.current_run(case).form_of(step_id).work,
    )


def waits_for(case: Case) -> set[str]:
    return {step.id for step in process.current_run(fresh(case)).waiting}


def walk_path(case: Case, step_id: str, world: World) -> Case:
    """The case with the path walked until this step waits."""
    for _ in range(40):
        waiting = waits_for(case)
        if step_id in waiting:
            return fresh(case)
        take(case, min(waiting), world)
    raise AssertionError(f"{step_id} was not reached")


def step_of(case: Case, step_id: str, **changes: str) -> StepDone:
    case = fresh(case)
    return StepDone(step_id, {**answers_for(case, step_id), **changes}, case.version)


def consent(case: Case, world: World, given: ConsentGiven = ADULT, *, kind: str = "support", by=None) -> Consent:
    number = Consent.objects.filter(case=case, kind=kind).count()
    return services.record_consent(case, kind, given, by=by or world.officer, expected_number=number)


def withdraw(case: Case, world: World, withdrawal: Withdrawal = WITHDRAWN, *, kind="support", by=None) -> Consent:
    return services.withdraw_consent(case, kind, withdrawal, by=by or world.officer)


def full_ratings(level: str = "not_seen", **others: str) -> dict[str, Rating]:
    _, version = instruments.instrument_and_version(INSTRUMENT)
    return {
        item.id: Rating(others.get(item.id, level), SECRET if others.get(item.id) == "seen" else "")
        for item in version.items
    }


def assessed(case: Case, world: World, *, summary: str = SECRET, **others: str) -> Assessment:
    row = services.begin_assessment(case, INSTRUMENT, by=world.officer)
    content = AssessmentDraft(full_ratings(**others), summary)
    return services.finish_assessment(row, content, by=world.officer, expected_version=row.version)


def planned(**changes) -> NewIntervention:
    usual = {
        "kind": InterventionKind.MENTORING,
        "title": "Football on Saturdays",
        "goals": SECRET,
        "from_on": TODAY,
        "until_on": TODAY + timedelta(days=90),
        "service": "Northmoor Rovers",
    }
    return NewIntervention(**{**usual, **changes})


def an_intervention(case: Case, world: World, *, submission: UUID | None = None, **changes) -> Intervention:
    return services.add_intervention(case, planned(**changes), by=world.officer, submission=submission or uuid4())


def move(row: Intervention, to: InterventionState, world: World, *, on: date = TODAY, why: str = "") -> Intervention:
    row.refresh_from_db()
    return services.move_intervention(row, to, on=on, why=why, by=world.officer, expected_version=row.version)


def running(case: Case, world: World, **changes) -> Intervention:
    """Support that runs, with consent."""
    if not Consent.objects.filter(case=case, kind="support", result="given").exists():
        consent(case, world)
    row = an_intervention(case, world, **changes)
    move(row, InterventionState.ACCEPTED, world)
    return move(row, InterventionState.RUNNING, world)


def a_provider(world: World) -> Staff:
    """Somebody of the school who provides support."""
    return a_person("Pru Vider", world.school, Role.PARTNER, Role.INTERVENTION_PROVIDER)


def an_outside_provider(world: World) -> Staff:
    """A provider of the clinic, which is given nothing."""
    return a_person("Una Clinic", world.clinic, Role.PARTNER, Role.INTERVENTION_PROVIDER)


def gives_role(staff: Staff, role: Role) -> Staff:
    StaffRole.objects.create(staff=staff, role=role)
    return Staff.objects.select_related("agency").get(pk=staff.pk)


def share_actions(case: Case, world: World) -> None:
    share(case, world, Section.ACTIONS)
