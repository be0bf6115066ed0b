"""Clocks: when they are due, what a pause does, and that a stored one claims nothing that could not have happened."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.clocks import slow_twin

from counterpoint.kernel.clocks import (
    Amount,
    Calendar,
    Clock,
    ClockError,
    ClockNotReadable,
    ClockRule,
    ClockState,
    Escalation,
    Holiday,
    MoveNotAllowed,
    SetBy,
    Unit,
    extend_clock,
    meet_clock,
    move_clock,
    pause_clock,
    read_clock,
    resume_clock,
    start_clock,
    stop_clock,
)

LONDON = ZoneInfo("Europe/London")
FREE = {
    2026: (Holiday(date(2026, 4, 3), "Good Friday"), Holiday(date(2026, 4, 6), "Easter Monday")),
    2027: (Holiday(date(2027, 1, 1), "New Year's Day"),),
}
ENGLAND = Calendar("england", "Europe/London", frozenset(range(5)), FREE)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def rule(count, unit, **more):
    return ClockRule("gateway", "Gateway", Amount(count, unit), "england", pause_reasons=("waiting",), **more)


WORKING, CALENDAR, MONTHS, HOURS = Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS, Unit.HOURS


@pytest.mark.parametrize(
    ("started", "count", "unit", "last_day"),
    [
        ("2026-03-30T09:00", 1, WORKING, "2026-03-31"),
        ("2026-03-30T23:59", 1, WORKING, "2026-03-31"),
        ("2026-04-01T09:00", 2, WORKING, "2026-04-07"),  # over Good Friday, a weekend and Easter Monday
        ("2026-04-04T12:00", 1, WORKING, "2026-04-07"),  # begun on a Saturday
        ("2026-04-01T09:00", 0, WORKING, "2026-04-01"),
        ("2026-04-04T09:00", 0, WORKING, "2026-04-07"),  # the same working day is the next there is
        ("2026-04-01T09:00", 2, CALENDAR, "2026-04-03"),
        ("2026-04-01T09:00", 0, CALENDAR, "2026-04-01"),
        ("2026-01-31T09:00", 1, MONTHS, "2026-02-28"),
        ("2026-08-31T09:00", 6, MONTHS, "2027-02-28"),
        ("2024-02-29T09:00", 12, MONTHS, "2025-02-28"),
        ("2026-12-30T09:00", 2, WORKING, "2027-01-04"),  # New Year's Day is a Friday
    ],
)
def test_the_last_day_that_a_clock_has(started, count, unit, last_day):
    reading = read_clock(start_clock(rule(count, unit), at=at(started)), ENGLAND, at=at(started))
    assert reading.due_on == date.fromisoformat(last_day)
    assert reading.due_at == at(last_day + "T00:00") + timedelta(days=1)
    assert reading.state is ClockState.RUNNING


def test_a_day_ends_at_the_midnight_of_the_place_in_summer_and_in_winter():
    summer = read_clock(start_clock(rule(1, CALENDAR), at=at("2026-07-01T09:00")), ENGLAND, at=at("2026-07-01T10:00"))
    winter = read_clock(start_clock(rule(1, CALENDAR), at=at("2026-01-01T09:00")), ENGLAND, at=at("2026-01-01T10:00"))
    assert summer.due_at.isoformat() == "2026-07-02T23:00:00+00:00"
    assert winter.due_at.isoformat() == "2026-01-03T00:00:00+00:00"


def test_hours_run_through_the_night_on_which_clocks_change():
    clock = start_clock(rule(3, HOURS), at=at("2026-03-29T00:30"))
    assert read_clock(clock, ENGLAND, at=clock.started_at).due_at == datetime(2026, 3, 29, 3, 30, tzinfo=UTC)


def test_late_from_the_moment_that_it_is_due():
    clock = start_clock(rule(1, WORKING), at=at("2026-03-30T09:00"))
    due = read_clock(clock, ENGLAND, at=clock.started_at).due_at
    before, then = (read_clock(clock, ENGLAND, at=due + timedelta(seconds=s)) for s in (-1, 0))
    assert (before.state, before.left, before.was_late) == (ClockState.RUNNING, 0, False)
    assert (then.state, then.left, then.was_late) == (ClockState.LATE, 0, True)


def test_a_pause_costs_the_days_whose_end_it_holds_and_none_besides():
    clock = start_clock(rule(5, WORKING), at=at("2026-03-16T09:00"))
    short = resume_clock(pause_clock(clock, reason="waiting", at=at("2026-03-17T09:00")), at=at("2026-03-17T17:00"))
    assert read_clock(short, ENGLAND, at=at("2026-03-17T18:00")).due_on == date(2026, 3, 23)
    paused = pause_clock(clock, reason="waiting", at=at("2026-03-17T09:00"))
    held = read_clock(paused, ENGLAND, at=at("2026-03-20T09:00"))
    assert (held.state, held.due_at, held.due_on, held.left, held.paused_for) == (
        ClockState.PAUSED, None, None, 4, "waiting",
    )  # fmt: skip
    going = resume_clock(paused, at=at("2026-03-19T09:00"))
    reading = read_clock(going, ENGLAND, at=at("2026-03-19T09:00"))
    assert (reading.due_on, reading.left) == (date(2026, 3, 25), 4)


def test_what_ran_out_before_its_pause_stays_late():
    clock = pause_clock(
        start_clock(rule(1, WORKING), at=at("2026-03-16T09:00")), reason="waiting", at=at("2026-03-20T09:00")
    )
    reading = read_clock(clock, ENGLAND, at=at("2026-03-20T10:00"))
    assert (reading.state, reading.due_on) == (ClockState.LATE, date(2026, 3, 17))


def test_a_warning_comes_so_many_days_before_the_last():
    clock = start_clock(rule(5, WORKING, warn_before=Amount(2, WORKING)), at=at("2026-03-30T09:00"))
    reading = read_clock(clock, ENGLAND, at=at("2026-04-01T12:00"))
    assert (reading.due_on, reading.warn_at) == (date(2026, 4, 8), at("2026-04-02T00:00"))
    assert not reading.is_warning
    assert read_clock(clock, ENGLAND, at=at("2026-04-02T00:00")).is_warning
    assert not read_clock(clock, ENGLAND, at=at("2026-04-09T00:00")).is_warning, "late is more than a warning"


def test_roles_are_told_in_turn_while_it_is_late_and_nobody_once_it_is_met():
    steps = (Escalation(Amount(0, WORKING), "supervisor"), Escalation(Amount(2, WORKING), "process_lead"))
    clock = start_clock(rule(1, WORKING, escalations=steps), at=at("2026-04-01T09:00"))

    def told(clock, moment):
        return [(e.to, e.is_reached) for e in read_clock(clock, ENGLAND, at=moment).escalations]

    assert told(clock, at("2026-04-02T20:00")) == [("supervisor", False), ("process_lead", False)]
    assert told(clock, at("2026-04-03T00:00")) == [("supervisor", True), ("process_lead", False)]
    assert told(clock, at("2026-04-09T00:00")) == [("supervisor", True), ("process_lead", True)]
    met = meet_clock(clock, at=at("2026-04-09T09:00"))
    assert told(met, at("2026-04-10T00:00")) == [("supervisor", False), ("process_lead", False)]
    assert read_clock(met, ENGLAND, at=at("2026-04-10T00:00")).was_late


def test_met_in_time_or_stopped_was_never_late():
    clock = start_clock(rule(1, WORKING), at=at("2026-04-01T09:00"))
    met = read_clock(meet_clock(clock, at=at("2026-04-02T23:59")), ENGLAND, at=at("2027-01-01T00:00"))
    assert (met.state, met.was_late) == (ClockState.MET, False)
    stopped = read_clock(
        stop_clock(clock, reason="stage_left", at=at("2026-05-01T09:00")), ENGLAND, at=at("2027-01-01T00:00")
    )
    assert (stopped.state, stopped.was_late, stopped.left) == (ClockState.STOPPED, False, 0)


def test_a_clock_is_extended_up_to_its_limit():
    started = at("2026-01-15T09:00")
    clock = start_clock(rule(12, MONTHS, at_most=Amount(24, MONTHS)), at=started)
    longer = extend_clock(clock, ENGLAND, by=Amount(12, MONTHS), reason="still_worried", at=at("2026-12-01T09:00"))
    assert read_clock(longer, ENGLAND, at=at("2026-12-01T09:00")).due_on == date(2028, 1, 15)
    with pytest.raises(MoveNotAllowed, match="24 months from its start at most"):
        extend_clock(longer, ENGLAND, by=Amount(1, CALENDAR), reason="more", at=at("2026-12-01T09:00"))


def test_a_clock_is_moved_to_a_day_and_a_later_pause_puts_it_off_further():
    clock = start_clock(rule(3, WORKING), at=at("2026-03-16T09:00"))
    moved = move_clock(clock, ENGLAND, to=date(2026, 3, 28), reason="panel_date", at=at("2026-03-16T10:00"))
    assert read_clock(moved, ENGLAND, at=at("2026-03-16T11:00")).due_on == date(2026, 3, 30), "the 28th is a Saturday"
    paused = pause_clock(moved, reason="waiting", at=at("2026-03-18T09:00"))
    going = resume_clock(paused, at=at("2026-03-19T09:00"))
    assert read_clock(going, ENGLAND, at=at("2026-03-19T09:00")).due_on == date(2026, 3, 30)
    with pytest.raises(MoveNotAllowed, match="before today"):
        move_clock(moved, ENGLAND, to=date(2026, 3, 15), reason="panel_date", at=at("2026-03-16T10:00"))


def test_years_without_holidays_are_said():
    reading = read_clock(start_clock(rule(300, WORKING), at=at("2027-06-01T09:00")), ENGLAND, at=at("2027-06-01T09:00"))
    assert reading.assumed_years == (2028,)
    assert ENGLAND.known_until == date(2027, 12, 31)


def test_what_cannot_be_done_is_refused():
    clock = start_clock(rule(1, WORKING), at=at("2026-04-01T09:00"))
    moment = at("2026-04-01T10:00")
    with pytest.raises(MoveNotAllowed, match="may not be paused for that reason"):
        pause_clock(clock, reason="holiday", at=moment)
    with pytest.raises(MoveNotAllowed, match="Only a clock that is paused"):
        resume_clock(clock, at=moment)
    with pytest.raises(MoveNotAllowed, match="before what was last done"):
        meet_clock(clock, at=at("2026-03-31T10:00"))
    with pytest.raises(MoveNotAllowed, match="not made longer"):
        extend_clock(clock, ENGLAND, by=Amount(1, HOURS), reason="more", at=moment)
    with pytest.raises(MoveNotAllowed, match="A reason is an id"):
        stop_clock(clock, reason="Because Sam is ill", at=moment)
    met = meet_clock(clock, at=moment)
    for change in (lambda: meet_clock(met, at=moment), lambda: pause_clock(met, reason="waiting", at=moment)):
        with pytest.raises(MoveNotAllowed):
            change()
    with pytest.raises(ClockError, match="no time zone"):
        start_clock(rule(1, WORKING), at=datetime(2026, 1, 1))  # noqa: DTZ001 # this is what is refused
    with pytest.raises(ClockError, match="not a time zone"):
        Calendar("x", "Europe/Nowhere", frozenset({0}), {})
    with pytest.raises(ClockError, match="working week"):
        Calendar("x", "UTC", frozenset(), {})


# --- random clocks, held against the slow twin


@st.composite
def calendars(draw):
    holidays = {}
    for year in range(2026, 2029):
        days = draw(st.lists(st.integers(0, 364), max_size=15, unique=True))
        holidays[year] = tuple(Holiday(date(year, 1, 1) + timedelta(days=day), "free") for day in sorted(days))
    week = draw(st.sampled_from([range(5), range(7), (6, 0, 1, 2, 3), (2,)]))
    zone = draw(st.sampled_from(["Europe/London", "UTC", "Pacific/Auckland", "America/Sao_Paulo", "Asia/Kathmandu"]))
    return Calendar("drawn", zone, frozenset(week), holidays)


QUARTER = timedelta(minutes=15)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def lives(draw):
    """A calendar, and a clock to which things happened."""
    calendar = draw(calendars())
    unit = draw(st.sampled_from(Unit))
    most = {Unit.HOURS: 60, Unit.MONTHS: 14}.get(unit, 40)
    moment = BEGIN + QUARTER * draw(st.integers(0, 4 * 24 * 500))
    clock = start_clock(rule(draw(st.integers(0, most)), unit), at=moment)
    for _ in range(draw(st.integers(0, 7))):
        moment += QUARTER * draw(st.integers(0, 4 * 24 * 12))
        choices = ["resume"] if clock.is_paused else ["pause", "pause", "extend", "move"]
        match draw(st.sampled_from(choices)):
            case "pause":
                clock = pause_clock(clock, reason="waiting", at=moment)
            case "resume":
                clock = resume_clock(clock, at=moment)
            case "extend":
                by = Amount(draw(st.integers(1, 9)), unit)
                clock = extend_clock(clock, calendar, by=by, reason="more", at=moment)
            case "move" if unit is not Unit.HOURS:
                to = calendar.local_day(moment) + timedelta(days=draw(st.integers(0, 30)))
                clock = move_clock(clock, calendar, to=to, reason="date", at=moment)
    return calendar, clock, moment


@settings(max_examples=150, deadline=None)
@given(lives())
def test_due_as_the_slow_twin_says(life):
    calendar, clock, moment = life
    reading = read_clock(clock, calendar, at=moment)
    assert reading.due_at == slow_twin.due_of(clock, calendar)
    if reading.due_at is None:
        assert reading.state is ClockState.PAUSED
    elif clock.rule.within.unit is not Unit.HOURS:
        assert reading.due_at == slow_twin.end_of(calendar, reading.due_on)


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(0, 4 * 24 * 30))
def test_a_pause_never_makes_a_clock_due_sooner_and_left_never_grows_while_it_runs(life, quarters):
    calendar, clock, moment = life
    first = read_clock(clock, calendar, at=moment)
    later = read_clock(clock, calendar, at=moment + QUARTER * quarters)
    assert later.left <= first.left or clock.is_paused
    if clock.is_paused:
        # On a day whose end was held already, or that does not count, nothing is lost: left stays as it was.
        assert later.left == first.left
    elif first.due_at is not None and first.state is ClockState.RUNNING:
        paused = resume_clock(pause_clock(clock, reason="waiting", at=moment), at=moment + QUARTER * quarters)
        assert read_clock(paused, calendar, at=moment + QUARTER * quarters).due_at >= first.due_at


@settings(max_examples=60, deadline=None)
@given(lives())
def test_a_stored_clock_comes_back_as_it_was(life):
    calendar, clock, moment = life
    again = Clock.from_json(clock.to_json())
    assert again == clock
    assert read_clock(again, calendar, at=moment) == read_clock(clock, calendar, at=moment)


def test_a_clock_keeps_what_set_its_period_and_one_that_nothing_set_is_written_as_before():
    plain = start_clock(rule(5, WORKING), at=at("2026-04-01T09:00"))
    assert "set_by" not in plain.to_json()
    sooner = start_clock(replace(rule(2, WORKING), set_by=SetBy("abc", 3, "It is urgent.")), at=plain.started_at)
    assert Clock.from_json(sooner.to_json()) == sooner
    assert Clock.from_json(sooner.to_json()).rule.set_by == SetBy("abc", 3, "It is urgent.")


PAUSED = pause_clock(
    start_clock(rule(5, WORKING), at=at("2026-04-01T09:00")), reason="waiting", at=at("2026-04-02T09:00")
)


def changed(**parts):
    return json.dumps({**json.loads(PAUSED.to_json()), **parts})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        "x" * 500_001,
        changed(format=2),
        changed(more=1),
        changed(started_at="yesterday"),
        changed(started_at="2026-04-01T09:00:00"),
        changed(rule={}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "within": [True, "hours"]}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "within": [10**9, "hours"]}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "within": [1, "years"]}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "set_by": None}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "set_by": ["abc", True, "Sooner."]}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "set_by": ["abc", 1]}),
        changed(rule={**json.loads(PAUSED.to_json())["rule"], "set_on": ["abc", 1, "Sooner."]}),
        changed(happened=5),
        changed(happened=[["pause", "2026-04-02T09:00:00+00:00", "nonsense", None, None]]),
        changed(happened=[["resume", "2026-04-02T09:00:00+00:00", "", None, None]]),
        changed(happened=[["pause", "2026-03-02T09:00:00+00:00", "waiting", None, None]]),
        changed(happened=[["extend", "2026-04-02T09:00:00+00:00", "more", None, None]]),
        changed(happened=[["met", "2026-04-02T09:00:00+00:00", "", None, None]]),
        changed(happened=[["meet", "2026-04-02T09:00:00+00:00", "Sam is ill", None, None]]),
        changed(happened=[["extend", "2026-04-02T09:00:00+00:00", "more", [1, "working_days"], None]] * 51),
    ],
)
def test_a_stored_clock_that_could_not_have_come_about_is_refused(text):
    with pytest.raises(ClockNotReadable):
        Clock.from_json(text)
