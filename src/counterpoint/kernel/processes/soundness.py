"""Finds what is wrong with the ways through a process: dead ends, steps nobody reaches, joins that wait for ever.

First the shape of each node is checked, then all that can come about is played through with tokens on flows, taking
every way at every exclusive gateway, whatever the conditions say. So a process that passes always has a way on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .conditions import Condition, comparisons_in, names_in
from .model import Flow, Node, NodeKind, Process

MAX_MARKINGS = 5_000

_Marking = frozenset[str]


@dataclass(frozen=True)
class Finding:
    """`at` is the id of the node or flow that it concerns, or empty."""

    at: str
    what: str
    remedy: str


def problems_of_ways(process: Process) -> list[Finding]:
    """All findings; the play with tokens is left out while the shape is wrong."""
    found = [*_shape(process), *_reach(process), *_conditions(process)]
    return found or list(_played(process)) or list(_looked_at_too_soon(process))


def _told(node: Node) -> str:
    return f"{node.kind} “{node.name}”" if node.name else f"{node.kind} {node.id}"


# --- the shape of each node


def _shape(process: Process) -> Iterator[Finding]:
    starts = [node for node in process.nodes.values() if node.kind is NodeKind.START]
    if len(starts) != 1:
        yield Finding("", f"The process has {len(starts)} start events.", "Keep exactly one.")
    if not any(node.kind is NodeKind.END for node in process.nodes.values()):
        yield Finding("", "The process has no end event.", "Add one.")
    if not any(node.kind is NodeKind.STEP for node in process.nodes.values()):
        yield Finding("", "The process has no step.", "Add a user task.")
    for node in process.nodes.values():
        yield from _shape_of(process, node)


def _shape_of(process: Process, node: Node) -> Iterator[Finding]:
    ways_in, ways_out = process.flows_to(node.id), process.flows_from(node.id)
    if node.kind is NodeKind.START and ways_in:
        yield Finding(node.id, f"A flow leads into the {_told(node)}.", "Let it lead to the first step instead.")
    if node.kind is NodeKind.END and ways_out:
        yield Finding(node.id, f"A flow leaves the {_told(node)}.", "Remove the flow.")
    if node.kind in (NodeKind.START, NodeKind.STEP) and len(ways_out) > 1:
        what = f"{len(ways_out)} flows leave the {_told(node)}; it does not say whether one or all are taken."
        yield Finding(node.id, what, "Put an exclusive or a parallel gateway behind it.")
    if node.kind is NodeKind.EXCLUSIVE and len(ways_out) > 1:
        yield from _ways_of_gateway(node, ways_out)


def _ways_of_gateway(node: Node, ways_out: tuple[Flow, ...]) -> Iterator[Finding]:
    bare = [flow for flow in ways_out if flow.condition is None]
    for flow in bare:
        if not flow.is_default and len(bare) > 1:
            what = f"The flow {flow.id} leaves the {_told(node)} without a condition, as another does."
            yield Finding(flow.id, what, "Write a condition, or make it the default.")
    for flow in ways_out:
        if flow.is_default and flow.condition is not None:
            what = f"The flow {flow.id} is the default of the {_told(node)} and has a condition too."
            yield Finding(flow.id, what, "Remove one of the two.")


# --- what can be reached


def _reach(process: Process) -> Iterator[Finding]:
    starts = [node.id for node in process.nodes.values() if node.kind is NodeKind.START]
    ends = [node.id for node in process.nodes.values() if node.kind is NodeKind.END]
    reached = _closure(starts, {node_id: [f.target for f in process.flows_from(node_id)] for node_id in process.nodes})
    ending = _closure(ends, {node_id: [f.source for f in process.flows_to(node_id)] for node_id in process.nodes})
    for node in process.nodes.values():
        if node.id not in reached:
            yield Finding(node.id, f"No way leads from the start to the {_told(node)}.", "Connect it, or remove it.")
        elif node.id not in ending:
            yield Finding(node.id, f"No way leads from the {_told(node)} to an end.", "Draw the way on.")


def _closure(begin: list[str], ways: dict[str, list[str]]) -> set[str]:
    seen, waiting = set(begin), list(begin)
    for node_id in waiting:
        for other in ways[node_id]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def _conditions(process: Process) -> Iterator[Finding]:
    for flow in process.flows:
        if flow.condition is not None:
            yield from _names(process, flow, flow.condition)


def _names(process: Process, flow: Flow, condition: Condition) -> Iterator[Finding]:
    for step_id in dict.fromkeys(name.step_id for name in names_in(condition)):
        if step_id is None:
            continue
        node = process.nodes.get(step_id)
        if node is None or node.kind is not NodeKind.STEP:
            what = f"The condition of the flow {flow.id} looks at {step_id}, which is not a step."
            yield Finding(flow.id, what, "Write the id of a user task before the dot.")
            continue
        ways = {node_id: [f.target for f in process.flows_from(node_id)] for node_id in process.nodes}
        if flow.source not in _closure([step_id], ways):
            what = f"The condition of the flow {flow.id} looks at “{node.name}”, which comes only after it."
            yield Finding(flow.id, what, "Look at a step that is done before the gateway.")


# --- playing it through


class _Play:
    """The token game: a marking is the set of flows on which a token waits."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._in = {node_id: process.flows_to(node_id) for node_id in process.nodes}
        self._out = {node_id: process.flows_from(node_id) for node_id in process.nodes}

    def first(self) -> _Marking:
        start = next(node for node in self._process.nodes.values() if node.kind is NodeKind.START)
        return frozenset(flow.id for flow in self._out[start.id])

    def met_at(self, marking: _Marking) -> str | None:
        """A node at which two branches meet that are both under way, though it does not join them."""
        for node in self._process.nodes.values():
            if node.kind in (NodeKind.STEP, NodeKind.EXCLUSIVE):
                here = [flow for flow in self._in[node.id] if flow.id in marking]
                if len(here) > 1:
                    return node.id
        return None

    def moves(
        self, marking: _Marking, *, without: str | None = None
    ) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        """What each possible move takes away and puts down, when the node `without` does not move."""
        for node in self._process.nodes.values():
            if node.id == without:
                continue
            here = [flow.id for flow in self._in[node.id] if flow.id in marking]
            out = [flow.id for flow in self._out[node.id]]
            if node.kind is NodeKind.PARALLEL:
                if here and len(here) == len(self._in[node.id]):
                    yield frozenset(here), frozenset(out)
            else:
                for taken in here:
                    yield from ((frozenset({taken}), put) for put in self._puts(node, out))

    def _puts(self, node: Node, out: list[str]) -> Iterator[frozenset[str]]:
        if node.kind is NodeKind.EXCLUSIVE:
            yield from (frozenset({one}) for one in out)
        else:
            yield frozenset(out)


def _played(process: Process) -> Iterator[Finding]:
    play = _Play(process)
    first = play.first()
    after: dict[_Marking, list[_Marking]] = {}
    waiting = [first]
    for marking in waiting:
        if marking in after:
            continue
        if len(after) >= MAX_MARKINGS:
            what = "Too many things can be under way at once to check that every way leads on."
            yield Finding("", what, "Use fewer parallel branches.")
            return
        after[marking] = []
        met = play.met_at(marking)
        if met:
            yield _twice(process, met)
            return
        for taken, put in play.moves(marking):
            left = marking - taken
            if left & put:
                yield _twice(process, next(flow.target for flow in process.flows if flow.id in left & put))
                return
            after[marking].append(left | put)
        waiting += after[marking]
        if marking and not after[marking]:
            yield _stuck(process, marking)
            return
    yield from _never_ending(process, after)


def _twice(process: Process, node_id: str) -> Finding:
    told = _told(process.nodes[node_id])
    what = f"The {told} can be under way twice at the same time: parallel branches are not joined before it."
    return Finding(node_id, what, "Join what a parallel gateway split with another parallel gateway.")


def _stuck(process: Process, marking: _Marking) -> Finding:
    flow = next(flow for flow in process.flows if flow.id in marking)
    what = f"The {_told(process.nodes[flow.target])} can wait for ever: a way into it may never be taken."
    return Finding(flow.target, what, "Join ways that exclude each other with an exclusive gateway.")


def _never_ending(process: Process, after: dict[_Marking, list[_Marking]]) -> Iterator[Finding]:
    before: dict[str, list[str]] = {}
    names = {marking: ",".join(sorted(marking)) for marking in after}
    for marking, followers in after.items():
        for follower in followers:
            before.setdefault(names[follower], []).append(names[marking])
    ending = _closure([""], {name: before.get(name, []) for name in names.values()} | {"": before.get("", [])})
    lost = next((marking for marking in after if names[marking] not in ending), None)
    if lost is not None:
        flow = next(flow for flow in process.flows if flow.id in lost)
        what = f"Once it has come to the {_told(process.nodes[flow.target])}, the process may never come to its end."
        yield Finding(flow.target, what, "Check how parallel branches and loops lead on.")


# --- whether what a condition looks at is there by then


def _looked_at_too_soon(process: Process) -> Iterator[Finding]:
    """A condition on a step that a way leads past would leave the process standing: nothing could decide it."""
    reached: dict[str, set[str]] = {}
    for flow in process.flows:
        if flow.condition is None:
            continue
        asked_for_null = {c.name for c in comparisons_in(flow.condition) if c.literal is None}
        for name in dict.fromkeys(names_in(flow.condition)):
            if name.step_id is None or name in asked_for_null:
                continue
            if name.step_id not in reached:
                reached[name.step_id] = _reached_without(process, name.step_id)
            if flow.source in reached[name.step_id]:
                told = process.nodes[name.step_id].name
                what = f"The condition of the flow {flow.id} looks at “{told}”, which may not have been done by then."
                remedy = f"Lead every way to the gateway through it, or begin with {name} != null and …"
                yield Finding(flow.id, what, remedy)


def _reached_without(process: Process, step_id: str) -> set[str]:
    """The nodes that something can come to while the step was never done."""
    play = _Play(process)
    seen = {play.first()}
    waiting = list(seen)
    for marking in waiting:
        for taken, put in play.moves(marking, without=step_id):
            after = (marking - taken) | put
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    targets = {flow.id: flow.target for flow in process.flows}
    return {targets[flow_id] for marking in seen for flow_id in marking}
