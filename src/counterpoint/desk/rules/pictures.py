"""Bars beside tables: drawn on the server, told to those who do not see them by the table that stands beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from counterpoint.kernel.processes import Process, diagram, difference_diagram

_WIDTH, _LABEL, _BAR, _GAP, _ROOM = 640, 230, 18, 14, 70
_BEFORE, _AFTER, _INK = "#505a5f", "#1d70b8", "#0b0c0c"


@dataclass(frozen=True)
class Pair:
    """Two counts of one thing: by the table in force, and by the draft."""

    label: str
    before: int
    after: int


def pairs(rows: Sequence[Pair], *, title: str) -> Markup:
    """Two bars a row, the upper by the table in force. title: what the picture shows, for whoever cannot see it."""
    longest = max((max(row.before, row.after) for row in rows), default=0) or 1
    step = 2 * _BAR + _GAP
    height = step * len(rows) + 40
    parts = [
        Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="100%" font-family="inherit">').format(
            title, _WIDTH, height
        ),
        _key(),
    ]
    for number, row in enumerate(rows):
        top = 40 + number * step
        parts.append(_text(0, top + _BAR + 5, row.label, 15))
        for place, (count, colour) in enumerate(((row.before, _BEFORE), (row.after, _AFTER))):
            width = round((_WIDTH - _LABEL - _ROOM) * count / longest)
            y = top + place * _BAR
            parts.append(
                Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                    _LABEL, y, width, _BAR - 2, colour
                )
            )
            parts.append(_text(_LABEL + width + 6, y + _BAR - 5, f"{count:,}", 13))
    return Markup("").join([*parts, Markup("</svg>")])


def processes(changed: Mapping[str, tuple[Process | None, Process]]) -> dict[str, Markup]:
    """Each process that was changed, with what differs marked in it, by its path; a new one as it is."""
    return {
        path: Markup(difference_diagram(old, new) if old is not None else diagram(new))  # noqa: S704 - drawn and escaped by the kernel
        for path, (old, new) in changed.items()
    }


def _key() -> Markup:
    words = ((_BEFORE, "Table in force", _LABEL), (_AFTER, "Draft", _LABEL + 140))
    return Markup("").join(
        Markup('<rect x="{}" y="8" width="14" height="14" fill="{}"/>').format(x, colour) + _text(x + 20, 20, word, 14)
        for colour, word, x in words
    )


def _text(x: int, y: int, words: str, size: int) -> Markup:
    return Markup('<text x="{}" y="{}" font-size="{}" fill="{}">{}</text>').format(x, y, size, _INK, words)
