"""The process as an SVG picture, drawn from the places that its author gave everything.

It has no script and no style attributes, so it stands on a page under a strict content security policy; colours are
presentation attributes that a style sheet may replace by class. What is finished, what waits and what is still to
come differ in shape as well as colour: a tick, a double border with a pointer, a dashed border.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.sax.saxutils import escape

from .lettering import FONT_SIZE, LINE_HEIGHT, wrapped
from .model import Box, Drawing, Flow, Node, NodeKind, Process, Trigger
from .shapes import (
    DONE,
    GREY,
    INK,
    LANE,
    NOW,
    PAPER,
    beside_longest,
    clock_face,
    envelope,
    frame_of,
    mirrored,
    path_of,
    px,
    rectangle,
    text_lines,
)
from .state import State, standing
from .words import StepStatus, diagram_in_words, events_in_words

Direction = Literal["ltr", "rtl"]

_STRIP = 30
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class DiagramWords:
    """What the diagram says by itself, to be given in the reader's language. `names` replaces the name of a node,
    flow, lane or note, by its id."""

    finished: str = "finished"
    waiting: str = "waiting now"
    not_yet: str = "not yet"
    start: str = "Start"
    end: str = "End"
    exclusive: str = "One of the ways"
    parallel: str = "All ways together"
    stage: str = "Stage"
    timer: str = "Waits until a clock runs out"
    message: str = "Waits for news"
    summary: str = "{steps} steps. Finished: {finished}. Waiting now: {waiting}."
    none: str = "none"
    names: Mapping[str, str] = field(default_factory=dict)

    def status(self, status: StepStatus) -> str:
        return {
            StepStatus.FINISHED: self.finished,
            StepStatus.WAITING: self.waiting,
            StepStatus.NOT_YET: self.not_yet,
        }[status]


def diagram(
    process: Process,
    state: State | None = None,
    *,
    language_direction: Direction = "ltr",
    words: DiagramWords | None = None,
) -> str:
    """An inline <svg>. Without a state no step is marked. For a language that is read from right to left the picture
    is mirrored, so that it begins at the right; the words are not."""
    return Picture(process, state, language_direction, words or DiagramWords()).svg()


class Picture:
    """One picture of a process. `frame`: all that it shows, where that is more than its own drawing."""

    def __init__(
        self,
        process: Process,
        state: State | None,
        direction: Direction,
        words: DiagramWords,
        *,
        frame: Box | None = None,
    ) -> None:
        self._process = process
        self._words = words
        self._direction = direction
        self._statuses: dict[str, StepStatus] = {}
        self._passed_nodes: frozenset[str] = frozenset()
        self._passed_flows: frozenset[str] = frozenset()
        if state is not None:
            stands = standing(process, state)
            self._passed_nodes, self._passed_flows = stands.passed_nodes, stands.passed_flows
            self._statuses = {row.step_id: row.status for row in diagram_in_words(process, state)}
            self._statuses |= {row.event_id: row.status for row in events_in_words(process, state)}
            self._statuses |= dict.fromkeys((stage_id for stage_id, _ in stands.stages), StepStatus.WAITING)
        self._frame = frame or frame_of(process.drawing)
        self._drawing = self._turned(process.drawing)
        self._id = f"process-{process.hash[:12]}"

    def _turned(self, drawing: Drawing) -> Drawing:
        return mirrored(drawing, self._frame) if self._direction == "rtl" else drawing

    # --- the whole

    def svg(self) -> str:
        """The picture as text."""
        frame, name = self._frame, self._id
        view = f"{px(frame.x)} {px(frame.y)} {px(frame.width)} {px(frame.height)}"
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="process-diagram" role="img" direction="{self._direction}" '
            f'aria-labelledby="{name}-title {name}-desc" viewBox="{view}" width="{px(frame.width)}" '
            f'height="{px(frame.height)}" font-family="arial, sans-serif" font-size="{FONT_SIZE}" fill="{INK}">'
        )
        parts = [
            opening,
            f'<title id="{name}-title">{escape(self._named(self._process.id, self._process.name))}</title>',
            f'<desc id="{name}-desc">{escape(self._summary())}</desc>',
            self._markers(),
            self._pool(),
            *(self._lane(lane.id, lane.name) for lane in self._process.lanes),
            *(self._stage(stage) for stage in self._process.stages),
            *(self._line(edge) for edge in self._drawing.edges if edge not in self._flows()),
            *(self._flow(flow) for flow in self._process.flows),
            *(self._node(node) for node in self._nodes_in_order()),
            *(self._note(note_id, text) for note_id, text in self._drawing.notes.items()),
            *(self._flow_label(flow) for flow in self._process.flows),
            *self._overlay(),
            "</svg>",
        ]
        return "\n".join(part for part in parts if part)

    def _overlay(self) -> Iterator[str]:
        """What lies on top of the picture; nothing in a plain one."""
        return iter(())

    def _summary(self) -> str:
        def told(status: StepStatus) -> str:
            found = [s.id for s in self._process.steps if self._statuses.get(s.id) is status]
            names = [self._named(step_id, self._process.nodes[step_id].name) for step_id in found]
            return ", ".join(names) or self._words.none

        count = str(len(self._process.steps))
        return (
            self._words.summary.replace("{steps}", count)
            .replace("{finished}", told(StepStatus.FINISHED))
            .replace("{waiting}", told(StepStatus.WAITING))
        )

    def _flows(self) -> set[str]:
        return {flow.id for flow in self._process.flows}

    def _named(self, element_id: str, name: str) -> str:
        return self._words.names.get(element_id, name)

    def _markers(self) -> str:
        return "<defs>" + "".join(
            f'<marker id="{self._id}-{kind}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="{size}" '
            f'markerHeight="{size}" orient="auto-start-reverse" markerUnits="userSpaceOnUse">'
            f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
            for kind, size, colour in (("arrow", 10, GREY), ("passed", 12, INK))
        ) + "</defs>"  # fmt: skip

    # --- pool and lanes

    def _pool(self) -> str:
        if self._process.pool is None or self._process.pool[0] not in self._drawing.shapes:
            return ""
        pool_id, name = self._process.pool
        box = self._drawing.shapes[pool_id]
        strip = self._strip(box, self._named(pool_id, name), bold=True)
        return f'<g class="process-pool">{rectangle(box, PAPER)}{strip}</g>'

    def _lane(self, lane_id: str, name: str) -> str:
        box = self._drawing.shapes[lane_id]
        spoken = name.replace("_", " ").capitalize() if _PLAIN_NAME.fullmatch(name) else name
        return f'<g class="process-lane">{rectangle(box, PAPER)}{self._strip(box, self._named(lane_id, spoken))}</g>'

    def _strip(self, box: Box, name: str, *, bold: bool = False) -> str:
        """The title along the short side at which reading begins, turned so that it runs upwards."""
        x = box.x + box.width - _STRIP if self._direction == "rtl" else box.x
        strip = Box(x, box.y, _STRIP, box.height)
        middle_x, middle_y = strip.middle
        lines = wrapped(name, width=box.height - 10, lines=2)
        weight = ' font-weight="bold"' if bold else ""
        text = text_lines(
            lines,
            (middle_x, middle_y),
            f'{weight} transform="rotate(-90 {px(middle_x)} {px(middle_y)})"',
        )
        return rectangle(strip, LANE) + text

    # --- flows

    def _line(self, edge: str) -> str:
        look = f'fill="none" stroke="{GREY}" stroke-dasharray="1 4"'
        return f'<path class="process-association" d="{path_of(self._drawing.edges[edge])}" {look}/>'

    def _flow(self, flow: Flow) -> str:
        passed = flow.id in self._passed_flows
        points = self._drawing.edges[flow.id]
        kind, width, colour = ("passed", "2.5", INK) if passed else ("arrow", "1.5", GREY)
        state = " process-flow--passed" if passed else ""
        line = (
            f'<path class="process-flow{state}" d="{path_of(points)}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}" stroke-linejoin="round" marker-end="url(#{self._id}-{kind})"/>'
        )
        return line + (self._default_mark(points, colour) if flow.is_default else "")

    def _default_mark(self, points: tuple[tuple[float, float], ...], colour: str) -> str:
        """The short stroke across the beginning of a flow that BPMN draws for "otherwise"."""
        (x, y), (to_x, to_y) = points[0], points[1]
        length = max(abs(to_x - x), abs(to_y - y), 1)
        x, y = x + 10 * (to_x - x) / length, y + 10 * (to_y - y) / length
        return f'<path d="M{px(x - 4)} {px(y + 5)} L{px(x + 4)} {px(y - 5)}" stroke="{colour}" stroke-width="1.5"/>'

    def _flow_label(self, flow: Flow) -> str:
        name = self._named(flow.id, flow.name)
        if not name:
            return ""
        box = self._drawing.labels.get(flow.id)
        if box is None:
            (x, y), room = beside_longest(self._drawing.edges[flow.id])
            lines = wrapped(name, width=max(room - 16, 60), lines=3)
            return text_lines(lines, (x, y - 3 - len(lines) * LINE_HEIGHT / 2), _HALO)
        return text_lines(wrapped(name, width=max(box.width, 60) * 1.15, lines=4), box.middle, _HALO)

    # --- nodes

    def _nodes_in_order(self) -> Iterator[Node]:
        """What stands at the edge of another comes after it, so that it lies on top."""
        nodes = [self._process.nodes[node_id] for node_id in self._process.reading_order]
        inside = [node for node in nodes if node.kind is not NodeKind.STAGE]
        yield from (node for node in inside if not node.attached_to)
        yield from (node for node in inside if node.attached_to)

    def _stage(self, node: Node) -> str:
        """A frame around its steps, its name at the top; while it is under way, a second line inside."""
        box = self._drawing.shapes[node.id]
        name = self._named(node.id, node.name)
        now = self._statuses.get(node.id) is StepStatus.WAITING
        spoken = f"{self._words.stage}: {name}" + (f": {self._words.waiting}" if now else "")
        frame = rectangle(box, PAPER, f' rx="12" stroke="{INK}" stroke-width="{"2.5" if now else "1"}"')
        if now:
            inner = Box(box.x + 4, box.y + 4, box.width - 8, box.height - 8)
            frame += rectangle(inner, "none", f' rx="9" stroke="{INK}"')
        middle = (box.x + box.width / 2, box.y + 18)
        title = text_lines(wrapped(name, width=box.width - 30, lines=1), middle, ' font-weight="bold"')
        state = " process-stage--waiting" if now else ""
        return f'<g class="process-stage{state}"><title>{escape(spoken)}</title>{frame}{title}</g>'

    def _node(self, node: Node) -> str:
        box = self._drawing.shapes[node.id]
        if node.kind is NodeKind.STEP:
            return self._step(node, box)
        if node.trigger is not None:
            return self._trigger(node, box)
        passed = " process-node--passed" if node.id in self._passed_nodes else ""
        shape = self._gateway(node, box) if node.kind in _GATEWAYS else self._event(node, box)
        spoken = self._named(node.id, node.name) or self._unnamed(node.kind)
        label = self._label_below(node, box)
        return f'<g class="process-node{passed}"><title>{escape(spoken)}</title>{shape}{label}</g>'

    def _unnamed(self, kind: NodeKind) -> str:
        words = self._words
        return {
            NodeKind.START: words.start,
            NodeKind.END: words.end,
            NodeKind.EXCLUSIVE: words.exclusive,
            NodeKind.PARALLEL: words.parallel,
        }.get(kind, "")

    def _step(self, node: Node, box: Box) -> str:
        status = self._statuses.get(node.id)
        name = self._named(node.id, node.name)
        room = int((box.height - 12) // LINE_HEIGHT)
        text = text_lines(wrapped(name, width=box.width - 14, lines=max(room, 1)), box.middle, "")
        spoken = f"{name}: {self._words.status(status)}" if status else name
        state = f" process-step--{status.replace('_', '-')}" if status else ""
        fill, stroke = _STEP_LOOK[status]
        shape = rectangle(box, fill, f' rx="8" {stroke}') + self._mark(status, box)
        return f'<g class="process-step{state}"><title>{escape(spoken)}</title>{shape}{text}</g>'

    def _mark(self, status: StepStatus | None, box: Box) -> str:
        """A tick on what is finished; a second border and a pointer on what waits."""
        x, y = box.x + box.width, box.y
        if status is StepStatus.FINISHED:
            return (
                f'<circle cx="{px(x - 4)}" cy="{px(y + 4)}" r="9" fill="{INK}"/>'
                f'<path d="M{px(x - 8)} {px(y + 4)} l3 3.5 l5.5 -7" fill="none" stroke="{PAPER}" stroke-width="2"/>'
            )
        if status is StepStatus.WAITING:
            inner = Box(box.x + 4, box.y + 4, box.width - 8, box.height - 8)
            middle = box.x + box.width / 2
            pointer = f"M{px(middle - 9)} {px(y - 15)} h18 l-9 13 z"
            return rectangle(inner, "none", f' rx="5" stroke="{INK}"') + f'<path d="{pointer}" fill="{INK}"/>'
        return ""

    def _gateway(self, node: Node, box: Box) -> str:
        x, y = box.middle
        wide, high = box.width / 2, box.height / 2
        diamond = f"M{px(x)} {px(y - high)} L{px(x + wide)} {px(y)} L{px(x)} {px(y + high)} L{px(x - wide)} {px(y)} z"
        arm = min(wide, high) * (0.36 if node.kind is NodeKind.EXCLUSIVE else 0.5)
        a = px(arm)
        two = px(2 * arm)
        if node.kind is NodeKind.EXCLUSIVE:
            cross = f"M{px(x - arm)} {px(y - arm)} l{two} {two} m-{two} 0 l{two} -{two}"
        else:
            cross = f"M{px(x - arm)} {px(y)} h{two} m-{a} -{a} v{two}"
        width = "2.5" if node.id in self._passed_nodes else "1.5"
        return (
            f'<path d="{diamond}" fill="{PAPER}" stroke="{INK}" stroke-width="{width}"/>'
            f'<path d="{cross}" fill="none" stroke="{INK}" stroke-width="3"/>'
        )

    def _event(self, node: Node, box: Box) -> str:
        x, y = box.middle
        radius = min(box.width, box.height) / 2
        passed = node.id in self._passed_nodes
        fill = DONE if passed else PAPER
        width = "4" if node.kind is NodeKind.END else "2"
        ring = (
            f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius)}" fill="{fill}" stroke="{INK}" stroke-width="{width}"/>'
        )
        if not passed:
            return ring
        return ring + f'<path d="M{px(x - 6)} {px(y)} l4 5 l8 -10" fill="none" stroke="{INK}" stroke-width="2"/>'

    def _trigger(self, node: Node, box: Box) -> str:
        """Two circles, with a clock face for a timer and an envelope for a message in them."""
        status = self._statuses.get(node.id)
        x, y = box.middle
        radius = min(box.width, box.height) / 2
        fill = {StepStatus.WAITING: NOW, StepStatus.FINISHED: DONE}.get(status, PAPER) if status else PAPER
        width = "2.5" if status is StepStatus.WAITING else "1.5"
        rings = (
            f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius)}" fill="{fill}" stroke="{INK}" stroke-width="{width}"/>'
            f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius - 3)}" fill="none" stroke="{INK}"/>'
        )
        sign = clock_face if node.trigger is Trigger.TIMER else envelope
        kind = self._words.timer if node.trigger is Trigger.TIMER else self._words.message
        name = self._named(node.id, node.name)
        spoken = f"{kind}: {name}" + (f": {self._words.status(status)}" if status else "")
        state = f" process-event--{status.replace('_', '-')}" if status else ""
        drawn = rings + sign(x, y, radius * 0.5) + self._label_below(node, box)
        return f'<g class="process-event{state}"><title>{escape(spoken)}</title>{drawn}</g>'

    def _label_below(self, node: Node, box: Box) -> str:
        name = self._named(node.id, node.name)
        if not name:
            return ""
        placed = self._drawing.labels.get(node.id)
        if placed is not None:
            return text_lines(wrapped(name, width=max(placed.width, 60) * 1.15, lines=4), placed.middle, _HALO)
        lines = wrapped(name, width=110, lines=3)
        middle = box.y + box.height + 6 + len(lines) * LINE_HEIGHT / 2
        return text_lines(lines, (box.middle[0], middle), _HALO)

    def _note(self, note_id: str, text: str) -> str:
        box = self._drawing.shapes[note_id]
        rtl = self._direction == "rtl"
        edge = box.x + box.width if rtl else box.x
        inward = -10 if rtl else 10
        bracket = f"M{px(edge + inward)} {px(box.y)} H{px(edge)} v{px(box.height)} h{inward}"
        room = int(box.height // LINE_HEIGHT)
        lines = wrapped(self._named(note_id, text), width=box.width - 16, lines=max(room, 1))
        letters = text_lines(lines, box.middle, "")
        return f'<g class="process-note"><path d="{bracket}" fill="none" stroke="{GREY}"/>{letters}</g>'


_GATEWAYS = (NodeKind.EXCLUSIVE, NodeKind.PARALLEL)
_HALO = f' paint-order="stroke" stroke="{PAPER}" stroke-width="4" stroke-linejoin="round"'
_STEP_LOOK: Mapping[StepStatus | None, tuple[str, str]] = {
    None: (PAPER, f'stroke="{INK}" stroke-width="1.5"'),
    StepStatus.FINISHED: (DONE, f'stroke="{INK}" stroke-width="1.5"'),
    StepStatus.WAITING: (NOW, f'stroke="{INK}" stroke-width="2.5"'),
    StepStatus.NOT_YET: (PAPER, f'stroke="{GREY}" stroke-width="1.5" stroke-dasharray="6 4"'),
}
