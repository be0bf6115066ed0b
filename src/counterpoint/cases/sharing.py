"""Which agencies a case is shared with now, and whose tasks are in reach of whom. Granting and ending it:
`counterpoint.access.services`."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from counterpoint.access.models import Recusal, SharingGrant, Staff
from counterpoint.access.types import SubjectKind
from counterpoint.cases.models import Case, Task


def agencies_granted(case_id: UUID, *, at: datetime) -> frozenset[UUID]:
    """The ids of agencies that are granted at least one section of the case at this moment."""
    return frozenset(running_grants(at=at).filter(case_id=case_id).values_list("agency_id", flat=True))


def running_grants(*, at: datetime) -> QuerySet[SharingGrant]:
    """Every grant that neither ended nor was revoked."""
    return SharingGrant.objects.filter(revoked_at__isnull=True, until__gt=at)


def tasks_in_reach_of(viewer: Staff, *, at: datetime) -> QuerySet[Task]:
    """The tasks that the viewer's agency could know of: in its queue, of cases that it leads or is shown parts of. Who
    may do what is asked after this; any other task is, in what is told and in how much is asked for it, as if it were
    not there."""
    shared = running_grants(at=at).filter(agency_id=viewer.agency_id, case_id=OuterRef("case_id"))
    own = Q(agency_id=viewer.agency_id) | Q(case__lead_agency_id=viewer.agency_id)
    return Task.objects.filter(own | Exists(shared))


def may_be_told(case: Case, people: QuerySet[Staff]) -> list[Staff]:
    """Those among them who are not recused from the case or from a referral of it: a notice names it."""
    referrals = case.referrals.values_list("referral_id", flat=True)
    away = Recusal.objects.filter(lifted_at__isnull=True, subject_id__in=[case.pk, *referrals])
    away = away.filter(subject_kind__in=[SubjectKind.CASE, SubjectKind.REFERRAL])
    return list(people.exclude(pk__in=away.values("staff_id")))
