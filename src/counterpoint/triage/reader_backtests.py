"""A second-reader table replayed over what was decided: who would have got a second reader and did not, the other way
round, and what the second readers said whom it would not have asked for. The job around it:
`counterpoint.triage.backtests`.

Replayed is what was decided first of each referral, on the facts as they were sealed with that decision; of decisions
from before there was such a table, on those of the triage verdict."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from counterpoint.base import ids, keyring
from counterpoint.intake import selectors as intake
from counterpoint.kernel.decisions import DecisionTable
from counterpoint.triage import policies
from counterpoint.triage.models import Backtest, Decision, ReaderChange
from counterpoint.triage.replaying import Row, sealed_facts, span_of
from counterpoint.triage.second_readers import facts_of_decision, what_it_says
from counterpoint.triage.tallies import Needs, ReaderTally
from counterpoint.triage.types import Route
from counterpoint.triage.verdicts import referral_facts


class ReaderReplay:
    """Two second-reader tables; `before` None where the pack in force has none, so that the law alone asks."""

    def __init__(self, before: DecisionTable | None, after: DecisionTable) -> None:
        self.before, self.after = before, after
        tables = [table for table in (before, after) if table is not None]
        self.reads = frozenset(column.name for table in tables for column in table.inputs)

    def compare(self, backtest: Backtest, rows: Sequence[Row], tally: ReaderTally) -> list[ReaderChange]:
        """Counts each of the rows into the tally; returns those that would change."""
        decided = _first_decisions(rows)
        facts = _facts(rows, decided)
        changes = []
        for referral_id, _key_id, _kind in rows:
            decision, known = decided.get(referral_id), facts.get(referral_id)
            if decision is None or known is None:
                tally.left_out["not_decided" if decision is None else "no_facts"] += 1
                continue
            said = self._complete(_of_decision(decision, known), referral_id)
            before, after = needs(self.before, said), needs(self.after, said)
            reading = _reading(decision)
            tally.add(before, after, reading)
            if before.needed != after.needed:
                change = {"before": before.needed, "after": after.needed, "had": bool(reading)}
                changes.append(ReaderChange(id=ids.new_id(), backtest=backtest, referral_id=referral_id, **change))
        return changes

    def _complete(self, facts: dict[str, Any], referral_id: UUID) -> dict[str, Any]:
        """With the answers behind it where a table reads what was not sealed."""
        if self.reads <= facts.keys():
            return facts
        return {**referral_facts(intake.referral_row(referral_id)), **facts}


def needs(table: DecisionTable | None, facts: Mapping[str, Any]) -> Needs:
    """Whether a second reader is needed by this table and the law of the house together."""
    route = Route(facts["route_decided"])
    alone = bool(facts["possible_repeat"] or facts["is_emergency"])
    by_law = policies.needs_second_reader(route, may_not_close_alone=alone)
    if table is None:
        return Needs(by_law)
    said = what_it_says(table, facts)
    rule_ids = tuple(str(rule["rule_id"]) for rule in said.fired)
    return Needs(by_law or (said.needed and route is not Route.EMERGENCY), rule_ids)


def _first_decisions(rows: Sequence[Row]) -> dict[UUID, Decision]:
    found = Decision.objects.filter(**span_of(rows)).select_related("verdict", "second_reading", "reader_verdict")
    return {decision.referral_id: decision for decision in found.order_by("referral_id", "-at", "-id")}


def _facts(rows: Sequence[Row], decided: Mapping[UUID, Decision]) -> dict[UUID, dict[str, Any] | None]:
    """What was known of each referral; None where it was erased."""
    keys = {referral_id: key_id for referral_id, key_id, _ in rows}
    kinds = {referral_id: kind for referral_id, _, kind in rows}
    then = _sealed_then(keys, decided)
    found: dict[UUID, dict[str, Any] | None] = {}
    for referral_id, content in sealed_facts(rows).items():
        told: dict[str, Any] | None = json.loads(content) if content is not None else None
        found[referral_id] = (
            None
            if told is None
            else {"possible_repeat": False, **told, **then.get(referral_id, {}), "kind": kinds[referral_id]}
        )
    return found


def _sealed_then(keys: Mapping[UUID, UUID], decided: Mapping[UUID, Decision]) -> dict[UUID, dict[str, Any]]:
    """The facts that were sealed with each of the decisions for a second-reader table."""
    verdicts = {
        referral_id: decision.reader_verdict
        for referral_id, decision in decided.items()
        if referral_id in keys and hasattr(decision, "reader_verdict")
    }
    opened = keyring.unseal_many(
        (keys[referral_id], bytes(row.sealed_facts), f"secondreaderverdict.sealed_facts:{row.pk}")
        for referral_id, row in verdicts.items()
    )
    pairs = zip(verdicts, opened, strict=True)
    return {referral_id: json.loads(content) for referral_id, content in pairs if content is not None}


def _of_decision(decision: Decision, known: Mapping[str, Any]) -> dict[str, Any]:
    proposed = Route(decision.verdict.route)
    facts = facts_of_decision(proposed=proposed, decided=Route(decision.route), overridden=not decision.confirmed)
    return {"is_emergency": proposed is Route.EMERGENCY, **known, **facts}


def _reading(decision: Decision) -> str:
    """What the second reader said; "" where there was none."""
    row = getattr(decision, "second_reading", None)
    if row is None:
        return ""
    return "open" if row.agreed is None else "agreed" if row.agreed else "sent_back"
