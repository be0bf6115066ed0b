"""The whole path of the England pack, walked at random: whatever happens in whatever order, the law holds."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, run_state_machine_as_test
from tests.kernel.pack_walks.walking import Walk, pack_of

from counterpoint.kernel.processes import (
    complete_step,
    expected_events,
    fire_timer,
    is_finished,
    receive_message,
)

ENGLAND = pack_of("england")
SETTINGS = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
SUPPORT = {"make_plan", "deliver_support", "review_support"}
AFTER_POLICE = {"assess", "ask_partners", "speak_to_referrer", "prepare_panel", "hold_panel", "seek_consent", *SUPPORT}
NEWS = ("news_information", "news_panel", "news_consent", "news_alternatives", "news_support", "news_closure",
        "news_after_closure", "new_concern_after_closure")  # fmt: skip


class PreventPath(Walk):
    """From a concern to the last review."""

    pack = ENGLAND
    process_id = "prevent_path"
    forward = {("review_support", "decision"): "close"}

    def opened_again(self):
        """A stage that people open again by hand is theirs to answer for: laws of the drawn ways do not bind it."""
        return any(one.happening == "reopen" for one in self.state.events)

    @invariant()
    def nobody_is_supported_without_a_consent_that_stands(self):
        if self.waits() & SUPPORT and not self.opened_again():
            asked, withdrawn = self.happened("seek_consent"), self.happened("consent_withdrawn_in_support")
            assert asked[-1] > withdrawn[-1]
            assert self.said("seek_consent", "result") == "given"
            assert self.said("seek_consent", "giver") != "nobody"

    @invariant()
    def nobody_is_supported_whom_no_panel_adopted(self):
        if self.waits() & {"seek_consent", *SUPPORT} and not self.opened_again():
            assert self.said("hold_panel", "decision") == "adopt"

    @invariant()
    def no_decision_stands_without_the_police_of_the_home_force(self):
        if self.waits() & {"seek_consent", *SUPPORT} and not self.opened_again():
            assert self.said("hold_panel", "home_force_was_there") != "no"

    @invariant()
    def after_news_from_the_police_the_check_comes_first(self):
        news, checked = self.happened(*NEWS)[-1], self.happened("deconfliction")[-1]
        if self.waits() & AFTER_POLICE and not self.opened_again():
            assert checked > news
        if news == len(self.state.events) - 1 and news >= 0:
            assert self.waits() == {"deconfliction"}

    @invariant()
    def a_live_investigation_ends_the_path_of_the_panel(self):
        last = self.state.events[-1:]
        if last and last[0].id == "deconfliction" and dict(last[0].values)["result"] == "police_led":
            assert self.waits() == {"police_led_plan"}

    @invariant()
    def reviews_come_after_an_agreed_closure(self):
        expected = {event.id for event in expected_events(self.process, self.state)}
        if (self.waits() & {"review_six", "review_later"} or "six_months" in expected) and not self.opened_again():
            assert self.said("agree_closure", "decision") == "agreed"
            assert self.happened("record_outcome")[-1] > self.happened("agree_closure")[-1]

    @invariant()
    def it_ends_with_advice_or_with_the_referrer_told_or_with_the_last_review(self):
        if is_finished(self.process, self.state):
            assert self.state.events[-1].id in {"give_advice", "tell_referrer", "review_later"}

    @invariant()
    def withdrawing_consent_stops_the_support_at_once(self):
        if self.state.events and self.state.events[-1].id == "consent_withdrawn_in_support":
            assert self.waits() == {"consider_alternatives"}

    @invariant()
    def consent_can_be_withdrawn_whenever_there_is_support(self):
        if self.waits() & SUPPORT:
            messages = {event.message_id for event in expected_events(self.process, self.state)}
            assert {"consent_withdrawn", "police_news"} <= messages


class FirstCase(Walk):
    """The process that was there first, without forms of its own."""

    pack = ENGLAND
    process_id = "case"

    def without_form(self, data, node_id, onward):
        decisions = ["support", "signpost", "more_information", "done", "reassess", "agreed", "else"]
        on = {"assess": "support", "review_actions": "done", "agree_closure": "agreed"}.get(node_id, "else")
        return {"decision": on if onward else data.draw(st.sampled_from(decisions))}

    @invariant()
    def it_ends_with_an_agreement(self):
        if is_finished(self.process, self.state):
            assert self.said("agree_closure", "decision") == "agreed"


FirstCase.TestCase.settings = settings(SETTINGS, max_examples=8)
TestFirstCase = FirstCase.TestCase


def walked(machine):
    """What the walks of a machine came to, by the ids of steps and events."""
    machine.reached = set()
    run_state_machine_as_test(machine, settings=settings(SETTINGS, derandomize=True))
    return machine.reached


def test_whatever_happens_the_law_holds_and_the_walks_come_far():
    reached = walked(PreventPath)
    assert reached >= {"deconfliction", "assess", "hold_panel", "seek_consent", "make_plan"}
    assert reached & set(NEWS)


ADOPTED = [
    ("advice_or_referral", {"decision": "referral"}),
    ("acknowledge", {}),
    ("deconfliction", {"result": "clear"}),
    ("gateway_assessment", {"result": "information"}),
    ("speak_to_referrer", {}),
    ("ask_partners", {}),
    ("assess", {"decision": "panel"}),
    ("prepare_panel", {}),
    ("hold_panel", {"home_force_was_there": "yes", "decision": "adopt"}),
]
CONSENT = ("seek_consent", {"result": "given", "giver": "self"})
REFUSED = ("seek_consent", {"result": "refused", "giver": "self"})
WITHDRAWN = ("@consent_withdrawn", {"giver": "self"})
SUPPORTED = [("make_plan", {}), ("deliver_support", {}), ("review_support", {"decision": "close"})]
CLOSED = [("ask_members", {}), ("agree_closure", {"decision": "agreed"}), ("record_outcome", {})]
REVIEWED = [("!six_months", {}), ("review_six", {"decision": "nothing_new"}), ("!twelve_months", {})]
LAST = [("review_later", {"decision": "extend"}), ("!further_review", {}), ("review_later", {"decision": "finish"})]


def by_hand(machine, happened):
    """The machine after these steps, messages (@) and timers (!), with every law held at each."""
    walk = machine()
    for name, values in happened:
        if name.startswith("@"):
            walk.state = receive_message(walk.process, walk.state, name[1:], values, at=walk.now)
        elif name.startswith("!"):
            walk.state = fire_timer(walk.process, walk.state, name[1:], at=walk.now)
        else:
            walk.state = complete_step(walk.process, walk.state, name, values, at=walk.now)
        for law in machine.invariants_by_name():
            getattr(walk, law)()
    return walk


@pytest.mark.parametrize(
    ("happened", "waits"),
    [
        ([*ADOPTED, CONSENT, *SUPPORTED, *CLOSED, *REVIEWED, *LAST], set()),
        ([*ADOPTED, CONSENT, WITHDRAWN], {"consider_alternatives"}),
        ([*ADOPTED, CONSENT, ("@police_news", {})], {"deconfliction"}),
        ([*ADOPTED, REFUSED, ("consider_alternatives", {"decision": "close"})], {"ask_members"}),
        ([*ADOPTED, ("@police_news", {}), ("deconfliction", {"result": "police_led"})], {"police_led_plan"}),
        ([*ADOPTED[:-1], ("hold_panel", {"home_force_was_there": "no", "decision": "adopt"})], {"prepare_panel"}),
        ([*ADOPTED, CONSENT, *SUPPORTED, *CLOSED, ("@new_concern", {})], {"deconfliction"}),
    ],
)
def test_the_path_from_end_to_end(happened, waits):
    assert by_hand(PreventPath, happened).waits() == waits


@pytest.mark.parametrize(
    ("old", "new", "happened"),
    [
        (
            'seek_consent.result == "given" and seek_consent.giver != "nobody"',
            'seek_consent.result != "given"',
            [*ADOPTED, REFUSED],
        ),
        ('hold_panel.decision == "adopt"</', 'hold_panel.decision != "police_led"</',
         [*ADOPTED[:-1], ("hold_panel", {"home_force_was_there": "yes", "decision": "not_adopt"})]),
        ('hold_panel.home_force_was_there == "no"', 'hold_panel.home_force_was_there == "never"',
         [*ADOPTED[:-1], ("hold_panel", {"home_force_was_there": "no", "decision": "adopt"})]),
        ('sourceRef="consent_withdrawn_in_support" targetRef="consider_alternatives"',
         'sourceRef="consent_withdrawn_in_support" targetRef="support"', [*ADOPTED, CONSENT, WITHDRAWN]),
        ('sourceRef="news_support" targetRef="police_check"', 'sourceRef="news_support" targetRef="panel"',
         [*ADOPTED, CONSENT, ("@police_news", {})]),
    ],
)  # fmt: skip
def test_a_path_that_breaks_the_law_is_found(old, new, happened):
    xml = ENGLAND.processes["prevent_path"].decode()
    assert old in xml

    class Broken(PreventPath):
        pack = replace(ENGLAND, processes={"prevent_path": xml.replace(old, new).encode()})

    with pytest.raises(AssertionError):
        by_hand(Broken, happened)
