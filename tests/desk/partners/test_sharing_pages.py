"""Pages of sharing: under an agreement, urgently, reviewed; and the agreements themselves."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.cases.making import START, a_case, a_person, a_world
from tests.cast import logged_in
from tests.desk.partners.making import BECAUSE, an_urgent_share

from counterpoint.access.models import SharingAgreement, SharingGrant
from counterpoint.access.types import Role
from counterpoint.base import clock

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


def until(year):
    return {"until_day": "1", "until_month": "6", "until_year": year}


def test_sharing_and_its_end(world):
    case, client = a_case(world), logged_in(world.officer)
    agreement = SharingAgreement.objects.get(partner=world.school)
    chosen = text_of(client.get(at("case_share", case_id=case.pk)))
    address = at("case_share_by", case_id=case.pk, agreement_id=agreement.pk)
    assert address in chosen
    form = text_of(client.get(address))
    for words in ("Support at school", "Public task", agreement.reference):
        assert words in form
    data = {"sections": ["concern", "actions"], "purpose": "purpose_5", "legal_basis": "basis_4", **until("2026")}
    assert client.post(address, data).status_code == 302
    grant = SharingGrant.objects.get()
    page = text_of(client.get(at("case_people", case_id=case.pk)))
    for words in ("Support at school", "Public task", "1 June 2026", world.school.name):
        assert words in page
    for wrong in (until("2031"), {"sections": []}, {"purpose": "Support at school"}, {"legal_basis": ""}):
        assert "There is a problem" in text_of(client.post(address, {**data, **wrong}))
    ended = client.post(at("case_sharing_end", case_id=case.pk, grant_id=grant.pk), {"because": "Moved."})
    assert ended.status_code == 302
    assert logged_in(world.partner).get(at("case", case_id=case.pk)).status_code == 404


def test_what_the_agreement_does_not_cover_is_not_offered(world):
    case, client = a_case(world), logged_in(world.officer)
    agreement = SharingAgreement.objects.get(partner=world.school)
    SharingAgreement.objects.filter(pk=agreement.pk).update(sections=["concern"])
    address = at("case_share_by", case_id=case.pk, agreement_id=agreement.pk)
    assert "Restricted notes" not in text_of(client.get(address))
    SharingAgreement.objects.filter(pk=agreement.pk).update(valid_until=START.date() - timedelta(days=1))
    assert client.get(address).status_code == 404
    assert "Share with Northmoor Schools" not in text_of(client.get(at("case_share", case_id=case.pk)))


def test_the_message_says_what_is_not_covered_and_what_to_do(world):
    case, client = a_case(world), logged_in(world.officer)
    agreement = SharingAgreement.objects.get(partner=world.school)
    SharingAgreement.objects.filter(pk=agreement.pk).update(valid_until=START.date() + timedelta(days=3))
    address = at("case_share_by", case_id=case.pk, agreement_id=agreement.pk)
    data = {"sections": ["concern"], "purpose": "purpose_5", "legal_basis": "basis_4", **until("2026")}
    page = text_of(client.post(address, data))
    assert "ends on 7 May 2026. Share until then at the latest." in page
    assert "have a wider one proposed and approved under Agreements" in page


def test_urgent_sharing_from_the_button_to_its_review(world):
    case, client = a_case(world), logged_in(world.officer)
    address = at("case_share_urgently", case_id=case.pk)
    assert address in text_of(client.get(at("case_share", case_id=case.pk)))
    data = {
        "agency": str(world.clinic.pk),
        "sections": ["concern"],
        "purpose": "To keep her safe",
        "legal_basis": "Vital interests",
        "because": BECAUSE,
        "hours": "24",
    }
    for wrong in ({"hours": "100"}, {"because": "Now"}, {"agency": str(world.lead.pk)}, {"sections": []}):
        assert "There is a problem" in text_of(client.post(address, {**data, **wrong}))
    assert not SharingGrant.objects.exists()
    assert client.post(address, data).status_code == 302
    grant = SharingGrant.objects.get()
    assert logged_in(world.outsider).get(at("case", case_id=case.pk)).status_code == 200
    page = text_of(client.get(at("case_people", case_id=case.pk)))
    assert "Without an agreement" in page
    supervisor = logged_in(world.supervisor)
    home = text_of(supervisor.get(at("home")))
    assert "Sharing without an agreement to review" in home
    waiting = text_of(supervisor.get(at("urgent_shares")))
    assert case.reference in waiting
    assert BECAUSE in waiting
    review = at("urgent_share_review", grant_id=grant.pk)
    assert "There is a problem" in text_of(supervisor.post(review, {"found_proper": "yes", "note": "ok"}))
    answer = {"found_proper": "no", "note": "It could have waited until morning."}
    assert supervisor.post(review, answer).status_code == 302
    assert supervisor.post(review, answer).status_code == 404
    assert "Not proper" in text_of(supervisor.get(at("urgent_shares")))
    assert logged_in(world.outsider).get(at("case", case_id=case.pk)).status_code == 404
    timeline = text_of(client.get(at("case", case_id=case.pk)))
    for words in ("Shared without an agreement", "Urgent sharing reviewed", "Sharing ended"):
        assert words in timeline


def test_an_urgent_sharing_ends_by_itself(world):
    case = a_case(world)
    an_urgent_share(case, agency=world.clinic, by=world.officer, hours=24)
    assert logged_in(world.outsider).get(at("case", case_id=case.pk)).status_code == 200
    with clock.moved_to(START + timedelta(hours=25)):
        assert logged_in(world.outsider).get(at("case", case_id=case.pk)).status_code == 404


# --- agreements

TERMS = {
    "reference": "ISA-2026-04",
    "sections": ["concern", "actions"],
    "purposes": "To plan support\n\n  To do its part \nTo plan support",
    "legal_bases": "Children Act 2004, section 10",
    "valid_from_day": "1",
    "valid_from_month": "5",
    "valid_from_year": "2026",
    "valid_until_day": "1",
    "valid_until_month": "5",
    "valid_until_year": "2028",
}


def test_an_agreement_from_proposal_to_its_end(world):
    lead = a_person("Prue Cess", world.lead, Role.PROCESS_LEAD)
    data = {**TERMS, "partner": str(world.clinic.pk)}
    proposed = logged_in(lead).post(at("agreement_new"), data)
    row = SharingAgreement.objects.get(reference="ISA-2026-04")
    assert proposed["Location"] == at("agreement", agreement_id=row.pk)
    assert [term["words"] for term in row.purposes] == ["To plan support", "To do its part"]
    supervisor = logged_in(world.supervisor)
    assert "Agreements to approve" in text_of(supervisor.get(at("home")))
    page = text_of(supervisor.get(at("agreement", agreement_id=row.pk)))
    approve = at("agreement_approve", agreement_id=row.pk)
    assert approve in page
    assert approve not in text_of(logged_in(lead).get(at("agreement", agreement_id=row.pk)))
    assert supervisor.post(approve, {"version": 1}).status_code == 302
    assert "does not wait for approval any more" in text_of(supervisor.post(approve, {"version": 1}))
    partner = text_of(logged_in(world.outsider).get(at("agreements")))
    assert "ISA-2026-04" in partner
    assert at("agreement_new") not in partner
    end = at("agreement_end", agreement_id=row.pk)
    assert "There is a problem" in text_of(supervisor.post(end, {"because": ""}))
    assert supervisor.post(end, {"because": "Signed anew."}).status_code == 302
    assert "Signed anew." in text_of(supervisor.get(at("agreement", agreement_id=row.pk)))


def test_a_draft_is_changed_until_it_is_approved(world):
    lead = a_person("Prue Cess", world.lead, Role.PROCESS_LEAD)
    data = {**TERMS, "partner": str(world.clinic.pk)}
    logged_in(lead).post(at("agreement_new"), data)
    row = SharingAgreement.objects.get(reference="ISA-2026-04")
    change, approve = (at(name, agreement_id=row.pk) for name in ("agreement_change", "agreement_approve"))
    client, supervisor = logged_in(lead), logged_in(world.supervisor)
    assert change in text_of(client.get(at("agreement", agreement_id=row.pk)))
    page = text_of(client.get(change))
    assert 'value="ISA-2026-04"' in page
    assert "To plan support\nTo do its part" in page
    assert "There is a problem" in text_of(client.post(change, {**data, "version": 1, "reference": ""}))
    edited = {**data, "version": 1, "reference": "ISA-2026-05"}
    assert client.post(change, edited).status_code == 302
    assert supervisor.get(approve).status_code == 200
    stale = supervisor.post(approve, {"version": 1})
    assert (stale.status_code, "Save my version" in text_of(stale)) == (409, False)
    stale = text_of(supervisor.post(change, {**data, "version": 1, "reference": "ISA-2026-06"}))
    assert "ISA-2026-05" in stale
    assert "ISA-2026-06" in stale
    shown = text_of(supervisor.get(approve))
    assert "ISA-2026-05" in shown
    assert "Changed last" in shown
    assert supervisor.post(approve, {"version": 2}).status_code == 302
    assert change not in text_of(client.get(at("agreement", agreement_id=row.pk)))
    assert "Propose another one instead" in text_of(client.post(change, {**edited, "version": 3}))
    assert logged_in(world.officer).get(change).status_code == 403


def test_ending_an_agreement_tells_the_cases(world):
    case, client = a_case(world), logged_in(world.supervisor)
    agreement = SharingAgreement.objects.get(partner=world.school)
    address = at("case_share_by", case_id=case.pk, agreement_id=agreement.pk)
    data = {"sections": ["concern"], "purpose": "purpose_1", "legal_basis": "basis_1", **until("2026")}
    logged_in(world.officer).post(address, data)
    assert client.post(at("agreement_end", agreement_id=agreement.pk), {"because": "Terminated."}).status_code == 302
    assert logged_in(world.partner).get(at("case", case_id=case.pk)).status_code == 404
    kinds = list(case.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-2:] == ["shared", "sharing_ended"]


@pytest.mark.parametrize("value", ["", "x\x00y", "é" * 30_000, "-1", "99999999999999999999", "<script>"])
def test_odd_input_is_answered_clearly_and_changes_nothing(world, value):
    case, before = a_case(world), SharingAgreement.objects.count()
    agreement = SharingAgreement.objects.get(partner=world.school)
    places = {
        at("case_share_by", case_id=case.pk, agreement_id=agreement.pk): world.officer,
        at("case_share_urgently", case_id=case.pk): world.officer,
        at("agreement_new"): world.supervisor,
    }
    for address, staff in places.items():
        client = logged_in(staff)
        names = set(re.findall(r'name="([a-z_]+)"', client.get(address).content.decode())) - {"csrfmiddlewaretoken"}
        answer = client.post(address, dict.fromkeys(names, value))
        assert answer.status_code == 200
        assert b"<script>" not in answer.content
    assert (SharingAgreement.objects.count(), SharingGrant.objects.count()) == (before, 0)
