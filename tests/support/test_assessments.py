"""Assessments: a draft, finished by a person, corrected by another; side by side in words; a step that wants one."""

from dataclasses import fields
from datetime import timedelta

import pytest
from tests.cases.making import START, share
from tests.support.making import (
    INSTRUMENT,
    SECRET,
    a_path_case,
    assessed,
    fresh,
    full_ratings,
    step_of,
    waits_for,
    walk_path,
)

from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.base.keyring import destroy_record_key
from counterpoint.cases.errors import Missing
from counterpoint.support import services
from counterpoint.support.models import Assessment
from counterpoint.support.selectors import assessment_for, assessments_for, change_for
from counterpoint.support.types import AssessmentDraft, AssessmentState, Rating
from counterpoint.support.views import AssessmentView, ChangeView, ItemOverTime

pytestmark = pytest.mark.django_db


def begun(case, world):
    return services.begin_assessment(case, INSTRUMENT, by=world.officer)


def test_a_draft_may_be_half_done_and_is_sealed(world):
    row = begun(a_path_case(world), world)
    content = AssessmentDraft({"grievance": Rating("seen", SECRET), "threat": Rating("")}, "So far")
    row = services.save_draft(row, content, by=world.officer, expected_version=row.version)
    assert b"pigeons" not in bytes(row.sealed_content)
    assert b"seen" not in bytes(row.sealed_content)
    _, _, view = assessment_for(world.officer, row.case_id, row.pk, purpose="casework")
    assert view.content == AssessmentDraft({"grievance": Rating("seen", SECRET)}, "So far")
    assert view.level_of("grievance") == "Seen or heard by a professional"


def test_begun_twice_is_begun_once(world):
    case = a_path_case(world)
    assert begun(case, world) == begun(case, world)


def test_it_is_finished_when_every_item_was_looked_at(world):
    row = begun(a_path_case(world), world)
    content = AssessmentDraft({"grievance": Rating("seen")})
    with pytest.raises(Missing) as refused:
        services.finish_assessment(row, content, by=world.officer, expected_version=row.version)
    assert len(refused.value.problems) == 27
    assert "“Feels a grievance or an injustice”: Say in words what it rests on." in refused.value.problems
    done = services.finish_assessment(
        row, AssessmentDraft(full_ratings()), by=world.officer, expected_version=row.version
    )
    assert (done.state, done.finished_by) == ("finished", world.officer)
    for act in (services.save_draft, services.finish_assessment):
        with pytest.raises(NotPossible):
            act(done, AssessmentDraft({}), by=world.officer, expected_version=done.version)
    with pytest.raises(NotPossible):
        services.drop_draft(done, by=world.officer, expected_version=done.version)


def test_strange_items_and_levels_are_refused(world):
    row = begun(a_path_case(world), world)
    content = AssessmentDraft({"shoe_size": Rating("seen", "x"), "grievance": Rating("very")}, "x" * 20_001)
    with pytest.raises(Missing) as refused:
        services.save_draft(row, content, by=world.officer, expected_version=row.version)
    assert len(refused.value.problems) == 3


def test_two_editors_see_both(world):
    row = begun(a_path_case(world), world)
    mine = AssessmentDraft({"grievance": Rating("reported", "The aunt")}, "Mine")
    services.save_draft(row, mine, by=world.officer, expected_version=1)
    with pytest.raises(Conflict) as conflict:
        services.save_draft(row, AssessmentDraft({}, "Theirs"), by=world.supervisor, expected_version=1)
    assert conflict.value.theirs["summary"] == "Mine"
    assert conflict.value.theirs["words_grievance"] == "The aunt"
    assert conflict.value.theirs["version"] == 2


def test_a_correction_supersedes_and_both_stay(world):
    first = assessed(a_path_case(world), world, grievance="seen")
    again = services.correct_assessment(first, by=world.officer)
    assert services.correct_assessment(first, by=world.officer) == again
    assert assessment_for(world.officer, first.case_id, again.pk, purpose="x")[2].content.ratings["grievance"].narrative
    first.refresh_from_db()
    assert first.state == AssessmentState.FINISHED
    services.finish_assessment(again, AssessmentDraft(full_ratings()), by=world.officer, expected_version=again.version)
    first.refresh_from_db()
    assert first.state == AssessmentState.SUPERSEDED
    with pytest.raises(NotPossible):
        services.correct_assessment(first, by=world.officer)
    assert len(change_for(world.officer, first.case_id, INSTRUMENT, purpose="x").assessments) == 1


def test_a_dropped_correction_leaves_the_first_as_it_was(world):
    first = assessed(a_path_case(world), world)
    again = services.correct_assessment(first, by=world.officer)
    services.drop_draft(again, by=world.officer, expected_version=again.version)
    services.drop_draft(again, by=world.officer, expected_version=again.version)
    assert services.correct_assessment(first, by=world.officer).pk != again.pk
    assert Assessment.objects.filter(state="dropped").count() == 1


def test_change_over_time_is_told_in_words(world):
    case = a_path_case(world)
    assessed(case, world, grievance="seen")
    with clock.moved_to(START + timedelta(days=90)):
        assessed(case, world, trusted_people="seen")
    view = change_for(world.officer, case.pk, INSTRUMENT, purpose="casework")
    by_id = {item.id: item for _, items in view.dimensions for item in items}
    assert len(by_id) == 27
    assert by_id["grievance"].found == (
        ("Seen or heard by a professional", SECRET, False),
        ("Looked for and not seen", "", True),
    )
    assert [each[2] for each in by_id["threat"].found] == [False, False]


def test_nothing_that_is_shown_is_a_number_of_a_person():
    """No view of an assessment has a field that could be a score: the version of the row is the only number."""
    for view in (AssessmentView, ChangeView, ItemOverTime):
        numbers = {field.name for field in fields(view) if field.type in ("int", int, "float", float)}
        assert numbers <= {"version"}, view


def test_who_assesses_and_who_reads(world):
    case = a_path_case(world)
    row = assessed(case, world)
    share(case, world, *Section)
    for who, refused in [("partner", NotAllowed), ("outsider", NotFound), ("stranger", NotFound)]:
        by = getattr(world, who)
        with pytest.raises(refused):
            services.begin_assessment(case, INSTRUMENT, by=by)
        for read in (
            lambda by=by: assessments_for(by, case.pk, purpose="x"),
            lambda by=by: assessment_for(by, case.pk, row.pk, purpose="x"),
            lambda by=by: change_for(by, case.pk, INSTRUMENT, purpose="x"),
        ):
            with pytest.raises(refused):
                read()
    with pytest.raises(NotFound):
        services.begin_assessment(case, "horoscope", by=world.officer)
    with pytest.raises(NotFound):
        assessment_for(world.officer, a_path_case(world).pk, row.pk, purpose="x")


def test_the_step_wants_an_assessment_that_was_finished_since_it_began(world):
    case = walk_path(a_path_case(world), "assess", world)
    assert [(step.id, done) for step, _, done in assessments_for(world.officer, case.pk, purpose="x").steps] == [
        ("assess", False)
    ]
    with pytest.raises(NotPossible, match="Finish an assessment by “Engagement, intent and capability” first"):
        services.finish_assessment_step(case, step_of(case, "assess"), by=world.officer)
    assessed(case, world)
    services.finish_assessment_step(case, step_of(case, "assess"), by=world.officer)
    assert waits_for(case) == {"prepare_panel"}


def test_an_assessment_of_before_does_not_do(world):
    case = a_path_case(world)
    assessed(case, world)
    with clock.moved_to(START + timedelta(days=3)):
        case = walk_path(case, "assess", world)
        with pytest.raises(NotPossible, match="Finish an assessment"):
            services.finish_assessment_step(case, step_of(case, "assess"), by=world.officer)
        with pytest.raises(NotPossible, match="does not wait"):
            services.finish_assessment_step(case, step_of(case, "make_plan"), by=world.officer)


def test_erased(world):
    row = assessed(a_path_case(world), world, grievance="seen")
    destroy_record_key(fresh(row.case).key_id)
    _, _, view = assessment_for(world.officer, row.case_id, row.pk, purpose="x")
    assert view.is_erased
    assert view.content.ratings == {}
    assert change_for(world.officer, row.case_id, INSTRUMENT, purpose="x").assessments[0].is_erased
