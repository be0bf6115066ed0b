"""Where each account of a finding is drawn: those tied more strongly lie nearer. The same network, the same places."""

from collections.abc import Sequence
from math import cos, pi, sin

import numpy as np

_ROUNDS = 120
_ALONE = 2


def placed(size: int, edges: Sequence[tuple[int, int, float]]) -> list[tuple[float, float]]:
    """A place in the unit square for each of `size` accounts. edges: (one, two, weight).
    Source: Fruchterman and Reingold 1991, from a circle, without chance."""
    if size == 0:
        return []
    if size < _ALONE:
        return [(0.5, 0.5)]
    angles = [2 * pi * place / size for place in range(size)]
    spots = np.array([(cos(angle), sin(angle)) for angle in angles])
    ties = np.zeros((size, size))
    heaviest = max((weight for _, _, weight in edges), default=1.0) or 1.0
    for one, two, weight in edges:
        ties[one, two] = ties[two, one] = 0.2 + 0.8 * weight / heaviest
    ideal = 2 / np.sqrt(size)
    for step in range(_ROUNDS):
        between = spots[:, None, :] - spots[None, :, :]
        apart = np.maximum(np.hypot(between[..., 0], between[..., 1]), 1e-6)
        push = ideal**2 / apart**2
        pull = ties * apart / ideal
        moved = (between * (push - pull)[..., None]).sum(axis=1) - 0.05 * spots
        length = np.maximum(np.hypot(moved[:, 0], moved[:, 1]), 1e-9)
        most = 0.15 * (1 - step / _ROUNDS)
        spots += moved * (np.minimum(length, most) / length)[:, None]
    low, high = spots.min(axis=0), spots.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    return [(round(float(x), 4), round(float(y), 4)) for x, y in (spots - low) / span]
