"""Showing parts of a case to another agency: for a purpose, on a legal basis, until a day, as far as an agreement in
force covers it. What cannot wait for an agreement: `counterpoint.access.services.urgent`."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from counterpoint.access import policies
from counterpoint.access.models import Agency, Recusal, SharingAgreement, SharingGrant, Staff
from counterpoint.access.permissions import check_holds, check_works_on
from counterpoint.access.relations import find_subject
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import AgreementState, NoticeKind, Role, Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none


def grant_sharing(
    case_id: UUID,
    *,
    agency: Agency,
    sections: Collection[Section],
    purpose: str,
    legal_basis: str,
    until: datetime,
    by: Staff,
) -> SharingGrant:
    """Show these sections of the case to the agency until then. purpose, legal_basis: those of an agreement in force,
    by words or by id; until: aware, at most a year ahead. The very same sharing asked for again (a double click) is
    the first one. Raises NotFound, NotAllowed, NotPossible; NotCovered with what no agreement covers."""
    check_may_share(case_id, by=by)
    policies.check_grant_fits(agency=agency, sections=sections, until=until)
    if not purpose.strip() or not legal_basis.strip():
        raise NotPossible("Say what the sharing is for, and on what legal basis.")
    with transaction.atomic():
        agreement = covering_agreement(
            by, agency=agency, sections=sections, purpose=purpose, legal_basis=legal_basis, until=until
        )
        what = {
            "case_id": case_id,
            "agency": agency,
            "sections": in_order(sections),
            "purpose": policies.words_of(agreement.purposes, purpose),
            "legal_basis": policies.words_of(agreement.legal_bases, legal_basis),
            "until": until,
            "granted_by": by,
            "agreement": agreement,
        }
        granted = one_or_none(SharingGrant.objects.filter(**what, revoked_at__isnull=True))
        if granted is not None:
            return granted
        grant = SharingGrant.objects.create(**what)
        tell_partners(agency, case_id)
        record_shared("case.shared", grant, by=by)
    return grant


def revoke_sharing(grant_id: UUID, *, because: str, by: Staff) -> SharingGrant:
    """End the sharing now. Raises NotFound, NotAllowed, NotPossible."""
    grant = one_or_none(SharingGrant.objects.filter(pk=grant_id))
    if grant is None:
        raise NotFound("There is no such sharing, or it is not yours to see.")
    check_may_share(grant.case_id, by=by)
    policies.check_grant_runs(grant)
    if not because.strip():
        raise NotPossible("Say why the sharing ends.")
    with transaction.atomic():
        if not revoke_running(SharingGrant.objects.filter(pk=grant_id), because=because.strip(), by=by):
            policies.check_grant_runs(SharingGrant.objects.get(pk=grant_id))
    grant.refresh_from_db()
    return grant


def covering_agreement(
    by: Staff, *, agency: Agency, sections: Collection[Section], purpose: str, legal_basis: str, until: datetime
) -> SharingAgreement:
    """The agreement between the agency of `by` and this one that covers all of it now, locked, so that it is not ended
    meanwhile. Raises NotCovered, saying what is not covered and what to do."""
    rows = SharingAgreement.objects.select_for_update(of=("self",)).select_related("partner")
    return policies.covering(
        in_force(rows).filter(lead_agency_id=by.agency_id, partner=agency).order_by("-valid_until", "id"),
        agency=agency,
        sections=sections,
        purpose=purpose,
        legal_basis=legal_basis,
        until=until,
    )


def in_force(rows: QuerySet[SharingAgreement]) -> QuerySet[SharingAgreement]:
    """Of these, the agreements that are in force today."""
    today = policies.today()
    return rows.filter(state=AgreementState.IN_FORCE, valid_from__lte=today, valid_until__gte=today)


def revoke_running(grants: QuerySet[SharingGrant], *, because: str, by: Staff) -> list[SharingGrant]:
    """End now those of the grants that were not ended before, each with its audit entry, in the caller's transaction:
    the caller has checked. Returns those that ended now."""
    at, ended = clock.now(), []
    for grant in grants.filter(revoked_at__isnull=True).order_by("id"):
        rows = SharingGrant.objects.filter(pk=grant.pk, revoked_at__isnull=True)
        if rows.update(revoked_at=at, revoked_because=because) != 1:
            continue
        grant.revoked_at, grant.revoked_because = at, because
        ended.append(grant)
        audit.record(
            "case.sharing_ended",
            by=by.actor,
            about=case_subject(grant.case_id),
            purpose=because,
            detail={"agency": str(grant.agency_id), "grant": str(grant.id)},
        )
    return ended


def check_may_share(case_id: UUID, *, by: Staff) -> None:
    """Works on the case, as a case officer or a supervisor. Raises NotFound, NotAllowed."""
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=case_id)


def in_order(sections: Collection[Section]) -> list[str]:
    """The sections as they are stored."""
    return [section.value for section in Section if section in sections]


def record_shared(action: str, grant: SharingGrant, *, by: Staff) -> None:
    """The audit entry of a sharing: to whom, what for, which parts, until when."""
    audit.record(
        action,
        by=by.actor,
        about=case_subject(grant.case_id),
        purpose=grant.purpose,
        detail={
            "agency": str(grant.agency_id),
            "sections": " ".join(grant.sections),
            "until": grant.until.isoformat(),
            "agreement": str(grant.agreement_id) if grant.agreement_id else "",
        },
    )


def case_subject(case_id: UUID) -> Subject:
    """The case, as audit entries name it."""
    found = find_subject(case_id, kind=SubjectKind.CASE)
    return Subject("case", case_id, found.reference if found else "")


def tell_partners(agency: Agency, case_id: UUID) -> None:
    """Leave word that a case was shared, with those of the agency who may open it: not with who stepped aside."""
    aside = Recusal.objects.filter(subject_kind=SubjectKind.CASE, subject_id=case_id, lifted_at__isnull=True)
    tell_staff(
        partners_of(agency).exclude(pk__in=aside.values("staff_id")),
        kind=NoticeKind.SHARED,
        text=f"Case {case_subject(case_id).reference} was shared with your agency.".replace("  ", " "),
        link=f"/desk/cases/{case_id}/",
    )


def partners_of(agency: Agency) -> QuerySet[Staff]:
    """Who works for a partner agency with what it is granted."""
    return (
        Staff.objects.filter(agency=agency, is_active=True, roles__role=Role.PARTNER, roles__ended_at__isnull=True)
        .distinct()
        .order_by("id")
    )
