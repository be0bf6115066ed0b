"""Whether it may happen at all, whoever asks. Who may: `counterpoint.access.permissions`."""

from collections.abc import Collection
from datetime import datetime, timedelta

from counterpoint.access.models import Agency, BreakGlass, Recusal, SharingGrant, Staff
from counterpoint.access.permissions import yes_or_no
from counterpoint.access.types import Role, Section
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible

REASON_CHARACTERS = 20
GLASS_STAYS_BROKEN = timedelta(hours=1)
LONGEST_GRANT = timedelta(days=366)

# Partner agencies work on what they are granted; everything else is done by staff of a lead agency.
ROLES_OF_PARTNER_AGENCIES = frozenset({Role.PARTNER})
ROLES_OF_LEAD_AGENCIES = frozenset(Role) - ROLES_OF_PARTNER_AGENCIES
_SAFEGUARDING = frozenset({Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.PARTNER, Role.SUPERVISOR})
# Roles that nobody holds together, and why.
APART = (
    (
        frozenset({Role.AUDITOR}),
        frozenset(Role) - {Role.AUDITOR},
        "An auditor holds no other role: nobody audits their own work. End the other role first.",
    ),
    (
        frozenset({Role.ANALYST}),
        _SAFEGUARDING,
        "An analyst works on material, not on people: safeguarding records stay apart. End the other role first.",
    ),
)


def check_role_fits(role: Role, *, agency: Agency, held: Collection[Role]) -> None:
    """Raises NotPossible for a role that this agency's staff cannot hold, or not beside the roles held."""
    fitting = ROLES_OF_LEAD_AGENCIES if agency.is_lead else ROLES_OF_PARTNER_AGENCIES
    if role not in fitting:
        kind = "a lead agency" if agency.is_lead else "a partner agency"
        raise NotPossible(f"Staff of {kind} cannot hold the role “{role.label}”.")
    together = {*held, role}
    for one, other, why in APART:
        if one & together and other & together:
            raise NotPossible(why)


def check_is_active(staff: Staff) -> None:
    """Raises NotPossible when the account has ended."""
    if not staff.is_active:
        raise NotPossible("This account has ended. Invite the person again to open it.")


def check_grant_fits(*, agency: Agency, sections: Collection[Section], until: datetime) -> None:
    """Raises NotPossible for a grant of nothing, to ourselves, already over, or without a near end."""
    now = clock.now()
    if agency.is_lead:
        raise NotPossible("A lead agency works its own cases. Share with partner agencies only.")
    if not sections:
        raise NotPossible("Choose at least one part of the case to share.")
    if until <= now:
        raise NotPossible("The last day of sharing must lie in the future.")
    if until > now + LONGEST_GRANT:
        raise NotPossible("Share for at most a year at a time, so that somebody looks at it again.")


def check_grant_runs(grant: SharingGrant) -> None:
    """Raises NotPossible when it was revoked already."""
    if grant.revoked_at is not None:
        raise NotPossible("This sharing was ended before.")


def check_reason(reason: str) -> None:
    """Raises NotPossible for a reason too short to be understood later."""
    if len(reason.strip()) < REASON_CHARACTERS:
        raise NotPossible(f"Give a reason of at least {REASON_CHARACTERS} characters that others will understand.")


def check_not_reviewed(row: BreakGlass) -> None:
    """Raises NotPossible when a supervisor answered already."""
    if row.reviewed_at is not None:
        raise NotPossible("This reading was reviewed before.")


def check_not_lifted(recusal: Recusal) -> None:
    """Raises NotPossible when it was lifted already."""
    if recusal.lifted_at is not None:
        raise NotPossible("This conflict of interest was lifted before.")


can_share = yes_or_no(check_grant_fits)
can_hold_role = yes_or_no(check_role_fits)
