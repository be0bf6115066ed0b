"""Notices, staff, supervision, audit trail, refusals: as pages."""

import re
from html import unescape

import pytest
from django.db import transaction
from tests import cast
from tests.cast import logged_in
from tests.desk.test_triage_pages import text
from tests.intake.telling import a_referral

from counterpoint.access import services
from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import NoticeKind, Role
from counterpoint.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

PLACES = {
    Role.CALL_HANDLER: {"Home", "Tasks", "Advice", "Notices"},
    Role.TRIAGE_OFFICER: {"Home", "Inbox", "Tasks", "Online material", "Advice", "Search", "Notices"},
    Role.CASE_OFFICER: {"Home", "Tasks", "Panels", "Agreements", "Notices"},
    Role.PARTNER: {"Home", "Tasks", "Panels", "Agreements", "Requests", "Notices"},
    Role.CONTENT_REVIEWER: {"Home", "Campaigns", "Notices"},
    Role.ANALYST: {"Home", "Campaigns", "Exports", "Notices"},
    Role.PANEL_CHAIR: {"Home", "Tasks", "Panels", "Monitoring", "Notices"},
    Role.PANEL_MEMBER: {"Home", "Panels", "Notices"},
    Role.INTERVENTION_PROVIDER: {"Home", "Support", "Notices"},
    Role.SUPERVISOR: {
        "Home", "Inbox", "Tasks", "Panels", "Monitoring", "Online material", "Advice", "Search", "Rules", "Supervision",
        "Agreements", "Transfers", "Notices",
    },
    Role.PROCESS_LEAD: {"Home", "Monitoring", "Rules", "Agreements", "Notices"},
    Role.AUDITOR: {"Home", "Agreements", "Disclosures", "Audit", "Exports", "Notices"},
    Role.ADMINISTRATOR: {"Home", "Staff", "Notices"},
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_the_bar_offers_what_the_role_opens_and_nothing_else(people, role):
    client = logged_in(people[role])
    page = client.get("/desk/").content.decode()
    links = re.findall(r'service-navigation__link" href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    offered = {" ".join(re.sub(r"<[^>]+>|\(.*\)", " ", words).split()) for _, words in links}
    assert offered - {"Cases"} == PLACES[role]
    for address, _ in links:
        assert client.get(address).status_code == 200, address


class TestNotices:
    def test_opening_marks_and_leads_on(self, people):
        me = people[Role.CASE_OFFICER]
        with transaction.atomic():
            services.tell_staff([me], kind=NoticeKind.OTHER, text="CP-7K3M-9Q2D-4 waits.", link="/desk/notices/")
        client = logged_in(me)
        page = client.get("/desk/").content.decode()
        assert "Notices (1)" in text(client.get("/desk/"))
        address = re.search(r'action="(/desk/notices/[^"]+)"', page).group(1)
        assert client.get(address).status_code == 405
        assert client.post(address)["Location"] == "/desk/notices/"
        assert "Notices (1)" not in text(client.get("/desk/"))
        assert logged_in(people[Role.AUDITOR]).post(address).status_code == 404

    def test_a_notice_leads_to_the_record_that_it_names(self, people):
        referral = a_referral()
        me = people[Role.TRIAGE_OFFICER]
        with transaction.atomic():
            services.tell_staff([me], kind=NoticeKind.OTHER, text=f"{referral.reference} was given to you.")
        client = logged_in(me)
        address = re.search(r'action="(/desk/notices/[^"]+)"', client.get("/desk/").content.decode()).group(1)
        go = client.post(address)["Location"]
        assert go == f"/desk/go/{referral.reference}/"
        assert client.get(go)["Location"] == f"/desk/referrals/{referral.pk}/"
        stranger = logged_in(people[Role.CASE_OFFICER])
        assert stranger.get(go).status_code == 404
        assert text(stranger.get(go)) == text(stranger.get("/desk/go/CP-0000-0000-0/"))

    def test_all_that_were_shown_are_marked_at_once(self, people):
        me, other = people[Role.CASE_OFFICER], people[Role.AUDITOR]
        with transaction.atomic():
            services.tell_staff([me, me, other], kind=NoticeKind.OTHER, text="x")
        client = logged_in(me)
        page = client.get("/desk/notices/").content.decode()
        assert "Notices (2)" in text(client.get("/desk/"))
        with transaction.atomic():
            services.tell_staff([me], kind=NoticeKind.OTHER, text="came after the page was shown")
        shown_at = re.search(r'name="shown_at" value="([^"]+)"', page).group(1)
        assert client.post("/desk/notices/read/", {"shown_at": unescape(shown_at)})["Location"] == "/desk/notices/"
        assert "Notices (1)" in text(client.get("/desk/"))
        assert "Notices (1)" in text(logged_in(other).get("/desk/"))
        for odd in ("", "nonsense", "2026-01-01"):
            assert client.post("/desk/notices/read/", {"shown_at": odd}).status_code == 302
        assert "Notices (1)" not in text(client.get("/desk/"))
        assert "Mark all as read" not in text(client.get("/desk/notices/"))

    def test_a_link_to_elsewhere_is_not_followed(self, people):
        me = people[Role.CASE_OFFICER]
        with transaction.atomic():
            services.tell_staff([me], kind=NoticeKind.OTHER, text="x", link="https://elsewhere.example/")
        client = logged_in(me)
        address = re.search(r'action="(/desk/notices/[^"]+)"', client.get("/desk/").content.decode()).group(1)
        assert client.post(address)["Location"] == "/desk/notices/"


class TestStaff:
    @pytest.fixture
    def admin(self, people):
        return logged_in(people[Role.ADMINISTRATOR])

    def test_an_agency_and_its_first_person(self, admin, people):
        assert (
            admin.post("/desk/staff/agencies/new/", {"name": "Northmoor Youth", "kind": "community"}).status_code == 302
        )
        youth = Agency.objects.get(name="Northmoor Youth")
        given = {"name": "Yara Youth", "email": "yara@youth.example", "agency": str(youth.pk), "roles": ["partner"]}
        page = admin.post("/desk/staff/invite/", given)
        link = re.search(r"http://testserver(/desk/invitation/[^<\s]+)", page.content.decode()).group(1)
        assert admin.client_class().get(link).status_code == 200 if hasattr(admin, "client_class") else True
        staff = Staff.objects.get(email="yara@youth.example")
        assert "Not set yet" in text(admin.get(f"/desk/staff/{staff.pk}/"))

    def test_what_is_wrong_stands_at_the_form(self, admin, people):
        given = {"name": "Yara", "email": "yara", "agency": str(people.health.pk), "roles": ["supervisor"]}
        page = admin.post("/desk/staff/invite/", given).content.decode()
        assert 'href="#id_email"' in page
        given["email"] = "yara@health.example"
        assert "cannot hold the role" in text(admin.post("/desk/staff/invite/", given))

    def test_roles_links_and_the_end(self, admin, people):
        staff = people[Role.CASE_OFFICER]
        cast.a_second_factor(staff)
        base = f"/desk/staff/{staff.pk}/"
        assert admin.post(base + "role/", {"role": "supervisor"}).status_code == 302
        assert "Supervisor, since" in text(admin.get(base))
        admin.post(base + "role/end/", {"role": "supervisor"})
        assert "Supervisor, since" not in text(admin.get(base))
        admin.post(base + "second-factor/")
        assert not cast.has_second_factor(staff)
        assert "/desk/invitation/" in text(admin.post(base + "link/"))
        admin.post(base + "end/")
        assert "Ended" in text(admin.get(base))
        assert "This account has ended" in text(admin.post(base + "end/", follow=True))

    def test_the_list_has_pages(self, admin, people):
        for number in range(60):
            cast.a_person(f"Person {number:03}", people.health, [Role.PARTNER])
        first = admin.get("/desk/staff/").content.decode()
        more = re.search(r'href="(/desk/staff/\?after=[^"]+)"', first).group(1)
        second = admin.get(more).content.decode()
        shown = {staff.name for staff in Staff.objects.all() if (staff.name in first) != (staff.name in second)}
        assert len(shown | {people[Role.ADMINISTRATOR].name}) == Staff.objects.count()
        assert admin.get("/desk/staff/?after=x|y").status_code == 404


class TestAudit:
    @pytest.fixture
    def auditor(self, people):
        return logged_in(people[Role.AUDITOR])

    def test_it_shows_who_did_what_without_content(self, auditor, people):
        referral = a_referral()
        logged_in(people[Role.TRIAGE_OFFICER]).get(f"/desk/referrals/{referral.pk}/")
        page = text(auditor.get("/desk/audit/"))
        for words in ("referral.read", people[Role.TRIAGE_OFFICER].name, referral.reference, "The reporter"):
            assert words in page
        assert "He says that the town" not in page

    def test_filters(self, auditor, people):
        referral, other = a_referral(), a_referral()
        page = text(auditor.get("/desk/audit/", {"reference": referral.reference.lower()}))
        assert other.reference not in page
        assert "referral.verdict_given" in page
        person = people[Role.TRIAGE_OFFICER]
        logged_in(person).get(f"/desk/referrals/{other.pk}/")
        found = auditor.get("/desk/audit/", {"person": person.email, "action": "referral.read"}).content.decode()
        assert found.count("<td") == 6
        assert "No account has this address" in text(auditor.get("/desk/audit/", {"person": "a@b.example"}))
        assert "not a reference of ours" in text(auditor.get("/desk/audit/", {"reference": "CP-1"}))
        assert "Enter a day, a month" in text(auditor.get("/desk/audit/", {"since_day": "31", "since_month": "2"}))
        past = {"since_day": "1", "since_month": "1", "since_year": "2020", "until_day": "2", "until_month": "1"}
        assert "No entries" in text(auditor.get("/desk/audit/", past | {"until_year": "2020"}))

    def test_pages_hold_each_entry_once(self, auditor):
        for _ in range(45):
            a_referral()
        seen, address = [], "/desk/audit/"
        newest = AuditEntry.objects.order_by("-number").first().number
        while address:
            page = auditor.get(address).content.decode()
            seen += [int(number) for number in re.findall(r'<td class="govuk-table__cell">(\d+)</td>', page)]
            older = re.search(r'href="(\?[^"]*before=[^"]*)">Older', page)
            address = "/desk/audit/" + older.group(1).replace("&amp;", "&") if older else ""
        assert seen == list(range(newest, seen[-1] - 1, -1))
        assert seen[-1] == AuditEntry.objects.order_by("number").first().number

    def test_looking_is_recorded(self, auditor, people):
        auditor.get("/desk/audit/", {"action": "referral.read"})
        entry = AuditEntry.objects.get(action="audit.read")
        assert entry.actor_id == str(people[Role.AUDITOR].pk)
        assert entry.detail == {"filters": "action"}

    def test_the_ledger_says_how_far_it_came(self, auditor, settings, tmp_path):
        from counterpoint.audit.sealing import seal_pending

        settings.CHECKPOINTS_FOLDER = tmp_path
        a_referral()
        assert "None yet" in text(auditor.get("/desk/audit/ledger/"))
        sealed = seal_pending()
        page = text(auditor.get("/desk/audit/ledger/"))
        assert f"Entries sealed {sealed}" in page
        assert "The newest checkpoint" in page


def test_pages_of_the_desk_let_nothing_else_in(people):
    response = logged_in(people[Role.SUPERVISOR]).get("/desk/")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    page = response.content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "style=" not in page
    assert "<script>" not in page
