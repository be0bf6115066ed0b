"""Reading sharing agreements, and what was shared without one. Making them: `counterpoint.access.services`."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from counterpoint.access import policies
from counterpoint.access.models import SharingAgreement, SharingGrant, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.relations import find_subject
from counterpoint.access.selectors import grant_view
from counterpoint.access.services.sharing import in_force
from counterpoint.access.services.urgent import may_review
from counterpoint.access.types import AgreementState, AgreementView, Role, Section, SubjectKind, Term, UrgentShare
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none

MOST_SHOWN = 200


def agreements_visible_to(viewer: Staff) -> Sequence[AgreementView]:
    """Those of the viewer's agency, the latest first: all of them for the lead agency; for a partner those that are or
    were in force."""
    return [_view(row) for row in _visible(viewer).order_by("-created_at", "-id")[:MOST_SHOWN]]


def agreement_for(viewer: Staff, agreement_id: UUID) -> AgreementView:
    """One agreement. Raises NotFound."""
    row = one_or_none(_visible(viewer).filter(pk=agreement_id))
    if row is None:
        raise NotFound("There is no such agreement, or it is not yours to see.")
    return _view(row)


def agreements_to_share_by(viewer: Staff) -> Sequence[AgreementView]:
    """What staff of the lead agency may share by today, by partner."""
    rows = in_force(_visible(viewer)).filter(lead_agency_id=viewer.agency_id)
    return [_view(row) for row in rows.order_by("partner__name", "-valid_until", "id")]


def agreements_to_approve(viewer: Staff) -> int:
    """How many drafts wait for a supervisor like the viewer."""
    check_holds(viewer, Role.SUPERVISOR)
    rows = SharingAgreement.objects.filter(lead_agency_id=viewer.agency_id, state=AgreementState.DRAFT)
    own = Q(proposed_by=viewer) | Q(edited_by=viewer)
    return rows.filter(valid_until__gte=policies.today()).exclude(own).count()


def urgent_shares(viewer: Staff, *, reviewed: bool, limit: int = 50) -> Sequence[UrgentShare]:
    """What was shared without an agreement by the supervisor's own agency, newest first, without their own and without
    cases that they are recused from."""
    check_holds(viewer, Role.SUPERVISOR)
    rows = (
        SharingGrant.objects.exclude(urgent_because="")
        .filter(granted_by__agency_id=viewer.agency_id, reviewed_at__isnull=not reviewed)
        .exclude(granted_by=viewer)
        .select_related("agency", "granted_by", "agreement", "reviewed_by")
    )
    found = [row for row in rows.order_by("-created_at", "-id")[:limit] if may_review(viewer, row)]
    return [UrgentShare(grant_view(row), _reference(row.case_id)) for row in found]


def _visible(viewer: Staff) -> QuerySet[SharingAgreement]:
    rows = SharingAgreement.objects.select_related(
        "lead_agency", "partner", "proposed_by", "edited_by", "approved_by", "ended_by"
    )
    if not viewer.is_active:
        return rows.none()
    if viewer.agency.is_lead:
        return rows.filter(lead_agency_id=viewer.agency_id)
    return rows.filter(partner_id=viewer.agency_id, approved_at__isnull=False)


def _reference(case_id: UUID) -> str:
    found = find_subject(case_id, kind=SubjectKind.CASE)
    return found.reference if found else ""


def _terms(stored: Iterable[Mapping[str, str]]) -> tuple[Term, ...]:
    return tuple(Term(term["id"], term["words"]) for term in stored)


def _view(row: SharingAgreement) -> AgreementView:
    today = policies.today()
    return AgreementView(
        id=row.pk,
        version=row.version,
        lead_agency=row.lead_agency.name,
        partner_id=row.partner_id,
        partner=row.partner.name,
        reference=row.reference,
        sections=tuple(Section(name) for name in row.sections),
        purposes=_terms(row.purposes),
        legal_bases=_terms(row.legal_bases),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        state=AgreementState(row.state),
        runs=row.state == AgreementState.IN_FORCE and row.valid_from <= today <= row.valid_until,
        proposed_by_id=row.proposed_by_id,
        proposed_by=row.proposed_by.name,
        proposed_at=row.created_at,
        edited_by_id=row.edited_by_id,
        edited_by=row.edited_by.name if row.edited_by else "",
        edited_at=row.edited_at,
        approved_by=row.approved_by.name if row.approved_by else "",
        approved_at=row.approved_at,
        ended_by=row.ended_by.name if row.ended_by else "",
        ended_at=row.ended_at,
        ended_because=row.ended_because,
    )
