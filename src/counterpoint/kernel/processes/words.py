"""A process as a table of sentences: the same that the diagram shows, for those who do not see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .conditions import ENGLISH, Phrases, condition_in_words
from .engine import Happening
from .model import Flow, Node, NodeKind, Process, Trigger
from .state import State, standing
from .tokens import WAITS

MAX_LOOKS = 500


class StepStatus(StrEnum):
    """Where a step or an event stands. What was done and waits again (in a loop) is WAITING."""

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


@dataclass(frozen=True)
class EventInWords:
    """One row for an event. `interrupts` is the name of the step or stage that it would set aside, "" where there is
    none. WAITING means that it may come now; FINISHED that it came and cannot come again now."""

    event_id: str
    name: str
    trigger: Trigger
    interrupts: str
    status: StepStatus
    happened_at: tuple[datetime, ...]
    since: datetime | None
    leads_to: tuple[str, ...]


def diagram_in_words(
    process: Process,
    state: State | None = None,
    *,
    phrases: Phrases = ENGLISH,
    names: Mapping[str, str] | None = None,
) -> tuple[StepInWords, ...]:
    """Every step in reading order, with where it stands and where it leads. names: in place of a node's own, by id."""
    waiting = dict(standing(process, state).waiting) if state is not None else {}
    ways = Ways(process, phrases, names or {})
    rows = []
    for step in process.steps:
        finished_at = _moments(state, step.id, (Happening.STEP,))
        since = waiting.get(step.id)
        status = _status(since, finished_at)
        on = ways.on_from(step.id)
        rows.append(StepInWords(step.id, ways.name(step.id), step.lane, status, finished_at, since, on))
    return tuple(rows)


def events_in_words(
    process: Process,
    state: State | None = None,
    *,
    phrases: Phrases = ENGLISH,
    names: Mapping[str, str] | None = None,
) -> tuple[EventInWords, ...]:
    """Every timer and message in reading order, as `diagram_in_words` tells the steps."""
    expected = dict(standing(process, state).expected) if state is not None else {}
    ways = Ways(process, phrases, names or {})
    rows = []
    for event in process.events:
        happened_at = _moments(state, event.id, (Happening.TIMER, Happening.MESSAGE))
        since = expected.get(event.id)
        status = _status(since, happened_at)
        interrupts = ways.name(event.attached_to) if event.attached_to else ""
        trigger = event.trigger or Trigger.MESSAGE
        on = ways.on_from(event.id)
        rows.append(EventInWords(event.id, ways.name(event.id), trigger, interrupts, status, happened_at, since, on))
    return tuple(rows)


def _moments(state: State | None, node_id: str, happenings: tuple[Happening, ...]) -> tuple[datetime, ...]:
    events = state.events if state is not None else ()
    return tuple(event.at for event in events if event.id == node_id and event.happening in happenings)


def _status(since: datetime | None, done: tuple[datetime, ...]) -> StepStatus:
    if since is not None:
        return StepStatus.WAITING
    return StepStatus.FINISHED if done else StepStatus.NOT_YET


class Ways:
    """Where the nodes of a process lead, in words."""

    def __init__(self, process: Process, phrases: Phrases, names: Mapping[str, str]) -> None:
        self._process = process
        self._phrases = phrases
        self._names = names
        self._starts = {node.stage: node.id for node in process.nodes.values() if node.kind is NodeKind.START}

    def name(self, node_id: str) -> str:
        """As the reader's language has it, else as the process says."""
        return self._names.get(node_id, self._process.nodes[node_id].name)

    def on_from(self, node_id: str) -> tuple[str, ...]:
        """A phrase for each way on, then one for each event at its edge."""
        edge = [event for event in self._process.events if event.attached_to == node_id]
        when = (self._phrases.when.replace("{event}", f"“{self.name(event.id)}”") for event in edge)
        interruptions = [f"{told}: {way}" for told, event in zip(when, edge, strict=True) for way in self._on(event.id)]
        return tuple(dict.fromkeys([*self._on(node_id), *interruptions]))

    def _on(self, node_id: str) -> Iterator[str]:
        """A web of gateways has endlessly many ways, so the search ends after MAX_LOOKS."""
        waiting: list[tuple[str, tuple[str, ...], frozenset[str]]] = [(node_id, (), frozenset())]
        for _ in range(MAX_LOOKS):
            if not waiting:
                return
            at, conditions, seen = waiting.pop()
            node = self._process.nodes[at]
            if seen and self._is_reached(node):
                name = self.name(at) or self._phrases.the_end
                yield f"{f' {self._phrases.and_} '.join(conditions)}: {name}" if conditions else name
                continue
            waiting.extend(
                (target, (*conditions, *told), seen | {target})
                for target, told in reversed(self._next(node))
                if target not in seen
            )

    @staticmethod
    def _is_reached(node: Node) -> bool:
        return node.kind in WAITS or (node.kind is NodeKind.END and not node.stage)

    def _next(self, node: Node) -> list[tuple[str, tuple[str, ...]]]:
        """Where a node leads: a stage into itself, the end of a stage out of it."""
        if node.kind is NodeKind.STAGE:
            return [(self._starts[node.id], ())]
        source = node.stage if node.kind is NodeKind.END else node.id
        return [(flow.target, self._told(flow)) for flow in self._process.flows_from(source)]

    def _told(self, flow: Flow) -> tuple[str, ...]:
        if flow.condition is not None:
            words = condition_in_words(flow.condition, self._phrases)
            return (self._phrases.if_.replace("{condition}", words),)
        source = self._process.nodes[flow.source]
        split = source.kind is NodeKind.EXCLUSIVE and len(self._process.flows_from(flow.source)) > 1
        return (self._phrases.otherwise,) if split else ()
