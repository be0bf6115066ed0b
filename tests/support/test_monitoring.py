"""Monitoring counts what was recorded, protects it, and names nobody: held against a plain count."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.making import START, a_person
from tests.support.making import TODAY, a_path_case, an_intervention, running, take, waits_for

from counterpoint.access.models import Agency
from counterpoint.access.types import Role
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed
from counterpoint.base.keyring import destroy_record_key
from counterpoint.cases import services as cases
from counterpoint.cases.models import CaseClock
from counterpoint.cases.types import ActionKind, NewAction
from counterpoint.support.models import Intervention
from counterpoint.support.protection import rounded
from counterpoint.support.selectors import monitoring_for
from counterpoint.support.selectors.monitoring import Period

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
    run = case.runs.get()
    CaseClock.objects.bulk_create(
        CaseClock(
            case=case,
            run=run,
            element=f"{rule}_{place}",
            element_name="x",
            rule=rule,
            clock="{}",
            started_at=START,
            ended_at=START + timedelta(days=days),
            was_met=True,
        )
        for place in range(number)
    )


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
