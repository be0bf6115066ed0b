"""A case that was shared with one agency, looked for by another: no page, list, count, search, notice, error text or
number of questions to the database tells that it exists.

Made from the permission map and the routes themselves, so that it covers each route that anybody adds: an address with
the ids of a case that the viewer must not know of is answered, byte for byte and question for question, as one with
ids that nobody ever gave.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter
from tests.cases.making import PERSON, a_case, a_person, an_action, share
from tests.cast import logged_in
from tests.desk.partners.making import an_urgent_share
from tests.partners.making import a_request, an_offer, southmoor

from counterpoint.access.models import Agency, Notice, SharingAgreement
from counterpoint.access.permissions import PERMISSIONS
from counterpoint.access.services import break_glass
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import ids
from counterpoint.cases import services as cases
from counterpoint.cases.models import CaseClock, Task

pytestmark = pytest.mark.django_db

# Whoever could be at a partner agency that was given nothing, and at another lead agency.
PARTNERS = {
    "partner": (Role.PARTNER,),
    "partner of every kind": (Role.PARTNER, Role.PANEL_MEMBER, Role.INTERVENTION_PROVIDER),
    "panel member": (Role.PANEL_MEMBER,),
    "provider": (Role.INTERVENTION_PROVIDER,),
}
LEADS = {
    "triage": (Role.CALL_HANDLER, Role.TRIAGE_OFFICER),
    "casework": (Role.CASE_OFFICER, Role.PANEL_CHAIR, Role.PANEL_MEMBER),
    "supervision": (Role.SUPERVISOR, Role.PROCESS_LEAD),
}
EVERYBODY = [*PARTNERS, *LEADS]
AT_ADDRESSES = ["partner", "partner of every kind", *LEADS]  # the two others hold none but a part of these roles
# Of an address: what does not name a record.
WORDS = {"step_id": "assess", "route": "case", "kind": "deconfliction", "element": "assess", "message_id": "news"}
_CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|value="2026-05-04T[^"]*"')


def routes(resolver: URLResolver | None = None, names: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, (*names, pattern.namespace) if pattern.namespace else names)
        else:
            yield ":".join((*names, pattern.name or "")), pattern


PARTS = {
    name: dict(pattern.pattern.converters)
    for name, pattern in routes()
    if name.startswith("desk:") and name not in ("desk:nowhere", "desk:accept_invitation")
}
OF_A_CASE = sorted(name for name, parts in PARTS.items() if "case_id" in parts)
WITH_IDS = sorted(name for name, parts in PARTS.items() if any(part.endswith("_id") for part in parts))
LISTS = sorted(name for name, parts in PARTS.items() if not parts)


@pytest.fixture
def viewer(request, world):
    """Somebody of the clinic, which was given nothing; or of another lead agency."""
    name = request.param
    if name in PARTNERS:
        return a_person(f"Otto {name}", world.clinic, *PARTNERS[name])
    agency = Agency.objects.filter(name="Southmoor Council").first() or southmoor(world)[0]
    return a_person(f"Sam {name}", agency, *LEADS[name])


def shared_with_the_school(world) -> tuple[dict[str, UUID], str]:
    """A case with all that could give it away, known to its agency and to the school; ids by part of an address, and
    its reference."""
    case = a_case(world)
    grant = share(case, world, *Section)
    action = cases.add_action(case, an_action(world), by=world.officer)
    cases.add_note(case, visibility="internal", text="A note.", by=world.officer)
    request = a_request(case, world)
    urgent = an_urgent_share(case, agency=world.school, by=world.officer)
    other = Agency.objects.create(name="Eastmoor Council", kind="local_authority", is_lead=True)
    offer = an_offer(case, world, other)
    glass = break_glass(case.pk, kind=SubjectKind.CASE, reason="Called at night, nobody was there", by=world.stranger)
    case.refresh_from_db()
    named = {
        "case_id": case.pk,
        "referral_id": case.referrals.get().referral_id,
        "action_id": action.pk,
        "grant_id": urgent.pk if urgent else grant.pk,
        "request_id": request.pk,
        "transfer_id": offer.pk,
        "row_id": glass.pk,
        "staff_id": world.colleague.pk,
        "agreement_id": SharingAgreement.objects.get(partner=world.school).pk,
    }
    for part, rows in (("task_id", Task), ("clock_id", CaseClock)):
        row = rows.objects.filter(case=case).first()
        if row is not None:
            named[part] = row.pk
    return named, case.reference


def address_of(name: str, named: dict[str, UUID]) -> str:
    """The route's address with these ids; ids that are not among them are ones that nobody gave."""
    parts = {}
    for part, converter in PARTS[name].items():
        if part == "reference":
            parts[part] = named.get(part, "CP-0000-0000-0")
        elif part in WORDS:
            parts[part] = WORDS[part]
        elif isinstance(converter, UUIDConverter):
            parts[part] = named.get(part) or NOWHERE[part]
        else:
            parts[part] = 1 if isinstance(converter, IntConverter) else "word"
    return reverse(name, kwargs=parts)


class _Nowhere(dict):
    def __missing__(self, part):
        self[part] = ids.new_id()
        return self[part]


NOWHERE = _Nowhere()


def asked(client: Client, method: str, address: str, data=None) -> tuple[HttpResponse, int]:
    """The answer, and how many questions it put to the database."""
    with CaptureQueriesContext(connection) as questions:
        response = getattr(client, method)(address, data or {})
    return response, len(questions)


def told(response: HttpResponse, named: dict[str, UUID]) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that an answer tells but for tokens and for the ids that were asked for."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    body = _CHANGING.sub(b"", content)
    headers = sorted((name, value) for name, value in response.items() if name not in ("Content-Length", "Set-Cookie"))
    words = [(name, _without(value, named)) for name, value in headers if "nonce" not in value]
    return response.status_code, words, _without(body.decode("latin-1"), named).encode()


def _without(text: str, named: dict[str, UUID]) -> str:
    for value in (*named.values(), *NOWHERE.values()):
        text = text.replace(str(value), "ID")
    return text


@pytest.mark.parametrize("viewer", AT_ADDRESSES, indirect=True)
def test_no_address_tells_a_case_from_nothing(world, viewer):
    named, _ = shared_with_the_school(world)
    client, wrong = logged_in(viewer), []
    client.get(reverse("desk:home"))
    for name in WITH_IDS:
        for method in ("get", "post"):
            there, there_asked = asked(client, method, address_of(name, named))
            nowhere, nowhere_asked = asked(client, method, address_of(name, {}))
            if told(there, named) != told(nowhere, named):
                wrong.append(f"{method} {name}: {there.status_code} and {nowhere.status_code} differ")
            if there_asked != nowhere_asked:
                wrong.append(f"{method} {name}: {there_asked} questions, not {nowhere_asked} as for nothing")
    assert not wrong, "\n".join(wrong)


def test_the_table_is_whole():
    """Each route of a case is a row of the map, and is among those asked for above."""
    assert set(OF_A_CASE) <= set(WITH_IDS)
    assert {name for name in PARTS if name in PERMISSIONS} == set(PARTS)
    assert len(OF_A_CASE) > 40


@pytest.mark.parametrize("viewer", EVERYBODY, indirect=True)
def test_no_list_count_or_first_page_changes(world, viewer):
    """Every page without an id in its address, before the case was and after: not a byte, not a question differs."""
    client = logged_in(viewer)
    client.get(reverse("desk:home"))
    before = {name: asked(client, "get", address_of(name, {})) for name in LISTS}
    more = ("?state=all", "?agency=" + str(world.school.pk), "?late=on&mine=on")
    before |= {query: asked(client, "get", reverse("desk:cases") + query) for query in more}
    named, reference = shared_with_the_school(world)
    wrong = []
    for name, (was, was_asked) in before.items():
        address = reverse("desk:cases") + name if name.startswith("?") else address_of(name, {})
        now, now_asked = asked(client, "get", address)
        if told(was, {}) != told(now, {}):
            wrong.append(f"{name}: the page changed")
        if was_asked != now_asked:
            wrong.append(f"{name}: {now_asked} questions, not {was_asked} as before")
        if not now.streaming:
            words = (reference, *(str(value) for part, value in named.items() if part != "staff_id"))
            page = now.content.decode("latin-1")
            wrong += [f"{name}: names {word}" for word in words if word in page]
    assert not wrong, "\n".join(wrong)
    assert not Notice.objects.filter(staff=viewer).exists()


@pytest.mark.parametrize("viewer", EVERYBODY, indirect=True)
def test_its_reference_leads_nowhere(world, viewer):
    _, reference = shared_with_the_school(world)
    unused = ids.new_reference()
    client = logged_in(viewer)
    client.get(reverse("desk:home"))
    there, there_asked = asked(client, "get", reverse("desk:go", kwargs={"reference": reference}))
    nowhere, nowhere_asked = asked(client, "get", reverse("desk:go", kwargs={"reference": unused}))
    assert there.status_code == 404
    assert told(there, {}) == told(nowhere, {})
    assert there_asked == nowhere_asked


@pytest.mark.parametrize("viewer", EVERYBODY, indirect=True)
def test_nobody_breaks_the_glass_of_another_agency(world, viewer):
    _, reference = shared_with_the_school(world)
    client, answers = logged_in(viewer), []
    client.get(reverse("desk:home"))
    for each in (reference, ids.new_reference()):
        for kind in SubjectKind.values:
            data = {"kind": kind, "reference": each, "reason": "Called at night, nobody else was there"}
            response, questions = asked(client, "post", reverse("desk:break_glass"), data)
            answers.append(
                (kind, told(response, {})[0], told(response, {})[2].replace(each.encode(), b"REF"), questions)
            )
    half = len(answers) // 2
    assert answers[:half] == answers[half:]
    assert {status for _, status, _, _ in answers} <= {403, 404}


@pytest.mark.parametrize("viewer", ["triage", "supervision"], indirect=True)
def test_the_search_of_another_lead_agency_finds_nothing_of_it(world, viewer):
    _, reference = shared_with_the_school(world)
    client = logged_in(viewer)
    form = client.get(reverse("desk:search")).content.decode()
    fields = set(re.findall(r'name="([a-z_]+)"', form)) - {"csrfmiddlewaretoken"}
    assert fields
    for field in sorted(fields):
        for wanted in (PERSON.split()[0], reference):
            found = client.post(reverse("desk:search"), {field: wanted})
            page = found.content.decode().replace(f'value="{wanted}"', "")
            assert reference not in page, field


@pytest.mark.parametrize("viewer", ["casework"], indirect=True)
def test_joining_its_referral_reads_as_joining_nothing(world, viewer):
    """A form in which a reference is typed says the same of one that is another agency's as of one that is nobody's."""
    named, reference = shared_with_the_school(world)
    own = a_case(world)
    agency = viewer.agency
    type(own).objects.filter(pk=own.pk).update(lead_agency=agency, lead_officer=viewer)
    own.members.update(staff=viewer)
    client, pages = logged_in(viewer), []
    for each in (reference, ids.new_reference()):
        response = client.post(reverse("desk:case_join", kwargs={"case_id": own.pk}), {"reference": each})
        pages.append(told(response, named)[2].replace(each.encode(), b"REF"))
    assert pages[0] == pages[1]


def test_who_was_asked_for_information_cannot_find_the_case(world):
    """A question discloses what it shows: the case itself stays as if it were not there, and so for the other side of
    an offer."""
    case = a_case(world)
    agency, supervisor, _ = southmoor(world)
    request = a_request(case, world, agency=world.clinic)
    offer = an_offer(case, world, agency)
    for staff, own in ((world.outsider, f"requests/{request.pk}"), (supervisor, f"transfers/{offer.pk}")):
        client = logged_in(staff)
        pages = ["", "notices/", f"{own.split('/')[0]}/", f"{own}/", "cases/"]
        seen = " ".join(client.get(f"/desk/{page}").content.decode() for page in pages)
        assert case.reference not in seen
        assert str(case.pk) not in seen
        there, there_asked = asked(client, "get", reverse("desk:case", kwargs={"case_id": case.pk}))
        nowhere, nowhere_asked = asked(client, "get", reverse("desk:case", kwargs={"case_id": ids.new_id()}))
        assert told(there, {}) == told(nowhere, {})
        assert there_asked == nowhere_asked
