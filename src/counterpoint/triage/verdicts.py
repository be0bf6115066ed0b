"""What the decision table says. What a person makes of it: `counterpoint.triage.decisions`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock, ids, keyring
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.intake import selectors as intake
from counterpoint.intake.clocks import due_at
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.intake.types import Kind, Urgency
from counterpoint.kernel.decisions import DecisionTable, Evaluation, FactsDoNotFit, Scalar, evaluate
from counterpoint.kernel.questions import check
from counterpoint.rules import selectors as rules
from counterpoint.triage.models import Decision, ShadowVerdict, Verdict
from counterpoint.triage.types import Route

TABLE = "triage"
_BY = system("triage table")
_NEWEST = Prepared(lambda referral_id: Verdict.objects.filter(referral_id=referral_id).order_by("-at", "-id"))
_SAID_BY = Prepared(
    lambda referral_id, table_hash: Verdict.objects.filter(referral_id=referral_id, table_hash=table_hash)
)
_DECIDED = Prepared(lambda referral_id: Decision.objects.filter(referral_id=referral_id))

# What stands when no rule of the table covers the facts: a person looks, today.
_WHEN_NO_RULE_FIRES: Mapping[Kind, Route] = {
    Kind.CONCERN: Route.CASE,
    Kind.ONLINE_MATERIAL: Route.CONTENT,
    Kind.ADVICE: Route.ADVICE,
}


@dataclass(frozen=True)
class Said:
    """What a table says of some facts, before it is stored. fired: {row, rule_id, route, urgency, reason} each."""

    table_hash: str
    facts: dict[str, Any]
    fired: list[dict[str, Any]]
    route: Route
    urgency: Urgency

    @property
    def rule_ids(self) -> list[str]:
        """The rules that fired, in the order in which they count."""
        return [str(rule["rule_id"]) for rule in self.fired]


def give_verdict(referral_id: UUID) -> Verdict:
    """The verdict of the triage table in force on this referral; given once per table, however often it is asked for.
    The first verdict also sets urgency, clock and emergency flag of a referral that nobody has decided yet.
    Raises NotFound, KeyDestroyed."""
    with transaction.atomic():
        referral = intake.locked_referral(referral_id)
        table = rules.table_in_force(TABLE)
        known = _SAID_BY.one(referral.pk, table.table_hash)
        if known is not None:
            return known
        facts = referral_facts(referral)
        said = what_it_says(table, facts, Kind(referral.kind))
        verdict = _stored(said, key_id=referral.key_id, referral=referral)
        shadows = _ask_shadows(referral, facts, said)
        if not _DECIDED.any(referral.pk):
            _set_clock(referral, said)
        audit.record(
            "referral.verdict_given",
            by=_BY,
            about=Subject("referral", referral.pk, referral.reference),
            detail={
                "route": said.route,
                "urgency": said.urgency,
                "table": said.table_hash,
                "rules": len(said.fired),
                "shadows": shadows,
            },
        )
        return verdict


def give_advice_verdict(advice_id: UUID) -> Verdict:
    """As `give_verdict`, for an advice contact that came in by a form: tells whether it is an emergency."""
    with transaction.atomic():
        contact = intake.locked_advice(advice_id)
        table = rules.table_in_force(TABLE)
        known = one_or_none(Verdict.objects.filter(advice=contact, table_hash=table.table_hash))
        if known is not None:
            return known
        said = what_it_says(table, _advice_facts(contact), Kind.ADVICE)
        verdict = _stored(said, key_id=contact.key_id, advice=contact)
        audit.record(
            "advice.verdict_given",
            by=_BY,
            about=Subject("advice", contact.pk, contact.reference),
            detail={"route": said.route, "urgency": said.urgency, "table": said.table_hash, "rules": len(said.fired)},
        )
        return verdict


def referral_facts(referral: Referral) -> dict[str, Any]:
    """What decision tables may see of this referral: the facts of its answers, and whether it may be a repeat."""
    opened = intake.opened(referral)
    answers = {**opened.answers, **opened.reporter}
    facts = _facts(referral.arrival.question_set_hash, answers, at=referral.received_at)
    return {**facts, "possible_repeat": referral.possible_repeat}


def newest_verdict(referral: Referral) -> Verdict | None:
    """What a table said of this referral last."""
    return _NEWEST.one(referral.pk)


def under_18_of(referral: Referral) -> str:
    """`yes`, `no` or `unknown`, as people told it: by the facts sealed with the newest verdict where its table read
    them, else by the answers; `unknown` once they are erased."""
    newest = newest_verdict(referral)
    if newest is not None:
        place = f"verdict.sealed_facts:{newest.pk}"
        (opened,) = keyring.unseal_many([(referral.key_id, bytes(newest.sealed_facts), place)])
        known = json.loads(opened) if opened is not None else {}
        if known.get("under_18"):
            return str(known["under_18"])
    return str(referral_facts(referral).get("under_18") or "unknown")


def _advice_facts(contact: AdviceContact) -> dict[str, Any]:
    if contact.arrival is None:
        return {"kind": Kind.ADVICE.value}
    answers = intake.opened_question(contact)
    return _facts(contact.arrival.question_set_hash, answers, at=contact.received_at)


def _facts(question_set_hash: str, answers: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    question_set = rules.archived_question_set(question_set_hash)
    day = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
    return dict(check(question_set, answers, at=day).facts)


def what_it_says(table: DecisionTable, facts: Mapping[str, Any], kind: Kind) -> Said:
    """What the table says of these facts; where no rule covers them, what stands then."""
    read: dict[str, Scalar] = {column.name: facts.get(column.name) for column in table.inputs}
    try:
        fired = _fired(evaluate(table, read))
    except FactsDoNotFit:
        fired = []  # the pack's questions and table disagree: a person looks, and `pack check` tells its author
    if not fired:
        return Said(table.table_hash, dict(read), [], _WHEN_NO_RULE_FIRES[kind], Urgency.SAME_DAY)
    first = fired[0]
    return Said(table.table_hash, dict(read), fired, Route(first["route"]), Urgency(first["urgency"]))


def _fired(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "row": rule.index,
            "rule_id": rule.rule_id,
            "route": str(rule.outputs["route"]),
            "urgency": str(rule.outputs["urgency"]),
            "reason": str(rule.outputs["reason"]),
        }
        for rule in evaluation.fired
    ]


def _stored(
    said: Said, *, key_id: UUID, referral: Referral | None = None, advice: AdviceContact | None = None
) -> Verdict:
    verdict_id = ids.new_id()
    return Verdict.objects.create(
        id=verdict_id,
        referral=referral,
        advice=advice,
        table_hash=said.table_hash,
        sealed_facts=keyring.seal_json(said.facts, key_id=key_id, place=f"verdict.sealed_facts:{verdict_id}"),
        fired=said.fired,
        route=said.route,
        urgency=said.urgency,
        at=clock.now(),
    )


def _ask_shadows(referral: Referral, facts: Mapping[str, Any], live: Said) -> int:
    """Put the referral to the tables that are in shadow too, and keep apart what they say. Returns how many."""
    rows = []
    for shadow in rules.tables_in_shadow():
        said = what_it_says(shadow.table, facts, Kind(referral.kind))
        rows.append(
            ShadowVerdict(
                draft_id=shadow.draft_id,
                referral=referral,
                table_hash=said.table_hash,
                route=said.route,
                urgency=said.urgency,
                fired=said.rule_ids,
                live_route=live.route,
                live_urgency=live.urgency,
                live_fired=live.rule_ids,
                at=clock.now(),
            )
        )
    ShadowVerdict.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _set_clock(referral: Referral, said: Said) -> None:
    referral.save_changes(
        expected_version=referral.version,
        urgency=said.urgency,
        due_at=due_at(said.urgency, received_at=referral.received_at),
        is_emergency=referral.is_emergency or said.route is Route.EMERGENCY,
    )
