"""What differs between two versions of a process, as rows for a table and as ids for a picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .conditions import ENGLISH
from .model import Flow, Node, NodeKind, Process
from .words import Ways


class Change(StrEnum):
    """MOVED: to another role, another stage, or the edge of another step; what it says may have changed as well."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Changed:
    """One row: a step, event, stage or the start, with a sentence for each thing that differs in it."""

    change: Change
    kind: NodeKind
    id: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`rows` tell all that matters to those who work by the process, removed ones last. `nodes` and `flows` say of
    everything drawn how it differs: nodes and added or changed flows by their ids in the new version, removed flows by
    those in the old."""

    rows: tuple[Changed, ...]
    nodes: dict[str, Change]
    flows: dict[str, Change]
    removed_flows: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.nodes and not self.flows and not self.removed_flows


def difference(old: Process, new: Process) -> Difference:
    """What the new version adds, removes, changes and moves. Where things are drawn does not matter."""
    before = {(flow.source, flow.target): flow for flow in old.flows}
    after = {(flow.source, flow.target): flow for flow in new.flows}
    flows = {flow.id: Change.ADDED for ends, flow in after.items() if ends not in before}
    flows |= {
        flow.id: Change.CHANGED for ends, flow in after.items() if ends in before and _said(before[ends]) != _said(flow)
    }
    rows = (*_rows(old, new), *_removed(old, new))
    nodes = {row.id: row.change for row in rows}
    nodes |= {one: Change.ADDED for one in new.nodes if one not in old.nodes}
    nodes |= {one: Change.REMOVED for one in old.nodes if one not in new.nodes}
    nodes |= {
        one: Change.CHANGED
        for one, node in new.nodes.items()
        if one in old.nodes and one not in nodes and _gateway(node) != _gateway(old.nodes[one])
    }
    removed = tuple(flow.id for ends, flow in before.items() if ends not in after)
    return Difference(rows, nodes, flows, removed)


_SHOWN = (NodeKind.START, NodeKind.STEP, NodeKind.STAGE, NodeKind.CATCH, NodeKind.BOUNDARY)
_CALLED = {
    NodeKind.START: "start",
    NodeKind.STEP: "step",
    NodeKind.STAGE: "stage",
    NodeKind.CATCH: "event",
    NodeKind.BOUNDARY: "event",
}


def _said(flow: Flow) -> tuple[str | None, bool, str]:
    return flow.condition_text, flow.is_default, flow.name


def _gateway(node: Node) -> tuple[NodeKind, str]:
    return node.kind, node.name


def _rows(old: Process, new: Process) -> Iterator[Changed]:
    # By the names of today, so that a step with another name is told once and not at each step that leads to it.
    names = {node.id: node.name for node in new.nodes.values() if node.id in old.nodes and node.name}
    ways_before, ways_after = Ways(old, ENGLISH, names), Ways(new, ENGLISH, {})
    for node_id in new.reading_order:
        node, was = new.nodes[node_id], old.nodes.get(node_id)
        if node.kind not in _SHOWN:
            continue
        if was is None or was.kind is not node.kind:
            words = (_place(new, node), *(f"It leads to: {way}." for way in ways_after.on_from(node_id)))
            yield Changed(Change.ADDED, node.kind, node.id, _name(node), tuple(word for word in words if word))
            continue
        moved = tuple(_moves(old, was, new, node))
        changed = tuple(_changes(was, node)) + _other_ways(ways_before.on_from(node_id), ways_after.on_from(node_id))
        if moved or changed:
            change = Change.MOVED if moved else Change.CHANGED
            yield Changed(change, node.kind, node.id, _name(node), moved + changed)


def _removed(old: Process, new: Process) -> Iterator[Changed]:
    for node_id in old.reading_order:
        node, now = old.nodes[node_id], new.nodes.get(node_id)
        if node.kind in _SHOWN and (now is None or now.kind is not node.kind):
            yield Changed(Change.REMOVED, node.kind, node.id, _name(node), (f"The {_CALLED[node.kind]} is gone.",))


def _name(node: Node) -> str:
    return node.name or node.id


def _place(process: Process, node: Node) -> str:
    if node.attached_to:
        return f"It interrupts “{_name(process.nodes[node.attached_to])}”."
    return f"It is done by {process.lane_of(node.id)}." if node.kind is NodeKind.STEP else ""


def _moves(old: Process, was: Node, new: Process, now: Node) -> Iterator[str]:
    first, second = old.lane_of(was.id), new.lane_of(now.id)
    if first != second and now.kind in (NodeKind.STEP, NodeKind.STAGE):
        yield f"It is done by {second or 'nobody'} instead of {first or 'nobody'}."
    if was.stage != now.stage:
        inside = f"in the stage “{_name(new.nodes[now.stage])}”" if now.stage else "outside of any stage"
        yield f"It stands {inside}."
    if was.attached_to != now.attached_to:
        yield f"It interrupts “{_name(new.nodes[now.attached_to])}” now."


def _changes(was: Node, now: Node) -> Iterator[str]:
    if was.name != now.name:
        yield f"It was called “{was.name}”."
    if was.documentation != now.documentation:
        yield "Its help text is another."
    if (was.trigger, was.message) != (now.trigger, now.message):
        yield "It waits for something else."


def _other_ways(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    gone = tuple(f"It no longer leads to: {way}." for way in before if way not in after)
    return (*gone, *(f"It now leads to: {way}." for way in after if way not in before))
