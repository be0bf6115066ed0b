"""Sharing agreements: proposed by one person, changed while they are drafts, in force once a second one approved, ended
with a reason."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access import policies
from counterpoint.access.models import Agency, SharingAgreement, SharingGrant, Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.services.sharing import revoke_running
from counterpoint.access.types import AgreementState, NewAgreement, NoticeKind, Role, Section
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.base.rows import one_or_none

CHANGED = "Somebody else changed this draft while you had it open. Compare the two and save again."
_PLACE = "/desk/agreements/{}/"


@transaction.atomic
def propose_agreement(terms: NewAgreement, *, partner: Agency, by: Staff) -> SharingAgreement:
    """A draft between the agency of `by` and the partner; its supervisors are told. The very same draft again (a double
    click) is the first one. Raises NotAllowed, and Lacking with all that is wrong."""
    _check_may_propose(by)
    policies.check_agreement_fits(terms, lead_agency=by.agency, partner=partner)
    what = {"lead_agency_id": by.agency_id, "proposed_by": by, **_what(terms, partner)}
    known = one_or_none(SharingAgreement.objects.filter(**what, state=AgreementState.DRAFT))
    if known is not None:
        return known
    row = SharingAgreement.objects.create(**what)
    _tell(_supervisors(by), row, text=f"A sharing agreement with {partner.name} waits for approval.")
    _record("proposed", row, by=by)
    return row


@transaction.atomic
def change_agreement(
    agreement_id: UUID, terms: NewAgreement, *, partner: Agency, by: Staff, expected_version: int
) -> SharingAgreement:
    """The draft as it should read from now on, by anybody who may propose one; its supervisors and who proposed it are
    told, and whoever has it open to approve it reads it anew. The same again (a double click) changes nothing. Raises
    NotAllowed, NotFound; NotPossible for what is no draft; Lacking with all that is wrong; Conflict, holding the
    terms as the other person saved them."""
    _check_may_propose(by)
    row = _locked(agreement_id, by=by)
    policies.check_agreement_is_draft(row)
    policies.check_agreement_fits(terms, lead_agency=by.agency, partner=partner)
    what = _what(terms, partner)
    if row.version == expected_version + 1 and row.edited_by_id == by.pk and _is_as(row, what):
        return row
    if row.version != expected_version:
        raise Conflict(CHANGED, theirs=_theirs(row))
    row.save_changes(expected_version=expected_version, **what, edited_by=by, edited_at=clock.now())
    waits = f"The draft of a sharing agreement with {partner.name} was changed, and waits for approval."
    people = {person.pk: person for person in (*_supervisors(by), row.proposed_by) if person.pk != by.pk}
    _tell(people.values(), row, text=waits)
    _record("changed", row, by=by, version=row.version)
    return row


@transaction.atomic
def approve_agreement(agreement_id: UUID, *, by: Staff, expected_version: int) -> SharingAgreement:
    """Put a draft in force, as it was saved last and as `by` read it (expected_version): another supervisor of the lead
    agency than who proposed it and who changed it last. Raises NotAllowed, NotFound, NotPossible; Conflict when it was
    changed meanwhile."""
    check_holds(by, Role.SUPERVISOR)
    row = _locked(agreement_id, by=by)
    policies.check_agreement_waits(row)
    if by.pk in (row.proposed_by_id, row.edited_by_id):
        raise NotAllowed("Another supervisor than who proposed the agreement, or changed it last, must approve it.")
    if row.version != expected_version:
        raise Conflict("The terms were changed while you had them open. Read them again before you approve.", theirs={})
    row.save_changes(
        expected_version=expected_version, state=AgreementState.IN_FORCE, approved_by=by, approved_at=clock.now()
    )
    _tell([row.proposed_by], row, text=f"The sharing agreement with {row.partner.name} was approved.")
    _record("approved", row, by=by, version=expected_version)
    return row


@transaction.atomic
def end_agreement(agreement_id: UUID, *, because: str, by: Staff) -> list[SharingGrant]:
    """End it now, or withdraw the draft. All that is shared under it ends with it; those grants are returned, each
    audited for its case. Raises NotAllowed, NotFound, NotPossible."""
    _check_may_propose(by)
    row = _locked(agreement_id, by=by)
    policies.check_agreement_may_end(row)
    if not because.strip():
        raise NotPossible("Say why the agreement ends.")
    row.state, row.ended_by, row.ended_at = AgreementState.ENDED, by, clock.now()
    row.ended_because = because.strip()
    row.save(update_fields=["state", "ended_by", "ended_at", "ended_because"])
    running = row.grants.filter(until__gt=clock.now())
    ended = revoke_running(running, because=f"The agreement {row.reference} was ended.", by=by)
    _record("ended", row, by=by, purpose=row.ended_because, grants_ended=len(ended))
    return ended


def _check_may_propose(by: Staff) -> None:
    check_holds(by, Role.SUPERVISOR, Role.PROCESS_LEAD)
    if not by.agency.is_lead:
        raise NotAllowed("Agreements are made by the lead agency.")


def _locked(agreement_id: UUID, *, by: Staff) -> SharingAgreement:
    rows = SharingAgreement.objects.select_for_update(of=("self",)).select_related("partner", "proposed_by")
    row = one_or_none(rows.filter(pk=agreement_id, lead_agency_id=by.agency_id))
    if row is None:
        raise NotFound("There is no such agreement, or it is not yours to see.")
    return row


def _what(terms: NewAgreement, partner: Agency) -> dict[str, Any]:
    """The terms as they are stored."""
    return {
        "partner": partner,
        "reference": terms.reference.strip(),
        "sections": [section.value for section in Section if section in terms.sections],
        "purposes": _terms("purpose", terms.purposes),
        "legal_bases": _terms("basis", terms.legal_bases),
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
    }


def _is_as(row: SharingAgreement, what: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in what.items())


def _theirs(row: SharingAgreement) -> dict[str, object]:
    """The draft as it is saved, by the fields of the form."""
    return {
        "partner": str(row.partner_id),
        "reference": row.reference,
        "sections": row.sections,
        "purposes": "\n".join(term["words"] for term in row.purposes),
        "legal_bases": "\n".join(term["words"] for term in row.legal_bases),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "version": row.version,
    }


def _terms(name: str, lines: Iterable[str]) -> list[dict[str, str]]:
    plain = dict.fromkeys(" ".join(line.split()) for line in lines if line.strip())
    return [{"id": f"{name}_{number}", "words": words} for number, words in enumerate(plain, 1)]


def _supervisors(by: Staff) -> Iterable[Staff]:
    rows = Staff.objects.filter(
        agency_id=by.agency_id, is_active=True, roles__role=Role.SUPERVISOR, roles__ended_at__isnull=True
    )
    return rows.exclude(pk=by.pk).distinct().order_by("id")


def _tell(people: Iterable[Staff], row: SharingAgreement, *, text: str) -> None:
    tell_staff(people, kind=NoticeKind.WAITS_FOR_YOU, text=text, link=_PLACE.format(row.pk))


def _record(what: str, row: SharingAgreement, *, by: Staff, purpose: str = "", **counts: int) -> None:
    detail: dict[str, str | int | bool | None] = {"partner": str(row.partner_id), "document": row.reference, **counts}
    audit.record(
        f"agreement.{what}", by=by.actor, about=Subject("sharing_agreement", row.pk), purpose=purpose, detail=detail
    )
