"""A process as a table of sentences: the same that the diagram shows, for those who do not see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .conditions import condition_in_words
from .model import Flow, NodeKind, Process
from .state import State, standing

MAX_LOOKS = 500


class StepStatus(StrEnum):
    """Where a step stands. A step that was done and waits again (in a loop) is WAITING."""

    FINISHED = "finished"
    WAITING = "waiting"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class StepInWords:
    """One row beside the diagram. `finished_at` has a moment for each time it was done; `leads_to` a phrase for each
    way on, such as "if outcome is advice: Give advice"."""

    step_id: str
    name: str
    lane: str
    status: StepStatus
    finished_at: tuple[datetime, ...]
    since: datetime | None
    leads_to: tuple[str, ...]


def diagram_in_words(process: Process, state: State | None = None) -> tuple[StepInWords, ...]:
    """Every step in reading order, with where it stands and where it leads."""
    waiting = dict(standing(process, state).waiting) if state is not None else {}
    taken = state.taken if state is not None else ()
    rows = []
    for step in process.steps:
        finished_at = tuple(one.at for one in taken if one.step_id == step.id)
        status = StepStatus.FINISHED if finished_at else StepStatus.NOT_YET
        since = waiting.get(step.id)
        if since is not None:
            status = StepStatus.WAITING
        ways = tuple(dict.fromkeys(_ways_on(process, step.id)))
        rows.append(StepInWords(step.id, step.name, step.lane, status, finished_at, since, ways))
    return tuple(rows)


def _ways_on(process: Process, step_id: str) -> Iterator[str]:
    """A phrase for each way on. A web of gateways has endlessly many, so the search ends after MAX_LOOKS."""
    waiting: list[tuple[str, tuple[str, ...], frozenset[str]]] = [(step_id, (), frozenset())]
    for _ in range(MAX_LOOKS):
        if not waiting:
            return
        node_id, conditions, seen = waiting.pop()
        node = process.nodes[node_id]
        if seen and node.kind in (NodeKind.STEP, NodeKind.END):
            name = node.name or "the end"
            yield f"{' and '.join(conditions)}: {name}" if conditions else name
            continue
        waiting.extend(
            (flow.target, (*conditions, *_told(process, flow)), seen | {flow.target})
            for flow in reversed(process.flows_from(node_id))
            if flow.target not in seen
        )


def _told(process: Process, flow: Flow) -> tuple[str, ...]:
    if flow.condition is not None:
        return (f"if {condition_in_words(flow.condition)}",)
    source = process.nodes[flow.source]
    split = source.kind is NodeKind.EXCLUSIVE and len(process.flows_from(flow.source)) > 1
    return ("otherwise",) if split else ()
