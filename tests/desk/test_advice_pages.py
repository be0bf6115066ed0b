"""Advice and the call-back queue at the desk, driven as a browser would without JavaScript."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import a_person, logged_in
from tests.desk.test_triage_pages import text
from tests.intake.telling import a_referral, told

from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.intake.models import AdviceContact, MailboxMessage, Referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(people) -> Client:
    return logged_in(people[Role.TRIAGE_OFFICER])


class TestAdvice:
    def test_by_telephone_without_a_referral(self, people):
        client = logged_in(people[Role.CALL_HANDLER])
        given = {"route": "phone", "question": "My pupil says odd things.", "advice": "Talk to your safeguarding lead."}
        response = client.post("/desk/advice/new/", given)
        page = text(client.get(response["Location"]))
        assert "My pupil says odd things." in page
        assert Referral.objects.count() == 0
        other = logged_in(people.other_case_officer)
        assert other.get(response["Location"]).status_code == 403
        assert AdviceContact.objects.get().reference in client.get("/desk/advice/").content.decode()

    def test_answering_a_form(self, officer):
        from counterpoint import journey

        received = told(
            {"immediate_danger": {"value": "no"}, "question": {"value": "What do I say to my son?"}}, about="advice"
        )
        journey.process_arrival(received.arrival_id)
        contact = AdviceContact.objects.get()
        address = reverse("desk:advice_contact", kwargs={"advice_id": contact.pk})
        assert "What do I say to my son?" in text(officer.get(address))
        given = {"version": contact.version, "advice": "Listen first."}
        assert officer.post(address, given).status_code == 302
        assert "Listen first." in text(officer.get(address))
        assert MailboxMessage.objects.get().kind == "outcome"

    def test_another_handler_does_not_see_it(self, people):
        client = logged_in(people[Role.CALL_HANDLER])
        client.post("/desk/advice/new/", {"route": "phone", "question": "q", "advice": "a"})
        address = reverse("desk:advice_contact", kwargs={"advice_id": AdviceContact.objects.get().pk})

        other = a_person("Cora Hand", people.council, [Role.CALL_HANDLER])
        assert logged_in(other).get(address).status_code == 404


class TestAdviceBecomesAReferral:
    @pytest.fixture
    def handler(self, people):
        return logged_in(people[Role.CALL_HANDLER])

    @pytest.fixture
    def address(self, handler):
        handler.post("/desk/advice/new/", {"route": "phone", "question": "q", "advice": "a"})
        return reverse("desk:advice_refer", kwargs={"advice_id": AdviceContact.objects.get().pk})

    def test_the_script_asks_everything_but_files(self, handler, address):
        page = handler.get(address).content.decode()
        from counterpoint.rules.selectors import pack_in_force

        for question in pack_in_force().question_sets["concern_public"].questions:
            assert (f'name="{question.id}' in page) is (question.type != "files"), question.id

    def test_all_problems_at_once_with_links_that_lead_somewhere(self, handler, address):
        response = handler.post(address, {"person_age-years": "old", "person_postcode": "nowhere"})
        page = response.content.decode()
        links = re.findall(r'href="#([^"]+)"', page.split("govuk-error-summary__list")[1].split("</ul>")[0])
        assert {"worry", "person_age-years"} <= set(links)
        for link in links:
            assert f'id="{link}"' in page
        assert 'value="nowhere"' in page
        assert Referral.objects.count() == 0

    def test_it_makes_one_referral_and_reads_the_receipt_out_once(self, handler, address):
        given = {
            "immediate_danger": "no",
            "imminent_travel": "no",
            "worry": "She stopped seeing friends.",
            "worry-provenance": "first_hand",
            "concern_about": "extremism",
            "person_age-years": "15",
            "person_age-estimated": "true",
        }
        page = handler.post(address, given)
        referral = Referral.objects.get()
        assert referral.reference in page.content.decode()
        assert len(re.findall(r"<li>[a-z]+</li>", page.content.decode())) >= 7
        assert referral.route == "phone"
        assert handler.post(address, given).status_code == 409
        assert Referral.objects.count() == 1
        contact = AdviceContact.objects.get()
        assert contact.became_referral == referral


class TestCallBacks:
    @pytest.fixture
    def arrival(self, people):
        from counterpoint import journey
        from counterpoint.intake.models import Arrival

        received = told({"worry": {"value": 17}, "oddity": {"value": "<b>Ring me</b>"}})
        journey.process_arrival(received.arrival_id)
        return Arrival.objects.get()

    def test_nothing_that_cannot_be_shaped_is_lost_from_sight(self, people, arrival):
        client = logged_in(people[Role.CALL_HANDLER])
        assert "Reports that need a call back" in text(client.get("/desk/"))
        assert arrival.reference in client.get("/desk/call-backs/").content.decode()
        page = client.get(f"/desk/call-backs/{arrival.pk}/")
        assert "&lt;b&gt;Ring me" in page.content.decode()
        assert AuditEntry.objects.filter(action="arrival.read", subject_id=arrival.pk).count() == 1

    @pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.PARTNER, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_others_do_not_read_it(self, people, arrival, role):
        assert logged_in(people[role]).get(f"/desk/call-backs/{arrival.pk}/").status_code == 403

    def test_an_arrival_that_became_a_referral_is_not_read_here(self, people):
        referral = a_referral()
        client = logged_in(people[Role.SUPERVISOR])
        assert client.get(f"/desk/call-backs/{referral.arrival_id}/").status_code == 404
