"""Sharing that cannot wait for an agreement: at once, for three days at most, reviewed by a supervisor afterwards."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access import policies, relations
from counterpoint.access.models import Agency, SharingGrant, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.relations import Standing
from counterpoint.access.services.notices import supervisors_for, tell_staff
from counterpoint.access.services.sharing import (
    case_subject,
    check_may_share,
    in_order,
    record_shared,
    revoke_running,
    tell_partners,
)
from counterpoint.access.types import NoticeKind, Role, Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none

_REVIEWS = "/desk/urgent-sharing/"


def share_urgently(
    case_id: UUID,
    *,
    agency: Agency,
    sections: Collection[Section],
    purpose: str,
    legal_basis: str,
    because: str,
    until: datetime,
    by: Staff,
) -> SharingGrant:
    """Show these sections to the agency now, without an agreement, and tell the supervisors, who review it. because:
    why it cannot wait; until: aware, at most LONGEST_URGENT ahead. A double click shares once.
    Raises NotFound, NotAllowed, NotPossible."""
    check_may_share(case_id, by=by)
    policies.check_grant_fits(agency=agency, sections=sections, until=until)
    policies.check_urgent_fits(until=until)
    policies.check_reason(because)
    if not purpose.strip() or not legal_basis.strip():
        raise NotPossible("Say what the sharing is for, and on what legal basis.")
    what = {
        "case_id": case_id,
        "agency": agency,
        "sections": in_order(sections),
        "purpose": purpose.strip(),
        "legal_basis": legal_basis.strip(),
        "urgent_because": because.strip(),
        "granted_by": by,
    }
    with transaction.atomic():
        running = SharingGrant.objects.filter(**what, revoked_at__isnull=True, until__gt=clock.now())
        granted = one_or_none(running)
        if granted is not None:
            return granted
        grant = SharingGrant.objects.create(**what, until=until)
        tell_partners(agency, case_id)
        _tell_supervisors(grant, by=by)
        record_shared("case.shared_urgently", grant, by=by)
    return grant


def review_urgent_sharing(grant_id: UUID, *, found_proper: bool, note: str, by: Staff) -> SharingGrant:
    """Another supervisor's answer: proper or not, and why. One found not proper ends at once, if it still runs.
    Raises NotAllowed, NotFound, NotPossible."""
    check_holds(by, Role.SUPERVISOR)
    policies.check_reason(note)
    with transaction.atomic():
        grant = _locked(grant_id, by=by)
        policies.check_urgent_waits(grant)
        grant.reviewed_by, grant.reviewed_at = by, clock.now()
        grant.found_proper, grant.review_note = found_proper, note.strip()
        grant.save(update_fields=["reviewed_by", "reviewed_at", "found_proper", "review_note"])
        subject = case_subject(grant.case_id)
        if not found_proper and grant.until > clock.now():
            revoke_running(SharingGrant.objects.filter(pk=grant.pk), because="Found not proper on review.", by=by)
        verdict = "found it proper" if found_proper else "did not find it proper and will talk to you"
        text = f"A supervisor reviewed your urgent sharing of {subject.reference} and {verdict}."
        tell_staff([grant.granted_by], kind=NoticeKind.SHARED_URGENTLY, text=text.replace("  ", " "))
        audit.record(
            "case.sharing_reviewed",
            by=by.actor,
            about=subject,
            purpose=note.strip(),
            detail={"agency": str(grant.agency_id), "grant": str(grant.pk), "found_proper": found_proper},
        )
    grant.refresh_from_db()
    return grant


def may_review(by: Staff, grant: SharingGrant) -> bool:
    """Whether this supervisor is of the agency that shared, did not share it, and has no conflict of interest."""
    if grant.granted_by_id == by.pk or grant.granted_by.agency_id != by.agency_id:
        return False
    relation = relations.relation_to(by, kind=SubjectKind.CASE, subject_id=grant.case_id)
    return relation.standing is not Standing.RECUSED


def _locked(grant_id: UUID, *, by: Staff) -> SharingGrant:
    rows = SharingGrant.objects.select_for_update(of=("self",)).select_related("granted_by")
    grant = one_or_none(rows.filter(pk=grant_id).exclude(urgent_because=""))
    if grant is None or not may_review(by, grant):
        raise NotFound("There is no such sharing, or it is not yours to review.")
    return grant


def _tell_supervisors(grant: SharingGrant, *, by: Staff) -> None:
    told = supervisors_for(SubjectKind.CASE, grant.case_id, agency_id=by.agency_id)
    reference = case_subject(grant.case_id).reference
    tell_staff(
        (person for person in told if person.pk != by.pk),
        kind=NoticeKind.SHARED_URGENTLY,
        text=f"{by.name} shared {reference} without an agreement. Please review the reason.".replace("  ", " "),
        link=_REVIEWS,
    )
