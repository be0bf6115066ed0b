"""The few shapes that pictures of processes are made of."""

from itertools import pairwise
from xml.sax.saxutils import escape

from .lettering import FONT_SIZE, LINE_HEIGHT
from .model import Box, Drawing

INK = "#0b0c0c"
GREY = "#505a5f"
PAPER = "#ffffff"
LANE = "#f3f2f1"
DONE = "#e3f1ea"
NOW = "#fff7bf"
MARGIN = 10


def clock_face(x: float, y: float, size: float) -> str:
    """The sign of a timer."""
    return (
        f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(size)}" fill="none" stroke="{INK}"/>'
        f'<path d="M{px(x)} {px(y - size * 0.75)} V{px(y)} H{px(x + size * 0.6)}" fill="none" stroke="{INK}"/>'
    )


def envelope(x: float, y: float, size: float) -> str:
    """The sign of a message."""
    left, top, wide, high = x - size, y - size * 0.7, size * 2, size * 1.4
    return (
        f'<path d="M{px(left)} {px(top)} h{px(wide)} v{px(high)} h-{px(wide)} z M{px(left)} {px(top)} '
        f'L{px(x)} {px(y + size * 0.1)} L{px(left + wide)} {px(top)}" fill="none" stroke="{INK}"/>'
    )


def px(number: float) -> str:
    """With one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")


def rectangle(box: Box, fill: str, more: str = "") -> str:
    """more: attributes; a thin grey border where there are none."""
    attributes = more or f' stroke="{GREY}"'
    place = f'x="{px(box.x)}" y="{px(box.y)}" width="{px(box.width)}" height="{px(box.height)}"'
    return f'<rect {place} fill="{fill}"{attributes}/>'


def text_lines(lines: tuple[str, ...], middle: tuple[float, float], more: str) -> str:
    """Lines of text around a middle."""
    x, y = middle
    top = y - (len(lines) - 1) * LINE_HEIGHT / 2 + FONT_SIZE * 0.35
    spans = "".join(
        f'<tspan x="{px(x)}" y="{px(top + n * LINE_HEIGHT)}">{escape(line)}</tspan>' for n, line in enumerate(lines)
    )
    return f'<text text-anchor="middle"{more}>{spans}</text>'


def path_of(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + " L".join(f"{px(x)} {px(y)}" for x, y in points)


def beside_longest(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], float]:
    """The middle of the longest stretch, and how much room there is along it."""
    pairs = list(pairwise(points))
    (x, y), (to_x, to_y) = max(pairs, key=lambda pair: abs(pair[1][0] - pair[0][0]) + abs(pair[1][1] - pair[0][1]))
    return ((x + to_x) / 2, (y + to_y) / 2), max(abs(to_x - x), 60.0)


def frame_of(drawing: Drawing) -> Box:
    """All that a drawing shows, with a margin."""
    boxes = [*drawing.shapes.values(), *drawing.labels.values()]
    xs = [x for way in drawing.edges.values() for x, _ in way] + [x for b in boxes for x in (b.x, b.x + b.width)]
    ys = [y for way in drawing.edges.values() for _, y in way] + [y for b in boxes for y in (b.y, b.y + b.height)]
    x, y = min(xs) - MARGIN, min(ys) - MARGIN - LINE_HEIGHT
    return Box(x, y, max(xs) + MARGIN - x, max(ys) + MARGIN - y)


def mirrored(drawing: Drawing, frame: Box) -> Drawing:
    """The drawing turned within a frame, so that its left is its right."""

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
