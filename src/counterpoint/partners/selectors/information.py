"""Requests for information: for the agency that was asked, and on the case for who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_reads
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit.services import record
from counterpoint.base import clock
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import CaseReferral
from counterpoint.cases.process import current_run
from counterpoint.cases.selectors import case_row
from counterpoint.cases.selectors.heading import heading_for, record_read
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.processes import Step
from counterpoint.partners.disclosing import shown
from counterpoint.partners.models import InformationRequest
from counterpoint.partners.permissions import check_answers, check_reads_inside
from counterpoint.partners.services.information import subject
from counterpoint.partners.types import Provenance, RequestRow, RequestState, RequestView

MOST_SHOWN = 200
COUNT_CAP = 100
_RELATED = ("agency", "asked_by__agency", "ended_by")


def requests_to(viewer: Staff) -> Sequence[RequestRow]:
    """What the viewer's agency was asked: what waits, the nearest due first; then what ended, the latest first.
    Opens nothing, and tells nothing of the case."""
    rows = _asked_of(viewer).select_related(*_RELATED)
    waiting = rows.filter(state=RequestState.ASKED).order_by("due_at", "id")[:MOST_SHOWN]
    ended = rows.exclude(state=RequestState.ASKED).order_by("-ended_at", "-id")[:MOST_SHOWN]
    return [_row(row) for row in (*waiting, *ended)]


def requests_waiting_for(viewer: Staff) -> int:
    """How many wait for an answer of the viewer's agency, counted up to COUNT_CAP."""
    return _asked_of(viewer).filter(state=RequestState.ASKED)[:COUNT_CAP].count()


@transaction.atomic
def request_for(viewer: Staff, request_id: UUID) -> RequestView:
    """One request for the agency that was asked; withdrawn, it says nothing any more. Raises NotFound. Audited."""
    rows = InformationRequest.objects.filter(pk=request_id, agency_id=viewer.agency_id)
    found = one_or_none(rows.select_related("case", *_RELATED))
    row = check_answers(viewer, found)
    is_gone = row.state == RequestState.WITHDRAWN
    opened = {} if is_gone else _opened([row], key_id=row.case.key_id)
    record("information_request.read", by=viewer.actor, about=subject(row), purpose="asked of the agency")
    return _view(row, opened)


@transaction.atomic
def requests_of_case(viewer: Staff, case_id: UUID, *, purpose: str) -> Sequence[RequestView]:
    """What was asked of other agencies about the case, and their answers, the latest first: for the lead agency.
    Raises NotFound, NotAllowed for partners. Audited."""
    heading, case = heading_for(viewer, case_id), case_row(viewer, case_id)
    check_reads_inside(viewer, case)
    rows = list(case.information_requests.select_related(*_RELATED).order_by("-asked_at", "-id"))
    opened = _opened(rows, key_id=case.key_id)
    record_read(viewer, heading, part="information", purpose=purpose, detail={"requests": len(rows)})
    return [_view(row, opened) for row in rows]


@transaction.atomic
def answers_for(viewer: Staff, case_id: UUID, *, purpose: str) -> Sequence[RequestView]:
    """What other agencies answered about the case, with the questions, the latest first: also for an agency that was
    given this section. What was shown with a question is not among it.

    Raises NotFound; NotAllowed for an agency that was not given it. Audited."""
    heading, case = heading_for(viewer, case_id), case_row(viewer, case_id)
    check_reads(viewer, kind=SubjectKind.CASE, subject_id=case_id, section=Section.INFORMATION)
    answered = case.information_requests.filter(state=RequestState.ANSWERED)
    rows = list(answered.select_related(*_RELATED).order_by("-ended_at", "-id"))
    opened = _opened(rows, key_id=case.key_id)
    detail: dict[str, str | int] = {"sections": Section.INFORMATION.value, "answers": len(rows)}
    record_read(viewer, heading, part="information", purpose=purpose, detail=detail)
    return [replace(_view(row, opened), disclosed=()) for row in rows]


def steps_to_ask(viewer: Staff, case_id: UUID) -> Sequence[Step]:
    """The steps of the case's process that wait for what partners say. Nothing personal. Raises NotFound."""
    running = current_run(case_row(viewer, case_id))
    return [step for step in running.waiting if running.form_of(step.id).work is StepWork.INFORMATION]


def _asked_of(viewer: Staff) -> QuerySet[InformationRequest]:
    check_holds(viewer, Role.PARTNER)
    rows = InformationRequest.objects.filter(agency_id=viewer.agency_id)
    cases = relations.recused_from(viewer, kind=SubjectKind.CASE)
    referrals = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    links = CaseReferral.objects.filter(case=OuterRef("case"), referral_id__in=referrals)
    return rows.exclude(case_id__in=cases).exclude(Exists(links))


def _opened(rows: Sequence[InformationRequest], *, key_id: UUID) -> Mapping[tuple[UUID, str], Any]:
    names = ("sealed_asked", "sealed_answer", "sealed_why")
    return envelope.unseal_all([(row, name) for row in rows for name in names], key_id=key_id)


def _row(row: InformationRequest) -> RequestRow:
    state = RequestState(row.state)
    return RequestRow(
        id=row.pk,
        reference=row.reference,
        asking=row.asked_by.agency.name,
        asked=row.agency.name,
        asked_by=row.asked_by.name,
        asked_at=row.asked_at,
        due_at=row.due_at,
        state=state,
        is_late=state is RequestState.ASKED and row.due_at < clock.now(),
        purpose=row.purpose,
        legal_basis=row.legal_basis,
    )


def _view(row: InformationRequest, opened: Mapping[tuple[UUID, str], Any]) -> RequestView:
    asked = opened.get((row.pk, "sealed_asked")) or {"question": "", "disclosed": []}
    answer = opened.get((row.pk, "sealed_answer")) or {}
    return RequestView(
        row=_row(row),
        question=asked["question"],
        disclosed=shown(asked["disclosed"]),
        answer=answer.get("text", ""),
        provenance=Provenance(answer["provenance"]) if answer else None,
        ended_by=row.ended_by.name if row.ended_by else "",
        ended_at=row.ended_at,
        why=opened.get((row.pk, "sealed_why"), ""),
    )
