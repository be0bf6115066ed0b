"""Whatever people do, in whatever order, a case never gets closed without outcome, feedback and a second person."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.making import OUTCOME, a_case, a_referral, an_action, share, take_next

from counterpoint.audit.models import AuditEntry
from counterpoint.base.errors import Refusal
from counterpoint.cases import policies, process, services
from counterpoint.cases.models import Action, Case, CaseEvent
from counterpoint.cases.types import ActionState, CaseState, EventKind

pytestmark = pytest.mark.django_db

ACTORS = ["officer", "colleague", "supervisor", "second_supervisor", "partner", "stranger", "triage"]


class Walk:
    """One case and what can be tried on it; a refusal is an answer, anything else is a fault."""

    def __init__(self, world):
        self.world, self.case, self.done = world, a_case(world), 0

    def __getattr__(self, name):
        return getattr(self.world, name)

    def attempt(self, what, who):
        by = getattr(self.world, who)
        self.case.refresh_from_db()
        before = AuditEntry.objects.count(), CaseEvent.objects.count()
        try:
            with transaction.atomic():
                getattr(self, f"try_{what}")(by, self.case.version)
            self.done += 1
        except Refusal:
            assert (AuditEntry.objects.count(), CaseEvent.objects.count()) == before

    def try_next(self, by, version):
        if self.case.next_step:
            take_next(self.case, self.world)

    def try_close(self, by, version):
        services.close_case(self.case, reason_id="concerns_reduced", by=by, expected_version=version)

    def try_reopen(self, by, version):
        services.reopen_case(self.case, reason="News.", by=by, expected_version=version)

    def try_outcome(self, by, version):
        services.record_outcome(self.case, **OUTCOME, by=by, expected_version=version)

    def try_feedback(self, by, version):
        services.send_feedback(self.case, text="Ended.", by=by, expected_version=version)

    def try_withhold(self, by, version):
        services.withhold_feedback(self.case, reason="Not safe.", by=by, expected_version=version)

    def try_keep(self, by, version):
        services.keep_feedback(self.case, by=by, expected_version=version)

    def try_agree(self, by, version):
        values = {"decision": "agreed", "reason": "Read it."}
        services.complete_step(self.case, "agree_closure", values, by=by, expected_version=version)

    def try_disagree(self, by, version):
        values = {"decision": "not_agreed", "reason": "Read it."}
        services.complete_step(self.case, "agree_closure", values, by=by, expected_version=version)

    def try_stale(self, by, version):
        services.close_case(self.case, reason_id="concerns_reduced", by=by, expected_version=version - 1)

    def try_add(self, by, version):
        services.add_action(self.case, an_action(self.world, owner=self.world.supervisor), by=by)

    def try_finish(self, by, version):
        row = self.case.actions.first()
        if row is not None:
            services.finish_action(row, outcome="worked", why="Well.", by=by, expected_version=row.version)

    def try_drop(self, by, version):
        row = self.case.actions.filter(state=ActionState.OPEN).first()
        if row is not None:
            services.drop_action(row, why="Moot.", by=by, expected_version=row.version)

    def try_member(self, by, version):
        services.add_member(self.case, staff=self.world.colleague, by=by)

    def try_remove(self, by, version):
        services.remove_member(self.case, staff=self.world.colleague, by=by)

    def try_hand_over(self, by, version):
        services.hand_over(self.case, lead_officer=self.world.colleague, by=by, expected_version=version)

    def try_hand_to_supervisor(self, by, version):
        services.hand_over(self.case, lead_officer=self.world.supervisor, by=by, expected_version=version)

    def try_share(self, by, version):
        share(self.case, self.world)

    def try_join(self, by, version):
        services.join_referral(self.case, referral=a_referral(self.world), by=by)


ATTEMPTS = sorted(name.removeprefix("try_") for name in dir(Walk) if name.startswith("try_"))
# The way through the process and closing come often, or no walk would ever get far.
WEIGHTED = ["next"] * 12 + ["close"] * 4 + ["reopen"] * 2 + ATTEMPTS
moves = st.lists(st.tuples(st.sampled_from(WEIGHTED), st.sampled_from(ACTORS)), min_size=8, max_size=25)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def check_laws(case: Case) -> None:
    case.refresh_from_db()
    runs = list(case.runs.order_by("number"))
    assert [run.number for run in runs] == list(range(1, len(runs) + 1))
    for run in runs:
        if run.ended_at is not None:
            assert policies.latest_outcome(run) is not None
            assert policies.latest_feedback(run) is not None
            agreed_by = policies.agreed_by(process.load(run))
            assert agreed_by is not None
            assert agreed_by != policies.latest_outcome(run).by_id
    is_closed = case.state == CaseState.CLOSED
    assert is_closed == (runs[-1].ended_at is not None)
    if is_closed:
        # who agreed may have been given the lead since: then another supervisor agreed by closing
        closed_by = case.events.filter(kind=EventKind.CLOSED).order_by("-number")[0].by_id
        assert {policies.agreed_by(process.load(runs[-1])), closed_by} - {case.lead_officer_id}
        assert not Action.objects.filter(case=case, state=ActionState.OPEN).exists()
    else:
        waiting = process.current_run(case).waiting
        assert case.next_step == (waiting[0].id if waiting else "")
    assert case.members.filter(staff=case.lead_officer, to_at__isnull=True).count() == 1
    assert list(case.events.order_by("number").values_list("number", flat=True)) == list(
        range(1, case.events.count() + 1)
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=moves)
def test_no_way_leads_to_a_closed_case_that_lacks_something(world, plan):
    with undone():
        walk = Walk(world)
        for what, who in plan:
            walk.attempt(what, who)
            check_laws(walk.case)


def test_such_walks_do_reach_closing_and_reopening(world):
    """Else the property above would hold of nothing."""
    walk = Walk(world)
    way = [("next", "officer")] * 6 + [("close", "officer"), ("reopen", "supervisor")]
    way += [("next", "officer")] * 5 + [("close", "officer"), ("close", "supervisor")]
    for what, who in way:
        walk.attempt(what, who)
        check_laws(walk.case)
    assert walk.case.state == CaseState.CLOSED
    assert walk.case.runs.count() == 2
    assert walk.done == len(way) - 1  # the lead officer may not agree with himself
