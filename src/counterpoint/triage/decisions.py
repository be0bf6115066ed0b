"""What people decide about a referral, and the second reader's part in it. Nothing here is done by a rule alone: each
decision has a `by`. What follows from a decision (case, mailbox, feedback) is in `counterpoint.journey`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.services.notices import tell_staff
from counterpoint.access.types import NoticeKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import Conflict, NotAllowed, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import change
from counterpoint.intake import selectors as intake
from counterpoint.intake.clocks import due_at
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Kind, ReferralState, Urgency
from counterpoint.kernel.packs import ClosureLevel, Pack
from counterpoint.rules import keeping
from counterpoint.rules import selectors as rules
from counterpoint.rules.types import KeptKind
from counterpoint.triage import policies, second_readers
from counterpoint.triage.errors import Incomplete, Lack
from counterpoint.triage.handovers import awaits_handover
from counterpoint.triage.models import Decision, SecondReading, Verdict
from counterpoint.triage.permissions import can_triage, check_assigns, check_triages
from counterpoint.triage.policies import Circumstances, Proposal
from counterpoint.triage.second_readers import Asked
from counterpoint.triage.types import CLOSING, STATE_AFTER, DecisionState, Route
from counterpoint.triage.verdicts import newest_verdict, under_18_of

_IN_FORCE = Prepared(lambda referral_id: Decision.objects.filter(referral_id=referral_id, state=DecisionState.IN_FORCE))


def take(referral_id: UUID, *, by: Staff, expected_version: int) -> Referral:
    """Begin to read a referral oneself. Raises NotAllowed, NotFound, NotPossible, Conflict."""
    return assign(referral_id, to=by, by=by, expected_version=expected_version)


def assign(referral_id: UUID, *, to: Staff, by: Staff, expected_version: int) -> Referral:
    """Give a referral to somebody who may triage it. One that waits for its second reader or is decided keeps its
    state. Raises NotAllowed, NotFound, NotPossible (closed), Conflict."""
    with transaction.atomic():
        check_assigns(by, referral_id=referral_id, to=to)
        referral = intake.locked_referral(referral_id)
        state = ReferralState(referral.state)
        if state is ReferralState.CLOSED:
            raise NotPossible("This referral is closed.")
        state = ReferralState.IN_TRIAGE if state is ReferralState.NEW else state
        _save(referral, expected_version, assigned_to=to, state=state)
        if to.pk != by.pk:
            tell_staff([to], kind=NoticeKind.ASSIGNED, text=f"{referral.reference} was given to you.")
        audit.record("referral.assigned", by=by.actor, about=_subject(referral), detail={"to": str(to.pk)})
        return referral


def record_decision(
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
) -> Decision:
    """Confirm the table's verdict, or decide otherwise with a reason.

    closure_reason: for closing routes (`types.CLOSING`); routes advice and signpost have a usual one.
    particulars: what the closure reason needs, by the names in the pack's `needs`.
    feedback: what the reporter is told; None takes the pack's words in the reporter's language (not for advice, where
        it is the advice itself). withheld_reason: why the reporter is told nothing; then there is no feedback.
    The decision waits for a second reader when the route closes a referral that was flagged as an emergency or may be
    a repeat, when the pack's second-reader table asks for one, or when one is wanted; until then nothing follows.
    Raises NotAllowed, NotFound, NotPossible, Incomplete (all that is lacking, by field), Conflict."""
    with transaction.atomic():
        check_triages(by, referral_id=referral_id)
        referral = intake.locked_referral(referral_id)
        _check_version(referral, expected_version)
        in_force = _in_force(referral)
        verdict = _verdict(referral)
        pack = rules.pack_in_force()
        proposal = Proposal(
            route=route,
            urgency=urgency,
            reason=reason.strip(),
            category=category,
            closure_reason=policies.closure_reason_of(route, closure_reason) if route in CLOSING else closure_reason,
            particulars={name: text.strip() for name, text in (particulars or {}).items() if text.strip()},
            withheld_reason=withheld_reason.strip(),
        )
        told = _feedback(pack, proposal, given=feedback, language=referral.language)
        proposal = replace(proposal, feedback=told)
        circumstances = _circumstances(referral, in_force, verdict, pack)
        policies.check_can_be_decided(proposal, circumstances)
        asked = second_readers.is_asked_for(
            referral,
            proposed=circumstances.proposed_route,
            decided=route,
            overridden=not policies.is_confirmed(proposal, circumstances),
        )
        waits = wants_second_reader or asked.needed
        return _record(_Decided(referral, verdict, proposal, circumstances, pack, by, expected_version, asked, waits))


def ask_second_reader(referral_id: UUID, *, of: Staff, by: Staff) -> SecondReading:
    """Name who shall read a second time. Raises NotAllowed for the first reader and for who may not triage it,
    NotFound, NotPossible when no decision waits."""
    with transaction.atomic():
        check_triages(by, referral_id=referral_id)
        referral = intake.locked_referral(referral_id)
        reading = _awaiting(referral).second_reading
        if of.pk == reading.first_reader_id or not can_triage(of, referral_id=referral_id):
            raise NotAllowed("Ask somebody else: the second reader is another person who may triage this referral.")
        SecondReading.objects.filter(pk=reading.pk).update(asked_of=of)
        text = f"{referral.reference} waits for you to read it a second time."
        tell_staff([of], kind=NoticeKind.WAITS_FOR_YOU, text=text)
        audit.record("referral.second_reader_asked", by=by.actor, about=_subject(referral), detail={"of": str(of.pk)})
        reading.refresh_from_db()
        return reading


def record_second_reading(
    referral_id: UUID, *, agrees: bool, by: Staff, expected_version: int, reason: str = ""
) -> Decision:
    """Agree to the decision that waits, which puts it in force, or send it back with a reason.
    Raises NotAllowed for whoever decided first, NotFound, NotPossible, Incomplete, Conflict."""
    with transaction.atomic():
        check_triages(by, referral_id=referral_id)
        referral = intake.locked_referral(referral_id)
        _check_version(referral, expected_version)
        decision = _awaiting(referral)
        reading = decision.second_reading
        if by.pk == reading.first_reader_id:
            raise NotAllowed("You took this decision. Another person has to read it.")
        if not agrees and not reason.strip():
            raise Incomplete([Lack("reason", "Say what the first reader should look at again.")])
        _store_reading(referral, reading, agrees=agrees, by=by, reason=reason.strip())
        if agrees:
            _put_in_force(referral, decision, expected_version)
        else:
            _send_back(referral, decision, expected_version)
        audit.record(
            "referral.second_read",
            by=by.actor,
            about=_subject(referral),
            detail={"agreed": agrees, "route": decision.route, "decision": str(decision.pk)},
        )
        decision.refresh_from_db()
        return decision


def close_with_case(referral_id: UUID, *, closure_reason: str, by: Staff) -> Referral:
    """Close a referral because its case has closed; casework calls this in its own transaction, having checked who may
    and told the reporter. Also for one that joined the case without a decision of its own. Safe to run twice.
    Raises NotFound."""
    with transaction.atomic():
        referral = intake.locked_referral(referral_id)
        if referral.state == ReferralState.CLOSED:
            return referral
        _save(
            referral,
            referral.version,
            state=ReferralState.CLOSED,
            closed_at=clock.now(),
            closure_reason=closure_reason,
        )
        _keep(referral)
        audit.record(
            "referral.closed", by=by.actor, about=_subject(referral), detail={"closure_reason": closure_reason}
        )
        return referral


def reopen_with_case(referral_id: UUID, *, by: Staff) -> Referral:
    """Open a referral again because its case was reopened; decisions about it stand. Safe to run twice.
    Raises NotFound."""
    with transaction.atomic():
        referral = intake.locked_referral(referral_id)
        if referral.state != ReferralState.CLOSED:
            return referral
        _save(referral, referral.version, state=ReferralState.DECIDED, closed_at=None, closure_reason="")
        audit.record("referral.reopened", by=by.actor, about=_subject(referral))
        return referral


def usual_feedback(pack: Pack, *, closure_reason: str, language: str) -> str:
    """What the pack would tell the reporter for this reason, in their language; "" where it tells nothing."""
    spoken = language if pack.has_language(language) else pack.default_language
    reasons = pack.closure_reasons_on(_today(), ClosureLevel.REFERRAL, spoken)
    return next((reason.tell_reporter or "" for reason in reasons if reason.id == closure_reason), "")


@dataclass(frozen=True)
class _Decided:
    """A decision that was found good, about to be stored."""

    referral: Referral
    verdict: Verdict
    proposal: Proposal
    circumstances: Circumstances
    pack: Pack
    by: Staff
    expected_version: int
    asked: Asked
    waits: bool
    id: UUID = field(default_factory=ids.new_id)


def _record(decided: _Decided) -> Decision:
    referral, proposal = decided.referral, decided.proposal
    decision = Decision.objects.create(**_fields(decided))
    second_readers.store(decided.asked, decision, referral)
    if decided.waits:
        SecondReading.objects.create(decision=decision, first_reader=decided.by)
        policies.check_moves(ReferralState(referral.state), ReferralState.AWAITING_SECOND_READER)
        _save(referral, decided.expected_version, state=ReferralState.AWAITING_SECOND_READER, assigned_to=decided.by)
    else:
        _put_in_force(referral, decision, decided.expected_version)
    audit.record(
        "referral.decided",
        by=decided.by.actor,
        about=_subject(referral),
        detail={
            "route": proposal.route,
            "urgency": proposal.urgency,
            "confirmed": decision.confirmed,
            "closure_reason": proposal.closure_reason,
            "waits_for_second_reader": decided.waits,
            "decision": str(decision.pk),
            "table": decided.verdict.table_hash,
            "second_reader_table": decided.asked.said.table_hash if decided.asked.said else "",
        },
    )
    return decision


def _fields(decided: _Decided) -> dict[str, Any]:
    proposal, key_id = decided.proposal, decided.referral.key_id

    def sealed(name: str, text: str) -> bytes:
        place = f"decision.{name}:{decided.id}"
        return keyring.seal_record(text.encode(), key_id=key_id, place=place) if text else b""

    category_scheme = decided.pack.category_scheme_on(_today())
    closure_scheme = decided.pack.closure_scheme_on(_today())
    particulars_place = f"decision.sealed_particulars:{decided.id}"
    return {
        "id": decided.id,
        "referral": decided.referral,
        "verdict": decided.verdict,
        "route": proposal.route,
        "urgency": proposal.urgency,
        "confirmed": policies.is_confirmed(proposal, decided.circumstances),
        "sealed_reason": sealed("sealed_reason", proposal.reason),
        "concern_category": proposal.category,
        "category_scheme": category_scheme.id if category_scheme and proposal.category else "",
        "closure_reason": proposal.closure_reason,
        "closure_scheme": closure_scheme.id if closure_scheme and proposal.closure_reason else "",
        "sealed_particulars": keyring.seal_json(dict(proposal.particulars), key_id=key_id, place=particulars_place),
        "sealed_feedback": sealed("sealed_feedback", proposal.feedback),
        "sealed_withheld_reason": sealed("sealed_withheld_reason", proposal.withheld_reason),
        "state": DecisionState.AWAITING_SECOND_READER,
        "by": decided.by,
        "at": clock.now(),
        "referral_version": decided.expected_version,
    }


def _put_in_force(referral: Referral, decision: Decision, expected_version: int) -> None:
    at = clock.now()
    route, urgency = Route(decision.route), Urgency(decision.urgency)
    before = {"referral": referral, "state": DecisionState.IN_FORCE}
    change(Decision, where=before, changes={"state": DecisionState.SUPERSEDED})
    decision.state, decision.in_force_at = DecisionState.IN_FORCE, at
    decision.save(update_fields=["state", "in_force_at"])
    closed = route in CLOSING
    policies.check_moves(ReferralState(referral.state), STATE_AFTER[route])
    _save(
        referral,
        expected_version,
        state=STATE_AFTER[route],
        urgency=urgency,
        due_at=due_at(urgency, received_at=referral.received_at),
        is_emergency=referral.is_emergency or route is Route.EMERGENCY,
        assigned_to=referral.assigned_to or decision.by,
        concern_category=decision.concern_category or referral.concern_category,
        category_scheme=decision.category_scheme or referral.category_scheme,
        closed_at=at if closed else None,
        closure_reason=decision.closure_reason,
    )
    if closed:
        _keep(referral)


def _keep(referral: Referral) -> None:
    """Say until when the referral is kept that was just closed."""
    keeping.keep(
        KeptKind.REFERRAL,
        referral.pk,
        closure_reason=referral.closure_reason,
        about=referral.kind,
        under_18=lambda: under_18_of(referral),
        opened_at=referral.received_at,
        closed_at=referral.closed_at or clock.now(),
        otherwise=Referral.retention,
    )


def _send_back(referral: Referral, decision: Decision, expected_version: int) -> None:
    Decision.objects.filter(pk=decision.pk).update(state=DecisionState.SENT_BACK)
    state = ReferralState.DECIDED if _in_force(referral) else ReferralState.IN_TRIAGE
    _save(referral, expected_version, state=state)


def _store_reading(referral: Referral, reading: SecondReading, *, agrees: bool, by: Staff, reason: str) -> None:
    place = f"secondreading.sealed_reason:{reading.pk}"
    sealed = keyring.seal_record(reason.encode(), key_id=referral.key_id, place=place) if reason else b""
    rows = SecondReading.objects.filter(pk=reading.pk, at__isnull=True)
    if rows.update(by=by, at=clock.now(), agreed=agrees, sealed_reason=sealed) != 1:
        raise NotPossible("Somebody else has read this already.")


def _circumstances(referral: Referral, in_force: Decision | None, verdict: Verdict, pack: Pack) -> Circumstances:
    reasons = pack.closure_reasons_on(_today(), ClosureLevel.REFERRAL)
    return Circumstances(
        kind=Kind(referral.kind),
        state=ReferralState(referral.state),
        route_in_force=Route(in_force.route) if in_force else None,
        proposed_route=Route(verdict.route),
        proposed_urgency=Urgency(verdict.urgency),
        awaits_handover=awaits_handover(referral),
        categories=frozenset(category.id for category in pack.categories_on(_today())),
        closure_needs={reason.id: tuple(reason.needs) for reason in reasons},
    )


def _feedback(pack: Pack, proposal: Proposal, *, given: str | None, language: str) -> str:
    if given is not None:
        return given.strip()
    if proposal.route not in CLOSING or proposal.route is Route.ADVICE or proposal.withheld_reason:
        return ""
    return usual_feedback(pack, closure_reason=proposal.closure_reason, language=language)


def _verdict(referral: Referral) -> Verdict:
    """The verdict that the decision answers: the newest there is."""
    newest = newest_verdict(referral)
    if newest is None:
        raise NotPossible("The table has not been asked about this referral yet. Try again in a minute.")
    return newest


def _in_force(referral: Referral) -> Decision | None:
    return _IN_FORCE.one(referral.pk)


def _awaiting(referral: Referral) -> Decision:
    decision = (
        Decision.objects.select_related("second_reading")
        .filter(referral=referral, state=DecisionState.AWAITING_SECOND_READER)
        .first()
    )
    if decision is None:
        raise NotPossible("No decision about this referral waits for a second reader.")
    return decision


def _check_version(referral: Referral, expected_version: int) -> None:
    if referral.version != expected_version:
        raise Conflict(
            "Somebody else changed this while you had it open. Compare the two and save again.",
            theirs=_shown(referral),
        )


def _shown(referral: Referral) -> dict[str, object]:
    names = ("state", "urgency", "is_emergency", "possible_repeat", "assigned_to_id", "closure_reason", "version")
    return {name: getattr(referral, name) for name in names}


def _save(referral: Referral, expected_version: int, **changes: Any) -> None:
    referral.save_changes(
        expected_version=expected_version, shown=("state", "urgency", "assigned_to_id", "closure_reason"), **changes
    )


def _subject(referral: Referral) -> Subject:
    return Subject("referral", referral.pk, referral.reference)


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
