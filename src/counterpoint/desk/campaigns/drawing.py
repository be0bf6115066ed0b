"""Pictures of a finding, made on the server so that they are there without a script; each has a table beside it.

The network carries what `frontend/campaigns.js` needs to pan, zoom and filter it.
"""

# ruff: noqa: E501 - markup and coordinates stand with what they draw

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from markupsafe import Markup

from counterpoint.kernel.coordination import pictures

_WIDTH, _HEIGHT, _EDGE = 840, 520, 24
_SMALLEST, _LARGEST = 4.0, 13.0
_MOST_PAIRS_LISTED = 50
_MOST_WEIGHTS = 12
_MOST_DAYS = 400
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Network = Mapping[str, Any]


def least_asked(text: str, drawn: Network) -> float:
    """The weight from which pairs are to be drawn, out of the address; 0 for anything odd."""
    try:
        asked = float(text)
    except ValueError:
        return 0
    return asked if asked in weights(drawn) else 0


def weights(drawn: Network) -> list[float]:
    """The weights to choose from, a dozen at most, the smallest first."""
    found = sorted({weight for _, _, weight in drawn["edges"]})
    if len(found) <= _MOST_WEIGHTS:
        return found
    return sorted({found[place * (len(found) - 1) // (_MOST_WEIGHTS - 1)] for place in range(_MOST_WEIGHTS)})


def network(drawn: Network, *, least: float) -> Markup:
    """Accounts as dots, larger with more posts, and the pairs between them from the weight `least` on."""
    nodes, edges = drawn["nodes"], [edge for edge in drawn["edges"] if edge[2] >= least]
    tied = {place for one, two, _ in edges for place in (one, two)}
    spots = [(_EDGE + node["x"] * (_WIDTH - 2 * _EDGE), _EDGE + node["y"] * (_HEIGHT - 2 * _EDGE)) for node in nodes]
    heaviest = max((weight for _, _, weight in edges), default=1) or 1
    most = max((node["posts"] for node in nodes), default=1) or 1
    lines = [
        f'<line data-weight="{weight:g}" data-one="{one}" data-two="{two}" x1="{spots[one][0]:.1f}" y1="{spots[one][1]:.1f}" '
        f'x2="{spots[two][0]:.1f}" y2="{spots[two][1]:.1f}" stroke="{pictures.INK}" '
        f'stroke-opacity="{0.12 + 0.5 * weight / heaviest:.2f}" stroke-width="{0.6 + 2.4 * weight / heaviest:.2f}"/>'
        for one, two, weight in edges
    ]
    dots = [
        f'<circle data-place="{place}" cx="{spots[place][0]:.1f}" cy="{spots[place][1]:.1f}" '
        f'r="{_SMALLEST + (_LARGEST - _SMALLEST) * (node["posts"] / most) ** 0.5:.1f}" fill="{pictures.MARK}" stroke="#ffffff" '
        f'fill-opacity="{1 if place in tied or not edges else 0.3}"><title>{escape(node["account"])}: {node["posts"]} posts</title></circle>'
        for place, node in enumerate(nodes)
    ]
    title = f"Network of {len(nodes)} accounts and {len(edges)} pairs"
    body = f"<g data-network-view>{''.join(lines)}{''.join(dots)}</g>"
    return Markup(pictures.svg(_WIDTH, _HEIGHT, title, body))  # noqa: S704 - numbers, and names that were escaped


def pairs(drawn: Network, *, least: float) -> list[tuple[str, str, float]]:
    """The heaviest pairs by name, for the table beside the network."""
    names = [node["account"] for node in drawn["nodes"]]
    kept = sorted((edge for edge in drawn["edges"] if edge[2] >= least), key=lambda edge: -edge[2])
    return [(names[one], names[two], weight) for one, two, weight in kept[:_MOST_PAIRS_LISTED]]


def timeline(times: Sequence[int]) -> Markup:
    """Posts over the finding's time, in equal spans."""
    first, last = min(times, default=0), max(times, default=0)
    counts = pictures.spans(times, first=first, last=last)
    return Markup(pictures.timeline(counts, title="Posts that are the evidence, over time"))  # noqa: S704 - numbers only


def posts_by_day(times: Sequence[int]) -> list[tuple[str, int]]:
    """Day in UTC and posts, days without any left out."""
    counts: dict[str, int] = {}
    for at in sorted(times):
        day = moment_of(at).strftime("%Y-%m-%d")
        counts[day] = counts.get(day, 0) + 1
    return list(counts.items())[:_MOST_DAYS]


def heat_map(times: Sequence[int]) -> Markup:
    """Posts by weekday and hour in UTC."""
    counts = pictures.by_weekday_and_hour(times)
    return Markup(pictures.heat_map(counts, title="Posts that are the evidence, by weekday and hour (UTC)"))  # noqa: S704 - numbers only


def hours(times: Sequence[int]) -> list[tuple[str, list[int]]]:
    """The heat map's numbers, a row for each weekday."""
    return list(zip(_DAYS, pictures.by_weekday_and_hour(times), strict=True))


def moment_of(seconds: int) -> datetime:
    """Epoch seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)
