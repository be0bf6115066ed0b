"""A case on England's whole path, from triage to the last review, by the people whose steps they are."""

from datetime import date, timedelta

import pytest
from tests.cases.making import OUTCOME, START, World, a_case, a_person, a_referral, share, walk_to

from counterpoint.access.absences import set_absence
from counterpoint.access.models import Notice, Staff
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.cases import policies, process, selectors, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseClock, StepRecord, Task
from counterpoint.cases.types import CaseState, EventKind
from counterpoint.kernel.packs import StepWork

pytestmark = pytest.mark.django_db

ADOPTED = {"home_force_was_there": "yes", "decided_by": "all", "decision": "adopt", "reason": "All agreed."}
# the way through, past the closing; None: a service of its own
WAY = (
    ("acknowledge", {"acknowledged": "yes", "contact": "not_asked"}),
    ("deconfliction", {"result": "clear", "checked_on": date(2026, 5, 4)}),
    ("gateway_assessment", {"concern_class": "clear_concern", "result": "information", "reason": "It is clear."}),
    ("speak_to_referrer", {"reached": "yes"}),
    ("ask_partners", {"asked": "The school, for the panel"}),
    ("assess", {"decision": "panel", "strengths": "A brother.", "reason": "Needs more than one agency."}),
    ("prepare_panel", {"panel_on": date(2026, 5, 20), "home_force_invited": "yes"}),
    ("hold_panel", ADOPTED),
    ("seek_consent", {"result": "given", "giver": "self", "age_band": "adult", "capacity": "yes", "how": "Asked."}),
    ("make_plan", {"support": "A mentor.", "providers": "Ines", "consent_reference": "4 May"}),
    ("deliver_support", {"done": "Six meetings."}),
    (
        "review_support",
        {"decision": "close", "impact": "better", "worked": "The mentor.", "reason": "Things are better."},
    ),
    ("ask_members", {"views": "All agree.", "repeats": "no"}),
    ("agree_closure", {"decision": "agreed", "reason": "All agree."}),
)


@pytest.fixture
def chair(world) -> Staff:
    return a_person("Chandra Chair", world.lead, Role.PANEL_CHAIR)


@pytest.fixture
def case(world) -> Case:
    referral = a_referral(world)
    return services.open_case(
        referral, lead_officer=world.officer, by=world.triage, at=START, process_id="prevent_path"
    )


def waiting(case: Case) -> set[str]:
    return {step.id for step in process.current_run(case).waiting}


def tasks(case: Case) -> set[str]:
    return set(Task.objects.filter(case=case, ended_at__isnull=True).values_list("step", flat=True))


def walk(case: Case, world: World, chair: Staff, *, until: str = "") -> Case:
    """Every step of the way by somebody whose step it is, up to (not with) `until`."""
    for step, values in WAY:
        if step == until:
            return case
        case.refresh_from_db()
        task = Task.objects.get(case=case, step=step, ended_at__isnull=True)
        by = {Role.PANEL_CHAIR: chair, Role.TRIAGE_OFFICER: world.triage}.get(Role(task.role), world.officer)
        if by in (chair, world.triage):
            services.take_task(task.pk, by=by)
        work = process.current_run(case).form_of(step).work  # what comes along with it is other tests' matter
        services.complete_step(case, step, values, by=by, expected_version=case.version, done_by_work=work)
        case.refresh_from_db()
        assert tasks(case) == waiting(case)
    return case


def closed(case: Case, world: World, chair: Staff) -> Case:
    return finish(walk(case, world, chair), world)


def finish(case: Case, world: World) -> Case:
    services.record_outcome(case, **OUTCOME, by=world.officer, expected_version=case.version)
    services.send_feedback(case, text="It has ended.", by=world.officer, expected_version=case.version + 1)
    case.refresh_from_db()
    assert case.next_step_name == "6 months after closure"
    services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    return case


def test_triage_has_decided_that_it_is_a_referral(case, world):
    done = StepRecord.objects.get(run__case=case)
    assert (done.step, done.choices, done.by) == ("advice_or_referral", {"decision": "referral"}, world.triage)
    assert waiting(case) == tasks(case) == {"acknowledge"}


def test_the_way_to_the_closing_and_its_reviews(case, world, chair):
    walk(case, world, chair)
    outcome = Task.objects.get(case=case, ended_at__isnull=True)
    assert (outcome.step, outcome.assignee) == ("record_outcome", world.officer)
    finish(case, world)
    run = case.runs.get()
    assert (case.state, run.ended_at, case.next_step) == (CaseState.CLOSED, None, "")
    timer = CaseClock.objects.get(case=case, ended_at__isnull=True)
    assert timer.is_timer
    with clock.moved_to(timer.due_at - timedelta(seconds=1)):
        assert services.look_at_clocks() == 0
    with clock.moved_to(timer.due_at):
        assert services.look_at_clocks() == 1
        assert services.look_at_clocks() == 0
        case.refresh_from_db()
        assert waiting(case) == tasks(case) == {"review_six"}
        assert case.state == CaseState.CLOSED
        values = {"decision": "nothing_new", "reason": "No new worry."}
        services.complete_step(case, "review_six", values, by=world.officer, expected_version=case.version)
    last = CaseClock.objects.get(case=case, ended_at__isnull=True)
    with clock.moved_to(last.due_at):
        services.look_at_clocks()
        case.refresh_from_db()
        values = {"decision": "finish", "reason": "Nothing new."}
        services.complete_step(case, "review_later", values, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    run.refresh_from_db()
    assert (case.state, run.closure_reason) == (CaseState.CLOSED, "concerns_reduced")
    assert run.ended_at == last.due_at
    assert not Task.objects.filter(case=case, ended_at__isnull=True).exists()
    assert not CaseClock.objects.filter(case=case, ended_at__isnull=True).exists()


def test_a_new_worry_at_the_review_opens_the_case_again(case, world, chair):
    closed(case, world, chair)
    timer = CaseClock.objects.get(case=case, ended_at__isnull=True)
    with clock.moved_to(timer.due_at):
        services.look_at_clocks()
        case.refresh_from_db()
        values = {"decision": "reopen", "reason": "A new worry."}
        services.complete_step(case, "review_six", values, by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    assert (case.state, case.closure_reason, case.closed_at) == (CaseState.OPEN, "", None)
    assert waiting(case) == {"deconfliction"}
    assert case.events.filter(kind=EventKind.REOPENED).count() == 1
    assert case.referrals.get().referral.state == "decided"


def test_reopening_by_hand_ends_the_run_that_waited_for_its_reviews(case, world, chair):
    closed(case, world, chair)
    services.reopen_case(case, reason="News.", by=world.supervisor, expected_version=case.version)
    first, second = case.runs.order_by("number")
    assert first.ended_at is not None
    assert (second.process_id, second.ended_at) == ("prevent_path", None)
    assert CaseClock.objects.filter(run=first, ended_at__isnull=True).count() == 0
    assert tasks(case) == {"acknowledge"}


class TestWhoseStepItIs:
    def test_the_panel_s_step_is_the_chair_s_alone(self, case, world, chair):
        walk(case, world, chair, until="hold_panel")
        with pytest.raises(NotAllowed):
            services.complete_step(case, "hold_panel", ADOPTED, by=world.officer, expected_version=case.version)

    def test_the_outcome_is_offered_to_who_may_record_it(self, case, world, chair):
        """It stands in the chair's lane, and is casework."""
        walk(case, world, chair)
        (step,) = selectors.case_for(world.officer, case.pk, purpose="test").progress.waiting
        assert (step.form.work, step.may_do) == (StepWork.OUTCOME, True)
        (step,) = selectors.case_for(chair, case.pk, purpose="test").progress.waiting
        assert not step.may_do

    def test_a_triage_officer_sees_the_queue_and_works_on_the_case_once_they_took_a_task(self, case, world):
        (row,) = selectors.tasks_for(world.triage).queue
        assert (row.reference, row.may_open) == (case.reference, False)
        with pytest.raises(NotFound):
            selectors.heading_for(world.triage, case.pk)
        services.take_task(row.id, by=world.triage)
        assert selectors.heading_for(world.triage, case.pk).reference == case.reference
        assert [each.may_open for each in selectors.tasks_for(world.triage).own] == [True]

    def test_two_people_take_the_same_task(self, case, world):
        other = a_person("Tove Second", world.lead, Role.TRIAGE_OFFICER)
        task = Task.objects.get(case=case, ended_at__isnull=True)
        services.take_task(task.pk, by=world.triage)
        services.take_task(task.pk, by=world.triage)  # a double click
        with pytest.raises(NotPossible):
            services.take_task(task.pk, by=other)

    def test_nobody_else_s_queue(self, case, world):
        task = Task.objects.get(case=case, ended_at__isnull=True)
        for stranger in (world.stranger, world.partner, world.outsider):
            assert selectors.tasks_for(stranger).queue == ()
            with pytest.raises(NotFound):
                services.take_task(task.pk, by=stranger)


class TestOtherAgencies:
    def test_what_waits_already_goes_to_the_agency_that_the_case_is_shared_with(self, case, world, chair):
        world.school.kind = world.clinic.kind = "police"
        world.school.save()
        walk(case, world, chair, until="deconfliction")
        task = Task.objects.get(case=case, ended_at__isnull=True)
        assert task.agency == world.lead
        share(case, world, Section.CONCERN)
        task.refresh_from_db()
        assert task.agency == world.school
        world.clinic.save()
        Task.objects.filter(pk=task.pk).update(agency=world.lead)
        share(case, world, Section.CONCERN, agency=world.clinic)  # two of a kind: a person says which
        task.refresh_from_db()
        assert task.agency == world.lead

    def test_a_lane_of_another_agency_goes_to_it_once_the_case_is_shared(self, case, world, chair):
        world.school.kind = "police"  # the kind of agency that the lane asks for
        world.school.save()
        share(case, world, Section.CONCERN, Section.PERSON)
        walk(case, world, chair, until="deconfliction")
        (row,) = selectors.tasks_for(world.partner).queue
        assert row.name == "De-conflict"
        assert Notice.objects.filter(staff=world.partner, text__contains="waits for your agency").count() == 1
        assert selectors.tasks_for(world.outsider).queue == ()
        services.take_task(row.id, by=world.partner)
        case.refresh_from_db()
        (step,) = selectors.case_for(world.partner, case.pk, purpose="test").own_steps
        assert step.may_do
        values = {"result": "clear", "checked_on": date(2026, 5, 5)}
        services.complete_step(case, step.id, values, by=world.partner, expected_version=case.version)
        assert StepRecord.objects.get(step="deconfliction").by == world.partner

    def test_what_is_shared_ends_and_so_does_the_queue(self, case, world, chair):
        share(case, world, Section.CONCERN)
        task = Task.objects.get(case=case, ended_at__isnull=True)
        services.take_task(task.pk, by=world.triage)
        services.give_task_to_agency(task.pk, agency=world.school, by=world.officer)
        assert len(selectors.tasks_for(world.partner).queue) == 1
        with clock.moved_to(START + timedelta(days=31)):
            assert selectors.tasks_for(world.partner).queue == ()
            with pytest.raises(NotFound):
                services.take_task(task.pk, by=world.partner)

    def test_an_agency_that_does_not_know_the_case_is_given_nothing(self, case, world):
        task = Task.objects.get(case=case, ended_at__isnull=True)
        with pytest.raises(NotPossible, match="does not know of the case"):
            services.give_task_to_agency(task.pk, agency=world.school, by=world.officer)
        with pytest.raises(NotPossible, match="does not know of the case"):
            services.give_task(task.pk, to=world.partner, by=world.officer)


class TestWhatComesAlong:
    """A step that leaves a record of its own ends with that record, and only the service that makes it says so."""

    @pytest.mark.parametrize(
        ("step", "with_what"),
        [
            ("assess", "an assessment with its instrument"),
            ("prepare_panel", "the panel, at one of its meetings"),
            ("hold_panel", "the panel"),
            ("seek_consent", "recording the consent"),
            ("make_plan", "writing the support plan"),
            ("review_support", "the panel"),
        ],
    )
    def test_the_form_alone_does_not_finish_it(self, case, world, chair, step, with_what):
        walk(case, world, chair, until=step)
        work = process.current_run(case).form_of(step).work
        for said in set(StepWork) - {work}:
            with pytest.raises(NotPossible, match=f"is finished by {with_what}"):
                _complete(case, step, by=world.supervisor, done_by_work=said)
        assert step in waiting(case)
        case.refresh_from_db()
        _complete(case, step, by=world.supervisor, done_by_work=work)
        assert step not in waiting(case)

    @pytest.mark.parametrize("work", [StepWork.OUTCOME, StepWork.FEEDBACK])
    def test_the_outcome_and_the_feedback_too(self, case, world, chair, work):
        case = walk(case, world, chair) if work is StepWork.OUTCOME else walk_to(a_case(world), "tell_reporter", world)
        step = process.current_run(case).waiting_for(work).id
        with pytest.raises(NotPossible, match=r"recording the outcome|telling the reporter"):
            services.complete_step(case, step, {}, by=world.officer, expected_version=case.version)

    @pytest.mark.parametrize("step", ["acknowledge", "ask_partners", "agree_closure"])
    def test_a_page_does_not_finish_what_is_not_its_own(self, case, world, chair, step):
        walk(case, world, chair, until=step)
        with pytest.raises(NotPossible, match="not finished from this page"):
            _complete(case, step, by=world.supervisor, done_by_work=StepWork.PLAN)

    def test_every_work_is_decided_upon(self, case):
        """Whoever adds a work says here whether its form is all there is."""
        form_is_all = {StepWork.PLAIN, StepWork.INFORMATION, StepWork.AGREEMENT}
        assert set(policies._ENDS_WITH) == set(StepWork) - form_is_all


def _complete(case: Case, step: str, *, by: Staff, done_by_work: StepWork) -> None:
    values = dict(WAY)[step]
    services.complete_step(case, step, values, by=by, expected_version=case.version, done_by_work=done_by_work)


class TestStandingIn:
    def test_who_stands_in_does_the_task_where_they_know_the_case(self, case, world, chair):
        walk(case, world, chair, until="speak_to_referrer")
        today = START.date()
        set_absence(world.officer, cover=world.colleague, from_on=today, until=today, by=world.officer)
        values = {"reached": "yes"}
        with pytest.raises(NotFound):  # standing in opens nothing that was closed
            services.complete_step(case, "speak_to_referrer", values, by=world.colleague, expected_version=case.version)
        services.add_member(case, staff=world.colleague, by=world.officer)
        rows = {row.name: row.cover_for for row in selectors.tasks_for(world.colleague).own}
        assert set(rows.values()) == {world.officer.name}
        case.refresh_from_db()
        services.complete_step(case, "speak_to_referrer", values, by=world.colleague, expected_version=case.version)
        assert StepRecord.objects.get(step="speak_to_referrer").by == world.colleague

    def test_only_oneself_or_a_supervisor_says_that_one_is_away(self, world):
        today = START.date()
        with pytest.raises(NotFound):
            set_absence(world.officer, cover=world.colleague, from_on=today, until=today, by=world.colleague)
        with pytest.raises(NotPossible, match="same agency"):
            set_absence(world.officer, cover=world.partner, from_on=today, until=today, by=world.officer)
        set_absence(world.officer, cover=world.colleague, from_on=today, until=today, by=world.supervisor)


class TestClocks:
    def clock_of(self, case, step) -> CaseClock:
        return CaseClock.objects.get(case=case, element=step, ended_at__isnull=True)

    def test_holding_a_clock_moves_its_day_and_the_task_s(self, case, world, chair):
        walk(case, world, chair, until="gateway_assessment")
        row = self.clock_of(case, "gateway_assessment")
        services.pause_clock(case, row.pk, reason="waiting_for_police", by=world.officer, expected_version=case.version)
        row.refresh_from_db()
        assert (row.is_paused, row.due_at, row.tell_at) == (True, None, None)
        assert [each.is_paused for each in selectors.clocks_of(world.officer, case.pk)] == [True]
        with clock.moved_to(START + timedelta(days=60)):
            heading = selectors.heading_for(world.officer, case.pk)
            assert (heading.is_late, heading.due_at) == (False, None)
            assert [row.is_late for row in selectors.cases_visible_to(world.officer).rows] == [False]
            assert [(row.is_held, row.is_late) for row in selectors.tasks_for(world.supervisor).queue] == [
                (True, False)
            ]
        with clock.moved_to(START + timedelta(days=14)):
            services.resume_clock(case, row.pk, by=world.officer, expected_version=case.version + 1)
        row.refresh_from_db()
        case.refresh_from_db()
        assert row.due_at > START + timedelta(days=14)
        assert Task.objects.get(case=case, step="gateway_assessment").due_at == row.due_at == case.due_at

    def test_only_for_a_reason_of_its_rule(self, case, world, chair):
        walk(case, world, chair, until="gateway_assessment")
        row = self.clock_of(case, "gateway_assessment")
        with pytest.raises(NotPossible, match="may not be paused"):
            services.pause_clock(case, row.pk, reason="person_away", by=world.officer, expected_version=case.version)

    def test_longer_with_the_reason(self, case, world, chair):
        walk(case, world, chair, until="gateway_assessment")
        row = self.clock_of(case, "gateway_assessment")
        with pytest.raises(Missing):
            services.extend_clock(case, row.pk, days=2, why=" ", by=world.officer, expected_version=case.version)
        services.extend_clock(case, row.pk, days=2, why="A holiday.", by=world.officer, expected_version=case.version)
        before, row = row.due_at, self.clock_of(case, "gateway_assessment")
        assert row.due_at > before

    def test_what_is_late_is_told_once_to_each_role_that_the_rule_names(self, case, world, chair):
        walk(case, world, chair, until="gateway_assessment")
        row = self.clock_of(case, "gateway_assessment")
        with clock.moved_to(row.due_at):
            assert services.look_at_clocks() == 1
            assert services.look_at_clocks() == 0
            told = Notice.objects.filter(text__contains="is late")
            assert {notice.staff for notice in told} == {world.supervisor, world.second_supervisor}
            assert [each.is_late for each in selectors.board_for(world.supervisor).late] == [True]
        with clock.moved_to(row.due_at + timedelta(days=30)):
            assert services.look_at_clocks() == 1
            assert Notice.objects.filter(text__contains="is late", staff=chair).count() == 1
        assert case.events.filter(kind=EventKind.RAN_OUT).count() == 2

    def test_partners_see_no_clock(self, case, world):
        share(case, world, Section.CONCERN)
        assert selectors.clocks_of(world.partner, case.pk) == ()
        assert selectors.board_for(world.partner).late == ()


class TestNews:
    def test_withdrawn_consent_stops_the_support_at_once(self, case, world, chair):
        walk(case, world, chair, until="deliver_support")
        assert "consent_withdrawn" in dict(selectors.news_for(world.officer, case.pk))
        values = {"giver": "self", "withdrawn_on": date(2026, 5, 4), "said": "No more."}
        services.receive_message(case, "consent_withdrawn", values, by=world.officer, expected_version=case.version)
        case.refresh_from_db()
        assert waiting(case) == tasks(case) == {"consider_alternatives"}
        left = Task.objects.get(case=case, step="deliver_support")
        assert (left.is_done, left.ended_by) == (False, None)
        assert CaseClock.objects.get(case=case, element="deliver_support").was_met is False

    def test_police_news_go_back_to_the_check_from_wherever_it_stands(self, case, world, chair):
        walk(case, world, chair, until="speak_to_referrer")
        values = {"urgent": "no"}
        services.receive_message(case, "police_news", values, by=world.officer, expected_version=case.version)
        assert waiting(case) == tasks(case) == {"deconfliction"}

    def test_news_that_nothing_waits_for(self, case, world):
        assert selectors.news_for(world.officer, case.pk) == ()
        with pytest.raises(NotPossible):
            services.receive_message(case, "consent_withdrawn", {}, by=world.officer, expected_version=case.version)


def test_a_case_of_our_own_casework_goes_on_to_the_panel(world, chair):
    case = a_case(world)
    services.change_process(
        case, process_id="prevent_path", reason="It needs more.", by=world.officer, expected_version=case.version
    )
    case.refresh_from_db()
    assert [run.process_id for run in case.runs.order_by("number")] == ["case", "prevent_path"]
    assert tasks(case) == waiting(case) == {"acknowledge"}
    first, _ = selectors.ending_for(world.officer, case.pk, purpose="test").runs[::-1]
    assert first.reason == "Goes on by another process"
    with pytest.raises(NotPossible):
        services.change_process(
            case, process_id="nowhere", reason="No.", by=world.officer, expected_version=case.version
        )
