"""What happens at the desk between people, clicked through in a real browser, with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.intake.telling import CONCERN, a_referral, someone
from tests.journeys.casework import CaseDesk
from tests.journeys.going import go_by
from tests.journeys.town import opened_case
from tests.journeys.working import Desk

from counterpoint.access import services as access
from counterpoint.access.models import BreakGlass, Staff
from counterpoint.access.types import Role, Section
from counterpoint.cases.models import Case
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.triage.models import Decision, EmergencyHandover

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"]),
]
PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB")
DANGER = CONCERN | {"immediate_danger": {"value": "yes"}}
LONG_REASON = "Called at night, and nobody else who may read it was there"


@pytest.fixture
def people(site) -> cast.Cast:
    return cast.a_cast()


@pytest.fixture
def at_the_desk(new_page, scripts):
    """`at_the_desk(staff)`: that person, logged in, in a browser of their own."""

    def opened(staff: Staff) -> CaseDesk:
        return CaseDesk(new_page(scripts=scripts), staff).log_in()

    return opened


def test_who_is_invited_sets_a_password_and_a_second_factor_and_logs_in_with_both(new_page, people, scripts):
    invitation = access.invite_staff(
        email="nia.new@northmoor.example",
        name="Nia New",
        agency=people.council,
        roles=[Role.TRIAGE_OFFICER],
        by=people[Role.ADMINISTRATOR],
    )
    page = new_page(scripts=scripts)
    desk = Desk(page, Staff.objects.get(pk=invitation.staff_id))
    page.goto(invitation.path)
    expect(desk.main()).to_contain_text("Nia New, Northmoor Council")
    desk.write("password", cast.PASSWORD)
    desk.press("Set password")
    _give_password(desk)
    expect(desk.heading()).to_have_text("Set up your second factor")
    page.goto("/desk/inbox/")
    expect(desk.heading()).to_have_text("Set up your second factor")
    desk.write("code", cast.code_for(page.locator(".cp-secret").inner_text().replace(" ", "")))
    desk.press("Connect")
    recovery_code = page.locator(".cp-recovery-codes code").first.inner_text()
    desk.follow_button("I have saved them")
    expect(desk.heading()).to_have_text("What waits for you")
    desk.press("Log out")
    page.goto(invitation.path)
    expect(desk.heading()).to_have_text("There is no such record, or it is not yours to see")
    page.goto("/desk/inbox/")
    _give_password(desk)
    desk.write("code", recovery_code)
    desk.press("Go on")
    expect(desk.heading()).to_have_text("Inbox")


def test_password_and_code_are_both_needed(new_page, people, scripts):
    secret = cast.a_second_factor(people[Role.TRIAGE_OFFICER])
    desk = Desk(new_page(scripts=scripts), people[Role.TRIAGE_OFFICER])
    desk.page.goto("/desk/")
    _give_password(desk, "not it at all")
    expect(desk.page.locator(".govuk-error-summary")).to_contain_text("not right")
    _give_password(desk)
    desk.write("code", "000000")
    desk.press("Go on")
    expect(desk.page.locator(".govuk-error-summary")).to_contain_text("This code is not right")
    desk.write("code", cast.code_for(secret))
    desk.press("Go on")
    expect(desk.heading()).to_have_text("What waits for you")


def _give_password(desk: Desk, password: str = cast.PASSWORD) -> None:
    desk.write("login", desk.staff.email)
    desk.write("password", password)
    desk.press("Log in")


def test_the_inbox_shows_the_oldest_clock_first_page_by_page_and_is_filtered(people, at_the_desk):
    routine = [a_referral().reference for _ in range(28)]
    urgent = a_referral(DANGER).reference
    desk = at_the_desk(people[Role.TRIAGE_OFFICER])
    desk.page.goto("/desk/inbox/")
    first = _references(desk.page)
    assert first[0] == urgent
    desk.follow("Next page")
    assert sorted(first + _references(desk.page)) == sorted([*routine, urgent])
    desk.follow("First page")
    go_by(desk.page.get_by_role("link", name="Emergencies to hand over"))
    assert _references(desk.page) == [urgent]
    desk.page.goto("/desk/inbox/")
    if not desk.page.locator("#id_urgency").is_visible():
        desk.page.get_by_text("Filter", exact=True).click()
    desk.page.locator("#id_urgency").select_option(label="Now")
    desk.press("Show these")
    assert _references(desk.page) == [urgent]
    desk.page.locator("#id_assigned").select_option(label="Mine")
    desk.press("Show these")
    expect(desk.main()).to_contain_text("Nothing here that fits the filter.")


def _references(page: Page) -> list[str]:
    return page.locator("table tbody th a").all_inner_texts()


def test_a_referral_is_taken_and_given_to_somebody_who_is_told(people, at_the_desk):
    referral = a_referral()
    officer, supervisor = (at_the_desk(people[role]) for role in (Role.TRIAGE_OFFICER, Role.SUPERVISOR))
    officer.open_from_inbox(referral.reference)
    officer.take()
    officer.follow_button("Give it to somebody")
    officer.page.locator("#id_to").select_option(label=supervisor.staff.name)
    officer.press("Give")
    officer.told(f"Given to {supervisor.staff.name}.")
    supervisor.page.goto("/desk/")
    go_by(supervisor.page.get_by_role("button", name=re.compile("^Open")).first)
    expect(supervisor.heading()).to_have_text(f"Referral {referral.reference}")


def test_who_decides_otherwise_than_the_table_says_why(people, at_the_desk):
    referral = a_referral()
    officer = at_the_desk(people[Role.TRIAGE_OFFICER])
    officer.open_from_inbox(referral.reference)
    officer.follow_button("Decide")
    officer.follow("Point to another service")
    officer.press("Record the decision")
    summary = officer.page.locator(".govuk-error-summary")
    expect(summary).to_contain_text("Say why you decide otherwise than the table proposes.")
    assert summary.locator("li").count() == 3, "everything that is lacking is said at once"
    officer.write("reason", "He needs a home, nothing else.")
    officer.write("signposted_to", "Housing team")
    officer.write("service_accepted", "Yes")
    officer.press("Record the decision")
    officer.told("The decision is recorded.")
    expect(officer.main()).to_contain_text("Otherwise than the table")
    expect(officer.main()).to_contain_text("He needs a home, nothing else.")
    assert Decision.objects.get().confirmed is False


def test_an_emergency_is_handed_over_before_anything_else(people, at_the_desk):
    referral = a_referral(DANGER)
    officer = at_the_desk(people[Role.TRIAGE_OFFICER])
    officer.open_from_inbox(referral.reference)
    expect(officer.main()).to_contain_text("Hand this over to the emergency services before anything else.")
    assert officer.page.get_by_role("button", name="Decide").count() == 0
    officer.page.goto(f"/desk/referrals/{referral.pk}/decide/")
    expect(officer.heading()).to_have_text(f"Hand over {referral.reference}")
    officer.choose("handed_to", "none")
    officer.press("Record")
    expect(officer.page.locator(".govuk-error-summary")).to_be_visible()
    officer.choose("handed_to", "police")
    officer.write("their_reference", "Log 4471")
    officer.press("Record")
    officer.told("The handover is recorded.")
    expect(officer.main()).to_contain_text("their reference Log 4471")
    assert EmergencyHandover.objects.get().handed_to == "police"
    officer.follow_button("Decide")
    expect(officer.heading()).to_have_text(f"Decide about {referral.reference}")


def test_advice_on_the_telephone_is_kept_and_makes_no_referral(people, at_the_desk):
    handler = at_the_desk(people[Role.CALL_HANDLER])
    handler.page.goto("/desk/advice/")
    handler.follow_button("Write down advice given")
    handler.choose("route", "phone")
    handler.write("question", "How do I begin to talk with her?")
    handler.write("advice", "Pick a calm time, side by side.")
    handler.press("Keep it")
    handler.told("No referral was made.")
    expect(handler.main()).to_contain_text("Pick a calm time, side by side.")
    assert AdviceContact.objects.count() == 1
    assert not Referral.objects.exists()


def test_a_possible_repeat_is_closed_only_when_a_second_reader_agrees(people, at_the_desk):
    earlier, referral = a_referral(CONCERN | PERSON), a_referral(CONCERN | PERSON)
    officer, second = (at_the_desk(people[role]) for role in (Role.TRIAGE_OFFICER, Role.SUPERVISOR))
    officer.open_from_inbox(referral.reference)
    _close_as_known(officer)
    expect(officer.main()).to_contain_text("It waits for a second reader")
    officer.follow("Read it a second time")
    expect(officer.main()).to_contain_text("You took this decision, so another person reads it.")
    second.open_from_inbox(referral.reference, list_name="For a second reader")
    second.read_second(agrees=False, reason="Read the earlier one first.")
    officer.open_from_inbox(referral.reference)
    expect(officer.main()).to_contain_text("Read the earlier one first.")
    expect(officer.main()).to_contain_text(earlier.reference)
    _close_as_known(officer)
    second.open_from_inbox(referral.reference, list_name="For a second reader")
    second.read_second(reason="Both read. The same.")
    referral.refresh_from_db()
    earlier.refresh_from_db()
    assert (referral.state, earlier.state) == ("closed", "new")


def _close_as_known(officer: Desk) -> None:
    officer.follow_button("Decide")
    officer.follow("Close")
    officer.write("reason", "Told before.")
    officer.choose("closure_reason", "already_managed")
    officer.press("Record the decision")
    officer.told("The decision is recorded.")


def test_who_has_a_conflict_of_interest_sees_nothing_more(people, at_the_desk):
    referral = a_referral()
    officer, supervisor = (at_the_desk(people[role]) for role in (Role.TRIAGE_OFFICER, Role.SUPERVISOR))
    officer.open_from_inbox(referral.reference)
    address = officer.page.url
    officer.follow("I have a conflict of interest")
    officer.write("reason", "I know the family")
    officer.press("Step aside")
    officer.told("You stepped aside")
    officer.page.goto(address)
    expect(officer.heading()).to_have_text("There is no such record, or it is not yours to see")
    officer.page.goto("/desk/inbox/")
    assert _references(officer.page) == []
    supervisor.open_from_inbox(referral.reference)
    supervisor.follow("Who stepped aside")
    go_by(supervisor.page.get_by_role("link", name="Lift"))
    supervisor.write("reason", "It was another family of that name.")
    supervisor.press("Lift it")
    supervisor.told("The conflict of interest was lifted.")
    officer.page.goto(address)
    expect(officer.heading()).to_have_text(f"Referral {referral.reference}")


def test_glass_is_broken_with_a_reason_and_a_supervisor_reviews_it(people, at_the_desk):
    referral = a_referral(CONCERN | PERSON)
    handler, supervisor = (at_the_desk(people[role]) for role in (Role.CALL_HANDLER, Role.SUPERVISOR))
    handler.page.goto(f"/desk/referrals/{referral.pk}/")
    expect(handler.heading()).to_have_text("There is no such record, or it is not yours to see")
    handler.follow("break the glass")
    handler.choose("kind", "referral")
    handler.write("reference", referral.reference)
    handler.write("reason", "Short")
    _press_last(handler)
    expect(handler.page.locator(".govuk-error-summary")).to_be_visible()
    handler.write("reason", LONG_REASON)
    _press_last(handler)
    expect(handler.heading()).to_have_text(f"Referral {referral.reference}")
    expect(handler.main()).to_contain_text("You broke the glass to read this record.")
    expect(handler.main()).to_contain_text("Marlow")
    assert handler.page.get_by_role("button", name="Decide").count() == 0
    supervisor.page.goto("/desk/supervision/")
    expect(supervisor.main()).to_contain_text(LONG_REASON)
    go_by(supervisor.page.get_by_role("link", name="Review"))
    supervisor.choose("found_proper", "yes")
    supervisor.write("note", "The call was logged that night.")
    supervisor.press("Record the review")
    supervisor.told("The review is recorded, and the reader was told.")
    assert BreakGlass.objects.get().found_proper is True
    handler.page.goto("/desk/notices/")
    expect(handler.main()).to_contain_text("found it proper")


def _press_last(desk: Desk) -> None:
    go_by(desk.page.locator("main form button[type=submit]").last)


def test_a_case_from_opening_to_closing_and_opened_again(people, at_the_desk):
    case = opened_case(people)
    officer, supervisor = (at_the_desk(people[role]) for role in (Role.CASE_OFFICER, Role.SUPERVISOR))
    officer.open_case(case.reference)
    expect(officer.page.locator(".cp-process svg")).to_be_visible()
    _stands_at(officer, "Contact the reporter")
    officer.step("Contact the reporter", {"contact": "not_wanted"})
    officer.step("Gather information", {"found": "Nothing that anybody saw."})
    officer.step("Assess the concern", {"decision": "no_further_action", "reason": "Talk, and no more."})
    _stands_at(officer, "Record the outcome")
    officer.record_outcome(text="Nothing to do.", impact="same", reason="case_no_further_action", needs={})
    officer.tell_reporter()
    officer.part("Overview")
    expect(officer.page.locator(".cp-next")).to_contain_text("This is for the supervisor")
    supervisor.open_case(case.reference)
    supervisor.step("Agree to close", {"decision": "agreed", "reason": "Read in full."})
    officer.open_case(case.reference)
    officer.close_case("case_no_further_action")
    expect(officer.heading()).to_contain_text("Closed")
    officer.reopen_case("New words from the school.")
    _stands_at(officer, "Contact the reporter")
    officer.part("Outcome and closing")
    expect(officer.main()).to_contain_text("Nothing to do.")
    expect(officer.main()).to_contain_text("Not recorded yet")
    assert Case.objects.get().runs.count() == 2


def _stands_at(desk: CaseDesk, step: str) -> None:
    """The picture marks the step, and the words beside it say the same."""
    desk.part("Overview")
    expect(desk.page.locator(".cp-next")).to_contain_text(step)
    expect(desk.page.locator(".cp-process svg")).to_contain_text(step.split(maxsplit=1)[0])


def test_a_partner_sees_what_it_was_given_and_does_its_action(people, at_the_desk):
    case = opened_case(people)
    officer, partner = (at_the_desk(people[role]) for role in (Role.CASE_OFFICER, Role.PARTNER))
    partner.page.goto(f"/desk/cases/{case.pk}/")
    expect(partner.heading()).to_have_text("There is no such record, or it is not yours to see")
    officer.open_case(case.reference)
    officer.share(people.police, (Section.ACTIONS,), purpose="To look into an account")
    action = {"what": "Look into the account", "outcome": "worked", "why": "It was closed"}
    officer.add_action(action, owner=people.police.name)
    partner.open_case(case.reference)
    assert "Ashdown" not in partner.page.content()
    parts = partner.page.get_by_role("navigation", name="Parts of the case").get_by_role("link").all_inner_texts()
    assert "The concern" not in parts
    partner.page.goto(f"/desk/cases/{case.pk}/concern/")
    assert "Ashdown" not in partner.page.content()
    partner.open_case(case.reference)
    partner.finish_action(action)
    officer.open_case(case.reference)
    expect(officer.action_row(action["what"])).to_contain_text("It was closed")
    officer.part("Who knows")
    go_by(officer.page.get_by_role("link", name="End").first)
    officer.write("because", "Its part is done.")
    officer.press("End it now")
    partner.page.goto(f"/desk/cases/{case.pk}/")
    expect(partner.heading()).to_have_text("There is no such record, or it is not yours to see")


def test_two_people_save_the_same_action_and_the_second_sees_both_versions(people, at_the_desk):
    case = opened_case(people)
    first, second = (at_the_desk(people[role]) for role in (Role.CASE_OFFICER, Role.SUPERVISOR))
    first.open_case(case.reference)
    first.add_action({"what": "Ring the school"}, owner=people.council.name)
    second.open_case(case.reference)
    for desk in (first, second):
        go_by(desk.action_row("Ring the school").get_by_role("link", name="Change"))
    first.write("title", "Ring the school and the club")
    first.press("Save")
    first.told("The action is changed.")
    second.write("title", "Visit the school")
    second.press("Save")
    expect(second.heading()).to_have_text("Somebody else saved this first")
    expect(second.main()).to_contain_text("Ring the school and the club")
    expect(second.main()).to_contain_text("Visit the school")
    second.press("Save my version over it")
    second.told("The action is changed.")
    expect(second.action_row("Visit the school")).to_be_visible()


def test_two_people_decide_the_same_referral_and_the_second_sees_both(people, at_the_desk):
    referral = a_referral()
    first, second = (at_the_desk(people[role]) for role in (Role.TRIAGE_OFFICER, Role.SUPERVISOR))
    for desk in (first, second):
        desk.open_from_inbox(referral.reference)
    first.take()
    second.press("Take it")
    expect(second.heading()).to_have_text("Somebody else saved this first")
    second.follow("Keep what is saved and look at it again")
    expect(second.heading()).to_have_text(f"Referral {referral.reference}")
    expect(second.main()).to_contain_text(first.staff.name)
