"""A fortnight of made-up posts in the demo, as the analyst took them in, looked through and began to judge them.

What the detection finds in them was made beforehand (`scripts/northmoor_campaign.py`): loading waits for no run.
"""

import gzip
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.audit.sealing import seal_pending
from counterpoint.base import clock, ids
from counterpoint.campaigns import envelope, services
from counterpoint.campaigns.models import Finding, Snapshot
from counterpoint.campaigns.services import runs
from counterpoint.campaigns.types import About, FindingState, LegalBasis, Parameters
from counterpoint.config.northmoor.town import FOLDER as TOWN

FOLDER = TOWN / "campaign"
POSTS_FILE, OUTCOME_FILE = "posts.csv.gz", "outcome.json.gz"
ANALYST = "Wren Millstone"
KEY = "6e6f7274686d6f6f72" * 4  # protects nothing but made-up accounts
_TAKEN_IN, _KEPT_FOR = timedelta(days=3), timedelta(days=60)
_A_WEEK = 7 * 86_400  # times move by whole weeks, so that weekdays and hours stay
_TIMES = frozenset({"first_at", "last_at", "at", "times"})
_CONFIRMED = (
    "Ten accounts, the same leaflet pages in changed words for a fortnight; none of them says that it belongs to the "
    "others, and no club of this name exists."
)
_WATCHED = "Posts within the same minute look scheduled, but the accounts may belong to one shop. Look again."
_JUDGED = ((FindingState.CONFIRMED, _CONFIRMED), (FindingState.WATCH, _WATCHED))


def tell_campaign(analyst: Staff, *, now: datetime) -> Snapshot:
    """Let the analyst's week happen, ending `now`: the same each time."""
    with ids.drawn_from(Random("northmoor/campaign")):  # noqa: S311 - a made-up town, nothing secret
        snapshot = _told(analyst, now=now)
    seal_pending()
    return snapshot


def _told(analyst: Staff, *, now: datetime) -> Snapshot:
    at = now - _TAKEN_IN
    outcome = json.loads(gzip.decompress((FOLDER / OUTCOME_FILE).read_bytes()))
    latest = max((finding["last_at"] for finding in outcome["findings"]), default=0)
    shift = max(int(at.timestamp()) - latest, 0) // _A_WEEK * _A_WEEK
    with clock.moved_to(at):
        snapshot = services.upload_snapshot(
            io.BytesIO(_moved_posts(shift)), name="posts.csv", about=_about(at), by=analyst
        )
        snapshot.sealed_identifier_key = envelope.seal(snapshot, "sealed_identifier_key", KEY, key_id=snapshot.key_id)
        snapshot.save(update_fields=["sealed_identifier_key"])
        run = services.ask_run(snapshot.pk, parameters=Parameters(), by=analyst)
        runs.store_outcome(run.pk, _moved(outcome, shift))
    with clock.moved_to(now - timedelta(days=1)):
        _judge(run.pk, by=analyst)
    return snapshot


def _judge(run_id: UUID, *, by: Staff) -> None:
    findings = Finding.objects.filter(run_id=run_id, detector="validated").order_by("place")
    for finding, (state, reason) in zip(findings, _JUDGED, strict=False):
        services.judge(finding.pk, state=state, reason=reason, by=by, expected_version=finding.version)


def _about(at: datetime) -> About:
    return About(
        title="Leaflet pages, a fortnight",
        purpose="To see whether the leaflet pages are pushed, and how",
        legal_basis=LegalBasis.PUBLIC_TASK,
        source_note="Made up with the test worlds of kernel/coordination; no account and no page is real",
        delete_on=(at.astimezone(UTC) + _KEPT_FOR).date(),
    )


def _moved_posts(shift: int) -> bytes:
    """The posts with their times moved by so many seconds."""
    head, *lines = gzip.decompress((FOLDER / POSTS_FILE).read_bytes()).decode().splitlines()
    place = head.split(",").index("posted_at")
    moved = [head]
    for line in lines:
        cells = line.split(",", place + 1)
        cells[place] = str(int(cells[place]) + shift)
        moved.append(",".join(cells))
    return ("\n".join(moved) + "\n").encode()


def _moved(value: Any, shift: int, name: str = "") -> Any:
    """The outcome with every time in it moved."""
    if isinstance(value, Mapping):
        return {key: _moved(each, shift, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, shift, name) for each in value]
    return value + shift if name in _TIMES and isinstance(value, int) else value
