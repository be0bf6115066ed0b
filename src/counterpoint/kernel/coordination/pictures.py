"""Pictures of findings as inline SVG. Every picture has a title, and a table beside it in the report says the same."""

# ruff: noqa: E501 - markup and coordinates stand with what they draw

from collections.abc import Sequence
from html import escape
from math import cos, pi, sin

DAY, HOUR = 86_400, 3_600
INK, QUIET, MARK = "#1d3557", "#c9d3df", "#b3541e"
PALETTE = ("#1d3557", "#b3541e", "#2a7f62", "#7d3c98", "#8a6d00", "#a61e4d", "#0b7285", "#5c4033")


def svg(width: int, height: int, title: str, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def network(groups: Sequence[tuple[str, int, Sequence[tuple[int, int, float]]]]) -> str:
    """Each group as a ring of its accounts with the pairs between them. groups: name, accounts, (one, two, weight)."""
    columns, cell = 4, 210
    rows = max(1, (len(groups) + columns - 1) // columns)
    parts = []
    for number, (name, size, edges) in enumerate(groups):
        x, y = (number % columns) * cell + cell / 2, (number // columns) * cell + cell / 2 - 8
        radius = min(82, 26 + size * 2)
        spots = [
            (x + radius * cos(2 * pi * place / max(size, 1)), y + radius * sin(2 * pi * place / max(size, 1)))
            for place in range(size)
        ]
        heaviest = max((weight for _, _, weight in edges), default=1) or 1
        colour = PALETTE[number % len(PALETTE)]
        parts += [
            f'<line x1="{spots[one][0]:.1f}" y1="{spots[one][1]:.1f}" x2="{spots[two][0]:.1f}" y2="{spots[two][1]:.1f}" '
            f'stroke="{colour}" stroke-opacity="{0.12 + 0.5 * weight / heaviest:.2f}"/>'
            for one, two, weight in edges
        ]
        parts += [f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.2" fill="{colour}"/>' for left, top in spots]
        parts.append(
            f'<text x="{x:.0f}" y="{y + 108:.0f}" text-anchor="middle" font-size="12" fill="{INK}">{escape(name)} ({size})</text>'
        )
    return svg(columns * cell, rows * cell + 10, "Accounts of each finding and the pairs between them", "".join(parts))


def timeline(counts: Sequence[int], *, title: str, width: int = 840, height: int = 120, colour: str = INK) -> str:
    """Bars of equal spans of time, from the first post to the last."""
    most = max(counts, default=0) or 1
    step = width / max(len(counts), 1)
    bars = "".join(
        f'<rect x="{place * step:.1f}" y="{height - 14 - (height - 20) * count / most:.1f}" width="{max(step - 1, 0.6):.1f}" '
        f'height="{(height - 20) * count / most:.1f}" fill="{colour}"/>'
        for place, count in enumerate(counts) if count
    )  # fmt: skip
    base = f'<line x1="0" x2="{width}" y1="{height - 14}" y2="{height - 14}" stroke="{QUIET}"/>'
    return svg(width, height, title, base + bars)


def heat_map(counts: Sequence[Sequence[int]], *, title: str) -> str:
    """Posts by weekday (Monday first) and hour of the day, in UTC: seven rows of twenty-four."""
    most = max((count for row in counts for count in row), default=0) or 1
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    parts = []
    for day, row in enumerate(counts):
        parts.append(f'<text x="0" y="{day * 18 + 26}" font-size="11" fill="{INK}">{names[day]}</text>')
        parts += [
            f'<rect x="{34 + hour * 22}" y="{day * 18 + 14}" width="21" height="17" fill="{MARK}" fill-opacity="{0.04 + 0.96 * count / most:.3f}"/>'
            for hour, count in enumerate(row)
        ]
    parts += [
        f'<text x="{34 + hour * 22}" y="10" font-size="10" fill="{INK}">{hour:02d}</text>' for hour in range(0, 24, 3)
    ]
    return svg(34 + 24 * 22, 7 * 18 + 16, title, "".join(parts))


def spans(times: Sequence[int], *, first: int, last: int, number: int = 120) -> list[int]:
    """How many of the times fall in each of equal spans."""
    counts = [0] * number
    length = max(last - first + 1, 1)
    for at in times:
        counts[min(max((at - first) * number // length, 0), number - 1)] += 1
    return counts


def by_weekday_and_hour(times: Sequence[int]) -> list[list[int]]:
    counts = [[0] * 24 for _ in range(7)]
    for at in times:
        counts[(at // DAY + 3) % 7][at % DAY // HOUR] += 1  # 1 January 1970 was a Thursday
    return counts
