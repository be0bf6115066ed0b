"""Where it went: what reappears after accounts were closed or a platform acted, how fast, and by whom.

For each act: the rare things (pages, wordings, tag sets, files) that the affected accounts had shared before it are
looked for after it among everybody else. The yardstick is the same count for things as rare that others had shared.
Successors are accounts that take up several of them, more than their activity explains.
Stability: part of the things is left out (resamples.py); it holds when half of the successors are found again.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.resamples import fewer, stability
from counterpoint.kernel.coordination.steps import Workspace, quoted

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Act:
    """What was done. accounts: identifiers as in the input; or platform: everything on it. at_seconds: UTC epoch."""

    at_seconds: int
    accounts: Sequence[str] = ()
    platform: str = ""
    name: str = ""


@dataclass(frozen=True)
class DisplacementOptions:
    """days: looked at before and after. popular: objects shared by more accounts than this say nothing.
    fewest_objects: that a successor takes up."""

    days: int = 30
    popular: int = 100
    fewest_objects: int = 3
    chance: float = 1e-3


def find_displacement(
    workspace: Workspace, acts: Sequence[Act], options: DisplacementOptions | None = None
) -> list[Finding]:
    """Needs `co_shares` and `co_objects` (incidence.make_incidence). One finding for each act that was followed, and the
    table `displaced` with one row for every thing that reappeared."""
    options = options or DisplacementOptions()
    workspace.make(
        "displaced",
        "SELECT '' AS act, '' AS object_id, '' AS platform, 0 AS hours_after, 0 AS accounts, 0 AS posts WHERE false",
    )
    return [finding for act in acts for finding in _after(workspace, act, options)]


def _after(workspace: Workspace, act: Act, options: DisplacementOptions) -> list[Finding]:
    workspace.make("affected", affected_accounts(workspace, act))
    workspace.make("things", things_before(act, options))
    workspace.make("taken_up", taken_up_after(act, options))
    workspace.make(
        "co_after", f"SELECT account, column_number AS object FROM co_shares WHERE at_seconds >= {act.at_seconds}"
    )
    workspace.make("successors", successors(options))
    lost, back = workspace.one(
        "SELECT count(*) FILTER (theirs), count(*) FILTER (theirs AND object IN (SELECT object FROM taken_up)) FROM things"
    )
    others, others_back = workspace.one(
        "SELECT count(*) FILTER (NOT theirs), count(*) FILTER (NOT theirs AND object IN (SELECT object FROM taken_up)) FROM things"
    )
    workspace.connection.execute(f"INSERT INTO displaced {reappeared(workspace, act)}")
    usual = (others_back + 1) / (others + 2)
    found: list[Finding] = []
    rows = workspace.arrays(
        "SELECT account::BIGINT AS account, taken::BIGINT AS taken, used::BIGINT AS used FROM successors ORDER BY taken DESC, account"
    )
    if lost and rows["account"].size:
        pool = max(workspace.one("SELECT count(DISTINCT object) FROM co_after")[0], 1)
        expected = rows["used"] * back / pool
        p = pdtrc(rows["taken"] - 1, np.maximum(expected, 1e-9)) * max(workspace.count("accounts"), 1)
        kept = p <= options.chance
        if kept.any() and back / lost > usual:
            accounts = rows["account"][kept].astype(np.int64)
            workspace.load("kept_successors", {"account": accounts})
            posts = workspace.arrays("""SELECT DISTINCT t.post, t.at_seconds FROM taken_up t SEMI JOIN kept_successors USING (account)
                JOIN things ON things.object = t.object AND things.theirs ORDER BY t.at_seconds, t.post LIMIT 5000""")["post"]  # fmt: skip
            quickest = workspace.one("SELECT coalesce(quantile_cont(hours_after, 0.5), 0) FROM displaced")[0]
            found.append(Finding(
                Detector.DISPLACEMENT, "reappearance", accounts, posts.astype(np.int64),
                "things of the affected accounts that reappear elsewhere", float(back), float(lost * usual),
                "Things of the affected accounts come back as often as equally rare things of others do.",
                "The things were in the news at that time, or ordinary followers kept passing on what they had seen.",
                stability=_stability(workspace, accounts, pool=pool, usual=usual, options=options),
                details={"act": act.name, "act_at": act.at_seconds, "things_before": lost, "share_back": round(back / lost, 3),
                         "median_hours_after": round(float(quickest), 1)},
                account_details=[{"taken_up": int(taken), "expected": round(float(likely), 2)}
                                 for taken, likely in zip(rows["taken"][kept], expected[kept], strict=True)],
            ))  # fmt: skip
    workspace.drop("affected", "things", "taken_up", "successors", "co_after", "kept_successors")
    return found


def _stability(workspace: Workspace, named: Ints, *, pool: int, usual: float, options: DisplacementOptions) -> float:
    theirs = workspace.arrays("SELECT object::BIGINT AS object FROM things WHERE theirs ORDER BY object")["object"]
    taken = workspace.arrays("""SELECT DISTINCT t.account::BIGINT AS account, t.object::BIGINT AS object FROM taken_up t
        JOIN things ON things.object = t.object AND things.theirs ORDER BY ALL""")
    used = workspace.arrays("SELECT account::BIGINT AS account, used::BIGINT AS used FROM successors ORDER BY account")
    everybody = max(workspace.count("accounts"), 1)
    place = np.searchsorted(theirs, taken["object"])
    who = np.searchsorted(used["account"], taken["account"]).clip(max=used["account"].size - 1)
    known = used["account"][who] == taken["account"]  # others take up too few to be looked at

    def again(kept: Bools) -> bool:
        back, lost = np.unique(place[kept[place]]).size, int(kept.sum())
        counts = np.bincount(who[known & kept[place]], minlength=used["account"].size)
        p = pdtrc(counts - 1, np.maximum(used["used"] * back / pool, 1e-9)) * everybody
        found = used["account"][(p <= options.chance) & (counts >= fewer(options.fewest_objects))]
        return bool(lost and back / lost > usual and 2 * np.isin(named, found).sum() >= named.size)

    return stability(theirs.size, again)


def affected_accounts(workspace: Workspace, act: Act) -> str:
    if act.platform:
        return f"SELECT DISTINCT account FROM posts WHERE platform = {quoted(act.platform)} AND at_seconds < {act.at_seconds}"
    workspace.load("named_accounts", {"name": np.array(list(act.accounts) or [""], dtype=object)})
    return "SELECT account FROM accounts WHERE account_id IN (FROM named_accounts) OR given_id IN (FROM named_accounts)"


def things_before(act: Act, options: DisplacementOptions) -> str:
    """Rare things shared before the act; theirs: the affected accounts made at least half of its shares."""
    since = act.at_seconds - options.days * 86400
    return f"""SELECT column_number AS object, 2 * count(*) FILTER (account IN (FROM affected)) >= count(*) AS theirs
        FROM co_shares WHERE at_seconds BETWEEN {since} AND {act.at_seconds - 1} GROUP BY column_number
        HAVING count(DISTINCT account) <= {options.popular} AND count(DISTINCT account) > 1"""


def taken_up_after(act: Act, options: DisplacementOptions) -> str:
    """Shares after the act by accounts that were not affected and had not shared the thing before it."""
    until = act.at_seconds + options.days * 86400
    place = (
        "AND account NOT IN (FROM affected)"
        if not act.platform
        else f"AND post NOT IN (SELECT post FROM posts WHERE platform = {quoted(act.platform)})"
    )
    return f"""SELECT column_number AS object, account, post, at_seconds, at_seconds - {act.at_seconds} AS after FROM co_shares
        WHERE at_seconds BETWEEN {act.at_seconds} AND {until} {place} AND column_number IN (SELECT object FROM things)
        AND (column_number, account) NOT IN (SELECT (column_number, account) FROM co_shares WHERE at_seconds < {act.at_seconds})"""


def successors(options: DisplacementOptions) -> str:
    return f"""SELECT t.account, count(DISTINCT t.object) AS taken, any_value(u.used) AS used FROM taken_up t JOIN things USING (object)
        JOIN (SELECT account, count(DISTINCT object) AS used FROM co_after GROUP BY account) u USING (account)
        WHERE things.theirs GROUP BY t.account HAVING count(DISTINCT t.object) >= {options.fewest_objects}"""


def reappeared(workspace: Workspace, act: Act) -> str:
    platform = "p.platform" if "platform" in {row[0] for row in workspace.rows("DESCRIBE posts")} else "''"
    return f"""SELECT {quoted(act.name)}, o.object_id, any_value({platform}), min(t.after) // 3600, count(DISTINCT t.account), count(*)
        FROM taken_up t JOIN things ON things.object = t.object AND things.theirs JOIN co_objects o ON o.column_number = t.object
        JOIN posts p ON p.post = t.post GROUP BY o.object_id"""
