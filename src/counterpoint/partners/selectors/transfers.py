"""Transfers: for supervisors of both sides, and on the case for the side that leads it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from counterpoint.access import relations
from counterpoint.access.models import Agency, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.services import record
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import CaseReferral
from counterpoint.cases.permissions import can_read_case
from counterpoint.cases.selectors import case_row
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.partners.disclosing import shown
from counterpoint.partners.models import Transfer
from counterpoint.partners.permissions import check_reads_inside, check_receives
from counterpoint.partners.services.transfers import subject
from counterpoint.partners.types import TransferRow, TransferState, TransferView

MOST_SHOWN = 200
_RELATED = ("case", "from_agency", "to_agency", "offered_by", "decided_by")


def transfers_of(viewer: Staff) -> Sequence[TransferRow]:
    """What was offered to the supervisor's agency, and by it, the latest first. Opens nothing; of what was offered to
    them it tells nothing of the case, until it is theirs."""
    rows = _theirs(viewer).select_related(*_RELATED).order_by("-offered_at", "-id")[:MOST_SHOWN]
    return [_row(row, viewer=viewer) for row in rows]


def transfers_waiting_for(viewer: Staff) -> int:
    """How many offers wait for the supervisor's agency."""
    return _theirs(viewer).filter(to_agency_id=viewer.agency_id, state=TransferState.OFFERED).count()


@transaction.atomic
def transfer_for(viewer: Staff, transfer_id: UUID) -> TransferView:
    """One offer for the receiving agency's supervisors; revoked, it says nothing any more. Raises NotFound. Audited."""
    rows = Transfer.objects.filter(pk=transfer_id, to_agency_id=viewer.agency_id)
    found = one_or_none(rows.select_related(*_RELATED))
    row = check_receives(viewer, found)
    opened = {} if row.state == TransferState.REVOKED else _opened([row], key_id=row.case.key_id)
    record("transfer.read", by=viewer.actor, about=subject(row), purpose="offered to the agency")
    return _view(row, opened, viewer=viewer)


@transaction.atomic
def transfers_of_case(viewer: Staff, case_id: UUID, *, purpose: str) -> Sequence[TransferView]:
    """Every transfer of the case, the latest first: for the agency that leads it. Raises NotFound, NotAllowed for
    partners. Audited."""
    heading, case = heading_for(viewer, case_id), case_row(viewer, case_id)
    check_reads_inside(viewer, case)
    rows = list(case.transfers.select_related(*_RELATED).order_by("-offered_at", "-id"))
    opened = _opened(rows, key_id=case.key_id)
    record_read(viewer, heading, part="transfers", purpose=purpose, detail={"transfers": len(rows)})
    return [_view(row, opened, viewer=viewer) for row in rows]


def case_after(viewer: Staff, transfer_id: UUID) -> UUID | None:
    """The case of a transfer, once the viewer may know of it."""
    case_id = one_or_none(Transfer.objects.filter(pk=transfer_id).values_list("case_id", flat=True))
    return case_id if case_id is not None and can_read_case(viewer, case_id) else None


def other_lead_agencies(viewer: Staff) -> Sequence[Agency]:
    """The agencies that a case of the viewer's agency can be offered to, by name."""
    rows = Agency.objects.filter(is_lead=True).exclude(pk=viewer.agency_id).order_by("name")
    return list(rows) if viewer.is_active else []


def _theirs(viewer: Staff) -> QuerySet[Transfer]:
    check_holds(viewer, Role.SUPERVISOR)
    rows = Transfer.objects.filter(Q(to_agency_id=viewer.agency_id) | Q(from_agency_id=viewer.agency_id))
    cases = relations.recused_from(viewer, kind=SubjectKind.CASE)
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    links = CaseReferral.objects.filter(case=OuterRef("case"), referral_id__in=referrals)
    return rows.exclude(case_id__in=cases).exclude(Exists(links))


def _opened(rows: Sequence[Transfer], *, key_id: UUID) -> Mapping[tuple[UUID, str], Any]:
    return envelope.unseal_all([(row, name) for row in rows for name in ("sealed_offer", "sealed_why")], key_id=key_id)


def _row(row: Transfer, *, viewer: Staff) -> TransferRow:
    knows = viewer.agency_id == row.from_agency_id or row.state == TransferState.ACCEPTED
    return TransferRow(
        id=row.pk,
        reference=row.reference,
        case_id=row.case_id if knows and can_read_case(viewer, row.case_id) else None,
        case_reference=row.case.reference if knows else "",
        from_agency=row.from_agency.name,
        to_agency=row.to_agency.name,
        offered_by=row.offered_by.name,
        offered_at=row.offered_at,
        state=TransferState(row.state),
        decided_by=row.decided_by.name if row.decided_by else "",
        decided_at=row.decided_at,
    )


def _view(row: Transfer, opened: Mapping[tuple[UUID, str], Any], *, viewer: Staff) -> TransferView:
    offer = opened.get((row.pk, "sealed_offer")) or {"reason": "", "disclosed": []}
    return TransferView(
        row=_row(row, viewer=viewer),
        reason=offer["reason"],
        legal_basis=row.legal_basis,
        disclosed=shown(offer["disclosed"]),
        why=opened.get((row.pk, "sealed_why"), ""),
    )
