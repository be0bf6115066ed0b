"""From posts to findings by the real detection, in a process of its own; and what happens when it is stopped."""

import csv
import io
import json
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from django_tasks_db.models import DBTaskResult
from tests.campaigns.making import FEW_POSTS, a_run, a_snapshot, an_outcome, posts_csv, world_as_csv

from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.campaigns import selectors, services, tasks
from counterpoint.campaigns.models import Finding, Run
from counterpoint.campaigns.services import runs
from counterpoint.campaigns.types import Detector, Failure, Parameters, PlatformAct, RunState
from counterpoint.intake.work import run_queued

pytestmark = pytest.mark.django_db
QUICK = Parameters(detectors=(Detector.PAIRS,))


@pytest.fixture(autouse=True)
def _nothing_left_running():
    yield
    tasks.end_runs()


def test_a_campaign_is_found_and_nothing_in_clear_is_left(cast, settings):
    snapshot = a_snapshot(cast, world_as_csv())
    run = a_run(cast, snapshot)
    tasks.run_until_done(run)
    assert run.state == RunState.DONE, run.failure
    view = selectors.run(cast[Role.ANALYST], run.pk)
    assert view.facts["used"] > 500
    found = [row for row in view.findings if row.accounts >= 7]
    assert found, "the planted campaign was not found"
    content = selectors.finding(cast[Role.ANALYST], found[0].id).content
    raw = json.dumps(content)
    posts = list(csv.DictReader(io.StringIO(world_as_csv().decode())))
    assert not [post["account_id"] for post in posts if f'"{post["account_id"]}"' in raw], "accounts as they came"
    assert not [post["text"] for post in posts if post["text"] in raw], "a finding outlives its posts without texts"
    assert not [post["post_id"] for post in posts if f'"{post["post_id"]}"' in raw]
    assert {thing["kind"] for thing in content["things"]} >= {"url", "hashtag", "text"}
    assert not (settings.RUNS_FOLDER / str(run.pk)).exists()


def test_wordings_in_several_versions_are_told_without_their_words(cast):
    posts = world_as_csv("one_off_links")  # no two of its accounts share an address
    run = a_run(cast, a_snapshot(cast, posts))
    tasks.run_until_done(run)
    found = [row for row in selectors.run(cast[Role.ANALYST], run.pk).findings if row.accounts >= 7]
    content = selectors.finding(cast[Role.ANALYST], found[0].id).content
    assert [thing["kind"] for thing in content["things"] if thing["kind"] == "url"] == []
    first = content["wordings"][0]
    assert first["versions"] > 1
    assert 2 <= first["accounts"] <= content["accounts"]
    assert first["versions"] <= first["posts"] <= content["posts"]
    assert content["first_at"] <= first["first_at"] <= first["last_at"] <= content["last_at"]
    assert set(first) == {"key", "versions", "accounts", "posts", "first_at", "last_at"}


def test_an_account_is_called_the_same_in_two_runs_and_otherwise_in_another_snapshot(cast):
    snapshot, other = a_snapshot(cast), a_snapshot(cast)
    asked = [a_run(cast, snapshot, QUICK), a_run(cast, snapshot), a_run(cast, other)]
    keys = [tasks._job(run, Path("posts.csv"))["key"] for run in asked]
    assert keys[0] == keys[1] != keys[2]


def test_asking_twice_is_one_run(cast):
    snapshot = a_snapshot(cast)
    first = a_run(cast, snapshot, QUICK)
    assert a_run(cast, snapshot, QUICK) == first
    assert a_run(cast, snapshot, Parameters(detectors=(Detector.PAIRS,), window_seconds=5)) != first
    runs.fail_run(first.pk, Failure.FELL_OVER)
    assert a_run(cast, snapshot, QUICK) != first


def test_the_queued_task_starts_the_run_without_waiting_for_it(cast):
    run = a_run(cast, a_snapshot(cast), QUICK)
    assert run_queued() == 1
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    tasks.run_until_done(run)
    assert run.state == RunState.DONE
    told = AuditEntry.objects.filter(action__startswith="run.").order_by("number").values_list("action", flat=True)
    assert list(told) == ["run.asked", "run.finished"]


def test_bad_rows_are_set_aside_and_explained(cast):
    rows = FEW_POSTS + b"p9,acct_1,yesterday,Hello\r\np10,acct_1\r\n"
    run = a_run(cast, a_snapshot(cast, rows), QUICK)
    tasks.run_until_done(run)
    view = selectors.run(cast[Role.ANALYST], run.pk)
    assert run.state == RunState.DONE
    assert sum(view.facts["quarantined"].values()) == 2
    assert all(row["remedy"] for row in view.quarantine)
    assert "yesterday" not in json.dumps(view.quarantine)


def test_a_file_that_is_no_posts_fails_in_plain_words(cast):
    run = a_run(cast, a_snapshot(cast, b"PAR1 and then nothing of the kind PAR1", name="posts.parquet"), QUICK)
    tasks.run_until_done(run)
    view = selectors.run(cast[Role.ANALYST], run.pk)
    assert (run.state, run.failure) == (RunState.FAILED, Failure.UNREADABLE)
    assert "Parquet" in view.words
    assert "/" not in view.words, "a path of ours is shown"
    assert view.remedy


def test_columns_by_another_name(cast):
    rows = posts_csv([{"id": f"p{n}", "who": f"a{n % 2}", "when": str(1_600_000_000 + n)} for n in range(4)])
    mapping = {"post_id": "id", "account_id": "who", "posted_at": "when"}
    run = a_run(cast, a_snapshot(cast, rows, mapping=mapping), Parameters(detectors=(Detector.AUTOMATION,)))
    tasks.run_until_done(run)
    assert run.state == RunState.DONE, selectors.run(cast[Role.ANALYST], run.pk).words
    assert selectors.run(cast[Role.ANALYST], run.pk).facts["used"] == 4


def test_a_run_that_takes_too_long_is_ended(cast, settings):
    settings.RUN_SECONDS = 0
    run = a_run(cast, a_snapshot(cast, world_as_csv()))
    tasks.run_until_done(run)
    assert (run.state, run.failure) == (RunState.FAILED, Failure.TOO_LONG)


@pytest.mark.parametrize(
    ("code", "why", "failure"),
    [
        (1, "unreadable", Failure.UNREADABLE),
        (1, "too_big", Failure.TOO_BIG),
        (-9, "", Failure.TOO_BIG),  # the system ended it for its memory
        (-24, "", Failure.TOO_LONG),  # its limit of processor time
        (-11, "", Failure.FELL_OVER),
        (1, "something new", Failure.FELL_OVER),
    ],
)
def test_how_a_process_ended_is_told(code, why, failure):
    assert tasks._failure_of(code, why) is failure


def test_a_killed_process_is_told(cast):
    run = a_run(cast, a_snapshot(cast, world_as_csv()))
    tasks.look_after_runs()
    next(iter(tasks._at_work.values())).process.kill()
    tasks.run_until_done(run)
    assert (run.state, run.failure) == (RunState.FAILED, Failure.TOO_BIG)


def test_the_run_of_a_worker_that_died_is_taken_up_again(cast, settings):
    run = a_run(cast, a_snapshot(cast, world_as_csv()), Parameters(detectors=(Detector.PAIRS, Detector.AUTOMATION)))
    tasks.look_after_runs()
    work = tasks._at_work.pop(run.pk)  # this worker knows nothing of it any more
    folder = work.folder
    stage = folder / "results" / ".work" / "pairs.json"
    while not stage.exists() and work.process.poll() is None:
        time.sleep(0.02)
    work.process.stdin.close()  # what the end of a worker does
    assert work.process.wait() in (0, 3)
    (folder / "outcome.json").unlink(missing_ok=True)
    assert runs.claim_next() is None, "it may still be alive"
    with clock.moved_to(clock.now() + runs.LOST_AFTER + timedelta(seconds=1)):
        tasks.run_until_done(run)
    assert run.state == RunState.DONE
    assert run.attempts == 2
    assert "pairs" in selectors.run(cast[Role.ANALYST], run.pk).facts["resumed"]
    assert not folder.exists()


def test_a_run_is_not_tried_for_ever(cast):
    run = a_run(cast, a_snapshot(cast), QUICK)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, alive_at=clock.now() - timedelta(hours=1), attempts=3)
    assert runs.claim_next() is None
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.FAILED, Failure.FELL_OVER)


def test_two_workers_do_not_take_the_same_run(cast):
    a_run(cast, a_snapshot(cast), QUICK)
    assert runs.claim_next() is not None
    assert runs.claim_next() is None


def test_a_worker_that_ends_gives_its_run_back_without_posts_in_clear(cast):
    run = a_run(cast, a_snapshot(cast, world_as_csv()))
    tasks.look_after_runs()
    folder = tasks._at_work[run.pk].folder
    assert (folder / "posts.csv").exists()
    assert (folder / "posts.csv").stat().st_mode & 0o077 == 0
    tasks.end_runs()
    assert not (folder / "posts.csv").exists()
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.QUEUED, 0)


def test_deleting_the_posts_ends_the_run(cast):
    snapshot = a_snapshot(cast, world_as_csv())
    run = a_run(cast, snapshot)
    tasks.look_after_runs()
    folder = tasks._at_work[run.pk].folder
    services.delete_snapshot(snapshot.pk, reason="Taken in by mistake, wrong week", by=cast[Role.ANALYST])
    tasks.look_after_runs()
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.FAILED, Failure.DELETED)
    assert not folder.exists()


def test_an_outcome_is_stored_once(cast):
    run = a_run(cast, a_snapshot(cast))
    runs.store_outcome(run.pk, an_outcome())
    runs.store_outcome(run.pk, an_outcome())
    assert Finding.objects.filter(run=run).count() == 1
    assert AuditEntry.objects.filter(action="run.finished").count() == 1


def test_displacement_by_a_platform(cast):
    rows = [
        {
            "post_id": f"{where}-{number}-{page}",
            "account_id": f"{where}_{number}",
            "posted_at": str(1_600_000_000 + day * 86_400 + number * 60),
            "platform": where,
            "urls": f"https://leaflets.example/{page}",
        }
        for where, day in (("chirper", 1), ("burrow", 12))
        for number in range(5)
        for page in range(6)
    ]
    acts = (PlatformAct(date(2020, 9, 18), "chirper", "closed accounts"),)
    run = a_run(cast, a_snapshot(cast, posts_csv(rows)), Parameters(detectors=(Detector.DISPLACEMENT,), acts=acts))
    tasks.run_until_done(run)
    assert run.state == RunState.DONE, selectors.run(cast[Role.ANALYST], run.pk).words
