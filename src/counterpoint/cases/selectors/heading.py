"""What stands above every page of a case, and whether the reader may come there at all."""

from datetime import date
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.relations import Relation, Standing
from counterpoint.access.types import Role
from counterpoint.audit.services import record
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_reads_case
from counterpoint.cases.services.change import subject_of
from counterpoint.cases.types import CaseState
from counterpoint.cases.views import CaseHeading
from counterpoint.cases.waiting import held_steps
from counterpoint.kernel.packs import ClosureLevel
from counterpoint.rules import selectors as rules

_LEADING = frozenset({Standing.ASSIGNED, Standing.LEAD_AGENCY})


def case_row(viewer: Staff, case_id: UUID) -> Case:
    """The row, for a service to change. Raises NotFound when the viewer may not know of it."""
    check_reads_case(viewer, case_id)
    row = one_or_none(Case.objects.select_related("lead_officer", "lead_agency").filter(pk=case_id))
    if row is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return row


def heading_for(viewer: Staff, case_id: UUID) -> CaseHeading:
    """What stands above every page of the case. Nothing personal, so not audited. Raises NotFound."""
    relation = check_reads_case(viewer, case_id)
    row = one_or_none(Case.objects.select_related("lead_officer", "lead_agency").filter(pk=case_id))
    if row is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return _heading(row, relation, viewer)


def record_read(viewer: Staff, heading: CaseHeading, *, part: str, purpose: str, detail: dict[str, str | int]) -> None:
    """The audit entry of a read, in the caller's transaction."""
    case = Case(pk=heading.id, reference=heading.reference)
    facts = {"part": part, "standing": str(heading.relation.standing), **detail}
    record("case.read", by=viewer.actor, about=subject_of(case), purpose=purpose, detail=facts)


def reason_label(reason_id: str, on: date) -> str:
    """A closure reason as people read it; its id where the pack in force does not know it any more."""
    reasons = rules.pack_in_force().closure_reasons_on(on, ClosureLevel.CASE)
    return next((reason.label for reason in reasons if reason.id == reason_id), reason_id)


def category_label(category_id: str, scheme_id: str) -> str:
    """A category as people read it; its id where the pack in force does not know it any more."""
    schemes = rules.pack_in_force().category_schemes
    found = (one.label for each in schemes if each.id == scheme_id for one in each.categories if one.id == category_id)
    return next(found, category_id)


def _heading(row: Case, relation: Relation, viewer: Staff) -> CaseHeading:
    inside = relation.standing is not Standing.GRANTED
    does_casework = relation.works and can_hold(viewer, Role.CASE_OFFICER, Role.SUPERVISOR)
    is_open = row.state == CaseState.OPEN
    is_past = inside and is_open and row.due_at < clock.now()
    is_held = is_past and (row.pk, row.next_step) in held_steps([row.pk])
    return CaseHeading(
        id=row.pk,
        reference=row.reference,
        version=row.version,
        state=CaseState(row.state),
        lead_officer_id=row.lead_officer_id,
        lead_officer=row.lead_officer.name,
        lead_agency=row.lead_agency.name,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closure_reason=reason_label(row.closure_reason, row.closed_at.date()) if inside and row.closed_at else "",
        category=category_label(row.assessed_category, row.category_scheme) if inside else "",
        category_id=row.assessed_category if inside else "",
        next_step=row.next_step_name if inside else "",
        due_at=row.due_at if inside and is_open and not is_held else None,
        is_late=is_past and not is_held,
        may_be_repeat=inside and row.referrals.filter(referral__possible_repeat=True).exists(),
        relation=relation,
        may_work=does_casework,
        may_lead=does_casework and relation.standing in _LEADING,
    )
