"""Support under way in the town: one of everything that its pages show, made by the services as in earnest."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.support.making import (
    ADULT,
    INSTRUMENT,
    SECRET,
    an_intervention,
    assessed,
    consent,
    fresh,
    full_ratings,
    gives_role,
    move,
    step_of,
    walk_path,
)

from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case
from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.support import services
from counterpoint.support.days import today
from counterpoint.support.models import Intervention
from counterpoint.support.types import (
    AssessmentDraft,
    Attendance,
    ConsentResult,
    InterventionState,
    Rating,
    ReviewFindings,
    ServiceAnswer,
)

_COUNTED = (  # kind, state, outcome, how many
    ("mentoring", "ended", "worked", 22),
    ("mentoring", "ended", "partly", 9),
    ("mentoring", "running", "", 8),
    ("ideological", "ended", "did_not", 7),
    ("practical", "ended", "worked", 12),
    ("education", "ended", "partly", 6),
    ("health", "not_accepted", "", 6),
    ("family", "offered", "", 3),
)


def support_under_way(people: cast.Cast) -> dict[str, UUID | str]:
    """A case at its assessment, with one finished, one corrected and a draft; a case whose plan is to be written, with
    support in every state; and much that is over, for monitoring."""
    world = SimpleNamespace(officer=people[Role.CASE_OFFICER], supervisor=people[Role.SUPERVISOR])
    assessing, drafting = _opened(people), _opened(people)
    walk_path(assessing, "assess", world)
    finished = _assess(assessing, world)
    draft = services.begin_assessment(drafting, INSTRUMENT, by=world.officer)
    half = AssessmentDraft({"grievance": Rating("seen", SECRET)}, "So far")
    services.save_draft(draft, half, by=world.officer, expected_version=draft.version)
    planning = _opened(people)
    walk_path(planning, "seek_consent", world)
    rows = _support(planning, people, world)
    return {
        "assessing_case_id": assessing.pk,
        "assessment_id": finished.pk,
        "drafting_case_id": drafting.pk,
        "draft_assessment_id": draft.pk,
        "support_case_id": planning.pk,
        "asking_case_id": _asking(people, world).pk,
        "instrument": INSTRUMENT,
        "kind": "support",
        **rows,
    }


def _opened(people: cast.Cast) -> Case:
    return cases.open_case(
        a_referral(CONCERN | someone("Perrin", "Vale", age=19)),
        lead_officer=people[Role.CASE_OFFICER],
        by=people[Role.TRIAGE_OFFICER],
        at=clock.now(),
        process_id="prevent_path",
    )


def _assess(case: Case, world: SimpleNamespace):
    first = assessed(case, world, grievance="seen", identity="seen")
    second = assessed(case, world, grievance="seen")
    again = services.correct_assessment(second, by=world.officer)
    content = AssessmentDraft(full_ratings(trusted_people="seen"), "He has somebody to talk to now.")
    services.finish_assessment(again, content, by=world.officer, expected_version=again.version)
    return first


def _asking(people: cast.Cast, world: SimpleNamespace) -> Case:
    """Consent is to be sought; it was asked for once, and withdrawn."""
    case = _opened(people)
    walk_path(case, "seek_consent", world)
    on = today()
    consent(case, world, replace(ADULT, asked_on=on, result=ConsentResult.ASKED))
    consent(case, world, replace(ADULT, asked_on=on, capacity="no", deviation="The court has said who decides."))
    return fresh(case)


def _support(case: Case, people: cast.Cast, world: SimpleNamespace) -> dict[str, UUID]:
    provider = gives_role(people[Role.INTERVENTION_PROVIDER], Role.PARTNER)
    cases.share_case(
        case,
        agency=people.health,
        sections=[Section.ACTIONS],
        purpose="To do its part of the plan",
        legal_basis="Public task",
        until=clock.now() + timedelta(days=100),
        by=world.officer,
    )
    on, until = today(), today() + timedelta(days=60)
    step = step_of(case, "seek_consent", result="given", giver="self")
    given = replace(ADULT, asked_on=on)
    services.record_consent(case, "support", given, by=world.officer, expected_number=0, step=step)
    days = {"from_on": on, "until_on": until}
    offered = an_intervention(case, world, title="A place at college", kind="education", **days)
    mentoring = an_intervention(case, world, title="A mentor each week", agency_id=people.health.pk, service="", **days)
    signposted = an_intervention(
        case, world, title="The housing office", kind="signposting", service="Northmoor Housing", **days
    )
    for row in (mentoring, signposted):
        move(row, InterventionState.ACCEPTED, world, on=on)
        move(row, InterventionState.RUNNING, world, on=on)
    for attendance in (Attendance.ATTENDED, Attendance.NOT_ATTENDED):
        services.log_session(mentoring, held_on=on, attendance=attendance, note=SECRET, by=provider, submission=uuid4())
    signposted.refresh_from_db()
    services.record_service_answer(
        signposted,
        ServiceAnswer.NOT_ACCEPTED,
        on=on,
        reason="A waiting list of a year",
        by=world.officer,
        expected_version=signposted.version,
    )
    services.make_plan(case, "A mentor each week, and help with a place to live.", by=world.officer, expected_number=0)
    services.make_plan(case, "As before, and college from autumn on.", by=world.officer, expected_number=1)
    findings = ReviewFindings(on, {mentoring.pk: ActionOutcome.PARTLY}, Impact.SOME_BETTER, "He came, and was late.")
    services.record_review(case, findings, by=world.officer, submission=uuid4())
    _much_that_is_over(people, offered)
    to_answer = an_intervention(
        case, world, title="Somebody to talk to", agency_id=people.health.pk, service="", **days
    )
    return {
        "intervention_id": mentoring.pk,
        "offered_id": offered.pk,
        "to_answer_id": to_answer.pk,
        "signposted_id": signposted.pk,
    }


def _much_that_is_over(people: cast.Cast, like: Intervention) -> None:
    """Support of another case, as monitoring counts it: its words open nowhere."""
    case, copies = _opened(people), []
    for kind, state, outcome, number in _COUNTED:
        for _ in range(number):
            copy = Intervention.objects.get(pk=like.pk)
            copy.pk, copy.submission, copy.case = uuid4(), uuid4(), case
            copy.kind, copy.state, copy.outcome = kind, state, outcome
            copies.append(copy)
    Intervention.objects.bulk_create(copies)
