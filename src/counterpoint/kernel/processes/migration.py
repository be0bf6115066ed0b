"""Whether a run can go on by another version of its process, and the run that does.

It can when everything that happened in it is still there as it was (same name, same role, same stage) and could have
happened in the same order. The moments stay, so nothing that waits begins to wait anew.
"""

from collections.abc import Iterator
from dataclasses import replace

from .engine import Event, Happening, walk
from .model import Node, Process
from .problems import ConditionUndecided, ProcessError, StateNotReadable
from .state import State, standing


def migrate(state: State, *, old: Process, new: Process) -> State | tuple[str, ...]:
    """The run in the new version, or every reason why it stays on the old one, as sentences. Nothing in it is changed
    but which version it belongs to. Raises StateNotReadable when the state is not of the old version."""
    if state.process_hash != old.hash:
        raise StateNotReadable("The state belongs to another version of the process. Use that version.")
    if standing(old, state).finished:
        return ("The run is finished. It stays as it was.",)
    reasons = tuple(dict.fromkeys(_changed(state, old, new))) or tuple(_out_of_order(state, new))
    return reasons or replace(state, process_hash=new.hash)


def _changed(state: State, old: Process, new: Process) -> Iterator[str]:
    """What is not there any more, or not as it was when it happened."""
    for event in state.events:
        was, now = old.nodes.get(event.id), new.nodes.get(event.id)
        if was is not None and (now is None or now.kind is not was.kind):
            yield f"{_told(was, event)} and is not in the new process."
        elif was is not None and now is not None:
            yield from (f"{_told(was, event)}, and {what}." for what in _differences(old, was, new, now))


def _differences(old: Process, was: Node, new: Process, now: Node) -> Iterator[str]:
    if was.name != now.name:
        yield f"is called “{now.name}” in the new process"
    if old.lane_of(was.id) != new.lane_of(now.id):
        yield f"is done by {new.lane_of(now.id)} instead of {old.lane_of(was.id)} in the new process"
    if was.stage != now.stage:
        yield "stands in another stage of the new process"
    if (was.trigger, was.message, was.attached_to) != (now.trigger, now.message, now.attached_to):
        yield "waits for something else in the new process"


def _out_of_order(state: State, new: Process) -> Iterator[str]:
    """The first thing that could not have happened so in the new version."""
    for count in range(len(state.events) + 1):
        try:
            walk(new, state.facts, state.started_at, state.events[:count])
        except ConditionUndecided as error:
            after = f"after “{_name(new, state.events[count - 1])}”" if count else "at the beginning"
            yield f"The new process cannot decide where to go {after}. {error}"
            return
        except ProcessError:
            event = state.events[count - 1]
            yield f"{_told(new.nodes.get(event.id), event)} at a point where the new process does not wait for it."
            return


_HAPPENED = {
    Happening.STEP: "was finished",
    Happening.TIMER: "went off",
    Happening.MESSAGE: "came",
    Happening.REOPENED: "was opened again",
    Happening.CANCELLED: "was cancelled",
}


def _name(process: Process, event: Event) -> str:
    node = process.nodes.get(event.id)
    return node.name if node is not None else event.id


def _told(node: Node | None, event: Event) -> str:
    return f"“{node.name if node is not None else event.id}” {_HAPPENED[event.happening]}"
