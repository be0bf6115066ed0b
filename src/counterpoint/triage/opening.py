"""Rows of triage opened into views. The caller has checked who reads, and audits it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from counterpoint.base import keyring
from counterpoint.base.prepared import Prepared
from counterpoint.intake import files as intake_files
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import AdviceContact, Referral, StoredFile
from counterpoint.intake.types import Kind, ReferralState, Urgency
from counterpoint.rules.keeping import kept_until
from counterpoint.rules.types import KeptKind
from counterpoint.triage.handovers import advice_awaits_handover, awaits_handover
from counterpoint.triage.models import Decision, EmergencyHandover, SecondReaderVerdict, SecondReading, Verdict
from counterpoint.triage.policies import routes_allowed
from counterpoint.triage.second_readers import routes_that_ask
from counterpoint.triage.types import (
    AdviceView,
    DecisionState,
    DecisionView,
    FileView,
    Firing,
    HandedTo,
    HandoverView,
    ReaderFiring,
    ReaderVerdictView,
    ReferralView,
    RepeatView,
    Route,
    SecondReadingView,
    VerdictView,
)

_DECISIONS = Prepared(
    lambda referral_id: (
        Decision.objects.filter(referral_id=referral_id)
        .select_related("by", "reader_verdict", "second_reading", "second_reading__by", "second_reading__asked_of")
        .order_by("-at", "-id")
    )
)


def opened_referral(referral: Referral) -> ReferralView:
    """Everything that triage knows about a referral, in clear."""
    content = intake.opened(referral)
    decisions = _decisions(referral)
    in_force = next((row.route for row in decisions if row.state is DecisionState.IN_FORCE), None)
    kind, state = Kind(referral.kind), ReferralState(referral.state)
    verdicts = _verdicts(referral.verdicts.order_by("-at", "-id"), key_id=referral.key_id)
    allowed = tuple(route for route in Route if route in routes_allowed(kind, state, in_force))
    return ReferralView(
        id=referral.pk,
        reference=referral.reference,
        version=referral.version,
        kind=kind,
        audience=referral.audience,
        door=referral.route,
        source_sector=referral.source_sector,
        language=referral.language,
        received_at=referral.received_at,
        due_at=referral.due_at,
        state=state,
        urgency=Urgency(referral.urgency),
        is_emergency=referral.is_emergency,
        awaits_handover=awaits_handover(referral),
        possible_repeat=referral.possible_repeat,
        needs_second_reader_to_close=intake.needs_second_reader(referral),
        assigned_to_id=referral.assigned_to_id,
        assigned_to=referral.assigned_to.name if referral.assigned_to else "",
        concern_category=referral.concern_category,
        closure_reason=referral.closure_reason,
        closed_at=referral.closed_at,
        kept_until=kept_until(KeptKind.REFERRAL, referral.pk) if state is ReferralState.CLOSED else None,
        arrival_id=referral.arrival_id,
        question_set=referral.arrival.question_set,
        question_set_hash=referral.arrival.question_set_hash,
        answers=content.answers,
        reporter=content.reporter,
        is_erased=content.is_erased,
        second_readers=_second_readers(referral, verdicts, allowed),
        verdicts=verdicts,
        decisions=decisions,
        handovers=handovers(EmergencyHandover.objects.filter(referral=referral), key_id=referral.key_id),
        repeats=_repeats(referral),
        files=_files(intake.files_of([referral.arrival_id])),
        routes_allowed=allowed,
    )


def opened_advice(contact: AdviceContact) -> AdviceView:
    """Everything that triage knows about an advice contact, in clear."""
    return AdviceView(
        id=contact.pk,
        reference=contact.reference,
        version=contact.version,
        door=contact.route,
        received_at=contact.received_at,
        arrival_id=contact.arrival_id,
        question_set=contact.arrival.question_set if contact.arrival else "",
        question_set_hash=contact.arrival.question_set_hash if contact.arrival else "",
        question=intake.opened_question(contact),
        advice=intake.opened_advice(contact),
        given_by=contact.given_by.name if contact.given_by else "",
        given_at=contact.given_at,
        became_reference=contact.became_referral.reference if contact.became_referral else "",
        is_emergency=contact.verdicts.filter(route=Route.EMERGENCY).exists(),
        awaits_handover=advice_awaits_handover(contact),
        handovers=handovers(EmergencyHandover.objects.filter(advice=contact), key_id=contact.key_id),
    )


def handovers(rows: Iterable[EmergencyHandover], *, key_id: UUID) -> tuple[HandoverView, ...]:
    """Handovers in the order in which they happened."""
    listed = sorted(rows, key=lambda row: (row.at, row.pk))
    notes = keyring.unseal_many(
        (key_id, bytes(row.sealed_note), f"emergencyhandover.sealed_note:{row.pk}") for row in listed
    )
    return tuple(_handover(row, note) for row, note in zip(listed, notes, strict=True))


def _handover(row: EmergencyHandover, note: bytes | None) -> HandoverView:
    content: dict[str, str] = json.loads(note) if note is not None else {}
    return HandoverView(
        id=row.pk,
        needed=row.needed,
        handed_to=HandedTo(row.handed_to).label if row.handed_to else "",
        their_reference=content.get("their_reference", ""),
        note=content.get("note", ""),
        by=row.by.name,
        at=row.at,
    )


def _verdicts(rows: Iterable[Verdict], *, key_id: UUID) -> tuple[VerdictView, ...]:
    listed = list(rows)
    facts = keyring.unseal_many((key_id, bytes(row.sealed_facts), f"verdict.sealed_facts:{row.pk}") for row in listed)
    return tuple(
        VerdictView(
            id=row.pk,
            table_hash=row.table_hash,
            route=Route(row.route),
            urgency=Urgency(row.urgency),
            fired=tuple(_firing(rule) for rule in row.fired),
            facts=json.loads(opened) if opened is not None else {},
            at=row.at,
        )
        for row, opened in zip(listed, facts, strict=True)
    )


def _firing(rule: dict[str, Any]) -> Firing:
    return Firing(
        row=rule["row"],
        rule_id=rule["rule_id"],
        route=Route(rule["route"]),
        urgency=Urgency(rule["urgency"]),
        reason=rule["reason"],
    )


def _decisions(referral: Referral) -> tuple[DecisionView, ...]:
    """Newest first."""
    return tuple(_decision(row, key_id=referral.key_id) for row in _DECISIONS.all(referral.pk))


def _decision(row: Decision, *, key_id: UUID) -> DecisionView:
    fields = ("sealed_reason", "sealed_feedback", "sealed_withheld_reason", "sealed_particulars")
    reason, feedback, withheld, particulars = _texts(row, fields, key_id=key_id)
    reading = getattr(row, "second_reading", None)
    reader_verdict = getattr(row, "reader_verdict", None)
    return DecisionView(
        id=row.pk,
        route=Route(row.route),
        urgency=Urgency(row.urgency),
        confirmed=row.confirmed,
        reason=reason,
        concern_category=row.concern_category,
        closure_reason=row.closure_reason,
        particulars=json.loads(particulars) if particulars else {},
        feedback=feedback,
        withheld_reason=withheld,
        state=DecisionState(row.state),
        by=row.by.name,
        by_id=row.by_id,
        at=row.at,
        second_reading=_reading(reading, key_id=key_id) if reading else None,
        reader_verdict=_reader_verdict(reader_verdict) if reader_verdict else None,
    )


def _reader_verdict(row: SecondReaderVerdict) -> ReaderVerdictView:
    return ReaderVerdictView(
        table_hash=row.table_hash,
        fired=tuple(ReaderFiring(**rule) for rule in row.fired),
        needed=row.needed,
        by_law=row.by_law,
    )


def _second_readers(referral: Referral, verdicts: Sequence[VerdictView], allowed: Sequence[Route]) -> dict[Route, str]:
    if not verdicts or not allowed:
        return {}
    return routes_that_ask(referral, proposed=verdicts[0].route, routes=allowed)


def feedback_of(decision: Decision) -> tuple[str, str]:
    """What the reporter is told, and why they are told nothing; one of the two is empty."""
    told, withheld = _texts(decision, ("sealed_feedback", "sealed_withheld_reason"), key_id=decision.referral.key_id)
    return told, withheld


def _reading(row: SecondReading, *, key_id: UUID) -> SecondReadingView:
    (reason,) = _texts(row, ("sealed_reason",), key_id=key_id)
    return SecondReadingView(
        asked_of=row.asked_of.name if row.asked_of else "",
        by=row.by.name if row.by else "",
        at=row.at,
        agreed=row.agreed,
        reason=reason,
    )


def _texts(row: Decision | SecondReading, fields: Sequence[str], *, key_id: UUID) -> list[str]:
    """The sealed texts of a row in clear; "" where there is none, and after erasure."""
    model = type(row).__name__.lower()
    sealed = [(field, bytes(getattr(row, field))) for field in fields]
    opened = keyring.unseal_many((key_id, content, f"{model}.{field}:{row.pk}") for field, content in sealed if content)
    texts = iter(opened)
    return [(_decoded(next(texts)) if content else "") for _, content in sealed]


def _decoded(content: bytes | None) -> str:
    return content.decode() if content is not None else ""


def _repeats(referral: Referral) -> tuple[RepeatView, ...]:
    views = []
    for row in intake.repeats_of(referral):
        is_later = row.referral_id == referral.pk
        other = row.earlier if is_later else row.referral
        reason = keyring.unseal_many(
            [(row.referral.key_id, bytes(row.sealed_reason), f"repeatproposal.sealed_reason:{row.pk}")]
            if row.sealed_reason
            else []
        )
        views.append(
            RepeatView(
                id=row.pk,
                other_id=other.pk,
                other_reference=other.reference,
                other_received_at=other.received_at,
                is_later=is_later,
                features=tuple(row.features),
                decision=row.decision,
                reason=_decoded(reason[0]) if reason else "",
            )
        )
    return tuple(views)


def _files(rows: Sequence[StoredFile]) -> tuple[FileView, ...]:
    names = keyring.unseal_many(
        (row.key_id, bytes(row.sealed_name), f"storedfile.sealed_name:{row.pk}") for row in rows
    )
    return tuple(
        FileView(
            id=row.pk,
            name=_decoded(name) or "(erased)",
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            scan_state=row.scan_state,
            removed_metadata=tuple(row.removed_metadata),
            can_be_opened=intake_files.can_be_opened(row),
            question=row.question,
        )
        for row, name in zip(rows, names, strict=True)
    )
