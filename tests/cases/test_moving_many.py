"""Moving all running cases of a process, or those chosen, to its version in force; and rehearsing it."""

from datetime import timedelta

import pytest
from tests.cases.making import START, a_person
from tests.cases.versions import RENAMED, STEPS_UNCHANGED, a_path_case, at_gateway, check_laws, put

from counterpoint.access import services as access
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotPossible
from counterpoint.cases.models import Case, ProcessRun
from counterpoint.cases.selectors import moving as selectors
from counterpoint.cases.services import moving
from counterpoint.cases.tasks import sweep_moves
from counterpoint.cases.types import EventKind
from counterpoint.rules.models import VersionMove, VersionMoveCase
from counterpoint.rules.types import MoveState

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(world):
    return a_person("Proc Lead", world.lead, Role.PROCESS_LEAD)


def started(lead, *, rehearse: bool = False, chosen=frozenset()) -> VersionMove:
    return moving.start_move("prevent_path", by=lead, is_rehearsal=rehearse, chosen=chosen)


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
