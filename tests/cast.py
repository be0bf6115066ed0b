"""A small named cast for tests: the agencies of Northmoor, one member of staff for each role, and a way to log in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client

from counterpoint.access.models import Agency, SharingAgreement, Staff, StaffRole
from counterpoint.access.types import AgreementState, Role, Section
from counterpoint.base import clock

PASSWORD = "seven grey herons"
NAMES = {
    Role.CALL_HANDLER: "Carol Hand",
    Role.TRIAGE_OFFICER: "Tariq Reader",
    Role.CASE_OFFICER: "Cass Worker",
    Role.PARTNER: "Pat Partner",
    Role.CONTENT_REVIEWER: "Connie Tent",
    Role.ANALYST: "Anna Lyst",
    Role.PANEL_CHAIR: "Chandra Chair",
    Role.PANEL_MEMBER: "Mem Berg",
    Role.INTERVENTION_PROVIDER: "Ines Tor",
    Role.SUPERVISOR: "Sue Pervis",
    Role.PROCESS_LEAD: "Proc Lead",
    Role.AUDITOR: "Audie Tor",
    Role.ADMINISTRATOR: "Addy Minn",
}
# What the agreements of the cast cover: whoever shares a case in a test shares it for one of these.
PURPOSES = (
    "To do its part of the plan",
    "To do its part",
    "To look into an account",
    "joint safety plan",
    "Support at school",
    "To prepare the panel",
)
LEGAL_BASES = (
    "Safeguarding of a child or an adult at risk",
    "Safeguarding of a child",
    "public task",
    "Public task",
    "Counter-Terrorism and Security Act 2015, section 38",
)


@dataclass(frozen=True)
class Cast:
    """Northmoor Council leads; the others are partners. `by_role` has one person each; `other_supervisor` and
    `other_case_officer` are a second one of the lead agency."""

    council: Agency
    police: Agency
    schools: Agency
    health: Agency
    by_role: dict[Role, Staff]
    other_supervisor: Staff
    other_case_officer: Staff
    health_partner: Staff

    def __getitem__(self, role: Role) -> Staff:
        return self.by_role[role]

    @property
    def everybody(self) -> list[Staff]:
        return [*self.by_role.values(), self.other_supervisor, self.other_case_officer, self.health_partner]


def a_cast() -> Cast:
    """Everybody, fresh from the database. The council has an agreement in force with each of the others."""
    council = an_agency("Northmoor Council", kind="local_authority", is_lead=True)
    police = an_agency("Northmoor Police", kind="police")
    schools = an_agency("Northmoor Schools", kind="education")
    health = an_agency("Northmoor Health", kind="health")
    homes = {Role.PARTNER: police, Role.PANEL_MEMBER: schools, Role.INTERVENTION_PROVIDER: health}
    by_role = {role: a_person(NAMES[role], homes.get(role, council), [role]) for role in Role}
    other_supervisor = a_person("Sol Pervis", council, [Role.SUPERVISOR])
    for partner in (police, schools, health):
        an_agreement(council, partner, proposed_by=by_role[Role.SUPERVISOR], approved_by=other_supervisor)
    return Cast(
        council=council,
        police=police,
        schools=schools,
        health=health,
        by_role=by_role,
        other_supervisor=other_supervisor,
        other_case_officer=a_person("Cam Worker", council, [Role.CASE_OFFICER]),
        health_partner=a_person("Hal Partner", health, [Role.PARTNER]),
    )


def an_agency(name: str, *, kind: str = "other", is_lead: bool = False) -> Agency:
    return Agency.objects.create(name=name, kind=kind, is_lead=is_lead)


def an_agreement(
    lead: Agency,
    partner: Agency,
    *,
    proposed_by: Staff,
    approved_by: Staff,
    sections: Iterable[Section] = tuple(Section),
    purposes: Sequence[str] = PURPOSES,
    legal_bases: Sequence[str] = LEGAL_BASES,
) -> SharingAgreement:
    """A sharing agreement in force, whatever the day."""
    return SharingAgreement.objects.create(
        lead_agency=lead,
        partner=partner,
        reference=f"SA-{partner.name}",
        sections=[section.value for section in sections],
        purposes=[{"id": f"purpose_{number}", "words": words} for number, words in enumerate(purposes, 1)],
        legal_bases=[{"id": f"basis_{number}", "words": words} for number, words in enumerate(legal_bases, 1)],
        valid_from=date(2000, 1, 1),
        valid_until=date(2099, 12, 31),
        state=AgreementState.IN_FORCE,
        proposed_by=proposed_by,
        approved_by=approved_by,
        approved_at=clock.now(),
    )


def a_person(name: str, agency: Agency, roles: Iterable[Role]) -> Staff:
    """A member of staff with a password (PASSWORD) and these roles; without a second factor."""
    email = f"{name.lower().replace(' ', '.')}@{agency.name.lower().replace(' ', '-')}.example"
    staff = Staff.objects.create(email=email, name=name, agency=agency, password=_password_hash())
    StaffRole.objects.bulk_create(StaffRole(staff=staff, role=role) for role in roles)
    return staff


def refreshed(staff: Staff) -> Staff:
    """The same person, with nothing kept on the instance (roles)."""
    return Staff.objects.select_related("agency").get(pk=staff.pk)


def logged_in(staff: Staff, *, verified: bool = True) -> Client:
    """A client in whose session this person is logged in, with the second factor given unless told otherwise.
    It marks the session as the login library does after a right code."""
    client = Client()
    client.force_login(staff)
    session = client.session
    _mark(session, staff, verified=verified)
    session.save()
    return client


def a_session(staff: Staff, *, verified: bool) -> SessionStore:
    """A session of this person that is not stored, for the gate alone."""
    session = SessionStore()
    _mark(session, staff, verified=verified)
    return session


def _mark(session: SessionBase, staff: Staff, *, verified: bool) -> None:
    given = ["password", "mfa"] if verified else ["password"]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": clock.now().timestamp()} for method in given
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(staff.pk)


def a_second_factor(staff: Staff) -> str:
    """Give the person an authenticator app; returns its secret for `code_for`."""
    secret = generate_totp_secret()
    TOTP.activate(staff, secret)
    return secret


def code_for(secret: str) -> str:
    """What the app shows now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def has_second_factor(staff: Staff) -> bool:
    return Authenticator.objects.filter(user=staff, type=Authenticator.Type.TOTP).exists()


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)
