"""A machine that walks one process of a pack at random, by the forms that people fill in, and holds what must hold in
every process. Laws of one process stand beside it, in its test."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from counterpoint.kernel.clocks import ClockState, read_clock, start_clock
from counterpoint.kernel.packs import StepWork, read_folder, read_pack
from counterpoint.kernel.processes import (
    EventNotExpected,
    Happening,
    State,
    StepNotWaiting,
    cancel,
    complete_step,
    diagram_in_words,
    expected_events,
    fire_timer,
    is_finished,
    migrate,
    read_process,
    receive_message,
    reopen_stage,
    stages_to_reopen,
    standing,
    start,
    waiting_steps,
)
from counterpoint.kernel.questions import check

PACKS = Path(__file__).parents[3] / "packs"


def pack_of(folder):
    return read_pack(read_folder(PACKS / folder))


@cache
def versions_of(xml):
    """A process, and the same with the help text of one step put otherwise: every run can go on by either."""
    process = read_process(xml)
    step = next(step for step in process.steps if "&" not in step.documentation)
    old = f"<bpmn:documentation>{step.documentation}".encode()
    assert old in xml
    return process, read_process(xml.replace(old, old + b" More."))


class Walk(RuleBasedStateMachine):
    """Subclasses set `pack` and `process_id`; `forward` says which answer leads on where it is not the first."""

    pack = None
    process_id = ""
    forward = {}
    reached = None

    def __init__(self):
        super().__init__()
        self.versions = versions_of(self.pack.processes[self.process_id])
        self.process = self.versions[0]
        self.now = datetime(2026, 5, 1, 9, tzinfo=UTC)
        self.state = start(self.process, {}, at=self.now)

    # --- what can happen

    @rule(days=st.integers(0, 40))
    def time_passes(self, days):
        self.now += timedelta(days=days, hours=1)

    @initialize(data=st.data())
    def some_steps_first(self, data):
        """So that most walks come further than the first fork."""
        for _ in range(data.draw(st.integers(0, 20))):
            for step in waiting_steps(self.process, self.state)[:1]:
                values = self.filled_in(data, step.id, self.pack.step_plan(self.process_id, step.id), onward=True)
                self.state = complete_step(self.process, self.state, step.id, values, at=self.now)

    @precondition(lambda self: waiting_steps(self.process, self.state))
    @rule(data=st.data())
    def somebody_finishes_a_step(self, data):
        step = data.draw(st.sampled_from(waiting_steps(self.process, self.state)))
        onward = data.draw(st.integers(0, 3)) > 0
        values = self.filled_in(data, step.id, self.pack.step_plan(self.process_id, step.id), onward=onward)
        self.state = complete_step(self.process, self.state, step.id, values, at=self.now)

    def filled_in(self, data, node_id, plan, *, onward=False):
        """What the process sees of a form that is filled in; the form's own check must be content with it."""
        if plan.form is None:
            return self.without_form(data, node_id, onward)
        form = self.pack.form(plan.form, self.pack.source_language)
        chosen = {}
        for name in plan.records:
            choices = form.question(name).choice_ids
            on = self.forward.get((node_id, name), choices[0])
            chosen[name] = {"value": on if onward else data.draw(st.sampled_from(choices))}
        told = {problem.question_id for problem in check(form, chosen).problems}
        assert not told & set(chosen), "what the process looks at can be answered as the process expects"
        return {question: answer["value"] for question, answer in chosen.items()}

    def without_form(self, data, node_id, onward):
        """What is recorded where the pack has no form."""
        del data, node_id, onward
        return {}

    @precondition(lambda self: expected_events(self.process, self.state))
    @rule(data=st.data())
    def something_comes_from_outside(self, data):
        event = data.draw(st.sampled_from(expected_events(self.process, self.state)))
        plan = self.pack.plans[self.process_id]
        if event.message_id:
            values = self.filled_in(data, event.id, plan.messages[event.message_id])
            self.state = receive_message(self.process, self.state, event.message_id, values, at=self.now)
            return
        rule_ = self.pack.clock_rule(plan.timers[event.id])
        clock, calendar = start_clock(rule_, at=event.since), self.pack.calendar_of(rule_)
        self.now = max(self.now, read_clock(clock, calendar, at=self.now).due_at)
        assert read_clock(clock, calendar, at=self.now).state is ClockState.LATE
        self.state = fire_timer(self.process, self.state, event.id, at=self.now)

    @precondition(lambda self: stages_to_reopen(self.process, self.state))
    @rule(data=st.data())
    def a_stage_is_opened_again(self, data):
        stage = data.draw(st.sampled_from(stages_to_reopen(self.process, self.state)))
        self.state = reopen_stage(self.process, self.state, stage.id, at=self.now)
        inside = {step.id for step in self.process.steps if step.stage == stage.id}
        timers = {event.id for event in self.process.events if event.stage == stage.id}
        waiting = {step.id for step in waiting_steps(self.process, self.state)}
        assert waiting <= inside
        assert waiting | timers & {event.id for event in expected_events(self.process, self.state)}

    @precondition(lambda self: not is_finished(self.process, self.state))
    @rule()
    def a_new_version_comes_into_force(self):
        before = waiting_steps(self.process, self.state)
        other = next(version for version in self.versions if version is not self.process)
        moved = migrate(self.state, old=self.process, new=other)
        assert isinstance(moved, State), moved
        assert [step.id for step in waiting_steps(other, moved)] == [step.id for step in before]
        assert [step.since for step in waiting_steps(other, moved)] == [step.since for step in before]
        self.process, self.state = other, moved

    @rule(data=st.data())
    def something_comes_that_nothing_waits_for(self, data):
        waiting = {step.id for step in waiting_steps(self.process, self.state)}
        expected = {event.id for event in expected_events(self.process, self.state)}
        node = data.draw(st.sampled_from(sorted(self.process.nodes)))
        before = self.state.to_json()
        if node not in waiting:
            try:
                complete_step(self.process, self.state, node, {}, at=self.now)
            except (StepNotWaiting, EventNotExpected):
                pass
            else:
                raise AssertionError(node)
        if node not in expected:
            try:
                fire_timer(self.process, self.state, node, at=self.now)
            except EventNotExpected:
                pass
            else:
                raise AssertionError(node)
        assert self.state.to_json() == before

    @precondition(lambda self: not is_finished(self.process, self.state))
    @rule()
    def it_could_be_cancelled(self):
        gone = cancel(self.process, self.state, at=self.now)
        assert is_finished(self.process, gone)
        assert not waiting_steps(self.process, gone)

    # --- what always holds

    @invariant()
    def there_is_a_way_on(self):
        waiting = waiting_steps(self.process, self.state)
        alone = [event for event in expected_events(self.process, self.state) if not event.interrupts]
        assert is_finished(self.process, self.state) == (not waiting and not alone)

    @invariant()
    def each_waiting_step_has_a_role_a_form_and_a_clock(self):
        if self.process_id not in self.pack.plans:
            return
        for step in waiting_steps(self.process, self.state):
            plan = self.pack.step_plan(self.process_id, step.id)
            assert step.lane
            assert plan.form in self.pack.forms or plan.work in (StepWork.OUTCOME, StepWork.FEEDBACK)
            assert plan.clock in self.pack.clocks

    @invariant()
    def a_stored_state_comes_back_as_it_was(self):
        assert State.from_json(self.process, self.state.to_json()) == self.state

    @invariant()
    def the_table_says_where_it_stands(self):
        rows = {row.step_id for row in diagram_in_words(self.process, self.state) if row.status == "waiting"}
        assert rows == {step.id for step in waiting_steps(self.process, self.state)}

    def teardown(self):
        """So that a test can say which steps the walks came to."""
        if self.reached is not None:
            self.reached.update(one.id for one in self.state.events)

    @invariant()
    def what_was_passed_stays_passed(self):
        passed = standing(self.process, self.state).passed_nodes
        assert {one.id for one in self.state.events if one.happening is Happening.STEP} <= passed

    # --- for laws of one process

    @classmethod
    def invariants_by_name(cls):
        """The names of all that always holds, of this machine and of those it is made from."""
        return [name for name in dir(cls) if hasattr(getattr(cls, name), "hypothesis_stateful_invariant")]

    def happened(self, *node_ids):
        """The positions at which these steps or events happened; -1 stands before the beginning."""
        return [-1, *(n for n, one in enumerate(self.state.events) if one.id in node_ids)]

    def said(self, step_id, question):
        """What was recorded the last time a step was finished; None when it never was."""
        values = [dict(one.values) for one in self.state.events if one.id == step_id]
        return values[-1].get(question) if values else None

    def waits(self):
        """The ids of the steps that wait."""
        return {step.id for step in waiting_steps(self.process, self.state)}
