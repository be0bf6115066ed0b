"""Monitoring counts what was recorded, protects it, and names nobody: held against a plain count."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.making import START, a_person
from tests.support.making import TODAY, a_path_case, an_intervention, running, take, waits_for

from counterpoint.access.models import Agency
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed
from counterpoint.base.keyring import destroy_record_key
from counterpoint.cases import services as cases
from counterpoint.cases.models import Case, CaseClock
from counterpoint.cases.types import ActionKind, NewAction
from counterpoint.support.days import day_of
from counterpoint.support.models import Intervention
from counterpoint.support.protection import rounded
from counterpoint.support.selectors import monitoring_for
from counterpoint.support.selectors.monitoring import Period, clock_times, spans_of_year

pytestmark = pytest.mark.django_db


def row_of(table, label):
    return dict(zip(table.columns, dict(table.rows)[label], strict=True))


def many(case, world, number, **changes):
    """So many pieces of support, straight into the table but the first."""
    first = an_intervention(case, world, **changes)
    copies = []
    for _ in range(number - 1):
        from uuid import uuid4

        copy = Intervention.objects.get(pk=first.pk)
        copy.pk, copy.submission = uuid4(), uuid4()
        copies.append(copy)
    Intervention.objects.bulk_create(copies)
    return Intervention.objects.filter(pk__in=[first.pk, *(copy.pk for copy in copies)])


def test_counts_by_kind_and_what_came_of_it(world):
    case = a_path_case(world)
    many(case, world, 12).update(outcome="worked", state="ended")
    many(case, world, 9).update(outcome="did_not", state="running")
    many(case, world, 8, kind="health").update(state="not_accepted")
    many(case, world, 11, kind="signposting").update(service_answer="accepted", service_answered_on=TODAY)
    view = monitoring_for(world.supervisor)
    assert row_of(view.support, "Mentoring")["Worked"] == 10
    assert row_of(view.support, "Mentoring")["Did not work"] == 10
    assert row_of(view.support, "Mentoring")["All"] == 20
    assert row_of(view.support, "Health")["Not accepted"] == 10
    assert row_of(view.support, "All")["All"] == 40
    assert row_of(view.answers, "All")["The service accepted"] == 10
    assert row_of(view.answers, "All")["All"] == 10


def test_a_quarter_is_a_part_of_its_year(world):
    case = a_path_case(world)
    many(case, world, 10)
    many(case, world, 10, from_on=TODAY - timedelta(days=60), until_on=None)  # in the first quarter
    assert row_of(monitoring_for(world.supervisor).support, "Mentoring")["All"] == 20
    assert row_of(monitoring_for(world.supervisor, period="2026-q1").support, "Mentoring")["All"] == 10
    assert row_of(monitoring_for(world.supervisor, period="2026-q2").support, "Mentoring")["All"] == 10
    periods = [each.code for each in monitoring_for(world.supervisor).periods]
    assert periods == ["2026", "2026-q1", "2026-q2"]


def test_only_the_agencys_own_cases_count(world):
    many(a_path_case(world), world, 10)
    other = Agency.objects.create(name="Moorside Council", kind="local_authority", is_lead=True)
    elsewhere = a_person("Olu Visor", other, Role.SUPERVISOR)
    assert monitoring_for(elsewhere).support.is_empty
    assert not monitoring_for(world.supervisor).support.is_empty


@pytest.mark.parametrize("role", [role for role in Role if role not in ("supervisor", "process_lead", "panel_chair")])
def test_for_whom(world, role):
    with pytest.raises(NotAllowed):
        monitoring_for(a_person("Any Body", world.lead, role))
    with pytest.raises(NotAllowed):
        monitoring_for(a_person("Part Chair", world.school, Role.PANEL_CHAIR))


def test_actions_count_by_the_day_they_ended(world):
    case = a_path_case(world)
    for place in range(13):
        new = NewAction(ActionKind.CONTACT, "Ring them", TODAY, owner_id=world.officer.pk)
        row = cases.add_action(case, new, by=world.officer)
        if place < 8:
            cases.finish_action(row, outcome="worked", why="x", by=world.officer, expected_version=row.version)
        elif place < 12:
            cases.drop_action(row, why="x", by=world.officer, expected_version=row.version)
    row = row_of(monitoring_for(world.supervisor).actions, "Contact or visit")
    assert row == {
        "Worked": 10,
        "Worked in part": 0,
        "Did not work": 0,
        "Not taken up": 0,
        "Dropped": 5,
        "All": 10,
    }


def test_nothing_is_opened_and_erased_cases_still_count(world):
    case = a_path_case(world)
    for _ in range(2):
        running(case, world)
    many(case, world, 10)
    destroy_record_key(case.key_id)
    with CaptureQueriesContext(connection) as captured:
        assert row_of(monitoring_for(world.supervisor).support, "Mentoring")["All"] == 10
    assert not [query for query in captured.captured_queries if "sealed_" in query["sql"]]
    assert AuditEntry.objects.filter(action="monitoring.read").count() == 1


def met(case, rule, *, days, number):
    """Clocks that were met after so many days, beside those that the path made."""
    ended = START + timedelta(days=days)
    CaseClock.objects.bulk_create(a_clock(case, rule, ended=ended, place=place) for place in range(number))


def test_how_long_it_took_in_the_unit_of_the_clock(world):
    case = a_path_case(world)
    met(case, "gateway", days=7, number=20)
    met(case, "gateway", days=14, number=5)
    met(case, "consent", days=7, number=6)
    met(case, "panel", days=7, number=9)
    with clock.moved_to(START + timedelta(days=20)):
        times = {each.title: each for each in monitoring_for(world.supervisor).steps}
    gateway = times["Gateway assessment"]
    assert (gateway.count, gateway.unit) == (25, "working days")
    assert gateway.middle == 5
    assert gateway.ninetieth == 10
    assert (times["Panel"].unit, times["Panel"].middle, times["Panel"].ninetieth) == ("days", 7, None)
    assert (times["Ask for consent"].count, times["Ask for consent"].middle) == (5, None)


def test_the_first_time_is_counted_from_the_referral(world):
    held = []
    for _ in range(8):
        case = a_path_case(world)
        with clock.moved_to(START + timedelta(days=3)):
            while "acknowledge" in waits_for(case) or "advice_or_referral" in waits_for(case):
                take(case, min(waits_for(case)), world)
        held.append(case)
    with clock.moved_to(START + timedelta(days=4)):
        times = {each.title: each for each in monitoring_for(world.supervisor).first_times}
    assert times["Acknowledge the referral"].count == 10
    assert times["Acknowledge the referral"].middle == 3


def plain_spans(agency, year):
    """As slowly and plainly as can be: every clock of all years, looked at one by one."""
    steps, first = [], {}
    for row in CaseClock.objects.select_related("case").order_by("ended_at", "id"):
        if row.ended_at and row.was_met and not row.is_timer and row.case.lead_agency_id == agency.pk:
            received = row.case.referrals.get(is_first=True).referral.received_at
            first.setdefault((row.case_id, row.rule), (row.rule, received, row.ended_at))
            steps.append((row.rule, row.started_at, row.ended_at))
    return [sorted(span for span in spans if day_of(span[2]).year == year) for spans in (steps, first.values())]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False), number=st.integers(0, 40))
def test_what_is_read_of_a_year_is_what_plain_code_finds_in_all_years(world, chance, number):
    ours, stranger = [a_path_case(world) for _ in range(2)], a_path_case(world)
    Case.objects.filter(pk=stranger.pk).update(lead_agency=world.clinic)
    for place in range(number):
        case, rule = chance.choice([*ours, stranger]), chance.choice(["panel", "review"])
        row = a_clock(case, rule, ended=START + timedelta(hours=chance.randrange(24 * 700)), place=place)
        row.was_met, row.is_timer = chance.random() < 0.8, chance.random() < 0.2
        row.save()
    for year in (2026, 2027, 2028):
        assert [sorted(spans) for spans in spans_of_year(world.lead.pk, year)] == plain_spans(world.lead, year)


def a_clock(case, rule, *, ended, place):
    return CaseClock(
        case=case,
        run=case.runs.get(),
        element=f"{rule}_{place}",
        element_name="x",
        rule=rule,
        clock="{}",
        started_at=START,
        ended_at=ended,
        was_met=True,
    )


def test_a_year_begins_at_midnight_where_the_deployment_is(world):
    case = a_path_case(world)
    with override_settings(DISPLAY_TIME_ZONE="Asia/Tokyo"):  # nine hours before Greenwich
        begin = datetime(2026, 12, 31, 15, tzinfo=UTC)
        for place, hours in enumerate([-1] * 10 + [0] * 15):
            a_clock(case, "panel", ended=begin + timedelta(hours=hours), place=place).save()
        counts = [
            {each.title: each.count for each in clock_times(world.lead.pk, period)["steps"]}.get("Panel")
            for period in (Period(2026), Period(2026, 4), Period(2027), Period(2026, 3))
        ]
    assert counts == [10, 10, 15, 0]


def test_every_figure_is_the_rounded_truth_or_left_out(world):
    case = a_path_case(world)
    for place, kind in enumerate(("mentoring", "health", "family", "practical", "education")):
        many(case, world, 1 + place * 2, kind=kind)
    counts = Counter(Intervention.objects.values_list("kind", flat=True))
    view = monitoring_for(world.supervisor)
    for label, kind in (("Mentoring", "mentoring"), ("Health", "health"), ("Education or work", "education")):
        assert row_of(view.support, label)["All"] in (None, rounded(counts[kind]))


def test_a_period_reads_as_people_say_it():
    assert (Period(2026).name, Period(2026, 2).name) == ("2026", "2026, quarter 2")
