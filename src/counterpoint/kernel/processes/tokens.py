"""The token game: where something is under way in a process, and every move that can come next.

A marking is the set of flows on which a token waits. A step and an event wait while a token stands on a flow into them;
a stage is under way while a token stands on a flow inside it. The same game is played with every choice left open to
check a process (`soundness`) and with choices decided to run it (`engine`), so a run cannot go where the check has not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .model import Flow, Node, NodeKind, Process

Marking = frozenset[str]
NOTHING: Marking = frozenset()
WAITS = frozenset({NodeKind.STEP, NodeKind.CATCH})
"""Nodes at which a token stays until something comes from outside."""


@dataclass(frozen=True)
class Move:
    """A node takes tokens off some flows and puts them on others."""

    node_id: str
    taken: Marking
    put: Marking


class Tokens:
    """The game for one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._into = {node_id: tuple(flow.id for flow in process.flows_to(node_id)) for node_id in process.nodes}
        self._out = {node_id: tuple(flow.id for flow in process.flows_from(node_id)) for node_id in process.nodes}
        self._starts = {node.stage: node.id for node in process.nodes.values() if node.kind is NodeKind.START}
        self._inside = {stage_id: self._flows_inside(stage_id) for stage_id in self._stages()}
        self._place = {node_id: number for number, node_id in enumerate(process.nodes)}
        self._movers = {flow.id: self._moved_by(flow) for flow in process.flows}
        self._live = {flow.id: self._kept_live_by(flow) for flow in process.flows}

    def _stages(self) -> Iterator[str]:
        return (node.id for node in self._process.nodes.values() if node.kind is NodeKind.STAGE)

    def _flows_inside(self, stage_id: str) -> Marking:
        nodes = self._process.nodes
        return frozenset(flow.id for flow in self._process.flows if stage_id in stages_around(nodes, flow.source))

    def _moved_by(self, flow: Flow) -> tuple[str, ...]:
        """The nodes that can take a token off a flow: its target, and the events that set aside what it stands for."""
        nodes = self._process.nodes
        hosts = {flow.target, *stages_around(nodes, flow.target)}
        return (flow.target, *(node.id for node in nodes.values() if node.attached_to in hosts))

    def _kept_live_by(self, flow: Flow) -> tuple[str, ...]:
        """What is under way while a token stands on a flow: what waits at its end, and the stages around it."""
        nodes = self._process.nodes
        waits = (flow.target,) if nodes[flow.target].kind in WAITS else ()
        return (*waits, *stages_around(nodes, flow.target))

    def begun(self, stage_id: str = "") -> Marking:
        """The tokens with which the process, or a stage of it, begins."""
        return frozenset(self._out[self._starts[stage_id]])

    def start_of(self, stage_id: str = "") -> str:
        return self._starts[stage_id]

    def at(self, node_id: str, marking: Marking) -> tuple[str, ...]:
        """The flows into a node on which tokens wait."""
        return tuple(flow for flow in self._into[node_id] if flow in marking)

    def inside(self, stage_id: str, marking: Marking) -> Marking:
        return marking & self._inside[stage_id]

    def is_under_way(self, node: Node, marking: Marking) -> bool:
        """Whether a step or an event waits, or a stage is not over."""
        if node.kind is NodeKind.STAGE:
            return bool(self.inside(node.id, marking))
        if node.kind is NodeKind.BOUNDARY:
            return self.is_under_way(self._process.nodes[node.attached_to], marking)
        return bool(self.at(node.id, marking))

    def under_way(self, marking: Marking) -> frozenset[str]:
        """The steps and events that wait, and the stages that are not over."""
        return frozenset(node_id for flow_id in marking for node_id in self._live[flow_id])

    def moves(self, marking: Marking, *, without: str | None = None) -> Iterator[Move]:
        """Every move that is possible, when the node `without` does not move."""
        movers = {node_id for flow_id in marking for node_id in self._movers[flow_id]} - {without}
        for node_id in sorted(movers, key=self._place.__getitem__):
            yield from self.moves_of(self._process.nodes[node_id], marking)

    def moves_of(self, node: Node, marking: Marking) -> Iterator[Move]:
        """Every move of one node: more than one where it chooses, or where tokens came by several ways."""
        if node.kind is NodeKind.BOUNDARY:
            yield from self._interruption(node, marking)
            return
        here, out = self.at(node.id, marking), frozenset(self._out[node.id])
        if node.kind is NodeKind.PARALLEL:
            if here and len(here) == len(self._into[node.id]):
                yield Move(node.id, frozenset(here), out)
            return
        for flow in here:
            taken = frozenset({flow})
            if node.kind is NodeKind.EXCLUSIVE:
                yield from (Move(node.id, taken, frozenset({one})) for one in self._out[node.id])
            elif node.kind is NodeKind.STAGE:
                yield Move(node.id, taken, self.begun(node.id))
            elif node.kind is NodeKind.END:
                yield Move(node.id, taken, self._after_end(node, marking - taken))
            else:
                yield Move(node.id, taken, out)

    def _after_end(self, node: Node, left: Marking) -> Marking:
        """A stage is over, and goes on behind itself, when nothing is under way in it any more."""
        over = node.stage and not self.inside(node.stage, left)
        return frozenset(self._out[node.stage]) if over else NOTHING

    def _interruption(self, node: Node, marking: Marking) -> Iterator[Move]:
        host = self._process.nodes[node.attached_to]
        inside = self.inside(host.id, marking) if host.kind is NodeKind.STAGE else frozenset(self.at(host.id, marking))
        if inside:
            yield Move(node.id, inside, frozenset(self._out[node.id]))


def stages_around(nodes: Mapping[str, Node], node_id: str) -> tuple[str, ...]:
    """The ids of the stages that a node stands in, the innermost first."""
    found: list[str] = []
    stage = nodes[node_id].stage
    while stage:
        found.append(stage)
        stage = nodes[stage].stage
    return tuple(found)
