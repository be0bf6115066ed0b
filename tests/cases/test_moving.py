"""Moving one running case to the version of its process in force."""

import pytest
from tests.cases.versions import RENAMED, STEPS_UNCHANGED, a_path_case, at_gateway, check_laws, move, put, take

from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound
from counterpoint.cases import process, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseClock, ProcessRun, Task
from counterpoint.cases.services import moving
from counterpoint.cases.types import EventKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world) -> Case:
    return a_path_case(world)


def run_of(case: Case) -> ProcessRun:
    return case.runs.order_by("-number")[0]


class TestOneCase:
    def test_it_goes_on_where_it_stood_by_the_version_in_force(self, world, case):
        at_gateway(case, world)
        before, version, state = run_of(case), case.version, process.current_run(case).state
        pack = put(STEPS_UNCHANGED)
        move(case, world.officer)
        check_laws(case)
        running = process.current_run(case)
        assert (running.run.pk, running.process.hash) == (before.pk, pack.files["processes/prevent_path.bpmn"])
        assert running.run.pack_hash == pack.content_hash
        assert running.state.events == state.events
        assert case.version == version + 1
        told = case.events.order_by("-number")[0]
        assert (told.kind, told.by) == (EventKind.MIGRATED, world.officer)
        assert told.facts["from_process"] == before.process_hash
        assert told.facts["to_process"] == running.process.hash
        assert AuditEntry.objects.order_by("-number")[0].action == "case.migrated"

    def test_the_steps_of_the_new_version_come_after(self, world, case):
        at_gateway(case, world)
        put(STEPS_UNCHANGED)
        move(case, world.officer)
        take(case, "gateway_assessment", world.supervisor, world.officer, result="information")
        for step in ("ask_partners", "speak_to_referrer"):
            take(case, step, world.supervisor, world.officer)
        take(case, "assess", world.supervisor, world.officer, decision="panel")
        take(case, "prepare_panel", world.supervisor, world.officer)
        assert case.next_step_name == "Decide together"
        check_laws(case)

    def test_it_stays_when_a_finished_step_changed(self, world, case):
        at_gateway(case, world)
        before = run_of(case)
        put(RENAMED)
        with pytest.raises(Missing, match="“De-conflict” was finished, and is called “Ask the police”"):
            move(case, world.officer)
        after = run_of(case)
        assert (after.process_hash, after.pack_hash) == (before.process_hash, before.pack_hash)
        take(case, "gateway_assessment", world.supervisor, world.officer, result="information")
        check_laws(case)

    def test_a_step_that_waits_may_be_called_otherwise(self, world, case):
        take(case, "acknowledge", world.supervisor, world.officer)
        task = Task.objects.get(case=case, step="deconfliction")
        put(RENAMED)
        move(case, world.officer)
        check_laws(case)
        task.refresh_from_db()
        assert (task.step_name, task.ended_at) == ("Ask the police", None)
        case.refresh_from_db()
        assert case.next_step_name == "Ask the police"
        assert CaseClock.objects.get(case=case, element="deconfliction").element_name == "Ask the police"

    def test_a_step_that_waits_may_be_somebody_elses(self, world, case):
        case = self._at_consent(case, world)
        old = Task.objects.get(case=case, step="seek_consent", ended_at__isnull=True)
        running_clock = CaseClock.objects.get(case=case, element="seek_consent", ended_at__isnull=True)
        put("consent_by_chair")
        move(case, world.officer)
        check_laws(case)
        old.refresh_from_db()
        new = Task.objects.get(case=case, step="seek_consent", ended_at__isnull=True)
        assert (old.is_done, old.ended_at) == (False, clock.now())
        assert (new.role, new.assignee, new.due_at) == (Role.PANEL_CHAIR, None, old.due_at)
        assert CaseClock.objects.get(case=case, element="seek_consent", ended_at__isnull=True).pk == running_clock.pk

    def test_a_clock_that_runs_keeps_the_rule_that_it_was_begun_by(self, world, case):
        take(case, "acknowledge", world.supervisor, world.officer)
        before = CaseClock.objects.get(case=case, element="deconfliction")
        put("longer_panel")
        move(case, world.officer)
        after = CaseClock.objects.get(case=case, element="deconfliction")
        assert (after.pk, after.clock, after.due_at) == (before.pk, before.clock, before.due_at)
        assert process.current_run(case).pack.clock_rule("deconfliction").within.count == 9
        check_laws(case)

    def test_only_a_form_changed(self, world, case):
        before = run_of(case)
        put("form_changed")
        move(case, world.officer)
        running = process.current_run(case)
        assert running.run.process_hash == before.process_hash
        assert running.form_of("assess").fields[0].label == "What comes next?"

    def test_what_does_not_concern_the_process_leaves_it_alone(self, world, case):
        put("triage_only")
        version = case.version
        move(case, world.officer)
        case.refresh_from_db()
        assert case.version == version
        assert not case.events.filter(kind=EventKind.MIGRATED).exists()

    def test_pressed_twice_is_once(self, world, case):
        put(STEPS_UNCHANGED)
        stale = case.version
        move(case, world.officer)
        moving.move_case(case, by=world.officer, expected_version=stale)
        assert case.events.filter(kind=EventKind.MIGRATED).count() == 1

    def test_somebody_changed_the_case_meanwhile(self, world, case):
        put(STEPS_UNCHANGED)
        with pytest.raises(Conflict):
            moving.move_case(case, by=world.officer, expected_version=case.version - 1)

    def test_only_who_leads_it(self, world, case):
        put(STEPS_UNCHANGED)
        services.add_member(case, staff=world.colleague, by=world.officer)
        for by, refusal in (
            (world.colleague, NotAllowed),
            (world.stranger, NotFound),
            (world.partner, NotFound),
            (world.triage, NotFound),
        ):
            with pytest.raises(refusal):
                move(case, by)
        move(case, world.supervisor)

    @staticmethod
    def _at_consent(case: Case, world) -> Case:
        at_gateway(case, world)
        take(case, "gateway_assessment", world.supervisor, world.officer, result="information")
        for step in ("ask_partners", "speak_to_referrer"):
            take(case, step, world.supervisor, world.officer)
        take(case, "assess", world.supervisor, world.officer, decision="panel")
        take(case, "prepare_panel", world.supervisor, world.officer)
        take(case, "hold_panel", world.supervisor, world.officer, decision="adopt")
        return case
