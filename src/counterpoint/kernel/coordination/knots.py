"""Circles of friends that hang together as one group, told apart by what each shares.

Circles with several friends in common cannot be parted by their members, for friends are in both. But each has things
of its own, of which the others know next to nothing; in a campaign everybody takes up some of everything. So a group's
objects are halved, and each half again, for as long as two lists of who takes part tell the shares in fewer nats than
one list does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUNDS = 20  # of moving objects between two halves


@dataclass(frozen=True)
class Circle:
    """inside: of a group's accounts those who take part; objects: columns of the circle's things.
    foreign: how many shares of them the other accounts have."""

    inside: Bools
    objects: Ints
    foreign: float


def circles_of(shared: Floats) -> list[Circle]:
    """The circles that a group falls into, one where it is whole. shared: accounts x objects, 1 where shared."""
    return _circles(shared, np.arange(shared.shape[1]))


def foreign_share(circles: Sequence[Circle]) -> float:
    """Of all that accounts could share of other circles' things, the part that they do share."""
    cells = sum(int((~circle.inside).sum()) * circle.objects.size for circle in circles)
    return sum(circle.foreign for circle in circles) / max(cells, 1)


def _circles(shared: Floats, objects: Ints) -> list[Circle]:
    whole, nats = _circle(shared, objects)
    halves = _halves(shared)
    if halves is None:
        return [whole]
    parts = (halves, ~halves)
    if sum(_circle(shared[:, part], objects[part])[1] for part in parts) + objects.size * np.log(2) >= nats:
        return [whole]
    return [circle for part in parts for circle in _circles(shared[:, part], objects[part])]


def _circle(shared: Floats, objects: Ints) -> tuple[Circle, float]:
    """Who takes part in these objects (one column each), and the nats that it takes to tell this and the shares."""
    accounts, things = shared.shape
    taken = shared.sum(axis=1)
    order = np.argsort(-taken, kind="stable")
    number = np.arange(1, accounts + 1)
    within = np.cumsum(taken[order])
    nats = _nats(within, number * things) + _nats(within[-1] - within, (accounts - number) * things)
    last = int(nats.argmin())
    inside = np.zeros(accounts, dtype=bool)
    inside[order[: last + 1]] = True
    return Circle(inside, objects, float(within[-1] - within[last])), float(nats[last]) + accounts * np.log(2)


def _nats(ones: Floats, cells: Ints) -> Floats:
    """What it takes to tell which of the cells are one, and how likely each was, all alike."""
    rate = ones / np.maximum(cells, 1)
    return np.asarray(0.5 * np.log(np.maximum(cells, 1)) - xlogy(ones, rate) - xlogy(cells - ones, 1 - rate))


def _halves(shared: Floats) -> Bools | None:
    """The objects in two, each with those that the same accounts share, begun from the two that differ most."""
    if shared.size == 0:
        return None
    common = shared.T @ shared
    sharers = np.diag(common)
    apart = sharers[:, None] + sharers[None, :] - 2 * common
    one, two = np.unravel_index(int(apart.argmax()), apart.shape)
    halves: Bools = apart[one] < apart[two]
    for _ in range(ROUNDS):
        if halves.all() or not halves.any():
            return None
        moved: Bools = _fit(shared, shared[:, halves]) > _fit(shared, shared[:, ~halves])
        if bool((moved == halves).all()):
            break
        halves = moved
    return None if halves.all() or not halves.any() else halves


def _fit(shared: Floats, part: Floats) -> Floats:
    """For each object the log likelihood of its sharers, if who shares it is as in this part."""
    inside = _circle(part, np.arange(part.shape[1]))[0].inside
    others, circle = ((rows.sum() + 0.5) / (rows.size + 1) for rows in (part[~inside], part[inside]))
    rate = np.where(inside, circle, others)
    return np.asarray(shared.T @ np.log(rate) + (1 - shared).T @ np.log(1 - rate))
