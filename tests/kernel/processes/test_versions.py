"""Two versions of a process: which runs can go on by the new one, and what differs, in words and drawn."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.kernel.processes.drawing import DEFAULT, drawn

from counterpoint.kernel.processes import (
    Change,
    DifferenceWords,
    State,
    StateNotReadable,
    complete_step,
    difference,
    difference_diagram,
    migrate,
    read_process,
    receive_message,
    start,
    waiting_steps,
)

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
SAMPLE = (Path(__file__).parent / "samples" / "concern.bpmn").read_bytes()
NODES = {"begin": "start", "a": "step", "b": "step", "which": "one", "c": "step", "done": "end"}
FLOWS = [
    ("begin", "a"),
    ("a", "b"),
    ("b", "which"),
    ("which", "c", "a.k == 1"),
    ("which", "done", DEFAULT),
    ("c", "done"),
]
OLD = read_process(drawn(NODES, FLOWS))


def version(*edits, nodes=NODES, flows=FLOWS):
    xml = drawn(nodes, flows).decode() + "\n"
    for old, new in edits:
        assert old in xml, old
        xml = xml.replace(old, new, 1)
    return read_process(xml.encode())


def run(process, *steps):
    state = start(process, {}, at=AT)
    for hour, (step_id, values) in enumerate(steps, start=1):
        state = complete_step(process, state, step_id, values, at=AT + timedelta(hours=hour))
    return state


DONE_A = ("a", {"k": 1})
UNDECIDED = (
    "The new process cannot decide where to go after “b”. It cannot be decided whether more is yes: "
    "more of the step “b” is not recorded. Record it with the step."
)
EXTRA = version(
    nodes={**NODES, "x": "step"},
    flows=[("begin", "a"), ("a", "b"), ("b", "x"), ("x", "which"), *FLOWS[3:]],
)
BEFORE = version(nodes={**NODES, "x": "step"}, flows=[("begin", "x"), ("x", "a"), *FLOWS[1:]])


def test_a_run_goes_on_by_the_new_version_with_its_moments():
    state = run(OLD, DONE_A)
    moved = migrate(state, old=OLD, new=EXTRA)
    assert isinstance(moved, State)
    assert (moved.process_hash, moved.events, moved.started_at) == (EXTRA.hash, state.events, state.started_at)
    assert waiting_steps(EXTRA, moved) == waiting_steps(OLD, state)
    assert State.from_json(EXTRA, moved.to_json()) == moved
    after = complete_step(EXTRA, moved, "b", {}, at=AT + timedelta(days=1))
    assert [step.id for step in waiting_steps(EXTRA, after)] == ["x"]


@pytest.mark.parametrize(
    ("new", "steps", "reasons"),
    [
        (BEFORE, [], None),
        (BEFORE, [DONE_A], ["“a” was finished at a point where the new process does not wait for it."]),
        (version(('name="a"', 'name="Ask"')), [DONE_A], ["“a” was finished, and is called “Ask” in the new process."]),
        (version(('name="b"', 'name="Bring"')), [DONE_A], None),
        (
            version(('name="Case officer"', 'name="supervisor"')),
            [DONE_A, ("b", {})],
            [
                "“a” was finished, and is done by supervisor instead of Case officer in the new process.",
                "“b” was finished, and is done by supervisor instead of Case officer in the new process.",
            ],
        ),
        (
            version(
                nodes={k: v for k, v in NODES.items() if k != "b"}, flows=[("begin", "a"), ("a", "which"), *FLOWS[3:]]
            ),
            [DONE_A, ("b", {})],
            ["“b” was finished and is not in the new process."],
        ),
        (
            version(("a.k == 1", "b.more == true")),
            [DONE_A, ("b", {})],
            [UNDECIDED],
        ),
        (EXTRA, [("a", {"k": 0}), ("b", {})], ["The run is finished. It stays as it was."]),
    ],
)
def test_a_run_stays_on_the_old_version_for_these_reasons(new, steps, reasons):
    moved = migrate(run(OLD, *steps), old=OLD, new=new)
    assert isinstance(moved, State) if reasons is None else list(moved) == reasons


def test_a_state_of_neither_version_is_refused():
    with pytest.raises(StateNotReadable):
        migrate(run(OLD), old=EXTRA, new=OLD)


def test_what_came_from_outside_must_still_interrupt_the_same():
    nodes = {**NODES, "news": "message of news on b"}
    old = version(nodes=nodes, flows=[*FLOWS, ("news", "a")])
    new = version(nodes={**nodes, "news": "message of news on a"}, flows=[*FLOWS, ("news", "c")])
    state = receive_message(old, run(old, DONE_A), "news", {}, at=AT + timedelta(hours=5))
    assert migrate(state, old=old, new=new) == ("“news” came, and waits for something else in the new process.",)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4), st.sampled_from([OLD, EXTRA, BEFORE]), st.integers(0, 1))
def test_a_migrated_run_holds_what_the_old_one_held_and_a_way_on(steps, new, k):
    state = start(OLD, {}, at=AT)
    for step_id in steps:
        if step_id in [step.id for step in waiting_steps(OLD, state)]:
            state = complete_step(OLD, state, step_id, {"k": k}, at=AT)
    before = state.to_json()
    moved = migrate(state, old=OLD, new=new)
    assert state.to_json() == before
    if isinstance(moved, State):
        assert moved.taken == state.taken
        assert waiting_steps(new, moved)
        assert State.from_json(new, moved.to_json()) == moved
    else:
        assert moved, "a refusal has its reasons"


# --- the difference


def test_the_same_version_drawn_elsewhere_does_not_differ():
    moved = read_process(drawn(NODES, FLOWS).replace(b'y="50"', b'y="90"'))
    assert difference(OLD, moved).is_empty


def test_what_differs_is_told_in_rows():
    new = version(
        ('name="c"', 'name="Close"'),
        nodes={**{k: v for k, v in NODES.items() if k != "b"}, "x": "step"},
        flows=[("begin", "a"), ("a", "x"), ("x", "which"), ("which", "c", "a.k == 2"), *FLOWS[4:]],
    )
    rows = {row.id: row for row in difference(OLD, new).rows}
    assert {row_id: row.change for row_id, row in rows.items()} == {
        "a": Change.CHANGED, "x": Change.ADDED, "c": Change.CHANGED, "b": Change.REMOVED,
    }  # fmt: skip
    assert rows["a"].words == ("It no longer leads to: b.", "It now leads to: x.")
    assert rows["x"].words == (
        "It is done by Case officer.", "It leads to: if k is 2: Close.", "It leads to: otherwise: done.",
    )  # fmt: skip
    assert rows["c"].words == ("It was called “c”.",)
    assert rows["b"].words == ("The step is gone.",)


def test_another_lane_or_stage_is_a_move():
    two_lanes = (
        "</lane></laneSet>",
        '</lane><lane id="top" name="supervisor"><flowNodeRef>c</flowNodeRef></lane></laneSet>',
    )
    lane = '<bpmndi:BPMNShape bpmnElement="lane">'
    bounds = '<dc:Bounds x="0" y="210" width="4000" height="99"/></bpmndi:BPMNShape>'
    shape = (lane, f'<bpmndi:BPMNShape bpmnElement="top">{bounds}{lane}')
    new = version(("<flowNodeRef>c</flowNodeRef>", ""), two_lanes, shape)
    (row,) = difference(OLD, new).rows
    assert (row.id, row.change, row.words) == (
        "c",
        Change.MOVED,
        ("It is done by supervisor instead of Case officer.",),
    )


SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "defs", "marker", "path", "rect", "circle", "g", "text", "tspan"}


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("new", [EXTRA, BEFORE, OLD])
def test_the_picture_marks_each_difference_once_and_is_safe(new, direction):
    root = etree.fromstring(difference_diagram(OLD, new, language_direction=direction))
    assert {etree.QName(element).localname for element in root.iter(etree.Element)} <= ALLOWED
    attributes = {name for element in root.iter(etree.Element) for name in element.attrib}
    assert not [name for name in attributes if name == "style" or name.startswith("on") or "href" in name]
    found = difference(OLD, new)
    groups = [g.get("class") or "" for g in root.iter(f"{SVG}g")]
    for change in Change:
        assert groups.count(f"process-node--{change}") == list(found.nodes.values()).count(change)
    ways = sum(re.fullmatch(r"process-flow--(added|changed)", name) is not None for name in groups)
    assert ways == len(found.flows)
    assert groups.count("process-legend") == len(Change)


def test_what_was_removed_stays_in_its_place_or_is_put_below():
    gone = read_process(SAMPLE)
    without = (
        SAMPLE.decode()
        .replace('id="advise"', 'id="advise_well"')
        .replace("<bpmn:flowNodeRef>advise<", "<bpmn:flowNodeRef>advise_well<")
        .replace('targetRef="advise"', 'targetRef="advise_well"')
        .replace('sourceRef="advise"', 'sourceRef="advise_well"')
    )
    new = read_process(without.replace('bpmnElement="advise"', 'bpmnElement="advise_well"').encode())
    root = etree.fromstring(difference_diagram(gone, new, difference_words=DifferenceWords(removed="weg")))
    (ghost,) = [g for g in root.iter(f"{SVG}g") if g.get("class") == "process-node--removed"]
    assert ghost.findtext(f"{SVG}title").endswith(": weg")
    lowest = max(float(r.get("y")) + float(r.get("height")) for r in root.iter(f"{SVG}rect") if r is not ghost[1])
    assert float(ghost.find(f"{SVG}rect").get("y")) > lowest - 100, "its place is taken, so it lies below"
    top = float(root.get("viewBox").split()[1])
    height = float(root.get("viewBox").split()[3])
    box = ghost.find(f"{SVG}rect")
    assert float(box.get("y")) + float(box.get("height")) <= top + height, "and inside of the picture"
