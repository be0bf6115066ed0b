"""Whatever happens to a case in any order, its tasks and clocks are of what waits."""

from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.making import START
from tests.cases.versions import RENAMED, a_path_case, check_laws, move, put, take

from counterpoint.base import clock
from counterpoint.base.errors import Refusal
from counterpoint.cases import process, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseClock
from counterpoint.cases.selectors import moving as selectors
from counterpoint.cases.services import moving
from counterpoint.kernel import processes

pytestmark = pytest.mark.django_db


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Walk:
    """One case on the whole path, and whatever may happen to it in any order."""

    def __init__(self, world, seed: int) -> None:
        self.world, self.case, self.chance = world, a_path_case(world), Random(seed)
        self.at, self.moves = START, 0

    def act(self, what: str) -> None:
        self.at += timedelta(hours=self.chance.randint(1, 200))
        with clock.moved_to(self.at):
            try:
                with transaction.atomic():
                    getattr(self, f"try_{what}")()
            except Refusal:
                pass
            check_laws(self.case)

    def try_step(self) -> None:
        waiting = process.current_run(self.case).waiting
        if waiting:
            step = self.chance.choice(waiting).id
            take(self.case, step, self.world.supervisor, self.world.officer, chance=self.chance)

    def try_date(self) -> None:
        due = CaseClock.objects.filter(case=self.case, ended_at__isnull=True, is_timer=True).first()
        if due is not None and due.due_at is not None:
            self.at = max(self.at, due.due_at)
            with clock.moved_to(self.at):
                services.look_at_clocks()

    def try_news(self) -> None:
        running = process.current_run(self.case)
        expected = [event.message_id for event in running.expected if event.message_id]
        if expected:
            message = self.chance.choice(expected)
            self.case.refresh_from_db()
            form = moving.process.steps.form_of_plan(running.pack, running.message_plan(message))
            values = {field.id: self.chance.choice(field.choices)[0] if field.choices else "x" for field in form.fields}
            services.receive_message(
                self.case, message, values, by=self.world.supervisor, expected_version=self.case.version
            )

    def try_stage(self) -> None:
        stages = selectors.stages_for(self.world.supervisor, self.case.pk, purpose="casework")
        if stages:
            self.case.refresh_from_db()
            moving.reopen_stage(
                self.case,
                self.chance.choice(stages)[0],
                reason="News.",
                by=self.world.supervisor,
                expected_version=self.case.version,
            )

    def try_close(self) -> None:
        self.case.refresh_from_db()
        services.close_case(
            self.case, reason_id="concerns_reduced", by=self.world.officer, expected_version=self.case.version
        )

    def try_version(self) -> None:
        put(self.chance.choice(("panel_renamed", "consent_by_chair", RENAMED, "longer_panel")))
        before = process.current_run(self.case)
        try:
            move(self.case, self.world.supervisor)
        except Missing:
            after = process.current_run(self.case)
            assert (after.process.hash, after.state) == (before.process.hash, before.state)
            raise
        after = process.current_run(self.case)
        assert after.state.events == before.state.events  # nothing that happened is lost or made up
        assert processes.is_finished(after.process, after.state) or after.waiting or after.expected
        self.moves += 1


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plan=st.lists(
        st.sampled_from(["step"] * 8 + ["date", "news", "stage", "close", "version", "version"]),
        min_size=12,
        max_size=30,
    ),
    seed=st.integers(0, 10**6),
)
def test_whatever_happens_tasks_and_clocks_are_of_what_waits(world, plan, seed):
    with undone():
        walk = Walk(world, seed)
        for what in plan:
            walk.act(what)
