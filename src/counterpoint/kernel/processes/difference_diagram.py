"""Two versions of a process in one picture: the new one, with what is added, changed, moved and removed marked on it.

What was removed is drawn where it was when nothing stands there now, else in a strip below. Each mark has a sign and a
line of its own besides its colour: plus, minus, not-equal, two-way arrow; solid, dashed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .diagram import DiagramWords, Direction, Picture
from .difference import Change, Difference, difference
from .lettering import FONT_SIZE, LINE_HEIGHT, wrapped
from .model import Box, Drawing, Node, NodeKind, Process
from .shapes import MARGIN, PAPER, frame_of, path_of, px, rectangle, text_lines

_ROOM = 6
_STRIP_BOX = (120.0, 50.0)
_LOOK: Mapping[Change, tuple[str, str, str]] = {
    Change.ADDED: ("#00703c", "+", ""),
    Change.REMOVED: ("#d4351c", "−", ' stroke-dasharray="7 4"'),
    Change.CHANGED: ("#1d70b8", "≠", ""),
    Change.MOVED: ("#4c2c92", "↔", ' stroke-dasharray="12 3"'),
}


@dataclass(frozen=True)
class DifferenceWords:
    """What the picture says by itself, in the reader's language."""

    added: str = "added"
    removed: str = "removed"
    changed: str = "changed"
    moved: str = "moved"

    def of(self, change: Change) -> str:
        return {
            Change.ADDED: self.added,
            Change.REMOVED: self.removed,
            Change.CHANGED: self.changed,
            Change.MOVED: self.moved,
        }[change]


def difference_diagram(
    old: Process,
    new: Process,
    *,
    language_direction: Direction = "ltr",
    words: DiagramWords | None = None,
    difference_words: DifferenceWords | None = None,
) -> str:
    """An inline <svg> of the new version with the differences marked, and a legend. Safe as `diagram` is."""
    said = difference_words or DifferenceWords()
    return _DifferencePicture(old, new, language_direction, words or DiagramWords(), said).svg()


class _DifferencePicture(Picture):
    def __init__(
        self, old: Process, new: Process, direction: Direction, words: DiagramWords, said: DifferenceWords
    ) -> None:
        self._old = old
        self._said = said
        self._difference: Difference = difference(old, new)
        ghosts = _ghosts(old, new)
        frame = frame_of(Drawing({**new.drawing.shapes, **ghosts}, new.drawing.labels, new.drawing.edges))
        below = frame.y + frame.height
        legend = Box(frame.x + MARGIN, below, 4 * 110.0, 34.0)
        super().__init__(new, None, direction, words, frame=Box(frame.x, frame.y, frame.width, frame.height + 44))
        self._ghosts = self._turned(Drawing(ghosts)).shapes
        self._legend = self._turned(Drawing({"legend": legend})).shapes["legend"]
        self._old_edges = self._turned(old.drawing).edges

    def _overlay(self) -> Iterator[str]:
        for flow_id, change in self._difference.flows.items():
            yield self._marked_way(self._drawing.edges[flow_id], change)
        for flow_id in self._difference.removed_flows:
            if self._still_in_place(flow_id):
                yield self._marked_way(self._old_edges[flow_id], Change.REMOVED)
        for node_id, box in self._ghosts.items():
            yield self._ghost(self._old.nodes[node_id], box)
        for node_id, change in self._difference.nodes.items():
            if change is not Change.REMOVED:
                yield self._marked(self._process.nodes[node_id], change)
        yield from self._legend_parts()

    def _still_in_place(self, flow_id: str) -> bool:
        """Whether both ends of a removed way are where they were, so that it can be drawn as it was."""
        flow = next(one for one in self._old.flows if one.id == flow_id)
        places = {**self._process.drawing.shapes, **_ghosts(self._old, self._process)}
        return all(places.get(end) == self._old.drawing.shapes[end] for end in (flow.source, flow.target))

    def _marked_way(self, points: tuple[tuple[float, float], ...], change: Change) -> str:
        colour, sign, dashes = _LOOK[change]
        line = f'<path d="{path_of(points)}" fill="none" stroke="{colour}" stroke-width="3"{dashes}/>'
        (x, y), (to_x, to_y) = points[0], points[1]
        badge = _badge((x + to_x) / 2, (y + to_y) / 2, colour, sign)
        return f'<g class="process-flow--{change}"><title>{escape(self._said.of(change))}</title>{line}{badge}</g>'

    def _marked(self, node: Node, change: Change) -> str:
        colour, sign, dashes = _LOOK[change]
        box = self._drawing.shapes[node.id]
        wide = Box(box.x - _ROOM / 2, box.y - _ROOM / 2, box.width + _ROOM, box.height + _ROOM)
        outline = rectangle(wide, "none", f' rx="10" stroke="{colour}" stroke-width="3"{dashes}')
        spoken = f"{self._named(node.id, node.name) or node.id}: {self._said.of(change)}"
        badge = _badge(wide.x, wide.y, colour, sign)
        return f'<g class="process-node--{change}"><title>{escape(spoken)}</title>{outline}{badge}</g>'

    def _ghost(self, node: Node, box: Box) -> str:
        colour, sign, dashes = _LOOK[Change.REMOVED]
        shape = rectangle(box, PAPER, f' rx="8" stroke="{colour}" stroke-width="2"{dashes}')
        room = max(int((box.height - 6) // LINE_HEIGHT), 1)
        name = node.name or node.id
        text = text_lines(wrapped(name, width=max(box.width - 10, 30), lines=room), box.middle, "")
        spoken = f"{name}: {self._said.removed}"
        badge = _badge(box.x, box.y, colour, sign)
        return f'<g class="process-node--removed"><title>{escape(spoken)}</title>{shape}{text}{badge}</g>'

    def _legend_parts(self) -> Iterator[str]:
        """One sign each with its word, in a row."""
        for number, (change, (colour, sign, _)) in enumerate(_LOOK.items()):
            x = self._legend.x + number * 110 + 12
            y = self._legend.y + self._legend.height / 2
            word = text_lines((self._said.of(change),), (x + 50, y), "")
            yield f'<g class="process-legend">{_badge(x, y, colour, sign)}{word}</g>'


def _badge(x: float, y: float, colour: str, sign: str) -> str:
    letters = (
        f'<text x="{px(x)}" y="{px(y + FONT_SIZE * 0.36)}" text-anchor="middle" fill="{PAPER}" font-weight="bold">'
    )
    return f'<circle cx="{px(x)}" cy="{px(y)}" r="9" fill="{colour}"/>{letters}{sign}</text>'


def _ghosts(old: Process, new: Process) -> dict[str, Box]:
    """Where each removed node is drawn: in its old place, or in a row below everything."""
    taken = [new.drawing.shapes[node.id] for node in new.nodes.values() if node.kind is not NodeKind.STAGE]
    frame = frame_of(new.drawing)
    ghosts: dict[str, Box] = {}
    in_row = 0
    for node in old.nodes.values():
        if node.id in new.nodes:
            continue
        box = old.drawing.shapes[node.id]
        if node.kind is NodeKind.STAGE or not _inside(box, frame) or any(_overlap(box, other) for other in taken):
            wide, high = _STRIP_BOX
            box = Box(frame.x + MARGIN + in_row * (wide + 20), frame.y + frame.height + MARGIN, wide, high)
            in_row += 1
        ghosts[node.id] = box
    return ghosts


def _overlap(one: Box, other: Box) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (apart or one.y + one.height <= other.y or other.y + other.height <= one.y)


def _inside(box: Box, frame: Box) -> bool:
    across = frame.x <= box.x and box.x + box.width <= frame.x + frame.width
    return across and frame.y <= box.y and box.y + box.height <= frame.y + frame.height
