"""The values of this library: a checked process and its drawing."""

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Step:
    """Something a person does. `lane` is the name of the role that does it, `documentation` its help text.
    `since` is when it began to wait, where the step is told as a waiting one."""

    id: str
    name: str
    lane: str
    documentation: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Lane:
    id: str
    name: str
    step_ids: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    id: str
    kind: NodeKind
    name: str
    documentation: str
    line: int


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
    """A checked process. `hash` is the SHA-256 (hex) of the file it was read from."""

    id: str
    name: str
    hash: str
    pool: tuple[str, str] | None
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    lanes: tuple[Lane, ...]
    drawing: Drawing = field(repr=False)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order in which a reader meets them from the start."""
        lane_of = {step_id: lane.name for lane in self.lanes for step_id in lane.step_ids}
        nodes = (self.nodes[node_id] for node_id in self.reading_order)
        return tuple(
            Step(node.id, node.name, lane_of.get(node.id, ""), node.documentation)
            for node in nodes
            if node.kind is NodeKind.STEP
        )

    @cached_property
    def reading_order(self) -> tuple[str, ...]:
        """Node ids, breadth first from the start."""
        waiting = [node.id for node in self.nodes.values() if node.kind is NodeKind.START]
        seen = dict.fromkeys(waiting)
        for node_id in waiting:
            for flow in self.flows_from(node_id):
                if flow.target not in seen:
                    seen[flow.target] = None
                    waiting.append(flow.target)
        return tuple(seen)

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def flows_from(self, node_id: str) -> tuple[Flow, ...]:
        return tuple(flow for flow in self.flows if flow.source == node_id)

    def flows_to(self, node_id: str) -> tuple[Flow, ...]:
        return tuple(flow for flow in self.flows if flow.target == node_id)
