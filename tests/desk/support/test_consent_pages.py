"""The pages of consent: how it is recorded, withdrawn, and what that finishes."""

import pytest
from tests.desk.asking import at, day_of, get, hidden, post, text_of
from tests.support.making import SECRET, a_path_case, consent, waits_for, walk_path

from counterpoint.support.models import Consent

pytestmark = pytest.mark.django_db


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
