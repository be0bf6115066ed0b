"""The call-back queue at the desk, driven as a browser would without JavaScript: read, put in, set aside, take up."""

import pytest
from tests.cast import logged_in
from tests.desk.asking import at, text_of
from tests.intake.telling import CONCERN, a_referral, arrival_of, told

from counterpoint import journey
from counterpoint.access.models import Recusal
from counterpoint.access.permissions import may_open
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.cases.models import Case
from counterpoint.intake.models import AdviceContact, Arrival, CallBackOutcome, Mailbox, Referral

pytestmark = pytest.mark.django_db
UNFIT = {"oddity": {"value": "<b>Ring me</b> at the mill."}, "concern_about": {"value": "weather"}}
ODD = "&lt;b&gt;Ring me&lt;/b&gt; at the mill."
ASIDE = {"ending": "spoken", "sent_again_as": "", "note": "About the school bus.", "told": "We spoke on the telephone."}
PARTLY = "Part of what was sent did not fit the form"


def in_trouble(answers=None, **how) -> Arrival:
    received = told({**CONCERN, **UNFIT} if answers is None else answers, **how)
    journey.process_arrival(received.arrival_id)
    return arrival_of(received)


@pytest.fixture
def arrival(people) -> Arrival:
    return in_trouble()


@pytest.fixture
def officer(people):
    return logged_in(people[Role.TRIAGE_OFFICER])


def address(arrival: Arrival, name: str = "call_back") -> str:
    return at(name, arrival_id=arrival.pk)


def test_what_does_not_fit_stands_apart_with_what_is_wrong(officer, arrival):
    page = officer.get(address(arrival)).content.decode()
    unfit, fits = page.split("What fits the form")
    assert ODD in unfit
    assert "Not one of the choices" in unfit
    assert CONCERN["worry"]["value"] in fits
    assert ODD not in fits
    for act in ("call_back_put_in", "call_back_set_aside"):
        assert address(arrival, act) in page


def test_the_list_says_in_which_language_it_came(people, officer):
    in_trouble(language="cy")
    assert '<span lang="cy">Cymraeg</span>' in text_of(officer.get(at("call_backs")))


def test_a_call_handler_reads_and_is_told_who_goes_on(people, arrival):
    client = logged_in(people[Role.CALL_HANDLER])
    page = text_of(client.get(address(arrival)))
    assert "A triage officer or a supervisor puts it into the inbox" in page
    assert address(arrival, "call_back_put_in") not in page
    for act in ("call_back_put_in", "call_back_set_aside", "call_back_take_up"):
        assert client.post(address(arrival, act), ASIDE).status_code == 403
    assert not CallBackOutcome.objects.exists()


def test_put_into_the_inbox_it_is_a_referral_that_says_what_it_lacks(officer, arrival):
    answer = officer.post(address(arrival, "call_back_put_in"))
    referral = Referral.objects.get()
    assert answer["Location"] == at("referral", referral_id=referral.pk)
    page = text_of(officer.get(answer["Location"]))
    assert PARTLY in page
    assert address(arrival) in page
    assert "Because:" in page  # the table was asked
    as_it_came = officer.get(address(arrival)).content.decode()
    assert ODD in as_it_came
    assert at("referral", referral_id=referral.pk) in as_it_came
    assert AuditEntry.objects.filter(action="arrival.read", purpose="as it came").count() == 1
    assert arrival.reference not in text_of(officer.get(at("call_backs")))


def test_a_referral_that_came_by_itself_says_nothing_of_it(officer):
    assert PARTLY not in text_of(officer.get(at("referral", referral_id=a_referral().pk)))


def test_advice_that_lacks_all_answers_is_not_called_erased(officer, people):
    arrival = in_trouble({"question": "no answer"}, about="advice")
    answer = officer.post(address(arrival, "call_back_put_in"))
    assert answer["Location"] == at("advice_contact", advice_id=AdviceContact.objects.get().pk)
    page = text_of(officer.get(answer["Location"]))
    assert PARTLY in page
    assert "erased" not in page


def test_what_is_no_form_at_all_can_be_read_and_put_in(officer, people):
    arrival = in_trouble(["Ring me", "at the mill"])
    assert "Ring me" in text_of(officer.get(address(arrival)))
    assert "Nothing that was sent fits the form" in text_of(officer.get(address(arrival)))
    answer = officer.post(address(arrival, "call_back_put_in"))
    assert PARTLY in text_of(officer.get(answer["Location"]))


def test_the_second_person_is_told_clearly(people, officer, arrival):
    other = logged_in(people[Role.SUPERVISOR])
    form = other.get(address(arrival, "call_back_set_aside"))
    assert form.status_code == 200
    officer.post(address(arrival, "call_back_put_in"))
    late = other.post(address(arrival, "call_back_put_in"))
    assert (late.status_code, "Somebody put this into the inbox meanwhile" in text_of(late)) == (409, True)
    late = other.post(address(arrival, "call_back_set_aside"), ASIDE)
    assert "Somebody put this into the inbox meanwhile" in text_of(late)
    assert "About the school bus." in text_of(late)  # what was typed is not lost
    assert (Referral.objects.count(), CallBackOutcome.objects.count()) == (1, 1)


def test_set_aside_and_taken_up_again(officer, arrival):
    answer = officer.post(address(arrival, "call_back_set_aside"), ASIDE)
    waiting, _, dealt_with = text_of(officer.get(answer["Location"])).partition("Dealt with lately")
    assert address(arrival) in dealt_with
    assert address(arrival) not in waiting
    page = text_of(officer.get(address(arrival)))
    for words in ("About the school bus.", "We spoke on the telephone.", "Spoken to the reporter", "Take it up again"):
        assert words in page
    assert Mailbox.objects.get(arrival=arrival).status == "closed"
    assert officer.get(address(arrival, "call_back_set_aside")).status_code == 302
    assert officer.post(address(arrival, "call_back_take_up"))["Location"] == address(arrival)
    assert "Put it into the inbox" in text_of(officer.get(address(arrival)))
    again = officer.post(address(arrival, "call_back_take_up"))
    assert (again.status_code, "waits for a call back again" in text_of(again)) == (409, True)


def test_the_form_says_all_that_it_lacks(officer, arrival):
    page = text_of(officer.post(address(arrival, "call_back_set_aside"), {}))
    assert "There is a problem" in page
    for label in ("Choose: Why does it need no more?", "Fill in: What was done?", "Fill in: What does the reporter"):
        assert label in page
    page = text_of(officer.post(address(arrival, "call_back_set_aside"), {**ASIDE, "ending": "sent_again"}))
    assert 'href="#id_sent_again_as"' in page
    given = {**ASIDE, "ending": "in_inbox"}
    assert officer.post(address(arrival, "call_back_set_aside"), given).status_code == 200
    assert not CallBackOutcome.objects.exists()


def test_a_get_changes_nothing(officer, arrival):
    for act in ("call_back_put_in", "call_back_take_up"):
        assert officer.get(address(arrival, act))["Location"] == address(arrival)
    assert not CallBackOutcome.objects.exists()


def test_it_is_read_as_it_came_by_whoever_may_see_the_referral(people, officer, arrival, monkeypatch):
    journey.put_into_inbox(arrival.pk, by=people[Role.SUPERVISOR])
    referral = Referral.objects.get()
    case_officer = logged_in(people[Role.CASE_OFFICER])
    assert case_officer.get(address(arrival)).status_code == 404
    journey.decide(
        referral.pk,
        route=journey.Route.CASE,
        urgency=journey.Urgency.FIVE_DAYS,
        by=people[Role.TRIAGE_OFFICER],
        expected_version=referral.version,
        reason="A clear change",
        lead_officer=people[Role.CASE_OFFICER],
    )
    concern = text_of(case_officer.get(at("case_concern", Case.objects.get())))
    assert PARTLY in concern
    assert address(arrival) in concern
    assert ODD in case_officer.get(address(arrival)).content.decode()
    # A panel chair reads the concern, and may not follow the link: it is said, and no link is shown.
    assert not may_open(people[Role.PANEL_CHAIR], "desk:call_back", arrival_id=arrival.pk)
    monkeypatch.setattr("counterpoint.desk.cases.page.may_open", lambda *_asked, **_parts: False)
    concern = text_of(case_officer.get(at("case_concern", Case.objects.get())))
    assert PARTLY in concern
    assert address(arrival) not in concern
    for role in (Role.CALL_HANDLER, Role.PARTNER, Role.AUDITOR):
        assert logged_in(people[role]).get(address(arrival)).status_code in (403, 404)


def test_the_notice_leads_to_it(people, officer, arrival):
    notice = people[Role.TRIAGE_OFFICER].notices.get()
    opened = officer.post(at("notice_open", notice_id=notice.pk))
    assert officer.get(opened["Location"])["Location"] == address(arrival)
    for role in (Role.CASE_OFFICER, Role.PARTNER, Role.AUDITOR):
        assert logged_in(people[role]).get(opened["Location"]).status_code == 404
    officer.post(address(arrival, "call_back_put_in"))
    assert officer.get(opened["Location"])["Location"] == at("referral", referral_id=Referral.objects.get().pk)


def test_recusal_beats_everything(people, officer, arrival):
    officer.post(address(arrival, "call_back_put_in"))
    by = people[Role.TRIAGE_OFFICER]
    record_recusal(by, kind=SubjectKind.REFERRAL, subject_id=Referral.objects.get().pk, reason="A cousin", by=by)
    assert Recusal.objects.count() == 1
    for name in ("call_back", "call_back_set_aside"):
        assert officer.get(address(arrival, name)).status_code == 404
