"""Bars of a monitoring table, made on the server so that they are there without a script; the table stands beside it.

They are drawn from the protected figures alone, so that a length tells no more than the table.
"""

# ruff: noqa: E501 - markup and coordinates stand with what they draw

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from counterpoint.support.selectors.monitoring import Table

_WIDTH, _LABEL, _ROW, _BAR, _NUMBER = 840, 254, 34, 20, 60
_INK = "#0b0c0c"
# Told apart by lightness and by their borders too; the legend and the table name them.
_COLOURS = ("#1d70b8", "#5694ca", "#b1b4b6", "#505a5f", "#f3f2f1", "#ffffff", "#dbd5e9")


def legend(table: Table) -> Sequence[tuple[str, Markup]]:
    """Each column with its colour, as a small picture."""
    return [(label, _swatch(place)) for place, label in enumerate(table.columns[:-1])]


def bars(table: Table, *, title: str) -> Markup:
    """A bar for each row but the last, in parts by column."""
    rows = table.rows[:-1]
    most = max((sum(count or 0 for count in counts[:-1]) for _, counts in rows), default=0) or 1
    scale = (_WIDTH - _LABEL - _NUMBER) / most
    parts = [_bar(place, label, counts, scale) for place, (label, counts) in enumerate(rows)]
    height = len(rows) * _ROW + 4
    return Markup(  # noqa: S704 - numbers, and labels that were escaped
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _bar(place: int, label: str, counts: Sequence[int | None], scale: float) -> str:
    top, left = place * _ROW + (_ROW - _BAR) / 2, float(_LABEL)
    drawn = [f'<text x="4" y="{top + 15:.0f}" font-size="16" fill="{_INK}">{escape(label)}</text>']
    for column, count in enumerate(counts[:-1]):
        width = (count or 0) * scale
        if width:
            drawn.append(_part(left, top, width, _COLOURS[column % len(_COLOURS)]))
        left += width
    total = counts[-1]
    text = "–" if total is None else str(total)
    drawn.append(f'<text x="{left + 8:.1f}" y="{top + 15:.0f}" font-size="16" fill="{_INK}">{text}</text>')
    return "".join(drawn)


def _part(left: float, top: float, width: float, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BAR}" fill="{colour}" stroke="{_INK}"/>'


def _swatch(place: int) -> Markup:
    part = _part(1, 1, 20, _COLOURS[place % len(_COLOURS)])
    return Markup(f'<svg viewBox="0 0 22 22" width="22" height="22" aria-hidden="true">{part}</svg>')  # noqa: S704 - a colour of ours
