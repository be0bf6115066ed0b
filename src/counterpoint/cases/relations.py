"""How staff stand to a case, and through a case to the referrals that it works. Registered with
`counterpoint.access.relations` when the app is ready, which finds broken glass and recusals from the very record."""

from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, UUIDField

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.relations import Found, Relation, register, register_lookup
from counterpoint.access.selectors import granted_relation
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base.rows import one_or_none
from counterpoint.cases.models import Case, CaseMember, CaseReferral
from counterpoint.intake.models import Referral


@register(SubjectKind.CASE)
def relation_to_case(viewer: Staff, case_id: UUID) -> Relation:
    """ASSIGNED for the lead officer, MEMBER for who works on it, LEAD_AGENCY for supervisors of the lead agency;
    GRANTED for partners as far as running grants go; RECUSED for who has a conflict of interest in any of its
    referrals. Of no such case all the same is asked, so that neither what is said nor how long it takes tells it
    from one that is not the viewer's to know."""
    case = one_or_none(Case.objects.only("lead_officer_id", "lead_agency_id").filter(pk=case_id))
    if recused_from_a_referral(viewer, case_id):
        return relations.RECUSED
    if case is not None and case.lead_officer_id == viewer.pk:
        return relations.ASSIGNED
    if CaseMember.objects.filter(case_id=case_id, staff_id=viewer.pk, to_at__isnull=True).exists():
        return relations.MEMBER
    if case is not None and case.lead_agency_id == viewer.agency_id and Role.SUPERVISOR in viewer.role_names:
        return relations.LEAD_AGENCY
    granted = granted_relation(viewer, case_id)
    return granted if case is not None else relations.NONE


@register(SubjectKind.REFERRAL)
def relation_to_referral_of_case(viewer: Staff, referral_id: UUID) -> Relation:
    """As to the case that works the referral: its members may read it, others the sections they were granted."""
    links = CaseReferral.objects.filter(referral_id=OuterRef("pk"))
    worked_by = Subquery(links.values("case_id")[:1], output_field=UUIDField())
    rows = Referral.objects.filter(pk=referral_id).annotate(case_id=worked_by)
    agency_id, case_id = one_or_none(rows.values_list("lead_agency_id", "case_id")) or (None, None)
    if case_id is None and agency_id == viewer.agency_id:
        return relations.NONE  # triage tells how they stand to it
    # no case has the id of a referral: where none works it, as much is asked and nothing is found
    return relations.relation_to(viewer, kind=SubjectKind.CASE, subject_id=case_id or referral_id)


@register_lookup(SubjectKind.CASE)
def find_case(wanted: UUID | str) -> Found | None:
    """The case of that id or reference, whoever asks."""
    same = Q(reference=wanted) if isinstance(wanted, str) else Q(pk=wanted)
    row = one_or_none(Case.objects.filter(same).values_list("pk", "reference", "lead_agency_id"))
    return Found(SubjectKind.CASE, *row) if row else None


def recused_from_a_referral(viewer: Staff, case_id: UUID) -> bool:
    """Whether a conflict of interest in a referral of the case keeps `viewer` away from the case."""
    away_from = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    return bool(away_from) and CaseReferral.objects.filter(case_id=case_id, referral_id__in=away_from).exists()
