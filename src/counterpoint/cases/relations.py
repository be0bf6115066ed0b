"""How staff stand to a case, and through a case to the referrals that it works. Registered with
`counterpoint.access.relations` when the app is ready, which finds broken glass and recusals from the very record."""

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, UUIDField

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.relations import Found, Relation, register, register_lookup
from counterpoint.access.selectors import granted_relation
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.prepared import Prepared
from counterpoint.cases.models import Case, CaseMember, CaseReferral
from counterpoint.intake.models import Referral


def _worked_by(referral_id: UUID) -> QuerySet[Referral, tuple[UUID, UUID | None]]:
    links = CaseReferral.objects.filter(referral_id=OuterRef("pk"))
    worked_by = Subquery(links.values("case_id")[:1], output_field=UUIDField())
    rows = Referral.objects.filter(pk=referral_id).annotate(case_id=worked_by)
    return rows.values_list("lead_agency_id", "case_id")


_FOUND = ("pk", "reference", "lead_agency_id")
_BY_ID = Prepared(lambda case_id: Case.objects.filter(pk=case_id).values_list(*_FOUND))
_BY_REFERENCE = Prepared(lambda reference: Case.objects.filter(reference=reference).values_list(*_FOUND))
_LED_BY = Prepared(lambda case_id: Case.objects.filter(pk=case_id).values_list("lead_officer_id", "lead_agency_id"))
_MEMBERS = Prepared(
    lambda case_id, staff_id: CaseMember.objects.filter(case_id=case_id, staff_id=staff_id, to_at__isnull=True)
)
_WORKED_BY = Prepared(_worked_by)


@register(SubjectKind.CASE)
def relation_to_case(viewer: Staff, case_id: UUID) -> Relation:
    """ASSIGNED for the lead officer, MEMBER for who works on it, LEAD_AGENCY for supervisors of the lead agency;
    GRANTED for partners as far as running grants go; RECUSED for who has a conflict of interest in any of its
    referrals. Of no such case all the same is asked, so that neither what is said nor how long it takes tells it
    from one that is not the viewer's to know."""
    lead_officer_id, lead_agency_id = _LED_BY.one(case_id) or (None, None)
    if recused_from_a_referral(viewer, case_id):
        return relations.RECUSED
    if lead_officer_id == viewer.pk:
        return relations.ASSIGNED
    if _MEMBERS.any(case_id, viewer.pk):
        return relations.MEMBER
    if lead_agency_id == viewer.agency_id and Role.SUPERVISOR in viewer.role_names:
        return relations.LEAD_AGENCY
    granted = granted_relation(viewer, case_id)
    return granted if lead_agency_id is not None else relations.NONE


@register(SubjectKind.REFERRAL)
def relation_to_referral_of_case(viewer: Staff, referral_id: UUID) -> Relation:
    """As to the case that works the referral: its members may read it, others the sections they were granted."""
    agency_id, case_id = _WORKED_BY.one(referral_id) or (None, None)
    if case_id is None and agency_id == viewer.agency_id:
        return relations.NONE  # triage tells how they stand to it
    # no case has the id of a referral: where none works it, as much is asked and nothing is found
    return relations.relation_to(viewer, kind=SubjectKind.CASE, subject_id=case_id or referral_id)


@register_lookup(SubjectKind.CASE)
def find_case(wanted: UUID | str) -> Found | None:
    """The case of that id or reference, whoever asks."""
    row = (_BY_REFERENCE if isinstance(wanted, str) else _BY_ID).one(wanted)
    return Found(SubjectKind.CASE, *row) if row else None


def recused_from_a_referral(viewer: Staff, case_id: UUID) -> bool:
    """Whether a conflict of interest in a referral of the case keeps `viewer` away from the case."""
    away_from = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    return bool(away_from) and CaseReferral.objects.filter(case_id=case_id, referral_id__in=away_from).exists()
