"""Opening a case for a referral, and reopening one that was closed."""

from datetime import datetime

from django.db import IntegrityError, transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases import policies, process
from counterpoint.cases.models import Case, CaseMember, CaseReferral
from counterpoint.cases.permissions import check_leads, check_opens_cases
from counterpoint.cases.process import Running
from counterpoint.cases.services.change import locked, tell
from counterpoint.cases.services.mailboxes import reopen_referrals, show_status
from counterpoint.cases.services.steps import take_step
from counterpoint.cases.types import OTHER_PROCESS, CaseState, EventKind
from counterpoint.intake.models import Referral
from counterpoint.intake.types import PublicStatus
from counterpoint.kernel import processes
from counterpoint.kernel.processes import Scalar

_OPENED = Prepared(lambda referral_id: CaseReferral.objects.select_related("case").filter(referral_id=referral_id))


def open_case(
    referral: Referral, *, lead_officer: Staff, by: Staff, at: datetime, process_id: str = process.CASE_PROCESS
) -> Case:
    """The case of this referral, opened with a process of the pack unless it was before (then nothing changes and the
    case is returned as it is, whoever leads it).

    Raises NotAllowed, and Missing with all that stands against it."""
    check_opens_cases(by)
    known = case_of(referral)
    if known is not None:
        return known
    policies.check_can_be_opened_for(referral, lead_officer=lead_officer)
    try:
        with transaction.atomic():
            return _opened(referral, lead_officer=lead_officer, by=by, at=at, process_id=process_id)
    except IntegrityError:
        known = case_of(referral)  # somebody else opened it at the same moment
        if known is None:
            raise
        return known


def case_of(referral: Referral) -> Case | None:
    """The case that works this referral, unscoped: for services that have checked who asks."""
    link = _OPENED.one(referral.pk)
    return link.case if link is not None else None


def _opened(referral: Referral, *, lead_officer: Staff, by: Staff, at: datetime, process_id: str) -> Case:
    case = Case(
        reference=referral.reference,
        lead_officer=lead_officer,
        lead_agency_id=referral.lead_agency_id,
        key_id=keyring.new_record_key(),
        opened_at=at,
        due_at=at,
    )
    case.save(force_insert=True)
    CaseReferral.objects.create(case=case, referral=referral, is_first=True, joined_by=by, joined_at=at)
    running = _begun(case, number=1, by=by, at=at, process_id=process_id)
    Case.objects.filter(pk=case.pk).update(**process.next_step_columns(running, at=at))
    CaseMember.objects.create(case=case, staff=lead_officer, from_at=at, added_by=by)
    tell(case, EventKind.OPENED, by=by, at=at, facts={"process": running.process.hash, "lead": str(lead_officer.pk)})
    show_status(case, PublicStatus.BEING_WORKED_ON, by=by)
    case.refresh_from_db()
    return case


@transaction.atomic
def reopen_case(case: Case, *, reason: str, by: Staff, expected_version: int) -> Case:
    """Open a closed case again: a new run of the process in force begins beside the earlier ones, and needs its own
    outcome, feedback and agreement. What was recorded stays.

    Raises NotFound, NotAllowed, NotPossible when it is open, Missing without a reason, Conflict."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    policies.check_closed(case)
    text = policies.check_text(reason, what="why the case is opened again")
    before = process.current_run(case)
    _end_run(before, case, reason=case.closure_reason, at=at)
    running = _begun(case, number=before.run.number + 1, by=by, at=at, process_id=before.run.process_id)
    case.save_changes(
        expected_version=expected_version,
        state=CaseState.OPEN,
        closed_at=None,
        closure_reason="",
        **process.next_step_columns(running, at=at),
    )
    tell(case, EventKind.REOPENED, by=by, at=at, facts={"process": running.process.hash}, text=text)
    reopen_referrals(case, by=by)
    return case


@transaction.atomic
def change_process(case: Case, *, process_id: str, reason: str, by: Staff, expected_version: int) -> Case:
    """Go on with another process of the pack in force, from its beginning: a case of our own casework becomes one for
    the panel. What the run before recorded stays with it.

    Raises NotFound, NotAllowed, NotPossible, Missing without a reason, Conflict."""
    at, case = clock.now(), locked(case)
    check_leads(by, case)
    policies.check_open(case)
    text = policies.check_text(reason, what="why the case goes on by another process")
    before = process.current_run(case)
    if before.run.process_id == process_id:
        raise NotPossible("The case runs this process already.")
    _end_run(before, case, reason=OTHER_PROCESS, at=at)
    running = _begun(case, number=before.run.number + 1, by=by, at=at, process_id=process_id)
    case.save_changes(expected_version=expected_version, **process.next_step_columns(running, at=at))
    facts = {"process": running.process.hash, "step_name": running.process.name}
    tell(case, EventKind.OTHER_PROCESS, by=by, at=at, facts=facts, text=text)
    return case


def _begun(case: Case, *, number: int, by: Staff, at: datetime, process_id: str) -> Running:
    """A new run, past the steps that triage has done already."""
    running = process.begin_run(case, number=number, at=at, process_id=process_id)
    while True:
        step = next((each for each in running.waiting if running.plan_of(each.id).opened_with), None)
        if step is None:
            return running
        choices: dict[str, Scalar] = dict(running.plan_of(step.id).opened_with)
        running = take_step(case, running, step.id, choices, {}, by=by, at=at)


def _end_run(running: Running, case: Case, *, reason: str, at: datetime) -> None:
    """A run that something still waits in ends, and nothing waits in it any more."""
    if running.run.ended_at is None:
        if not running.is_finished:
            running = process.moved(running, case, lambda state: processes.cancel(running.process, state, at=at), at=at)
        running.run.ended_at, running.run.closure_reason = at, reason
        running.run.save(update_fields=["ended_at", "closure_reason"])
