"""Showing sections of a case to another agency, and ending it. The grants and their audit entries are access's."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, SharingGrant, Staff
from counterpoint.access.services import agreements, urgent
from counterpoint.access.services.sharing import grant_sharing, revoke_sharing
from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import policies, waiting
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.services.change import Facts, locked, locked_by_id, put_on_timeline
from counterpoint.cases.types import EventKind


@transaction.atomic
def share_case(
    case: Case,
    *,
    agency: Agency,
    sections: Collection[Section],
    purpose: str,
    legal_basis: str,
    until: datetime,
    by: Staff,
) -> SharingGrant:
    """Show these sections of an open case to another agency until then, as far as an agreement in force covers it.

    purpose, legal_basis: the agreement's, by words or by id. Raises NotFound, NotAllowed, NotPossible; NotCovered with
    what no agreement covers."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    grant = grant_sharing(
        case.pk, agency=agency, sections=sections, purpose=purpose, legal_basis=legal_basis, until=until, by=by
    )
    facts = {"agency": str(agency.pk), "sections": " ".join(grant.sections), "until": until.isoformat()}
    put_on_timeline(case, EventKind.SHARED, by=by, at=at, facts=facts, text=grant.purpose)
    waiting.offer_to(case, agency, at=at)
    return grant


@transaction.atomic
def share_urgently(
    case: Case,
    *,
    agency: Agency,
    sections: Collection[Section],
    purpose: str,
    legal_basis: str,
    because: str,
    until: datetime,
    by: Staff,
) -> SharingGrant:
    """Show these sections of an open case now, without an agreement, for three days at most; a supervisor reviews it.

    because: why it cannot wait. Raises NotFound, NotAllowed, NotPossible."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    grant = urgent.share_urgently(
        case.pk,
        agency=agency,
        sections=sections,
        purpose=purpose,
        legal_basis=legal_basis,
        because=because,
        until=until,
        by=by,
    )
    if grant.created_at >= at:  # not the first of a double click
        facts = {"agency": str(agency.pk), "sections": " ".join(grant.sections), "until": grant.until.isoformat()}
        text = f"{grant.purpose}. {grant.urgent_because}"
        put_on_timeline(case, EventKind.SHARED_URGENTLY, by=by, at=at, facts=facts, text=text)
        waiting.offer_to(case, agency, at=at)
    return grant


@transaction.atomic
def end_sharing(case: Case, *, grant_id: UUID, because: str, by: Staff) -> SharingGrant:
    """End a grant of this case now; also of a closed one. What was seen until then stays told.

    Raises NotFound, NotAllowed, NotPossible."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    if not SharingGrant.objects.filter(pk=grant_id, case_id=case.pk).exists():
        raise NotFound("There is no such sharing, or it is not yours to see.")
    grant = revoke_sharing(grant_id, because=because, by=by)
    _tell_ended(grant, by=by, at=at)
    return grant


@transaction.atomic
def review_urgent_sharing(grant_id: UUID, *, found_proper: bool, note: str, by: Staff) -> SharingGrant:
    """Another supervisor's answer to an urgent sharing; the timeline of its case tells of it. An improper one ends.

    Raises NotFound, NotAllowed, NotPossible."""
    at = clock.now()
    case_id = one_or_none(SharingGrant.objects.filter(pk=grant_id).values_list("case_id", flat=True))
    if case_id is None:
        raise NotFound("There is no such sharing, or it is not yours to review.")
    case = locked_by_id(case_id)  # the case first, as everywhere
    grant = urgent.review_urgent_sharing(grant_id, found_proper=found_proper, note=note, by=by)
    facts: Facts = {"agency": str(grant.agency_id), "found_proper": found_proper}
    put_on_timeline(case, EventKind.SHARING_REVIEWED, by=by, at=at, facts=facts, text=grant.review_note)
    if grant.revoked_at is not None and grant.revoked_at >= at:  # by this review, not before
        _tell_ended(grant, by=by, at=at)
    return grant


@transaction.atomic
def end_agreement(agreement_id: UUID, *, because: str, by: Staff) -> list[SharingGrant]:
    """End a sharing agreement, or withdraw its draft; all that was shared under it ends, and the timelines of those
    cases tell of it. Raises NotFound, NotAllowed, NotPossible."""
    at = clock.now()
    running = SharingGrant.objects.filter(agreement_id=agreement_id, revoked_at__isnull=True, until__gt=at)
    for case_id in sorted(set(running.values_list("case_id", flat=True))):
        locked_by_id(case_id)  # cases first, as everywhere
    ended = agreements.end_agreement(agreement_id, because=because, by=by)
    for grant in ended:
        _tell_ended(grant, by=by, at=at)
    return ended


def _tell_ended(grant: SharingGrant, *, by: Staff, at: datetime) -> None:
    facts = {"agency": str(grant.agency_id)}
    case = locked_by_id(grant.case_id)
    put_on_timeline(case, EventKind.SHARING_ENDED, by=by, at=at, facts=facts, text=grant.revoked_because)
