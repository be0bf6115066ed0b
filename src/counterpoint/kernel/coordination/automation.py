"""Signs of machines: they corroborate, and each is rare enough by its null to be worth a look.

spacing      an account's gaps pile up on one exact length (a timer, or a minimum spacing kept for spam filters)
clock        an account posts at the same second of the minute, or minute and second of the hour
instant      an account passes posts on within seconds of their publication, again and again
same client  many accounts put out identical posts by one client that few others use
Round-the-clock activity is told of each account named, and decides nothing by itself.
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import bdtrc, pdtrc

from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.layers import FEWEST_WORDS, plain_text_select
from counterpoint.kernel.coordination.steps import Workspace


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
    found = _spacing(workspace, options) + _clock(workspace, options)
    if "repost_of" in present:
        found += _instant(workspace, options)
    if {"client", "text"} <= present:
        found += _same_client(workspace, options)
    return found


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


def _spacing(workspace: Workspace, options: AutomationOptions) -> list[Finding]:
    rows = workspace.rows(equal_gaps(options))
    tested = _judged(workspace, options)
    found = []
    for account, gap, equal, near in rows:
        expected = (near + 1) / max(0.4 * gap, 1)
        p = float(pdtrc(equal - 1, expected)) * max(gap, 1)
        if p * tested <= options.chance:
            posts = _posts_of(workspace, account)
            found.append(Finding(
                Detector.AUTOMATION, "spacing", np.array([account]), posts, f"gaps of exactly {gap} seconds", float(equal), float(expected),
                "Gaps of people vary smoothly: as many fall on one exact second as on its neighbours.",
                "A person schedules posts by a tool at fixed intervals, or the platform or the collection rounds its times.",
                details={"gap_seconds": gap, "p": p}, account_details=[_daily_life(workspace, account)],
            ))  # fmt: skip
    return found


def _clock(workspace: Workspace, options: AutomationOptions) -> list[Finding]:
    found: list[Finding] = []
    tested = _judged(workspace, options)
    for period, name in ((60, "second of the minute"), (3600, "minute and second of the hour")):
        rows = workspace.rows(f"""WITH phases AS (SELECT account, at_seconds % {period} AS phase, count(*) AS posts FROM posts GROUP BY ALL)
            SELECT account, max(posts), sum(posts) FROM phases GROUP BY account
            HAVING sum(posts) >= {options.fewest_posts} AND max(posts) >= {options.clock_share} * sum(posts) ORDER BY 2 DESC, account""")  # fmt: skip
        for account, most, total in rows:
            p = min(float(bdtrc(most - 1, total, 1 / period)) * period, 1.0)
            if p * tested <= options.chance and not any(account in finding.accounts for finding in found):
                found.append(Finding(
                    Detector.AUTOMATION, "clock", np.array([account]), _posts_of(workspace, account), f"posts at one {name}", float(most),
                    float(total) / period, "Posts of people fall on every second of the minute and the hour alike.",
                    "A feed or a scheduling tool of an organisation posts on the hour, or the collection rounded its times.",
                    details={"period_seconds": period, "p": p}, account_details=[_daily_life(workspace, account)],
                ))  # fmt: skip
    return found


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
            posts = workspace.arrays(
                f"SELECT post FROM repost_delays WHERE account = {account} AND delay <= {options.instant_seconds} ORDER BY post"
            )["post"]
            found.append(Finding(
                Detector.AUTOMATION, "instant", np.array([account]), posts.astype(np.int64),
                f"reposts within {options.instant_seconds} seconds of publication", float(quick), reposts * usual,
                "An account is as quick as accounts in this data usually are.",
                "An openly declared bot of the author, or someone with notifications switched on for a few authors.",
                details={"reposts": reposts, "p": p}, account_details=[_daily_life(workspace, account)],
            ))  # fmt: skip
    workspace.drop("repost_delays")
    return found


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
    for client, texts, posts, users, _ in rows:
        workspace.load("one_client", {"client": np.array([client], dtype=object)})
        evidence = workspace.arrays(
            "SELECT account, post FROM client_texts SEMI JOIN one_client USING (client) ORDER BY post"
        )
        accounts = np.unique(evidence["account"]).astype(np.int64)
        found.append(Finding(
            Detector.AUTOMATION, "same client", accounts, evidence["post"].astype(np.int64), "identical posts by one client", float(posts), 0.0,
            "Accounts that do not know one another do not put out the same texts by a client that hardly anybody else uses.",
            "A petition, game or news app posts a prepared text for people who asked it to.",
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


def _posts_of(workspace: Workspace, account: int, most: int = 1000) -> Any:
    return workspace.arrays(f"SELECT post FROM posts WHERE account = {account} ORDER BY at_seconds, post LIMIT {most}")[
        "post"
    ].astype(np.int64)


def _daily_life(workspace: Workspace, account: int) -> dict[str, Any]:
    """Hours of the day in which the account posts at all, and its longest daily silence in hours."""
    hours = [
        row[0]
        for row in workspace.rows(
            f"SELECT DISTINCT (at_seconds // 3600) % 24 FROM posts WHERE account = {account} ORDER BY 1"
        )
    ]
    silence = max(
        (later - earlier - 1 for earlier, later in zip(hours, [*hours[1:], hours[0] + 24], strict=True)), default=24
    )
    return {"hours_active": len(hours), "longest_daily_silence_hours": int(silence)}
