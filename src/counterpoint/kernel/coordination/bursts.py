"""Accounts that were made together: many new accounts of one kind of name within hours, against the rest of the world.

A name is looked at for its shape only (every letter an a, every digit a 9), within one query; neither names nor shapes
are kept or shown. Expected is the larger of what the shape's share of all other accounts makes of
everybody created in those hours, and of the hours around. On its own it says little: sign-ups come in waves, and phones propose names of one shape.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names and integers; its lines follow its clauses

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.resamples import KEPT, fewer, stability
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_POSTS = 5000  # of evidence listed for one finding


@dataclass(frozen=True)
class BurstOptions:
    """hours: of a window; fewest: accounts of a burst; lift: so many times the expected; around: windows on either side
    that tell what is usual then; chance: of any finding, all windows and shapes together."""

    hours: int = 6
    fewest: int = 8
    lift: float = 5.0
    around: int = 28
    chance: float = 1e-6


def find_bursts(workspace: Workspace, options: BurstOptions | None = None) -> list[Finding]:
    """Needs `account_created_at` and `account_name` in `posts`; without both there is nothing to hold against."""
    options = options or BurstOptions()
    present = {row[0] for row in workspace.rows("DESCRIBE posts")}
    if not {"account_created_at", "account_name"} <= present:
        return []
    rows = workspace.arrays(created_accounts())
    account, created, shape = (np.asarray(rows[name]).astype(np.int64) for name in ("account", "created", "shape"))
    found = []
    taken = np.zeros(account.size, dtype=bool)
    for members, expected in _bursts(created, shape, options):
        fresh = members[~taken[members]]
        if fresh.size < max(options.fewest, members.size / 2):
            continue
        taken[fresh] = True
        found.append(_finding(workspace, account[fresh], created[fresh], expected, options))
    return found


def created_accounts() -> str:
    """account, created (epoch seconds), shape (a number that stands for the shape of the name)."""
    letters = r"regexp_replace(account_name, '\p{L}', 'a', 'g')"
    return f"""WITH known AS (SELECT account, min(account_created_at) AS created, min(account_name) AS account_name FROM posts
            WHERE account_created_at IS NOT NULL AND account_name <> '' GROUP BY account)
        SELECT account::BIGINT AS account, created::BIGINT AS created,
            dense_rank() OVER (ORDER BY regexp_replace({letters}, '[0-9]', '9', 'g'))::BIGINT AS shape FROM known ORDER BY created, account"""


def _bursts(created: Ints, shape: Ints, options: BurstOptions) -> list[tuple[Ints, float]]:
    """Members (places) and expected number of each window and shape that stands out, the most surprising first. Windows
    begin at each account, so that a shift of all times changes nothing."""
    width = options.hours * 3600
    number = created.size
    end = np.searchsorted(created, created + width, side="left")
    early = np.searchsorted(created, created - options.around * width)
    late = np.searchsorted(created, created + (options.around + 1) * width)
    found = []
    for kind in np.unique(shape):
        own = np.flatnonzero(shape == kind)
        if own.size < options.fewest:
            continue
        last = np.searchsorted(own, end[own])
        within = last - np.arange(own.size)
        near = np.searchsorted(own, late[own]) - np.searchsorted(own, early[own]) - within
        everybody = end[own] - own
        share = (own.size - within + 0.5) / np.maximum(number - everybody + 1, 1)
        expected = np.maximum(share * everybody, (near + 0.5) / (2 * options.around))
        p = pdtrc(within - 1, expected) * number
        stands_out = (within >= options.fewest) & (within >= options.lift * expected) & (p <= options.chance)
        found += [
            (float(p[place]), -int(within[place]), int(own[place]), own[place : last[place]], float(expected[place]))
            for place in np.flatnonzero(stands_out)
        ]
    found.sort(key=lambda burst: burst[:3])
    return [(members, expected) for *_, members, expected in found]


def _finding(workspace: Workspace, accounts: Ints, created: Ints, expected: float, options: BurstOptions) -> Finding:
    def again(kept: Bools) -> bool:
        count = int(kept.sum())
        return count >= fewer(options.fewest) and float(pdtrc(count - 1, expected * KEPT)) <= options.chance

    workspace.load("burst", {"account": accounts})
    posts = workspace.arrays(
        f"SELECT post FROM posts SEMI JOIN burst USING (account) ORDER BY at_seconds, post LIMIT {MOST_POSTS}"
    )["post"]
    workspace.drop("burst")
    return Finding(
        Detector.AUTOMATION, "creation burst", accounts, posts.astype(np.int64), f"accounts with names of one shape, made within {options.hours} hours",
        float(accounts.size), expected, "Among accounts made at that time, names of this shape are as common as among all others, and as common as in the days around.",
        "A class, a company or an event signed people up together, or the platform proposed names of one shape on that day.",
        stability=stability(accounts.size, again), details={"first_created_at": int(created.min()), "last_created_at": int(created.max())},
        account_details=[{"created_at": int(at)} for at in created],
    )  # fmt: skip
