"""A running process as a value: what was given at the start, and each step that was finished, in order.

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
from .engine import MAX_STEPS_TAKEN, Standing, StepTaken, walk
from .model import Process, Step
from .problems import ProcessError, StateNotReadable, ValuesNotAllowed

FORMAT = 1
MAX_STATE_CHARACTERS = 20_000_000
MAX_VALUES = 200
MAX_TEXT = 20_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class State:
    """One run of one process. `process_hash` says of which; `facts` and each step's values are sorted by name."""

    process_hash: str
    started_at: datetime
    facts: tuple[tuple[str, Scalar], ...]
    taken: tuple[StepTaken, ...] = ()

    def to_json(self) -> str:
        """The same state is the same text, byte for byte."""
        document = {
            "format": FORMAT,
            "process": self.process_hash,
            "started_at": self.started_at.isoformat(),
            "facts": dict(self.facts),
            "events": [["step", step.step_id, step.at.isoformat(), dict(step.values)] for step in self.taken],
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, process: Process, text: str) -> "State":
        """The state that `to_json` wrote. Raises StateNotReadable when it is of another process, is not one of ours,
        or tells of steps that could not have been taken."""
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
    after = replace(state, taken=(*state.taken, StepTaken(step_id, _plain(values), _moment(at))))
    _standing(process, after)
    return after


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
        known = walk(process, state.facts, state.started_at, state.taken)
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
    taken = tuple(_taken_of(event) for event in document["events"])
    return State(document["process"], _stored_moment(document["started_at"]), _plain(document["facts"]), taken)


def _taken_of(event: Any) -> StepTaken:
    # The first field leaves room for other kinds of events, such as a timer that went off.
    kind, step_id, at, values = event
    if kind != "step" or not isinstance(step_id, str) or not isinstance(values, dict):
        raise ValueError
    return StepTaken(step_id, _plain(values), _stored_moment(at))


def _stored_moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
