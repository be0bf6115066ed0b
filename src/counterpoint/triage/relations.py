"""How a person stands to a referral or an advice contact, as far as triage knows; cases add what they know."""

from uuid import UUID

from django.db.models import Q

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.relations import Found, Relation
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.intake.models import AdviceContact, Referral

TRIAGES = frozenset({Role.TRIAGE_OFFICER, Role.SUPERVISOR})
_HELD_BY = Prepared(
    lambda referral_id: Referral.objects.filter(pk=referral_id).values_list("lead_agency_id", "assigned_to_id")
)


@relations.register(SubjectKind.REFERRAL)
def to_referral(viewer: Staff, referral_id: UUID) -> Relation:
    """Triage officers and supervisors of the lead agency work on every referral of theirs."""
    if not viewer.role_names & TRIAGES:
        return relations.NONE
    row = _HELD_BY.one(referral_id)
    if row is None or row[0] != viewer.agency_id:
        return relations.NONE
    return relations.ASSIGNED if row[1] == viewer.pk else relations.LEAD_AGENCY


@relations.register(SubjectKind.ADVICE)
def to_advice(viewer: Staff, advice_id: UUID) -> Relation:
    """Triage officers and supervisors of a lead agency work on every advice contact; a call handler on those they
    gave themselves."""
    row = one_or_none(AdviceContact.objects.filter(pk=advice_id).values_list("given_by_id", flat=True))
    exists = row is not None or AdviceContact.objects.filter(pk=advice_id).exists()
    if exists and viewer.role_names & TRIAGES and viewer.agency.is_lead:
        return relations.LEAD_AGENCY
    if row == viewer.pk and Role.CALL_HANDLER in viewer.role_names:
        return relations.ASSIGNED
    return relations.NONE


@relations.register_lookup(SubjectKind.REFERRAL)
def find_referral(wanted: UUID | str) -> Found | None:
    """The referral of that id or reference, whoever asks."""
    row = one_or_none(Referral.objects.filter(_same(wanted)).values_list("pk", "reference", "lead_agency_id"))
    return Found(SubjectKind.REFERRAL, *row) if row else None


@relations.register_lookup(SubjectKind.ADVICE)
def find_advice(wanted: UUID | str) -> Found | None:
    """The advice contact of that id or reference, whoever asks. Every lead agency answers advice."""
    row = one_or_none(AdviceContact.objects.filter(_same(wanted)).values_list("pk", "reference"))
    return Found(SubjectKind.ADVICE, *row, lead_agency_id=None) if row else None


def _same(wanted: UUID | str) -> Q:
    return Q(reference=wanted) if isinstance(wanted, str) else Q(pk=wanted)
