"""Giving a case to another lead agency: offered, accepted, rejected, revoked."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from counterpoint.access.models import Agency, Staff
from counterpoint.access.services.notices import supervisors_for, tell_staff
from counterpoint.access.services.sharing import in_order
from counterpoint.access.types import NoticeKind, Section, SubjectKind
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case, CaseMember
from counterpoint.cases.permissions import check_leads
from counterpoint.cases.policies import check_open, check_text
from counterpoint.cases.services.change import Facts, locked, locked_by_id, put_on_timeline, subject_of
from counterpoint.cases.types import ActionState, EventKind
from counterpoint.intake.models import Referral
from counterpoint.partners import disclosing, policies
from counterpoint.partners.models import Transfer
from counterpoint.partners.permissions import NO_TRANSFER, check_receives
from counterpoint.partners.types import TransferState

_PLACE = "/desk/transfers/{}/"
_PURPOSE = "transfer to another lead agency"


@transaction.atomic
def offer_transfer(
    case: Case, *, to: Agency, reason: str, legal_basis: str, sections: Collection[Section], by: Staff
) -> Transfer:
    """Offer an open case to another lead agency; its supervisors are told. They see the reason and these parts as they
    are now, and nothing else of the case. Offered again to the same agency (a double click) it is the first offer.

    Raises NotFound, NotAllowed, NotPossible; Lacking with all that stands against it; Missing without a reason."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    check_open(case)
    known = one_or_none(case.transfers.filter(state=TransferState.OFFERED, to_agency=to, offered_by=by))
    if known is not None:
        return known
    policies.check_shows(sections)
    policies.check_can_be_offered(case, to=to, legal_basis=legal_basis)
    plain = check_text(reason, what="why the other agency should lead the case")
    row = Transfer(
        reference=disclosing.reference_of("TR"),
        case=case,
        from_agency_id=case.lead_agency_id,
        to_agency=to,
        sections=in_order(sections),
        legal_basis=legal_basis.strip(),
        offered_by=by,
        offered_at=at,
    )
    offer = {"reason": plain, "disclosed": disclosing.taken_from(case.pk, sections=sections, by=by)}
    row.sealed_offer = envelope.seal(row, "sealed_offer", offer, key_id=case.key_id)
    row.save(force_insert=True)
    _notify(_receivers(row), row, text=f"A case was offered to your agency: {row.reference}.")
    facts: Facts = {"agency": str(to.pk), "reference": row.reference, "sections": " ".join(row.sections)}
    _tell(case, EventKind.TRANSFER_OFFERED, by=by, at=at, facts=facts, text=plain)
    return row


@transaction.atomic
def accept_transfer(transfer_id: UUID, *, lead_officer: Staff, by: Staff) -> Case:
    """The case is the receiving agency's from now on: its lead officer is one of theirs, the members of the old agency
    end, and so do their tasks and actions, which pass to the new lead officer; its referrals follow. What was shared
    with partners stays shared.

    Raises NotFound, NotAllowed; NotPossible when the offer does not wait; Missing when they cannot lead."""
    at, (case, row) = clock.now(), _locked(transfer_id)
    check_receives(by, row)
    policies.check_offered(row)
    check_open(case)
    policies.check_can_take_over(lead_officer, case=case, agency=row.to_agency)
    before = list(_leaders(case, row))
    _decide(row, TransferState.ACCEPTED, by=by, at=at)
    _change_hands(case, row, lead_officer=lead_officer, by=by, at=at)
    text = f"{row.to_agency.name} accepted {row.reference}. The case is theirs to lead now."
    _notify(before, row, text=text)
    if lead_officer.pk != by.pk:
        link = f"/desk/cases/{case.pk}/"
        text = f"You lead case {case.reference} now."
        tell_staff([lead_officer], kind=NoticeKind.ASSIGNED, text=text, link=link)
    facts: Facts = {"agency": str(row.to_agency_id), "reference": row.reference, "lead": str(lead_officer.pk)}
    _tell(case, EventKind.TRANSFER_ACCEPTED, by=by, at=at, facts=facts)
    return case


@transaction.atomic
def reject_transfer(transfer_id: UUID, *, because: str, by: Staff) -> Transfer:
    """The receiving agency does not take the case, and says why.

    Raises as `accept_transfer`; Missing without a reason."""
    at, (case, row) = clock.now(), _locked(transfer_id)
    check_receives(by, row)
    policies.check_offered(row)
    plain = _seal_why(case, row, because, what="why the case is not taken")
    _decide(row, TransferState.REJECTED, by=by, at=at)
    _notify(_leaders(case, row), row, text=f"{row.to_agency.name} rejected {row.reference}, case {case.reference}.")
    facts: Facts = {"agency": str(row.to_agency_id), "reference": row.reference}
    _tell(case, EventKind.TRANSFER_REJECTED, by=by, at=at, facts=facts, text=plain)
    return row


@transaction.atomic
def revoke_transfer(case: Case, transfer_id: UUID, *, because: str, by: Staff) -> Transfer:
    """Take back an offer that was not accepted yet; the receiving agency is told, and sees it no longer.

    Raises NotFound, NotAllowed, NotPossible, Missing without a reason."""
    at, (case, row) = clock.now(), _locked(transfer_id, case_id=case.pk)
    check_leads(by, case)
    policies.check_offered(row)
    plain = _seal_why(case, row, because, what="why the offer is taken back")
    _decide(row, TransferState.REVOKED, by=by, at=at)
    _notify(_receivers(row), row, text=f"The offer {row.reference} was taken back.")
    facts: Facts = {"agency": str(row.to_agency_id), "reference": row.reference}
    _tell(case, EventKind.TRANSFER_REVOKED, by=by, at=at, facts=facts, text=plain)
    return row


def subject(row: Transfer) -> Subject:
    """The transfer, as audit entries name it."""
    return Subject("transfer", row.pk, row.reference)


def _change_hands(case: Case, row: Transfer, *, lead_officer: Staff, by: Staff, at: datetime) -> None:
    old = row.from_agency_id
    case.members.filter(to_at__isnull=True).update(to_at=at)
    CaseMember.objects.create(case=case, staff=lead_officer, from_at=at, added_by=by)
    theirs = case.actions.filter(state=ActionState.OPEN).filter(Q(owner__agency_id=old) | Q(owner_agency_id=old))
    theirs.update(owner=lead_officer, owner_agency=None, version=F("version") + 1)
    tasks = case.tasks.filter(ended_at__isnull=True)
    tasks.filter(assignee__agency_id=old).update(assignee=lead_officer)
    tasks.filter(agency_id=old).update(agency_id=row.to_agency_id)
    referrals = Referral.objects.filter(pk__in=case.referrals.values("referral_id"))
    referrals.update(lead_agency_id=row.to_agency_id, assigned_to=None, version=F("version") + 1)
    case.save_changes(expected_version=case.version, lead_agency=row.to_agency, lead_officer=lead_officer)


def _locked(transfer_id: UUID, *, case_id: UUID | None = None) -> tuple[Case, Transfer]:
    """The transfer with its case, both locked, the case first as everywhere. Raises NotFound."""
    rows = Transfer.objects.filter(pk=transfer_id, **({"case_id": case_id} if case_id else {}))
    found = one_or_none(rows.values_list("case_id", flat=True))
    if found is None:
        raise NotFound(NO_TRANSFER)
    case = locked_by_id(found)
    parts = ("to_agency", "from_agency", "offered_by")
    return case, Transfer.objects.select_for_update(of=("self",)).select_related(*parts).get(pk=transfer_id)


def _decide(row: Transfer, state: TransferState, *, by: Staff, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, by, at
    row.save(update_fields=["state", "decided_by", "decided_at", "sealed_why"])


def _seal_why(case: Case, row: Transfer, text: str, *, what: str) -> str:
    plain = check_text(text, what=what)
    row.sealed_why = envelope.seal(row, "sealed_why", plain, key_id=case.key_id)
    return plain


def _receivers(row: Transfer) -> Iterable[Staff]:
    return supervisors_for(SubjectKind.CASE, row.case_id, agency_id=row.to_agency_id)


def _leaders(case: Case, row: Transfer) -> Iterable[Staff]:
    people = {person.pk: person for person in (row.offered_by, case.lead_officer)}
    return [person for person in people.values() if person.is_active]


def _notify(people: Iterable[Staff], row: Transfer, *, text: str) -> None:
    link = _PLACE.format(row.pk)
    tell_staff(people, kind=NoticeKind.TRANSFER, text=text, link=link)


def _tell(case: Case, kind: EventKind, *, by: Staff, at: datetime, facts: Facts, text: str = "") -> None:
    """The timeline of the case, and the audit entry with purpose and recipient."""
    put_on_timeline(case, kind, by=by, at=at, facts=facts, text=text)
    record(f"case.{kind}", by=by.actor, about=subject_of(case), purpose=_PURPOSE, detail=facts)
