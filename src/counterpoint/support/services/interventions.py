"""Interventions: planned, changed, answered by their provider, and moved from offered to ended; and what a service
answered."""

from datetime import date
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.services import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.base import clock
from counterpoint.base.errors import Conflict
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.models import Case
from counterpoint.cases.policies import check_line, check_open, check_text
from counterpoint.cases.services.change import CHANGED, locked, locked_by_id, tell
from counterpoint.cases.sharing import may_be_told
from counterpoint.cases.types import EventKind
from counterpoint.support import policies
from counterpoint.support.days import today
from counterpoint.support.models import Intervention
from counterpoint.support.permissions import check_answers_offer, check_plans
from counterpoint.support.types import (
    OFFER_ANSWERS,
    InterventionKind,
    InterventionState,
    NewIntervention,
    ServiceAnswer,
)


@transaction.atomic
def add_intervention(case: Case, new: NewIntervention, *, by: Staff, submission: UUID) -> Intervention:
    """Support to be offered, by one provider. submission: of the form, so that sent twice is once.

    Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing with all that is wrong with it."""
    at, case = clock.now(), locked(case)
    check_plans(by, case)
    check_open(case)
    known = one_or_none(Intervention.objects.filter(case=case, submission=submission))
    if known is not None:
        return known
    row = Intervention(case=case, submission=submission, added_by=by, state_on=today(), state_by=by)
    _fill(row, case, new)
    row.save(force_insert=True)
    tell(case, EventKind.INTERVENTION_ADDED, by=by, at=at, facts=_facts(row), text=new.title.strip())
    return row


@transaction.atomic
def change_intervention(
    intervention: Intervention, new: NewIntervention, *, by: Staff, expected_version: int
) -> Intervention:
    """The support as it should read from now on; the timeline keeps that it was changed. With another provider it is
    offered anew: what the one before answered is not their answer.

    Raises as `add_intervention`; NotPossible when it has ended; Conflict, holding what the other person saved."""
    at = clock.now()
    row, case = _ready(intervention, by, expected_version)
    policies.check_may_change(row)
    offered_to = (row.agency_id, row.staff_id, envelope.unseal(row, "sealed_service", key_id=case.key_id))
    _fill(row, case, new)
    if offered_to != (row.agency_id, row.staff_id, new.service.strip()) and row.state in OFFER_ANSWERS:
        row.state, row.state_on, row.state_by, row.sealed_why = InterventionState.OFFERED, today(), by, b""
    row.save_changes(
        expected_version=expected_version,
        kind=row.kind,
        sealed_title=row.sealed_title,
        sealed_goals=row.sealed_goals,
        agency=row.agency,
        staff=row.staff,
        sealed_service=row.sealed_service,
        from_on=row.from_on,
        until_on=row.until_on,
        state=row.state,
        state_on=row.state_on,
        state_by=row.state_by,
        sealed_why=row.sealed_why,
    )
    tell(case, EventKind.INTERVENTION_CHANGED, by=by, at=at, facts=_facts(row), text=new.title.strip())
    return row


@transaction.atomic
def move_intervention(
    intervention: Intervention, to: InterventionState, *, on: date, why: str, by: Staff, expected_version: int
) -> Intervention:
    """The support was accepted, not accepted, begun, ended, or offered again, as the one who does the casework was
    told. What a provider says themselves: `answer_offer`.

    Raises NotFound, NotAllowed; NoConsent where it would begin without; NotPossible where it cannot go there; Missing
    for a day ahead or a reason that lacks; Conflict, holding what the other person saved."""
    at = clock.now()
    row, case = _ready(intervention, by, expected_version)
    policies.check_move(row, to, on=on, why=why)
    if to is InterventionState.RUNNING:
        policies.check_support_may_begin(case)
    _move(row, case, to, on=on, why=why, by=by, expected_version=expected_version)
    tell(case, EventKind.INTERVENTION_MOVED, by=by, at=at, facts=_facts(row), text=_title(row, case))
    return row


@transaction.atomic
def answer_offer(
    intervention: Intervention, answer: InterventionState, *, why: str, by: Staff, expected_version: int
) -> Intervention:
    """The provider's own answer to support that was offered to them: accepted, or not accepted and why. The lead
    officer is told. Sent twice is once.

    Raises NotFound, NotAllowed for anybody else; NotPossible when the case is closed or the support is not on offer any
    more; Missing without a reason for not accepting; Conflict, holding what the other person saved."""
    at, case = clock.now(), locked_by_id(intervention.case_id)
    row = Intervention.objects.select_for_update().get(pk=intervention.pk)
    check_answers_offer(by, row)
    check_open(case)
    if row.state == answer and row.state_by_id == by.pk:
        return row
    _check_nobody_was_first(row, case, expected_version)
    policies.check_is_answer(answer)
    policies.check_move(row, answer, on=today(), why=why)
    _move(row, case, answer, on=today(), why=why, by=by, expected_version=expected_version)
    tell(case, EventKind.OFFER_ANSWERED, by=by, at=at, facts=_facts(row), text=_title(row, case))
    said = "accepted" if answer == InterventionState.ACCEPTED else "did not accept"
    tell_staff(
        may_be_told(case, Staff.objects.filter(pk=case.lead_officer_id, is_active=True).exclude(pk=by.pk)),
        kind=NoticeKind.OTHER,
        text=f"The provider {said} the support that was offered in case {case.reference}.",
        link=f"/desk/cases/{case.pk}/support/{row.pk}/",
    )
    return row


@transaction.atomic
def record_service_answer(
    intervention: Intervention, answer: ServiceAnswer, *, on: date, reason: str, by: Staff, expected_version: int
) -> Intervention:
    """Whether the service that the person was signposted to took them on, when, and why.

    Raises NotFound, NotAllowed; NotPossible where nobody was signposted; Missing for a day ahead or without a reason;
    Conflict."""
    at = clock.now()
    row, case = _ready(intervention, by, expected_version)
    policies.check_is_signposting(row)
    policies.check_day_is_past(on)
    text = check_text(reason, what="what the service said")
    row.save_changes(
        expected_version=expected_version,
        service_answer=ServiceAnswer(answer),
        service_answered_on=on,
        sealed_service_reason=envelope.seal(row, "sealed_service_reason", text, key_id=case.key_id),
    )
    tell(case, EventKind.SERVICE_ANSWERED, by=by, at=at, facts={**_facts(row), "answer": str(row.service_answer)})
    return row


def _fill(row: Intervention, case: Case, new: NewIntervention) -> None:
    agency = one_or_none(Agency.objects.filter(pk=new.agency_id)) if new.agency_id else None
    staff = one_or_none(Staff.objects.filter(pk=new.staff_id)) if new.staff_id else None
    title = check_line(new.title, what="what the support is")
    goals = check_text(new.goals, what="what it should come to")
    service = check_line(new.service, what="which service provides it") if new.service.strip() else ""
    policies.check_intervention(case, new, agency=agency, staff=staff)
    policies.check_kind_may_change(row, InterventionKind(new.kind))
    row.kind, row.from_on, row.until_on = InterventionKind(new.kind), new.from_on, new.until_on
    row.agency, row.staff = agency, staff
    row.sealed_title = envelope.seal(row, "sealed_title", title, key_id=case.key_id)
    row.sealed_goals = envelope.seal(row, "sealed_goals", goals, key_id=case.key_id)
    row.sealed_service = envelope.seal(row, "sealed_service", service, key_id=case.key_id) if service else b""


def _ready(intervention: Intervention, by: Staff, expected_version: int) -> tuple[Intervention, Case]:
    case = locked_by_id(intervention.case_id)
    row = Intervention.objects.select_for_update().get(pk=intervention.pk)
    check_plans(by, case)
    check_open(case)
    _check_nobody_was_first(row, case, expected_version)
    return row, case


def _check_nobody_was_first(row: Intervention, case: Case, expected_version: int) -> None:
    if row.version != expected_version:
        raise Conflict(CHANGED, theirs=_theirs(row, case))


def _move(
    row: Intervention, case: Case, to: InterventionState, *, on: date, why: str, by: Staff, expected_version: int
) -> None:
    sealed = envelope.seal(row, "sealed_why", why.strip(), key_id=case.key_id) if why.strip() else b""
    row.save_changes(expected_version=expected_version, state=to, state_on=on, state_by=by, sealed_why=sealed)


def _title(row: Intervention, case: Case) -> str:
    return str(envelope.unseal(row, "sealed_title", key_id=case.key_id))


def _theirs(row: Intervention, case: Case) -> dict[str, object]:
    """The support as the other person saved it, in clear: both may read it."""
    fields = [(row, name) for name in ("sealed_title", "sealed_goals", "sealed_why")]
    opened = envelope.unseal_all(fields, key_id=case.key_id)
    return {
        "kind": str(row.kind),
        "title": opened.get((row.pk, "sealed_title"), ""),
        "goals": opened.get((row.pk, "sealed_goals"), ""),
        "from_on": row.from_on,
        "until_on": row.until_on,
        "state": InterventionState(row.state).label,
        "on": row.state_on,
        "why": opened.get((row.pk, "sealed_why"), ""),
        "version": row.version,
    }


def _facts(row: Intervention) -> dict[str, str | int | bool | None]:
    return {
        "intervention": str(row.pk),
        "kind": str(row.kind),
        "state": str(row.state),
        "agency": str(row.agency_id) if row.agency_id else None,
        "staff": str(row.staff_id) if row.staff_id else None,
    }
