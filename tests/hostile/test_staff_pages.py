"""Every page of the desk asked for by the wrong people, with ids of others, made-up ids and odd input: never a fault,
never a word of a record that the viewer was not given. What each role may open at all: `tests.access`."""

import base64
import re
from functools import cache
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from tests.access.test_permission_map import ROUTES
from tests.cast import Cast, a_cast, logged_in
from tests.hostile.conftest import CANARY
from tests.intake.telling import CONCERN, a_referral, the_england_pack

from counterpoint import journey
from counterpoint.access.types import Role
from counterpoint.cases.models import CaseReferral
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Urgency
from counterpoint.triage.types import Route

pytestmark = pytest.mark.django_db
_TEXT = {**CONCERN, "worry": {"value": f"{CANARY} is what nobody else may read."}}
_A_WORD = {"UUID": "UUID", "Int": "7"}  # for a part of an address, by its kind
_ODD = [
    "'; DROP TABLE intake_referral; --",
    "{{ 7*7 }}",
    "\u202e\x00\ud7ff",
    "%00",
    "9" * 400,
    "../../../etc/passwd",
    "CP-0000-0000-0",
    f"{CANARY}",
]


@pytest.fixture
def people() -> Cast:
    the_england_pack()
    return a_cast()


@pytest.fixture
def case_of_others(people: Cast) -> dict[str, UUID]:
    """A referral that became a case of the lead agency; ids for every part of an address that names one."""
    referral = a_referral(_TEXT)
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency.FIVE_DAYS,
        by=people[Role.TRIAGE_OFFICER],
        expected_version=Referral.objects.get(pk=referral.pk).version,
        reason="To be worked together.",
        lead_officer=people.other_case_officer,
    )
    return {"referral_id": referral.pk, "case_id": CaseReferral.objects.get(referral=referral).case_id}


@cache
def desk_routes() -> tuple[str, ...]:
    return tuple(sorted(name for name in ROUTES if name.startswith("desk:")))


def address(name: str, ids: dict[str, UUID]) -> str:
    """Where this route leads with these ids; parts that are no id get a word that could be one."""
    parts = {
        part: ids.get(part) or _A_WORD.get(type(converter).__name__.removesuffix("Converter"), "close")
        for part, converter in ROUTES[name].pattern.converters.items()
    }
    parts = {part: uuid4() if value == "UUID" else value for part, value in parts.items()}
    try:
        return reverse(name, kwargs=parts)
    except NoReverseMatch as error:  # a route's parts come from its parents' patterns too
        pytest.fail(f"{name}: {error}")


def _ask(client: Client, method: str, path: str, **data: str):
    client.raise_request_exception = False
    return client.get(path, data) if method == "get" else client.post(path, data)


class TestIdsOfOthers:
    @pytest.mark.parametrize("role", [Role.PARTNER, Role.CALL_HANDLER, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_nothing_of_the_record_is_seen(self, people: Cast, case_of_others: dict[str, UUID], role: Role) -> None:
        client = logged_in(people[role])
        for name in desk_routes():
            for method in ("get", "post"):
                answer = _ask(client, method, address(name, case_of_others))
                assert answer.status_code < 500, f"{name} {method}: {answer.status_code}"
                assert CANARY.encode() not in answer.content, f"{name} {method}"
                if "/referrals/" in address(name, case_of_others) or "/cases/0" in address(name, case_of_others):
                    assert answer.status_code in (302, 400, 403, 404, 405), f"{name} {method}: {answer.status_code}"

    @pytest.mark.parametrize("role", [Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR])
    def test_ids_that_nobody_has(self, people: Cast, role: Role) -> None:
        client = logged_in(people[role])
        for name in desk_routes():
            path = address(name, {})
            for method in ("get", "post"):
                answer = _ask(client, method, path)
                assert answer.status_code < 500, f"{name} {method}: {answer.status_code}"
                if any("uuid" in type(part).__name__.casefold() for part in ROUTES[name].pattern.converters.values()):
                    assert answer.status_code != 200, f"{name} {method} shows a record that is not there"


class TestOddInput:
    @pytest.mark.parametrize("role", [Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR])
    def test_every_page_takes_anything(self, people: Cast, case_of_others: dict[str, UUID], role: Role) -> None:
        """The same odd text in every field that the forms of these pages have, in the address and in the post."""
        client = logged_in(people[role])
        fields = (
            "after",
            "state",
            "kind",
            "assigned",
            "urgency",
            "text",
            "purpose",
            "show",
            "version",
            "reason",
            "name",
        )
        for name in desk_routes():
            path = address(name, case_of_others)
            odd = _ODD[hash(name) % len(_ODD)]
            for method in ("get", "post"):
                answer = _ask(client, method, path, **dict.fromkeys(fields, odd))
                assert answer.status_code < 500, f"{name} {method} {odd!r}: {answer.status_code}"

    def test_an_inbox_page_that_cannot_be(self, people: Cast) -> None:
        client = logged_in(people[Role.TRIAGE_OFFICER])
        filters = [{"after": odd} for odd in _ODD] + [{"assigned": odd, "state": odd} for odd in _ODD]
        filters += [{"after": f"2026-01-01T00:00:00+00:00~{odd}"} for odd in _ODD]
        filters += [
            {"after": f"9999-12-31T23:59:59-23:59~{uuid4()}"},
            {"after": f"0001-01-01T00:00:00+23:59~{uuid4()}"},
        ]
        filters += [{"state": "new", "kind": "concern"}, {"urgency": "same_day"}, {"assigned": "me"}]
        for chosen in filters:
            client.raise_request_exception = False
            answer = client.get(f"{reverse('desk:inbox')}?{urlencode(chosen, errors='surrogatepass')}")
            assert answer.status_code == 200, (chosen, answer.status_code)

    def test_a_list_of_cases_that_cannot_be(self, people: Cast) -> None:
        client = logged_in(people[Role.SUPERVISOR])
        client.raise_request_exception = False
        ends = [f"{moment} {uuid4()}" for moment in ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59")]
        for cursor in [*_ODD, *(base64.urlsafe_b64encode(end.encode()).decode() for end in ends)]:
            answer = client.get(f"{reverse('desk:cases')}?{urlencode({'after': cursor}, errors='surrogatepass')}")
            assert answer.status_code == 200, (cursor, answer.status_code)

    @pytest.mark.parametrize("odd", _ODD)
    def test_a_search_finds_nothing_and_says_so(self, people: Cast, case_of_others: dict[str, UUID], odd: str) -> None:
        client = logged_in(people[Role.TRIAGE_OFFICER])
        client.raise_request_exception = False
        answer = client.post(reverse("desk:search"), {"text": odd, "purpose": "looking"})
        assert answer.status_code in (200, 422), answer.status_code
        said = re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)  # a form's token may hold any two digits
        assert b"49" not in said or "49" in odd
