"""Recording what became of a consent, and its withdrawal."""

from collections.abc import Mapping

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_read
from counterpoint.access.services import tell_staff
from counterpoint.access.types import NoticeKind, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.cases import envelope, process
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Case
from counterpoint.cases.permissions import can_do_casework
from counterpoint.cases.policies import check_open
from counterpoint.cases.services.change import locked, tell
from counterpoint.cases.steps import form_of_plan
from counterpoint.cases.types import CaseState, EventKind
from counterpoint.kernel.packs import StepWork
from counterpoint.kernel.packs.casework import ConsentKind
from counterpoint.support import consenting, policies
from counterpoint.support.consenting import Advice
from counterpoint.support.days import today
from counterpoint.support.models import Consent, Intervention
from counterpoint.support.permissions import check_plans, check_works
from counterpoint.support.services.steps import StepDone, check_step_is, finish_step
from counterpoint.support.types import ConsentGiven, ConsentResult, InterventionState, Withdrawal


@transaction.atomic
def record_consent(
    case: Case, kind_id: str, given: ConsentGiven, *, by: Staff, expected_number: int, step: StepDone | None = None
) -> Consent:
    """What became of asking for a consent. What was recorded before stays and is superseded.

    expected_number: of the row that counted when the page was shown, 0 for none. step: finished with it, in the same
    transaction. Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing with all that lacks; Conflict
    when somebody recorded this consent meanwhile."""
    at, case = clock.now(), locked(case)
    if step is None:
        check_plans(by, case)
    else:
        check_works(by, case)  # whose step it is, `complete_step` checks
    check_open(case)
    kind = _kind(kind_id)
    latest = consenting.latest_of(case.pk).get(kind.id)
    policies.check_nobody_was_first(latest, expected_number=expected_number)
    advice = consenting.advice_on(kind, age_band=given.age_band, capacity=given.capacity)
    policies.check_consent(kind, given, advice=advice)
    if step is not None:
        check_step_is(case, step, StepWork.CONSENT)
    row = Consent(case=case, kind=kind.id, number=expected_number + 1, result=given.result, by=by, at=at)
    row.on = given.asked_on or today()
    row.table_hash = advice.table_hash if advice is not None else ""
    _store(row, words_of(given, advice), case)
    tell(case, EventKind.CONSENT_RECORDED, by=by, at=at, facts=_facts(row))
    if step is not None:
        finish_step(case, step, StepWork.CONSENT, by=by)
    return row


@transaction.atomic
def withdraw_consent(case: Case, kind_id: str, withdrawal: Withdrawal, *, by: Staff) -> Consent:
    """The consent counts no more, from now on; whoever works on the case may record it, also of a closed case. Where
    steps hang on it the running process is told in the same transaction; who provides support is told too. Twice is
    once, and nobody's change of the case stands in the way.

    Raises NotFound, NotAllowed; NotPossible when it was never given; Missing."""
    at, case = clock.now(), locked(case)
    check_works(by, case)
    kind = _kind(kind_id)
    latest = consenting.latest_of(case.pk).get(kind.id)
    if latest is not None and latest.result == ConsentResult.WITHDRAWN:
        return latest
    if latest is None or latest.result != ConsentResult.GIVEN:
        raise NotPossible(
            "This consent is not in force, so it cannot be withdrawn. Record that it was refused instead."
        )
    policies.check_withdrawal(kind, withdrawal)
    words = {"giver": withdrawal.giver, "said": withdrawal.said.strip()}
    row = Consent(case=case, kind=kind.id, number=latest.number + 1, result=ConsentResult.WITHDRAWN, by=by, at=at)
    row.on = withdrawal.withdrawn_on
    _store(row, words, case)
    tell(case, EventKind.CONSENT_WITHDRAWN, by=by, at=at, facts=_facts(row))
    if kind in consenting.kinds_support_rests_on():
        _tell_providers(case, by=by)
    _tell_process(case, kind, withdrawal, by=by)
    return row


def words_of(given: ConsentGiven, advice: Advice | None) -> dict[str, object]:
    """What is sealed of a consent; what was said once is kept once."""
    words = {
        "giver": given.giver,
        "age_band": given.age_band,
        "capacity": given.capacity,
        "how": given.how.strip(),
        "reason": given.reason.strip(),
        "deviation": given.deviation.strip() if advice is not None and not advice.admits(given.giver) else "",
        "records": {
            name: text.strip() for name, text in given.records.items() if text.strip() not in ("", given.how.strip())
        },
    }
    if advice is not None:
        words |= {"advised": advice.giver, "advised_because": advice.reason, "rule": advice.rule}
    return {name: value for name, value in words.items() if value}


def _kind(kind_id: str) -> ConsentKind:
    kind = consenting.kind_of(kind_id)
    if kind is None:
        raise Missing(("Choose one of the consents of the pack.",))
    return kind


def _store(row: Consent, words: Mapping[str, object], case: Case) -> None:
    row.sealed_words = envelope.seal(row, "sealed_words", words, key_id=case.key_id)
    row.save(force_insert=True)


def _facts(row: Consent) -> dict[str, str | int | bool | None]:
    return {"consent": row.kind, "result": str(row.result), "number": row.number}


def _tell_process(case: Case, kind: ConsentKind, withdrawal: Withdrawal, *, by: Staff) -> None:
    """The message that the process waits for, if it does. Of somebody who may not move the process (they came to the
    case by a task) the consent counts no more at once; the lead officer, who was told, takes the news to it."""
    if kind.withdrawal is None or case.state != CaseState.OPEN or not can_do_casework(by, case):
        return
    running = process.current_run(case)
    if not any(event.message_id == kind.withdrawal for event in running.expected):
        return
    said = {"giver": withdrawal.giver, "withdrawn_on": withdrawal.withdrawn_on.isoformat(), "said": withdrawal.said}
    form = form_of_plan(running.pack, running.message_plan(kind.withdrawal))
    asked = {field.id for field in form.fields}
    values = {name: value for name, value in said.items() if name in asked}
    cases.receive_message(case, kind.withdrawal, values, by=by, expected_version=case.version)


def _tell_providers(case: Case, *, by: Staff) -> None:
    """Whoever provides support that goes on, or is about to, and may still know of the case; and the lead officer."""
    rows = Intervention.objects.filter(
        case=case, state__in=[InterventionState.OFFERED, InterventionState.ACCEPTED, InterventionState.RUNNING]
    )
    people = {row.staff_id for row in rows if row.staff_id}
    agencies = {row.agency_id for row in rows if row.agency_id and row.agency_id != case.lead_agency_id}
    found = Staff.objects.filter(is_active=True).exclude(pk=by.pk).order_by("id")
    told = found.filter(pk__in={*people, case.lead_officer_id}) | found.filter(
        agency_id__in=agencies, roles__role="intervention_provider", roles__ended_at__isnull=True
    )
    tell_staff(
        [person for person in told.distinct() if can_read(person, kind=SubjectKind.CASE, subject_id=case.pk)],
        kind=NoticeKind.OTHER,
        text=f"Consent to support was withdrawn in case {case.reference}. Support goes on only with consent.",
        link=f"/desk/cases/{case.pk}/support/",
    )


__all__ = ["record_consent", "withdraw_consent", "words_of"]
