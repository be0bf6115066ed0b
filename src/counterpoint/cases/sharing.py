"""Which agencies a case is shared with now. Granting and ending it: `counterpoint.access.services`."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from counterpoint.access.models import SharingGrant


def agencies_granted(case_id: UUID, *, at: datetime) -> frozenset[UUID]:
    """The ids of agencies that are granted at least one section of the case at this moment."""
    return frozenset(running_grants(at=at).filter(case_id=case_id).values_list("agency_id", flat=True))


def running_grants(*, at: datetime) -> QuerySet[SharingGrant]:
    """Every grant that neither ended nor was revoked."""
    return SharingGrant.objects.filter(revoked_at__isnull=True, until__gt=at)
