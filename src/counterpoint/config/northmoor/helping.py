# ruff: noqa: PLR2004 - the numbers are ages and chances of a made-up town
"""Support on the whole path: the assessment, consent, the plan with its provider, sessions, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from counterpoint.access.types import Role
from counterpoint.base import clock, ids
from counterpoint.config.northmoor.clockwork import Moments
from counterpoint.config.northmoor.world import in_days
from counterpoint.kernel.instruments import Rating
from counterpoint.support import instruments
from counterpoint.support import services as support
from counterpoint.support.models import Intervention
from counterpoint.support.services.steps import StepDone
from counterpoint.support.types import (
    AssessmentDraft,
    Attendance,
    ConsentGiven,
    ConsentResult,
    InterventionKind,
    InterventionState,
    NewIntervention,
    Withdrawal,
)

if TYPE_CHECKING:
    from counterpoint.access.models import Staff
    from counterpoint.config.northmoor.pathwork import PathWorker

_INSTRUMENT, _CONSENT = "engagement_intent_capability", "support"
_CHILD, _YOUNG = 16, 18
_SESSIONS = 4


def assess(worker: PathWorker, step_id: str) -> None:
    """The assessment, finished, and the step with it: the panel should see the case."""
    row = support.begin_assessment(worker.refresh(), _INSTRUMENT, by=worker.lead)
    content = AssessmentDraft(_ratings(worker), worker.say("assessed", "summary"))
    support.finish_assessment(row, content, by=worker.lead, expected_version=row.version)
    values = {"decision": "panel", "strengths": worker.say("strengths"), "reason": worker.say("reason")}
    step = StepDone(step_id, values, worker.refresh().version)
    support.finish_assessment_step(worker.case, step, by=worker.lead)


def draft(worker: PathWorker) -> None:
    """An assessment that is half done."""
    row = support.begin_assessment(worker.refresh(), _INSTRUMENT, by=worker.lead)
    half = dict(list(_ratings(worker).items())[:9])
    support.save_draft(row, AssessmentDraft(half), by=worker.lead, expected_version=row.version)


def ask_consent(worker: PathWorker) -> Moments:
    """Consent to support is asked for and given."""
    yield in_days(worker.random, 2, 4)
    given = _consent(worker, ConsentResult.GIVEN)
    values = {
        "result": "given",
        "giver": given.giver,
        "age_band": given.age_band,
        "capacity": given.capacity,
        "how": given.how,
    }
    step = StepDone("seek_consent", values, worker.refresh().version)
    support.record_consent(worker.case, _CONSENT, given, by=worker.lead, expected_number=0, step=step)


def ask_only(worker: PathWorker) -> Moments:
    """Consent was asked for; the answer is not there yet."""
    given = _consent(worker, ConsentResult.ASKED)
    support.record_consent(worker.refresh(), _CONSENT, given, by=worker.lead, expected_number=0)
    yield from ()


def make_plan(worker: PathWorker) -> Moments:
    """The plan, and support that begins: a mentor of the youth trust, and mostly a second thing."""
    yield in_days(worker.random, 1, 2)
    worker.share("youth")
    text = worker.say("plans")
    values = {"support": text, "providers": worker.say("providers"), "consent_reference": worker.say("consent")}
    step = StepDone("make_plan", values, worker.refresh().version)
    support.make_plan(worker.case, text, by=worker.lead, expected_number=0, step=step)
    rows = [_offered(worker, each) for each in worker.world.town.path["interventions"]]
    yield in_days(worker.random, 1, 2)
    taken = worker.random.choice([1, 2, 2])
    for row in rows[:taken]:
        _move(worker, row, InterventionState.ACCEPTED)
        _move(worker, row, InterventionState.RUNNING)
    for row in rows[taken:]:
        _move(worker, row, InterventionState.NOT_ACCEPTED, why=worker.say("not_wanted"))


def deliver(worker: PathWorker) -> Moments:
    """Some weeks of support, and what was done told for the review."""
    yield from meet(worker, _SESSIONS)
    yield in_days(worker.random, 0.2, 1)
    values = {
        "done": worker.say("done"),
        "provider_report": worker.say("provider_report"),
        "changed": worker.say("changed"),
    }
    yield from worker.step("deliver_support", values)


def meet(worker: PathWorker, times: int | None) -> Moments:
    """Sessions, each logged by the provider, so many or until the town is loaded."""
    number = 0
    while times is None or number < times:
        number += 1
        yield in_days(worker.random, 5, 6.5)
        _log(worker, came=worker.random.random() < 0.85)


def withdraw(worker: PathWorker) -> Moments:
    """Support for some weeks, until the person does not want it any more."""
    until = worker.world.ends_at - timedelta(days=6)
    while clock.now() < until - timedelta(days=9):
        yield from meet(worker, 1)
    yield max(clock.now(), until)
    said = Withdrawal(giver=_giver(worker), withdrawn_on=clock.now().date(), said=worker.say("withdrawn"))
    support.withdraw_consent(worker.refresh(), _CONSENT, said, by=worker.lead)
    yield in_days(worker.random, 0.5, 1)
    for row in _running(worker):
        _move(worker, row, InterventionState.ENDED, why=worker.say("withdrawn_end"))


def end_support(worker: PathWorker) -> None:
    """What runs has ended, since the panel found that it may."""
    for row in _running(worker):
        _move(worker, row, InterventionState.ENDED, why=worker.say("ended"))


def _ratings(worker: PathWorker) -> dict[str, Rating]:
    _, version = instruments.instrument_and_version(_INSTRUMENT)
    items = [item.id for item in version.items]
    chosen = worker.random.sample(items, 7)
    ratings = {item: Rating("not_known" if worker.random.random() < 0.3 else "not_seen") for item in items}
    ratings |= {item: Rating("seen", worker.say("assessed", "seen")) for item in chosen[:4]}
    return ratings | {item: Rating("reported", worker.say("assessed", "reported")) for item in chosen[4:]}


def _consent(worker: PathWorker, result: ConsentResult) -> ConsentGiven:
    age = worker.story.age or _YOUNG
    is_asked = result is ConsentResult.ASKED
    return ConsentGiven(
        result=result,
        giver=_giver(worker),
        age_band="under_16" if age < _CHILD else "sixteen_seventeen" if age < _YOUNG else "adult",
        capacity="yes",
        asked_on=clock.now().date(),
        how=worker.say("consent_asked") if is_asked else worker.say("consent"),
        records={"asked_by": worker.lead.name, "told_how": worker.say("told_how")},
    )


def _giver(worker: PathWorker) -> str:
    return "parent_guardian" if (worker.story.age or _YOUNG) < _CHILD else "self"


def _provider(worker: PathWorker) -> Staff:
    return next(one for one in worker.world.staff.values() if Role.INTERVENTION_PROVIDER in one.role_names)


def _offered(worker: PathWorker, told: dict[str, str]) -> Intervention:
    is_mentoring = told["kind"] == InterventionKind.MENTORING
    new = NewIntervention(
        kind=InterventionKind(told["kind"]),
        title=told["title"],
        goals=told["goals"],
        from_on=clock.now().date(),
        until_on=clock.now().date() + timedelta(days=240),
        staff_id=_provider(worker).pk if is_mentoring else None,
        agency_id=None if is_mentoring else worker.world.agencies["youth"].pk,
    )
    return support.add_intervention(worker.refresh(), new, by=worker.lead, submission=ids.new_id())


def _move(worker: PathWorker, row: Intervention, to: InterventionState, *, why: str = "") -> None:
    row.refresh_from_db()
    today = clock.now().date()
    support.move_intervention(row, to, on=today, why=why, by=worker.lead, expected_version=row.version)


def _running(worker: PathWorker) -> list[Intervention]:
    rows = Intervention.objects.filter(case=worker.case, state=InterventionState.RUNNING)
    return list(rows.order_by("created_at", "id"))


def _log(worker: PathWorker, *, came: bool) -> None:
    row = next((each for each in _running(worker) if each.staff_id), None)
    if row is None:
        return
    support.log_session(
        row,
        held_on=clock.now().date(),
        attendance=Attendance.ATTENDED if came else Attendance.NOT_ATTENDED,
        note=worker.say("sessions") if came else worker.say("missed"),
        by=_provider(worker),
        submission=ids.new_id(),
    )
