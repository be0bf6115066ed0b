"""The pages of assessments, from their beginning to the change over time."""

import re
from datetime import timedelta

import pytest
from tests.cases.making import START
from tests.desk.asking import get, post, text_of
from tests.support.making import (
    INSTRUMENT,
    SECRET,
    a_path_case,
    answers_for,
    assessed,
    full_ratings,
    waits_for,
    walk_path,
)

from counterpoint.base import clock
from counterpoint.support import services
from counterpoint.support.models import Assessment

pytestmark = pytest.mark.django_db


def as_form(ratings, **more):
    found = {}
    for item, rating in ratings.items():
        found |= {f"level_{item}": rating.level, f"words_{item}": rating.narrative}
    return {**found, "summary": "", **more}


def test_an_assessment_from_beginning_to_end(world):
    case = a_path_case(world)
    assert "Begin an assessment" in text_of(get(world.officer, "case_assessments", case))
    for _ in range(2):
        begun = post(world.officer, "case_assessment_new", case, {}, instrument=INSTRUMENT)
        assert begun.status_code == 302
    row = Assessment.objects.get()
    saved = as_form({}, version=1, then="save", summary="Half done")
    assert post(world.officer, "case_assessment", case, saved, assessment_id=row.pk).status_code == 302
    page = text_of(get(world.officer, "case_assessment", case, assessment_id=row.pk))
    assert "Half done" in page
    empty = as_form({}, version=2, then="finish", summary="Half done")
    page = text_of(post(world.officer, "case_assessment", case, empty, assessment_id=row.pk))
    assert page.count("Choose what was found.") >= 27
    ratings = full_ratings(grievance="seen")
    assert (
        post(
            world.officer, "case_assessment", case, as_form(ratings, version=2, then="finish"), assessment_id=row.pk
        ).status_code
        == 302
    )
    page = text_of(get(world.officer, "case_assessment", case, assessment_id=row.pk))
    assert SECRET in page
    assert "Correct it by another one" in page


def test_two_editors_of_a_draft(world):
    case = a_path_case(world)
    row = services.begin_assessment(case, INSTRUMENT, by=world.officer)
    mine = as_form({}, version=1, then="save", summary="Mine")
    post(world.officer, "case_assessment", case, mine, assessment_id=row.pk)
    theirs = as_form({}, version=1, then="save", summary="Theirs")
    page = post(world.supervisor, "case_assessment", case, theirs, assessment_id=row.pk)
    assert page.status_code == 409
    assert "Mine" in text_of(page)
    assert "Theirs" in text_of(page)


def test_change_over_time_stands_side_by_side_without_a_number(world):
    case = a_path_case(world)
    assessed(case, world, grievance="seen")
    with clock.moved_to(START + timedelta(days=90)):
        assessed(case, world)
        page = text_of(get(world.officer, "case_assessment_change", case, instrument=INSTRUMENT))
    assert "was otherwise before" in page
    assert SECRET in page
    main = page[page.index("<main") : page.index("</main")]
    shown = re.sub(r"<[^>]+>", " ", main).replace(case.reference, "")
    assert not re.search(r"\b\d+(\.\d+)?\s*(%|/|of)", shown), "nothing reads like a score"
    assert not re.search(r"\b(score|total|rank|points?)\b", shown.replace("gives no score", ""), re.IGNORECASE)


def test_correcting_and_dropping(world):
    case = a_path_case(world)
    row = assessed(case, world)
    assert post(world.officer, "case_assessment_correct", case, {}, assessment_id=row.pk).status_code == 302
    draft = Assessment.objects.get(state="draft")
    assert post(world.officer, "case_assessment_drop", case, {"version": 1}, assessment_id=draft.pk).status_code == 302
    assert "dropped" in Assessment.objects.values_list("state", flat=True)


def test_the_step_links_to_the_assessment_and_waits_for_it(world):
    case = walk_path(a_path_case(world), "assess", world)
    page = text_of(get(world.officer, "case_assessments", case))
    assert "An assessment comes first" in page
    values = {**answers_for(case, "assess"), "version": case.version}
    refused = post(world.officer, "case_assessment_step", case, values, step_id="assess")
    assert "Finish an assessment by “Engagement, intent and capability” first" in text_of(refused)
    assessed(case, world)
    assert "Go on to the step" in text_of(get(world.officer, "case_assessments", case))
    assert post(world.officer, "case_assessment_step", case, values, step_id="assess").status_code == 302
    assert waits_for(case) == {"prepare_panel"}
    assert get(world.officer, "case_assessment_step", case, step_id="assess").status_code == 409
