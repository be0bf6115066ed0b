"""The pages of the plan, of support that is planned and given, and of its reviews."""

from datetime import timedelta

import pytest
from tests.cases.making import START
from tests.desk.asking import at, day_of, get, hidden, post, text_of
from tests.support.making import (
    SECRET,
    TODAY,
    a_path_case,
    an_intervention,
    answers_for,
    consent,
    move,
    running,
    waits_for,
    walk_path,
    withdraw,
)

from counterpoint.base import clock
from counterpoint.support.models import Intervention, SupportPlan, SupportReview, SupportSession
from counterpoint.support.types import InterventionState

pytestmark = pytest.mark.django_db


def test_the_plan_and_its_step(world):
    case = walk_path(a_path_case(world), "make_plan", world)
    page = get(world.officer, "case_plan", case)
    values = {**answers_for(case, "make_plan"), "version": 0, "step_version": hidden(page, "step_version")}
    assert post(world.officer, "case_plan", case, values).status_code == 302
    assert waits_for(case) == {"deliver_support"}
    assert "About support" in text_of(get(world.officer, "case_support", case))
    post(world.officer, "case_plan", case, {"version": 1, "text": "Another way"})
    assert SupportPlan.objects.count() == 2
    page = post(world.supervisor, "case_plan", case, {"version": 1, "text": "A third way"})
    assert page.status_code == 409
    assert "Another way" in text_of(page)


def support_form(page, **changes):
    usual = {
        "submission": hidden(page, "submission"),
        "kind": "mentoring",
        "title": "Football on Saturdays",
        "goals": SECRET,
        "provider": "service",
        "service": "Northmoor Rovers",
        **day_of("from_on"),
        **day_of("until_on", TODAY + timedelta(days=60)),
    }
    return {**usual, **changes}


def test_support_is_planned_once_however_often_it_is_sent(world):
    case = a_path_case(world)
    form = support_form(get(world.officer, "case_intervention_add", case))
    for _ in range(2):
        assert post(world.officer, "case_intervention_add", case, form).status_code == 302
    row = Intervention.objects.get()
    page = text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert SECRET in page
    assert "Northmoor Rovers" in page


def test_what_is_wrong_with_planned_support_is_told(world):
    case = a_path_case(world)
    page = get(world.officer, "case_intervention_add", case)
    for changes, problem in (
        ({"service": ""}, "Choose who provides it"),
        ({"until_on_year": 2020}, "It ends before it begins"),
        ({"provider": "staff:00000000-0000-0000-0000-000000000000"}, "Choose"),
        ({"goals": ""}, "Fill in: What should it come to?"),
    ):
        refused = post(world.officer, "case_intervention_add", case, support_form(page, **changes))
        assert refused.status_code == 200
        assert problem in text_of(refused)
    assert not Intervention.objects.exists()


def test_support_does_not_begin_without_consent(world):
    case = a_path_case(world)
    row = move(an_intervention(case, world), InterventionState.ACCEPTED, world)
    page = text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert "No consent is in force" in page
    assert "It has begun" not in page
    sent = {"version": row.version, "why": "", **day_of("on")}
    refused = post(world.officer, "case_intervention_move", case, sent, intervention_id=row.pk, to="running")
    assert "No support may begin: “Support under section 36” is not in force." in text_of(refused)
    consent(case, world)
    begun = post(world.officer, "case_intervention_move", case, sent, intervention_id=row.pk, to="running")
    assert begun.status_code == 302
    stale = post(world.officer, "case_intervention_move", case, sent, intervention_id=row.pk, to="ended")
    assert "Fill in: Why?" in text_of(stale)
    stale = post(
        world.officer, "case_intervention_move", case, {**sent, "why": "Enough"}, intervention_id=row.pk, to="ended"
    )
    assert stale.status_code == 409
    assert get(world.officer, "case_intervention_move", case, intervention_id=row.pk, to="flying").status_code == 404


def test_changed_by_two(world):
    case = a_path_case(world)
    row = an_intervention(case, world)
    sent = {**support_form(get(world.officer, "case_intervention_add", case)), "version": 1, "title": "Chess"}
    assert post(world.officer, "case_intervention_change", case, sent, intervention_id=row.pk).status_code == 302
    page = post(world.supervisor, "case_intervention_change", case, {**sent, "title": "Go"}, intervention_id=row.pk)
    assert page.status_code == 409
    assert "Chess" in text_of(page)


def test_whether_the_service_accepted(world):
    case = a_path_case(world)
    row = an_intervention(case, world, kind="signposting")
    sent = {"version": 1, "answer": "not_accepted", "reason": "A waiting list of a year", **day_of("on")}
    assert post(world.officer, "case_intervention_answer", case, sent, intervention_id=row.pk).status_code == 302
    page = text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert "The service did not accept" in page
    assert "A waiting list of a year" in page
    other = an_intervention(case, world)
    page = text_of(post(world.officer, "case_intervention_answer", case, sent, intervention_id=other.pk))
    assert "Only where somebody was signposted" in page


def test_sessions_without_consent_are_told_as_such(world):
    case = a_path_case(world)
    row = running(case, world)
    with clock.moved_to(START + timedelta(days=10)):
        withdraw(case, world)
        page = get(world.officer, "case_session_add", case, intervention_id=row.pk)
        sent = {
            "submission": hidden(page, "submission"),
            "attendance": "attended",
            "note": SECRET,
            **day_of("held_on", TODAY + timedelta(days=9)),
        }
        for _ in range(2):
            assert post(world.officer, "case_session_add", case, sent, intervention_id=row.pk).status_code == 302
        page = text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert SupportSession.objects.count() == 1
    assert "No consent was in force on that day" in page
    assert "Support goes on only with consent" in page


def test_a_review_judges_the_support(world):
    case = a_path_case(world)
    row = running(case, world)
    page = get(world.officer, "case_review_add", case)
    sent = {
        "submission": hidden(page, "submission"),
        f"outcome_{row.pk}": "partly",
        "impact": "some_better",
        "text": "He came, and was late",
        **day_of("reviewed_on"),
    }
    for _ in range(2):
        assert post(world.officer, "case_review_add", case, sent).status_code == 302
    assert SupportReview.objects.count() == 1
    page = text_of(get(world.officer, "case_support", case))
    assert "He came, and was late" in page
    assert "Worked in part, as the panel judged" in page


def test_what_the_panel_is_to_review_is_not_recorded_beside_it(world):
    case = walk_path(a_path_case(world), "review_support", world)
    an_intervention(case, world)
    page = text_of(get(world.officer, "case_support", case))
    assert "“Review at the panel” waits for the panel" in page
    assert f'<a class="govuk-link" href="{at("case_panels", case)}">To the panel</a>' in page
    assert "Record what the panel found" not in page
    submission = hidden(get(world.officer, "case_review_add", case), "submission")
    sent = {"submission": submission, "impact": "same", "text": "x", **day_of("reviewed_on")}
    assert "recorded with its decision" in text_of(post(world.officer, "case_review_add", case, sent))
    assert not SupportReview.objects.exists()
