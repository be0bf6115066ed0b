"""What circles of friends look like, and how they are kept apart from campaigns.

1. Circles that overlap hold together as one group. A group that two smaller ones describe better is taken apart.
2. A handful of people who share many things among themselves are friends, until they also say the same words, or share
   far more than friends do. Few means fewer than `GroupOptions.fewest_strangers`.
3. A knot with small circles in it (see knots.py) is judged circle by circle, unless all of them say the same words.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sknetwork.clustering import Louvain

from counterpoint.kernel.coordination.groups import (
    Ground,
    GroupOptions,
    Tested,
    choose_objects,
    holds,
    weigh_group,
    weigh_objects,
)
from counterpoint.kernel.coordination.incidence import Incidence
from counterpoint.kernel.coordination.knots import Circle, circles_of, foreign_share
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
USUAL_ACCOUNTS = 10_000
MOST_KNOTTED = 2000  # objects of a group that is looked at for circles: each is compared with each


def taken_apart(ground: Ground, groups: Sequence[Tested], options: GroupOptions) -> list[Tested]:
    """Each group, or its parts where they are worth more together than the whole."""
    return [part for group in groups for part in _parts(ground, group, options)]


def _parts(ground: Ground, group: Tested, options: GroupOptions) -> list[Tested]:
    if group.members.size < 2 * options.fewest_accounts:
        return [group]
    shared = csr_matrix(ground.shares[group.members][:, group.objects])
    label = np.asarray(Louvain(random_state=0, shuffle_nodes=False).fit_predict(shared, force_bipartite=True))
    pieces = [weigh_group(ground, group.members[label == number], options) for number in np.unique(label)]
    held = [piece for piece in pieces if holds(piece, options)]
    return held if sum(piece.surplus for piece in held) > group.surplus else [group]


def said_alike(workspace: Workspace, incidence: Incidence, groups: Sequence[Tested]) -> Floats:
    """For each group the part of its shares whose words another member uses, too; NaN where no texts are."""
    if not groups or not workspace.has("post_wordings"):
        return np.full(len(groups), np.nan)
    workspace.load("alike_members", _numbered([incidence.accounts[group.members] for group in groups], "account"))
    workspace.load("alike_objects", _numbered([group.objects for group in groups], "column_number"))
    rows = workspace.arrays("""WITH said AS (SELECT m.number, s.account, s.column_number, w.wording FROM co_shares s
            JOIN alike_members m USING (account)
            JOIN alike_objects o ON o.column_number = s.column_number AND o.number = m.number
            JOIN co_objects c ON c.column_number = s.column_number
            LEFT JOIN post_wordings w ON w.post = s.post AND c.layer <> 'repost'),
        several AS (SELECT number, wording FROM said WHERE wording IS NOT NULL GROUP BY ALL
            HAVING count(DISTINCT account) > 1),
        each AS (SELECT s.number, s.account, s.column_number, bool_or(v.wording IS NOT NULL) AS alike
            FROM said s LEFT JOIN several v USING (number, wording) GROUP BY ALL)
        SELECT number::BIGINT AS number, avg(alike::INTEGER) AS alike FROM each GROUP BY number""")
    workspace.drop("alike_members", "alike_objects")
    alike = np.zeros(len(groups))
    alike[rows["number"].astype(np.int64)] = rows["alike"]
    return alike


def _numbered(parts: Sequence[Ints], name: str) -> dict[str, Ints]:
    number = np.repeat(np.arange(len(parts)), [part.size for part in parts])
    return {"number": number, name: np.concatenate(parts)}


def unknotted(
    workspace: Workspace,
    incidence: Incidence,
    ground: Ground,
    groups: Sequence[Tested],
    options: GroupOptions,
    *,
    alike: Floats,
) -> list[Tested]:
    """Each group, or, of a knot with small circles in it, those circles that hold. What says the same words stays whole
    unless a circle of it does not: a campaign may have parts that take turns. alike: as `said_alike` has it."""
    knots = [_knot(ground, group, options) for group in groups]
    said = iter(said_alike(workspace, incidence, [group for knot in knots for _, group in knot]))
    found = []
    for group, part, knot in zip(groups, alike, knots, strict=True):
        same_words = [bool(next(said) >= options.alike) for _ in knot]
        others = any(holds(circle, options) and not same for (_, circle), same in zip(knot, same_words, strict=True))
        whole = not knot or (part >= options.alike and not others)
        found += [group] if whole else _parted(ground, group, knot, same_words, options)
    return found


def _knot(ground: Ground, group: Tested, options: GroupOptions) -> list[tuple[Circle, Tested]]:
    """The circles of a knot, each judged by its own things; none where the group is no knot, or one of crowds only."""
    if group.members.size < options.fewest_strangers or group.objects.size > MOST_KNOTTED:
        return []
    circles = circles_of(csr_matrix(ground.shares[group.members][:, group.objects]).toarray())
    small = any(circle.inside.sum() < options.fewest_strangers for circle in circles)
    if len(circles) == 1 or not small or foreign_share(circles) > options.foreign:
        return []
    return [(circle, _by_its_own(ground, group, circle, circle.inside, options)) for circle in circles]


def _parted(
    ground: Ground,
    group: Tested,
    knot: Sequence[tuple[Circle, Tested]],
    same_words: Sequence[bool],
    options: GroupOptions,
) -> list[Tested]:
    """The circles that hold. Who is in several stays with those who say the same words, then with the strongest."""
    free = np.ones(group.members.size, dtype=bool)
    kept = []
    strength = [judged.surplus / judged.members.size for _, judged in knot]
    for place in sorted(range(len(knot)), key=lambda place: (not same_words[place], -strength[place])):
        circle = knot[place][0]
        if (circle.inside & free).sum() >= options.fewest_accounts:
            found = _by_its_own(ground, group, circle, circle.inside & free, options)
            if holds(found, options):
                kept.append(found)
                free &= ~circle.inside
    return kept


def _by_its_own(ground: Ground, group: Tested, circle: Circle, members: Bools, options: GroupOptions) -> Tested:
    """These members of a circle, judged by the circle's things alone."""
    own = np.zeros(ground.shares.shape[1], dtype=bool)
    own[group.objects[circle.objects]] = True
    return choose_objects(ground, weigh_objects(ground, group.members[members], options), among=own)


def more_than_friends(group: Tested, alike: float, options: GroupOptions, *, accounts: int) -> bool:
    """Whether a group is no circle of friends. alike: as `said_alike` has it; accounts: all that share anything."""
    if alike >= options.alike:
        return True
    each = group.surplus / group.members.size
    few = group.members.size < options.fewest_strangers
    if np.isnan(alike):
        enough = options.friends_unheard if few else options.own_words_unheard
        enough += options.larger * np.log(max(accounts / USUAL_ACCOUNTS, 1.0))
        part = options.own_participation_unheard
    else:
        enough, part = options.friends if few else options.own_words, options.own_participation
    return bool(each >= enough and (few or group.participation >= part))
