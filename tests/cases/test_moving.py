"""Moving running cases to the version of their process in force, and opening stages again."""

from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.making import START, a_person
from tests.cases.versions import a_path_case, check_laws, put, take

from counterpoint.access import services as access
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible, Refusal
from counterpoint.cases import process, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, CaseClock, ProcessRun, Task
from counterpoint.cases.selectors import moving as selectors
from counterpoint.cases.services import moving
from counterpoint.cases.tasks import sweep_moves
from counterpoint.cases.types import EventKind
from counterpoint.kernel import processes
from counterpoint.rules.models import VersionMove, VersionMoveCase
from counterpoint.rules.types import MoveState

pytestmark = pytest.mark.django_db
RENAMED, STEPS_UNCHANGED = "deconfliction_renamed", "panel_renamed"


@pytest.fixture
def lead(world):
    return a_person("Proc Lead", world.lead, Role.PROCESS_LEAD)


@pytest.fixture
def case(world) -> Case:
    return a_path_case(world)


def at_gateway(case: Case, world) -> Case:
    """The case after de-confliction."""
    take(case, "acknowledge", world.supervisor, world.officer)
    take(case, "deconfliction", world.supervisor, world.officer, result="clear")
    return case


def run_of(case: Case) -> ProcessRun:
    return case.runs.order_by("-number")[0]


def move(case: Case, by) -> Case:
    case.refresh_from_db()
    return moving.move_case(case, by=by, expected_version=case.version)


def started(lead, *, rehearse: bool = False, chosen=frozenset()) -> VersionMove:
    return moving.start_move("prevent_path", by=lead, is_rehearsal=rehearse, chosen=chosen)


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


class TestMany:
    @pytest.fixture
    def cases(self, world) -> list[Case]:
        """Three that can move and two that stay, once de-confliction is called otherwise."""
        rows = [a_path_case(world) for _ in range(5)]
        for case in rows[:2]:
            at_gateway(case, world)
        put(RENAMED)
        return rows

    def test_how_many_go_by_which_version(self, world, cases, lead):
        a_path_case(world)
        (path,) = selectors.process_versions(lead)
        assert (path.process_id, path.current, path.older_count) == ("prevent_path", 1, 5)
        (older,) = path.older
        assert older.differs == ("processes/prevent_path.bpmn",)
        assert older.pack.version == "2026.1"

    def test_a_rehearsal_changes_nothing_and_tells_why(self, world, cases, lead):
        versions = [Case.objects.get(pk=case.pk).version for case in cases]
        row = moving.run_until_done(started(lead, rehearse=True))
        assert (row.state, row.total, row.done, row.moved, row.stayed) == (MoveState.DONE, 5, 5, 3, 2)
        assert [Case.objects.get(pk=case.pk).version for case in cases] == versions
        stay = selectors.cases_of_move(lead, row.pk, is_moved=False)
        assert {one.reference for one in stay} == {case.reference for case in cases[:2]}
        assert all("is called “Ask the police”" in one.reasons[0] for one in stay)
        assert not any(one.may_open for one in stay)
        assert all(one.may_open for one in selectors.cases_of_move(world.supervisor, row.pk, is_moved=False))
        reads = AuditEntry.objects.filter(action="case.read", purpose="version of the process")
        assert reads.count() == 5

    def test_all_that_can_are_moved_and_the_others_stay(self, world, cases, lead):
        row = moving.run_until_done(started(lead))
        assert (row.moved, row.stayed) == (3, 2)
        for case in cases:
            check_laws(case)
        moved = [case.events.filter(kind=EventKind.MIGRATED, by=lead).count() for case in cases]
        assert moved == [0, 0, 1, 1, 1]
        (path,) = selectors.process_versions(lead)
        assert (path.current, path.older_count) == (3, 2)

    def test_only_those_chosen(self, world, cases, lead):
        row = moving.run_until_done(started(lead, chosen={cases[3].pk, cases[0].pk}))
        assert (row.total, row.moved, row.stayed) == (2, 1, 1)
        assert cases[3].events.filter(kind=EventKind.MIGRATED).exists()
        assert not cases[4].events.filter(kind=EventKind.MIGRATED).exists()

    def test_pressed_twice_is_one_move(self, cases, lead, world):
        first = started(lead)
        assert started(lead).pk == first.pk
        with pytest.raises(NotPossible, match="being moved"):
            started(world.supervisor)
        assert VersionMove.objects.count() == 1

    @pytest.mark.parametrize("at_case", range(5))
    def test_a_kill_in_the_middle_loses_nothing_and_moves_none_twice(self, cases, lead, monkeypatch, at_case):
        class Killed(BaseException):
            pass

        count, really = 0, moving._taken

        def taken(*args):
            nonlocal count
            count += 1
            outcome = really(*args)
            if count == at_case + 1:
                raise Killed  # after the work of the case, before its commit
            return outcome

        monkeypatch.setattr(moving, "_taken", taken)
        row = started(lead)
        with pytest.raises(Killed):
            moving.run_slice(row.pk)
        row = moving.move_row(row.pk)
        assert (row.state, row.done) == (MoveState.RUNNING, at_case)
        assert VersionMoveCase.objects.count() == at_case
        with clock.moved_to(START + moving.LEFT_BEHIND + timedelta(seconds=1)):
            assert moving.moves_left_behind() == [row.pk]
            row = moving.run_until_done(row)
            assert (row.done, row.moved, row.stayed) == (5, 3, 2)
            for case in cases:
                check_laws(case)
                assert case.events.filter(kind=EventKind.MIGRATED).count() <= 1

    def test_two_workers_take_no_case_twice(self, cases, lead):
        row = started(lead)
        target = moving.versions.target_in_force("prevent_path")
        first, second = moving.move_row(row.pk), moving.move_row(row.pk)
        run_ids = list(ProcessRun.objects.order_by("pk").values_list("pk", flat=True))
        assert moving._take(first, run_ids[0], target)
        assert not moving._take(second, run_ids[0], target)
        row = moving.run_until_done(row)
        assert (row.done, row.moved + row.stayed) == (5, 5)

    def test_it_ends_when_another_pack_comes_into_force(self, cases, lead):
        row = started(lead)
        put(STEPS_UNCHANGED)
        assert not moving.run_slice(row.pk)
        assert moving.move_row(row.pk).state == MoveState.STOPPED
        assert VersionMoveCase.objects.count() == 0

    def test_it_ends_when_who_asked_may_not_do_it_any_more(self, cases, lead):
        row = started(lead)
        lead.roles.update(ended_at=clock.now())
        assert not moving.run_slice(row.pk)
        assert moving.move_row(row.pk).state == MoveState.STOPPED

    def test_stopped_by_hand(self, cases, lead, world):
        row = started(lead)
        moving.stop_move(row.pk, by=world.supervisor)
        assert not moving.run_slice(row.pk)
        with pytest.raises(NotPossible):
            moving.stop_move(row.pk, by=lead)

    def test_a_left_move_is_taken_up_again(self, cases, lead):
        started(lead)
        assert sweep_moves() == 0
        with clock.moved_to(START + moving.LEFT_BEHIND + timedelta(seconds=1)):
            assert sweep_moves() == 1

    def test_what_was_found_is_deleted_at_its_end(self, cases, lead):
        row = moving.run_until_done(started(lead, rehearse=True))
        assert moving.forget_old_moves() == 0
        with clock.moved_to(START + timedelta(days=181)):
            VersionMoveCase.objects.update(created_at=START)
            assert moving.forget_old_moves() == 5
        assert VersionMove.objects.filter(pk=row.pk).exists()

    def test_nothing_to_move(self, world, lead):
        a_path_case(world)
        with pytest.raises(NotPossible, match="No running case"):
            started(lead)
        with pytest.raises(NotPossible, match="no such process"):
            moving.start_move("nowhere", by=lead, is_rehearsal=True)

    def test_a_conflict_of_interest_hides_the_case_and_leaves_it_alone(self, world, cases):
        away, by = cases[4], world.supervisor
        access.record_recusal(
            by, kind=SubjectKind.CASE, subject_id=away.pk, reason="A cousin", by=world.second_supervisor
        )
        referral = cases[3].referrals.get().referral_id
        access.record_recusal(
            by, kind=SubjectKind.REFERRAL, subject_id=referral, reason="A cousin", by=world.second_supervisor
        )
        (path,) = selectors.process_versions(by)
        assert path.older_count == 3
        row = moving.run_until_done(started(by))
        assert (row.total, row.moved, row.stayed) == (3, 1, 2)
        assert not away.events.filter(kind=EventKind.MIGRATED).exists()
        everything = moving.run_until_done(started(world.second_supervisor))
        assert everything.moved == 2
        seen = selectors.cases_of_move(by, everything.pk, is_moved=True)
        assert away.reference not in {one.reference for one in seen}
        assert cases[3].reference not in {one.reference for one in seen}

    def test_who_may(self, world, cases, lead):
        row = started(lead, rehearse=True)
        for nobody in (world.officer, world.triage, world.partner):
            for act in (
                lambda by: started(by),
                lambda by: moving.stop_move(row.pk, by=by),
                lambda by: selectors.process_versions(by),
                lambda by: selectors.move_for(by, row.pk),
                lambda by: selectors.cases_of_move(by, row.pk, is_moved=True),
            ):
                with pytest.raises(NotAllowed):
                    act(nobody)


class TestReopening:
    def reopened(self, case: Case, by, stage: str = "police_check", reason: str = "The police know more.") -> Case:
        case.refresh_from_db()
        return moving.reopen_stage(case, stage, reason=reason, by=by, expected_version=case.version)

    @pytest.fixture
    def later(self, world, case) -> Case:
        at_gateway(case, world)
        take(case, "gateway_assessment", world.supervisor, world.officer, result="information")
        return case

    def test_all_that_waits_is_set_aside_and_the_stage_begins_anew(self, world, later):
        assert selectors.stages_for(world.officer, later.pk, purpose="casework") == (("police_check", "Police check"),)
        self.reopened(later, world.officer)
        check_laws(later)
        assert later.next_step == "deconfliction"
        told = later.events.order_by("-number")[0]
        assert (told.kind, told.facts["step_name"]) == (EventKind.STAGE_REOPENED, "Police check")
        assert b"know more" not in bytes(told.sealed_text)
        assert told.sealed_text
        assert not Task.objects.filter(case=later, step="ask_partners", ended_at__isnull=True).exists()
        take(later, "deconfliction", world.supervisor, world.officer, result="clear")
        check_laws(later)

    def test_not_one_that_is_under_way_or_was_never_reached(self, world, later):
        for stage in ("information", "panel", "nowhere", "acknowledge"):
            with pytest.raises(NotPossible):
                self.reopened(later, world.officer, stage)

    def test_with_a_reason_by_who_leads_it_and_against_what_they_saw(self, world, later):
        services.add_member(later, staff=world.colleague, by=world.officer)
        with pytest.raises(Missing):
            self.reopened(later, world.officer, reason=" ")
        with pytest.raises(NotAllowed):
            self.reopened(later, world.colleague)
        with pytest.raises(NotFound):
            self.reopened(later, world.stranger)
        with pytest.raises(Conflict):
            moving.reopen_stage(later, "police_check", reason="x", by=world.officer, expected_version=later.version - 1)
        self.reopened(later, world.supervisor)

    def test_pressed_twice_is_once(self, world, later):
        version = later.version
        self.reopened(later, world.officer)
        with pytest.raises(Conflict):
            moving.reopen_stage(later, "police_check", reason="x", by=world.officer, expected_version=version)
        assert later.events.filter(kind=EventKind.STAGE_REOPENED).count() == 1


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Walk:
    """One case on the whole path, and whatever may happen to it in any order."""

    def __init__(self, world, seed: int) -> None:
        self.world, self.case, self.chance = world, a_path_case(world), Random(seed)
        self.at, self.moves = START, 0

    def act(self, what: str) -> None:
        self.at += timedelta(hours=self.chance.randint(1, 200))
        with clock.moved_to(self.at):
            try:
                with transaction.atomic():
                    getattr(self, f"try_{what}")()
            except Refusal:
                pass
            check_laws(self.case)

    def try_step(self) -> None:
        waiting = process.current_run(self.case).waiting
        if waiting:
            step = self.chance.choice(waiting).id
            take(self.case, step, self.world.supervisor, self.world.officer, chance=self.chance)

    def try_date(self) -> None:
        due = CaseClock.objects.filter(case=self.case, ended_at__isnull=True, is_timer=True).first()
        if due is not None and due.due_at is not None:
            self.at = max(self.at, due.due_at)
            with clock.moved_to(self.at):
                services.look_at_clocks()

    def try_news(self) -> None:
        running = process.current_run(self.case)
        expected = [event.message_id for event in running.expected if event.message_id]
        if expected:
            message = self.chance.choice(expected)
            self.case.refresh_from_db()
            form = moving.process.steps.form_of_plan(running.pack, running.message_plan(message))
            values = {field.id: self.chance.choice(field.choices)[0] if field.choices else "x" for field in form.fields}
            services.receive_message(
                self.case, message, values, by=self.world.supervisor, expected_version=self.case.version
            )

    def try_stage(self) -> None:
        stages = selectors.stages_for(self.world.supervisor, self.case.pk, purpose="casework")
        if stages:
            self.case.refresh_from_db()
            moving.reopen_stage(
                self.case,
                self.chance.choice(stages)[0],
                reason="News.",
                by=self.world.supervisor,
                expected_version=self.case.version,
            )

    def try_close(self) -> None:
        self.case.refresh_from_db()
        services.close_case(
            self.case, reason_id="concerns_reduced", by=self.world.officer, expected_version=self.case.version
        )

    def try_version(self) -> None:
        put(self.chance.choice(("panel_renamed", "consent_by_chair", RENAMED, "longer_panel")))
        before = process.current_run(self.case)
        try:
            move(self.case, self.world.supervisor)
        except Missing:
            after = process.current_run(self.case)
            assert (after.process.hash, after.state) == (before.process.hash, before.state)
            raise
        after = process.current_run(self.case)
        assert after.state.events == before.state.events  # nothing that happened is lost or made up
        assert processes.is_finished(after.process, after.state) or after.waiting or after.expected
        self.moves += 1


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plan=st.lists(
        st.sampled_from(["step"] * 8 + ["date", "news", "stage", "close", "version", "version"]),
        min_size=12,
        max_size=30,
    ),
    seed=st.integers(0, 10**6),
)
def test_whatever_happens_tasks_and_clocks_are_of_what_waits(world, plan, seed):
    with undone():
        walk = Walk(world, seed)
        for what in plan:
            walk.act(what)
