"""Asking another agency for information, and its answer. What is asked must be covered by an agreement, as a share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.policies import words_of
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.services.sharing import covering_agreement, in_order, partners_of
from counterpoint.access.types import NoticeKind
from counterpoint.audit.services import record
from counterpoint.audit.types import Subject
from counterpoint.base import clock
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.policies import check_open, check_text
from counterpoint.cases.services.change import Facts, locked, locked_by_id, put_on_timeline, subject_of
from counterpoint.cases.types import EventKind
from counterpoint.partners import disclosing, policies
from counterpoint.partners.models import InformationRequest
from counterpoint.partners.permissions import NO_REQUEST, check_answers
from counterpoint.partners.types import NewRequest, Provenance, RequestState

_PLACE = "/desk/requests/{}/"
_ON_CASE = "/desk/cases/{}/information/"


@transaction.atomic
def ask_information(case: Case, request: NewRequest, *, agency: Agency, by: Staff) -> InformationRequest:
    """Ask an agency of which an agreement in force covers the purpose and the parts shown; it is told. It sees the
    question and these parts as they are now, and nothing else of the case. The very same question again while it waits
    (a double click) is the first one.

    Raises NotFound, NotAllowed, NotPossible; NotCovered with what no agreement covers; Lacking for a due day that does
    not fit; Missing without a question."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    check_open(case)
    policies.check_shows(request.sections)
    question = check_text(request.question, what="what you want to know")
    known = _same_question(case, agency, question)
    if known is not None:
        return known
    due_at = policies.due_of(case, at=at, wanted=request.due_on)
    agreement = covering_agreement(
        by,
        agency=agency,
        sections=request.sections,
        purpose=request.purpose,
        legal_basis=request.legal_basis,
        until=at,
    )
    row = InformationRequest(
        reference=disclosing.reference_of("IR"),
        case=case,
        agency=agency,
        agreement=agreement,
        sections=in_order(request.sections),
        purpose=words_of(agreement.purposes, request.purpose),
        legal_basis=words_of(agreement.legal_bases, request.legal_basis),
        asked_by=by,
        asked_at=at,
        due_at=due_at,
    )
    asked = {"question": question, "disclosed": disclosing.taken_from(case.pk, sections=request.sections, by=by)}
    row.sealed_asked = envelope.seal(row, "sealed_asked", asked, key_id=case.key_id)
    row.save(force_insert=True)
    _tell_asked(row, text=f"Your agency was asked for information: {row.reference}.")
    facts: Facts = {**_facts(row), "sections": " ".join(row.sections), "due": row.due_at.isoformat()}
    _tell(case, EventKind.INFORMATION_ASKED, row, by=by, at=at, facts=facts, text=question)
    return row


@transaction.atomic
def answer_request(request_id: UUID, *, text: str, provenance: Provenance, by: Staff) -> InformationRequest:
    """The agency's answer, with how it knows; who asked and who leads the case are told.

    Raises NotFound, NotAllowed; NotPossible when it does not wait any more; Missing without a text."""
    at, (case, row) = clock.now(), _locked(request_id)
    check_answers(by, row)
    policies.check_waits(row)
    answer = {"text": check_text(text, what="the answer"), "provenance": Provenance(provenance).value}
    row.sealed_answer = envelope.seal(row, "sealed_answer", answer, key_id=case.key_id)
    _end(row, RequestState.ANSWERED, by=by, at=at)
    _tell_asking(case, row, text=f"{row.agency.name} answered {row.reference} in case {case.reference}.")
    facts: Facts = {**_facts(row), "provenance": str(provenance)}
    _tell(case, EventKind.INFORMATION_ANSWERED, row, by=by, at=at, facts=facts)
    return row


@transaction.atomic
def decline_request(request_id: UUID, *, because: str, by: Staff) -> InformationRequest:
    """The agency does not answer, and says why. Raises as `answer_request`."""
    at, (case, row) = clock.now(), _locked(request_id)
    check_answers(by, row)
    policies.check_waits(row)
    _seal_why(case, row, because, what="why you do not answer")
    _end(row, RequestState.DECLINED, by=by, at=at)
    _tell_asking(case, row, text=f"{row.agency.name} declined {row.reference} in case {case.reference}.")
    _tell(case, EventKind.INFORMATION_DECLINED, row, by=by, at=at, facts=_facts(row))
    return row


@transaction.atomic
def withdraw_request(case: Case, request_id: UUID, *, because: str, by: Staff) -> InformationRequest:
    """An answer is not needed any more; the agency is told, and sees the question no longer.

    Raises NotFound, NotAllowed, NotPossible, Missing without a reason."""
    at, (case, row) = clock.now(), _locked(request_id, case_id=case.pk)
    check_casework(by, case)
    policies.check_waits(row)
    _seal_why(case, row, because, what="why it is withdrawn")
    _end(row, RequestState.WITHDRAWN, by=by, at=at)
    _tell_asked(row, text=f"The request {row.reference} was withdrawn. Nothing more is needed.")
    _tell(case, EventKind.INFORMATION_WITHDRAWN, row, by=by, at=at, facts=_facts(row))
    return row


def _locked(request_id: UUID, *, case_id: UUID | None = None) -> tuple[Case, InformationRequest]:
    """The request with its case, both locked, the case first as everywhere. Raises NotFound."""
    rows = InformationRequest.objects.filter(pk=request_id, **({"case_id": case_id} if case_id else {}))
    found = one_or_none(rows.values_list("case_id", flat=True))
    if found is None:
        raise NotFound(NO_REQUEST)
    case = locked_by_id(found)
    row = InformationRequest.objects.select_for_update(of=("self",)).select_related("agency", "asked_by")
    return case, row.get(pk=request_id)


def _same_question(case: Case, agency: Agency, question: str) -> InformationRequest | None:
    for row in case.information_requests.filter(agency=agency, state=RequestState.ASKED):
        if envelope.unseal(row, "sealed_asked", key_id=case.key_id)["question"] == question:
            return row
    return None


def _seal_why(case: Case, row: InformationRequest, text: str, *, what: str) -> None:
    row.sealed_why = envelope.seal(row, "sealed_why", check_text(text, what=what), key_id=case.key_id)


def _end(row: InformationRequest, state: RequestState, *, by: Staff, at: datetime) -> None:
    row.state, row.ended_by, row.ended_at = state, by, at
    row.save(update_fields=["state", "ended_by", "ended_at", "sealed_answer", "sealed_why"])


def _facts(row: InformationRequest) -> dict[str, str | int | bool | None]:
    return {"agency": str(row.agency_id), "reference": row.reference}


def _tell(
    case: Case,
    kind: EventKind,
    row: InformationRequest,
    *,
    by: Staff,
    at: datetime,
    facts: Mapping[str, Any],
    text: str = "",
) -> None:
    """The timeline of the case, and the audit entry with purpose and recipient."""
    put_on_timeline(case, kind, by=by, at=at, facts=facts, text=text)
    record(f"case.{kind}", by=by.actor, about=subject_of(case), purpose=row.purpose, detail=facts)


def subject(row: InformationRequest) -> Subject:
    """The request, as audit entries name it."""
    return Subject("information_request", row.pk, row.reference)


def _tell_asked(row: InformationRequest, *, text: str) -> None:
    tell_staff(partners_of(row.agency), kind=NoticeKind.INFORMATION, text=text, link=_PLACE.format(row.pk))


def _tell_asking(case: Case, row: InformationRequest, *, text: str) -> None:
    people = {person.pk: person for person in (row.asked_by, case.lead_officer)}
    inside = [person for person in people.values() if person.agency_id == case.lead_agency_id and person.is_active]
    tell_staff(inside, kind=NoticeKind.INFORMATION, text=text, link=_ON_CASE.format(case.pk))
