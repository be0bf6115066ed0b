"""Whether it may happen at all, whoever asks. Who may: `counterpoint.access.permissions`."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from counterpoint.access.errors import Lack, NotCovered, refuse_if_any
from counterpoint.access.models import Agency, BreakGlass, Recusal, SharingAgreement, SharingGrant, Staff
from counterpoint.access.permissions import yes_or_no
from counterpoint.access.types import AgreementState, NewAgreement, Role, Section
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible

REASON_CHARACTERS = 20
GLASS_STAYS_BROKEN = timedelta(hours=1)
LONGEST_GRANT = timedelta(days=366)
LONGEST_URGENT = timedelta(hours=72)
LONGEST_AGREEMENT = timedelta(days=5 * 366)
MOST_TERMS = 30
_LINE = 300  # of a purpose, as a grant keeps it
_BASIS = 200

# Partner agencies work on what they are granted; everything else is done by staff of a lead agency.
ROLES_OF_PARTNER_AGENCIES = frozenset({Role.PARTNER, Role.PANEL_MEMBER, Role.INTERVENTION_PROVIDER})
ROLES_OF_LEAD_AGENCIES = frozenset(Role) - {Role.PARTNER, Role.INTERVENTION_PROVIDER}
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


def check_agreement_fits(agreement: NewAgreement, *, lead_agency: Agency, partner: Agency) -> None:
    """Raises Lacking with all that is wrong with the terms."""
    refuse_if_any(list(_against_agreement(agreement, lead_agency=lead_agency, partner=partner)))


def check_agreement_is_draft(agreement: SharingAgreement) -> None:
    """Raises NotPossible for what was approved or ended."""
    if agreement.state != AgreementState.DRAFT:
        raise NotPossible("This agreement does not wait for approval any more. Propose another one instead.")


def check_agreement_waits(agreement: SharingAgreement) -> None:
    """Raises NotPossible unless it is a draft with a day left."""
    check_agreement_is_draft(agreement)
    if agreement.valid_until < today():
        raise NotPossible("The last day of this agreement is over. Propose one with later days.")


def check_agreement_may_end(agreement: SharingAgreement) -> None:
    """Raises NotPossible when it has ended already."""
    if agreement.state == AgreementState.ENDED:
        raise NotPossible("This agreement was ended before.")


def check_urgent_fits(*, until: datetime) -> None:
    """Raises NotPossible for an urgent sharing of more than a few days."""
    if until > clock.now() + LONGEST_URGENT:
        hours = LONGEST_URGENT // timedelta(hours=1)
        raise NotPossible(f"Share for at most {hours} hours without an agreement. Have one signed for longer.")


def check_urgent_waits(grant: SharingGrant) -> None:
    """Raises NotPossible when a supervisor reviewed it already."""
    if grant.reviewed_at is not None:
        raise NotPossible("This sharing was reviewed before.")


def covering(
    agreements: Iterable[SharingAgreement],
    *,
    agency: Agency,
    sections: Collection[Section],
    purpose: str,
    legal_basis: str,
    until: datetime,
) -> SharingAgreement:
    """The agreement that covers all of it, of those in force with the agency.
    purpose, legal_basis: in the agreement's words, or by its ids. Raises NotCovered, saying what the one that covers
    most does not cover, and what to do."""
    found = [
        (agreement, list(_uncovered(agreement, sections, purpose, legal_basis, until))) for agreement in agreements
    ]
    if not found:
        raise NotCovered([Lack("agency", f"No sharing agreement with {agency.name} is in force."), _WHAT_TO_DO])
    agreement, lacks = min(found, key=lambda each: len(each[1]))
    if lacks:
        raise NotCovered([*lacks, _WHAT_TO_DO])
    return agreement


def words_of(terms: Iterable[dict[str, str]], wanted: str) -> str:
    """The words of the term that has this id or these words; "" for none."""
    plain = wanted.strip()
    return next((term["words"] for term in terms if plain in (term["id"], term["words"])), "")


def local_day(moment: datetime) -> date:
    """The day that it is then where the deployment is."""
    return moment.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()


def today() -> date:
    """The day that it is where the deployment is."""
    return local_day(clock.now())


_WHAT_TO_DO = Lack(
    "",
    "Share what an agreement covers, have a wider one proposed and approved under Agreements, or share for at most "
    "three days as urgent.",
)


def _uncovered(
    agreement: SharingAgreement, sections: Collection[Section], purpose: str, legal_basis: str, until: datetime
) -> Iterator[Lack]:
    named = f"The agreement {agreement.reference} with {agreement.partner.name}"
    beyond = [section.label for section in Section if section in sections and section.value not in agreement.sections]
    if beyond:
        parts = ", ".join(f"“{label}”" for label in beyond)
        yield Lack("sections", f"{named} does not cover the {'part' if len(beyond) == 1 else 'parts'} {parts}.")
    if not words_of(agreement.purposes, purpose):
        yield Lack("purpose", f"{named} does not cover this purpose.")
    if not words_of(agreement.legal_bases, legal_basis):
        yield Lack("legal_basis", f"{named} does not name this legal basis.")
    if local_day(until) > agreement.valid_until:
        yield Lack("until", f"{named} ends on {_told(agreement.valid_until)}. Share until then at the latest.")


def _told(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _against_agreement(agreement: NewAgreement, *, lead_agency: Agency, partner: Agency) -> Iterator[Lack]:
    if not lead_agency.is_lead or partner.is_lead:
        yield Lack("partner", "An agreement is between a lead agency and a partner agency.")
    if not agreement.reference.strip():
        yield Lack("reference", "Give the reference of the signed document.")
    if not agreement.sections:
        yield Lack("sections", "Choose at least one part of a case that may be shared.")
    yield from _against_terms("purposes", "purpose", agreement.purposes, most=_LINE)
    yield from _against_terms("legal_bases", "legal basis", agreement.legal_bases, most=_BASIS)
    if agreement.valid_until < agreement.valid_from:
        yield Lack("valid_until", "The last day lies before the first.")
    elif agreement.valid_until < today():
        yield Lack("valid_until", "The last day must lie in the future.")
    elif agreement.valid_until - agreement.valid_from > LONGEST_AGREEMENT:
        yield Lack("valid_until", "Agree for at most five years at a time, so that somebody looks at it again.")


def _against_terms(field: str, name: str, terms: Collection[str], *, most: int) -> Iterator[Lack]:
    plain = [term.strip() for term in terms if term.strip()]
    if not plain:
        yield Lack(field, f"Write at least one {name}, one a line.")
    if len(plain) > MOST_TERMS:
        yield Lack(field, f"Write at most {MOST_TERMS} lines.")
    if any(len(term) > most for term in plain):
        yield Lack(field, f"Shorten each line to at most {most} characters.")


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
