"""Showing parts of a case to another agency: for a purpose, on a legal basis, until a day."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access import policies
from counterpoint.access.models import Agency, SharingGrant, Staff
from counterpoint.access.permissions import check_holds, check_works_on
from counterpoint.access.relations import find_subject
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role, Section, SubjectKind
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
    """Show these sections of the case to the agency until then. until: aware, at most a year ahead. The very same
    sharing asked for again (a double click) is the first one.
    Raises NotFound, NotAllowed, NotPossible."""
    _check_may_share(case_id, by=by)
    policies.check_grant_fits(agency=agency, sections=sections, until=until)
    if not purpose.strip() or not legal_basis.strip():
        raise NotPossible("Say what the sharing is for, and on what legal basis.")
    ordered = [section.value for section in Section if section in sections]
    what = {
        "case_id": case_id,
        "agency": agency,
        "sections": ordered,
        "purpose": purpose.strip(),
        "legal_basis": legal_basis.strip(),
        "until": until,
        "granted_by": by,
    }
    granted = one_or_none(SharingGrant.objects.filter(**what, revoked_at__isnull=True))
    if granted is not None:
        return granted
    with transaction.atomic():
        grant = SharingGrant.objects.create(**what)
        _tell_partners(agency, case_id)
        audit.record(
            "case.shared",
            by=by.actor,
            about=_case(case_id),
            purpose=purpose.strip(),
            detail={"agency": str(agency.id), "sections": " ".join(ordered), "until": until.isoformat()},
        )
    return grant


def revoke_sharing(grant_id: UUID, *, because: str, by: Staff) -> SharingGrant:
    """End the sharing now. Raises NotFound, NotAllowed, NotPossible."""
    grant = one_or_none(SharingGrant.objects.filter(pk=grant_id))
    if grant is None:
        raise NotFound("There is no such sharing, or it is not yours to see.")
    _check_may_share(grant.case_id, by=by)
    policies.check_grant_runs(grant)
    if not because.strip():
        raise NotPossible("Say why the sharing ends.")
    with transaction.atomic():
        rows = SharingGrant.objects.filter(pk=grant_id, revoked_at__isnull=True)
        if rows.update(revoked_at=clock.now(), revoked_because=because.strip()) != 1:
            policies.check_grant_runs(SharingGrant.objects.get(pk=grant_id))
        audit.record(
            "case.sharing_ended",
            by=by.actor,
            about=_case(grant.case_id),
            purpose=because.strip(),
            detail={"agency": str(grant.agency_id), "grant": str(grant.id)},
        )
    grant.refresh_from_db()
    return grant


def _check_may_share(case_id: UUID, *, by: Staff) -> None:
    check_holds(by, Role.CASE_OFFICER, Role.SUPERVISOR)
    check_works_on(by, kind=SubjectKind.CASE, subject_id=case_id)


def _case(case_id: UUID) -> Subject:
    found = find_subject(case_id, kind=SubjectKind.CASE)
    return Subject("case", case_id, found.reference if found else "")


def _tell_partners(agency: Agency, case_id: UUID) -> None:
    people = Staff.objects.filter(
        agency=agency, is_active=True, roles__role=Role.PARTNER, roles__ended_at__isnull=True
    ).distinct()
    tell_staff(
        people,
        kind=NoticeKind.SHARED,
        text=f"Case {_case(case_id).reference} was shared with your agency.".replace("  ", " "),
        link=f"/desk/cases/{case_id}/",
    )
