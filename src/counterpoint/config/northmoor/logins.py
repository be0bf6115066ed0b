"""The accounts of the demo: 25 people with one password and a second factor each. Password and secrets are made
anew for each demo and lie in its own folder and database only."""

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.services import accept_invitation, add_agency, invite_staff
from counterpoint.access.types import Role
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.config.northmoor.town import StaffData, Town

_BY = system("counterpoint demo")


@dataclass(frozen=True)
class Login:
    """How to log in as one of the staff."""

    name: str
    email: str
    agency: str
    roles: tuple[str, ...]


def found_agencies(town: Town, *, first_at: datetime) -> dict[str, Agency]:
    """The town's agencies, by their id in its data, a minute apart: what is reported comes to the first that leads."""
    founded = {}
    for place, each in enumerate(town.agencies):
        with clock.moved_to(first_at + timedelta(minutes=place)):
            founded[each.id] = add_agency(name=each.name, kind=each.kind, is_lead=each.is_lead, by=_BY)
    return founded


def hire_staff(town: Town, agencies: dict[str, Agency], *, password: str, secrets: Iterator[bytes]) -> dict[str, Staff]:
    """Everybody, invited and with a second factor. secrets: 20 bytes for each."""
    hired: dict[str, Staff] = {}
    first: Staff | None = None
    for each in town.staff:
        staff = _invited(each, agencies[each.agency], password=password, like=first)
        first = first or staff
        with transaction.atomic():
            TOTP.activate(staff, b32encode(next(secrets)).decode())
            audit.record("staff.second_factor_set_up", by=staff.actor, about=Subject("staff", staff.id))
        hired[each.name] = Staff.objects.select_related("agency").get(pk=staff.pk)
    return hired


def logins() -> list[Login]:
    """All accounts that can log in, by agency and name."""
    rows = Staff.objects.select_related("agency").prefetch_related("roles").filter(is_active=True)
    return [
        Login(row.name, row.email, row.agency.name, tuple(sorted(Role(role).label for role in row.role_names)))
        for row in sorted(rows, key=lambda row: (not row.agency.is_lead, row.agency.name, row.name))
    ]


def code_of(email: str) -> str:
    """The code that this person's authenticator app would show now. Raises NotFound."""
    found = Authenticator.objects.filter(user__email__iexact=email.strip(), type=Authenticator.Type.TOTP).first()
    if found is None:
        raise NotFound(f"Nobody of the demo logs in as {email}. `counterpoint demo codes` lists everybody.")
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(decrypt(found.data["secret"]), counters[len(counters) // 2])))


def email_of(name: str, agency: str) -> str:
    """first.last@agency.example."""
    return f"{name.lower().replace(' ', '.')}@{agency.lower().replace(' ', '-')}.example"


def _invited(each: StaffData, agency: Agency, *, password: str, like: Staff | None) -> Staff:
    invitation = invite_staff(
        email=email_of(each.name, agency.name),
        name=each.name,
        agency=agency,
        roles=[Role(role) for role in each.roles],
        by=_BY,
    )
    if like is None:
        token = invitation.path.rstrip("/").rpartition("/")[2]
        return accept_invitation(staff_id=invitation.staff_id, token=token, password=password)
    staff = Staff.objects.get(pk=invitation.staff_id)
    with transaction.atomic():  # the password is everybody's, and its slow hash takes a fifth of a second
        Staff.objects.filter(pk=staff.pk).update(password=like.password)
        audit.record("staff.accepted_invitation", by=staff.actor, about=Subject("staff", staff.id))
    return staff
