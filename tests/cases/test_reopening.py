"""Opening stages of a running case again."""

import pytest
from tests.cases.versions import a_path_case, at_gateway, check_laws, take

from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case, Task
from counterpoint.cases.selectors import moving as selectors
from counterpoint.cases.services import moving
from counterpoint.cases.types import EventKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world) -> Case:
    return a_path_case(world)


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
