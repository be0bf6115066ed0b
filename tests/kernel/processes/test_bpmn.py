"""Reading BPMN: what a process says of itself, and every problem at once with its place."""

from pathlib import Path

import pytest
from tests.kernel.processes.drawing import DEFAULT, drawn

from counterpoint.kernel.processes import ProcessProblems, read_process
from counterpoint.kernel.processes.soundness import _never_ending

SAMPLE = (Path(__file__).parent / "samples" / "concern.bpmn").read_bytes()
STEPS = {"begin": "start", "a": "step", "b": "step", "done": "end"}


def problems_of(xml):
    with pytest.raises(ProcessProblems) as refused:
        read_process(xml)
    assert all(problem.remedy for problem in refused.value.problems)
    return [problem.what for problem in refused.value.problems]


def test_a_process_tells_its_steps_and_who_does_them():
    process = read_process(SAMPLE)
    assert [(step.id, step.lane) for step in process.steps] == [
        ("screen", "Triage officer"),
        ("advise", "Triage officer"),
        ("gather", "Case officer"),
        ("ask_partners", "Partner agency"),
        ("assess", "Case officer"),
        ("support", "Case officer"),
        ("feedback", "Case officer"),
    ]
    assert process.steps[0].documentation.startswith("Read the concern")
    assert [lane.name for lane in process.lanes] == ["Triage officer", "Case officer", "Partner agency"]
    assert process.name == "A safeguarding concern"
    assert len(process.hash) == 64


def test_a_pool_is_not_needed():
    flows = [("begin", "a"), ("a", "b"), ("b", "done")]
    assert [step.id for step in read_process(drawn(STEPS, flows)).steps] == ["a", "b"]


@pytest.mark.parametrize(
    ("nodes", "flows", "expected"),
    [
        (
            {**STEPS, "c": "step"},
            [("begin", "a"), ("a", "b"), ("b", "done"), ("c", "done")],
            ["No way leads from the start to the userTask “c”."],
        ),
        (STEPS, [("begin", "a"), ("a", "b"), ("a", "done")], None),
        (
            {**STEPS, "x": "one"},
            [("begin", "a"), ("a", "x"), ("x", "b", "a.yes == true"), ("x", "done", DEFAULT)],
            ["No way leads from the userTask “b” to an end."],
        ),
        (
            {**STEPS, "x": "one"},
            [("begin", "a"), ("a", "x"), ("x", "b"), ("x", "done"), ("b", "done")],
            [
                "The flow f2 leaves the exclusiveGateway “x” without a condition, as another does.",
                "The flow f3 leaves the exclusiveGateway “x” without a condition, as another does.",
            ],
        ),
        (
            {**STEPS, "x": "one"},
            [("begin", "a"), ("a", "x"), ("x", "b", "b.yes == true"), ("x", "done", DEFAULT), ("b", "done")],
            ["The condition of the flow f2 looks at “b”, which comes only after it."],
        ),
        (
            {**STEPS, "x": "one"},
            [("begin", "a"), ("a", "x"), ("x", "b", "nobody.yes == true"), ("x", "done", DEFAULT), ("b", "done")],
            ["The condition of the flow f2 looks at nobody, which is not a step."],
        ),
        (
            {**STEPS, "x": "all"},
            [("begin", "x"), ("x", "a"), ("x", "b"), ("a", "done"), ("b", "a")],
            ["The userTask “a” can be under way twice at the same time: parallel branches are not joined before it."],
        ),
        (
            {**STEPS, "x": "one", "y": "all"},
            [("begin", "x"), ("x", "a", "age == 1"), ("x", "b", DEFAULT), ("a", "y"), ("b", "y"), ("y", "done")],
            ["The parallelGateway “y” can wait for ever: a way into it may never be taken."],
        ),
        (
            {**STEPS, "x": "all"},
            [("begin", "a"), ("a", "x", "age == 1"), ("x", "b"), ("b", "done")],
            ["The flow f1 has a condition, but does not leave an exclusive gateway."],
        ),
        ({"begin": "start", "done": "end"}, [("begin", "done")], ["The process has no step."]),
        (
            {**STEPS, "second": "start"},
            [("begin", "a"), ("second", "b"), ("a", "b"), ("b", "done")],
            ["The process has 2 start events."],
        ),
        (STEPS, [("begin", "a"), ("a", "b"), ("b", "nowhere")], None),
        (
            STEPS,
            [("begin", "a"), ("a", "b"), ("b", "begin"), ("done", "a")],
            [
                "A flow leads into the startEvent “begin”.",
                "No way leads from the startEvent “begin” to an end.",
                "No way leads from the userTask “a” to an end.",
                "No way leads from the userTask “b” to an end.",
                "A flow leaves the endEvent “done”.",
                "No way leads from the start to the endEvent “done”.",
            ],
        ),
        ({"begin": "start", "a": "step"}, [("begin", "a")], None),
    ],
)
def test_a_process_that_could_get_stuck_is_refused(nodes, flows, expected):
    found = problems_of(drawn(nodes, flows))
    assert found == expected if expected is not None else found


def test_a_default_has_no_condition():
    xml = drawn(
        {**STEPS, "x": "one"},
        [("begin", "a"), ("a", "x"), ("x", "b", "a.k == 1"), ("x", "done", DEFAULT), ("b", "done")],
    )
    assert problems_of(xml.replace(b'default="f3"', b'default="f2"')) == [
        "The flow f2 is the default of the exclusiveGateway “x” and has a condition too."
    ]


def test_a_play_that_never_comes_to_an_end_is_found():
    process = read_process(drawn(STEPS, [("begin", "a"), ("a", "b"), ("b", "done")]))
    first, second = frozenset({"f0"}), frozenset({"f1"})
    (found,) = _never_ending(process, {first: [second], second: [first]})
    assert "may never come to its end" in found.what
    assert list(_never_ending(process, {first: [second], second: [frozenset()], frozenset(): []})) == []


BESIDE = {"begin": "start", "x": "one", "a": "step", "m": "one", "b": "step", "y": "one", "c": "step", "done": "end"}


def beside(condition, split, join):
    nodes = {**BESIDE, "x": split, "m": join}
    way = "age == 1" if split == "one" else None
    first = [("x", "a", way), ("x", "b", DEFAULT)] if way else [("x", "a"), ("x", "b")]
    last = [("m", "y"), ("y", "c", condition), ("y", "done", DEFAULT), ("c", "done")]
    return drawn(nodes, [("begin", "x"), *first, ("a", "m"), ("b", "m"), *last])


def test_a_condition_may_not_look_at_a_step_that_a_way_leads_past():
    assert problems_of(beside("a.k == 1", "one", "one")) == [
        "The condition of the flow f6 looks at “a”, which may not have been done by then."
    ]
    assert read_process(beside("a.k == 1", "all", "all")).steps, "both branches were done"
    assert read_process(beside("a.k != null and a.k == 1", "one", "one")).steps, "it asks first"


def test_two_flows_between_the_same_nodes_are_refused():
    nodes = {**STEPS, "x": "one"}
    flows = [("begin", "a"), ("a", "x"), ("x", "b", "a.k == 1"), ("x", "b", DEFAULT), ("b", "done")]
    assert problems_of(drawn(nodes, flows)) == ["2 flows lead from x to b."]


def test_all_problems_are_told_at_once_with_their_lines():
    xml = SAMPLE.decode()
    xml = xml.replace('screen.outcome == "advice"', 'screen.outcome = "advice"')
    xml = xml.replace("<bpmn:flowNodeRef>gather</bpmn:flowNodeRef>", "")
    xml = xml.replace('<bpmndi:BPMNShape id="support_di" bpmnElement="support">', '<bpmndi:BPMNShape bpmnElement="x">')
    xml = xml.replace('<bpmn:userTask id="assess" name="Assess needs and strengths">', '<bpmn:userTask id="assess">')
    with pytest.raises(ProcessProblems) as refused:
        read_process(xml.encode())
    problems = refused.value.problems
    assert [problem.what.split(" is refused:")[0] for problem in problems] == [
        "support has no shape in the diagram.",
        "The step Gather information stands in 0 lanes.",
        "The step assess has no name.",
        "The condition of the flow f_advice",
    ]
    lines = xml.splitlines()
    assert 'id="gather"' in lines[problems[1].line - 1]
    assert 'id="assess"' in lines[problems[2].line - 1]
    assert "conditionExpression" in lines[problems[3].line - 1]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('<userTask id="a"', '<userTask id="a b"', "An element has no plain id."),
        ('<userTask id="b"', '<userTask id="a"', "The id a is used twice."),
        ('name="Case officer"', 'name=" "', "The lane lane has no name."),
        ('width="100" height="80"', 'width="0" height="80"', "A shape of the diagram has no size."),
        ('<di:waypoint x="10" y="0"/>', "", "A flow of the diagram has fewer than two points."),
        ('targetRef="done"', 'targetRef="gone"', "The flow f2 does not join two nodes."),
        ("<flowNodeRef>a</flowNodeRef>", "<flowNodeRef>a</flowNodeRef>" * 2, "The step a stands in 2 lanes."),
        ('bpmnElement="f1"', 'bpmnElement="other"', "f1 has no line in the diagram."),
    ],
)
def test_a_broken_file_is_told(old, new, what):
    xml = drawn(STEPS, [("begin", "a"), ("a", "b"), ("b", "done")]).decode()
    assert old in xml
    assert what in problems_of(xml.replace(old, new, 1).encode())
