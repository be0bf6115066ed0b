"""Random walks: the engine held against a plain token game and against SpiffWorkflow, on a sample and on random
processes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.processes.drawing import DEFAULT, drawn
from tests.kernel.processes.spiff_peer import Peer

from counterpoint.kernel.processes import (
    NodeKind,
    State,
    complete_step,
    is_finished,
    path_taken,
    read_process,
    standing,
    start,
    waiting_steps,
)

SAMPLE = read_process((Path(__file__).parent / "samples" / "concern.bpmn").read_bytes())
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


class Tokens:
    """The slow twin: tokens on flows, moved one at a time. `choices` says which way each gateway takes."""

    def __init__(self, process, choose):
        self.process, self.choose, self.flows = process, choose, []
        (begin,) = [node.id for node in process.nodes.values() if node.kind is NodeKind.START]
        self.flows += [flow.id for flow in process.flows_from(begin)]
        self.settle()

    def settle(self):
        moved = True
        while moved:
            moved = any(self.move(node) for node in self.process.nodes.values())

    def move(self, node):
        ways_in = [flow.id for flow in self.process.flows_to(node.id)]
        ways_out = [flow.id for flow in self.process.flows_from(node.id)]
        here = [flow for flow in ways_in if flow in self.flows]
        if node.kind is NodeKind.STEP or not here or (node.kind is NodeKind.PARALLEL and len(here) < len(ways_in)):
            return False
        for flow in here if node.kind is NodeKind.PARALLEL else here[:1]:
            self.flows.remove(flow)
        self.flows += [self.choose(node, ways_out)] if node.kind is NodeKind.EXCLUSIVE else ways_out
        return True

    def waiting(self):
        into = {flow.id: flow.target for flow in self.process.flows}
        return {into[flow] for flow in self.flows if self.process.nodes[into[flow]].kind is NodeKind.STEP}

    def finish(self, step_id):
        (way_in,) = [flow.id for flow in self.process.flows_to(step_id) if flow.id in self.flows]
        self.flows.remove(way_in)
        self.flows += [flow.id for flow in self.process.flows_from(step_id)]
        self.settle()


# --- the sample


VALUES = {
    "screen": st.sampled_from([{"outcome": "advice"}, {"outcome": "look"}, {"outcome": "look"}]),
    "assess": st.one_of(
        st.just({"enough": False}), st.booleans().map(lambda support: {"enough": True, "support": support})
    ),
}


def sample_choice(recorded):
    def choose(node, ways_out):
        if len(ways_out) == 1:
            return ways_out[0]
        if node.id == "needs":
            return "f_advice" if recorded["screen"]["outcome"] == "advice" else "f_look"
        if not recorded["assess"]["enough"]:
            return "f_more"
        return "f_support" if recorded["assess"]["support"] else "f_none"

    return choose


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_random_walk_keeps_to_the_laws(data):
    recorded = {}
    state = start(SAMPLE, {}, at=AT)
    twin = Tokens(SAMPLE, sample_choice(recorded))
    for number in range(14):
        ready = [step.id for step in waiting_steps(SAMPLE, state)]
        assert set(ready) == twin.waiting()
        assert is_finished(SAMPLE, state) == (not ready), "what is not finished has a way on"
        if not ready:
            break
        step_id = data.draw(st.sampled_from(ready))
        recorded[step_id] = data.draw(VALUES.get(step_id, st.just({})))
        before = state.to_json()
        after = complete_step(SAMPLE, state, step_id, recorded[step_id], at=AT + timedelta(hours=number))
        twin.finish(step_id)
        assert state.to_json() == before
        assert [taken.step_id for taken in path_taken(after)] == [t.step_id for t in path_taken(state)] + [step_id]
        assert standing(SAMPLE, after).passed_nodes >= standing(SAMPLE, state).passed_nodes | {step_id}
        state = State.from_json(SAMPLE, after.to_json())


# --- random processes, grown from blocks so that most of them are sound


@st.composite
def grown(draw):
    """Nodes and flows of a random process; gateway g takes the way whose number was recorded last as `g` by a step."""
    nodes, flows = {"begin": "start"}, []

    def new(kind):
        name = f"{kind}{len(nodes)}"
        nodes[name] = kind
        return name

    def block(before, condition, depth):
        form = draw(st.sampled_from(["step", "step", "all", "one", "loop", "two"] if depth else ["step"]))
        extra = (condition,) if condition else ()
        if form == "step":
            name = new("step")
            flows.append((before, name, *extra))
            return name
        if form == "two":
            return block(block(before, condition, depth - 1), None, depth - 1)
        if form == "loop":
            merge, split = new("one"), None
            flows.append((before, merge, *extra))
            inner = block(merge, None, depth - 1)
            split = new("one")
            flows.append((inner, split))
            flows.append((split, merge, f"g_{split} == 1"))
            after = new("step")
            flows.append((split, after, DEFAULT))
            return after
        split, join = new(form), new(form)
        flows.append((before, split, *extra))
        for number in range(draw(st.integers(2, 3))):
            way = None if form == "all" else (DEFAULT if number == 0 else f"g_{split} == {number}")
            flows.append((block(split, way, depth - 1), join))
        return join

    last = block(block("begin", None, 2), None, 1)
    end = new("end")
    flows.append((last, end))
    return nodes, flows


@settings(max_examples=40, deadline=None)
@given(grown(), st.data())
def test_the_engine_walks_random_processes_as_tokens_do(process_parts, data):
    process = read_process(drawn(*process_parts))
    gateways = [
        n.id for n in process.nodes.values() if n.kind is NodeKind.EXCLUSIVE and len(process.flows_from(n.id)) > 1
    ]
    choices = {f"g_{gateway}": data.draw(st.integers(0, 2)) for gateway in gateways}
    # Facts never change, so a loop that is taken once would be taken for ever: it is left after a few rounds.

    def choose(node, ways_out):
        if len(ways_out) == 1:
            return ways_out[0]
        wanted = choices[f"g_{node.id}"]
        flows = {flow.id: flow for flow in process.flows_from(node.id)}
        fitting = [f for f in ways_out if flows[f].condition_text == f"g_{node.id} == {wanted}"]
        return fitting[0] if fitting else next(f for f in ways_out if flows[f].is_default)

    state = start(process, choices, at=AT)
    twin, peer = Tokens(process, choose), Peer(process, choices)
    for number in range(10):
        ready = [step.id for step in waiting_steps(process, state)]
        assert set(ready) == twin.waiting() == peer.waiting()
        assert is_finished(process, state) == (not ready) == peer.is_finished()
        if not ready:
            break
        step_id = data.draw(st.sampled_from(ready))
        state = complete_step(process, state, step_id, {}, at=AT + timedelta(hours=number))
        twin.finish(step_id)
        peer.finish(step_id)
