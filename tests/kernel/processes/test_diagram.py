"""The picture of a process: well formed, safe on a strict page, and never by colour alone."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.kernel.processes.drawing import DEFAULT, drawn

from counterpoint.kernel.processes import (
    DiagramWords,
    StepStatus,
    complete_step,
    diagram,
    diagram_in_words,
    read_process,
    start,
)
from counterpoint.kernel.processes.lettering import width_of, wrapped

SAMPLE = read_process((Path(__file__).parent / "samples" / "concern.bpmn").read_bytes())
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "defs", "marker", "path", "rect", "circle", "g", "text", "tspan"}


def half_way():
    state = complete_step(SAMPLE, start(SAMPLE, {}, at=AT), "screen", {"outcome": "look"}, at=AT)
    return complete_step(SAMPLE, state, "gather", {}, at=AT)


def parsed(svg):
    return etree.fromstring(svg)


def steps_of(svg):
    groups = parsed(svg).iter(f"{SVG}g")
    return {g.findtext(f"{SVG}title"): g for g in groups if (g.get("class") or "").startswith("process-step")}


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_picture_is_safe_on_a_strict_page(direction):
    root = parsed(diagram(SAMPLE, half_way(), language_direction=direction))
    assert {etree.QName(element).localname for element in root.iter(etree.Element)} <= ALLOWED
    attributes = {name for element in root.iter(etree.Element) for name in element.attrib}
    assert not [name for name in attributes if name == "style" or name.startswith("on") or "href" in name]
    urls = re.findall(r"url\((.*?)\)", etree.tostring(root, encoding="unicode"))
    ids = {f"#{element.get('id')}" for element in root.iter(f"{SVG}marker")}
    assert set(urls) <= ids


def test_hostile_names_stay_words():
    xml = drawn({"begin": "start", "a": "step", "done": "end"}, [("begin", "a"), ("a", "done")])
    hostile = "&lt;script>alert(1)&lt;/script>&quot; onload=&quot;x"
    process = read_process(xml.replace(b'name="a"', f'name="{hostile}"'.encode()))
    words = DiagramWords(names={"lane": "</text><script>1</script>"})
    svg = diagram(process, start(process, {}, at=AT), words=words)
    assert "<script" not in svg
    assert {etree.QName(element).localname for element in parsed(svg).iter(etree.Element)} <= ALLOWED


def test_each_state_has_a_class_words_and_a_shape_of_its_own():
    steps = steps_of(diagram(SAMPLE, half_way()))
    finished, now = steps["Gather information: finished"], steps["Answer the request for information: waiting now"]
    later = steps["Assess needs and strengths: not yet"]
    assert [group.get("class") for group in (finished, now, later)] == [
        "process-step process-step--finished",
        "process-step process-step--waiting",
        "process-step process-step--not-yet",
    ]
    assert finished.find(f"{SVG}circle") is not None, "a tick"
    assert len(now.findall(f"{SVG}rect")) == 2, "a double border"
    assert now.find(f"{SVG}path") is not None, "a pointer"
    assert later.find(f"{SVG}rect").get("stroke-dasharray"), "a dashed border"
    assert later.find(f"{SVG}circle") is None


def test_without_a_state_nothing_is_marked():
    svg = diagram(SAMPLE)
    assert "process-step--" not in svg
    assert "--passed" not in svg


def test_the_way_that_was_taken_is_marked():
    root = parsed(diagram(SAMPLE, half_way()))
    passed = [path for path in root.iter(f"{SVG}path") if path.get("class") == "process-flow process-flow--passed"]
    assert len(passed) == 7
    assert len({path.get("marker-end") for path in passed}) == 1


def test_title_and_description_tell_where_it_stands():
    root = parsed(diagram(SAMPLE, half_way()))
    assert root.findtext(f"{SVG}title") == "A safeguarding concern"
    assert root.findtext(f"{SVG}desc") == (
        "7 steps. Finished: Screen the concern, Gather information. Waiting now: Answer the request for information."
    )
    named = root.get("aria-labelledby").split()
    assert named == [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")]


def test_every_step_and_flow_is_drawn_with_its_words():
    words = " ".join("".join(text.itertext()) for text in parsed(diagram(SAMPLE)).iter(f"{SVG}text"))
    squeezed = words.replace(" ", "")
    for step in SAMPLE.steps:
        assert step.name.replace(" ", "") in squeezed
    for flow in SAMPLE.flows:
        assert flow.name.replace(" ", "") in squeezed


def test_for_a_language_from_right_to_left_the_picture_begins_at_the_right():
    def place(svg, title):
        return float(steps_of(svg)[title].find(f"{SVG}rect").get("x"))

    for direction, before in (("ltr", True), ("rtl", False)):
        svg = diagram(SAMPLE, language_direction=direction)
        assert (place(svg, "Screen the concern") < place(svg, "Give advice and record it")) is before
        assert f'direction="{direction}"' in svg


def test_the_words_can_be_in_the_readers_language():
    words = DiagramWords(waiting="yn aros", names={"screen": "Sgrinio'r pryder", "lane_triage": "Swyddog brysbennu"})
    svg = diagram(SAMPLE, start(SAMPLE, {}, at=AT), words=words)
    assert "Sgrinio'r pryder: yn aros" in steps_of(svg)
    assert "Swyddog brysbennu" in svg
    assert "Triage officer" not in svg


def test_the_same_picture_is_the_same_text():
    assert diagram(SAMPLE, half_way()) == diagram(SAMPLE, half_way())


def test_the_table_beside_says_the_same():
    rows = {row.step_id: row for row in diagram_in_words(SAMPLE, half_way())}
    assert list(rows) == [step.id for step in SAMPLE.steps]
    assert rows["gather"].status is StepStatus.FINISHED
    assert rows["gather"].finished_at == (AT,)
    assert rows["ask_partners"].status is StepStatus.WAITING
    assert rows["ask_partners"].since == AT
    assert rows["support"].status is StepStatus.NOT_YET
    assert rows["screen"].leads_to == (
        "if outcome is advice: Give advice and record it",
        "otherwise: Gather information",
        "otherwise: Answer the request for information",
    )
    assert rows["feedback"].leads_to == ("Case closed",)
    assert {row.status for row in diagram_in_words(SAMPLE)} == {StepStatus.NOT_YET}


def test_a_web_of_gateways_is_told_in_bounded_time():
    nodes, flows, before = {"begin": "start", "a": "step"}, [("begin", "a")], "a"
    for number in range(60):
        top, left, right = f"t{number}", f"l{number}", f"r{number}"
        nodes |= {top: "one", left: "one", right: "one"}
        flows.append((before, top))
        flows += [(top, left, "a.k == 1"), (top, right, DEFAULT)]
        if number:
            flows.append((f"r{number - 1}", top))
        before = left
    nodes["done"] = "end"
    flows += [(before, "done"), ("r59", "done")]
    rows = diagram_in_words(read_process(drawn(nodes, flows)))
    assert len(rows) == 1
    assert len(rows[0].leads_to) <= 500


@given(st.text(max_size=200), st.floats(20, 300), st.integers(1, 6))
def test_lines_fit_their_room(text, width, lines):
    made = wrapped(text, width=width, lines=lines)
    assert len(made) <= lines
    assert all(width_of(line) <= width or len(line) <= 1 for line in made)


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=5), max_size=20))
def test_nothing_is_lost_where_there_is_room(words):
    assert " ".join(wrapped(" ".join(words), width=60, lines=100)) == " ".join(words)
