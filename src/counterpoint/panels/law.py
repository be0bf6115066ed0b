"""Panel law: whether the panel may decide, and what its positions come to. It says so by the tables of the pack and
decides nothing: a proposal, which the chair confirms.

Which table is which follows from what it gives, never from its name: `may_decide` with a `reason` is about who must be
there; `outcome`, `decided_by` and a `reason` is about how it is decided. Values in, values out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.base.errors import NotPossible
from counterpoint.kernel.decisions import DecisionTable, Evaluation, FactsDoNotFit, Scalar, evaluate
from counterpoint.panels.types import ChairView, View

_QUORUM_GIVES = frozenset({"may_decide", "reason"})
_DECISION_GIVES = frozenset({"outcome", "decided_by", "reason"})
CARRIED = "carried"
_WORD: Mapping[bool | None, str | None] = {True: "yes", False: "no", None: None}


@dataclass(frozen=True)
class Tables:
    """The tables that a step is judged by; None where the pack asks for none."""

    quorum: DecisionTable | None = None
    decision: DecisionTable | None = None


@dataclass(frozen=True)
class Presence:
    """Who is there for one item; who stepped aside is not. None: nobody noted it."""

    home_force: bool | None
    local_authority: bool | None
    chair: bool | None

    def facts(self) -> dict[str, Scalar]:
        """As the tables read it."""
        return {
            "home_force_present": _WORD[self.home_force],
            "local_authority_present": _WORD[self.local_authority],
            "chair_present": _WORD[self.chair],
        }


@dataclass(frozen=True)
class Quorum:
    """Whether the panel may decide. `reasons`: why not, each row that says so; or why it may."""

    is_met: bool
    reasons: tuple[str, ...]
    table_hash: str = ""


@dataclass(frozen=True)
class Proposal:
    """What the positions come to. `is_carried`: the motion may be recorded as decided."""

    is_carried: bool
    outcome: str
    decided_by: str
    reasons: tuple[str, ...]
    table_hash: str = ""


def tables_among(tables: Iterable[DecisionTable]) -> Tables:
    """The two that panel law needs, among those that a step is judged by."""
    quorum = decision = None
    for table in tables:
        gives = {output.name for output in table.outputs}
        if gives >= _DECISION_GIVES:
            decision = table
        elif gives >= _QUORUM_GIVES:
            quorum = table
    return Tables(quorum, decision)


def votes_of(views: Sequence[View]) -> str | None:
    """How the votes fell, one view for each agency; None when nobody took a side.

    All agree only when nobody abstains; a majority is of those who took a side."""
    agree, disagree = views.count(View.AGREE), views.count(View.DISAGREE)
    if not agree and not disagree:
        return None
    if agree == len(views):
        return "all_for"
    if disagree == len(views):
        return "all_against"
    if agree == disagree:
        return "tied"
    return "majority_for" if agree > disagree else "majority_against"


def quorum(tables: Tables, presence: Presence) -> Quorum:
    """Whether those who must be there are there. A step without such a table asks for nobody."""
    if tables.quorum is None:
        return Quorum(is_met=True, reasons=("The pack does not say who must be there for this step.",))
    fired = _evaluated(tables.quorum, presence.facts()).fired
    is_met = bool(fired) and fired[0].outputs["may_decide"] is True
    reasons = tuple(str(rule.outputs["reason"]) for rule in fired if rule.outputs["may_decide"] is is_met)
    return Quorum(is_met, reasons, tables.quorum.table_hash)


def proposal(tables: Tables, views: Sequence[View], *, chair_view: ChairView, may_decide: Quorum) -> Proposal:
    """What these positions come to. Never carried while those who must be there are not; without a table of the pack
    it is carried only when all agree, since nothing says what else would do."""
    if not may_decide.is_met:
        return Proposal(is_carried=False, outcome="", decided_by="", reasons=may_decide.reasons)
    votes = votes_of(views)
    if tables.decision is None:
        carried = votes == "all_for"
        reason = "All agree." if carried else "The pack has no table for this step, so that all must agree."
        return Proposal(is_carried=carried, outcome="", decided_by="all" if carried else "", reasons=(reason,))
    facts: Mapping[str, Scalar] = {"votes": votes, "chair_view": chair_view.value}
    fired = _evaluated(tables.decision, facts).fired
    first: Mapping[str, object] = fired[0].outputs if fired else {}
    outcome, decided_by = str(first.get("outcome", "")), str(first.get("decided_by", ""))
    reasons = tuple(str(rule.outputs["reason"]) for rule in fired)
    return Proposal(outcome == CARRIED, outcome, decided_by, reasons, tables.decision.table_hash)


def _evaluated(table: DecisionTable, facts: Mapping[str, Scalar]) -> Evaluation:
    try:
        return evaluate(table, facts)
    except FactsDoNotFit:
        raise NotPossible(
            f"The table “{table.name}” does not allow for the facts of this meeting. Tell who answers for the rules."
        ) from None
