"""Threads that work beside one another on the same tables."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import duckdb
import numpy as np
import pytest

from counterpoint.kernel.coordination.steps import Workspace


def test_a_thread_beside_has_the_same_tables():
    with Workspace(threads=1) as workspace:
        workspace.make("before", "SELECT 1 AS number")
        with workspace.beside() as other:
            other.make("beside", "SELECT number + 1 AS number FROM before")
            workspace.make("after", "SELECT number + 1 AS number FROM beside")
            assert other.rows("FROM after") == [(3,)]
            assert all(one.has(name) for one in (workspace, other) for name in ("before", "beside", "after"))
        assert workspace.rows("FROM beside") == [(2,)]


def test_what_each_loads_is_its_own_under_one_name():
    with Workspace(threads=1) as workspace, workspace.beside() as other:
        for one, numbers in ((workspace, [1, 2]), (other, [3])):
            one.load("loaded", {"number": np.array(numbers)})
        assert workspace.rows("FROM loaded") == [(1,), (2,)]
        workspace.drop("loaded")
        assert other.rows("FROM loaded") == [(3,)]


def test_both_see_times_as_utc():
    with Workspace(threads=1) as workspace, workspace.beside() as other:
        asked = "SELECT current_setting('TimeZone')"
        assert workspace.rows(asked) == other.rows(asked) == [("UTC",)]


def test_who_needs_a_table_that_is_being_made_waits_for_it():
    begun, go_on = Event(), Event()
    made = []

    def make(workspace, *, slowly):
        with workspace.turn("needed") as now:
            if now:
                begun.set()
                if slowly:
                    assert go_on.wait(20)
                made.append(workspace.make("needed", "SELECT 1 AS number"))
        return workspace.rows("FROM needed")

    with Workspace(threads=1) as workspace, workspace.beside() as other, ThreadPoolExecutor(2) as threads:
        slow = threads.submit(make, other, slowly=True)
        assert begun.wait(20)
        waiting = threads.submit(make, workspace, slowly=False)
        assert not waiting.done()
        go_on.set()
        assert slow.result() == waiting.result() == [(1,)]
    assert made == [1]


def test_what_could_not_be_made_is_made_by_the_next():
    def make(workspace, sql):
        with workspace.turn("needed") as now:
            assert now
            workspace.make("needed", sql)

    with Workspace(threads=1) as workspace:
        with pytest.raises(duckdb.Error):
            make(workspace, "FROM nowhere")
        make(workspace, "SELECT 1 AS number")
        with workspace.turn("needed") as now:
            assert not now
