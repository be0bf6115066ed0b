"""A running process as a value: what was given at the start, and each thing that happened, in order.

That is all that is stored. Where the process stands is worked out by walking it again, so a stored state has no way
to claim anything that could not have happened.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from typing import Any

from .conditions import Scalar
from .engine import MAX_STEPS_TAKEN, Event, Happening, Standing, StepTaken, walk
from .model import Node, NodeKind, Process, Step, Trigger
from .problems import EventNotExpected, ProcessError, StateNotReadable, ValuesNotAllowed
from .tokens import stages_around

FORMAT = 1
MAX_STATE_CHARACTERS = 20_000_000
MAX_VALUES = 200
MAX_TEXT = 20_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class State:
    """One run of one process. `process_hash` says of which; `facts` and each event's values are sorted by name."""

    process_hash: str
    started_at: datetime
    facts: tuple[tuple[str, Scalar], ...]
    events: tuple[Event, ...] = ()

    @property
    def taken(self) -> tuple[StepTaken, ...]:
        """The finished steps in the order in which they were finished."""
        steps = (event for event in self.events if event.happening is Happening.STEP)
        return tuple(StepTaken(event.id, event.values, event.at) for event in steps)

    def to_json(self) -> str:
        """The same state is the same text, byte for byte."""
        document = {
            "format": FORMAT,
            "process": self.process_hash,
            "started_at": self.started_at.isoformat(),
            "facts": dict(self.facts),
            "events": [[str(one.happening), one.id, one.at.isoformat(), dict(one.values)] for one in self.events],
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, process: Process, text: str) -> "State":
        """The state that `to_json` wrote. Raises StateNotReadable when it is of another process, is not one of ours,
        or tells of what could not have happened."""
        state = _read(text)
        if state.process_hash != process.hash:
            raise StateNotReadable("The stored state belongs to another version of the process. Load that version.")
        try:
            _standing(process, state)
        except StateNotReadable:
            raise
        except ProcessError:
            raise StateNotReadable(
                "The stored state tells of steps that could not have been taken. Restore it from a backup."
            ) from None
        return state


def start(process: Process, facts: Mapping[str, Scalar], *, at: datetime) -> State:
    """A new run. `facts` are what conditions without a step name look at. Raises ValuesNotAllowed, and
    ConditionUndecided when a gateway before the first step cannot decide."""
    state = State(process.hash, _moment(at), _plain(facts))
    _standing(process, state)
    return state


def complete_step(process: Process, state: State, step_id: str, values: Mapping[str, Scalar], *, at: datetime) -> State:
    """The state after the step was finished and `values` were recorded with it; the given state stays as it is.
    A step that is done again (in a loop) replaces what it recorded before as far as conditions go.
    Raises StepNotWaiting, ConditionUndecided (with words for the person who tries), ValuesNotAllowed."""
    return _after(process, state, Event(Happening.STEP, step_id, _plain(values), _moment(at)))


def fire_timer(process: Process, state: State, event_id: str, *, at: datetime) -> State:
    """The state after the clock of this timer ran out. The process knows no dates: when that is, the service's clock
    says. Raises EventNotExpected, ConditionUndecided."""
    return _after(process, state, Event(Happening.TIMER, event_id, (), _moment(at)))


def receive_message(
    process: Process, state: State, message_id: str, values: Mapping[str, Scalar], *, at: datetime
) -> State:
    """The state after this message came, such as that consent is withdrawn. Of several places that wait for it the
    innermost takes it: what it interrupts is what is nearest. Raises EventNotExpected, ConditionUndecided,
    ValuesNotAllowed."""
    plain, moment = _plain(values), _moment(at)
    expected = [event.id for event in expected_events(process, state) if event.message_id == message_id]
    if not expected:
        name = process.messages.get(message_id)
        what = f"Nothing in the process waits for “{name}” now." if name else "The process knows no such message."
        raise EventNotExpected(what)
    innermost = max(expected, key=lambda event_id: _depth(process, process.nodes[event_id]))
    return _after(process, state, Event(Happening.MESSAGE, innermost, plain, moment))


def reopen_stage(process: Process, state: State, stage_id: str, *, at: datetime) -> State:
    """The state with all that waits set aside and this stage begun anew; also of a run that is finished. Raises
    EventNotExpected for a stage that was not reached, is under way, or stands beside parallel work."""
    return _after(process, state, Event(Happening.REOPENED, stage_id, (), _moment(at)))


def cancel(process: Process, state: State, *, at: datetime) -> State:
    """The state with nothing under way any more: opened in error, moved elsewhere. Raises EventNotExpected when the
    run is finished. Nothing can follow."""
    return _after(process, state, Event(Happening.CANCELLED, "", (), _moment(at)))


def _after(process: Process, state: State, event: Event) -> State:
    after = replace(state, events=(*state.events, event))
    _standing(process, after)
    return after


def _depth(process: Process, event: Node) -> int:
    """How far inside what an event interrupts lies: a step lies deeper than the stage around it."""
    host = process.nodes[event.attached_to or event.id]
    return 2 * len(stages_around(process.nodes, host.id)) + (host.kind is not NodeKind.STAGE) + 1


@dataclass(frozen=True)
class ExpectedEvent:
    """Something from outside that the process waits for. `interrupts` is the step or stage that it would set aside, ""
    where the process only waits for it; `since` is when it began to wait."""

    id: str
    name: str
    trigger: Trigger
    message_id: str
    interrupts: str
    since: datetime


def expected_events(process: Process, state: State) -> tuple[ExpectedEvent, ...]:
    """The timers and messages that can come now, in reading order."""
    found = []
    for event_id, since in _standing(process, state).expected:
        node = process.nodes[event_id]
        if node.trigger is not None:
            found.append(ExpectedEvent(node.id, node.name, node.trigger, node.message, node.attached_to, since))
    return tuple(found)


def stages_to_reopen(process: Process, state: State) -> tuple[Node, ...]:
    """The stages that could be opened again now, in reading order."""
    stands = _standing(process, state)
    active = {stage_id for stage_id, _ in stands.stages}
    if stands.cancelled:
        return ()
    possible = (process.reopenable & stands.passed_nodes) - active
    return tuple(stage for stage in process.stages if stage.id in possible)


def waiting_steps(process: Process, state: State) -> tuple[Step, ...]:
    """The steps that can be done now, each with `since`, in reading order."""
    found = []
    for step_id, since in _standing(process, state).waiting:
        step = process.step(step_id)
        if step is not None:
            found.append(replace(step, since=since))
    return tuple(found)


def is_finished(process: Process, state: State) -> bool:
    return _standing(process, state).finished


def path_taken(state: State) -> tuple[StepTaken, ...]:
    """The finished steps in the order in which they were finished; a step done twice stands there twice."""
    return state.taken


def standing(process: Process, state: State) -> Standing:
    """Where the run stands, with the nodes and flows that were passed: what a diagram marks."""
    return _standing(process, state)


def _standing(process: Process, state: State) -> Standing:
    if state.process_hash != process.hash:
        raise StateNotReadable("The state belongs to another version of the process. Use that version.")
    # By its text: to Python 1, 1.0 and True are equal, to a condition they are not.
    key = sha256(state.to_json().encode()).digest()
    known = _memory.get(key)
    if known is None:
        known = walk(process, state.facts, state.started_at, state.events)
        _memory.put(key, known)
    return known


class _Memory:
    """Where the latest walks came to, by the digest of the state: no recorded value outlives its caller here."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[bytes, Standing] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> Standing | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: bytes, standing: Standing) -> None:
        with self._lock:
            self._known[key] = standing
            while len(self._known) > self._size:
                self._known.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_memory = _Memory(size=1024)


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValuesNotAllowed("The moment has no time zone. Give an aware datetime.")
    return at.astimezone(UTC)


def _plain(values: Mapping[str, object]) -> tuple[tuple[str, Scalar], ...]:
    if len(values) > MAX_VALUES:
        raise ValuesNotAllowed(f"There are more than {MAX_VALUES} values. Record fewer.")
    return tuple(sorted((_named(name), _scalar(name, value)) for name, value in values.items()))


def _named(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValuesNotAllowed("A value has a name that is not like outcome: [a-z][a-z0-9_]*. Rename it.")
    return name


def _scalar(name: str, value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= MAX_TEXT and not any("\ud800" <= mark <= "\udfff" for mark in value):
        return value
    if isinstance(value, int | float) and abs(value) < 10**15:  # so neither infinite nor NaN
        return value
    raise ValuesNotAllowed(f"{name} is not a text (up to {MAX_TEXT:,} characters), number, true, false or null.")


# --- reading what was stored


def _read(text: str) -> State:
    if len(text) > MAX_STATE_CHARACTERS:
        raise StateNotReadable("The stored state is too long to be one of ours.")
    try:
        document = json.loads(text)
        return _state_of(document)
    except (ValueError, TypeError, KeyError, RecursionError, ValuesNotAllowed, OverflowError):
        raise StateNotReadable("The stored state is not in the form that this library writes.") from None


def _state_of(document: Any) -> State:
    if not isinstance(document, dict) or set(document) != {"format", "process", "started_at", "facts", "events"}:
        raise ValueError
    if document["format"] != FORMAT or len(document["events"]) > MAX_STEPS_TAKEN:
        raise ValueError
    if not isinstance(document["process"], str) or not isinstance(document["facts"], dict):
        raise TypeError
    events = tuple(_event_of(event) for event in document["events"])
    return State(document["process"], _stored_moment(document["started_at"]), _plain(document["facts"]), events)


_WITHOUT_VALUES = (Happening.TIMER, Happening.REOPENED, Happening.CANCELLED)


def _event_of(event: Any) -> Event:
    kind, id_, at, values = event
    happening = Happening(kind)
    if not isinstance(id_, str) or not isinstance(values, dict) or (values and happening in _WITHOUT_VALUES):
        raise ValueError
    if id_ and happening is Happening.CANCELLED:
        raise ValueError
    return Event(happening, id_, _plain(values), _stored_moment(at))


def _stored_moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
