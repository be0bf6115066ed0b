"""Agencies, staff and roles. An account begins with a one-time link: there is never a default password."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from counterpoint.access import policies
from counterpoint.access.models import Agency, Staff, StaffRole
from counterpoint.access.permissions import check_holds
from counterpoint.access.types import Invitation, Role
from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible

# The command line acts as a system actor: whoever may run it holds the deployment key anyway.
Administers = Staff | Actor


def add_agency(*, name: str, kind: str, is_lead: bool, by: Administers) -> Agency:
    """A new agency. kind: the glossary's source_sector. Raises NotPossible when the name is taken or empty."""
    actor = _administrator(by)
    if not name.strip():
        raise NotPossible("Give the agency a name.")
    try:
        with transaction.atomic():
            agency = Agency.objects.create(name=name.strip(), kind=kind, is_lead=is_lead)
            audit.record(
                "agency.added", by=actor, about=Subject("agency", agency.id), detail={"kind": kind, "lead": is_lead}
            )
    except IntegrityError:
        raise NotPossible("There is an agency of this name already.") from None
    return agency


def invite_staff(*, email: str, name: str, agency: Agency, roles: Iterable[Role], by: Administers) -> Invitation:
    """A new account without a password, and the one-time link that sets one. Raises NotPossible with the reason."""
    actor = _administrator(by)
    wanted = tuple(dict.fromkeys(roles))
    _check_person(email=email, name=name, agency=agency, roles=wanted)
    try:
        with transaction.atomic():
            staff = Staff(email=email.strip().lower(), name=name.strip(), agency=agency)
            staff.set_unusable_password()
            staff.save(force_insert=True)
            StaffRole.objects.bulk_create(StaffRole(staff=staff, role=role) for role in wanted)
            audit.record(
                "staff.invited", by=actor, about=Subject("staff", staff.id), detail={"roles": " ".join(wanted)}
            )
    except IntegrityError:
        raise NotPossible("There is an account with this e-mail address already.") from None
    return _invitation(staff)


def invite_again(staff: Staff, *, by: Administers) -> Invitation:
    """A fresh one-time link, for a person who lost theirs or forgot the password. The old password and old links end
    at once; an ended account opens again."""
    actor = _administrator(by)
    with transaction.atomic():
        staff.set_unusable_password()
        staff.is_active, staff.left_at = True, None
        staff.save(update_fields=["password", "is_active", "left_at"])
        audit.record("staff.invited_again", by=actor, about=Subject("staff", staff.id))
    return _invitation(staff)


def invited_by_link(staff_id: UUID, token: str) -> Staff:
    """Whom the link was made for. Raises NotFound for a link that was used, is too old, or was never made."""
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not default_token_generator.check_token(staff, token):
        raise NotFound("This link was used before or is too old. Ask your administrator for a new one.")
    return staff


def accept_invitation(*, staff_id: UUID, token: str, password: str) -> Staff:
    """Set the first password; the link ends with it. Raises NotFound as `invited_by_link`, and NotPossible naming
    all that is wrong with the password."""
    with transaction.atomic():
        locked = Staff.objects.select_for_update().filter(pk=staff_id).first()
        staff = invited_by_link(locked.pk if locked else staff_id, token)
        _check_password(password, staff=staff)
        staff.set_password(password)
        staff.save(update_fields=["password"])
        audit.record("staff.accepted_invitation", by=staff.actor, about=Subject("staff", staff.id))
    return staff


def give_role(staff: Staff, *, role: Role, by: Administers) -> StaffRole:
    """Raises NotPossible when it is held already or does not fit the agency or the other roles."""
    actor = _administrator(by)
    if isinstance(by, Staff) and by.pk == staff.pk:
        raise NotAllowed("Another administrator must give you a role.")
    policies.check_is_active(staff)
    held = _roles_held(staff)
    if role in held:
        raise NotPossible(f"The role “{role.label}” is held already.")
    policies.check_role_fits(role, agency=staff.agency, held=held)
    try:
        with transaction.atomic():
            row = StaffRole.objects.create(staff=staff, role=role)
            audit.record("staff.role_given", by=actor, about=Subject("staff", staff.id), detail={"role": role})
    except IntegrityError:
        raise NotPossible(f"The role “{role.label}” is held already.") from None
    return row


def end_role(staff: Staff, *, role: Role, by: Administers) -> None:
    """The role ends now; the row stays. Raises NotPossible when it is not held, or nobody else could administer."""
    actor = _administrator(by)
    with transaction.atomic():
        if role is Role.ADMINISTRATOR:
            _check_another_administrator(staff)
        rows = StaffRole.objects.filter(staff=staff, role=role, ended_at__isnull=True)
        if rows.update(ended_at=clock.now()) != 1:
            raise NotPossible(f"The role “{role.label}” is not held.")
        audit.record("staff.role_ended", by=actor, about=Subject("staff", staff.id), detail={"role": role})


def deactivate_staff(staff: Staff, *, by: Administers) -> None:
    """The account ends now: roles, password and second factor go, and the next click logs out."""
    actor = _administrator(by)
    policies.check_is_active(staff)
    with transaction.atomic():
        if Role.ADMINISTRATOR in _roles_held(staff):
            _check_another_administrator(staff)
        staff.is_active, staff.left_at = False, clock.now()
        staff.set_unusable_password()
        staff.save(update_fields=["is_active", "left_at", "password"])
        StaffRole.objects.filter(staff=staff, ended_at__isnull=True).update(ended_at=clock.now())
        Authenticator.objects.filter(user=staff).delete()
        audit.record("staff.deactivated", by=actor, about=Subject("staff", staff.id))


def reset_second_factor(staff: Staff, *, by: Administers) -> None:
    """For a lost telephone: the second factor and its recovery codes go; the next login sets up a new one."""
    actor = _administrator(by)
    if isinstance(by, Staff) and by.pk == staff.pk:
        raise NotAllowed("Another administrator must reset your second factor.")
    policies.check_is_active(staff)
    with transaction.atomic():
        Authenticator.objects.filter(user=staff).delete()
        audit.record("staff.second_factor_reset", by=actor, about=Subject("staff", staff.id))


def _administrator(by: Administers) -> Actor:
    if isinstance(by, Actor):
        return by
    check_holds(by, Role.ADMINISTRATOR)
    return by.actor


def _roles_held(staff: Staff) -> frozenset[Role]:
    rows = StaffRole.objects.filter(staff=staff, ended_at__isnull=True)
    return frozenset(Role(role) for role in rows.values_list("role", flat=True))


def _check_another_administrator(staff: Staff) -> None:
    others = StaffRole.objects.filter(role=Role.ADMINISTRATOR, ended_at__isnull=True, staff__is_active=True)
    if not others.exclude(staff=staff).exists():
        raise NotPossible("This is the last administrator. Give the role to somebody else first.")


def _check_person(*, email: str, name: str, agency: Agency, roles: tuple[Role, ...]) -> None:
    """Raises NotPossible with everything that is wrong."""
    problems = []
    try:
        validate_email(email.strip())
    except ValidationError:
        problems.append("Enter an e-mail address, like name@agency.example.")
    if not name.strip():
        problems.append("Enter the person's name.")
    if not roles:
        problems.append("Choose at least one role.")
    for place, role in enumerate(roles):
        try:
            policies.check_role_fits(role, agency=agency, held=roles[:place])
        except NotPossible as refusal:
            problems.append(str(refusal))
    if problems:
        raise NotPossible(" ".join(problems))


def _check_password(password: str, *, staff: Staff) -> None:
    try:
        validate_password(password, user=staff)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from None


def _invitation(staff: Staff) -> Invitation:
    path = f"/desk/invitation/{staff.pk}/{default_token_generator.make_token(staff)}/"
    return Invitation(staff.pk, path, clock.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))
