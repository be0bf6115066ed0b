"""Which routes may be taken, what each must come with, and where a referral may go: drawn as tables."""

import itertools

import pytest

from counterpoint.base.errors import NotPossible
from counterpoint.intake.types import Kind, ReferralState, Urgency
from counterpoint.triage.errors import Incomplete
from counterpoint.triage.policies import (
    Circumstances,
    Proposal,
    check_can_be_decided,
    check_moves,
    needs_second_reader,
    routes_allowed,
)
from counterpoint.triage.types import (
    CLOSING,
    PUBLIC_STATUS_AFTER,
    ROUTES_AFTER,
    ROUTES_FOR,
    STATE_AFTER,
    STATE_MOVES,
    USUAL_CLOSURE_REASON,
    Route,
)

NEEDS = {"no_further_action": (), "signposted": ("signposted_to", "service_accepted"), "advice_given": ()}


def around(**changes) -> Circumstances:
    usual = {
        "kind": Kind.CONCERN,
        "state": ReferralState.IN_TRIAGE,
        "route_in_force": None,
        "proposed_route": Route.CASE,
        "proposed_urgency": Urgency.FIVE_DAYS,
        "awaits_handover": False,
        "categories": frozenset({"islamist", "extreme_right_wing"}),
        "closure_needs": NEEDS,
    }
    return Circumstances(**{**usual, **changes})


def lacks(proposal: Proposal, circumstances: Circumstances) -> set[str]:
    try:
        check_can_be_decided(proposal, circumstances)
    except Incomplete as error:
        return {lack.field for lack in error.lacks}
    return set()


def test_every_route_and_state_has_its_row():
    assert set(STATE_AFTER) == set(PUBLIC_STATUS_AFTER) == set(Route)
    assert set(ROUTES_AFTER) == {None, *Route}
    assert set(STATE_MOVES) == set(ReferralState)
    assert set(ROUTES_FOR) == {Kind.CONCERN, Kind.ONLINE_MATERIAL}
    assert set(USUAL_CLOSURE_REASON) <= CLOSING
    assert all((STATE_AFTER[route] is ReferralState.CLOSED) == (route in CLOSING) for route in Route)


def test_a_closed_referral_has_no_route_and_material_never_becomes_a_case():
    for kind, after in itertools.product(ROUTES_FOR, ROUTES_AFTER):
        assert not routes_allowed(kind, ReferralState.CLOSED, after)
        assert not routes_allowed(kind, ReferralState.AWAITING_SECOND_READER, after)
    assert Route.CASE not in routes_allowed(Kind.ONLINE_MATERIAL, ReferralState.NEW, None)
    assert Route.CONTENT not in routes_allowed(Kind.CONCERN, ReferralState.NEW, None)


# route in force, then what may follow (for a concern: c, for material: m)
FOLLOWING = """
in force   emergency case content advice signpost close
-          cm        c    m       cm     cm       cm
emergency  .         c    m       cm     cm       cm
case       .         .    .       .      .        .
content    m         .    .       m      m        m
advice     .         .    .       .      .        .
signpost   .         .    .       .      .        .
close      .         .    .       .      .        .
"""


def test_what_may_follow_is_as_drawn():
    header, *rows = [line.split() for line in FOLLOWING.strip().replace("in force", "in_force").splitlines()]
    for name, *marks in rows:
        in_force = None if name == "-" else Route(name)
        for route, mark in zip(header[1:], marks, strict=True):
            for kind, letter in ((Kind.CONCERN, "c"), (Kind.ONLINE_MATERIAL, "m")):
                if in_force is not None and in_force not in ROUTES_FOR[kind]:
                    continue
                allowed = Route(route) in routes_allowed(kind, ReferralState.DECIDED, in_force)
                assert allowed == (letter in mark), (name, route, kind)


# from, then every state it may go to
MOVES = """
new                     in_triage awaiting_second_reader decided closed
in_triage               awaiting_second_reader decided closed
awaiting_second_reader  in_triage decided closed
decided                 awaiting_second_reader decided closed
closed                  decided
"""


def test_moves_are_as_drawn():
    drawn = {line.split()[0]: set(line.split()[1:]) for line in MOVES.strip().splitlines()}
    for state, to in itertools.product(ReferralState, ReferralState):
        if to.value in drawn[state.value]:
            check_moves(state, to)
        else:
            with pytest.raises(NotPossible):
                check_moves(state, to)


# what is proposed                                                                    what it lacks
DECISIONS = [
    (Proposal(Route.CASE, Urgency.FIVE_DAYS), ""),
    (Proposal(Route.CASE, Urgency.SAME_DAY), "reason"),
    (Proposal(Route.CASE, Urgency.SAME_DAY, reason="The school called."), ""),
    (Proposal(Route.CASE, Urgency.SAME_DAY, reason="  "), "reason"),
    (Proposal(Route.CASE, Urgency.FIVE_DAYS, category="islamist"), ""),
    (Proposal(Route.CASE, Urgency.FIVE_DAYS, category="no_such"), "category"),
    (Proposal(Route.CONTENT, Urgency.FIVE_DAYS, reason="x"), "route"),
    (Proposal(Route.CASE, Urgency.FIVE_DAYS, closure_reason="no_further_action"), "closure_reason"),
    (Proposal(Route.CASE, Urgency.FIVE_DAYS, feedback="Thank you."), "feedback"),
    (Proposal(Route.CLOSE, Urgency.ROUTINE), "reason closure_reason feedback"),
    (Proposal(Route.CLOSE, Urgency.ROUTINE, reason="x", closure_reason="no_further_action"), "feedback"),
    (
        Proposal(Route.CLOSE, Urgency.ROUTINE, reason="x", closure_reason="no_further_action", feedback="We looked."),
        "",
    ),
    (
        Proposal(
            Route.CLOSE, Urgency.ROUTINE, reason="x", closure_reason="no_further_action", withheld_reason="Danger."
        ),
        "",
    ),
    (
        Proposal(
            Route.CLOSE,
            Urgency.ROUTINE,
            reason="x",
            closure_reason="no_further_action",
            feedback="We looked.",
            withheld_reason="Danger.",
        ),
        "feedback",
    ),
    (Proposal(Route.CLOSE, Urgency.ROUTINE, reason="x", closure_reason="deceased", feedback="."), "closure_reason"),
    (
        Proposal(Route.SIGNPOST, Urgency.ROUTINE, reason="x", closure_reason="signposted", feedback="."),
        "signposted_to service_accepted",
    ),
    (
        Proposal(
            Route.SIGNPOST,
            Urgency.ROUTINE,
            reason="x",
            feedback=".",
            particulars={"signposted_to": "Youth service", "service_accepted": "yes"},
        ),
        "",
    ),
    (Proposal(Route.ADVICE, Urgency.ROUTINE, reason="x", withheld_reason="Danger."), "feedback"),
    (Proposal(Route.ADVICE, Urgency.ROUTINE, reason="x", feedback="Talk to him."), ""),
]


@pytest.mark.parametrize(("proposal", "expected"), DECISIONS)
def test_what_a_decision_lacks_is_told_at_once(proposal, expected):
    assert lacks(proposal, around()) == set(expected.split())


@pytest.mark.parametrize("route", sorted(ROUTES_FOR[Kind.CONCERN]))
def test_an_emergency_is_handed_over_before_anything_else_is_decided(route):
    proposal = Proposal(route, Urgency.IMMEDIATE, reason="x")
    found = lacks(proposal, around(awaits_handover=True))
    assert ("handover" in found) == (route is not Route.EMERGENCY)


def test_a_later_decision_always_says_why():
    again = around(route_in_force=Route.EMERGENCY)
    assert lacks(Proposal(Route.CASE, Urgency.FIVE_DAYS), again) == {"reason"}
    assert lacks(Proposal(Route.CASE, Urgency.FIVE_DAYS, reason="It is over."), again) == set()


@pytest.mark.parametrize("state", [ReferralState.CLOSED, ReferralState.AWAITING_SECOND_READER])
def test_nothing_is_decided_while_it_is_closed_or_waits(state):
    with pytest.raises(NotPossible):
        check_can_be_decided(Proposal(Route.CASE, Urgency.FIVE_DAYS), around(state=state))


@pytest.mark.parametrize(("route", "alone"), list(itertools.product(Route, [True, False])))
def test_only_closing_what_may_not_be_closed_alone_needs_a_second_reader(route, alone):
    assert needs_second_reader(route, may_not_close_alone=not alone) == (route in CLOSING and not alone)
