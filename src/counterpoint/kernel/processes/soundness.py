"""Finds what is wrong with the ways through a process: dead ends, steps nobody reaches, joins that wait for ever.

First the shape of each node is checked, then all that can come about is played through with tokens on flows, taking
every way at every exclusive gateway and letting every event come at every moment at which it may, whatever the
conditions say. So a process that passes always has a way on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .conditions import Condition, comparisons_in, names_in
from .model import Flow, Node, NodeKind, Process
from .tokens import WAITS, Marking, Tokens

MAX_MARKINGS = 5_000


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
    yield from _shape_of_scope(process, "", "The process")
    if not any(node.kind is NodeKind.STEP for node in process.nodes.values()):
        yield Finding("", "The process has no step.", "Add a user task.")
    for node in process.nodes.values():
        if node.kind is NodeKind.STAGE:
            yield from _shape_of_scope(process, node.id, f"The stage “{node.name or node.id}”")
        yield from _shape_of(process, node)


def _shape_of_scope(process: Process, stage_id: str, told: str) -> Iterator[Finding]:
    kinds = [node.kind for node in process.nodes.values() if node.stage == stage_id]
    if kinds.count(NodeKind.START) != 1:
        yield Finding(stage_id, f"{told} has {kinds.count(NodeKind.START)} start events.", "Keep exactly one.")
    if NodeKind.END not in kinds:
        yield Finding(stage_id, f"{told} has no end event.", "Add one.")


_NO_CHOICE = frozenset({NodeKind.START, NodeKind.STEP, NodeKind.STAGE, NodeKind.CATCH, NodeKind.BOUNDARY})
_BEGINS = frozenset({NodeKind.START, NodeKind.BOUNDARY})


def _shape_of(process: Process, node: Node) -> Iterator[Finding]:
    ways_in, ways_out = process.flows_to(node.id), process.flows_from(node.id)
    if node.kind in _BEGINS and ways_in:
        yield Finding(node.id, f"A flow leads into the {_told(node)}.", "Let it lead to the first step instead.")
    if node.kind in _BEGINS and not ways_out:
        yield Finding(node.id, f"No flow leaves the {_told(node)}.", "Draw the way on.")
    if node.kind is NodeKind.END and ways_out:
        yield Finding(node.id, f"A flow leaves the {_told(node)}.", "Remove the flow.")
    if node.kind in _NO_CHOICE and len(ways_out) > 1:
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
    starts = [node.id for node in process.nodes.values() if node.kind is NodeKind.START and not node.stage]
    ends = [node.id for node in process.nodes.values() if node.kind is NodeKind.END and not node.stage]
    ways = {node_id: list(others) for node_id, others in process.ways_on.items()}
    reached, ending = _closure(starts, ways), _closure(ends, _turned(ways))
    for node in process.nodes.values():
        if node.id not in reached:
            yield Finding(node.id, f"No way leads from the start to the {_told(node)}.", "Connect it, or remove it.")
        elif node.id not in ending:
            yield Finding(node.id, f"No way leads from the {_told(node)} to an end.", "Draw the way on.")
    yield from _circles(process, ways)


def _turned(ways: dict[str, list[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {node_id: [] for node_id in ways}
    for node_id, others in ways.items():
        for other in others:
            turned[other].append(node_id)
    return turned


def _circles(process: Process, ways: dict[str, list[str]]) -> Iterator[Finding]:
    """A circle in which nothing waits would be run round for ever."""
    restless = [n.id for n in process.nodes.values() if n.kind not in WAITS and n.kind is not NodeKind.BOUNDARY]
    inner = {node_id: [other for other in ways[node_id] if other in restless] for node_id in restless}
    for node_id in restless:
        if node_id in _closure(list(inner[node_id]), inner):
            what = f"From the {_told(process.nodes[node_id])} a way leads back to it on which nobody does anything."
            yield Finding(node_id, what, "Put a user task or an event on that way.")
            return


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
        if node is None or (node.kind is not NodeKind.STEP and not node.message):
            what = f"The condition of the flow {flow.id} looks at {step_id}, which is not a step."
            yield Finding(flow.id, what, "Write the id of a user task, or of a message event, before the dot.")
            continue
        ways = {node_id: list(others) for node_id, others in process.ways_on.items()}
        if flow.source not in _closure([step_id], ways):
            what = f"The condition of the flow {flow.id} looks at “{node.name}”, which comes only after it."
            yield Finding(flow.id, what, "Look at a step that is done before the gateway.")


# --- playing it through


def _played(process: Process) -> Iterator[Finding]:
    game = Tokens(process)
    after: dict[Marking, list[Marking]] = {}
    waiting = [game.begun()]
    for marking in waiting:
        if marking in after:
            continue
        if len(after) >= MAX_MARKINGS:
            what = "Too many things can be under way at once to check that every way leads on."
            yield Finding("", what, "Use fewer parallel branches.")
            return
        after[marking] = []
        met = _met_at(process, game, marking)
        if met:
            yield _twice(process, met)
            return
        for move in game.moves(marking):
            left = marking - move.taken
            if left & move.put:
                yield _twice(process, process.flow_targets[min(left & move.put)])
                return
            after[marking].append(left | move.put)
        waiting += after[marking]
        if marking and not after[marking]:
            yield _stuck(process, marking)
            return
    yield from _never_ending(process, after)


def _met_at(process: Process, game: Tokens, marking: Marking) -> str | None:
    """A node at which two branches meet that are both under way, though it does not join them; or a stage that is
    come to while it is under way."""
    for node in process.nodes.values():
        if node.kind in (*WAITS, NodeKind.EXCLUSIVE, NodeKind.STAGE):
            here = len(game.at(node.id, marking))
            if here > 1 or (here and node.kind is NodeKind.STAGE and game.inside(node.id, marking)):
                return node.id
    return None


def reopenable_stages(process: Process) -> frozenset[str]:
    """The stages that are never under way beside anything outside of them: beginning one anew comes to where the
    process has been before."""
    game = Tokens(process)
    beside: set[str] = set()
    for marking in _markings(game, without=None):
        for node in process.nodes.values():
            if node.kind is NodeKind.STAGE and game.at(node.id, marking) and len(marking) > 1:
                beside.add(node.id)
    return frozenset(node.id for node in process.nodes.values() if node.kind is NodeKind.STAGE) - beside


def _markings(game: Tokens, *, without: str | None) -> set[Marking]:
    """All that can come about while one node does not move."""
    seen = {game.begun()}
    waiting = list(seen)
    for marking in waiting:
        for move in game.moves(marking, without=without):
            after = (marking - move.taken) | move.put
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return seen


def _twice(process: Process, node_id: str) -> Finding:
    told = _told(process.nodes[node_id])
    what = f"The {told} can be under way twice at the same time: parallel branches are not joined before it."
    return Finding(node_id, what, "Join what a parallel gateway split with another parallel gateway.")


def _stuck(process: Process, marking: Marking) -> Finding:
    flow = next(flow for flow in process.flows if flow.id in marking)
    what = f"The {_told(process.nodes[flow.target])} can wait for ever: a way into it may never be taken."
    return Finding(flow.target, what, "Join ways that exclude each other with an exclusive gateway.")


def _never_ending(process: Process, after: dict[Marking, list[Marking]]) -> Iterator[Finding]:
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
    return {
        process.flow_targets[flow_id] for marking in _markings(Tokens(process), without=step_id) for flow_id in marking
    }
