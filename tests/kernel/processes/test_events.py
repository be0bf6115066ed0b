"""Stages, timers and messages: what comes from outside, what it sets aside, and what can be opened again."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.kernel.processes.drawing import DEFAULT, drawn

from counterpoint.kernel.processes import (
    EventNotExpected,
    ProcessProblems,
    State,
    StateNotReadable,
    StepNotWaiting,
    StepStatus,
    Trigger,
    cancel,
    complete_step,
    diagram_in_words,
    events_in_words,
    expected_events,
    fire_timer,
    is_finished,
    read_process,
    receive_message,
    reopen_stage,
    stages_to_reopen,
    standing,
    start,
    waiting_steps,
)

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
# A support stage with two things at once in it, a review that waits for a timer, and news that sets all of it aside.
NODES = {
    "begin": "start",
    "look": "step",
    "support": "stage",
    "s_begin": "start in support",
    "split": "all in support",
    "mentor": "step in support",
    "school": "step in support",
    "join": "all in support",
    "s_done": "end in support",
    "news": "message of police_news on support",
    "withdrawn": "message of consent_withdrawn on support",
    "think": "step",
    "merge": "one",
    "wait": "timer",
    "review": "step",
    "overdue": "timer on review",
    "which": "one",
    "done": "end",
}
FLOWS = [
    ("begin", "merge"),
    ("merge", "look"),
    ("look", "support"),
    ("s_begin", "split"),
    ("split", "mentor"),
    ("split", "school"),
    ("mentor", "join"),
    ("school", "join"),
    ("join", "s_done"),
    ("support", "wait"),
    ("wait", "review"),
    ("review", "which"),
    ("overdue", "think"),
    ("which", "merge", 'review.what == "again"'),
    ("which", "done", DEFAULT),
    ("news", "merge"),
    ("withdrawn", "think"),
    ("think", "done"),
]
PROCESS = read_process(drawn(NODES, FLOWS))


def at(hours):
    return AT + timedelta(hours=hours)


def waiting(state):
    return [step.id for step in waiting_steps(PROCESS, state)]


def expected(state):
    return [event.id for event in expected_events(PROCESS, state)]


def after(*happened):
    """The state after these steps ("look"), timers ("!wait") and messages ("@police_news")."""
    state = start(PROCESS, {}, at=AT)
    for hour, one in enumerate(happened, start=1):
        name, values = one if isinstance(one, tuple) else (one, {})
        if name.startswith("!"):
            state = fire_timer(PROCESS, state, name[1:], at=at(hour))
        elif name.startswith("@"):
            state = receive_message(PROCESS, state, name[1:], values, at=at(hour))
        else:
            state = complete_step(PROCESS, state, name, values, at=at(hour))
    return state


REVIEWED = ("review", {"what": "close"})
AGAIN = ("review", {"what": "again"})


@pytest.mark.parametrize(
    ("happened", "steps", "events"),
    [
        ([], ["look"], []),
        (["look"], ["mentor", "school"], ["news", "withdrawn"]),
        (["look", "school"], ["mentor"], ["news", "withdrawn"]),
        (["look", "school", "mentor"], [], ["wait"]),
        (["look", "school", "mentor", "!wait"], ["review"], ["overdue"]),
        (["look", "school", "mentor", "!wait", "!overdue"], ["think"], []),
        (["look", "school", "mentor", "!wait", REVIEWED], [], []),
        (["look", "school", "mentor", "!wait", AGAIN], ["look"], []),
        (["look", "school", "@consent_withdrawn"], ["think"], []),
        (["look", "school", "@police_news"], ["look"], []),
        (["look", "school", "@police_news", "look"], ["mentor", "school"], ["news", "withdrawn"]),
        (["look", "school", "@police_news", "look", "mentor"], ["school"], ["news", "withdrawn"]),
    ],
)
def test_what_waits_and_what_may_come(happened, steps, events):
    state = after(*happened)
    assert (waiting(state), expected(state)) == (steps, events)
    assert is_finished(PROCESS, state) == (not steps and not events)
    assert State.from_json(PROCESS, state.to_json()) == state


def test_a_half_done_join_is_forgotten_with_its_stage():
    """What the school said before the stage was left does not count in the next round."""
    state = after("look", "school", "@police_news", "look", "mentor")
    assert waiting(state) == ["school"]
    assert expected(complete_step(PROCESS, state, "school", {}, at=at(9))) == ["wait"]


def test_an_event_tells_since_when_and_what_it_interrupts():
    state = after("look", "school")
    (news, _) = expected_events(PROCESS, state)
    assert (news.trigger, news.message_id, news.interrupts, news.since) == (
        Trigger.MESSAGE, "police_news", "support", at(1),
    )  # fmt: skip
    assert standing(PROCESS, state).stages == (("support", at(1)),)
    again = complete_step(PROCESS, receive_message(PROCESS, state, "police_news", {}, at=at(3)), "look", {}, at=at(4))
    assert expected_events(PROCESS, again)[0].since == at(4), "the stage was begun anew"
    (timer,) = expected_events(PROCESS, after("look", "school", "mentor"))
    assert (timer.trigger, timer.interrupts, timer.since) == (Trigger.TIMER, "", at(3))


@pytest.mark.parametrize("one", ["!wait", "!news", "!look", "@police_news", "@unheard", "@consent_withdrawn"])
def test_what_nothing_waits_for_is_refused(one):
    with pytest.raises(EventNotExpected):
        after(one)


def test_steps_that_were_set_aside_cannot_be_finished():
    with pytest.raises(StepNotWaiting, match="“mentor” is not waiting"):
        after("look", "@consent_withdrawn", "mentor")


def test_a_stage_is_opened_again_and_all_else_is_set_aside():
    state = after("look", "school", "mentor", "!wait")
    assert [stage.id for stage in stages_to_reopen(PROCESS, state)] == ["support"]
    again = reopen_stage(PROCESS, state, "support", at=at(9))
    assert waiting(again) == ["mentor", "school"]
    assert State.from_json(PROCESS, again.to_json()) == again
    finished = after("look", "school", "mentor", "!wait", REVIEWED)
    assert waiting(reopen_stage(PROCESS, finished, "support", at=at(9))) == ["mentor", "school"]


@pytest.mark.parametrize(
    ("happened", "stage", "why"),
    [([], "support", "not been reached"), (["look"], "support", "is under way"), (["look"], "look", "no stage")],
)
def test_a_stage_that_was_not_left_is_not_opened_again(happened, stage, why):
    with pytest.raises(EventNotExpected, match=why):
        reopen_stage(PROCESS, after(*happened), stage, at=at(9))


def test_a_run_that_was_cancelled_goes_nowhere():
    state = cancel(PROCESS, after("look"), at=at(5))
    assert is_finished(PROCESS, state)
    assert standing(PROCESS, state).cancelled
    assert (waiting(state), expected(state), stages_to_reopen(PROCESS, state)) == ([], [], ())
    assert State.from_json(PROCESS, state.to_json()) == state
    for move in (
        lambda: cancel(PROCESS, state, at=at(6)),
        lambda: reopen_stage(PROCESS, state, "support", at=at(6)),
        lambda: complete_step(PROCESS, state, "mentor", {}, at=at(6)),
    ):
        with pytest.raises(EventNotExpected, match="cancelled"):
            move()
    with pytest.raises(EventNotExpected, match="nothing to cancel"):
        cancel(PROCESS, after("look", "@consent_withdrawn", "think"), at=at(6))


def test_the_innermost_takes_a_message_that_several_wait_for():
    nodes = {
        "begin": "start",
        "outer": "stage",
        "o_begin": "start in outer",
        "a": "step in outer",
        "o_done": "end in outer",
        "of_outer": "message of m on outer",
        "of_a": "message of m on a in outer",
        "x": "step in outer",
        "y": "step",
        "done": "end",
    }
    flows = [("begin", "outer"), ("o_begin", "a"), ("a", "o_done"), ("of_a", "x"), ("x", "o_done"), ("outer", "done")]
    process = read_process(drawn(nodes, [*flows, ("of_outer", "y"), ("y", "done")]))
    state = receive_message(process, start(process, {}, at=AT), "m", {}, at=at(1))
    assert [step.id for step in waiting_steps(process, state)] == ["x"]
    state = receive_message(process, state, "m", {}, at=at(2))
    assert [step.id for step in waiting_steps(process, state)] == ["y"]


def test_a_condition_may_look_at_a_message():
    nodes = {"begin": "start", "wait": "message of answer", "which": "one", "a": "step", "b": "step", "done": "end"}
    flows = [("begin", "wait"), ("wait", "which"), ("which", "a", 'wait.kind == "yes"'), ("which", "b", DEFAULT)]
    process = read_process(drawn(nodes, [*flows, ("a", "done"), ("b", "done")]))
    for kind, step in (("yes", "a"), ("no", "b")):
        state = receive_message(process, start(process, {}, at=AT), "answer", {"kind": kind}, at=at(1))
        assert [one.id for one in waiting_steps(process, state)] == [step]


def test_stages_beside_parallel_work_are_not_opened_again():
    nodes = {"begin": "start", "split": "all", "s": "stage", "s_begin": "start in s", "a": "step in s",
             "s_done": "end in s", "b": "step", "join": "all", "c": "step", "done": "end"}  # fmt: skip
    flows = [("begin", "split"), ("split", "s"), ("s_begin", "a"), ("a", "s_done"), ("split", "b"), ("s", "join")]
    process = read_process(drawn(nodes, [*flows, ("b", "join"), ("join", "c"), ("c", "done")]))
    state = start(process, {}, at=AT)
    for step in ("a", "b"):
        state = complete_step(process, state, step, {}, at=at(1))
    assert stages_to_reopen(process, state) == ()
    with pytest.raises(EventNotExpected, match="no stage of that name that can be opened again"):
        reopen_stage(process, state, "s", at=at(2))


def test_the_tables_beside_the_diagram_tell_of_stages_and_events():
    rows = {row.step_id: row for row in diagram_in_words(PROCESS, after("look", "school"))}
    assert rows["look"].leads_to == ("mentor", "school"), "into the stage"
    assert rows["mentor"].leads_to == ("wait",), "out of it"
    assert rows["review"].leads_to == ("if what is again: look", "otherwise: done", "when “overdue”: think")
    events = {row.event_id: row for row in events_in_words(PROCESS, after("look", "school", "@police_news", "look"))}
    assert (events["news"].interrupts, events["news"].status, events["news"].happened_at) == (
        "support", StepStatus.WAITING, (at(3),),
    )  # fmt: skip
    assert events["news"].leads_to == ("look",)
    assert events["wait"].status is StepStatus.NOT_YET


def changed(*happened):
    text = after("look").to_json()
    assert '"events":[["step","look"' in text
    return text.replace('"events":[', '"events":[' + "".join(one + "," for one in happened))


@pytest.mark.parametrize(
    "event",
    [
        '["timer","wait","2026-05-01T09:00:00+00:00",{}]',
        '["message","news","2026-05-01T09:00:00+00:00",{}]',
        '["message","wait","2026-05-01T09:00:00+00:00",{}]',
        '["reopen","support","2026-05-01T09:00:00+00:00",{}]',
        '["reopen","support","2026-05-01T09:00:00+00:00",{"a":1}]',
        '["cancel","","2026-05-01T09:00:00+00:00",{}]',
        '["cancel","support","2026-05-01T09:00:00+00:00",{}]',
        '["jump","support","2026-05-01T09:00:00+00:00",{}]',
    ],
)
def test_a_stored_state_cannot_claim_events_that_could_not_have_come(event):
    with pytest.raises(StateNotReadable):
        State.from_json(PROCESS, changed(event))


def problems_of(nodes, flows):
    with pytest.raises(ProcessProblems) as refused:
        read_process(drawn(nodes, flows))
    assert all(problem.remedy for problem in refused.value.problems)
    return [problem.what for problem in refused.value.problems]


STAGE = {"begin": "start", "s": "stage", "s_begin": "start in s", "a": "step in s", "s_done": "end in s", "done": "end"}
AROUND = [("begin", "s"), ("s_begin", "a"), ("a", "s_done"), ("s", "done")]


@pytest.mark.parametrize(
    ("nodes", "flows", "what"),
    [
        (STAGE, [*AROUND[:2], ("a", "done"), ("s", "done")], "The flow f2 crosses the edge of a stage."),
        ({**STAGE, "x": "start in s"}, [*AROUND, ("x", "a")], "The stage “s” has 2 start events."),
        ({**STAGE, "e": "message of m on begin"}, [*AROUND, ("e", "done")], "The event e is not attached to a step or"),
        ({**STAGE, "e": "message of m on a"}, [*AROUND, ("e", "done")], "The event e is not attached to a step or"),
        ({**STAGE, "e": "message on s"}, [*AROUND, ("e", "done")], "The event e waits for no message of this file."),
        ({**STAGE, "e": "timer on s"}, AROUND, "No flow leaves the boundaryEvent “e”."),
        (
            {**STAGE, "e": "timer on s"},
            [*AROUND, ("e", "done"), ("a", "e")],
            "The flow f5 crosses the edge of a stage.",
        ),
        ({**STAGE, "t": "timer"}, [("begin", "t"), ("t", "s"), *AROUND[1:], ("t", "done")], "2 flows leave the"),
        (
            {**STAGE, "x": "all", "b": "step"},
            [("begin", "x"), ("x", "s"), ("x", "b"), ("b", "s"), *AROUND[1:]],
            "The subProcess “s” can be under way twice at the same time",
        ),
        (
            {"begin": "start", "x": "one", "y": "one", "a": "step", "done": "end"},
            [("begin", "x"), ("x", "y"), ("y", "x", "age == 1"), ("y", "a", DEFAULT), ("a", "done")],
            "From the exclusiveGateway “x” a way leads back to it on which nobody does anything.",
        ),
    ],
)
def test_stages_and_events_that_could_not_work_are_refused(nodes, flows, what):
    assert any(what in found for found in problems_of(nodes, flows)), problems_of(nodes, flows)
