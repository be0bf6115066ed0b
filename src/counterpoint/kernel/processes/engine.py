"""Walks a process: what happened in, where it stands out.

- It moves tokens as the check of the process did (`tokens`), so it cannot come where the check has not been.
- Conditions are decided by our own grammar (`conditions`). There is no `eval`, and no engine that has one: nothing that
  is recorded or stored can become code, however a run was begun.
- A stored state is the list of what happened; it is walked again from the start, so it cannot hold anything else.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from weakref import WeakKeyDictionary

from .conditions import Condition, Name, Scalar, condition_in_words, decide, names_in
from .model import Flow, Node, NodeKind, Process, Trigger
from .problems import ConditionUndecided, EventNotExpected, ProcessError, StepNotWaiting
from .tokens import NOTHING, WAITS, Marking, Move, Tokens

MAX_STEPS_TAKEN = 5_000


class Happening(StrEnum):
    """What can happen to a run. REOPENED sets aside all that waits and begins a stage anew."""

    STEP = "step"
    TIMER = "timer"
    MESSAGE = "message"
    REOPENED = "reopen"
    CANCELLED = "cancel"


@dataclass(frozen=True)
class Event:
    """One thing that happened: to the step, event or stage `id`, with what was recorded. Values are sorted by name."""

    happening: Happening
    id: str
    values: tuple[tuple[str, Scalar], ...]
    at: datetime


@dataclass(frozen=True)
class StepTaken:
    """One step that was finished: what was recorded with it, and when. Values are sorted by name."""

    step_id: str
    values: tuple[tuple[str, Scalar], ...]
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Where a walk has come to: the steps that wait, the events that may come and the stages under way, each with the
    moment since when; and all that was passed."""

    waiting: tuple[tuple[str, datetime], ...]
    passed_nodes: frozenset[str]
    passed_flows: frozenset[str]
    finished: bool
    expected: tuple[tuple[str, datetime], ...] = ()
    stages: tuple[tuple[str, datetime], ...] = ()
    cancelled: bool = False


_games: WeakKeyDictionary[Process, Tokens] = WeakKeyDictionary()


def walk(
    process: Process, facts: tuple[tuple[str, Scalar], ...], started_at: datetime, events: tuple[Event, ...]
) -> Standing:
    """Where the process stands after these events. Raises StepNotWaiting, EventNotExpected or ConditionUndecided where
    one could not have happened, and ProcessError after MAX_STEPS_TAKEN of them."""
    if len(events) > MAX_STEPS_TAKEN:
        raise ProcessError(f"More than {MAX_STEPS_TAKEN:,} things happened in one process.")
    walked = _Walk(process, dict(facts))
    walked.begin(started_at)
    for event in events:
        walked.take(event)
    return walked.standing()


def game_of(process: Process) -> Tokens:
    """The token game of a process, made once."""
    if process not in _games:
        _games[process] = Tokens(process)
    return _games[process]


@dataclass
class _Recorded:
    """What conditions may look at. It belongs to one walk."""

    facts: dict[str, Scalar]
    by_node: dict[str, dict[str, Scalar]] = field(default_factory=dict)

    def lookup(self, name: Name) -> Scalar:
        source = self.facts if name.step_id is None else self.by_node.get(name.step_id, {})
        return source.get(name.field)


class _Walk:
    def __init__(self, process: Process, facts: dict[str, Scalar]) -> None:
        self._process = process
        self._game = game_of(process)
        self._recorded = _Recorded(facts)
        self._marking: Marking = NOTHING
        self._since: dict[str, datetime] = {}
        self._nodes: set[str] = set()
        self._flows: set[str] = set()
        self._cancelled = False

    def begin(self, at: datetime) -> None:
        self._enter("", at)

    def take(self, event: Event) -> None:
        if self._cancelled:
            raise EventNotExpected("The process was cancelled. Begin another run.")
        match event.happening:
            case Happening.STEP:
                self._finish(event)
            case Happening.TIMER | Happening.MESSAGE:
                self._set_off(event)
            case Happening.REOPENED:
                self._reopen(event)
            case Happening.CANCELLED:
                self._cancel()

    def standing(self) -> Standing:
        nodes = [self._process.nodes[node_id] for node_id in self._process.reading_order]
        under_way = [node for node in nodes if node.id in self._since]
        expected = [node for node in nodes if node.trigger and (node.attached_to or node.id) in self._since]
        return Standing(
            waiting=tuple((n.id, self._since[n.id]) for n in under_way if n.kind is NodeKind.STEP),
            passed_nodes=frozenset(self._nodes),
            passed_flows=frozenset(self._flows),
            finished=not self._marking,
            expected=tuple((n.id, self._since[n.attached_to or n.id]) for n in expected),
            stages=tuple((n.id, self._since[n.id]) for n in under_way if n.kind is NodeKind.STAGE),
            cancelled=self._cancelled,
        )

    # --- what can happen

    def _finish(self, event: Event) -> None:
        step = self._process.nodes.get(event.id)
        if step is None or step.kind is not NodeKind.STEP or not self._game.is_under_way(step, self._marking):
            waiting = [node_id for node_id, _ in self.standing().waiting]
            raise StepNotWaiting(_not_waiting(self._process, event.id, waiting))
        self._recorded.by_node[step.id] = dict(event.values)
        self._move_on(step, event.at)

    def _set_off(self, event: Event) -> None:
        node = self._process.nodes.get(event.id)
        trigger = Trigger(event.happening.value)
        if node is None or node.trigger is not trigger or not self._game.is_under_way(node, self._marking):
            names = [self._process.nodes[node_id].name for node_id, _ in self.standing().expected]
            raise EventNotExpected(_not_expected(trigger, names))
        self._recorded.by_node[node.id] = dict(event.values)
        self._move_on(node, event.at)

    def _reopen(self, event: Event) -> None:
        stage = self._process.nodes.get(event.id)
        if stage is None or stage.kind is not NodeKind.STAGE or stage.id not in self._process.reopenable:
            raise EventNotExpected("The process has no stage of that name that can be opened again.")
        if stage.id not in self._nodes:
            raise EventNotExpected(f"“{stage.name}” has not been reached yet, so it cannot be opened again.")
        if self._game.is_under_way(stage, self._marking):
            raise EventNotExpected(f"“{stage.name}” is under way. It can be opened again once it was left.")
        self._marking = NOTHING
        self._since.clear()
        self._enter(stage.id, event.at)

    def _cancel(self) -> None:
        if not self._marking:
            raise EventNotExpected("The process is finished; there is nothing to cancel.")
        self._marking = NOTHING
        self._since.clear()
        self._cancelled = True

    # --- moving tokens

    def _enter(self, stage_id: str, at: datetime) -> None:
        begun = self._game.begun(stage_id)
        self._nodes.update({self._game.start_of(stage_id), stage_id} - {""})
        self._flows |= begun
        self._marking |= begun
        self._settle(at)

    def _move_on(self, node: Node, at: datetime) -> None:
        self._do(next(self._game.moves_of(node, self._marking)))
        self._settle(at)

    def _do(self, move: Move) -> None:
        self._marking = (self._marking - move.taken) | move.put
        self._nodes.add(move.node_id)
        self._flows |= move.put
        if self._process.nodes[move.node_id].kind is NodeKind.STAGE:
            self._nodes.add(self._game.start_of(move.node_id))
        for flow_id in move.put:  # what is come to again, such as the same step in a loop, waits anew
            self._since.pop(self._process.flow_targets[flow_id], None)

    def _settle(self, at: datetime) -> None:
        """Moves on until only what waits for people or the world is left. A process in which that never ends is
        refused when it is read."""
        move = self._next_move()
        while move is not None:
            self._do(move)
            move = self._next_move()
        self._since = {node_id: self._since.get(node_id, at) for node_id in self._game.under_way(self._marking)}

    def _next_move(self) -> Move | None:
        targets = {self._process.flow_targets[flow_id] for flow_id in self._marking}
        for node_id in sorted(targets, key=self._process.place_in_order.__getitem__):
            node = self._process.nodes[node_id]
            if node.kind in WAITS:
                continue
            if node.kind is NodeKind.EXCLUSIVE:
                return self._choice(node)
            move = next(self._game.moves_of(node, self._marking), None)
            if move is not None:
                return move
        return None

    def _choice(self, gateway: Node) -> Move:
        taken = frozenset({self._game.at(gateway.id, self._marking)[0]})
        return Move(gateway.id, taken, frozenset({self._way(gateway).id}))

    def _way(self, gateway: Node) -> Flow:
        """The first way whose condition holds, else the one without a condition."""
        ways = self._process.flows_from(gateway.id)
        for flow in ways:
            if flow.condition is not None and self._holds(flow.condition):
                return flow
        for flow in ways:
            if flow.condition is None:
                return flow
        where = f" after “{gateway.name}”" if gateway.name else ""
        what = f"None of the ways on{where} fits what was recorded."
        raise ConditionUndecided(f"{what} Record another value, or give the process a default way.")

    def _holds(self, condition: Condition) -> bool:
        verdict = decide(condition, self._recorded.lookup)
        if verdict is None:
            raise ConditionUndecided(_undecided(self._process, condition, self._recorded))
        return verdict


# --- words for the person who tries


def _undecided(process: Process, condition: Condition, recorded: _Recorded) -> str:
    missing = [name for name in names_in(condition) if recorded.lookup(name) is None]
    names = ", ".join(dict.fromkeys(_told(process, name) for name in missing or names_in(condition)))
    state = "is not recorded" if missing else "is not of the kind that the process compares it with"
    return f"It cannot be decided whether {condition_in_words(condition)}: {names} {state}. Record it with the step."


def _told(process: Process, name: Name) -> str:
    node = process.nodes.get(name.step_id) if name.step_id else None
    if node is None:
        return f"the fact {name.field}"
    return f"{name.field} of the {'step' if node.kind is NodeKind.STEP else 'event'} “{node.name}”"


def _not_waiting(process: Process, step_id: str, waiting: list[str]) -> str:
    step = process.step(step_id)
    named = [other.name for other in process.steps if other.id in waiting]
    what = f"The step “{step.name}” is not waiting to be done." if step else "The process has no such step."
    return what + (f" Waiting now: {', '.join(named)}." if named else " The process is finished.")


def _not_expected(trigger: Trigger, names: list[str]) -> str:
    what = f"Nothing in the process waits for this {trigger} now."
    return what + (f" What may come: {', '.join(names)}." if names else "")
