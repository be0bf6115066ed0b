"""Pages of requests, transfers and disclosures: each from the link to what it does, on both sides."""

import html
import re

import pytest
from django.urls import reverse
from tests.cases.making import PERSON, START, WORRY, a_case, a_person, a_world, share
from tests.cast import LEGAL_BASES, PURPOSES, logged_in
from tests.partners.making import a_request, an_offer, southmoor
from tests.support.making import a_path_case, walk_path

from counterpoint.access.models import SharingAgreement
from counterpoint.access.types import Role, Section
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.cases import envelope, process
from counterpoint.cases.models import StepRecord
from counterpoint.cases.steps import MAX_TEXT, StepForm
from counterpoint.desk.partners.asked import told_by_partners
from counterpoint.partners import services
from counterpoint.partners.models import InformationRequest, Transfer
from counterpoint.partners.types import Provenance

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return a_world()


@pytest.fixture(autouse=True)
def _in_may():
    with clock.moved_to(START):
        yield


def at(name, **parts):
    return reverse(f"desk:{name}", kwargs=parts or None)


def text_of(response):
    return html.unescape(response.content.decode())


def asked_of(world, case):
    agreement = SharingAgreement.objects.get(partner=world.school)
    return at("case_information_ask", case_id=case.pk, agreement_id=agreement.pk)


class TestTheStepThatAsks:
    """Its form begins with what the requests on the case say."""

    @pytest.fixture
    def case(self, world):
        return walk_path(a_path_case(world), "ask_partners", world)

    def asked(self, world, case):
        """One answered, one declined, one that waits, one withdrawn."""
        questions = ("Attendance?", "Friends?", "Exams?", "Teachers?")
        rows = [a_request(case, world, question=question) for question in questions]
        services.answer_request(rows[0].pk, text="Present each day.", provenance=Provenance.RECORDS, by=world.partner)
        services.decline_request(rows[1].pk, because="We do not know them.", by=world.partner)
        services.withdraw_request(case, rows[3].pk, because="Clear now.", by=world.officer)
        return rows

    def test_who_was_asked_who_answered_and_who_has_not(self, world, case):
        rows = self.asked(world, case)
        address = at("case_step", case_id=case.pk, step_id="ask_partners")
        officer = logged_in(world.officer)
        assert address in text_of(officer.get(at("case", case_id=case.pk)))
        page = text_of(officer.get(address))
        fields = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
        assert [row.reference in fields["asked"] for row in rows] == [True] * 4
        assert fields["asked"].count(f"Purpose: {PURPOSES[0]}. Legal basis: {LEGAL_BASES[0]}.") == 4
        assert fields["asked"].count("Withdrawn since.") == 1
        assert "Northmoor Schools Service, 4 May 2026 (it stands in our records): Present each day." in fields["found"]
        assert "declined to answer. We do not know them." in fields["found"]
        assert rows[2].reference in fields["missing"]
        assert not [row for row in (rows[0], rows[1], rows[3]) if row.reference in fields["missing"]]
        assert AuditEntry.objects.filter(action="case.read", actor_id=world.officer.pk, detail__part="information")
        sent = {**fields, "asked": "Only the school.", "version": re.search(r'name="version" value="(\d+)"', page)[1]}
        assert officer.post(address, sent).status_code == 302
        row = StepRecord.objects.get(step="ask_partners")
        assert envelope.unseal(row, "sealed_values", key_id=case.key_id)["asked"] == "Only the school."

    def test_nothing_is_opened_where_nothing_was_asked_and_of_other_steps(self, world, case):
        page = text_of(logged_in(world.officer).get(at("case_step", case_id=case.pk, step_id="ask_partners")))
        assert "is filled in already" not in page
        assert told_by_partners(world.officer, case.pk, StepForm(()), purpose="x") == {}

    def test_what_is_too_long_says_that_there_is_more(self, world, case):
        for number in range(3):
            row = a_request(case, world, question=f"{number}?")
            services.answer_request(row.pk, text="x" * 9_000, provenance=Provenance.RECORDS, by=world.partner)
        form = process.current_run(case).form_of("ask_partners")
        told = told_by_partners(world.officer, case.pk, form, purpose="x")
        assert len(told["found"]) == MAX_TEXT
        assert told["found"].endswith("stands under “Information from partners”.)")


def test_asked_answered_and_read_on_the_case(world):
    case, officer, partner = a_case(world), logged_in(world.officer), logged_in(world.partner)
    page = text_of(officer.get(at("case_information", case_id=case.pk)))
    assert asked_of(world, case) in page
    data = {"question": "Who is Robin?", "sections": ["person"], "purpose": "purpose_1", "legal_basis": "basis_1"}
    for wrong in ({"question": " "}, {"purpose": "x"}, {"sections": ["notes"]}, {"due_on_day": "1"}):
        assert "There is a problem" in text_of(officer.post(asked_of(world, case), {**data, **wrong}))
    assert officer.post(asked_of(world, case), data).status_code == 302
    row = InformationRequest.objects.get()
    home = text_of(partner.get(at("home")))
    assert "Requests for information" in home
    listed = text_of(partner.get(at("information_requests")))
    opened = text_of(partner.get(at("information_request", request_id=row.pk)))
    assert row.reference in listed
    assert PERSON not in listed
    for words in ("Who is Robin?", PERSON, LEGAL_BASES[0]):
        assert words in opened
    for words in (WORRY, case.reference, str(case.pk)):
        assert words not in listed + opened + home
    assert partner.get(at("case", case_id=case.pk)).status_code == 404
    answer = at("information_answer", request_id=row.pk)
    assert "There is a problem" in text_of(partner.post(answer, {"text": "A friend", "provenance": ""}))
    assert partner.post(answer, {"text": "A friend <b>", "provenance": "records"}).status_code == 302
    assert partner.post(answer, {"text": "Again", "provenance": "records"}).status_code == 200
    page = text_of(officer.get(at("case_information", case_id=case.pk)))
    for words in ("A friend <b>", "It stands in our records", world.partner.name):
        assert words in page
    told = text_of(officer.get(at("case_disclosures", case_id=case.pk)))
    for words in (row.reference, world.school.name, "Who the person is", world.partner.name):
        assert words in told


def test_declined_and_withdrawn(world):
    case, officer, partner = a_case(world), logged_in(world.officer), logged_in(world.partner)
    first, second = a_request(case, world), a_request(case, world, question="And who else?")
    decline = at("information_decline", request_id=first.pk)
    assert "There is a problem" in text_of(partner.post(decline, {"because": ""}))
    assert partner.post(decline, {"because": "Nothing is held."}).status_code == 302
    withdraw = at("case_information_withdraw", case_id=case.pk, request_id=second.pk)
    assert withdraw in text_of(officer.get(at("case_information", case_id=case.pk)))
    assert officer.post(withdraw, {"because": "Moot."}).status_code == 302
    page = text_of(officer.get(at("case_information", case_id=case.pk)))
    assert "Nothing is held." in page
    gone = text_of(partner.get(at("information_request", request_id=second.pk)))
    assert "And who else?" not in gone
    assert "was withdrawn" in gone


def test_a_case_is_offered_and_taken(world):
    agency, supervisor, officer = southmoor(world)
    case, lead, taker = a_case(world), logged_in(world.officer), logged_in(supervisor)
    offer = at("case_transfer_offer", case_id=case.pk)
    assert offer in text_of(lead.get(at("case_transfers", case_id=case.pk)))
    data = {"to": str(agency.pk), "reason": "They moved.", "legal_basis": "Public task", "sections": ["concern"]}
    for wrong in ({"to": str(world.lead.pk)}, {"reason": ""}, {"sections": ["notes"]}):
        assert "There is a problem" in text_of(lead.post(offer, {**data, **wrong}))
    assert lead.post(offer, data).status_code == 302
    row = Transfer.objects.get()
    before = " ".join(
        text_of(taker.get(address))
        for address in (at("home"), at("transfers"), at("transfer", transfer_id=row.pk), at("notices"), at("cases"))
    )
    assert "They moved." in before
    assert WORRY in before
    for words in (case.reference, str(case.pk), PERSON):
        assert words not in before
    assert taker.get(at("case", case_id=case.pk)).status_code == 404
    accept = at("transfer_accept", transfer_id=row.pk)
    assert "There is a problem" in text_of(taker.post(accept, {"lead_officer": str(world.officer.pk)}))
    taken = taker.post(accept, {"lead_officer": str(officer.pk)})
    assert taken["Location"] == at("case", case_id=case.pk)
    assert taker.get(at("case", case_id=case.pk)).status_code == 200
    assert lead.get(at("case", case_id=case.pk)).status_code == 404
    assert taker.get(at("transfer", transfer_id=row.pk))["Location"] == at("case_transfers", case_id=case.pk)
    assert case.reference in text_of(logged_in(world.supervisor).get(at("transfers")))


def test_rejected_and_revoked(world):
    agency, supervisor, _ = southmoor(world)
    case, lead, taker = a_case(world), logged_in(world.officer), logged_in(supervisor)
    row = an_offer(case, world, agency)
    assert taker.post(at("transfer_reject", transfer_id=row.pk), {"because": "Not ours."}).status_code == 302
    assert "Not ours." in text_of(lead.get(at("case_transfers", case_id=case.pk)))
    row = an_offer(case, world, agency)
    revoke = at("case_transfer_revoke", case_id=case.pk, transfer_id=row.pk)
    assert revoke in text_of(lead.get(at("case_transfers", case_id=case.pk)))
    assert lead.post(revoke, {"because": "A mistake."}).status_code == 302
    assert "They moved" not in text_of(taker.get(at("transfer", transfer_id=row.pk)))


def test_who_read_what_was_shared(world):
    case = a_case(world)
    share(case, world, Section.CONCERN)
    page = text_of(logged_in(world.officer).get(at("case_disclosures", case_id=case.pk)))
    assert "Nobody yet" in page
    partner = logged_in(world.partner)
    for _ in range(2):
        partner.get(at("case_concern", case_id=case.pk))
    page = text_of(logged_in(world.officer).get(at("case_disclosures", case_id=case.pk)))
    assert "Pia School, concern: 2 times" in page
    assert partner.get(at("case_disclosures", case_id=case.pk)).status_code == 403
    assert logged_in(world.outsider).get(at("case_disclosures", case_id=case.pk)).status_code == 404


def test_auditors_see_disclosures_without_content(world):
    auditor = a_person("Ada Audit", world.lead, Role.AUDITOR)
    case, other = a_case(world), a_case(world)
    share(case, world, Section.CONCERN)
    a_request(other, world)
    client = logged_in(auditor)
    page = text_of(client.get(at("disclosures")))
    for words in (case.reference, other.reference, world.school.name, "Support at school", "Request for information"):
        assert words in page
    for words in (WORRY, PERSON, "Robin"):
        assert words not in page
    narrowed = text_of(client.get(at("disclosures") + f"?reference={case.reference}"))
    assert other.reference not in narrowed
    for odd in ("?reference=x", "?before=y", "?before=99999999999999999999", "?reference=%00"):
        assert client.get(at("disclosures") + odd).status_code == 200


@pytest.mark.parametrize("value", ["", "x\x00y", "é" * 30_000, "-1", "<script>"])
def test_odd_input_is_answered_clearly_and_changes_nothing(world, value):
    agency, supervisor, _ = southmoor(world)
    case = a_case(world)
    request, offer = a_request(case, world), an_offer(a_case(world), world, agency)
    places = {
        asked_of(world, case): world.officer,
        at("case_information_withdraw", case_id=case.pk, request_id=request.pk): world.officer,
        at("information_answer", request_id=request.pk): world.partner,
        at("case_transfer_offer", case_id=case.pk): world.officer,
        at("transfer_accept", transfer_id=offer.pk): supervisor,
    }
    for address, staff in places.items():
        client = logged_in(staff)
        names = set(re.findall(r'name="([a-z_]+)"', client.get(address).content.decode())) - {"csrfmiddlewaretoken"}
        sent = dict.fromkeys(names, value)
        if value in ("-1", "<script>") and "because" in names:
            continue  # a reason like any other
        answer = client.post(address, sent)
        assert answer.status_code == 200, address
        assert b"<script>" not in answer.content
    request.refresh_from_db()
    offer.refresh_from_db()
    assert (request.state, offer.state) == ("asked", "offered")
