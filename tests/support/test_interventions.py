"""Interventions: who may provide, where each state may go, no support without consent, sessions and reviews."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.cases.making import START, a_person, share
from tests.support.making import (
    SECRET,
    TODAY,
    a_path_case,
    a_provider,
    an_intervention,
    an_outside_provider,
    consent,
    fresh,
    gives_role,
    move,
    planned,
    running,
    share_actions,
    withdraw,
)

from counterpoint.access.models import Notice, Recusal
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseEvent
from counterpoint.cases.types import ActionOutcome, Impact
from counterpoint.support import services
from counterpoint.support.errors import NoConsent
from counterpoint.support.models import Intervention, ReviewedIntervention, SupportSession
from counterpoint.support.selectors import (
    intervention_for,
    interventions_given_to,
    possible_providers,
    support_for,
)
from counterpoint.support.types import (
    MOVES,
    Attendance,
    InterventionState,
    ReviewFindings,
    ServiceAnswer,
)

pytestmark = pytest.mark.django_db
S = InterventionState
PROVIDER = (Role.PARTNER, Role.INTERVENTION_PROVIDER)


def put_in(row, state):
    Intervention.objects.filter(pk=row.pk).update(state=state)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("to", S)
def test_every_move_is_in_the_table(world, state, to):
    case = a_path_case(world)
    consent(case, world)
    row = put_in(an_intervention(case, world), state)
    if to in MOVES[state]:
        assert move(row, to, world, why="So it was agreed").state == to
    else:
        with pytest.raises(NotPossible, match="cannot become"):
            move(row, to, world, why="So it was agreed")


def test_every_state_but_the_last_has_a_way_on():
    reached = {S.OFFERED}
    for _ in S:
        reached |= {to for state in reached for to in MOVES[state]}
    assert reached == set(S)
    assert [state for state in S if not MOVES[state]] == [S.ENDED]


def test_no_support_begins_without_consent(world):
    case = a_path_case(world)
    row = move(an_intervention(case, world), S.ACCEPTED, world)
    with pytest.raises(NoConsent, match="“Support under section 36” is not in force"):
        move(row, S.RUNNING, world)
    consent(case, world)
    withdraw(case, world)
    with pytest.raises(NoConsent):
        move(row, S.RUNNING, world)
    consent(case, world)
    assert move(row, S.RUNNING, world).state == S.RUNNING
    withdraw(case, world)  # what runs is ended by a person, and nothing hides that it runs without consent
    row.refresh_from_db()
    assert row.state == S.RUNNING
    assert support_for(world.officer, case.pk, purpose="x").withdrawn
    assert move(row, S.ENDED, world, why="Consent was withdrawn").state == S.ENDED


def test_days_and_reasons_of_moves(world):
    row = an_intervention(a_path_case(world), world)
    with pytest.raises(Missing) as refused:
        move(row, S.NOT_ACCEPTED, world, on=TODAY + timedelta(days=1))
    assert refused.value.problems == (
        "The day lies ahead. Give the day on which it happened.",
        "Say why.",
    )
    with pytest.raises(Missing, match="before what was recorded last"):
        move(row, S.ACCEPTED, world, on=TODAY - timedelta(days=1))


class Walk(RuleBasedStateMachine):
    """Consents, moves and sessions in any order: what runs had consent when it began, and nothing ended comes back."""

    world: object = None

    def __init__(self):
        super().__init__()
        self.case = a_path_case(self.world)
        self.row = an_intervention(self.case, self.world)
        self.consents = self.began_without = 0
        self.was_ended = False

    @rule()
    def give_consent(self):
        consent(self.case, self.world)
        self.consents = 1

    @rule()
    def withdraw_consent(self):
        try:
            withdraw(self.case, self.world)
        except NotPossible:
            assert not self.consents
        self.consents = 0

    @rule(to=st.sampled_from(list(S)))
    def move(self, to):
        try:
            move(self.row, to, self.world, why="So it was agreed")
        except NoConsent:
            assert not self.consents
        except NotPossible:
            assert to not in MOVES[S(Intervention.objects.get(pk=self.row.pk).state)]
        else:
            self.began_without += to is S.RUNNING and not self.consents

    @rule()
    def log(self):
        row = Intervention.objects.get(pk=self.row.pk)
        try:
            services.log_session(
                row, held_on=TODAY, attendance=Attendance.ATTENDED, note="x", by=self.world.officer, submission=uuid4()
            )
        except NotPossible:
            assert row.state not in (S.RUNNING, S.ENDED)

    @invariant()
    def nothing_began_without_consent(self):
        assert self.began_without == 0

    @invariant()
    def what_ended_stays_ended(self):
        ended = Intervention.objects.get(pk=self.row.pk).state == S.ENDED
        assert ended or not self.was_ended
        self.was_ended = ended

    @invariant()
    def everything_is_audited(self):
        of_case = AuditEntry.objects.filter(subject_id=self.case.pk, action__startswith="case.")
        assert of_case.count() >= CaseEvent.objects.filter(case=self.case).count() - 1


def test_any_order(world):
    from hypothesis.stateful import run_state_machine_as_test

    Walk.world = world
    run_state_machine_as_test(Walk, settings=settings(max_examples=8, stateful_step_count=10, deadline=None))


# --- providers


def test_one_provider_and_one_that_may_know(world):
    case = a_path_case(world)
    provider = a_provider(world)
    for changes, problem in (
        ({"service": ""}, "Choose who provides it"),
        ({"agency_id": world.school.pk}, "Choose who provides it"),
        ({"agency_id": world.school.pk, "service": ""}, "This agency does not know of the case"),
        ({"staff_id": provider.pk, "service": ""}, "This person does not know of the case"),
        ({"staff_id": world.officer.pk, "service": ""}, "no intervention provider"),
        ({"until_on": TODAY - timedelta(days=1)}, "It ends before it begins"),
    ):
        with pytest.raises(Missing, match=problem):
            an_intervention(case, world, **changes)
    share(case, world, Section.CONCERN)
    with pytest.raises(Missing, match="The actions of the case are not shared"):
        an_intervention(case, world, staff_id=provider.pk, service="")
    with pytest.raises(Missing, match="This agency does not know"):
        an_intervention(case, world, agency_id=world.school.pk, service="")
    share_actions(case, world)
    an_intervention(case, world, staff_id=provider.pk, service="")
    an_intervention(case, world, agency_id=world.school.pk, service="")
    inside = gives_role(world.colleague, Role.INTERVENTION_PROVIDER)
    with pytest.raises(Missing, match="does not know of the case"):
        an_intervention(case, world, staff_id=inside.pk, service="")
    cases.add_member(fresh(case), staff=inside, by=world.officer)
    an_intervention(case, world, staff_id=inside.pk, service="")
    offered = possible_providers(world.officer, case.pk)
    assert {name for _, name in offered.agencies} == {"Northmoor Council", "Northmoor Schools Service"}
    assert {name for _, name in offered.people} == {
        "Cara Member, Northmoor Council",
        "Pru Vider, Northmoor Schools Service",
    }


def test_a_provider_reads_and_logs_its_own_alone(world):
    case = a_path_case(world)
    share_actions(case, world)
    provider, outside = a_provider(world), an_outside_provider(world)
    own = running(case, world, agency_id=world.school.pk, service="")
    other = running(case, world)
    view = support_for(provider, case.pk, purpose="x")
    assert [each.id for each in view.interventions] == [own.pk]
    assert (view.plans, view.reviews, view.interventions[0].outcome) == (None, None, None)
    assert [each.id for each in interventions_given_to(provider)] == [own.pk]
    for viewer, row in ((provider, other), (outside, own), (outside, other)):
        with pytest.raises(NotFound):
            intervention_for(viewer, case.pk, row.pk, purpose="x")
        with pytest.raises(NotFound):
            log(row, by=viewer)
    assert log(own, by=provider).by == provider
    assert interventions_given_to(outside) == ()
    with pytest.raises(NotAllowed):
        log(own, by=world.partner)  # of the agency, and no provider
    with pytest.raises(NotAllowed):
        services.move_intervention(own, S.ENDED, on=TODAY, why="x", by=provider, expected_version=own.version)
    Recusal.objects.create(
        staff=provider, subject_kind=SubjectKind.CASE, subject_id=case.pk, reason="x", recorded_by=world.supervisor
    )
    assert interventions_given_to(provider) == ()
    with pytest.raises(NotFound):
        log(own, by=provider)


def offered_to_the_school(world):
    case = a_path_case(world)
    share_actions(case, world)
    return case, a_provider(world), an_intervention(case, world, agency_id=world.school.pk, service="")


def answer(row, to, *, by, why="", version=None):
    return services.answer_offer(row, to, why=why, by=by, expected_version=version or row.version)


@pytest.mark.parametrize(("to", "why"), [(S.ACCEPTED, ""), (S.NOT_ACCEPTED, "Nobody is free until autumn.")])
def test_a_provider_answers_for_themselves_and_the_lead_officer_is_told(world, to, why):
    case, provider, row = offered_to_the_school(world)
    assert interventions_given_to(provider)[0].waits_for_answer
    before = AuditEntry.objects.count()
    for _ in range(2):  # sent twice is once
        answer(row, to, why=why, by=provider)
    assert AuditEntry.objects.count() == before + 1
    seen = intervention_for(world.officer, case.pk, row.pk, purpose="x")[2]
    assert (seen.state, seen.why, seen.state_by) == (to, why, "Pru Vider, Northmoor Schools Service")
    told = CaseEvent.objects.get(case=case, kind="offer_answered")
    assert (told.by, told.facts["state"]) == (provider, to)
    notice = Notice.objects.get(staff=world.officer, link__endswith=f"/support/{row.pk}/")
    assert case.reference in notice.text
    assert not [given for given in interventions_given_to(provider) if given.waits_for_answer]


def test_a_refusal_says_why_and_an_answer_is_one_of_two(world):
    _, provider, row = offered_to_the_school(world)
    with pytest.raises(Missing, match="Say why"):
        answer(row, S.NOT_ACCEPTED, by=provider)
    for to in (S.RUNNING, S.ENDED, S.OFFERED):
        with pytest.raises(Missing, match="whether you accept"):
            answer(row, to, why="x", by=provider)


def test_nobody_answers_for_a_provider_but_who_does_the_casework(world):
    case, provider, row = offered_to_the_school(world)
    outside = an_outside_provider(world)
    for by, refusal in ((world.partner, NotAllowed), (outside, NotFound), (world.officer, NotAllowed)):
        with pytest.raises(refusal):
            answer(row, S.ACCEPTED, by=by)
    own = an_intervention(case, world, staff_id=a_person("Ola", world.school, *PROVIDER).pk, service="")
    with pytest.raises(NotFound):  # a colleague's
        answer(own, S.ACCEPTED, by=provider)
    by_telephone = move(row, S.NOT_ACCEPTED, world, why="They rang: nobody is free")
    assert by_telephone.state_by == world.officer
    with pytest.raises(NotPossible, match="cannot become"):
        answer(by_telephone, S.ACCEPTED, by=provider)
    with pytest.raises(Conflict) as conflict:
        answer(by_telephone, S.ACCEPTED, by=provider, version=1)
    assert conflict.value.theirs["why"] == "They rang: nobody is free"


def test_another_provider_has_not_answered(world):
    _, provider, row = offered_to_the_school(world)
    answer(row, S.ACCEPTED, by=provider)
    row.refresh_from_db()
    changed = planned(title="The same, on Sundays", agency_id=world.school.pk, service="")
    row = services.change_intervention(row, changed, by=world.officer, expected_version=row.version)
    assert row.state == S.ACCEPTED
    row = services.change_intervention(row, planned(service="A club"), by=world.officer, expected_version=row.version)
    assert (row.state, row.state_by) == (S.OFFERED, world.officer)
    with pytest.raises(NotFound):
        answer(row, S.ACCEPTED, by=provider)


def test_a_closed_case_waits_for_no_answer(world):
    case, provider, row = offered_to_the_school(world)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=START, closure_reason="x")
    with pytest.raises(NotPossible, match="closed"):
        answer(row, S.ACCEPTED, by=provider)
    assert not interventions_given_to(provider)[0].waits_for_answer
    assert not intervention_for(provider, case.pk, row.pk, purpose="x")[2].may_answer


def log(row, *, by, held_on=TODAY, submission=None):
    return services.log_session(
        row, held_on=held_on, attendance=Attendance.ATTENDED, note=SECRET, by=by, submission=submission or uuid4()
    )


def test_a_session_is_sealed_and_sent_twice_is_once(world):
    row = running(a_path_case(world), world)
    key = uuid4()
    assert log(row, by=world.officer, submission=key) == log(row, by=world.officer, submission=key)
    assert SupportSession.objects.count() == 1
    assert b"pigeons" not in bytes(SupportSession.objects.get().sealed_note)


def test_sessions_are_held_while_support_runs(world):
    row = an_intervention(a_path_case(world), world)
    with pytest.raises(NotPossible, match="does not run"):
        log(row, by=world.officer)
    row = running(row.case, world)
    with pytest.raises(Missing, match="lies ahead"):
        log(row, by=world.officer, held_on=TODAY + timedelta(days=1))
    move(row, S.ENDED, world, why="Over")
    log(row, by=world.officer)
    with clock.moved_to(START + timedelta(days=5)), pytest.raises(Missing, match="had ended by then"):
        log(row, by=world.officer, held_on=TODAY + timedelta(days=2))


def test_two_people_change_it(world):
    row = an_intervention(a_path_case(world), world)
    services.change_intervention(row, planned(title="Chess"), by=world.officer, expected_version=1)
    with pytest.raises(Conflict) as conflict:
        services.change_intervention(row, planned(title="Go"), by=world.supervisor, expected_version=1)
    assert conflict.value.theirs["title"] == "Chess"
    move(put_in(row, S.RUNNING), S.ENDED, world, why="Over")
    row.refresh_from_db()
    with pytest.raises(NotPossible, match="has ended"):
        services.change_intervention(row, planned(), by=world.officer, expected_version=row.version)


def test_what_a_service_answered(world):
    case = a_path_case(world)
    row = an_intervention(case, world, kind="signposting")
    services.record_service_answer(
        row, ServiceAnswer.NOT_ACCEPTED, on=TODAY, reason=SECRET, by=world.officer, expected_version=1
    )
    _, row, view = intervention_for(world.officer, case.pk, row.pk, purpose="x")
    assert (view.service_answer, view.service_reason) == (ServiceAnswer.NOT_ACCEPTED, SECRET)
    with pytest.raises(Missing, match="this is signposting"):
        services.change_intervention(row, planned(kind="health"), by=world.officer, expected_version=row.version)


def test_reviews_stay_and_the_latest_judgement_counts(world):
    case = a_path_case(world)
    row = running(case, world)

    def review(outcome, *, submission=None):
        findings = ReviewFindings(TODAY, {row.pk: outcome}, Impact.SAME, SECRET)
        return services.record_review(case, findings, by=world.officer, submission=submission or uuid4())

    key = uuid4()
    assert review(ActionOutcome.PARTLY, submission=key) == review(ActionOutcome.PARTLY, submission=key)
    review(ActionOutcome.WORKED)
    row.refresh_from_db()
    assert row.outcome == ActionOutcome.WORKED
    assert ReviewedIntervention.objects.count() == 2
    assert len(support_for(world.officer, case.pk, purpose="x").reviews) == 2
    stranger = running(a_path_case(world), world)
    findings = ReviewFindings(TODAY, {stranger.pk: ActionOutcome.WORKED}, Impact.SAME, "x")
    with pytest.raises(Missing, match="Only support of this case"):
        services.record_review(case, findings, by=world.officer, submission=uuid4())
    ahead = ReviewFindings(TODAY + timedelta(days=1), {}, Impact.SAME, "x")
    with pytest.raises(Missing, match="lies ahead"):
        services.record_review(case, ahead, by=world.officer, submission=uuid4())


def test_the_panels_chair_reviews_a_case_that_they_work_on(world):
    case = a_path_case(world)
    chair = gives_role(world.colleague, Role.PANEL_CHAIR)
    findings = ReviewFindings(TODAY, {}, Impact.SAME, "x")
    with pytest.raises(NotFound):
        services.record_review(case, findings, by=chair, submission=uuid4())
    cases.add_member(fresh(case), staff=chair, by=world.officer)
    services.record_review(case, findings, by=chair, submission=uuid4())


def test_a_closed_case_takes_no_more_support(world):
    case = a_path_case(world)
    row = running(case, world)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=START, closure_reason="x")
    row.refresh_from_db()
    for act in (
        lambda: an_intervention(case, world),
        lambda: move(row, S.ENDED, world, why="x"),
        lambda: log(row, by=world.officer),
        lambda: services.make_plan(case, "x", by=world.officer, expected_number=0),
    ):
        with pytest.raises(NotPossible, match="closed"):
            act()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=6))
def test_whether_there_was_consent_on_a_day_is_told_from_the_history(history):
    """Held against the plain reading: on each day, what was recorded last until its end, or counted on that day."""
    from types import SimpleNamespace

    from counterpoint.support.selectors import plans

    rows = []
    for is_given, days in sorted(history, key=lambda each: each[1]):
        if is_given or rows:
            rows.append(SimpleNamespace(result="given" if is_given else "withdrawn", on=TODAY + timedelta(days=days)))
    spans = plans.given_spans(rows)
    for days in range(32):
        day = TODAY + timedelta(days=days)
        before = [row for row in rows if row.on < day]
        same_day = [row for row in rows if row.on == day]
        plain = bool(before and before[-1].result == "given") or any(row.result == "given" for row in same_day)
        assert any(begin <= day and (end is None or day <= end) for begin, end in spans) == plain
