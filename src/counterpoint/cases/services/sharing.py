"""Showing sections of a case to another agency, and ending it. The grants and their audit entries are access's."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, SharingGrant, Staff
from counterpoint.access.services.sharing import grant_sharing, revoke_sharing
from counterpoint.access.types import Section
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.cases import policies
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.services.change import locked, put_on_timeline
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
    """Show these sections of an open case to another agency until then.

    Raises NotFound, NotAllowed, NotPossible."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    grant = grant_sharing(
        case.pk, agency=agency, sections=sections, purpose=purpose, legal_basis=legal_basis, until=until, by=by
    )
    facts = {"agency": str(agency.pk), "sections": " ".join(grant.sections), "until": until.isoformat()}
    put_on_timeline(case, EventKind.SHARED, by=by, at=at, facts=facts, text=grant.purpose)
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
    facts = {"agency": str(grant.agency_id)}
    put_on_timeline(case, EventKind.SHARING_ENDED, by=by, at=at, facts=facts, text=grant.revoked_because)
    return grant
