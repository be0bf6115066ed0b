"""Who sees which page of support, and what of it; and where else it is told of."""

from datetime import timedelta

import pytest
from tests.cases.making import START, share
from tests.desk.asking import at, day_of, get, hidden, post, text_of
from tests.support.making import (
    INSTRUMENT,
    SECRET,
    a_path_case,
    a_provider,
    an_intervention,
    an_outside_provider,
    assessed,
    running,
    share_actions,
    withdraw,
)

from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.keyring import destroy_record_key
from counterpoint.support import services

pytestmark = pytest.mark.django_db
LEAD_ONLY = ["case_consents", "case_assessments"]


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
