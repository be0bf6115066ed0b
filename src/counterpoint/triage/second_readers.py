"""Whether another person must agree before a decision happens: the law of the house, and what the pack's second-reader
table asks for beyond it. What the second reader then does: `counterpoint.triage.decisions`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoint.base import clock, ids, keyring
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import Referral
from counterpoint.kernel.decisions import DecisionTable, FactsDoNotFit, Scalar, evaluate
from counterpoint.rules import selectors as rules
from counterpoint.triage import policies
from counterpoint.triage.models import Decision, SecondReaderVerdict
from counterpoint.triage.types import Route
from counterpoint.triage.verdicts import referral_facts

TABLE = "second_reader"
_OF_DECISION = frozenset({"route_proposed", "route_decided", "overridden"})
_LAW = "Nobody closes alone what may be about somebody reported before, or was flagged as an emergency."


@dataclass(frozen=True)
class ReaderSaid:
    """What a second-reader table says of some facts. fired: {row, rule_id, needed, reason} each; none where the table
    cannot take the facts, and then it asks for a second reader."""

    table_hash: str
    facts: dict[str, Any]
    fired: list[dict[str, Any]]
    needed: bool


@dataclass(frozen=True)
class Asked:
    """Whether a second reader is needed. by_law: the house asks, whatever the table says; said: None where the pack has
    no such table."""

    by_law: bool
    said: ReaderSaid | None
    needed: bool

    @property
    def why(self) -> str:
        """The reason in words, where one is needed."""
        asking = self.said is not None and self.said.needed and self.said.fired
        return str(asking[0]["reason"]) if asking else _LAW


def is_asked_for(referral: Referral, *, proposed: Route, decided: Route, overridden: bool) -> Asked:
    """Whether somebody else must agree to this decision about this referral. Never less than the law of the house, and
    an emergency waits for nobody, whatever the table says."""
    return _asked(_standing(referral), proposed=proposed, decided=decided, overridden=overridden)


def routes_that_ask(referral: Referral, *, proposed: Route, routes: Iterable[Route]) -> dict[Route, str]:
    """Those of the routes that need a second reader, each with why, as if all but the route were taken as proposed."""
    standing = _standing(referral)
    asked = {
        route: _asked(standing, proposed=proposed, decided=route, overridden=route is not proposed) for route in routes
    }
    return {route: one.why for route, one in asked.items() if one.needed}


def facts_of_decision(*, proposed: Route, decided: Route, overridden: bool) -> dict[str, Any]:
    """What the table may see of the decision."""
    return {"route_proposed": proposed.value, "route_decided": decided.value, "overridden": overridden}


def what_it_says(table: DecisionTable, facts: Mapping[str, Any]) -> ReaderSaid:
    """What the table says of these facts: the first rule that fires counts."""
    read: dict[str, Scalar] = {column.name: facts.get(column.name) for column in table.inputs}
    try:
        evaluation = evaluate(table, read)
    except FactsDoNotFit:
        return ReaderSaid(table.table_hash, dict(read), [], needed=True)
    fired = [
        {
            "row": rule.index,
            "rule_id": rule.rule_id,
            "needed": rule.outputs["second_reader"] is True,
            "reason": str(rule.outputs["reason"]),
        }
        for rule in evaluation.fired
    ]
    return ReaderSaid(table.table_hash, dict(read), fired, needed=bool(fired[0]["needed"]) if fired else True)


def store(asked: Asked, decision: Decision, referral: Referral) -> None:
    """Keep with the decision which rules fired, and on what facts."""
    if asked.said is None:
        return
    verdict_id = ids.new_id()
    place = f"secondreaderverdict.sealed_facts:{verdict_id}"
    SecondReaderVerdict.objects.create(
        id=verdict_id,
        decision=decision,
        table_hash=asked.said.table_hash,
        sealed_facts=keyring.seal_json(asked.said.facts, key_id=referral.key_id, place=place),
        fired=asked.said.fired,
        needed=asked.said.needed,
        by_law=asked.by_law,
        at=clock.now(),
    )


@dataclass(frozen=True)
class _Standing:
    """What is known of the referral, whatever is decided."""

    table: DecisionTable | None
    facts: Mapping[str, Any]
    may_not_close_alone: bool


def _standing(referral: Referral) -> _Standing:
    """The answers are opened only where the table reads one of their facts."""
    open_repeat = intake.has_open_repeat(referral)
    alone = intake.needs_second_reader(referral, open_repeat=open_repeat)
    sha256 = rules.pack_in_force().files.get(f"decisions/{TABLE}.dmn")
    if sha256 is None:
        return _Standing(None, {}, alone)
    table = rules.archived_table(sha256)
    own: dict[str, Any] = {
        "kind": referral.kind,
        "possible_repeat": open_repeat,
        "is_emergency": referral.is_emergency,
    }
    reads = {column.name for column in table.inputs} - _OF_DECISION
    return _Standing(table, own if reads <= own.keys() else {**referral_facts(referral), **own}, alone)


def _asked(standing: _Standing, *, proposed: Route, decided: Route, overridden: bool) -> Asked:
    by_law = policies.needs_second_reader(decided, may_not_close_alone=standing.may_not_close_alone)
    if standing.table is None:
        return Asked(by_law, None, by_law)
    of_decision = facts_of_decision(proposed=proposed, decided=decided, overridden=overridden)
    said = what_it_says(standing.table, {**standing.facts, **of_decision})
    return Asked(by_law, said, by_law or (said.needed and decided is not Route.EMERGENCY))
