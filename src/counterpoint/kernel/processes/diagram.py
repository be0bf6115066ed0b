"""The process as an SVG picture, drawn from the places that its author gave everything.

It has no script and no style attributes, so it stands on a page under a strict content security policy; colours are
presentation attributes that a style sheet may replace by class. What is finished, what waits and what is still to
come differ in shape as well as colour: a tick, a double border with a pointer, a dashed border.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal
from xml.sax.saxutils import escape

from .lettering import FONT_SIZE, LINE_HEIGHT, wrapped
from .model import Box, Drawing, Flow, Node, NodeKind, Process, Trigger
from .state import State, standing
from .words import StepStatus, diagram_in_words, events_in_words

Direction = Literal["ltr", "rtl"]

INK = "#0b0c0c"
GREY = "#505a5f"
PAPER = "#ffffff"
LANE = "#f3f2f1"
DONE = "#e3f1ea"
NOW = "#fff7bf"
_MARGIN = 10
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
    return _Picture(process, state, language_direction, words or DiagramWords()).svg()


class _Picture:
    def __init__(self, process: Process, state: State | None, direction: Direction, words: DiagramWords) -> None:
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
        self._frame = _frame(process.drawing)
        self._drawing = _mirrored(process.drawing, self._frame) if direction == "rtl" else process.drawing
        self._id = f"process-{process.hash[:12]}"

    # --- the whole

    def svg(self) -> str:
        frame, name = self._frame, self._id
        view = f"{_n(frame.x)} {_n(frame.y)} {_n(frame.width)} {_n(frame.height)}"
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="process-diagram" role="img" direction="{self._direction}" '
            f'aria-labelledby="{name}-title {name}-desc" viewBox="{view}" width="{_n(frame.width)}" '
            f'height="{_n(frame.height)}" font-family="arial, sans-serif" font-size="{FONT_SIZE}" fill="{INK}">'
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
            "</svg>",
        ]
        return "\n".join(part for part in parts if part)

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
        return (
            f'<g class="process-pool">{_rect(box, PAPER)}{self._strip(box, self._named(pool_id, name), bold=True)}</g>'
        )

    def _lane(self, lane_id: str, name: str) -> str:
        box = self._drawing.shapes[lane_id]
        spoken = name.replace("_", " ").capitalize() if _PLAIN_NAME.fullmatch(name) else name
        return f'<g class="process-lane">{_rect(box, PAPER)}{self._strip(box, self._named(lane_id, spoken))}</g>'

    def _strip(self, box: Box, name: str, *, bold: bool = False) -> str:
        """The title along the short side at which reading begins, turned so that it runs upwards."""
        x = box.x + box.width - _STRIP if self._direction == "rtl" else box.x
        strip = Box(x, box.y, _STRIP, box.height)
        middle_x, middle_y = strip.middle
        lines = wrapped(name, width=box.height - 10, lines=2)
        weight = ' font-weight="bold"' if bold else ""
        text = _lines(lines, (middle_x, middle_y), f'{weight} transform="rotate(-90 {_n(middle_x)} {_n(middle_y)})"')
        return _rect(strip, LANE) + text

    # --- flows

    def _line(self, edge: str) -> str:
        points = self._drawing.edges[edge]
        return (
            f'<path class="process-association" d="{_way(points)}" fill="none" stroke="{GREY}" stroke-dasharray="1 4"/>'
        )

    def _flow(self, flow: Flow) -> str:
        passed = flow.id in self._passed_flows
        points = self._drawing.edges[flow.id]
        kind, width, colour = ("passed", "2.5", INK) if passed else ("arrow", "1.5", GREY)
        state = " process-flow--passed" if passed else ""
        line = (
            f'<path class="process-flow{state}" d="{_way(points)}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}" stroke-linejoin="round" marker-end="url(#{self._id}-{kind})"/>'
        )
        return line + (self._default_mark(points, colour) if flow.is_default else "")

    def _default_mark(self, points: tuple[tuple[float, float], ...], colour: str) -> str:
        """The short stroke across the beginning of a flow that BPMN draws for "otherwise"."""
        (x, y), (to_x, to_y) = points[0], points[1]
        length = max(abs(to_x - x), abs(to_y - y), 1)
        x, y = x + 10 * (to_x - x) / length, y + 10 * (to_y - y) / length
        return f'<path d="M{_n(x - 4)} {_n(y + 5)} L{_n(x + 4)} {_n(y - 5)}" stroke="{colour}" stroke-width="1.5"/>'

    def _flow_label(self, flow: Flow) -> str:
        name = self._named(flow.id, flow.name)
        if not name:
            return ""
        box = self._drawing.labels.get(flow.id)
        if box is None:
            (x, y), room = _beside_longest(self._drawing.edges[flow.id])
            lines = wrapped(name, width=max(room - 16, 60), lines=3)
            return _lines(lines, (x, y - 3 - len(lines) * LINE_HEIGHT / 2), _HALO)
        return _lines(wrapped(name, width=max(box.width, 60) * 1.15, lines=4), box.middle, _HALO)

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
        frame = _rect(box, PAPER, f' rx="12" stroke="{INK}" stroke-width="{"2.5" if now else "1"}"')
        if now:
            inner = Box(box.x + 4, box.y + 4, box.width - 8, box.height - 8)
            frame += _rect(inner, "none", f' rx="9" stroke="{INK}"')
        middle = (box.x + box.width / 2, box.y + 18)
        title = _lines(wrapped(name, width=box.width - 30, lines=1), middle, ' font-weight="bold"')
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
        text = _lines(wrapped(name, width=box.width - 14, lines=max(room, 1)), box.middle, "")
        spoken = f"{name}: {self._words.status(status)}" if status else name
        state = f" process-step--{status.replace('_', '-')}" if status else ""
        fill, stroke = _STEP_LOOK[status]
        shape = _rect(box, fill, f' rx="8" {stroke}') + self._mark(status, box)
        return f'<g class="process-step{state}"><title>{escape(spoken)}</title>{shape}{text}</g>'

    def _mark(self, status: StepStatus | None, box: Box) -> str:
        """A tick on what is finished; a second border and a pointer on what waits."""
        x, y = box.x + box.width, box.y
        if status is StepStatus.FINISHED:
            return (
                f'<circle cx="{_n(x - 4)}" cy="{_n(y + 4)}" r="9" fill="{INK}"/>'
                f'<path d="M{_n(x - 8)} {_n(y + 4)} l3 3.5 l5.5 -7" fill="none" stroke="{PAPER}" stroke-width="2"/>'
            )
        if status is StepStatus.WAITING:
            inner = Box(box.x + 4, box.y + 4, box.width - 8, box.height - 8)
            middle = box.x + box.width / 2
            pointer = f"M{_n(middle - 9)} {_n(y - 15)} h18 l-9 13 z"
            return _rect(inner, "none", f' rx="5" stroke="{INK}"') + f'<path d="{pointer}" fill="{INK}"/>'
        return ""

    def _gateway(self, node: Node, box: Box) -> str:
        x, y = box.middle
        wide, high = box.width / 2, box.height / 2
        diamond = f"M{_n(x)} {_n(y - high)} L{_n(x + wide)} {_n(y)} L{_n(x)} {_n(y + high)} L{_n(x - wide)} {_n(y)} z"
        arm = min(wide, high) * (0.36 if node.kind is NodeKind.EXCLUSIVE else 0.5)
        a = _n(arm)
        two = _n(2 * arm)
        if node.kind is NodeKind.EXCLUSIVE:
            cross = f"M{_n(x - arm)} {_n(y - arm)} l{two} {two} m-{two} 0 l{two} -{two}"
        else:
            cross = f"M{_n(x - arm)} {_n(y)} h{two} m-{a} -{a} v{two}"
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
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{INK}" stroke-width="{width}"/>'
        )
        if not passed:
            return ring
        return ring + f'<path d="M{_n(x - 6)} {_n(y)} l4 5 l8 -10" fill="none" stroke="{INK}" stroke-width="2"/>'

    def _trigger(self, node: Node, box: Box) -> str:
        """Two circles, with a clock face for a timer and an envelope for a message in them."""
        status = self._statuses.get(node.id)
        x, y = box.middle
        radius = min(box.width, box.height) / 2
        fill = {StepStatus.WAITING: NOW, StepStatus.FINISHED: DONE}.get(status, PAPER) if status else PAPER
        width = "2.5" if status is StepStatus.WAITING else "1.5"
        rings = (
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{INK}" stroke-width="{width}"/>'
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius - 3)}" fill="none" stroke="{INK}"/>'
        )
        sign = _clock_face if node.trigger is Trigger.TIMER else _envelope
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
            return _lines(wrapped(name, width=max(placed.width, 60) * 1.15, lines=4), placed.middle, _HALO)
        lines = wrapped(name, width=110, lines=3)
        middle = box.y + box.height + 6 + len(lines) * LINE_HEIGHT / 2
        return _lines(lines, (box.middle[0], middle), _HALO)

    def _note(self, note_id: str, text: str) -> str:
        box = self._drawing.shapes[note_id]
        rtl = self._direction == "rtl"
        edge = box.x + box.width if rtl else box.x
        inward = -10 if rtl else 10
        bracket = f"M{_n(edge + inward)} {_n(box.y)} H{_n(edge)} v{_n(box.height)} h{inward}"
        room = int(box.height // LINE_HEIGHT)
        lines = wrapped(self._named(note_id, text), width=box.width - 16, lines=max(room, 1))
        letters = _lines(lines, box.middle, "")
        return f'<g class="process-note"><path d="{bracket}" fill="none" stroke="{GREY}"/>{letters}</g>'


_GATEWAYS = (NodeKind.EXCLUSIVE, NodeKind.PARALLEL)
_HALO = f' paint-order="stroke" stroke="{PAPER}" stroke-width="4" stroke-linejoin="round"'
_STEP_LOOK: Mapping[StepStatus | None, tuple[str, str]] = {
    None: (PAPER, f'stroke="{INK}" stroke-width="1.5"'),
    StepStatus.FINISHED: (DONE, f'stroke="{INK}" stroke-width="1.5"'),
    StepStatus.WAITING: (NOW, f'stroke="{INK}" stroke-width="2.5"'),
    StepStatus.NOT_YET: (PAPER, f'stroke="{GREY}" stroke-width="1.5" stroke-dasharray="6 4"'),
}


def _clock_face(x: float, y: float, size: float) -> str:
    return (
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(size)}" fill="none" stroke="{INK}"/>'
        f'<path d="M{_n(x)} {_n(y - size * 0.75)} V{_n(y)} H{_n(x + size * 0.6)}" fill="none" stroke="{INK}"/>'
    )


def _envelope(x: float, y: float, size: float) -> str:
    left, top, wide, high = x - size, y - size * 0.7, size * 2, size * 1.4
    return (
        f'<path d="M{_n(left)} {_n(top)} h{_n(wide)} v{_n(high)} h-{_n(wide)} z M{_n(left)} {_n(top)} '
        f'L{_n(x)} {_n(y + size * 0.1)} L{_n(left + wide)} {_n(top)}" fill="none" stroke="{INK}"/>'
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _rect(box: Box, fill: str, more: str = "") -> str:
    attributes = more or f' stroke="{GREY}"'
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
    return f'<rect {place} fill="{fill}"{attributes}/>'


def _lines(lines: tuple[str, ...], middle: tuple[float, float], more: str) -> str:
    x, y = middle
    top = y - (len(lines) - 1) * LINE_HEIGHT / 2 + FONT_SIZE * 0.35
    spans = "".join(
        f'<tspan x="{_n(x)}" y="{_n(top + n * LINE_HEIGHT)}">{escape(line)}</tspan>' for n, line in enumerate(lines)
    )
    return f'<text text-anchor="middle"{more}>{spans}</text>'


def _way(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _beside_longest(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], float]:
    """The middle of the longest stretch, and how much room there is along it."""
    pairs = list(pairwise(points))
    (x, y), (to_x, to_y) = max(pairs, key=lambda pair: abs(pair[1][0] - pair[0][0]) + abs(pair[1][1] - pair[0][1]))
    return ((x + to_x) / 2, (y + to_y) / 2), max(abs(to_x - x), 60.0)


def _frame(drawing: Drawing) -> Box:
    boxes = [*drawing.shapes.values(), *drawing.labels.values()]
    xs = [x for way in drawing.edges.values() for x, _ in way] + [x for b in boxes for x in (b.x, b.x + b.width)]
    ys = [y for way in drawing.edges.values() for _, y in way] + [y for b in boxes for y in (b.y, b.y + b.height)]
    x, y = min(xs) - _MARGIN, min(ys) - _MARGIN - LINE_HEIGHT
    return Box(x, y, max(xs) + _MARGIN - x, max(ys) + _MARGIN - y)


def _mirrored(drawing: Drawing, frame: Box) -> Drawing:
    def over(x: float) -> float:
        return 2 * frame.x + frame.width - x

    def box(old: Box) -> Box:
        return Box(over(old.x + old.width), old.y, old.width, old.height)

    return Drawing(
        {name: box(old) for name, old in drawing.shapes.items()},
        {name: box(old) for name, old in drawing.labels.items()},
        {name: tuple((over(x), y) for x, y in way) for name, way in drawing.edges.items()},
        drawing.notes,
    )
