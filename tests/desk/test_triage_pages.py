"""Triage at the desk, driven as a browser would without JavaScript: read, take, decide, hand over, second reader."""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import logged_in
from tests.intake.telling import CONCERN, a_referral, someone

from counterpoint.access.models import Recusal
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.cases.models import Case
from counterpoint.intake.models import MailboxMessage, Referral, RepeatProposal

pytestmark = pytest.mark.django_db
PERSON = someone("Idris", "Marlow", age=16, postcode="NM1 2AB", handle="idris_m")
SECRET = "He says that the town will see."


def at(name: str, referral: Referral, **parts: object) -> str:
    return reverse(f"desk:{name}", kwargs={"referral_id": referral.pk, **parts})


def text(response) -> str:
    """What the page says, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def version(referral: Referral) -> int:
    referral.refresh_from_db()
    return referral.version


@pytest.fixture
def officer(people) -> Client:
    return logged_in(people[Role.TRIAGE_OFFICER])


@pytest.fixture
def second(people) -> Client:
    return logged_in(people[Role.SUPERVISOR])


class TestInbox:
    def test_oldest_clock_first_with_pages_and_without_content(self, officer):
        made = {a_referral(CONCERN | PERSON).reference for _ in range(3)}
        made |= {a_referral().reference for _ in range(27)}
        urgent = a_referral(CONCERN | {"immediate_danger": {"value": "yes"}})
        first = officer.get("/desk/inbox/")
        page = first.content.decode()
        assert page.index(urgent.reference) < min(page.index(ref) for ref in made if ref in page)
        assert "Hand over now" in page
        following = re.search(r'href="\?([^"]*after=[^"]*)">Next page', page).group(1).replace("&amp;", "&")
        rest = officer.get(f"/desk/inbox/?{following}").content.decode()
        seen = {ref for ref in made | {urgent.reference} if (ref in page) or (ref in rest)}
        assert len(seen) == 31
        assert not [ref for ref in seen if ref in page and ref in rest]
        for words in (SECRET, "Idris", "Marlow", "NM1"):
            assert words not in page + rest

    def test_the_number_of_queries_does_not_grow(self, officer, django_assert_max_num_queries):
        a_referral(CONCERN | PERSON)
        officer.get("/desk/inbox/")
        for _ in range(20):
            a_referral(CONCERN | PERSON)
        with django_assert_max_num_queries(24):
            officer.get("/desk/inbox/")

    @pytest.mark.parametrize(
        "query",
        ["?after=nonsense", "?state=none", "?urgency=%00", "?after=2026-01-01~x", "?assigned='--", "?kind=advice"],
    )
    def test_odd_addresses_do_no_harm(self, officer, query):
        a_referral()
        assert officer.get(f"/desk/inbox/{query}").status_code == 200

    def test_filters(self, officer, people):
        mine, other = a_referral(), a_referral()
        officer.post(at("referral_take", mine), {"version": version(mine)})
        page = officer.get("/desk/inbox/?assigned=me").content.decode()
        assert mine.reference in page
        assert other.reference not in page

    def test_recused_records_are_not_listed(self, officer, people):
        referral = a_referral()
        officer.post(at("referral_recuse", referral), {"reason": "I know the family"})
        assert Recusal.objects.get().staff == people[Role.TRIAGE_OFFICER]
        officer.get("/desk/")  # says once from what one stepped aside
        assert referral.reference not in officer.get("/desk/inbox/").content.decode()
        assert officer.get(at("referral", referral)).status_code == 404


class TestReferral:
    def test_it_shows_answers_provenance_and_the_rules_that_fired(self, officer):
        page = text(officer.get(at("referral", a_referral(CONCERN | PERSON))))
        for words in (SECRET, "Seen or heard by the reporter", "Idris", "Open a case", "Because:", "Rule "):
            assert words in page

    def test_each_reading_is_recorded_with_its_purpose(self, officer, people):
        referral = a_referral()
        officer.get(at("referral", referral))
        entries = AuditEntry.objects.filter(action="referral.read", subject_id=referral.pk)
        assert [(row.actor_id, row.purpose) for row in entries] == [(str(people[Role.TRIAGE_OFFICER].pk), "triage")]
        assert people[Role.TRIAGE_OFFICER].name in text(officer.get(at("referral_readers", referral)))

    def test_how_the_reader_stands_to_it_is_looked_up_once(self, officer, django_assert_max_num_queries):
        referral = a_referral(CONCERN | PERSON)
        officer.get(at("referral", referral))
        with django_assert_max_num_queries(30) as captured:
            officer.get(at("referral", referral))
        asked = [row["sql"] for row in captured.captured_queries if 'FROM "access_recusal"' in row["sql"]]
        assert len(asked) == 1

    def test_strangers_learn_nothing(self, people):
        referral = a_referral(CONCERN | PERSON)
        unknown = UUID(int=7 << 76 | 1)
        for role in (Role.CASE_OFFICER, Role.CALL_HANDLER):
            client = logged_in(people[role])
            known = client.get(at("referral", referral))
            assert known.status_code == 404
            assert text(known) == text(client.get(reverse("desk:referral", kwargs={"referral_id": unknown})))
        for role in (Role.PARTNER, Role.AUDITOR, Role.ADMINISTRATOR, Role.CONTENT_REVIEWER):
            assert logged_in(people[role]).get(at("referral", referral)).status_code == 403

    def test_breaking_the_glass_opens_reading_only(self, people):
        referral = a_referral(CONCERN | PERSON)
        client = logged_in(people.other_case_officer)
        given = {
            "kind": "referral",
            "reference": referral.reference,
            "reason": "A teacher says he is in danger tonight",
        }
        response = client.post("/desk/break-glass/", given)
        assert response["Location"] == at("referral", referral)
        page = text(client.get(at("referral", referral)))
        assert "You broke the glass" in page
        assert SECRET in page
        assert client.get(at("referral_decide", referral)).status_code == 403
        assert AuditEntry.objects.filter(action="referral.read", purpose="broke the glass").count() == 1
        supervisor = logged_in(people[Role.SUPERVISOR])
        assert "broke the glass" in text(supervisor.get("/desk/notices/"))
        waiting = supervisor.get("/desk/supervision/").content.decode()
        review = re.search(r'href="(/desk/supervision/[0-9a-f-]+/)"', waiting).group(1)
        done = supervisor.post(review, {"found_proper": "yes", "note": "Checked with the school, it was so"})
        assert done["Location"] == "/desk/supervision/"
        assert "Nothing to review" in text(supervisor.get("/desk/supervision/"))

    def test_taking_and_giving(self, officer, people):
        referral = a_referral()
        officer.post(at("referral_take", referral), {"version": version(referral)})
        referral.refresh_from_db()
        assert referral.assigned_to == people[Role.TRIAGE_OFFICER]
        assert referral.state == "in_triage"
        given = {"version": version(referral), "to": str(people[Role.SUPERVISOR].pk)}
        assert officer.post(at("referral_assign", referral), given).status_code == 302
        referral.refresh_from_db()
        assert referral.assigned_to == people[Role.SUPERVISOR]
        offered = officer.get(at("referral_assign", referral)).content.decode()
        assert people[Role.CASE_OFFICER].name not in offered

    def test_two_people_at_once_see_both_versions_and_may_save_again(self, officer, second, people):
        referral = a_referral()
        seen = version(referral)
        officer.post(at("referral_assign", referral), {"version": seen, "to": str(people[Role.TRIAGE_OFFICER].pk)})
        response = second.post(
            at("referral_assign", referral), {"version": seen, "to": str(people[Role.SUPERVISOR].pk)}
        )
        assert response.status_code == 409
        page = response.content.decode()
        assert "Somebody else saved this first" in page
        again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.split("</table>")[1]))
        assert again.pop("csrfmiddlewaretoken", None) is not None
        assert second.post(at("referral_assign", referral), again).status_code == 302
        referral.refresh_from_db()
        assert referral.assigned_to == people[Role.SUPERVISOR]

    def test_asking_the_reporter(self, officer):
        referral = a_referral()
        officer.post(at("referral_ask", referral), {"text": "When did you last see him?"})
        assert MailboxMessage.objects.get().kind == "question"
        assert "When did you last see him?" in text(officer.get(at("referral", referral)))
        empty = officer.post(at("referral_ask", referral), {"text": " "})
        assert empty.status_code == 200
        assert 'href="#id_text"' in empty.content.decode()


def decision(referral: Referral, **changes: object) -> dict[str, object]:
    return {"version": version(referral), "urgency": "same_day", "category": "", "reason": "", **changes}


class TestDeciding:
    def test_a_case_is_opened_by_a_person(self, officer, people):
        referral = a_referral(CONCERN | PERSON)
        assert "Proposed" in text(officer.get(at("referral_decide", referral)))
        given = decision(referral, urgency="five_days", lead_officer=str(people.other_case_officer.pk))
        assert officer.post(at("referral_decide_route", referral, route="case"), given).status_code == 302
        case = Case.objects.get()
        assert case.lead_officer == people.other_case_officer
        assert "As the table proposed" in text(officer.get(at("referral", referral)))
        lead = logged_in(people.other_case_officer)
        assert "Cases you work on" in text(lead.get("/desk/"))
        page = lead.get(at("referral", referral)).content.decode()
        assert f'href="/desk/cases/{case.pk}/"' in page
        assert AuditEntry.objects.filter(action="referral.read", purpose="case work").count() == 1

    def test_deciding_otherwise_asks_for_a_reason_at_its_field(self, officer):
        referral = a_referral()
        given = decision(referral, closure_reason="no_further_action", telling="usual")
        page = officer.post(at("referral_decide_route", referral, route="close"), given).content.decode()
        assert '<a href="#id_reason">Say why you decide otherwise' in page
        assert 'id="id_reason-error"' in page
        assert Referral.objects.get().state == "new"

    def test_everything_that_lacks_is_said_at_once(self, officer):
        referral = a_referral()
        given = decision(referral, closure_reason="signposted", telling="usual")
        page = officer.post(at("referral_decide_route", referral, route="signpost"), given).content.decode()
        for field in ("id_reason", "id_signposted_to", "id_service_accepted"):
            assert f'href="#{field}"' in page
            assert f'id="{field}"' in page

    @pytest.mark.parametrize(
        ("telling", "told"), [("usual", "We looked with care"), ("own", "Thank you, dear neighbour."), ("withhold", "")]
    )
    def test_closing_tells_the_reporter_or_says_why_not(self, officer, telling, told):
        referral = a_referral()
        given = decision(
            referral,
            reason="Nothing beyond talk",
            closure_reason="no_further_action",
            telling=telling,
            feedback="Thank you, dear neighbour." if telling == "own" else "",
            withheld_reason="It would put the reporter at risk" if telling == "withhold" else "",
        )
        response = officer.post(at("referral_decide_route", referral, route="close"), given)
        assert response.status_code == 302, text(response)
        referral.refresh_from_db()
        assert referral.state == "closed"
        page = text(officer.get(at("referral", referral)))
        assert told in page
        assert ("The reporter is told nothing" in page) is (telling == "withhold")

    def test_a_closed_referral_is_not_decided_again(self, officer):
        referral = a_referral()
        given = decision(referral, reason="Talk", closure_reason="no_further_action", telling="usual")
        officer.post(at("referral_decide_route", referral, route="close"), given)
        assert officer.get(at("referral_decide", referral)).status_code == 409
        assert officer.post(at("referral_decide_route", referral, route="case"), given).status_code == 409

    def test_an_emergency_is_handed_over_before_anything_else(self, officer):
        referral = a_referral(CONCERN | {"immediate_danger": {"value": "yes"}})
        assert officer.get(at("referral_decide", referral))["Location"] == at("referral_handover", referral)
        refused = officer.post(at("referral_decide_route", referral, route="case"), decision(referral, reason="x"))
        assert "Record the emergency handover first" in text(refused)
        given = {"handed_to": "police", "their_reference": "LOG-17", "note": "On their way"}
        assert officer.post(at("referral_handover", referral), given).status_code == 302
        page = text(officer.get(at("referral", referral)))
        assert "their reference LOG-17" in page
        assert officer.get(at("referral_decide", referral)).status_code == 200

    def test_no_emergency_needs_a_reason(self, officer):
        referral = a_referral(CONCERN | {"immediate_danger": {"value": "yes"}})
        refused = officer.post(at("referral_handover", referral), {"handed_to": "none", "note": ""})
        assert refused.status_code == 200
        assert "govuk-error-summary" in refused.content.decode()
        given = {"handed_to": "none", "note": "Called the mother: he is at home"}
        assert officer.post(at("referral_handover", referral), given).status_code == 302

    def test_a_possible_repeat_waits_for_a_second_reader(self, officer, second, people):
        first = a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        given = decision(referral, reason="Talk only", closure_reason="no_further_action", telling="usual")
        officer.post(at("referral_decide_route", referral, route="close"), given)
        referral.refresh_from_db()
        assert referral.state == "awaiting_second_reader"
        own = officer.get(at("referral_second_reading", referral))
        assert "You took this decision" in text(own)
        refused = officer.post(at("referral_second_reading", referral), {"version": version(referral), "agrees": "yes"})
        assert refused.status_code == 403
        asked = officer.post(at("referral_ask_reader", referral), {"of": str(people[Role.SUPERVISOR].pk)})
        assert asked.status_code == 302
        assert "Talk only" in text(second.get(at("referral_second_reading", referral)))
        back = second.post(at("referral_second_reading", referral), {"version": version(referral), "agrees": "no"})
        assert 'href="#id_reason"' in back.content.decode()
        second.post(at("referral_second_reading", referral), {"version": version(referral), "agrees": "yes"})
        referral.refresh_from_db()
        assert referral.state == "closed"
        assert first.reference in text(second.get(at("referral", referral)))

    def test_saying_that_it_is_somebody_else(self, officer):
        a_referral(CONCERN | PERSON)
        referral = a_referral(CONCERN | PERSON)
        proposal = RepeatProposal.objects.get()
        given = {"decision": "different", "reason": "Another school and another year of birth"}
        assert officer.post(at("referral_repeat", referral, repeat_id=proposal.pk), given).status_code == 302
        assert "Somebody else: Another school" in text(officer.get(at("referral", referral)))


class TestSearch:
    @pytest.mark.parametrize("words", ["Idris Marlow", "idris_m"])
    def test_by_person_through_the_blind_index(self, officer, words):
        referral = a_referral(CONCERN | PERSON)
        response = officer.post("/desk/search/", {"text": words, "purpose": "the mother called"})
        assert referral.reference in response.content.decode()
        entry = AuditEntry.objects.get(action="referral.searched")
        assert entry.purpose == "the mother called"
        assert "idris" not in str(entry.__dict__).lower()

    def test_by_reference_as_people_type_it(self, officer):
        referral = a_referral()
        typed = referral.reference.removeprefix("CP-").lower().replace("-", " ")
        assert referral.reference in officer.post("/desk/search/", {"text": typed, "purpose": "call"}).content.decode()

    def test_a_purpose_is_asked_for(self, officer):
        assert 'href="#id_purpose"' in officer.post("/desk/search/", {"text": "Idris Marlow"}).content.decode()

    def test_what_is_searched_never_stands_in_an_address(self, officer):
        assert 'method="post"' in officer.get("/desk/search/").content.decode()
        assert "Idris" not in text(officer.get("/desk/search/?text=Idris+Marlow&purpose=x"))


class TestFiles:
    @pytest.fixture
    def stored(self, settings, tmp_path):
        """A photograph that came with a message, prepared as the worker does, without a scanner."""
        import io

        from PIL import Image

        from counterpoint.intake import files
        from counterpoint.intake.arrivals import NewFile, stored_file

        settings.FILES_FOLDER = tmp_path
        referral = a_referral()
        picture = io.BytesIO()
        Image.new("RGB", (9, 9), "green").save(picture, "JPEG", comment=b"taken at home")
        content = picture.getvalue()
        new = NewFile(question="files", name="our street.jpg", media_type="image/jpeg", content=content)
        row = stored_file(new, key_id=referral.arrival.key_id)
        row.arrival = referral.arrival
        row.save()
        files.prepare(row.pk, scan=None)
        return referral, row, content

    def test_the_working_copy_is_saved_never_shown(self, officer, stored):
        referral, row, content = stored
        page = text(officer.get(at("referral", referral)))
        assert "our street.jpg" in page
        assert "Not checked: no virus scanner is set up" in page
        response = officer.get(at("referral_file", referral, file_id=row.pk))
        assert response["Content-Disposition"] == f'attachment; filename="{referral.reference}-copy.jpg"'
        assert response["Content-Type"] == "application/octet-stream"
        assert "sandbox" in response["Content-Security-Policy"]
        assert b"taken at home" in content
        assert b"taken at home" not in response.content

    def test_the_original_asks_for_a_reason_that_is_kept(self, officer, stored):
        referral, row, content = stored
        address = at("referral_original", referral, file_id=row.pk)
        assert "at least 20 characters" in text(officer.post(address, {"reason": "police ask"}))
        response = officer.post(address, {"reason": "The police ask where it was taken"})
        assert response.content == content
        entry = AuditEntry.objects.get(action="file.read")
        assert entry.purpose == "The police ask where it was taken"

    def test_through_broken_glass_only_the_copy(self, people, stored):
        referral, row, _ = stored
        client = logged_in(people.other_case_officer)
        assert client.get(at("referral_file", referral, file_id=row.pk)).status_code == 404
        reason = "A teacher says he is in danger tonight"
        client.post("/desk/break-glass/", {"kind": "referral", "reference": referral.reference, "reason": reason})
        assert client.get(at("referral_file", referral, file_id=row.pk)).status_code == 200
        assert client.get(at("referral_original", referral, file_id=row.pk)).status_code == 403

    def test_a_file_of_another_referral_is_judged_by_that_one(self, people, stored):
        _, row, _ = stored
        other = a_referral()
        client = logged_in(people.other_case_officer)
        reason = "A teacher says he is in danger tonight"
        client.post("/desk/break-glass/", {"kind": "referral", "reference": other.reference, "reason": reason})
        assert client.get(at("referral_file", other, file_id=row.pk)).status_code == 404


def test_supervisors_record_and_lift_a_conflict_for_a_colleague(second, officer, people):
    referral = a_referral()
    given = {"staff": str(people[Role.TRIAGE_OFFICER].pk), "reason": "Neighbours"}
    assert second.post(at("referral_recusals", referral), given).status_code == 302
    assert officer.get(at("referral", referral)).status_code == 404
    row = Recusal.objects.get()
    lift = at("recusal_lift", referral, recusal_id=row.pk)
    assert second.post(lift, {"reason": "They moved away two years ago"}).status_code == 302
    assert officer.get(at("referral", referral)).status_code == 200


def test_home_tells_what_waits(officer):
    a_referral(CONCERN | {"immediate_danger": {"value": "yes"}})
    page = text(officer.get("/desk/"))
    assert "Emergencies to hand over" in page
    assert "may be an emergency" in page


def test_an_address_that_leads_nowhere_looks_like_the_desk(officer):
    response = officer.get("/desk/no/such/page/")
    assert response.status_code == 404
    assert "Counterpoint desk" in text(response)
    assert Client().get("/desk/no/such/page/").status_code == 302
    assert officer.get("/desk/inbox").status_code == 301
