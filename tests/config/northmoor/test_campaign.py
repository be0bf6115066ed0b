"""The demo's posts: taken in and looked through without a run, and such that a run over them would fit."""

import gzip
from datetime import UTC, datetime

import pytest
from tests.cast import a_cast

from counterpoint.access.types import Role
from counterpoint.campaigns import selectors
from counterpoint.campaigns.types import FindingState, RunState
from counterpoint.config.northmoor.campaign import FOLDER, KEY, POSTS_FILE, _moved_posts, tell_campaign
from counterpoint.kernel.coordination.identity import pseudonym

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_the_analysts_fortnight(settings, tmp_path):
    settings.FILES_FOLDER = tmp_path
    analyst = a_cast()[Role.ANALYST]
    snapshot = tell_campaign(analyst, now=NOW)
    (row,) = selectors.runs(analyst)
    assert row.state is RunState.DONE
    run = selectors.run(analyst, row.id)
    assert {each.state for each in run.findings} == {FindingState.CONFIRMED, FindingState.WATCH, FindingState.OPEN}
    assert all(each.last_at < snapshot.created_at < NOW for each in run.findings)
    accounts = {
        line.split(",")[1] for line in gzip.decompress((FOLDER / POSTS_FILE).read_bytes()).decode().splitlines()
    }
    known = {pseudonym(account, key=bytes.fromhex(KEY)) for account in accounts}
    for each in run.findings:
        content = selectors.finding(analyst, each.id).content
        assert {account["account"] for account in content["account_rows"]} <= known
        assert selectors.posts_of_finding(analyst, each.id)


def test_only_times_are_moved():
    before = gzip.decompress((FOLDER / POSTS_FILE).read_bytes()).decode().splitlines()
    after = _moved_posts(7 * 86_400).decode().splitlines()
    assert before[0] == after[0]
    for one, two in zip(before[1:], after[1:], strict=True):
        left, right = one.split(",", 3), two.split(",", 3)
        assert (left[0], left[1], int(left[2]) + 7 * 86_400, left[3]) == (right[0], right[1], int(right[2]), right[3])
