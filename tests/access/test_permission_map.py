"""The permission map as a table: every route × every role × related or not.

Made from the map and the routes themselves, so that it covers each route that anybody adds. Each request goes through
the gate as in service; what is held against it is worked out here from the rule in a plainer way.
"""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from tests import cast

from counterpoint.access import relations
from counterpoint.access.gate import PermissionGate, start_session
from counterpoint.access.models import BreakGlass, Recusal, Staff
from counterpoint.access.permissions import PERMISSIONS
from counterpoint.access.predicates import Door, Rule, _AllOf, _AnyOf, _Anyone, _Holds, _OfLeadAgency, _Related
from counterpoint.access.relations import Relation, Standing
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base import clock

SUBJECT = UUID("01890000-0000-7000-8000-000000000001")
GRANTED_SECTIONS = frozenset({Section.CONCERN, Section.ACTIONS})


def all_routes(resolver: URLResolver | None = None, names: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every route of the URLconf: its full name, and its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from all_routes(pattern, (*names, pattern.namespace) if pattern.namespace else names)
        else:
            yield ":".join((*names, pattern.name or "")), pattern


ROUTES = dict(all_routes())


def test_every_route_has_a_row():
    missing = sorted(set(ROUTES) - set(PERMISSIONS))
    rows = "\n".join(
        f'    "{name}": holds(Role.…),  # or PUBLIC, SIGNED_IN, all_of(holds(…), related(…))' for name in missing
    )
    assert not missing, f"These routes are refused to everybody. Add to src/counterpoint/access/permissions.py:\n{rows}"


def test_no_row_is_left_of_a_route_that_is_gone():
    gone = sorted(set(PERMISSIONS) - set(ROUTES))
    assert not gone, f"These rows of src/counterpoint/access/permissions.py name no route, take them out: {gone}"


def test_every_route_has_a_name_of_its_own():
    names = [name for name, _ in all_routes()]
    assert "" not in names, "give each route a name, so that the map can name it"
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_a_row_names_parts_that_the_address_has(name):
    parts = set(ROUTES[name].pattern.regex.groupindex)
    for rule in leaves(PERMISSIONS[name]):
        if isinstance(rule, _Related):
            assert rule.part in parts, f"{name}: the rule looks at {rule.part!r}, the address has {sorted(parts)}"


@pytest.mark.parametrize("name", sorted(name for name in PERMISSIONS if name.startswith("desk:")))
def test_the_desk_is_for_verified_staff(name):
    if name == "desk:accept_invitation":  # holds a one-time link; the account has no password yet
        return
    assert PERMISSIONS[name].door is Door.VERIFIED


@pytest.mark.parametrize("name", sorted(name for name in PERMISSIONS if name.startswith("portal:")))
def test_the_portal_is_for_everybody(name):
    assert PERMISSIONS[name].door is Door.OPEN


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_a_record_in_the_address_is_looked_at(name):
    """An address with a record's id must ask how the viewer stands to that record."""
    ids_of_records = {"referral_id", "case_id", "advice_id"} & set(ROUTES[name].pattern.regex.groupindex)
    looked_at = {rule.part for rule in leaves(PERMISSIONS[name]) if isinstance(rule, _Related)}
    assert ids_of_records <= looked_at, (
        f"{name}: add related(…) or works_on(…) for {sorted(ids_of_records - looked_at)}"
    )


def leaves(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, _AllOf | _AnyOf):
        for part in rule.rules:
            yield from leaves(part)
    else:
        yield rule


# What a viewer may be to the record, and the relation that the folders above would then tell.
STANDINGS = ["none", "recused", "assigned", "member", "lead_agency", "granted", "broken_glass"]
TOLD = {
    "none": relations.NONE,
    "recused": relations.ASSIGNED,  # a recusal beats even an assignment
    "assigned": relations.ASSIGNED,
    "member": relations.MEMBER,
    "lead_agency": relations.LEAD_AGENCY,
    "granted": Relation(Standing.GRANTED, GRANTED_SECTIONS, None),
    "broken_glass": relations.NONE,
}
VIEWERS = ["anonymous", "half_logged_in", "ended", *Role]


def expected(rule: Rule, *, role: Role | None, is_lead: bool, standing: str) -> int:
    """The status a verified viewer must get, worked out without the rule's own code. 200 stands for "let through"."""
    match rule:
        case _Anyone():
            return 200
        case _Holds():
            return 200 if role in rule.roles else 403
        case _OfLeadAgency():
            return 200 if is_lead else 403
        case _Related():
            if standing in ("none", "recused"):
                return 404
            works = standing in ("assigned", "member", "lead_agency")
            if works:
                return 200
            if Standing.GRANTED not in rule.standings:
                return 403
            if standing == "granted" and rule.section and rule.section not in GRANTED_SECTIONS:
                return 403
            return 200
        case _AllOf():
            answers = [expected(one, role=role, is_lead=is_lead, standing=standing) for one in rule.rules]
            return next((answer for answer in answers if answer != 200), 200)
        case _AnyOf():
            answers = [expected(one, role=role, is_lead=is_lead, standing=standing) for one in rule.rules]
            return 200 if 200 in answers else 404 if 404 in answers else 403
    raise AssertionError(f"tell this table what {rule!r} means")


@pytest.mark.django_db
@pytest.mark.parametrize("standing", STANDINGS)
def test_every_route_for_everybody(standing, monkeypatch):
    people = cast.a_cast()
    monkeypatch.setattr(relations, "_finders", {kind: [lambda _viewer, _id: TOLD[standing]] for kind in SubjectKind})
    wrong = []
    for viewer in VIEWERS:
        staff = people[viewer] if isinstance(viewer, Role) else people[Role.SUPERVISOR]
        stand(staff, standing)
        for name, rule in sorted(PERMISSIONS.items()):
            got = ask(name, staff, viewer)
            want = wanted(name, rule, staff, viewer, standing)
            if got != want:
                wrong.append(f"{name} as {viewer}, {standing}: {got}, not {want}")
    assert not wrong, "\n".join(wrong)


def wanted(name: str, rule: Rule, staff: Staff, viewer: str, standing: str) -> int | str:
    if rule.door is Door.OPEN:
        return 200
    if viewer in ("anonymous", "ended"):
        return "/desk/login/"
    if viewer == "half_logged_in":
        return 200 if rule.door is Door.PASSWORD else "/desk/second-factor/"
    return expected(rule, role=Role(viewer), is_lead=staff.agency.is_lead, standing=standing)


def stand(staff: Staff, standing: str) -> None:
    for kind in SubjectKind:
        if standing == "recused":
            Recusal.objects.get_or_create(
                staff=staff, subject_kind=kind, subject_id=SUBJECT, defaults={"reason": "kin", "recorded_by": staff}
            )
        if standing == "broken_glass":
            BreakGlass.objects.get_or_create(
                staff=staff,
                subject_kind=kind,
                subject_id=SUBJECT,
                defaults={"reason": "x" * 20, "until": clock.now() + timedelta(minutes=5)},
            )


def ask(name: str, staff: Staff, viewer: str) -> int | str:
    """What the gate answers: 200 when it lets the request through to the view, else a status or where it leads."""
    request = RequestFactory().get("/desk/somewhere/")
    request.session = cast.a_session(staff, verified=viewer not in ("anonymous", "half_logged_in"))
    request.user = AnonymousUser() if viewer == "anonymous" else staff
    if viewer == "ended":
        request.user = Staff(pk=staff.pk, agency=staff.agency, is_active=False)
    request._messages = CookieStorage(request)
    request.resolver_match = SimpleNamespace(view_name=name)
    start_session(request)
    parts = dict.fromkeys(ROUTES[name].pattern.regex.groupindex, SUBJECT)
    gate = PermissionGate(lambda _request: HttpResponse())
    response = gate.process_view(request, lambda: HttpResponse(), (), parts)
    if response is None:
        return 200
    return response["Location"].partition("?")[0] if response.status_code == 302 else response.status_code


@pytest.mark.django_db
def test_a_route_without_a_row_is_refused_even_to_those_who_hold_every_role(monkeypatch):
    people = cast.a_cast()
    everything = cast.a_person("All Roles", people.council, list(Role))
    route = "desk:home"
    client = cast.logged_in(everything)
    assert client.get("/desk/").status_code == 200
    monkeypatch.delitem(PERMISSIONS, route)
    response = client.get("/desk/")
    assert response.status_code == 403


@pytest.mark.django_db
def test_broken_glass_is_over_after_its_hour():
    people = cast.a_cast()
    officer = people[Role.CASE_OFFICER]
    stand(officer, "broken_glass")
    relation = relations.relation_to(officer, kind=SubjectKind.CASE, subject_id=SUBJECT)
    assert relation.standing is Standing.BROKEN_GLASS
    assert not relation.works
    with clock.moved_to(clock.now() + timedelta(minutes=6)):
        assert relations.relation_to(officer, kind=SubjectKind.CASE, subject_id=SUBJECT) == relations.NONE


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(SubjectKind))
def test_no_record_and_no_relation_are_the_same(kind):
    people = cast.a_cast()
    for staff in people.everybody:
        assert relations.relation_to(staff, kind=kind, subject_id=SUBJECT) == relations.NONE


def test_the_rules_read_as_words():
    for name, rule in PERMISSIONS.items():
        words = str(rule)
        assert words, name
        assert "<" not in words, f"{name}: {words}"
