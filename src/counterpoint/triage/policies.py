"""Whether a decision may be taken at all, whoever asks. Who may: `counterpoint.triage.permissions`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from counterpoint.base.errors import NotPossible
from counterpoint.intake.types import Kind, ReferralState, Urgency
from counterpoint.triage.errors import Incomplete, Lack
from counterpoint.triage.types import CLOSING, ROUTES_AFTER, ROUTES_FOR, STATE_MOVES, USUAL_CLOSURE_REASON, Route


@dataclass(frozen=True)
class Proposal:
    """What somebody wants to decide, before it is a decision."""

    route: Route
    urgency: Urgency
    reason: str = ""
    category: str = ""
    closure_reason: str = ""
    particulars: Mapping[str, str] = field(default_factory=dict)
    feedback: str = ""
    withheld_reason: str = ""


@dataclass(frozen=True)
class Circumstances:
    """All that a proposal is judged by."""

    kind: Kind
    state: ReferralState
    route_in_force: Route | None
    proposed_route: Route
    proposed_urgency: Urgency
    awaits_handover: bool
    categories: frozenset[str]
    closure_needs: Mapping[str, tuple[str, ...]]  # the closure reasons for referrals, and what each needs


def routes_allowed(kind: Kind, state: ReferralState, route_in_force: Route | None) -> frozenset[Route]:
    """The routes that may be decided now; none while a second reader is awaited or once it is closed."""
    if state in (ReferralState.CLOSED, ReferralState.AWAITING_SECOND_READER):
        return frozenset()
    return ROUTES_FOR[kind] & ROUTES_AFTER[route_in_force]


def check_moves(state: ReferralState, to: ReferralState) -> None:
    """Raises NotPossible unless a referral may go from `state` to `to`."""
    if to not in STATE_MOVES[state]:
        raise NotPossible(f"A referral that is “{state.label.lower()}” cannot become “{to.label.lower()}”.")


def is_confirmed(proposal: Proposal, circumstances: Circumstances) -> bool:
    """Whether a person takes the table's route and urgency as they are, the first time it is decided."""
    as_proposed = (proposal.route, proposal.urgency) == (
        circumstances.proposed_route,
        circumstances.proposed_urgency,
    )
    return as_proposed and circumstances.route_in_force is None


def needs_second_reader(route: Route, *, may_not_close_alone: bool) -> bool:
    """Whether another person must agree before this route is taken."""
    return route in CLOSING and may_not_close_alone


def closure_reason_of(route: Route, given: str) -> str:
    """The closure reason as given, or the usual one of a closing route that has one."""
    return given or USUAL_CLOSURE_REASON.get(route, "")


def check_can_be_decided(proposal: Proposal, circumstances: Circumstances) -> None:
    """Raises NotPossible when nothing can be decided now, Incomplete with everything that the proposal lacks."""
    if circumstances.state is ReferralState.CLOSED:
        raise NotPossible("This referral is closed. Anything new about it comes in as a new report.")
    if circumstances.state is ReferralState.AWAITING_SECOND_READER:
        raise NotPossible("A decision about this referral waits for its second reader.")
    lacks = [*_route_lacks(proposal, circumstances), *_reason_lacks(proposal, circumstances)]
    lacks += [*_closing_lacks(proposal, circumstances)] if proposal.route in CLOSING else [*_open_lacks(proposal)]
    if proposal.category and proposal.category not in circumstances.categories:
        lacks.append(Lack("category", "Choose a category of the scheme that is in force."))
    if lacks:
        raise Incomplete(lacks)


def _route_lacks(proposal: Proposal, circumstances: Circumstances) -> Iterator[Lack]:
    if proposal.route not in ROUTES_FOR[circumstances.kind]:
        yield Lack("route", f"“{proposal.route.label}” is not a route for {circumstances.kind.label.lower()}.")
    elif proposal.route not in ROUTES_AFTER[circumstances.route_in_force]:
        taken = circumstances.route_in_force.label if circumstances.route_in_force else ""
        yield Lack("route", f"“{taken}” was decided already; “{proposal.route.label}” cannot follow it.")
    if circumstances.awaits_handover and proposal.route is not Route.EMERGENCY:
        yield Lack("handover", "Record the emergency handover first, or why none was needed.")


def _reason_lacks(proposal: Proposal, circumstances: Circumstances) -> Iterator[Lack]:
    if not is_confirmed(proposal, circumstances) and not proposal.reason.strip():
        yield Lack("reason", "Say why you decide otherwise than the table proposes.")


def _closing_lacks(proposal: Proposal, circumstances: Circumstances) -> Iterator[Lack]:
    closure_reason = closure_reason_of(proposal.route, proposal.closure_reason)
    if closure_reason not in circumstances.closure_needs:
        yield Lack("closure_reason", "Choose the reason for closing.")
    for need in circumstances.closure_needs.get(closure_reason, ()):
        if not proposal.particulars.get(need, "").strip():
            yield Lack(need, f"Say this with the reason for closing: {need.replace('_', ' ')}.")
    told, withheld = bool(proposal.feedback.strip()), bool(proposal.withheld_reason.strip())
    if told == withheld:
        yield Lack("feedback", "Write what the reporter is told, or why they are told nothing; not both.")
    if proposal.route is Route.ADVICE and not told:
        yield Lack("feedback", "Write the advice that the reporter is given.")


def _open_lacks(proposal: Proposal) -> Iterator[Lack]:
    if proposal.closure_reason or proposal.particulars:
        yield Lack("closure_reason", "This route does not close the referral: leave the reason for closing empty.")
    if proposal.feedback.strip() or proposal.withheld_reason.strip():
        yield Lack("feedback", "This route does not end the work: tell the reporter by a message instead.")
