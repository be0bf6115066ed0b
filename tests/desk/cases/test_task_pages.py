"""Tasks, clocks, absences, news: what stands on their pages for whom, and that every form does what it says."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.cases.making import START, a_case, a_person, a_referral, a_world, share
from tests.cast import logged_in
from tests.desk.cases.test_pages import at, get, post, text_of

from counterpoint.access.models import Absence
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.cases import services
from counterpoint.cases.models import Case, CaseClock, StepRecord, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    with clock.moved_to(START):
        yield


@pytest.fixture
def case(world) -> Case:
    return services.open_case(
        a_referral(world), lead_officer=world.officer, by=world.triage, at=START, process_id="prevent_path"
    )


def the_task(case) -> Task:
    return Task.objects.get(case=case, ended_at__isnull=True)


def fresh(case) -> Case:
    return Case.objects.get(pk=case.pk)


def acknowledged(case, world) -> Case:
    services.take_task(the_task(case).pk, by=world.triage)
    values = {"acknowledged": "yes", "contact": "yes"}
    return services.complete_step(case, "acknowledge", values, by=world.triage, expected_version=fresh(case).version)


class TestTasks:
    def test_the_queue_shows_a_reference_and_no_way_into_the_case(self, case, world):
        shown = text_of(get(world.triage, "tasks"))
        assert case.reference in shown
        assert at("case", case) not in shown
        assert at("task_take", task_id=the_task(case).pk) in shown

    def test_taking_asks_once_more_and_leads_to_the_case(self, case, world):
        asked = get(world.triage, "task_take", task_id=the_task(case).pk)
        assert asked.status_code == 200
        assert the_task(case).assignee is None
        answer = logged_in(world.triage).post(at("task_take", task_id=the_task(case).pk))
        assert answer.headers["Location"] == at("case", case)
        assert the_task(case).assignee == world.triage

    def test_a_task_of_somebody_else_s_queue_is_not_there(self, case, world):
        for staff in (world.stranger, world.partner):
            found = get(staff, "task_take", task_id=the_task(case).pk)
            unknown = get(staff, "task_take", task_id=uuid4())
            assert (found.status_code, unknown.status_code) == (404, 404)

    def test_giving_to_a_person_and_to_an_agency(self, case, world):
        share(case, world, Section.CONCERN)
        form = text_of(get(world.officer, "task_give", task_id=the_task(case).pk))
        assert world.school.name in form
        assert world.clinic.name not in form
        url = at("task_give", task_id=the_task(case).pk)
        logged_in(world.officer).post(url, {"to": f"agency:{world.school.pk}"})
        assert (the_task(case).agency, the_task(case).role) == (world.school, Role.PARTNER)
        logged_in(world.officer).post(url, {"to": f"staff:{world.partner.pk}"})
        assert the_task(case).assignee == world.partner
        assert "“Acknowledge the referral”" in text_of(get(world.partner, "notices"))

    def test_nothing_chosen_is_said(self, case, world):
        answer = logged_in(world.officer).post(at("task_give", task_id=the_task(case).pk), {})
        assert "Choose: Who should do it?" in text_of(answer)

    def test_a_partner_does_its_step_on_the_case_s_page(self, case, world):
        world.school.kind = "police"
        world.school.save()
        share(case, world, Section.CONCERN)
        acknowledged(case, world)
        services.take_task(the_task(case).pk, by=world.partner)
        shown = text_of(get(world.partner, "case", case))
        assert "What waits for you" in shown
        assert "What happened" not in shown
        data = {"result": "clear", "checked_on_day": "5", "checked_on_month": "5", "checked_on_year": "2026"}
        post(world.partner, "case_step", case, data | {"version": fresh(case).version}, step_id="deconfliction")
        assert StepRecord.objects.get(step="deconfliction").by == world.partner

    def test_a_step_with_a_page_of_its_own_leads_there(self, world, case):
        acknowledged(case, world)
        values = {"result": "clear", "checked_on": date(2026, 5, 4)}
        services.complete_step(case, "deconfliction", values, by=world.officer, expected_version=fresh(case).version)
        values = {"concern_class": "clear_concern", "result": "panel", "reason": "Clear."}
        services.complete_step(
            case, "gateway_assessment", values, by=world.officer, expected_version=fresh(case).version
        )
        chair = a_person("Chandra Chair", world.lead, Role.PANEL_CHAIR)
        services.take_task(the_task(case).pk, by=chair)
        answer = get(chair, "case_step", case, step_id="prepare_panel")
        assert answer.headers["Location"] == at("case_panels", case)


class TestClocks:
    def test_held_and_let_go_on(self, case, world):
        acknowledged(case, world)
        row = CaseClock.objects.get(case=case, ended_at__isnull=True)
        form = text_of(get(world.officer, "case_clock_pause", case, clock_id=row.pk))
        assert "The police have asked that nothing be done for now" in form
        data = {"reason": "waiting_for_police", "version": fresh(case).version}
        post(world.officer, "case_clock_pause", case, data, clock_id=row.pk)
        assert "Let it go on" in text_of(get(world.officer, "case", case))
        assert "Held" in text_of(get(world.supervisor, "clocks"))
        post(world.officer, "case_clock_resume", case, {"version": fresh(case).version}, clock_id=row.pk)
        row.refresh_from_db()
        assert not row.is_paused

    def test_longer(self, case, world):
        row = CaseClock.objects.get(case=case, ended_at__isnull=True)
        data = {"days": "3", "why": "A holiday of theirs.", "version": fresh(case).version}
        post(world.officer, "case_clock_extend", case, data, clock_id=row.pk)
        before, row = row.due_at, CaseClock.objects.get(pk=row.pk)
        assert row.due_at > before
        answer = post(world.officer, "case_clock_extend", case, {"version": fresh(case).version}, clock_id=row.pk)
        assert "Fill in: How many days longer?" in text_of(answer)

    def test_two_people_at_once(self, case, world):
        row = CaseClock.objects.get(case=case, ended_at__isnull=True)
        data = {"days": "3", "why": "A holiday.", "version": fresh(case).version}
        post(world.officer, "case_clock_extend", case, data, clock_id=row.pk)
        answer = post(world.supervisor, "case_clock_extend", case, data, clock_id=row.pk)
        assert answer.status_code == 409

    def test_a_clock_of_another_case_is_not_there(self, case, world):
        other = services.open_case(
            a_referral(world), lead_officer=world.officer, by=world.triage, at=START, process_id="prevent_path"
        )
        row = CaseClock.objects.get(case=other, ended_at__isnull=True)
        assert get(world.officer, "case_clock_pause", case, clock_id=row.pk).status_code == 404

    def test_what_is_late_stands_first_on_the_board(self, case, world):
        row = CaseClock.objects.get(case=case, ended_at__isnull=True)
        with clock.moved_to(row.due_at + timedelta(hours=1)):
            shown = text_of(get(world.supervisor, "clocks"))
        assert shown.index("Late (1)") < shown.index(case.reference) < shown.index("Due in the next two weeks")


class TestAbsences:
    def data(self, staff, cover):
        days = {"from_on_day": "4", "from_on_month": "5", "from_on_year": "2026"}
        days |= {"until_day": "8", "until_month": "5", "until_year": "2026"}
        return {"staff": str(staff.pk), "cover": str(cover.pk), **days}

    def test_recorded_shown_and_ended(self, world):
        url = reverse("desk:absences")
        logged_in(world.officer).post(url, self.data(world.officer, world.colleague))
        assert "Away" in text_of(get(world.officer, "absences"))
        row = Absence.objects.get()
        logged_in(world.stranger).post(at("absence_end", absence_id=row.pk))
        assert Absence.objects.get().ended_at is None
        logged_in(world.officer).post(at("absence_end", absence_id=row.pk))
        assert Absence.objects.get().ended_at is not None

    def test_another_agency_sees_none(self, world):
        logged_in(world.officer).post(reverse("desk:absences"), self.data(world.officer, world.colleague))
        assert world.officer.name not in text_of(get(world.partner, "absences"))

    def test_what_is_wrong_is_said(self, world):
        answer = logged_in(world.officer).post(reverse("desk:absences"), {})
        for problem in ("Choose: Who stands in?", "Fill in: From which day?", "Fill in: To which day?"):
            assert problem in text_of(answer)


class TestNewsAndProcess:
    def test_news_goes_back_to_the_police_check(self, case, world):
        acknowledged(case, world)
        values = {"result": "clear", "checked_on": date(2026, 5, 4)}
        services.complete_step(case, "deconfliction", values, by=world.officer, expected_version=fresh(case).version)
        values = {"concern_class": "clear_concern", "result": "information", "reason": "Clear."}
        services.complete_step(
            case, "gateway_assessment", values, by=world.officer, expected_version=fresh(case).version
        )
        assert at("case_news", case, message_id="police_news") in text_of(get(world.officer, "case", case))
        data = {"urgent": "no", "version": fresh(case).version}
        post(world.officer, "case_news", case, data, message_id="police_news")
        assert the_task(case).step == "deconfliction"

    def test_news_that_nothing_waits_for_is_not_there(self, case, world):
        assert get(world.officer, "case_news", case, message_id="consent_withdrawn").status_code == 404
        assert get(world.officer, "case_news", case, message_id="nothing").status_code == 404

    def test_our_own_casework_goes_on_by_the_whole_path(self, world):
        case = a_case(world)
        data = {"process_id": "prevent_path", "reason": "More than one agency.", "version": fresh(case).version}
        post(world.officer, "case_process", case, data)
        assert the_task(case).step == "acknowledge"
        again = post(world.officer, "case_process", case, data | {"version": fresh(case).version})
        assert "runs this process already" in text_of(again)
