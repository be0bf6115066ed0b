"""The values of this library: a checked process and its drawing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from .conditions import Condition


class NodeKind(StrEnum):
    START = "startEvent"
    END = "endEvent"
    STEP = "userTask"
    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"
    STAGE = "subProcess"
    CATCH = "intermediateCatchEvent"
    BOUNDARY = "boundaryEvent"


class Trigger(StrEnum):
    """What an event waits for. A timer goes off when a clock of the service says so; the process knows no dates."""

    TIMER = "timer"
    MESSAGE = "message"


@dataclass(frozen=True)
class Step:
    """Something a person does. `lane` is the name of the role that does it, `documentation` its help text.
    `since` is when it began to wait, where the step is told as a waiting one; `stage` the id of the stage around it."""

    id: str
    name: str
    lane: str
    documentation: str = ""
    since: datetime | None = None
    stage: str = ""


@dataclass(frozen=True)
class Lane:
    id: str
    name: str
    step_ids: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """`stage` is the id of the stage (embedded sub-process) that it stands in, "" at the top. An event has a `trigger`,
    and the id of its `message` where it is one; an event at the edge of a step or stage is `attached_to` it."""

    id: str
    kind: NodeKind
    name: str
    documentation: str
    line: int
    stage: str = ""
    trigger: Trigger | None = None
    message: str = ""
    attached_to: str = ""


@dataclass(frozen=True)
class Flow:
    """An arrow. `condition` is None where there is none; `is_default` marks the way taken when no condition holds."""

    id: str
    source: str
    target: str
    name: str
    condition_text: str | None
    condition: Condition | None
    is_default: bool
    line: int


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Drawing:
    """Where everything stands, in the units of the file; y grows downwards."""

    shapes: Mapping[str, Box] = field(default_factory=dict)
    labels: Mapping[str, Box] = field(default_factory=dict)
    edges: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Process:
    """A checked process. `hash` is the SHA-256 (hex) of the file it was read from; `messages` has names by id,
    `reopenable` the stages that are never under way beside anything else, so that they can be opened again."""

    id: str
    name: str
    hash: str
    pool: tuple[str, str] | None
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    lanes: tuple[Lane, ...]
    drawing: Drawing = field(repr=False)
    messages: Mapping[str, str] = field(default_factory=dict)
    reopenable: frozenset[str] = frozenset()

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order in which a reader meets them from the start."""
        nodes = (self.nodes[node_id] for node_id in self.reading_order)
        return tuple(
            Step(node.id, node.name, self.lane_of(node.id), node.documentation, stage=node.stage)
            for node in nodes
            if node.kind is NodeKind.STEP
        )

    @cached_property
    def stages(self) -> tuple[Node, ...]:
        """Every stage in reading order."""
        return tuple(self.nodes[one] for one in self.reading_order if self.nodes[one].kind is NodeKind.STAGE)

    @cached_property
    def events(self) -> tuple[Node, ...]:
        """Every event that something from outside sets off, in reading order."""
        return tuple(self.nodes[one] for one in self.reading_order if self.nodes[one].trigger is not None)

    @cached_property
    def _lanes(self) -> Mapping[str, str]:
        return {node_id: lane.name for lane in self.lanes for node_id in lane.step_ids}

    def lane_of(self, node_id: str) -> str:
        """The role whose lane a node stands in: its own, or that of the stage around it."""
        while node_id:
            if node_id in self._lanes:
                return self._lanes[node_id]
            node_id = self.nodes[node_id].stage
        return ""

    @cached_property
    def reading_order(self) -> tuple[str, ...]:
        """Node ids, breadth first from the start."""
        waiting = [node.id for node in self.nodes.values() if node.kind is NodeKind.START and not node.stage]
        seen = dict.fromkeys(waiting)
        for node_id in waiting:
            for other in self.ways_on[node_id]:
                if other not in seen:
                    seen[other] = None
                    waiting.append(other)
        return tuple(seen)

    @cached_property
    def place_in_order(self) -> Mapping[str, int]:
        return {node_id: number for number, node_id in enumerate(self.reading_order)}

    @cached_property
    def flow_targets(self) -> Mapping[str, str]:
        return {flow.id: flow.target for flow in self.flows}

    @cached_property
    def ways_on(self) -> Mapping[str, tuple[str, ...]]:
        """From each node to those that may come next: along its flows, into a stage, out of it where it ends, and to
        the events at its edge."""
        ways = {node_id: [flow.target for flow in self.flows_from(node_id)] for node_id in self.nodes}
        for node in self.nodes.values():
            if node.kind is NodeKind.START and node.stage in ways:
                ways[node.stage].insert(0, node.id)
        for node in self.nodes.values():
            if node.kind is NodeKind.END and node.stage:
                ways[node.id] += [flow.target for flow in self.flows_from(node.stage)]
            if node.kind is NodeKind.BOUNDARY and node.attached_to in ways:
                ways[node.attached_to].append(node.id)
        for node in self.nodes.values():
            if node.kind is NodeKind.STAGE:
                out = {flow.target for flow in self.flows_from(node.id)}
                ways[node.id] = [other for other in ways[node.id] if other not in out]
        return {node_id: tuple(others) for node_id, others in ways.items()}

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def event(self, event_id: str) -> Node | None:
        return next((event for event in self.events if event.id == event_id), None)

    def flows_from(self, node_id: str) -> tuple[Flow, ...]:
        return self._flows_from.get(node_id, ())

    def flows_to(self, node_id: str) -> tuple[Flow, ...]:
        return self._flows_to.get(node_id, ())

    @cached_property
    def _flows_from(self) -> Mapping[str, tuple[Flow, ...]]:
        return _grouped(self.flows, lambda flow: flow.source)

    @cached_property
    def _flows_to(self) -> Mapping[str, tuple[Flow, ...]]:
        return _grouped(self.flows, lambda flow: flow.target)


def _grouped(flows: tuple[Flow, ...], key: Callable[[Flow], str]) -> Mapping[str, tuple[Flow, ...]]:
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(key(flow), []).append(flow)
    return {node_id: tuple(group) for node_id, group in found.items()}
