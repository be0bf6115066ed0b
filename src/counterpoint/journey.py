"""A referral's whole path in one file: what arrived, what was made of it, what the table said, what a person decided,
and what follows from that. Each step is a service of its own folder; here they are put in order.

    arrival -> accept -> verdict -> (a person) decide -> emergency | case | content | advice | signpost | close
                                                  \\-> a second reader, where one is needed, before anything follows

Every step may run twice without harm. `trace` prints the path of one reference with ids, versions and reasons, and
nothing that anybody wrote.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.relations import is_recused
from counterpoint.access.selectors import colleagues
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind, Role, SubjectKind
from counterpoint.audit import selectors as audit_selectors
from counterpoint.base import clock, ids
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.cases import services as cases
from counterpoint.cases.process import CASE_PROCESS
from counterpoint.intake import accepting, arrivals, call_backs, mailbox
from counterpoint.intake import selectors as intake
from counterpoint.intake import tasks as intake_tasks
from counterpoint.intake.accepting import Accepted
from counterpoint.intake.models import AdviceContact, Arrival, CallBackOutcome, Referral
from counterpoint.intake.types import (
    Answers,
    ArrivalReceived,
    ArrivalState,
    CallBackEnding,
    ChannelName,
    MessageKind,
    PublicStatus,
    Urgency,
)
from counterpoint.kernel.questions import Audience, SetKind
from counterpoint.rules import selectors as rules
from counterpoint.triage import services as triage
from counterpoint.triage.models import Decision, EmergencyHandover, Verdict
from counterpoint.triage.opening import feedback_of
from counterpoint.triage.types import CLOSING, PUBLIC_STATUS_AFTER, DecisionState, HandedTo, Route

_VERDICTS = Prepared(lambda referral_id: Verdict.objects.filter(referral_id=referral_id))


def concern_form() -> str:
    """The question set that is gone through on the phone when advice becomes a concern: the public's about a concern.
    Raises NotPossible where the pack has none."""
    set_id = rules.pack_in_force().question_set_for(SetKind.CONCERN, Audience.PUBLIC)
    if set_id is None:
        raise NotPossible("The pack in force has no form about a concern. Whoever changes the rules can add one.")
    return set_id


# --- from the door to the inbox


def process_arrival(arrival_id: UUID) -> Accepted:
    """Accept the arrival, ask the table, tell triage of an emergency, and have its files prepared. Safe to run twice.

    An arrival that cannot be shaped goes to the call-back queue, and triage is told."""
    accepted = accepting.accept(arrival_id)
    if accepted.referral_id is not None:
        _ask_the_table_about_referral(accepted.referral_id)
    if accepted.advice_id is not None:
        _ask_the_table_about_advice(accepted.advice_id)
    if accepted.is_new and accepted.state is ArrivalState.PROBLEM:
        with transaction.atomic():
            reference = Arrival.objects.values_list("reference", flat=True).get(pk=arrival_id)
            _tell_triage(f"{reference} could not be read by itself and needs a call back.", kind=NoticeKind.OTHER)
    if accepted.state is not ArrivalState.RECEIVED and intake.files_of([arrival_id]):
        intake_tasks.prepare_files.enqueue(str(arrival_id))
    return accepted


def put_into_inbox(arrival_id: UUID, *, by: Staff) -> Accepted:
    """Make of an arrival that waits for a call back what its fitting answers give, and go on as with any other.
    Raises NotAllowed, NotFound, NotPossible when somebody else was first, KeyDestroyed, NoLeadAgency."""
    accepting.accept_by_hand(arrival_id, by=by)
    return process_arrival(arrival_id)


def set_call_back_aside(
    arrival_id: UUID, *, ending: CallBackEnding, note: str, told: str, by: Staff, sent_again_as: str = ""
) -> CallBackOutcome:
    """Set aside what waits for a call back (`intake.call_backs.set_aside` says what each part means); the reporter
    reads in the mailbox that the work has ended, and `told`. Raises what the services raise."""
    with transaction.atomic():
        outcome = call_backs.set_aside(arrival_id, ending=ending, note=note, by=by, sent_again_as=sent_again_as)
        status = PublicStatus.CLOSED
        mailbox.tell_reporter(outcome.arrival, text=told, by=by, kind=MessageKind.OUTCOME, status=status)
        return outcome


def take_call_back_up(arrival_id: UUID, *, by: Staff) -> None:
    """Put what was set aside back into the queue, and say in the mailbox that it is being read. Raises what the
    services raise."""
    with transaction.atomic():
        arrival = call_backs.take_up_again(arrival_id, by=by)
        mailbox.set_status(arrival, status=PublicStatus.BEING_READ, by=by)


def advice_becomes_referral(advice_id: UUID, *, answers: Answers, by: Staff) -> ArrivalReceived:
    """Make a referral because the enquirer wishes it: a new arrival by the front door, linked to the advice contact.

    answers: Answers to the public question set about a concern. Returns reference and receipt to read out. Safe to run
    twice: the second time nothing is stored, and the receipt is not told again.
    Raises NotAllowed, NotFound, NotPossible when the answers cannot be shaped."""
    contact = intake.advice_row(advice_id)
    received = arrivals.store_arrival(
        channel=ChannelName(contact.route),
        language=rules.pack_in_force().default_language,
        question_set_id=concern_form(),
        answers=answers,
        submission_key=f"advice:{advice_id}",
        at=clock.now(),
        by=by.actor,
    )
    accepted = process_arrival(received.arrival_id)
    if accepted.referral_id is None:
        raise NotPossible(f"{received.reference} is stored, but needs a call back before it is a referral.")
    triage.link_referral(advice_id, referral_id=accepted.referral_id, by=by)
    return received


def _ask_the_table_about_referral(referral_id: UUID) -> None:
    with transaction.atomic():
        is_first = not _VERDICTS.any(referral_id)
        verdict = triage.give_verdict(referral_id)
        if is_first and verdict.route == Route.EMERGENCY and verdict.referral is not None:
            text = f"{verdict.referral.reference} may be an emergency: hand it over first."
            _tell_triage(text, kind=NoticeKind.WAITS_FOR_YOU, agency_id=verdict.referral.lead_agency_id)


def _ask_the_table_about_advice(advice_id: UUID) -> None:
    with transaction.atomic():
        is_first = not Verdict.objects.filter(advice_id=advice_id).exists()
        verdict = triage.give_advice_verdict(advice_id)
        if is_first and verdict.route == Route.EMERGENCY and verdict.advice is not None:
            text = f"{verdict.advice.reference} asks for advice and may be an emergency: hand it over first."
            _tell_triage(text, kind=NoticeKind.WAITS_FOR_YOU)


def _tell_triage(text: str, *, kind: NoticeKind, agency_id: UUID | None = None) -> None:
    """agency_id: of the lead agency that it is for; None for what any of them may take up."""
    held = [Role.TRIAGE_OFFICER, Role.SUPERVISOR]
    people = Staff.objects.filter(
        agency__is_lead=True, is_active=True, roles__role__in=held, roles__ended_at__isnull=True
    )
    if agency_id is not None:
        people = people.filter(agency_id=agency_id)
    tell_staff(people.distinct(), kind=kind, text=text)


# --- what a person decides, and what follows


def decide(
    referral_id: UUID,
    *,
    route: Route,
    urgency: Urgency,
    by: Staff,
    expected_version: int,
    reason: str = "",
    category: str = "",
    closure_reason: str = "",
    particulars: Mapping[str, str] | None = None,
    feedback: str | None = None,
    withheld_reason: str = "",
    wants_second_reader: bool = False,
    lead_officer: Staff | None = None,
    process_id: str = CASE_PROCESS,
) -> Decision:
    """Record the decision (`triage.services.record_decision` says what each part means) and let follow what follows:
    a case, a public status, words to the reporter. Where a second reader is needed, only their agreement lets it.

    lead_officer: of the case; by default `by` when they may lead one, else a case officer in turn. process_id: by which
    process of the pack the case is worked; where a second reader comes first, that is said on the case's page.
    One transaction: either all of it happened or nothing. Raises what the services raise."""
    with transaction.atomic():
        decision = triage.record_decision(
            referral_id,
            route=route,
            urgency=urgency,
            by=by,
            expected_version=expected_version,
            reason=reason,
            category=category,
            closure_reason=closure_reason,
            particulars=particulars,
            feedback=feedback,
            withheld_reason=withheld_reason,
            wants_second_reader=wants_second_reader,
        )
        _carry_out(decision, by=by, lead_officer=lead_officer, process_id=process_id)
        return decision


def read_second(
    referral_id: UUID,
    *,
    agrees: bool,
    by: Staff,
    expected_version: int,
    reason: str = "",
    lead_officer: Staff | None = None,
) -> Decision:
    """Record the second reading; when it agrees, what was decided happens now. Raises what the services raise."""
    with transaction.atomic():
        decision = triage.record_second_reading(
            referral_id, agrees=agrees, by=by, expected_version=expected_version, reason=reason
        )
        if decision.state == DecisionState.SENT_BACK:
            text = f"The second reader sent your decision about {decision.referral.reference} back."
            tell_staff([decision.by], kind=NoticeKind.WAITS_FOR_YOU, text=text)
        _carry_out(decision, by=by, lead_officer=lead_officer)
        return decision


def hand_over(
    referral_id: UUID, *, handed_to: HandedTo, by: Staff, their_reference: str = "", note: str = ""
) -> EmergencyHandover:
    """Record to whom the emergency was handed, and say in the mailbox that it was passed on, unless work that says more
    has begun. Raises what the services raise."""
    with transaction.atomic():
        handover = triage.record_handover(
            referral_id, handed_to=handed_to, by=by, their_reference=their_reference, note=note
        )
        referral = intake.referral_row(referral_id)
        in_force = one_or_none(Decision.objects.filter(referral=referral, state=DecisionState.IN_FORCE))
        if in_force is None or in_force.route == Route.EMERGENCY:
            mailbox.set_status(referral, status=PublicStatus.PASSED_TO_EMERGENCY, by=by)
        return handover


def give_advice(advice_id: UUID, *, advice: str, by: Staff, expected_version: int) -> AdviceContact:
    """Answer a question that came in by a form; the enquirer reads it in the mailbox. Raises what the
    services raise."""
    with transaction.atomic():
        contact = triage.give_advice(advice_id, advice=advice, by=by, expected_version=expected_version)
        if mailbox.has_mailbox(contact):
            mailbox.tell_reporter(
                contact, text=advice.strip(), by=by, kind=MessageKind.OUTCOME, status=PublicStatus.ADVICE_GIVEN
            )
        return contact


def _carry_out(decision: Decision, *, by: Staff, lead_officer: Staff | None, process_id: str = CASE_PROCESS) -> None:
    """What follows from a decision in force. Nothing follows from one that waits or was sent back."""
    if decision.state != DecisionState.IN_FORCE:
        return
    referral = intake.referral_row(decision.referral_id)
    route = Route(decision.route)
    if route in CLOSING:
        _tell_outcome(decision, referral, by=by)
    elif route is Route.CASE:
        leads = lead_officer or _who_leads(referral, decision.by)
        cases.open_case(referral, lead_officer=leads, by=by, at=clock.now(), process_id=process_id)
        if leads.pk != by.pk:
            tell_staff([leads], kind=NoticeKind.ASSIGNED, text=f"The case {referral.reference} was given to you.")
    elif route is not Route.EMERGENCY or referral.handovers.filter(needed=True).exists():
        mailbox.set_status(referral, status=PUBLIC_STATUS_AFTER[route], by=by)


def _tell_outcome(decision: Decision, referral: Referral, *, by: Staff) -> None:
    """What may be told lies in the mailbox; where nothing may, the pack's words for that."""
    if not mailbox.has_mailbox(referral):
        return
    told, _ = feedback_of(decision)
    pack = rules.pack_in_force()
    language = referral.language if pack.has_language(referral.language) else pack.default_language
    text = told or pack.text("mailbox.outcome.withheld", language)
    status = PUBLIC_STATUS_AFTER[Route(decision.route)]
    mailbox.tell_reporter(referral, text=text, by=by, kind=MessageKind.OUTCOME, status=status)


def _who_leads(referral: Referral, decided_by: Staff) -> Staff:
    """Who decided, when they may lead a case; else a case officer of the agency, in turn by the referral's id."""
    if decided_by.role_names & {Role.CASE_OFFICER, Role.SUPERVISOR}:
        return decided_by
    for role in (Role.CASE_OFFICER, Role.SUPERVISOR):
        found = [
            person
            for person in colleagues(decided_by, roles=[role])
            if not is_recused(person, kind=SubjectKind.REFERRAL, subject_id=referral.pk)
        ]
        if found:
            return found[referral.pk.int % len(found)]
    raise NotPossible("Nobody here can lead a case: ask your administrator to give somebody the role case officer.")


# --- looking back


@dataclass(frozen=True)
class TraceRow:
    """One row of a path. `versions`: hashes of the rules and versions of rows; `reasons`: ids and words of rules and
    packs. Nothing that a reporter or an officer wrote."""

    step: str  # as numbered in docs/architecture.md
    what: str
    id: str
    at: datetime | None
    by: str
    versions: Mapping[str, str]
    reasons: tuple[str, ...]


def trace(reference: str) -> list[TraceRow]:
    """The row at every step of this reference's path, in the order of the steps. Raises NotFound."""
    arrival = one_or_none(Arrival.objects.filter(reference=ids.read_reference(reference) or ""))
    contact = one_or_none(AdviceContact.objects.filter(reference=ids.read_reference(reference) or ""))
    if arrival is None and contact is None:
        raise NotFound(f"There is nothing under the reference {reference}. Check it letter by letter.")
    rows: list[TraceRow] = []
    if arrival is not None:
        rows += _arrival_rows(arrival)
    referral = one_or_none(Referral.objects.filter(arrival=arrival)) if arrival else None
    if referral is not None:
        rows += [row for part in _REFERRAL_PARTS for row in part(referral)]
    if contact is not None:
        rows += _advice_rows(contact)
    subjects = [("arrival", arrival), ("referral", referral), ("advice", contact)]
    rows += _audit_rows([(kind, row.pk) for kind, row in subjects if row is not None])
    return rows


def command(reference: str, *, as_json: bool = False) -> str:
    """`counterpoint trace REF`: the path as lines of text, or as JSON."""
    rows = trace(reference)
    if as_json:
        import json

        return json.dumps([asdict(row) for row in rows], default=str, ensure_ascii=False, indent=2)
    return "\n".join(_line(row) for row in rows)


def _line(row: TraceRow) -> str:
    at = f"{row.at:%Y-%m-%d %H:%M:%S}" if row.at else "-" * 19
    versions = " ".join(f"{name}={value[:16]}" for name, value in row.versions.items() if value)
    parts = [f"{row.step:>3}", at, row.what, row.id, f"by {row.by}" if row.by else "", versions, "; ".join(row.reasons)]
    return "  ".join(part for part in parts if part)


def _arrival_rows(arrival: Arrival) -> Iterator[TraceRow]:
    versions = {"question_set": arrival.question_set_hash, "pack": arrival.pack_hash}
    yield TraceRow("1", f"received by {arrival.channel}", str(arrival.pk), arrival.received_at, "", {}, ())
    yield TraceRow("2", "stored, sealed", str(arrival.pk), arrival.created_at, "", {"raw_mac": arrival.raw_mac}, ())
    state = ArrivalState(arrival.state)
    yield TraceRow("4", f"checked: {state.label.lower()}", str(arrival.pk), None, "", versions, (arrival.question_set,))
    for row in arrival.call_back_outcomes.order_by("at", "id"):
        ending = CallBackEnding(row.ending).label
        yield TraceRow("4", f"call back: {ending.lower()}", str(row.pk), row.at, str(row.by_id), {}, ())
        if row.taken_up_at is not None:
            by = str(row.taken_up_by_id)
            yield TraceRow("4", "call back: taken up again", str(row.pk), row.taken_up_at, by, {}, ())


def _referral_row(referral: Referral) -> Iterator[TraceRow]:
    versions = {"version": str(referral.version)}
    what = f"referral, {referral.state}, {referral.urgency}"
    yield TraceRow("5", what, str(referral.pk), referral.created_at, "", versions, ())


def _repeat_rows(referral: Referral) -> Iterator[TraceRow]:
    for row in intake.repeats_of(referral):
        other = row.earlier if row.referral_id == referral.pk else row.referral
        decided = row.decision or "not decided"
        by = str(row.decided_by_id or "")
        what = f"possible repeat of {other.reference}: {decided}"
        yield TraceRow("5", what, str(row.pk), row.created_at, by, {}, tuple(row.features))


def _verdict_rows(referral: Referral) -> Iterator[TraceRow]:
    for row in referral.verdicts.order_by("at", "id"):
        reasons = tuple(f"row {rule['row']} {rule['rule_id']}: {rule['reason']}" for rule in row.fired)
        what = f"verdict: {row.route}, {row.urgency}"
        yield TraceRow("6", what, str(row.pk), row.at, "triage table", {"table": row.table_hash}, reasons)


def _decision_rows(referral: Referral) -> Iterator[TraceRow]:
    for row in referral.decisions.select_related("second_reading").order_by("at", "id"):
        how = "confirmed" if row.confirmed else "overridden with a reason"
        versions = {"table": row.verdict.table_hash, "referral_version": str(row.referral_version)}
        reasons = tuple(part for part in (row.closure_reason, row.concern_category) if part)
        what = f"decision: {row.route}, {row.urgency}, {how}, {row.state}"
        yield TraceRow("7", what, str(row.pk), row.at, str(row.by_id), versions, reasons)
        reading = getattr(row, "second_reading", None)
        if reading is not None:
            answer = {None: "awaited", True: "agreed", False: "sent back"}[reading.agreed]
            yield TraceRow(
                "7", f"second reading: {answer}", str(reading.pk), reading.at, str(reading.by_id or ""), {}, ()
            )


def _handover_rows(referral: Referral) -> Iterator[TraceRow]:
    for row in referral.handovers.order_by("at", "id"):
        what = f"emergency handed to {row.handed_to}" if row.needed else "emergency handover not needed"
        yield TraceRow("8", what, str(row.pk), row.at, str(row.by_id), {}, ())


def _case_rows(referral: Referral) -> Iterator[TraceRow]:
    case = cases.case_of(referral)
    if case is None:
        return
    yield TraceRow("9a", f"case, {case.state}", str(case.pk), case.opened_at, "", {"version": str(case.version)}, ())
    for entry in reversed(audit_selectors.entries_about("case", case.pk)):
        yield TraceRow("9a", entry.action, str(entry.id), entry.at, entry.actor_id, {}, ())


def _advice_rows(contact: AdviceContact) -> Iterator[TraceRow]:
    yield TraceRow("8", "advice asked", str(contact.pk), contact.received_at, "", {"version": str(contact.version)}, ())
    for row in contact.verdicts.order_by("at", "id"):
        reasons = tuple(f"row {rule['row']} {rule['rule_id']}: {rule['reason']}" for rule in row.fired)
        what = f"verdict: {row.route}, {row.urgency}"
        yield TraceRow("6", what, str(row.pk), row.at, "triage table", {"table": row.table_hash}, reasons)
    if contact.given_at is not None:
        yield TraceRow("8", "advice given", str(contact.pk), contact.given_at, str(contact.given_by_id or ""), {}, ())


def _audit_rows(subjects: list[tuple[str, UUID]]) -> Iterator[TraceRow]:
    entries = [entry for kind, pk in subjects for entry in audit_selectors.entries_about(kind, pk)]
    for entry in sorted(entries, key=lambda each: each.number):
        by = entry.actor_id or entry.actor_kind
        yield TraceRow("13", entry.action, f"entry {entry.number}", entry.at, by, {}, ())


_REFERRAL_PARTS: tuple[Callable[[Referral], Iterator[TraceRow]], ...] = (
    _referral_row,
    _repeat_rows,
    _verdict_rows,
    _decision_rows,
    _handover_rows,
    _case_rows,
)
