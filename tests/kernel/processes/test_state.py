"""Walking a process as values: what moves it, what does not, and what a stored state cannot do."""

import json
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.kernel.processes.drawing import DEFAULT, drawn

from counterpoint.kernel.processes import (
    ConditionUndecided,
    State,
    StateNotReadable,
    StepNotWaiting,
    ValuesNotAllowed,
    complete_step,
    is_finished,
    path_taken,
    read_process,
    standing,
    start,
    waiting_steps,
)
from counterpoint.kernel.processes.state import _Memory, _memory

PROCESS = read_process((Path(__file__).parent / "samples" / "concern.bpmn").read_bytes())
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


def hours(number):
    return AT + timedelta(hours=number)


def done(state, *steps, process=PROCESS):
    for step in steps:
        step_id, values = step if isinstance(step, tuple) else (step, {})
        state = complete_step(process, state, step_id, values, at=hours(len(state.taken) + 1))
    return state


def waiting(state, process=PROCESS):
    return [step.id for step in waiting_steps(process, state)]


def begun():
    return start(PROCESS, {}, at=AT)


LOOK = ("screen", {"outcome": "look"})
MORE = ("assess", {"enough": False})
ENOUGH = ("assess", {"enough": True, "support": True})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ["screen"]),
        ([("screen", {"outcome": "advice"})], ["advise"]),
        ([("screen", {"outcome": "advice"}), "advise"], []),
        ([LOOK], ["gather", "ask_partners"]),
        ([LOOK, "gather"], ["ask_partners"]),
        ([LOOK, "ask_partners"], ["gather"]),
        ([LOOK, "gather", "ask_partners"], ["assess"]),
        ([LOOK, "ask_partners", "gather", MORE], ["gather", "ask_partners"]),
        ([LOOK, "ask_partners", "gather", MORE, "gather"], ["ask_partners"]),
        ([LOOK, "ask_partners", "gather", MORE, "gather", "ask_partners", ENOUGH], ["support"]),
        ([LOOK, "ask_partners", "gather", ENOUGH, "support"], ["feedback"]),
        ([LOOK, "ask_partners", "gather", ("assess", {"enough": True, "support": False})], ["feedback"]),
        ([LOOK, "ask_partners", "gather", ENOUGH, "support", "feedback"], []),
    ],
)
def test_what_waits_after_these_steps(steps, expected):
    state = done(begun(), *steps)
    assert waiting(state) == expected
    assert is_finished(PROCESS, state) == (expected == [])


def test_a_waiting_step_tells_since_when():
    state = done(begun(), LOOK, "gather")
    (step,) = waiting_steps(PROCESS, state)
    assert (step.name, step.lane, step.since) == ("Answer the request for information", "Partner agency", hours(1))
    again = done(state, "ask_partners", MORE)
    assert [step.since for step in waiting_steps(PROCESS, again)] == [hours(4), hours(4)]


def test_the_path_is_told_in_order():
    state = done(begun(), LOOK, "ask_partners", "gather", MORE, "gather")
    assert [(taken.step_id, taken.at) for taken in path_taken(state)] == [
        ("screen", hours(1)),
        ("ask_partners", hours(2)),
        ("gather", hours(3)),
        ("assess", hours(4)),
        ("gather", hours(5)),
    ]


def test_a_given_state_stays_as_it_is():
    state = done(begun(), LOOK)
    before = state.to_json()
    done(state, "gather", "ask_partners", ENOUGH)
    with pytest.raises(StepNotWaiting):
        done(state, "assess")
    assert state.to_json() == before
    assert waiting(state) == ["gather", "ask_partners"]


def test_the_same_steps_give_the_same_bytes():
    steps = [LOOK, "gather", "ask_partners", MORE, "ask_partners", "gather", ENOUGH, "support", "feedback"]
    texts = set()
    for _ in range(2):
        _memory.clear()
        texts.add(done(begun(), *steps).to_json())
    assert len(texts) == 1
    assert len(zlib.compress(texts.pop().encode())) < 400


def test_moments_are_kept_in_utc():
    summer = timezone(timedelta(hours=1))
    state = start(PROCESS, {}, at=AT.astimezone(summer))
    assert state == begun()
    assert state.to_json() == begun().to_json()


def test_a_step_that_does_not_wait_is_refused_in_plain_words():
    with pytest.raises(StepNotWaiting, match=r"“Gather information” is not waiting.*Waiting now: Screen the concern\."):
        done(begun(), "gather")
    with pytest.raises(StepNotWaiting, match="no such step"):
        done(begun(), "begin; DROP TABLE")
    with pytest.raises(StepNotWaiting, match="The process is finished"):
        done(begun(), ("screen", {"outcome": "advice"}), "advise", "advise")


def test_a_gateway_that_cannot_decide_says_what_is_missing():
    with pytest.raises(ConditionUndecided) as refused:
        done(begun(), ("screen", {"note": "private words"}))
    assert str(refused.value) == (
        "It cannot be decided whether outcome is advice: outcome of the step “Screen the concern” is not recorded. "
        "Record it with the step."
    )
    with pytest.raises(ConditionUndecided, match="is not of the kind"):
        done(begun(), ("screen", {"outcome": 5}))


def test_a_gateway_without_a_default_says_that_no_way_fits():
    nodes = {"begin": "start", "a": "step", "x": "one", "b": "step", "c": "step", "done": "end"}
    flows = [("begin", "a"), ("a", "x"), ("x", "b", "a.k == 1"), ("x", "c", "a.k == 2"), ("b", "done"), ("c", "done")]
    process = read_process(drawn(nodes, flows))
    state = start(process, {}, at=AT)
    with pytest.raises(ConditionUndecided, match="None of the ways on after “x” fits"):
        complete_step(process, state, "a", {"k": 3}, at=AT)
    assert waiting(complete_step(process, state, "a", {"k": 2}, at=AT), process) == ["c"]


def test_facts_of_the_start_decide_too():
    nodes = {"begin": "start", "x": "one", "a": "step", "b": "step", "done": "end"}
    flows = [("begin", "x"), ("x", "a", "age < 18"), ("x", "b", DEFAULT), ("a", "done"), ("b", "done")]
    process = read_process(drawn(nodes, flows))
    assert waiting(start(process, {"age": 15}, at=AT), process) == ["a"]
    assert waiting(start(process, {"age": 18}, at=AT), process) == ["b"]
    with pytest.raises(ConditionUndecided, match="the fact age is not recorded"):
        start(process, {}, at=AT)


def test_a_truth_is_not_the_number_one():
    """To Python True == 1, so a memory of walks must not take one for the other."""
    nodes = {"begin": "start", "a": "step", "x": "one", "b": "step", "c": "step", "done": "end"}
    flows = [("begin", "a"), ("a", "x"), ("x", "b", "a.k == 1"), ("x", "c", DEFAULT), ("b", "done"), ("c", "done")]
    process = read_process(drawn(nodes, flows))
    state = start(process, {}, at=AT)
    assert waiting(complete_step(process, state, "a", {"k": 1}, at=AT), process) == ["b"]
    with pytest.raises(ConditionUndecided):
        complete_step(process, state, "a", {"k": True}, at=AT)


def test_what_is_remembered_holds_no_recorded_value_and_has_an_end():
    done(begun(), ("screen", {"outcome": "look", "note": "private words"}))
    assert "private words" not in repr(_memory.__dict__)
    memory = _Memory(size=2)
    where = standing(PROCESS, begun())
    for key in (b"1", b"2", b"1", b"3"):
        if memory.get(key) is None:
            memory.put(key, where)
    assert [memory.get(key) for key in (b"1", b"2", b"3")] == [where, None, where]


def test_branches_may_end_apart():
    nodes = {"begin": "start", "x": "all", "a": "step", "b": "step", "one_end": "end", "other_end": "end"}
    flows = [("begin", "x"), ("x", "a"), ("x", "b"), ("a", "one_end"), ("b", "other_end")]
    process = read_process(drawn(nodes, flows))
    state = done(start(process, {}, at=AT), "b", process=process)
    assert waiting(state, process) == ["a"]
    assert not is_finished(process, state)
    assert is_finished(process, done(state, "a", process=process))


def test_a_join_in_a_loop_waits_for_both_in_every_round():
    """The engine's own join counted what came in an earlier round."""
    nodes = {"begin": "start", "m": "one", "x": "all", "a": "step", "b": "step", "y": "all", "z": "one", "done": "end"}
    flows = [("begin", "m"), ("m", "x"), ("x", "a"), ("x", "b"), ("a", "y"), ("b", "y"), ("y", "z")]
    process = read_process(drawn(nodes, [*flows, ("z", "m", "a.again == true"), ("z", "done", DEFAULT)]))
    state = start(process, {}, at=AT)
    for first, second in (("a", "b"), ("b", "a"), ("b", "a")):
        state = done(state, (first, {"again": True}), process=process)
        assert waiting(state, process) == [second]
        state = done(state, (second, {"again": True}), process=process)
        assert waiting(state, process) == ["a", "b"]
    assert is_finished(process, done(state, "b", ("a", {"again": False}), process=process))


@pytest.mark.parametrize(
    "values",
    [
        {"a": [1]},
        {"a": {"b": 1}},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 10**400},
        {"a": b"bytes"},
        {"a": datetime(2026, 1, 1, tzinfo=UTC)},
        {"a": "x" * 20_001},
        {"a": "\ud800"},
        {"A b": 1},
        {"__class__": 1},
        {1: 1},
        {f"v{number}": 1 for number in range(201)},
    ],
)
def test_only_plain_values_are_recorded(values):
    with pytest.raises(ValuesNotAllowed):
        start(PROCESS, values, at=AT)
    with pytest.raises(ValuesNotAllowed):
        complete_step(PROCESS, begun(), "screen", {"outcome": "look", **values}, at=AT)


def test_a_moment_needs_a_zone():
    with pytest.raises(ValuesNotAllowed, match="no time zone"):
        start(PROCESS, {}, at=datetime(2026, 1, 1))  # noqa: DTZ001 # this is what is refused


# --- stored states


def test_a_state_comes_back_as_it_was():
    state = done(begun(), ("screen", {"outcome": "look", "note": "Zażółć “gęślą”", "n": 1.5, "none": None}), "gather")
    assert State.from_json(PROCESS, state.to_json()) == state


def changed(**parts):
    return json.dumps({**json.loads(done(begun(), LOOK).to_json()), **parts})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        changed(format=2),
        changed(more=1),
        changed(process=["x"]),
        changed(facts=[]),
        changed(facts={"a": {"b": 1}}),
        changed(started_at="2026-05-01"),
        changed(started_at=5),
        changed(events={"a": 1}),
        changed(events=5),
        changed(events=[["step", "screen", AT.isoformat()]]),
        changed(events=[["timer", "screen", AT.isoformat(), {}]]),
        changed(events=[["step", "screen", "yesterday", {}]]),
        changed(events=[["step", "screen", AT.isoformat(), {}]]),
        changed(events=[["step", "assess", AT.isoformat(), {}]]),
        changed(events=[["step", 5, AT.isoformat(), {}]]),
        changed(events=[["step", "screen", AT.isoformat(), {"outcome": "look"}]] * 2),
        changed(events=[["step", "screen", AT.isoformat(), {"outcome": float("nan")}]]),
        changed(serializer_version="1.4", spec={"task_specs": {}}, typename="BpmnWorkflow"),
    ],
)
def test_a_stored_state_that_could_not_have_come_about_is_refused(text):
    with pytest.raises(StateNotReadable):
        State.from_json(PROCESS, text)


def test_a_state_of_another_process_is_refused():
    other = read_process((Path(__file__).parent / "samples" / "concern.bpmn").read_bytes() + b"\n")
    with pytest.raises(StateNotReadable, match="another version of the process"):
        State.from_json(other, begun().to_json())
    with pytest.raises(StateNotReadable, match="another version of the process"):
        waiting_steps(other, begun())


# --- nothing that is recorded or stored becomes code


POISON = '__import__("os").system("touch /tmp/should_not_exist")'
POISONED_STEPS = [{"outcome": POISON}, {"outcome": "look", "script": POISON, "note": "{{7*7}}${7*7}"}]


_CODE = frozenset(
    {"compile", "exec", "os.system", "os.exec", "subprocess.Popen", "open", "import", "pickle.find_class"}
)
_heard = []
_listening = []


def _hear(event, arguments):
    if _listening and event in _CODE:
        _heard.append((event, str(arguments)[:200]))


sys.addaudithook(_hear)


@pytest.fixture
def no_code():
    """The interpreter itself tells whenever text becomes code, a module is loaded, a file opened or a program begun."""
    waiting_steps(PROCESS, begun())  # what is loaded late is loaded now
    _memory.clear()
    _heard.clear()
    _listening.append(True)
    yield
    _listening.clear()
    assert _heard == []


def test_the_interpreter_does_tell(no_code):
    eval("1 + 1")  # this is what must be heard
    assert [event for event, _ in _heard] == ["compile", "exec"]
    _heard.clear()


@pytest.mark.usefixtures("no_code")
@pytest.mark.parametrize("values", POISONED_STEPS)
@pytest.mark.parametrize("stored", [False, True], ids=["new", "from storage"])
def test_poison_in_values_and_stored_states_is_only_text(stored, values):
    state = start(PROCESS, {"poison": POISON}, at=AT)
    state = complete_step(PROCESS, state, "screen", values, at=hours(1))
    if stored:
        _memory.clear()
        state = State.from_json(PROCESS, state.to_json())
    state = done(state, "gather", "ask_partners", ("assess", {"enough": True, "support": False, "note": POISON}))
    assert waiting(state) == ["feedback"]


def test_a_run_loads_no_engine_that_could_evaluate():
    """In a process of its own: what other tests import would be in the way."""
    code = "import sys, counterpoint.kernel.processes; print('SpiffWorkflow' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed == "False\n"
