"""Any answers, any order of back and forward, any repeated post: one arrival, holding what the person checked."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.channels.portal.reporter import Reporter

from counterpoint.audit.types import system
from counterpoint.base import clock, keyring
from counterpoint.channels.portal.fields import parts_of
from counterpoint.channels.portal.wording import wording_in
from counterpoint.intake import arrivals, drafts
from counterpoint.intake.models import Arrival, Draft
from counterpoint.kernel.questions import Checked, QuestionSet, QuestionType, check, form_from_answers
from counterpoint.rules.selectors import pack_in_force
from counterpoint.rules.services import activate_pack

pytestmark = pytest.mark.django_db

FORM = "/en/report/concern_public"


def _filled(reporter: Reporter, worry: str = "He is not himself") -> Reporter:
    reporter.begin().post(immediate_danger="no")
    return reporter.open(f"{FORM}/worry").post(worry=worry).open(f"{FORM}/check-answers")


def _raw() -> dict:
    return arrivals.raw_form(Arrival.objects.get())


def test_no_cookie_before_a_form_is_begun(reporter):
    for address in ("/", "/ar/", "/en/privacy", "/en/choose?want=nothing"):
        reporter.open(address)
        assert not reporter.client.cookies, address
    reporter.open("/en/choose?want=online")
    assert reporter.path == "/en/report/online_material/threat"
    assert set(reporter.client.cookies) == {"csrftoken"}
    reporter.post()
    cookie = reporter.client.cookies["form_online_material"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", "")


@pytest.mark.parametrize(
    ("accepted", "start"),
    [
        ("", "/en/"),
        ("cy", "/cy/"),
        ("ar-SY,ar;q=0.9,en;q=0.1", "/ar/"),
        ("fr;q=0.9, cy;q=x, xx", "/en/"),
        ("de", "/en/"),
    ],
)
def test_strangers_are_met_in_their_language(pack, accepted, start):
    response = Client().get("/", headers={"accept-language": accepted})
    assert response.headers["Location"] == start or accepted.startswith("fr")
    assert "Accept-Language" in response.headers["Vary"]


def test_every_answer_that_was_checked_is_sent_and_no_other(reporter):
    reporter.begin().post(immediate_danger="no")
    reporter.open(f"{FORM}/worry").post(worry="He is not himself", **{"worry-provenance": "reported"})
    reporter.open(f"{FORM}/contact").post(may_contact="email_or_phone")
    assert reporter.path == f"{FORM}/contact_details"
    reporter.post(reporter_email="someone@example.org")
    reporter.open(f"{FORM}/contact").post(may_contact="no")
    reporter.open(f"{FORM}/check-answers")
    assert "someone@example.org" not in reporter.text
    reporter.post()
    assert _raw()["answers"] == {
        "immediate_danger": {"value": "no"},
        "worry": {"value": "He is not himself", "provenance": "reported"},
        "may_contact": {"value": "no"},
    }


def test_sending_again_in_every_way_makes_one_arrival(reporter):
    _filled(reporter)
    reporter.post()
    receipt = reporter.html
    reporter.post_to(f"{FORM}/check-answers")
    assert reporter.path.endswith("your-receipt")
    words = re.compile(r"<li>(.*?)</li>")
    assert words.findall(reporter.html) == words.findall(receipt)
    reporter.open(f"{FORM}/check-answers").open(f"{FORM}/worry")
    assert reporter.path.endswith("your-receipt")
    reporter.post_to(f"{FORM}/worry", worry="changed")
    assert Arrival.objects.count() == 1
    assert _raw()["answers"]["worry"]["value"] == "He is not himself"


def test_a_lost_answer_to_the_post_loses_nothing(reporter, monkeypatch):
    """The connection breaks after the commit: the browser still stands on the page and sends once more."""
    _filled(reporter)
    token = reporter.page.fields["csrfmiddlewaretoken"][0]
    reporter.client.post(f"{FORM}/check-answers", {"csrfmiddlewaretoken": token})
    reporter.post()
    assert reporter.status == 200
    assert Arrival.objects.get().reference in reporter.text


def test_a_send_whose_draft_is_gone_tells_the_reference(reporter):
    _filled(reporter).post()
    reference = Arrival.objects.get().reference
    Draft.objects.all().delete()
    reporter.open(f"{FORM}/your-receipt")
    assert reference in reporter.text
    assert reporter.status == 200


def test_the_receipt_must_be_said_to_be_saved(reporter):
    _filled(reporter).post()
    reporter.post()
    assert reporter.status == 422
    assert "#saved" in reporter.page.links
    reporter.post(saved="yes")
    assert reporter.path == "/en/finished"
    assert reporter.client.cookies["form_concern_public"].value == ""
    assert not Draft.objects.exists()


def test_a_second_report_from_the_same_browser_is_a_second_arrival(reporter):
    for _ in range(2):
        _filled(reporter).post().post(saved="yes")
    assert Arrival.objects.count() == 2


def test_errors_lead_to_fields_that_are_there(reporter):
    reporter.begin().post()
    for page, fields in {
        "worry": {"worry": ""},
        "change": {"changed_on-day": "31", "changed_on-month": "2", "changed_on-year": "2025"},
        "person_age": {"person_age-years": "-1"},
        "person_place": {"person_postcode": "???"},
        "about": {"concern_about": "not-offered"},
        "told": {"told_already": ["police", "not-offered"]},
    }.items():
        reporter.open(f"{FORM}/{page}").post(**fields)
        assert reporter.status == 422, page
        assert reporter.html.count("<title>Error: ") == 1
        targets = [link[1:] for link in reporter.page.links if link.startswith("#") and link != "#main-content"]
        assert targets, page
        assert set(targets) <= set(reporter.page.ids), page


def test_what_was_typed_wrongly_is_shown_again(reporter):
    reporter.begin().post()
    reporter.open(f"{FORM}/person_place").post(person_address="12 <i>High</i> Street", person_postcode="???")
    assert reporter.page.fields["person_address"] == ["12 <i>High</i> Street"]
    assert reporter.page.fields["person_postcode"] == ["???"]


@pytest.mark.parametrize("set_id", ["concern_public", "concern_professional", "online_material", "advice"])
@pytest.mark.parametrize("language", ["en", "cy", "ar"])
def test_every_page_has_unique_ids_and_a_field_for_each_name(pack, set_id, language):
    wording = wording_in(language)
    for page in wording.question_set(set_id).pages:
        names = set()
        for part in parts_of(page, {}, wording=wording):
            held = repr(part.params)
            names |= {name for name in form_from_answers(page, {}) if f"'name': '{name}'" in held}
        expected = {
            name
            for name in form_from_answers(page, {})
            if not name.endswith(("-unknown", "-provenance"))
            or (name.endswith("-provenance") and _question(page, name).ask_provenance)
            or (name.endswith("-unknown") and _question(page, name).allow_unknown)
        }
        assert names == expected


def _question(page, name):
    return next(question for question in page.questions if name.startswith(f"{question.id}-"))


def test_changing_one_answer_leads_back_to_checking(reporter):
    _filled(reporter)
    reporter.open(f"{FORM}/relation?change=1").post(relation="friend")
    assert reporter.path.endswith("check-answers")
    assert "A friend" in reporter.text


def test_a_change_that_brings_up_a_page_leads_there_and_then_back(reporter):
    _filled(reporter)
    reporter.open(f"{FORM}/contact?change=1").post(may_contact="email_or_phone")
    assert reporter.at == f"{FORM}/contact_details?change=1"
    reporter.post(reporter_name="A. Parent")
    assert reporter.path.endswith("check-answers")
    assert "A. Parent" in reporter.text


def test_checking_before_the_worry_was_told_leads_to_it(reporter):
    reporter.begin().post().open(f"{FORM}/check-answers")
    assert reporter.path == f"{FORM}/worry"


def test_pages_out_of_turn_lead_to_the_beginning(reporter):
    for page in ("worry", "check-answers", "your-receipt", "call-first", "send-now", "too-long-open"):
        reporter.open(f"{FORM}/{page}")
        assert reporter.status in {200, 410}
        assert reporter.path in {f"{FORM}/danger", f"{FORM}/too-long-open"}


def test_an_emergency_is_told_to_call_first_and_can_be_sent_at_once(reporter):
    reporter.begin().post(immediate_danger="yes")
    assert reporter.path.endswith("call-first")
    assert reporter.text.count("999") >= 3
    reporter.open(f"{FORM}/send-now")
    assert list(reporter.page.fields) == ["csrfmiddlewaretoken", "worry", "worry-provenance"]
    reporter.post(worry="He left with a knife")
    assert reporter.path.endswith("your-receipt")
    assert "We treat this as an emergency" in reporter.text
    assert _raw()["answers"] == {
        "immediate_danger": {"value": "yes"},
        "worry": {"value": "He left with a knife"},
    }


def test_an_emergency_without_a_further_word_still_leaves_a_record(reporter):
    reporter.begin().post(immediate_danger="yes").open(f"{FORM}/send-now").post()
    assert _raw()["answers"] == {"immediate_danger": {"value": "yes"}}


def test_an_emergency_too_long_to_take_is_shown_again(reporter):
    reporter.begin().post(immediate_danger="yes").open(f"{FORM}/send-now").post(worry="x" * 5001)
    assert reporter.status == 422
    assert reporter.page.fields["worry"]
    assert not Arrival.objects.exists()


def test_sending_at_once_is_for_emergencies(reporter):
    reporter.begin().post(immediate_danger="no").open(f"{FORM}/send-now")
    assert reporter.path == f"{FORM}/danger"


def test_a_form_left_open_too_long_says_so_and_keeps_the_last_answer(reporter):
    reporter.begin().post(immediate_danger="no").open(f"{FORM}/hope")
    Draft.objects.update(updated_at=clock.now() - timedelta(hours=25))
    reporter.post(hope="that he is safe")
    assert reporter.status == 410
    assert "24 hours" in reporter.text
    reporter.open(f"{FORM}/hope")
    assert "that he is safe" in reporter.html


def test_a_page_without_its_token_shows_what_was_typed_and_asks_again(reporter):
    reporter.begin().post(immediate_danger="no").open(f"{FORM}/worry")
    response = reporter.client.post(f"{FORM}/worry", {"worry": "A long story", "csrfmiddlewaretoken": "old"})
    assert response.status_code == 403
    assert "A long story" in response.content.decode()
    assert "press the button once more" in response.content.decode()
    reporter._took(response, f"{FORM}/worry").post(worry="A long story")
    assert reporter.path == f"{FORM}/about"


def test_without_any_cookie_it_says_that_cookies_are_off(pack):
    response = Client(enforce_csrf_checks=True).post(f"{FORM}/worry", {"worry": "x"})
    assert response.status_code == 403
    assert "Cookies are turned off" in response.content.decode()


def test_two_forms_at_once_do_not_disturb_each_other(reporter):
    reporter.begin("advice").post(immediate_danger="no")
    _filled(reporter)
    reporter.open("/en/report/advice/question").post(question="What can I say to him?")
    reporter.open(f"{FORM}/check-answers").post().post(saved="yes")
    reporter.open("/en/report/advice/check-answers").post()
    assert sorted(Arrival.objects.values_list("kind", flat=True)) == ["advice", "concern"]


# --- any answers, any order, any repeats

_TEXTS = st.text(max_size=60) | st.sampled_from(
    ["", "15", "31", "2", "2025", "yes", "a@example.org", "AB1 2CD", "__unknown__"]
)


def _fields_of(draw, question) -> dict[str, object]:
    ids = [*question.choice_ids, "__unknown__", "no-such-choice"]
    kind = question.type
    if kind is QuestionType.CHOICE:
        return {question.id: draw(st.sampled_from(ids))}
    if kind is QuestionType.CHOICES:
        return {question.id: draw(st.lists(st.sampled_from(ids), max_size=3))}
    if kind is QuestionType.DATE:
        return {f"{question.id}-{part}": draw(_TEXTS) for part in ("day", "month", "year")}
    if kind is QuestionType.AGE:
        return {f"{question.id}-years": draw(_TEXTS)}
    if kind is QuestionType.FILES:
        return {}
    return {question.id: draw(_TEXTS)}


@st.composite
def _steps(draw, question_set):
    """Pages in any order, some more than once, with any answers; now and then the same post twice."""
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        page = draw(st.sampled_from(question_set.pages))
        fields: dict[str, object] = {}
        for question in page.questions:
            if draw(st.booleans()):
                fields |= _fields_of(draw, question)
        steps.append((page.id, fields, draw(st.sampled_from([1, 1, 2]))))
    return steps


class AnyWayThrough(TestCase):
    databases = {"default", "keys"}

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(data=st.data())
    def test_one_arrival_holding_what_was_checked(self, data):
        keyring.forget_stock()  # each example is rolled back, and the keys with it
        activate_pack_once()
        set_id = data.draw(st.sampled_from(["concern_public", "online_material", "advice"]))
        question_set = pack_in_force().question_sets[set_id]
        reporter = Reporter(Client(enforce_csrf_checks=True)).begin(set_id).post()
        form = f"/en/report/{set_id}"
        for page, fields, times in data.draw(_steps(question_set)):
            for _ in range(times):
                reporter.post_to(f"{form}/{page}", **fields)
                assert reporter.status in {200, 410, 422}, reporter.trail[-1]
            if "csrfmiddlewaretoken" not in reporter.page.fields:
                reporter.begin(set_id)
        required = next(question for question in question_set.questions if question.required)
        needed = "https://example.org/x" if required.type is QuestionType.WEB_ADDRESSES else "needed"
        reporter.open(f"{form}/{question_set.page_of(required.id).id}").post(**{required.id: needed})
        secret = reporter.client.cookies[f"form_{set_id}"].value
        expected = self.led_to_what_is_wrong(reporter, question_set, secret)
        assert expected.is_good
        reporter.open(f"{form}/check-answers")
        for _ in range(data.draw(st.integers(1, 3))):
            reporter.post_to(f"{form}/check-answers")
            assert reporter.path.endswith("your-receipt")
        sent = arrivals.raw_form(Arrival.objects.get())["answers"]
        assert sent == {question: dict(answer) for question, answer in expected.answers.items()}
        assert check(question_set, sent, at=clock.now().date()).answers == expected.answers

    def led_to_what_is_wrong(self, reporter: Reporter, question_set: QuestionSet, secret: str) -> Checked:
        """An answer given on a page that was not asked then may be wrong once the page is asked: the form is not sent,
        and whoever tries is led to that page, where they leave it out."""
        for _ in question_set.questions:
            checked = check(question_set, drafts.read(secret).answers, at=clock.now().date())
            if checked.is_good:
                break
            reporter.open(f"/en/report/{question_set.id}/check-answers")
            page = question_set.page_of(checked.problems[0].question_id)
            assert reporter.path.endswith(f"/{page.id}")
            wrong = {problem.question_id for problem in checked.problems_on(page)}
            named = [name for name in reporter.page.fields if name.partition("-")[0] in wrong]
            reporter.post(**dict.fromkeys(named, ""))
        return checked


@pytest.mark.django_db
def test_a_wrong_answer_on_a_page_that_opens_later_is_not_sent():
    activate_pack_once()
    reporter = Reporter(Client(enforce_csrf_checks=True)).begin("concern_public").post()
    reporter.post_to(f"{FORM}/worry", worry="needed")
    reporter.post_to(f"{FORM}/contact_details", reporter_phone="not a number")
    reporter.post_to(f"{FORM}/contact", may_contact="email_or_phone")
    reporter.open(f"{FORM}/check-answers")
    assert reporter.path.endswith("/contact_details")
    reporter.post_to(f"{FORM}/check-answers")
    assert Arrival.objects.count() == 0


def activate_pack_once() -> None:
    from django.conf import settings as django_settings

    activate_pack(django_settings.PACK_FOLDER, by=system("tests"))
