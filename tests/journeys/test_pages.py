"""Every page that there is, looked at: axe finds nothing, at a desk's width and at a telephone's, and nothing is wider
than the telephone. A new route fails the first test until it stands in the table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page, expect
from tests import cast
from tests.journeys.going import go_by
from tests.journeys.looking import assert_accessible, keep_picture
from tests.journeys.reporting import BY_ID, Reporter
from tests.journeys.town import Town, a_town
from tests.journeys.working import Desk

from counterpoint.access import services as access
from counterpoint.access.models import Agency
from counterpoint.access.types import Role
from counterpoint.rules.selectors import pack_in_force

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LANGUAGES = ("en", "cy", "ar")


@dataclass(frozen=True)
class Look:
    """One page: its route, who opens it, which of the town's things stand in its address where not the usual ones, and
    whether to press its button without filling anything in, to look at what it says then."""

    route: str
    role: Role
    parts: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    tries_empty: bool = False
    status: int = 200


K = Role.PROCESS_LEAD
T, S, C, P, H, A, N = (
    Role.TRIAGE_OFFICER,
    Role.SUPERVISOR,
    Role.CASE_OFFICER,
    Role.PARTNER,
    Role.CALL_HANDLER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)
L, R = Role.ANALYST, Role.CONTENT_REVIEWER
I = Role.INTERVENTION_PROVIDER  # noqa: E741 - it stands in the table, never beside a number
J = Role.PANEL_CHAIR
WAITING = {"referral_id": "waiting_id"}
EMERGENCY = {"referral_id": "emergency_id"}
CLOSED = {"case_id": "closed_case_id"}
PROCESS_DRAFT = {"draft_id": "process_draft_id"}
ASKING, SUPPORTED = {"case_id": "asking_case_id"}, {"case_id": "support_case_id"}
ASSESSING = {"case_id": "assessing_case_id"}
DRAFTING = {"case_id": "drafting_case_id", "assessment_id": "draft_assessment_id"}
OWN_TRANSFER, ANSWERED = {"transfer_id": "own_transfer_id"}, {"request_id": "answered_request_id"}
ON_PATH = {"case_id": "path_case_id"}
DRAFT_AGREEMENT, URGENT_SHARE = {"agreement_id": "draft_agreement_id"}, {"grant_id": "urgent_grant_id"}
BROKEN_DRAFT, APPROVED_DRAFT, LIVE_DRAFT = ({"draft_id": f"{name}_draft_id"} for name in ("broken", "approved", "live"))
COMES, HELD = {"meeting_id": "coming_meeting_id"}, {"meeting_id": "held_meeting_id"}
HELD_ITEM = {**HELD, "item_id": "held_item_id"}
DUE = {**COMES, "case_id": "due_case_id"}
DESK = (
    *(Look("desk:home", role) for role in Role),
    Look("desk:notices", S),
    Look("desk:go", T, {"reference": "reference"}),
    Look("desk:staff", N),
    Look("desk:staff_member", N),
    Look("desk:staff_invite", N, tries_empty=True),
    Look("desk:agencies", N),
    Look("desk:agency_new", N, tries_empty=True),
    Look("desk:break_glass", H, tries_empty=True),
    Look("desk:supervision", S),
    Look("desk:supervision_review", S, tries_empty=True),
    Look("desk:audit", A),
    Look("desk:audit_ledger", A),
    Look("desk:inbox", T),
    Look("desk:inbox", T, query="state=in_triage&repeat=on"),
    Look("desk:inbox", T, query="kind=concern&urgency=routine&assigned=me&state=closed"),
    Look("desk:content", T),
    Look("desk:call_backs", T),
    Look("desk:call_back", T),
    Look("desk:call_back", H),
    Look("desk:call_back", S, {"arrival_id": "set_aside_id"}),
    Look("desk:call_back", T, {"arrival_id": "put_in_id"}),
    Look("desk:call_back", C, status=403),
    Look("desk:call_back_set_aside", T, tries_empty=True),
    Look("desk:referral", T, {"referral_id": "put_in_referral_id"}),
    Look("desk:nowhere", T, status=404),
    Look("desk:search", T, tries_empty=True),
    Look("desk:referral", T),
    Look("desk:referral", S),
    Look("desk:referral", C),  # behind broken glass
    Look("desk:referral", T, WAITING),
    Look("desk:referral", T, EMERGENCY),
    Look("desk:referral", H, status=404),
    Look("desk:referral_assign", T),
    Look("desk:referral_ask", T, tries_empty=True),
    Look("desk:referral_readers", T),
    Look("desk:referral_original", T, tries_empty=True),
    Look("desk:referral_repeat", T, tries_empty=True),
    Look("desk:referral_decide", T),
    *(Look("desk:referral_decide_route", T, {"route": f"={route}"}) for route in ("case", "emergency")),
    *(
        Look("desk:referral_decide_route", T, {"route": f"={route}"}, tries_empty=True)
        for route in ("close", "signpost")
    ),
    Look("desk:referral_decide_route", T, {"route": "=nonsense"}, status=409),
    Look("desk:referral_handover", T, EMERGENCY, tries_empty=True),
    Look("desk:referral_second_reading", T, WAITING),
    Look("desk:referral_second_reading", S, WAITING, tries_empty=True),
    Look("desk:referral_recuse", T, tries_empty=True),
    Look("desk:referral_recusals", S, tries_empty=True),
    Look("desk:recusal_lift", S, tries_empty=True),
    Look("desk:advice", T),
    Look("desk:advice_new", H, tries_empty=True),
    Look("desk:advice_contact", T, tries_empty=True),
    Look("desk:advice_handover", T, tries_empty=True),
    Look("desk:advice_refer", T, tries_empty=True),
    Look("desk:cases", C),
    Look("desk:cases", S, query="state=closed"),
    Look("desk:cases", P),
    Look("desk:case", C),
    Look("desk:case", C, query="show=actions"),
    Look("desk:case", S),
    Look("desk:case", P),
    Look("desk:case", S, CLOSED),
    Look("desk:case_concern", C),
    Look("desk:case_concern", P),
    Look("desk:case_reporter", C),
    Look("desk:case_notes", C),
    Look("desk:case_people", C),
    Look("desk:case_people", P),
    Look("desk:case_ending", C),
    Look("desk:case_ending", S, CLOSED),
    Look("desk:case_step", C, {"step_id": "=assess"}, tries_empty=True),
    Look("desk:tasks", C),
    Look("desk:tasks", T),
    Look("desk:tasks", P),
    Look("desk:task_take", T),
    Look("desk:task_give", C, {"task_id": "own_task_id"}, tries_empty=True),
    Look("desk:clocks", S),
    Look("desk:absences", C, tries_empty=True),
    Look("desk:case", C, ON_PATH),
    Look("desk:case", S, {"case_id": "held_case_id"}),
    Look("desk:case_clock_pause", C, ON_PATH, tries_empty=True),
    Look("desk:case_clock_resume", C, {"case_id": "held_case_id", "clock_id": "held_clock_id"}),
    Look("desk:case_clock_extend", C, ON_PATH, tries_empty=True),
    Look("desk:case_news", C, ON_PATH, tries_empty=True),
    Look("desk:case_process", C, tries_empty=True),
    Look("desk:case_category", C),
    Look("desk:case_join", C, tries_empty=True),
    Look("desk:case_action_add", C, tries_empty=True),
    Look("desk:case_action_change", C),
    Look("desk:case_action_finish", P, tries_empty=True),
    Look("desk:case_action_drop", C, tries_empty=True),
    Look("desk:case_note_add", C, tries_empty=True),
    Look("desk:case_write", C, tries_empty=True),
    Look("desk:case_member_add", C),
    Look("desk:case_member_remove", C, {"staff_id": "member_id"}),
    Look("desk:case_hand_over", C),
    Look("desk:case_share", C),
    Look("desk:case_share_by", C, tries_empty=True),
    Look("desk:case_share_urgently", C, tries_empty=True),
    Look("desk:case_sharing_end", C, tries_empty=True),
    Look("desk:agreements", S),
    Look("desk:agreements", P),
    Look("desk:agreement", S, DRAFT_AGREEMENT),
    Look("desk:agreement", C),
    Look("desk:agreement_new", S, tries_empty=True),
    Look("desk:agreement_change", S, DRAFT_AGREEMENT),
    Look("desk:agreement_approve", S, DRAFT_AGREEMENT),
    Look("desk:agreement_end", K, tries_empty=True),
    Look("desk:case_disclosures", C),
    Look("desk:case_information", C),
    Look("desk:case_information_ask", C, tries_empty=True),
    Look("desk:case_information_withdraw", C, tries_empty=True),
    Look("desk:case_transfers", C),
    Look("desk:case_transfer_offer", C, tries_empty=True),
    Look("desk:case_transfer_revoke", C, OWN_TRANSFER, tries_empty=True),
    Look("desk:information_requests", P),
    Look("desk:information_request", P),
    Look("desk:information_request", P, ANSWERED),
    Look("desk:information_answer", P, tries_empty=True),
    Look("desk:information_decline", P, tries_empty=True),
    Look("desk:transfers", S),
    Look("desk:transfer", S),
    Look("desk:transfer_accept", S),
    Look("desk:transfer_reject", S, tries_empty=True),
    Look("desk:disclosures", A),
    Look("desk:urgent_shares", S),
    Look("desk:urgent_share_review", S, URGENT_SHARE, tries_empty=True),
    Look("desk:case_outcome", C, tries_empty=True),
    Look("desk:case_feedback", C, tries_empty=True),
    Look("desk:case_close", S, tries_empty=True),
    Look("desk:case_reopen", S, CLOSED, tries_empty=True),
    Look("desk:case_recuse", C, tries_empty=True),
    Look("desk:case_panels", S, {"case_id": "panel_case_id"}),
    Look("desk:case_panels", S, {"case_id": "due_case_id"}),
    Look("desk:panels", S),
    Look("desk:panels", P),
    Look("desk:panel", S),
    Look("desk:panel", P),
    Look("desk:panel_new", S, tries_empty=True),
    Look("desk:panel_seat_give", S, tries_empty=True),
    Look("desk:panel_seat_end", S),
    Look("desk:panel_meeting_new", C, tries_empty=True),
    Look("desk:panel_meeting", J),
    Look("desk:panel_meeting", P),
    Look("desk:panel_meeting", S, COMES),
    Look("desk:panel_meeting", P, COMES),
    Look("desk:panel_meeting", J, HELD),
    Look("desk:panel_meeting_change", S, COMES),
    Look("desk:panel_papers_send", S, COMES),
    Look("desk:panel_meeting_held", J),
    Look("desk:panel_meeting_cancel", S, COMES, tries_empty=True),
    Look("desk:panel_attendance", J),
    Look("desk:panel_attendance", S, COMES, tries_empty=True),
    Look("desk:panel_papers", J),
    Look("desk:panel_papers", P),
    Look("desk:panel_papers", P, COMES, status=409),
    Look("desk:panel_agenda_leave", S, DUE, tries_empty=True),
    Look("desk:panel_item", J),
    Look("desk:panel_item", P),
    Look("desk:panel_item", S, {"item_id": "preparing_item_id"}),
    Look("desk:panel_item", P, HELD_ITEM),
    Look("desk:panel_item_paper", J),
    Look("desk:panel_item_prepare", S, {"item_id": "preparing_item_id"}),
    Look("desk:panel_item_recuse", P, tries_empty=True),
    Look("desk:panel_item_recuse", S, tries_empty=True),
    Look("desk:panel_item_positions", J),
    Look("desk:panel_item_position", P),
    Look("desk:panel_item_position", P, HELD_ITEM, status=409),
    Look("desk:panel_item_decide", J, tries_empty=True),
    Look("desk:panel_item_action", S, tries_empty=True),
    Look("desk:panel_minutes", P, HELD),
    Look("desk:panel_minutes", J, {**HELD, "number": "=2"}),
    Look("desk:panel_minutes_print", P, HELD),
    Look("desk:panel_minutes_save", P, HELD, tries_empty=True),
    Look("desk:panel_minutes_summary", S, {**HELD, "number": "=2"}),
    Look("desk:panel_minutes_item", J, {**HELD_ITEM, "number": "=2"}),
    Look("desk:panel_minutes_approve", J, {**HELD, "number": "=2"}),
    Look("desk:case_consents", C, ASKING),
    Look("desk:case_consents", S, SUPPORTED),
    Look("desk:case_consent", C, ASKING, tries_empty=True),
    Look("desk:case_consent", C, SUPPORTED),
    Look("desk:case_consent_withdraw", C, SUPPORTED),
    Look("desk:case_assessments", C, ASSESSING),
    Look("desk:case_assessments", S, DRAFTING),
    Look("desk:case_assessment", C, ASSESSING),
    Look("desk:case_assessment", C, DRAFTING, tries_empty=True),
    Look("desk:case_assessment_change", C, ASSESSING),
    Look("desk:case_assessment_step", C, {**ASSESSING, "step_id": "=assess"}, tries_empty=True),
    Look("desk:case_assessment_drop", C, DRAFTING),
    Look("desk:case_support", C),
    Look("desk:case_support", C, SUPPORTED),
    Look("desk:case_support", I, SUPPORTED),
    Look("desk:case_plan", C, SUPPORTED, tries_empty=True),
    Look("desk:case_review_add", C, SUPPORTED, tries_empty=True),
    Look("desk:case_intervention_add", C, SUPPORTED, tries_empty=True),
    Look("desk:case_intervention", C, SUPPORTED),
    Look("desk:case_intervention", I, SUPPORTED),
    Look("desk:case_intervention", C, {**SUPPORTED, "intervention_id": "signposted_id"}),
    Look("desk:case_intervention_change", C, SUPPORTED),
    Look("desk:case_intervention_move", C, {**SUPPORTED, "to": "=ended"}, tries_empty=True),
    Look("desk:case_intervention_answer", C, {**SUPPORTED, "intervention_id": "signposted_id"}, tries_empty=True),
    Look("desk:case_intervention", I, {**SUPPORTED, "intervention_id": "to_answer_id"}),
    Look("desk:case_intervention_offer", I, {**SUPPORTED, "intervention_id": "to_answer_id"}, tries_empty=True),
    Look("desk:case_session_add", I, SUPPORTED, tries_empty=True),
    Look("desk:interventions", I),
    Look("desk:monitoring", S),
    Look("desk:monitoring", K, query="period=2026-q1"),
    Look("desk:campaigns", L),
    Look("desk:campaigns", R),
    Look("desk:campaign_disclosures", L),
    Look("desk:campaign_disclosures", A),
    Look("desk:snapshot", L),
    Look("desk:snapshot", R, {"snapshot_id": "deleted_snapshot_id"}),
    Look("desk:snapshot_new", L, tries_empty=True),
    Look("desk:snapshot_point", L, tries_empty=True),
    Look("desk:snapshot_delete", L, tries_empty=True),
    Look("desk:run_new", L),
    Look("desk:run", L),
    Look("desk:run", L, {"run_id": "waiting_run_id"}),
    Look("desk:run", L, {"run_id": "failed_run_id"}),
    Look("desk:run", R, {"run_id": "trace_run_id"}),
    Look("desk:finding", L),
    Look("desk:finding", L, query="least=3"),
    Look("desk:finding", R, {"finding_id": "unjudged_id"}),
    Look("desk:finding_posts", L),
    Look("desk:finding_judge", L, tries_empty=True),
    Look("desk:finding_act", L, tries_empty=True),
    Look("desk:finding_follow", L, tries_empty=True),
    Look("desk:finding_send", L, tries_empty=True),
    Look("desk:finding_export", L, tries_empty=True),
    Look("desk:rules", K),
    Look("desk:rules", S),
    Look("desk:rules_table", T, {"table_hash": "live_table"}),
    Look("desk:rules_table", K),
    Look("desk:rules_table", T, status=403),
    Look("desk:rules_roll_back", S, tries_empty=True),
    Look("desk:rule_draft_new", K, tries_empty=True),
    Look("desk:rule_draft", K),
    Look("desk:rule_draft", S),
    Look("desk:rule_draft", K, BROKEN_DRAFT),
    Look("desk:rule_draft", K, LIVE_DRAFT),
    Look("desk:rule_draft_upload", K, tries_empty=True),
    Look("desk:rule_draft_difference", K),
    Look("desk:rule_draft_shadow", K),
    Look("desk:rule_backtest", K),
    Look("desk:rule_backtest", S, {"backtest_id": "reader_backtest_id"}),
    Look("desk:rule_backtest_start", K, tries_empty=True),
    Look("desk:rule_backtest", S),
    Look("desk:rule_draft_try", K),
    Look("desk:rule_draft_try", S, tries_empty=True),
    Look("desk:rule_draft_sandbox", S, PROCESS_DRAFT, tries_empty=True),
    Look("desk:rule_draft_sandbox", K, PROCESS_DRAFT),
    Look("desk:rule_draft_difference", K, PROCESS_DRAFT),
    Look("desk:rule_trial", S, PROCESS_DRAFT),
    Look("desk:rule_moves", K),
    Look("desk:rule_move", K),
    Look("desk:rule_move", S),
    Look("desk:case_version", C),
    Look("desk:case_version", C, {"case_id": "beginning_case_id"}),
    Look("desk:case_stage_reopen", C),
    Look("desk:case_stage_reopen", C, ON_PATH),
    Look("desk:rule_draft_approve", S, tries_empty=True),
    Look("desk:rule_draft_live", K, APPROVED_DRAFT, tries_empty=True),
    Look("desk:rule_draft_withdraw", S, tries_empty=True),
)
NO_PAGES = {  # what these answer is no page of its own: a file, or a way on to another page
    "desk:notice_open",
    "desk:notices_read",
    "desk:staff_give_role",
    "desk:staff_end_role",
    "desk:staff_reset_second_factor",
    "desk:staff_end",
    "desk:referral_take",
    "desk:call_back_put_in",
    "desk:call_back_take_up",
    "desk:referral_ask_reader",
    "desk:referral_file",
    "desk:case_file",
    "desk:case_feedback_keep",
    "desk:case_assessment_new",
    "desk:case_assessment_correct",
    "desk:absence_end",
    "desk:panel_agenda_put",
    "desk:panel_item_move",
    "desk:panel_minutes_draft",
    "desk:rules_archive",
    "desk:rules_file",
    "desk:rule_draft_remove",
    "desk:rule_draft_renew",
    "desk:rule_draft_archive",
    "desk:rule_draft_file",
    "desk:rule_backtest_stop",
    "desk:rule_backtest_counts",
    "desk:rule_move_start",
    "desk:rule_move_stop",
    "desk:rule_trial_delete",
    "account_logout",
    "portal:root",
    "portal:begin",
    "portal:exit",
    "portal:close",
}
LOGGING_IN = {  # test_logging_in
    "account_login",
    "mfa_authenticate",
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "account_change_password",
    "desk:accept_invitation",
    "desk:staff_new_link",
}
PORTAL = {  # test_every_page_of_every_form, test_the_portal_besides_forms
    "portal:start",
    "portal:choose",
    "portal:about",
    "portal:emergency",
    "portal:send_now",
    "portal:check",
    "portal:receipt",
    "portal:ended",
    "portal:page",
    "portal:finished",
    "portal:mailbox",
    "portal:messages",
    "portal:closed",
}


def _routes(resolver: URLResolver, names: tuple[str, ...] = ()) -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.append(":".join((*names, pattern.name or "")))
        else:
            found += _routes(pattern, (*names, pattern.namespace) if pattern.namespace else names)
    return found


def test_every_route_is_looked_at():
    looked_at = {look.route for look in DESK} | NO_PAGES | LOGGING_IN | PORTAL
    assert sorted(set(_routes(get_resolver())) - looked_at) == [], "add these routes to the table above"
    assert sorted(looked_at - set(_routes(get_resolver()))) == [], "these routes are gone: take them out"


@pytest.mark.parametrize("role", sorted({look.role for look in DESK}))
def test_every_page_of_the_desk(new_page, role):
    town = a_town()
    page = Desk(new_page(), town.people[role]).log_in().page
    found: list[str] = []
    for look in (look for look in DESK if look.role == role):
        _look_at(page, town, look, found)
    assert not found, "\n\n".join(found)


def _look_at(page: Page, town: Town, look: Look, found: list[str]) -> None:
    response = page.goto(_address(town, look))
    name = f"desk-{look.role}-{look.route.partition(':')[2]}-{'-'.join(look.parts.values())}{look.query}"
    if response is None or response.status != look.status:
        found.append(
            f"{look}: {response.status if response else 'no answer'}: {page.locator('main').inner_text()[:300]}"
        )
        return
    _both_widths(page, name, found)
    if look.tries_empty:
        go_by(page.locator("main form[method=post] button[type=submit]").first)
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        _both_widths(page, f"{name}-empty", found)


def _both_widths(page: Page, name: str, found: list[str]) -> None:
    page.wait_for_load_state("load")
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page, f"{name}-{width}")
        try:
            assert_accessible(page)
        except AssertionError as error:
            found.append(f"{name} at {width}: {error}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if too_wide > 0:
            found.append(f"{name} at {width}: {too_wide} pixels too wide: {page.url}")
    page.set_viewport_size({"width": 1280, "height": 900})


def _address(town: Town, look: Look) -> str:
    if look.route == "desk:nowhere":
        return "/desk/there/is/nothing/here/"
    wanted = next(pattern for name, pattern in _patterns(get_resolver()) if name == look.route).pattern.regex.groupindex
    parts = {}
    for name in wanted:
        told = look.parts.get(name, name)
        parts[name] = told[1:] if told.startswith("=") else town.parts[told]
    return reverse(look.route, kwargs=parts) + (f"?{look.query}" if look.query else "")


def _patterns(resolver: URLResolver, names: tuple[str, ...] = ()) -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.append((":".join((*names, pattern.name or "")), pattern))
        else:
            found += _patterns(pattern, (*names, pattern.namespace) if pattern.namespace else names)
    return found


def test_logging_in(new_page):
    """From the one-time link to the desk, and the password changed: each page on the way."""
    council: Agency = cast.an_agency("Northmoor Council", kind="local_authority", is_lead=True)
    administrator = cast.a_person("Addy Minn", council, [Role.ADMINISTRATOR])
    invited = access.invite_staff(
        email="new@northmoor.example", name="Nia New", agency=council, roles=[Role.TRIAGE_OFFICER], by=administrator
    )
    page, found = new_page(), []
    page.goto(invited.path)
    _both_widths(page, "login-invitation", found)
    _fill_and_press(page, {"password": "two blue otters"}, "Set password")
    _both_widths(page, "login-start", found)
    _fill_and_press(page, {"login": "new@northmoor.example", "password": "not this"}, "Log in")
    _both_widths(page, "login-wrong", found)
    _fill_and_press(page, {"login": "new@northmoor.example", "password": "two blue otters"}, "Log in")
    _both_widths(page, "login-set-up", found)
    secret = page.locator(".cp-secret").inner_text().replace(" ", "")
    _fill_and_press(page, {"code": "000000"}, "Connect")
    _both_widths(page, "login-set-up-wrong", found)
    _fill_and_press(page, {"code": cast.code_for(secret)}, "Connect")
    _both_widths(page, "login-recovery-codes", found)
    page.goto(reverse("account_change_password"))
    _fill_and_press(page, {}, "Change password")
    _both_widths(page, "login-password", found)
    go_by(page.get_by_role("button", name="Log out"))
    _fill_and_press(page, {"login": "new@northmoor.example", "password": "two blue otters"}, "Log in")
    _both_widths(page, "login-code", found)
    _fill_and_press(page, {"code": "000000"}, "Go on")
    _both_widths(page, "login-code-wrong", found)
    assert not found, "\n\n".join(found)


def _fill_and_press(page: Page, values: Mapping[str, str], button: str) -> None:
    for name, value in values.items():
        page.locator(f"#id_{name}").fill(value)
    go_by(page.get_by_role("button", name=button, exact=True))


def test_a_new_one_time_link(new_page):
    town, found = a_town(), []
    page = Desk(new_page(), town.people[N]).log_in().page
    page.goto(reverse("desk:staff_member", kwargs={"staff_id": town.parts["staff_id"]}))
    page.get_by_text("Make a new one-time link").first.click()
    go_by(page.get_by_role("button", name="Make a new one-time link"))
    _both_widths(page, "desk-new-link", found)
    assert not found, "\n\n".join(found)


SHOWING_MOST = ("01", "02", "04", "05", "11", "15", "17", "18", "20", "40")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question_set", ["advice", "concern_professional", "concern_public", "online_material"])
def test_every_page_of_every_form(new_page, question_set, language):
    """Those stories that between them are shown every page of the form; each page once."""
    seen: set[str] = set()
    found: list[str] = []
    for story in (BY_ID[number] for number in SHOWING_MOST if BY_ID[number]["question_set"] == question_set):
        page = new_page(locale=language)

        def look(here: str, page: Page = page) -> None:
            if here not in seen:
                seen.add(here)
                _both_widths(page, f"portal-{language}-{question_set}-{here}", found)

        reporter = Reporter(page, language, look)
        reporter.begin(question_set)
        reporter.fill_in(story)
        _both_widths(page, f"portal-{language}-{question_set}-check", found)
    pages = {page.id for page in pack_in_force().question_set(question_set, language).pages}
    assert pages - seen == set(), "tell a story that is shown these pages as well"
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portal_besides_forms(new_page, language):
    """Start, what it says about itself, sending in a hurry, receipt, mailbox, and what it says of mistakes."""
    page, found = new_page(locale=language), []
    for place in (
        "",
        "choose",
        "privacy",
        "accessibility",
        "cookies",
        "mailbox",
        "mailbox/closed",
        "finished",
        "nowhere",
    ):
        page.goto(f"/{language}/{place}")
        _both_widths(page, f"portal-{language}-{place or 'start'}", found)
    page.context.clear_cookies()  # the mailbox's form has left its token
    reporter = Reporter(page, language)
    _send_in_a_hurry(reporter, found)
    receipt = reporter.save_receipt()
    page.goto(f"/{language}/report/concern_public/too-long-open")
    _both_widths(page, f"portal-{language}-ended", found)
    page.goto(f"/{language}/mailbox")
    page.locator("#receipt").fill("acorn acorn")
    reporter.press("mailbox.sign_in.button")
    _both_widths(page, f"portal-{language}-mailbox-wrong", found)
    reporter.come_back(receipt)
    reporter.press("mailbox.reply.button")
    _both_widths(page, f"portal-{language}-messages-empty", found)
    assert not found, "\n\n".join(found)


def _send_in_a_hurry(reporter: Reporter, found: list[str]) -> None:
    page, language = reporter.page, reporter.language
    reporter.begin("concern_public")
    page.locator('input[name="immediate_danger"][value="yes"]').check()
    reporter.press("button.continue")
    _both_widths(page, f"portal-{language}-call-first", found)
    go_by(page.get_by_role("link", name=reporter.text("emergency.send_now.link")))
    _both_widths(page, f"portal-{language}-send-now", found)
    reporter.press("button.send")
    _both_widths(page, f"portal-{language}-receipt", found)
    reporter.press("done.receipt.finish")
    _both_widths(page, f"portal-{language}-receipt-not-saved", found)
