"""The pages of support: what stands on them for whom, and that every form does what it says."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.cases.making import START, a_person, a_world, share
from tests.cast import logged_in
from tests.support.making import (
    INSTRUMENT,
    SECRET,
    TODAY,
    a_path_case,
    a_provider,
    an_intervention,
    an_outside_provider,
    answers_for,
    assessed,
    consent,
    fresh,
    full_ratings,
    move,
    running,
    share_actions,
    waits_for,
    walk_path,
    withdraw,
)

from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.base.keyring import destroy_record_key
from counterpoint.support import services
from counterpoint.support.models import (
    Assessment,
    Consent,
    Intervention,
    SupportPlan,
    SupportReview,
    SupportSession,
)
from counterpoint.support.types import InterventionState

pytestmark = pytest.mark.django_db
LEAD_ONLY = ["case_consents", "case_assessments"]
DAY = {"day": TODAY.day, "month": TODAY.month, "year": TODAY.year}


@pytest.fixture
def world(db):
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    with clock.moved_to(START):
        yield


def at(name, case=None, **parts):
    return reverse(f"desk:{name}", kwargs={"case_id": case.pk, **parts} if case is not None else parts or None)


def text_of(response):
    return html.unescape(response.content.decode())


def get(staff, name, case=None, query="", **parts):
    return logged_in(staff).get(at(name, case, **parts) + query)


def post(staff, name, case, data, **parts):
    return logged_in(staff).post(at(name, case, **parts), data)


def day_of(name, on=TODAY):
    return {f"{name}_day": on.day, f"{name}_month": on.month, f"{name}_year": on.year}


def hidden(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def consent_form(**changes):
    usual = {
        "version": 0,
        "result": "given",
        "giver": "self",
        "age_band": "adult",
        "capacity": "yes",
        "how": SECRET,
        "record_asked_by": "The lead officer",
        **day_of("asked_on"),
    }
    return {**usual, **changes}


# --- consents


def test_a_consent_is_recorded_and_its_history_shown(world):
    case = a_path_case(world)
    page = text_of(get(world.officer, "case_consents", case))
    assert "Not recorded" in page
    assert "No consent is in force: Support under section 36" in page
    assert "Who may give it: what the rules advise" in text_of(get(world.officer, "case_consent", case, kind="support"))
    done = post(world.officer, "case_consent", case, consent_form(result="asked"), kind="support")
    assert done.status_code == 302
    done = post(world.officer, "case_consent", case, consent_form(version=1), kind="support")
    assert done.status_code == 302
    page = text_of(get(world.officer, "case_consents", case))
    assert SECRET in page
    assert "What was recorded before: Support under section 36" in page
    assert "No consent is in force" not in page


def test_the_rules_ask_why_and_what_was_typed_stays(world):
    case = a_path_case(world)
    page = text_of(post(world.officer, "case_consent", case, consent_form(capacity="no"), kind="support"))
    assert "The rules advise: nobody." in page
    assert SECRET in page
    assert not Consent.objects.exists()
    again = consent_form(capacity="no", deviation="A court has said so")
    assert post(world.officer, "case_consent", case, again, kind="support").status_code == 302


def test_two_people_record_at_once_and_see_both(world):
    case = a_path_case(world)
    consent(case, world)
    page = post(world.supervisor, "case_consent", case, consent_form(result="refused"), kind="support")
    assert page.status_code == 409
    assert "Somebody else saved this first" in text_of(page)


def test_the_step_is_done_from_the_page_of_the_consent(world):
    case = walk_path(a_path_case(world), "seek_consent", world)
    first = get(world.officer, "case_consent", case, kind="support")
    assert "Recording an answer finishes the step" in text_of(first)
    version = hidden(first, "step_version")
    waiting = consent_form(result="asked", step_version=version)
    post(world.officer, "case_consent", case, waiting, kind="support")
    assert waits_for(case) == {"seek_consent"}
    post(world.officer, "case_consent", case, consent_form(version=1, step_version=version), kind="support")
    assert waits_for(case) == {"make_plan"}
    assert Consent.objects.count() == 2


def test_a_consent_of_another_kind_does_not_finish_the_step(world):
    case = walk_path(a_path_case(world), "seek_consent", world)
    form = consent_form(record_safe_way="By post")
    assert post(world.officer, "case_consent", case, form, kind="contact").status_code == 302
    assert waits_for(case) == {"seek_consent"}


def test_withdrawn_with_one_button(world):
    """Pressing the button sends what the page has filled in."""
    case = a_path_case(world)
    consent(case, world)
    page = get(world.officer, "case_consents", case)
    assert "The consent is withdrawn" in text_of(page)
    sent = {"giver": "self", **day_of("withdrawn_on"), "said": ""}
    for _ in range(2):
        assert post(world.officer, "case_consent_withdraw", case, sent, kind="support").status_code == 302
    assert Consent.objects.filter(result="withdrawn").count() == 1
    assert "Consent was withdrawn: Support under section 36" in text_of(get(world.officer, "case_support", case))


def test_news_that_withdraws_a_consent_is_told_on_its_page(world):
    """So that the process never goes on as withdrawn while the consent still counts."""
    case = walk_path(a_path_case(world), "deliver_support", world)
    consent(case, world)
    told = get(world.officer, "case_news", case, message_id="consent_withdrawn")
    assert told.headers["Location"] == at("case_consents", case)
    sent = {"giver": "self", **day_of("withdrawn_on"), "said": ""}
    post(world.officer, "case_consent_withdraw", case, sent, kind="support")
    assert waits_for(case) == {"consider_alternatives"}


@pytest.mark.parametrize("kind", ["nonsense", "support-x"])
def test_no_such_consent(world, kind):
    case = a_path_case(world)
    assert get(world.officer, "case_consent", case, kind=kind).status_code == 404
    assert post(world.officer, "case_consent_withdraw", case, {}, kind=kind).status_code == 404


# --- assessments


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


# --- plan and interventions


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


# --- who sees what


def test_a_provider_of_another_agency_sees_its_own_support_only(world):
    case, hidden_case = a_path_case(world), a_path_case(world)
    share_actions(case, world)
    provider = a_provider(world)
    own = running(case, world, agency_id=world.school.pk, service="", title="OWN-SUPPORT")
    other = an_intervention(case, world, title="OTHER-SUPPORT")
    elsewhere = an_intervention(hidden_case, world, title="ELSEWHERE")
    services.make_plan(case, "PLAN-TEXT", by=world.officer, expected_number=0)
    page = text_of(get(provider, "case_support", case))
    assert "OWN-SUPPORT" in page
    for secret in ("OTHER-SUPPORT", "PLAN-TEXT", "What the panel found", "Plan support"):
        assert secret not in page
    assert get(provider, "case_intervention", case, intervention_id=own.pk).status_code == 200
    assert get(provider, "case_intervention", case, intervention_id=other.pk).status_code == 404
    assert get(provider, "case_session_add", case, intervention_id=other.pk).status_code == 404
    for name in LEAD_ONLY:
        assert get(provider, name, case).status_code == 403
        assert get(provider, name, hidden_case).status_code == 404
    for name, parts in (
        ("case_support", {}),
        ("case_intervention", {"intervention_id": elsewhere.pk}),
        ("case_session_add", {"intervention_id": elsewhere.pk}),
    ):
        assert get(provider, name, hidden_case, **parts).status_code == 404
    page = text_of(get(provider, "interventions"))
    assert case.reference in page
    assert hidden_case.reference not in page
    assert "OWN-SUPPORT" not in page  # a list opens nothing


def test_a_provider_logs_sessions_until_the_sharing_ends(world):
    case = a_path_case(world)
    share_actions(case, world)
    provider, outside = a_provider(world), an_outside_provider(world)
    row = running(case, world, agency_id=world.school.pk, service="")
    page = get(provider, "case_session_add", case, intervention_id=row.pk)
    sent = {
        "submission": hidden(page, "submission"),
        "attendance": "not_attended",
        "note": "Nobody opened",
        **day_of("held_on"),
    }
    assert post(provider, "case_session_add", case, sent, intervention_id=row.pk).status_code == 302
    assert "Nobody opened" in text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert get(outside, "case_intervention", case, intervention_id=row.pk).status_code == 404
    assert post(outside, "case_session_add", case, sent, intervention_id=row.pk).status_code == 404
    assert case.reference not in text_of(get(outside, "interventions"))
    with clock.moved_to(START + timedelta(days=40)):
        assert get(provider, "case_intervention", case, intervention_id=row.pk).status_code == 404
        assert case.reference not in text_of(get(provider, "interventions"))


def test_a_provider_answers_an_offer_from_their_list(world):
    case = a_path_case(world)
    share_actions(case, world)
    provider = a_provider(world)
    row = an_intervention(case, world, agency_id=world.school.pk, service="", title="CHESS-CLUB")
    link = at("case_intervention_offer", case, intervention_id=row.pk)
    assert link in text_of(get(provider, "interventions"))
    assert link in text_of(get(provider, "case_intervention", case, intervention_id=row.pk))
    assert link not in text_of(get(world.officer, "case_intervention", case, intervention_id=row.pk))
    assert get(world.officer, "case_intervention_offer", case, intervention_id=row.pk).status_code == 403
    sent = {"version": 1, "answer": "not_accepted", "why": ""}
    assert "Say why." in text_of(post(provider, "case_intervention_offer", case, sent, intervention_id=row.pk))
    sent["why"] = "NOBODY-IS-FREE"
    assert post(provider, "case_intervention_offer", case, sent, intervention_id=row.pk).status_code == 302
    assert link not in text_of(get(provider, "interventions"))
    page = text_of(get(world.officer, "case_support", case))
    assert "NOBODY-IS-FREE" in page
    assert "recorded by Pru Vider, Northmoor Schools Service" in page
    assert "The provider answered" in text_of(get(world.officer, "case", case))
    assert "The provider did not accept the support" in text_of(get(world.officer, "notices"))
    outside = an_outside_provider(world)
    assert get(outside, "case_intervention_offer", case, intervention_id=row.pk).status_code == 404


def test_a_partner_who_is_no_provider_reads_and_does_not_log(world):
    case = a_path_case(world)
    share_actions(case, world)
    row = running(case, world, agency_id=world.school.pk, service="")
    page = text_of(get(world.partner, "case_intervention", case, intervention_id=row.pk))
    assert "Log a session" not in page
    assert get(world.partner, "case_session_add", case, intervention_id=row.pk).status_code == 403


def test_a_partner_without_the_actions_sees_no_support(world):
    case = a_path_case(world)
    share(case, world, Section.CONCERN)
    assert get(world.partner, "case_support", case).status_code == 403
    assert "Support</a>" not in text_of(get(world.partner, "case", case))


WHO = [  # who, consents, assessments, support, recording a consent, monitoring
    ("officer", 200, 200, 200, 200, 403),
    ("supervisor", 200, 200, 200, 200, 200),
    ("colleague", 404, 404, 404, 404, 403),
    ("stranger", 404, 404, 404, 404, 403),
    ("triage", 404, 404, 404, 403, 403),
    ("partner", 403, 403, 200, 403, 403),
    ("outsider", 404, 404, 404, 403, 403),
]


@pytest.mark.parametrize("row", WHO, ids=lambda row: row[0])
def test_every_page_for_everybody(world, row):
    who, consents, assessments, support, records, monitors = row
    case = a_path_case(world)
    share_actions(case, world)
    staff = getattr(world, who)
    assert get(staff, "case_consents", case).status_code == consents
    assert get(staff, "case_assessments", case).status_code == assessments
    assert get(staff, "case_support", case).status_code == support
    assert get(staff, "case_consent", case, kind="support").status_code == records
    assert get(staff, "monitoring").status_code == monitors


def test_erased_pages_say_so(world):
    case = a_path_case(world)
    row = running(case, world)
    assessed(case, world)
    services.make_plan(case, "PLAN-TEXT", by=world.officer, expected_number=0)
    destroy_record_key(case.key_id)
    for name, parts in (
        ("case_consents", {}),
        ("case_assessments", {}),
        ("case_support", {}),
        ("case_intervention", {"intervention_id": row.pk}),
        ("case_assessment_change", {"instrument": INSTRUMENT}),
    ):
        page = get(world.supervisor, name, case, **parts)
        assert page.status_code == 200
        assert SECRET not in text_of(page)
        assert "PLAN-TEXT" not in text_of(page)


def test_the_timeline_tells_of_it_in_words(world):
    case = a_path_case(world)
    running(case, world)
    assessed(case, world)
    withdraw(case, world)
    page = text_of(get(world.officer, "case", case, query="?show=support"))
    for words in (
        "Support under section 36: withdrawn",
        "Mentoring: running",
        "Engagement, intent and capability",
        "Football on Saturdays",
    ):
        assert words in page


def test_the_first_page_names_the_support_that_one_gives(world):
    case = a_path_case(world)
    share_actions(case, world)
    provider = a_provider(world)
    assert "Support that you give" not in text_of(get(provider, "home"))
    running(case, world, agency_id=world.school.pk, service="")
    assert "Support that you give" in text_of(get(provider, "home"))


# --- monitoring


def test_monitoring_for_an_agency_with_nothing(world):
    page = text_of(get(world.supervisor, "monitoring"))
    assert "No support began in 2026." in page
    assert "Nobody was signposted in 2026." in page
    for odd in ("?period=1999", "?period=%00", "?period=2026-q9"):
        assert get(world.supervisor, "monitoring", query=odd).status_code == 200


def test_monitoring_names_nobody_and_shows_no_small_number(world):
    case = a_path_case(world)
    for _ in range(3):
        running(case, world, submission=None)
    lead = a_person("Pam Lead", world.lead, Role.PROCESS_LEAD)
    page = text_of(get(lead, "monitoring"))
    main = page[page.index("<main") :]
    for secret in (case.reference, world.officer.name, "Northmoor Rovers", SECRET):
        assert secret not in main
    cells = re.findall(r'cell--numeric">([^<]*)<', main)
    assert cells
    assert {int(cell) % 5 for cell in cells if cell.isdecimal()} == {0}
    assert fresh(case)
