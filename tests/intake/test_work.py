"""The worker: what was stored gets done, also after a kill, a failure or a scanner that was away; and done once."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from tests.cast import a_cast
from tests.intake.making_files import a_photo
from tests.intake.telling import arrival_of, the_england_pack, told

from counterpoint.base import clock
from counterpoint.gateways.antivirus_fake import FakeScanner
from counterpoint.intake import storage, tasks, work
from counterpoint.intake.arrivals import NewFile, stored_file
from counterpoint.intake.models import Arrival, Draft, Referral, StoredFile
from counterpoint.intake.storage import Shelf
from counterpoint.intake.tasks import TaskFailed
from counterpoint.intake.types import ArrivalState, ScanState
from counterpoint.intake.work import (
    SCHEDULE,
    Scheduled,
    forget_done,
    put_back_lost,
    retry_failed,
    run_queued,
    run_worker,
)

pytestmark = pytest.mark.django_db


def test_a_stored_arrival_becomes_a_referral(cast):
    received = told()
    assert Referral.objects.count() == 0
    assert run_queued() >= 1
    assert Referral.objects.get().reference == received.reference
    assert Referral.objects.get().verdicts.count() == 1
    assert run_queued() == 0


def test_what_no_task_finished_is_swept_after_a_while(cast):
    received = told()
    DBTaskResult.objects.all().delete()
    assert tasks.sweep_arrivals() == 0
    with clock.moved_to(clock.now() + timedelta(minutes=5)):
        assert tasks.sweep_arrivals() == 1
        assert tasks.sweep_arrivals() == 0
    assert arrival_of(received).state == ArrivalState.ACCEPTED


def test_one_arrival_that_fails_keeps_no_other_from_its_turn(cast, monkeypatch, settings):
    bad, good = told(), told()
    real = tasks.import_string(settings.ARRIVALS_GO_TO)

    def step(arrival_id):
        if arrival_id == bad.arrival_id:
            raise ValueError("Sam Okonjo said something secret")
        real(arrival_id)

    monkeypatch.setattr(tasks, "import_string", lambda _: step)
    with clock.moved_to(clock.now() + timedelta(minutes=5)):
        tasks.sweep_arrivals()
    assert (arrival_of(bad).state, arrival_of(good).state) == (ArrivalState.RECEIVED, ArrivalState.ACCEPTED)


def test_what_an_error_says_never_reaches_the_job_table(cast, monkeypatch):
    told()

    def step(_):
        raise ValueError("Sam Okonjo said something secret")

    monkeypatch.setattr(tasks, "import_string", lambda _: step)
    run_queued()
    failed = DBTaskResult.objects.get(status=TaskResultStatus.FAILED)
    assert "ValueError in step" in failed.traceback
    assert "secret" not in failed.traceback + str(failed.args_kwargs)


def test_a_task_that_failed_is_tried_again_after_growing_pauses(cast, monkeypatch):
    told()
    monkeypatch.setattr(tasks, "import_string", lambda _: 1 / 0)
    tries = 0
    for _ in range(20):
        ran = run_queued()
        tries += ran
        DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).update(
            finished_at=timezone.now() - timedelta(days=1)
        )
        if not retry_failed():
            break
    assert tries == 1 + len(work._PAUSES)
    assert DBTaskResult.objects.get().status == TaskResultStatus.FAILED


def test_a_task_is_not_tried_again_before_its_pause_is_over(cast, monkeypatch):
    told()
    monkeypatch.setattr(tasks, "import_string", lambda _: 1 / 0)
    run_queued()
    assert retry_failed() == 0


def test_a_task_of_a_killed_worker_is_put_back(cast):
    received = told()
    task = DBTaskResult.objects.get()
    task.claim("worker-that-was-killed")
    assert (put_back_lost(), run_queued()) == (0, 0)
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(hours=1))
    assert put_back_lost() == 1
    run_queued()
    assert arrival_of(received).state == ArrivalState.ACCEPTED


def test_results_are_forgotten_after_a_week(cast):
    told()
    run_queued()
    assert forget_done() == 0
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert forget_done() >= 1
    assert work.queue_age(clock.now()) == timedelta(0)


def test_files_left_behind_are_prepared_once_the_scanner_is_back(cast, settings, monkeypatch):
    scanner = FakeScanner(reachable=False)
    settings.CLAMD = "/run/clamd"
    monkeypatch.setattr(tasks, "scanner_at", lambda _: scanner)
    received = told()
    row = stored_file(NewFile("files", "x.jpg", "image/jpeg", a_photo()), key_id=arrival_of(received).key_id)
    row.arrival = arrival_of(received)
    row.save(force_insert=True)
    run_queued()
    later = clock.now() + timedelta(minutes=5)
    with clock.moved_to(later):
        tasks.sweep_files()
        assert StoredFile.objects.get().scan_state == ScanState.WAITING
        scanner.reachable = True
        tasks.sweep_files()
    assert StoredFile.objects.get().scan_state == ScanState.CLEAN


def test_drafts_never_sent_go_with_their_files(cast, settings):
    name = storage.put(b"sealed", shelf=Shelf.QUARANTINE)
    old = Draft.objects.create(lookup="a" * 64, question_set="x", updated_at=clock.now() - timedelta(hours=25))
    old.files.create(question="files", sealed_name=b"x", media_type="image/png", size_bytes=1, stored_as=name)
    young = Draft.objects.create(lookup="b" * 64, question_set="x", updated_at=clock.now())
    assert tasks.sweep_drafts() == 1
    assert list(Draft.objects.all()) == [young]
    with pytest.raises(storage.FileLost):
        storage.get(name, shelf=Shelf.QUARANTINE)


def test_orphans_go_and_named_files_stay(cast, monkeypatch):
    received = told()
    row = stored_file(NewFile("files", "x.jpg", "image/jpeg", a_photo()), key_id=arrival_of(received).key_id)
    row.arrival = arrival_of(received)
    row.save(force_insert=True)
    orphan = storage.put(b"sealed", shelf=Shelf.SEALED)
    real = storage.sweep_orphans
    monkeypatch.setattr(storage, "sweep_orphans", lambda **how: real(**how, older_than_seconds=-10))
    tasks.sweep_orphans()
    assert storage.get(row.original_stored_as, shelf=Shelf.SEALED)
    with pytest.raises(storage.FileLost):
        storage.get(orphan, shelf=Shelf.SEALED)


def test_every_sweep_can_run_twice(cast):
    told()
    for _ in range(2):
        for scheduled in SCHEDULE.values():
            scheduled.sweep()


def test_a_sweep_that_fails_does_not_stop_the_others():
    ran = []

    def bad() -> int:
        raise TaskFailed("x")

    clockwork = work._Clockwork(
        {"bad": Scheduled(bad, timedelta(0)), "good": Scheduled(lambda: ran.append(1) or 1, timedelta(minutes=1))}
    )
    clockwork.run_due(now_seconds=1.0)
    clockwork.run_due(now_seconds=2.0)
    clockwork.run_due(now_seconds=62.0)
    assert ran == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_queue_and_stop_when_told():
    the_england_pack()
    a_cast()
    received = [told() for _ in range(6)]
    stop = Event()

    def serve() -> None:
        try:
            run_worker(stop, interval_seconds=0.05, schedule={})
        finally:
            connections.close_all()

    workers = [Thread(target=serve) for _ in range(2)]
    for worker in workers:
        worker.start()
    for _ in range(600):
        if not Arrival.objects.filter(state=ArrivalState.RECEIVED).exists():
            break
        stop.wait(0.05)
    stop.set()
    for worker in workers:
        worker.join(30)
    assert not any(worker.is_alive() for worker in workers)
    assert Referral.objects.count() == len(received)
