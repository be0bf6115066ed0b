"""The pages of casework: what stands on them for whom, and that every form does what it says."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.making import PERSON, START, WORRY, a_case, a_referral, a_world, an_action, share, walk_to
from tests.cast import logged_in
from tests.desk.asking import at, get, post, text_of

from counterpoint.access.models import BreakGlass, Recusal
from counterpoint.access.types import Section, SubjectKind
from counterpoint.base import clock
from counterpoint.cases import services
from counterpoint.cases.models import Action, Case, CaseNote
from counterpoint.cases.types import CaseState
from counterpoint.intake.models import MailboxMessage

pytestmark = pytest.mark.django_db
PAGES = ["case", "case_concern", "case_notes", "case_people", "case_ending"]


@pytest.fixture
def world(db):
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    with clock.moved_to(START):
        yield


def filled(world):
    case = a_case(world)
    services.add_member(case, staff=world.colleague, by=world.officer)
    services.add_note(case, visibility="internal", text="INTERNAL-NOTE", by=world.officer)
    services.add_note(case, visibility="restricted", text="RESTRICTED-NOTE", by=world.officer)
    services.write_to_reporter(case, text="MESSAGE-OUT", by=world.officer)
    services.add_action(case, an_action(world, title="ACTION-OF-OMAR"), by=world.officer)
    case.refresh_from_db()
    return case


# --- the list


def test_the_list_says_what_is_next_and_what_is_late(world):
    case = a_case(world)
    Case.objects.filter(pk=case.pk).update(due_at=START - timedelta(days=2))
    page = text_of(get(world.officer, "cases"))
    assert case.reference in page
    assert "Contact the reporter" in page
    assert "Late: 2 May 2026" in page
    assert "No cases" in text_of(get(world.stranger, "cases"))
    assert case.reference not in text_of(get(world.officer, "cases", query="?state=closed"))
    for odd in ("?state=x&agency=y&after=%00%ff", "?agency=1", "?mine=maybe"):
        assert get(world.officer, "cases", query=odd).status_code == 200


def test_a_partners_list_tells_only_that_there_is_a_case(world):
    case = a_case(world)
    share(case, world)
    page = text_of(get(world.partner, "cases"))
    assert case.reference in page
    assert "Contact the reporter" not in page
    assert "No cases" in text_of(get(world.outsider, "cases"))


def test_the_first_page_says_what_waits(world):
    case = walk_to(a_case(world), "agree_closure", world)
    Case.objects.filter(pk=case.pk).update(due_at=START - timedelta(days=1))
    officer, supervisor = text_of(get(world.officer, "home")), text_of(get(world.supervisor, "home"))
    assert "Cases you work on" in officer
    assert "Late cases you work on" in officer
    assert "Cases that wait for your agreement to close" in supervisor
    assert "Cases that wait" not in officer
    assert "Cases" not in text_of(get(world.triage, "home")).split("<main")[1]


# --- reading


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_who_works_on_it_and_is_not_there_for_others(world, name):
    case = filled(world)
    for staff in (world.officer, world.colleague, world.supervisor):
        assert get(staff, name, case).status_code == 200
    others = [world.stranger, world.triage, world.partner, world.outsider]
    for staff in others:
        assert get(staff, name, case).status_code == 404
    assert logged_in(world.officer).get(at(name, Case(pk=a_referral(world).pk))).status_code == 404


SECRETS = {
    Section.CONCERN: WORRY,
    Section.PERSON: PERSON,
    Section.REPORTER: "Rhona Reporter",
    Section.ACTIONS: "ACTION-OF-OMAR",
    Section.NOTES: "INTERNAL-NOTE",
    Section.RESTRICTED_NOTES: "RESTRICTED-NOTE",
}
INSIDE = ["Cara Member", "Contact the reporter", "What happens next", "What happened", "How it ends"]


@pytest.mark.parametrize("section", list(Section))
def test_a_partner_finds_the_granted_section_and_no_trace_of_any_other(world, section):
    case = filled(world)
    share(case, world, section)
    share(case, world, Section.FILES, agency=world.clinic)
    client = logged_in(world.partner)
    answers = [client.get(at(name, case)) for name in [*PAGES, "case_reporter"]]
    bytes_of_all = html.unescape(" ".join(answer.content.decode() for answer in answers))
    found = {other for other, secret in SECRETS.items() if secret in bytes_of_all}
    assert found == {section} & set(SECRETS)
    assert [word for word in [*INSIDE, world.clinic.name] if word in bytes_of_all] == []
    assert answers[PAGES.index("case_ending")].status_code == 403
    assert "Support at school" in bytes_of_all  # its own grant, with purpose and end


def test_when_the_grant_ends_the_case_is_gone(world):
    case = filled(world)
    share(case, world, *Section)
    assert get(world.partner, "case", case).status_code == 200
    with clock.moved_to(START + timedelta(days=31)):
        assert get(world.partner, "case", case).status_code == 404
        assert case.reference not in text_of(get(world.partner, "cases"))


def test_the_recused_supervisor_finds_nothing(world):
    case = filled(world)
    assert post(world.supervisor, "case_recuse", case, {"reason": "A neighbour"}).status_code == 302
    assert Recusal.objects.get().staff == world.supervisor
    for name in PAGES:
        assert get(world.supervisor, name, case).status_code == 404
    page = post(world.officer, "case_recuse", case, {"reason": "A neighbour"})
    assert "Hand it over first" in text_of(page)


def test_whoever_broke_the_glass_is_reminded_and_offered_nothing_to_change(world):
    case = filled(world)
    BreakGlass.objects.create(
        staff=world.stranger,
        subject_kind=SubjectKind.CASE,
        subject_id=case.pk,
        reason="Danger tonight.",
        until=START + timedelta(hours=1),
    )
    for name in PAGES:
        page = text_of(get(world.stranger, name, case))
        assert "You broke the glass" in page
        assert "RESTRICTED-NOTE" not in page
        main = page[page.index("<main") : page.index("</main>")]
        assert "<form" not in main
    assert get(world.stranger, "case_note_add", case).status_code == 403


def test_the_picture_marks_the_step_that_waits_and_the_table_says_the_same(world):
    case = walk_to(a_case(world), "assess", world)
    page = text_of(get(world.officer, "case", case))
    picture = page[page.index("<svg") : page.index("</svg>")]
    assert "Waiting now: Assess the concern." in picture
    assert "Finished: Contact the reporter, Gather information." in picture
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    (row,) = [row for row in rows if "Assess the concern" in row and "Waits since" in row]
    assert "Case officer" in row
    assert " style=" not in page


def test_the_timeline_can_be_narrowed(world):
    case = filled(world)
    everything, notes = get(world.officer, "case", case), get(world.officer, "case", case, query="?show=notes")
    assert "Case opened" in text_of(everything)
    assert "Case opened" not in text_of(notes)
    assert "Message sent to the reporter" in text_of(notes)
    assert get(world.officer, "case", case, query="?show=%3Cscript%3E&after=-1").status_code == 200


def test_pages_ask_the_database_no_more_often_for_a_longer_case(world):
    case = filled(world)
    client = logged_in(world.officer)
    client.get(at("case", case))
    with CaptureQueriesContext(connection) as few:
        client.get(at("case", case))
    for _ in range(4):
        services.add_action(case, an_action(world), by=world.officer)
        services.add_note(case, visibility="internal", text="x", by=world.officer)
    with CaptureQueriesContext(connection) as many:
        client.get(at("case", case))
    assert len(many) == len(few)


def test_no_page_holds_personal_content_in_its_title_or_address(world):
    case = filled(world)
    for name in PAGES:
        page = text_of(get(world.officer, name, case))
        title = re.search("<title>(.*?)</title>", page, re.DOTALL).group(1)
        assert case.reference in title
        for secret in SECRETS.values():
            assert secret not in title
            assert not re.search(f'(href|action)="[^"]*{re.escape(secret)}', page)


# --- doing


def test_a_step_is_finished_on_its_page(world):
    case = a_case(world)
    page = text_of(get(world.officer, "case", case))
    assert at("case_step", case, step_id="contact_reporter") in page
    wrong = post(world.officer, "case_step", case, {"version": case.version}, step_id="contact_reporter")
    assert "There is a problem" in text_of(wrong)
    data = {"version": case.version, "contact": "reached", "note": "Mira is well."}
    assert post(world.officer, "case_step", case, data, step_id="contact_reporter").status_code == 302
    case.refresh_from_db()
    assert case.next_step == "gather_information"
    again = post(world.officer, "case_step", case, data, step_id="contact_reporter")
    assert again.status_code == 409
    assert "does not wait now" in text_of(again)


def test_the_second_of_two_sees_both_versions_and_may_save_over(world):
    case = a_case(world)
    row = services.add_action(case, an_action(world, title="Meet the family"), by=world.officer)
    client = logged_in(world.supervisor)
    seen = row.version
    services.change_action(row, an_action(world, title="Meet on Friday"), by=world.officer, expected_version=seen)
    data = {
        "version": seen,
        "title": "Meet on Monday",
        "kind": "contact",
        "owner": f"staff:{world.officer.pk}",
        "due_on_day": "20",
        "due_on_month": "5",
        "due_on_year": "2026",
        "detail": "",
    }
    address = at("case_action_change", case, action_id=row.pk)
    conflict = client.post(address, data)
    page = text_of(conflict)
    assert conflict.status_code == 409
    assert "Meet on Friday" in page
    assert "Meet on Monday" in page
    assert "Omar Lead" in page  # the owner by name, not by id
    posted = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
    assert client.post(address, posted).status_code == 302
    assert "Meet on Monday" in text_of(client.get(at("case", case)))


def test_two_who_finish_the_same_step_see_each_others_words(world):
    case = walk_to(a_case(world), "assess", world)
    seen = case.version
    values = {"decision": "more_information", "reason": "ASK-THE-SCHOOL"}
    services.complete_step(case, "assess", values, by=world.officer, expected_version=seen)
    services.complete_step(case, "gather_information", {"found": "x"}, by=world.officer, expected_version=seen + 1)
    data = {"version": seen, "decision": "support", "reason": "CLEAR-TO-ME"}
    conflict = post(world.supervisor, "case_step", case, data, step_id="assess")
    page = text_of(conflict)
    assert conflict.status_code == 409
    for word in ("ASK-THE-SCHOOL", "CLEAR-TO-ME", "More information is needed first", "Support"):
        assert word in page


def test_actions_are_added_finished_and_dropped(world):
    case = a_case(world)
    share(case, world)
    data = {
        "title": "Talk to the school",
        "kind": "contact",
        "owner": f"agency:{world.school.pk}",
        "due_on_day": "20",
        "due_on_month": "5",
        "due_on_year": "2026",
    }
    assert post(world.officer, "case_action_add", case, data).status_code == 302
    row = Action.objects.get()
    partner = logged_in(world.partner)
    page = html.unescape(partner.get(at("case", case)).content.decode())
    assert "Actions of your agency" in page
    assert "Talk to the school" in page
    assert "Drop" not in page
    finished = partner.post(
        at("case_action_finish", case, action_id=row.pk), {"version": 1, "outcome": "partly", "why": "She came once."}
    )
    assert finished.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.outcome, row.ended_by) == ("done", "partly", world.partner)
    for wrong in ({"owner": f"agency:{world.clinic.pk}"}, {"title": ""}, {"due_on_month": "13"}, {"owner": "x:y"}):
        answer = post(world.officer, "case_action_add", case, {**data, **wrong})
        assert "There is a problem" in text_of(answer)
    assert Action.objects.count() == 1
    other = services.add_action(case, an_action(world), by=world.officer)
    assert partner.get(at("case_action_finish", case, action_id=other.pk)).status_code == 404
    assert partner.get(at("case_action_drop", case, action_id=row.pk)).status_code == 403
    dropped = post(world.officer, "case_action_drop", case, {"version": 1, "why": "Moot."}, action_id=other.pk)
    assert dropped.status_code == 302


def test_notes_and_messages(world):
    case = a_case(world)
    for visibility in ("internal", "restricted"):
        data = {"visibility": visibility, "text": "A note."}
        assert post(world.officer, "case_note_add", case, data).status_code == 302
    assert "There is a problem" in text_of(
        post(world.officer, "case_note_add", case, {"visibility": "reporter", "text": "x"})
    )
    referral = case.referrals.get().referral
    data = {"referral": str(referral.pk), "asks": "question", "text": "Which school?"}
    assert post(world.officer, "case_write", case, data).status_code == 302
    assert MailboxMessage.objects.get().kind == "question"
    assert CaseNote.objects.count() == 3
    page = text_of(get(world.officer, "case_notes", case))
    for word in ("To the reporter", "Internal", "Restricted", "Which school?"):
        assert word in page


def test_people_are_added_removed_and_the_case_is_handed_over(world):
    case = a_case(world)
    assert post(world.officer, "case_member_add", case, {"staff": str(world.colleague.pk)}).status_code == 302
    assert "Cara Member" in text_of(get(world.officer, "case_people", case))
    assert post(world.officer, "case_member_remove", case, {}, staff_id=world.colleague.pk).status_code == 302
    assert post(world.officer, "case_member_remove", case, {}, staff_id=world.stranger.pk).status_code == 409
    wrong = post(world.officer, "case_member_add", case, {"staff": str(world.partner.pk)})
    assert "There is a problem" in text_of(wrong)
    data = {"version": case.version, "lead_officer": str(world.colleague.pk)}
    handed = post(world.officer, "case_hand_over", case, data)
    assert handed["Location"] == at("cases")  # it is not his to see any more
    assert get(world.officer, "case", case).status_code == 404
    assert get(world.colleague, "case", case).status_code == 200


def test_category_and_joining(world):
    case, later = a_case(world), a_referral(world)
    data = {"version": case.version, "category": "islamist"}
    assert post(world.officer, "case_category", case, data).status_code == 302
    assert "Category as assessed: Islamist" in text_of(get(world.officer, "case", case))
    typed = later.reference.lower().replace("-", " ")
    hidden = post(world.officer, "case_join", case, {"reference": typed})
    unknown = post(world.officer, "case_join", case, {"reference": "CP-0000-0000-0"})
    for answer in (hidden, unknown):
        assert "no such referral, or it is not yours to see" in text_of(answer)
    assert post(world.supervisor, "case_join", case, {"reference": typed}).status_code == 302
    assert later.reference in text_of(get(world.officer, "case_concern", case))


def test_from_outcome_to_closing_and_opening_again(world):
    case = walk_to(a_case(world), "record_outcome", world)
    officer, supervisor = logged_in(world.officer), logged_in(world.supervisor)
    missing = html.unescape(officer.get(at("case_ending", case)).content.decode())
    for words in ("No outcome is recorded", "The reporter was not told", "must agree to close"):
        assert words in missing
    data = {"version": case.version, "text": "It went well.", "impact": "better", "reason_id": "support_complete"}
    assert "Record “Signposted to”" in html.unescape(officer.post(at("case_outcome", case), data).content.decode())
    data["need_signposted_to"] = "A youth club"
    assert officer.post(at("case_outcome", case), data).status_code == 302
    case.refresh_from_db()
    form = html.unescape(officer.get(at("case_feedback", case)).content.decode())
    assert "support was part of what we looked at" in form  # the pack's words for this reason
    data = {"version": case.version, "telling": "tell", "text": "Our work has ended.", "reason": ""}
    assert officer.post(at("case_feedback", case), data).status_code == 302
    case.refresh_from_db()
    data = {"version": case.version, "reason_id": "support_complete"}
    refused = officer.post(at("case_close", case), data)
    assert "A supervisor other than the lead officer must agree" in html.unescape(refused.content.decode())
    assert supervisor.post(at("case_close", case), data).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    page = html.unescape(officer.get(at("case_ending", case)).content.decode())
    for words in ("A youth club", "Was told in the mailbox", "Support complete"):
        assert words in page
    data = {"version": case.version, "reason": "News from the school."}
    assert officer.post(at("case_reopen", case), data).status_code == 302
    page = html.unescape(officer.get(at("case_ending", case)).content.decode())
    assert "Before: opened" in page
    assert "It went well." in page


def test_withholding_and_keeping_feedback(world):
    case = walk_to(a_case(world), "tell_reporter", world)
    data = {"version": case.version, "telling": "withhold", "text": "", "reason": ""}
    assert "Write why the reporter is not told" in text_of(post(world.officer, "case_feedback", case, data))
    assert post(world.officer, "case_feedback", case, {**data, "reason": "Not safe."}).status_code == 302
    case.refresh_from_db()
    values = {"decision": "not_agreed", "reason": "Say more."}
    services.complete_step(case, "agree_closure", values, by=world.supervisor, expected_version=case.version)
    case.refresh_from_db()
    walk = {"text": "x", "impact": "same", "reason_id": "concerns_reduced", "version": case.version}
    assert post(world.officer, "case_outcome", case, walk).status_code == 302
    case.refresh_from_db()
    assert post(world.officer, "case_feedback_keep", case, {"version": case.version}).status_code == 302
    case.refresh_from_db()
    assert case.next_step == "agree_closure"


WRITING = [
    "case_category",
    "case_join",
    "case_action_add",
    "case_note_add",
    "case_write",
    "case_member_add",
    "case_hand_over",
    "case_outcome",
    "case_feedback",
    "case_close",
    "case_reopen",
]


@pytest.mark.parametrize("name", WRITING)
def test_an_empty_or_hostile_post_is_answered_clearly_and_changes_nothing(world, name):
    case = walk_to(a_case(world), "tell_reporter", world)
    if name == "case_reopen":
        walk_to(case, "", world)
        services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
        case.refresh_from_db()
    client = logged_in(world.officer)
    client.raise_request_exception = True
    form = client.get(at(name, case)).content.decode()
    names = set(re.findall(r'name="([a-z_]+)"', form)) - {"csrfmiddlewaretoken"}
    assert names
    for value in ("", "x\x00y", "é" * 30_000, "-1", "99999999999999999999", "<script>"):
        answer = client.post(at(name, case), dict.fromkeys(names, value))
        assert answer.status_code in (200, 409), (value[:5], answer.status_code)
        assert b"<script>" not in answer.content
    before = case.version
    case.refresh_from_db()
    assert case.version == before


@pytest.mark.parametrize("name", [name for name in WRITING if name != "case_reopen"])
def test_what_is_offered_and_refused_on_a_closed_case(world, name):
    case = walk_to(a_case(world), "", world)
    services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    for page in PAGES:
        assert at(name, case) not in text_of(get(world.officer, page, case))
