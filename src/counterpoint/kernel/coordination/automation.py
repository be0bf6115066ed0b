"""Signs of machines: they corroborate, and each is rare enough by its null to be worth a look.

spacing      an account's gaps pile up on one exact length (a timer, or a minimum spacing kept for spam filters)
clock        an account posts at the same second of the minute, or minute and second of the hour
instant      an account passes posts on within seconds of their publication, again and again
same client  many accounts put out identical posts by one client that few others use
creation     accounts with names of one shape were made within hours (bursts.py)
Round-the-clock activity is told of each account named, and decides nothing by itself.
Stability: of gaps, posts, reposts or texts, part is left out (resamples.py) and the same test made again.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, pdtrc

from counterpoint.kernel.coordination.bursts import find_bursts
from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.layers import FEWEST_WORDS, plain_text_select
from counterpoint.kernel.coordination.resamples import fewer, stability
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_POSTS = 1000  # of evidence listed for one account


@dataclass(frozen=True)
class AutomationOptions:
    """fewest_posts: of an account that can be judged; chance: how likely any finding of a kind may be by its null, all
    accounts together. instant_seconds: what counts as at once. same_client: accounts and texts that make a finding."""

    fewest_posts: int = 20
    fewest_equal_gaps: int = 8
    shortest_gap: int = 30
    chance: float = 1e-3
    clock_share: float = 0.8
    instant_seconds: int = 10
    fewest_instant: int = 10
    same_client_accounts: int = 5
    same_client_texts: int = 3


def find_automation(workspace: Workspace, options: AutomationOptions | None = None) -> list[Finding]:
    options = options or AutomationOptions()
    present = {row[0] for row in workspace.rows("DESCRIBE posts")}
    tested = _judged(workspace, options)
    found = _spacing(workspace, options, tested) + _clock(workspace, options, tested)
    if "repost_of" in present:
        found += _instant(workspace, options)
    if {"client", "text"} <= present:
        found += _same_client(workspace, options)
    return found + find_bursts(workspace)


def equal_gaps(options: AutomationOptions) -> str:
    """For each account its gaps of one exact length, how many gaps lie within a fifth of it, and how wide that is."""
    return f"""WITH gaps AS (SELECT account, at_seconds - lag(at_seconds) OVER (PARTITION BY account ORDER BY at_seconds) AS gap FROM posts
            SEMI JOIN (SELECT account FROM posts GROUP BY account HAVING count(*) >= {options.fewest_posts}) USING (account)),
        counted AS (SELECT account, gap, count(*) AS equal FROM gaps WHERE gap >= {options.shortest_gap} GROUP BY account, gap),
        modal AS (SELECT account, gap, equal FROM counted WHERE equal >= {options.fewest_equal_gaps}
            QUALIFY row_number() OVER (PARTITION BY account ORDER BY equal DESC, gap) = 1)
        SELECT m.account::BIGINT AS account, m.gap::BIGINT AS gap, m.equal::BIGINT AS equal,
            coalesce(sum(c.equal) FILTER (c.gap <> m.gap), 0)::BIGINT AS near
        FROM modal m LEFT JOIN counted c ON c.account = m.account AND c.gap BETWEEN m.gap * 0.8 AND m.gap * 1.2
        GROUP BY ALL ORDER BY equal DESC, gap"""


def _spacing(workspace: Workspace, options: AutomationOptions, tested: int) -> list[Finding]:
    step = _rounded_to(workspace)
    if step > 1:  # a gap of a few steps has no neighbours that it could be held against
        options = replace(options, shortest_gap=max(options.shortest_gap, 10 * step))
    found = []
    for account, gap, equal, near in workspace.rows(equal_gaps(options)):
        expected, p = _spacing_chance(gap, equal, near, step)
        if p * tested <= options.chance:
            found.append((account, gap, equal, expected, p))
    lives = _lives(workspace, [account for account, *_ in found])

    def again(gaps: Ints, kept: Bools) -> bool:
        length, counts = np.unique(gaps[kept], return_counts=True)
        if length.size == 0 or counts.max() < fewer(options.fewest_equal_gaps):
            return False
        gap, equal = length[counts.argmax()], counts.max()
        around = (length >= gap * 0.8) & (length <= gap * 1.2)
        return (
            _spacing_chance(int(gap), int(equal), int(counts[around].sum() - equal), step)[1] * tested <= options.chance
        )

    findings = []
    for account, gap, equal, expected, p in found:
        gaps = np.diff(lives[account].times)
        gaps = gaps[gaps >= options.shortest_gap]
        findings.append(Finding(
            Detector.AUTOMATION, "spacing", np.array([account]), lives[account].posts[:MOST_POSTS], f"gaps of exactly {gap} seconds", float(equal), expected,
            "Gaps of people vary smoothly: as many fall on one exact second as on its neighbours.",
            "A person schedules posts by a tool at fixed intervals, or the platform or the collection rounds its times.",
            stability=stability(gaps.size, partial(again, gaps)),
            details={"gap_seconds": gap, "p": p}, account_details=[lives[account].by_day()],
        ))  # fmt: skip
    return findings


def _rounded_to(workspace: Workspace) -> int:
    """The seconds that times were rounded to in collecting: gaps of people fall on whole multiples of it, too."""
    steps = (3600, 60)
    held = ", ".join(
        f"(SELECT max(posts) FROM (SELECT count(*) AS posts FROM posts GROUP BY at_seconds % {step}))" for step in steps
    )
    posts, *most = workspace.one(f"SELECT (SELECT count(*) FROM posts), {held}")
    return next((step for step, same in zip(steps, most, strict=True) if same is not None and 2 * same > posts), 1)


def _spacing_chance(gap: int, equal: int, near: int, step: int) -> tuple[float, float]:
    """How many gaps of exactly this length are expected, and how likely so many are, whichever length it is."""
    expected = (near + 1) / max(0.4 * gap / step, 1)
    return float(expected), float(pdtrc(equal - 1, expected)) * max(gap, 1)


def one_phase(period: int, options: AutomationOptions) -> str:
    """Accounts with most posts at one phase of the period; usual: how often everybody else's posts fall on that phase,
    where times were rounded, or at least as often as chance has it."""
    return f"""WITH phases AS (SELECT account, at_seconds % {period} AS phase, count(*) AS posts FROM posts GROUP BY ALL),
        overall AS (SELECT phase, sum(posts) AS posts FROM phases GROUP BY phase),
        busiest AS (SELECT account, arg_max(phase, posts) AS phase, max(posts) AS most, sum(posts) AS total FROM phases GROUP BY account
            HAVING sum(posts) >= {options.fewest_posts} AND max(posts) >= {options.clock_share} * sum(posts))
        SELECT b.account, b.most, b.total, greatest(1 / {period}, (o.posts - b.most) / greatest((SELECT sum(posts) FROM overall) - b.total, 1))::DOUBLE
        FROM busiest b JOIN overall o USING (phase) ORDER BY b.most DESC, b.account"""


def _clock(workspace: Workspace, options: AutomationOptions, tested: int) -> list[Finding]:
    found: list[tuple[int, int, str, int, int, float, float]] = []
    for period, name in ((60, "second of the minute"), (3600, "minute and second of the hour")):
        seen = {row[0] for row in found}
        for account, most, total, usual in workspace.rows(one_phase(period, options)):
            p = min(float(bdtrc(most - 1, total, usual)) * period, 1.0)
            if p * tested <= options.chance and account not in seen:
                found.append((account, period, name, int(most), int(total), usual, p))
    lives = _lives(workspace, [account for account, *_ in found])

    def again(phases: Ints, period: int, usual: float, kept: Bools) -> bool:
        most, total = int(np.bincount(phases[kept]).max(initial=0)), int(kept.sum())
        if most < options.clock_share * total or total < fewer(options.fewest_posts):
            return False
        return float(bdtrc(most - 1, total, usual)) * period * tested <= options.chance

    findings = []
    for account, period, name, most, total, usual, p in found:
        phases = lives[account].times % period
        findings.append(Finding(
            Detector.AUTOMATION, "clock", np.array([account]), lives[account].posts[:MOST_POSTS], f"posts at one {name}", float(most),
            total * usual, "Posts fall on every second of the minute and the hour alike, or as often on this one as everybody's posts do.",
            "A feed or a scheduling tool of an organisation posts on the hour, or the collection rounded its times.",
            stability=stability(phases.size, partial(again, phases, period, usual)),
            details={"period_seconds": period, "p": p}, account_details=[lives[account].by_day()],
        ))  # fmt: skip
    return findings


def reposts_with_delay() -> str:
    """Reposts whose original is in the data, and how many seconds after it they came."""
    return """SELECT r.account, r.post, r.at_seconds - o.at_seconds AS delay FROM posts r JOIN posts o ON o.post_id = r.repost_of
        WHERE r.at_seconds >= o.at_seconds AND r.account <> o.account"""


def _instant(workspace: Workspace, options: AutomationOptions) -> list[Finding]:
    workspace.make("repost_delays", reposts_with_delay())
    total, instant = workspace.one(
        f"SELECT count(*), count(*) FILTER (delay <= {options.instant_seconds}) FROM repost_delays"
    )
    usual = (instant + 1) / (total + 2)
    rows = workspace.rows(f"""SELECT account, count(*) FILTER (delay <= {options.instant_seconds}) AS instant, count(*) FROM repost_delays
        GROUP BY account HAVING instant >= {options.fewest_instant} AND 2 * instant >= count(*) ORDER BY instant DESC, account""")  # fmt: skip
    accounts = workspace.count("accounts")
    found = []
    for account, quick, reposts in rows:
        p = float(bdtrc(quick - 1, reposts, usual))
        if p * accounts <= options.chance:
            found.append((account, quick, reposts, p))
    lives = _lives(workspace, [account for account, *_ in found])
    delays = _lives(workspace, [account for account, *_ in found], table="repost_delays", time="delay")

    def again(quick: Bools, kept: Bools) -> bool:
        at_once, total = int(quick[kept].sum()), int(kept.sum())
        if at_once < fewer(options.fewest_instant) or 2 * at_once < total:
            return False
        return float(bdtrc(at_once - 1, total, usual)) * accounts <= options.chance

    findings = []
    for account, number, reposts, p in found:
        quick = delays[account].times <= options.instant_seconds
        findings.append(Finding(
            Detector.AUTOMATION, "instant", np.array([account]), np.sort(delays[account].posts[quick]),
            f"reposts within {options.instant_seconds} seconds of publication", float(number), reposts * usual,
            "An account is as quick as accounts in this data usually are.",
            "An openly declared bot of the author, or someone with notifications switched on for a few authors.",
            stability=stability(quick.size, partial(again, quick)),
            details={"reposts": reposts, "p": p}, account_details=[lives[account].by_day()],
        ))  # fmt: skip
    workspace.drop("repost_delays")
    return findings


def same_client_texts(options: AutomationOptions) -> str:
    """Clients of few accounts by which several accounts put out the same texts."""
    return f"""WITH plain AS ({plain_text_select()}),
        told AS (SELECT p.client, t.plain, p.account, p.post FROM plain t JOIN posts p USING (post) WHERE t.words >= {FEWEST_WORDS} AND p.client IS NOT NULL),
        users AS (SELECT client, count(DISTINCT account) AS users, count(*) AS posts FROM posts GROUP BY client),
        same AS (SELECT client, plain, count(DISTINCT account) AS accounts FROM told GROUP BY ALL HAVING count(DISTINCT account) >= {options.same_client_accounts})
        SELECT t.client, t.account::BIGINT AS account, t.post, t.plain, u.users, u.posts FROM told t JOIN same s USING (client, plain) JOIN users u USING (client)
        WHERE u.users <= greatest(50, 0.01 * (SELECT count(*) FROM accounts))"""


def _same_client(workspace: Workspace, options: AutomationOptions) -> list[Finding]:
    workspace.make("client_texts", same_client_texts(options))
    rows = workspace.rows(f"""SELECT client, count(DISTINCT plain), count(*), any_value(users), any_value(posts) FROM client_texts GROUP BY client
        HAVING count(DISTINCT plain) >= {options.same_client_texts} AND 2 * count(*) >= any_value(posts) ORDER BY 3 DESC, client""")  # fmt: skip
    found = []

    def again(each: Ints, others: int, kept: Bools) -> bool:
        same = int(each[kept].sum())
        return int(kept.sum()) >= fewer(options.same_client_texts) and same >= others

    for client, texts, posts, users, everything in rows:
        workspace.load("one_client", {"client": np.array([client], dtype=object)})
        evidence = workspace.arrays("""SELECT account, post, dense_rank() OVER (ORDER BY plain) - 1 AS text FROM client_texts
            SEMI JOIN one_client USING (client) ORDER BY post""")  # fmt: skip
        accounts = np.unique(evidence["account"]).astype(np.int64)
        each = np.bincount(evidence["text"].astype(np.int64))
        found.append(Finding(
            Detector.AUTOMATION, "same client", accounts, evidence["post"].astype(np.int64), "identical posts by one client", float(posts), 0.0,
            "Accounts that do not know one another do not put out the same texts by a client that hardly anybody else uses.",
            "A petition, game or news app posts a prepared text for people who asked it to.",
            stability=stability(each.size, partial(again, each, everything - posts)),
            details={"texts": texts, "users_of_client": users}, account_details=[{}] * accounts.size,
        ))  # fmt: skip
    workspace.drop("client_texts", "one_client")
    return found


def _judged(workspace: Workspace, options: AutomationOptions) -> int:
    return int(
        workspace.one(
            f"SELECT count(*) FROM (SELECT account FROM posts GROUP BY account HAVING count(*) >= {options.fewest_posts})"
        )[0]
    )


@dataclass(frozen=True)
class Life:
    """An account's posts, oldest first, and when they came."""

    posts: Ints
    times: Ints

    def by_day(self) -> dict[str, Any]:
        """Hours of the day in which the account posts at all, and its longest daily silence in hours."""
        hours = np.unique(self.times // 3600 % 24)
        if hours.size == 0:
            return {"hours_active": 0, "longest_daily_silence_hours": 24}
        silence = int((np.diff(np.append(hours, hours[0] + 24)) - 1).max())
        return {"hours_active": int(hours.size), "longest_daily_silence_hours": silence}


def _lives(
    workspace: Workspace, accounts: Sequence[int], *, table: str = "posts", time: str = "at_seconds"
) -> dict[int, Life]:
    """The posts of these accounts, read in one go. time: the column that orders them."""
    if not accounts:
        return {}
    workspace.load("lives", {"account": np.unique(np.array(accounts, dtype=np.int64))})
    rows = workspace.arrays(f"""SELECT account::BIGINT AS account, post::BIGINT AS post, {time}::BIGINT AS time FROM {table}
        SEMI JOIN lives USING (account) ORDER BY account, time, post""")  # fmt: skip
    workspace.drop("lives")
    names, starts = np.unique(rows["account"], return_index=True)
    posts, times = (np.split(np.asarray(rows[column]), starts[1:]) for column in ("post", "time"))
    return {int(name): Life(post, at) for name, post, at in zip(names, posts, times, strict=bool(names.size))}
