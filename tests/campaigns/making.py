"""Snapshots, runs and findings for tests: made-up worlds, looked through by the real detection or, quicker, with an
outcome as the detection would have left it."""

import csv
import io
import json
from datetime import timedelta
from functools import cache
from typing import Any

from tests.cast import Cast

from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.campaigns import services
from counterpoint.campaigns.apart.gathering import digest_of
from counterpoint.campaigns.models import Finding, Run, Snapshot
from counterpoint.campaigns.services import runs
from counterpoint.campaigns.types import About, FindingState, LegalBasis, Parameters
from counterpoint.kernel.coordination.worlds import make_world, scenario_of

SCENARIO = {
    "seed": 5,
    "organic": 120,
    "posts": 5,
    "days": 10,
    "communities": 4,
    "circles": 3,
    "bursts": 1,
    "jokes": 5,
}
REASON = "Eight new accounts, the same texts within seconds, for days."
START = 1_600_000_000


@cache
def world_as_csv(tactic: str = "same_minute") -> bytes:
    """A small town of posts with one campaign in it."""
    world = make_world(scenario_of(SCENARIO | {"campaigns": [{"tactic": tactic, "accounts": 8}]}))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(world.posts)
    writer.writerows(zip(*world.posts.values(), strict=True))
    return text.getvalue().encode()


def posts_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


FEW_POSTS = posts_csv(
    [
        {"post_id": f"p{number}", "account_id": f"acct_{number % 3}", "posted_at": str(START + number), "text": "Hello"}
        for number in range(6)
    ]
)


def about(**changes: Any) -> About:
    given: dict[str, Any] = {
        "title": "Northmoor, first week",
        "purpose": "To see who pushes the leaflet",
        "legal_basis": LegalBasis.PUBLIC_TASK,
        "source_note": "Public posts, given by the platform on request",
        "delete_on": clock.now().date() + timedelta(days=30),
    }
    return About(**{**given, **changes})


def a_snapshot(cast: Cast, content: bytes = FEW_POSTS, *, name: str = "posts.csv", **said: Any) -> Snapshot:
    return services.upload_snapshot(io.BytesIO(content), name=name, about=about(**said), by=cast[Role.ANALYST])


def an_outcome(*, accounts: int = 6) -> dict[str, Any]:
    """What a detection leaves: one finding whose things include some that name accounts."""
    names = [f"{number:024x}" for number in range(accounts)]
    things = [
        thing("url", "leaflets.example/p/1", "https://leaflets.example/p/1#from-acct_1"),
        thing("url", "social.example/users/acct_1", "https://social.example/users/acct_1"),
        thing("url", "news.example/story/acct_2", "https://news.example/story/acct_2", names_account=True),
        thing("hashtag", "northmoorrises", "#northmoorrises"),
        thing("hashtag", "acct_1", "#acct_1", names_account=True),
        thing("media", "a" * 64, "a" * 64),
        thing("text", digest_of("come to the square"), digest_of("come to the square")),
        thing("repost", digest_of("p1"), digest_of("p1")),
    ]
    finding = {
        "number": "validated-0001",
        "detector": "validated",
        "kind": "co-sharing",
        "accounts": accounts,
        "posts": 12,
        "first_at": START,
        "last_at": START + 86_400,
        "statistic": "shares of the same objects by the group's members",
        "value": 12.0,
        "expected": 1.5,
        "null": "As many as activity, popularity and community explain.",
        "innocent": "The accounts belong to one club and say so.",
        "stability": 0.95,
        "details": {"objects": 5, "accounts": accounts, "surplus_nats": 44.2},
        "account_rows": [{"account": name, "posts": 2, "details": {"coverage": 0.8}} for name in names],
        "times": [START + number * 7200 for number in range(12)],
        "things": things,
        "wordings": [
            {"key": "c" * 32, "versions": 3, "accounts": 4, "posts": 5, "first_at": START, "last_at": START + 60}
        ],
        "network": {
            "nodes": [
                {"account": name, "x": number / 6, "y": number % 2, "posts": 2} for number, name in enumerate(names)
            ],
            "edges": [(0, 1, 3.0), (1, 2, 2.0), (2, 3, 2.0)],
            "left_out": 0,
        },
        "posts_kept": [
            {
                "post_id": "p1",
                "at": START,
                "account": names[0],
                "platform": "chirper",
                "text": "@… come to the square!",
                "urls": ["https://leaflets.example/p/1"],
                "hashtags": ["#northmoorrises"],
            }
        ],
    }
    facts = {
        "rows": 20,
        "used": 18,
        "repeated": 0,
        "quarantined": {"bad_time": 2},
        "accounts": 9,
        "pairs": 3,
        "edges": 3,
        "popular_objects": 0,
        "accounts_named": accounts,
        "resumed": [],
    }
    aside = [{"line": 7, "reason": "bad_time", "remedy": "Write times in UTC."}]
    return json.loads(json.dumps({"facts": facts, "findings": [finding], "left_out": 0, "quarantine": aside}))


def thing(kind: str, key: str, value: str, *, names_account: bool = False) -> dict[str, Any]:
    return {
        "kind": kind,
        "key": key,
        "value": value,
        "posts": 6,
        "accounts": 5,
        "first_at": START,
        "last_at": START + 86_400,
        "names_account": names_account,
    }


def a_run(cast: Cast, snapshot: Snapshot, parameters: Parameters | None = None) -> Run:
    """Asked for, not carried out."""
    return services.ask_run(snapshot.pk, parameters=parameters or Parameters(), by=cast[Role.ANALYST])


def a_finding(cast: Cast, snapshot: Snapshot | None = None, *, state: FindingState | None = None) -> Finding:
    """Of a run that is done; judged where a state is given."""
    run = a_run(cast, snapshot or a_snapshot(cast))
    runs.store_outcome(run.pk, an_outcome())
    finding = Finding.objects.select_related("run__snapshot").get(run=run)
    if state is not None:
        services.judge(finding.pk, state=state, reason=REASON, by=cast[Role.ANALYST], expected_version=finding.version)
        finding.refresh_from_db()
    return finding


def a_trace() -> dict[str, Any]:
    """What a search for the things of `an_outcome` leaves."""
    back = {"posts": 4, "accounts": 4, "first_at": START + 86_400, "last_at": START + 90_000, "platforms": ["burrow"]}
    return {
        "facts": {"rows": 9, "used": 9, "quarantined": {}, "first_at": START, "last_at": START, "looked_for": 8},
        "reappeared": [
            {"kind": "url", "key": "leaflets.example/p/1", **back},
            {"kind": "text", "key": digest_of("come to the square"), **back},
        ],
    }
