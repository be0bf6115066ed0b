"""The queue writes as the package that it stands on does; whether its workers take it is tests/intake/test_work.py."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks_db import DatabaseBackend
from django_tasks_db.compat import task_enqueued
from django_tasks_db.models import DBTaskResult

from counterpoint.base.queue import Queue

pytestmark = pytest.mark.django_db

_OF_ITS_OWN = {"id", "enqueued_at"}


@task()
def greet(name, *, times=1):
    return name * times


def row(of):
    return {
        name: value
        for name, value in DBTaskResult.objects.filter(pk=of.id).values()[0].items()
        if name not in _OF_ITS_OWN
    }


@pytest.mark.parametrize("told", [greet, greet.using(priority=7, run_after=timezone.now() + timedelta(hours=1))])
def test_it_writes_and_answers_as_its_package_does(told):
    theirs, ours = (
        kind("default", {"QUEUES": ["default"]}).enqueue(told, ("a",), {"times": 2})
        for kind in (DatabaseBackend, Queue)
    )
    assert row(ours) == row(theirs)
    assert type(ours) is type(theirs)
    for name in ("task", "status", "args", "kwargs", "backend", "errors", "worker_ids", "started_at", "finished_at"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert DBTaskResult.objects.get(pk=ours.id).task_result == ours


def test_it_is_the_one_in_use_and_tells_who_listens():
    told = []
    task_enqueued.connect(lambda task_result, **_: told.append(task_result.id), weak=False, dispatch_uid="told")
    try:
        result = greet.enqueue("b")
    finally:
        task_enqueued.disconnect(dispatch_uid="told")
    assert isinstance(greet.get_backend(), Queue)
    assert told == [result.id]


def test_a_task_of_a_transaction_that_fails_is_not_there():
    with transaction.atomic():
        greet.enqueue("c")
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.filter(args_kwargs__args=["c"]).exists()
