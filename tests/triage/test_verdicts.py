"""The verdict: what the table in force says, with the rules that fired; once per table; never a dead end."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.intake.telling import CONCERN, WORRY, a_referral, told

from counterpoint import journey
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.intake.models import AdviceContact
from counterpoint.intake.types import Urgency
from counterpoint.kernel.decisions import FactsDoNotFit
from counterpoint.rules import selectors as rules
from counterpoint.triage import verdicts
from counterpoint.triage.models import Verdict
from counterpoint.triage.services import give_verdict
from counterpoint.triage.types import Route

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)

# answers                                                            route       urgency      first rule
SAID = [
    ({**CONCERN}, "case", "five_days", "extremism"),
    ({**CONCERN, "immediate_danger": {"value": "yes"}}, "emergency", "immediate", "danger_now"),
    ({**CONCERN, "imminent_travel": {"value": "yes"}}, "emergency", "immediate", "travel_soon"),
    ({**CONCERN, "immediate_danger": {"unknown": True}}, "case", "same_day", "danger_unknown"),
    ({**CONCERN, "concern_about": {"value": "violence"}}, "case", "same_day", "violence"),
    ({**CONCERN, "concern_about": {"unknown": True}}, "case", "five_days", "concern_unclear"),
    (
        {**CONCERN, "concern_about": {"value": "other_safeguarding"}, "person_age": {"value": {"years": 15}}},
        "signpost",
        "same_day",
        "child_other_need",
    ),
    (
        {**CONCERN, "concern_about": {"value": "other_safeguarding"}, "person_age": {"value": {"years": 41}}},
        "signpost",
        "five_days",
        "adult_other_need",
    ),
    ({**CONCERN, "concern_about": {"value": "other_safeguarding"}}, "case", "five_days", "age_unknown_other_need"),
    (
        {**CONCERN, "concern_about": {"value": "something_else"}},
        "close",
        "routine",
        "something_else",
    ),
    ({**WORRY}, "case", "five_days", "everything_else"),
]


@pytest.mark.parametrize(("answers", "route", "urgency", "first_rule"), SAID)
def test_the_table_in_force_speaks_with_its_reasons(cast, answers, route, urgency, first_rule):
    referral = a_referral(answers)
    verdict = referral.verdicts.get()
    assert (verdict.route, verdict.urgency, verdict.fired[0]["rule_id"]) == (route, urgency, first_rule)
    assert verdict.fired[0]["reason"]
    assert verdict.table_hash == rules.table_in_force("triage").table_hash
    assert (referral.urgency, referral.is_emergency) == (urgency, route == "emergency")


def test_a_verdict_decides_nothing(cast):
    referral = a_referral({**CONCERN, "concern_about": {"value": "something_else"}})
    assert (referral.verdicts.get().route, referral.state, referral.decisions.count()) == ("close", "new", 0)


def test_it_is_given_once_per_table_however_often_it_is_asked_for(cast):
    referral = a_referral()
    first = referral.verdicts.get()
    assert give_verdict(referral.pk) == first == give_verdict(referral.pk)
    assert AuditEntry.objects.filter(action="referral.verdict_given").count() == 1


def test_a_new_table_gives_a_new_verdict_beside_the_old_one(cast, monkeypatch):
    referral = a_referral()
    from dataclasses import replace

    newer = replace(rules.table_in_force("triage"), table_hash="f" * 64)
    monkeypatch.setattr(verdicts.rules, "table_in_force", lambda _: newer)
    give_verdict(referral.pk)
    assert {row.table_hash for row in referral.verdicts.all()} == {newer.table_hash, rules.archived_table(
        rules.pack_in_force().files["decisions/triage.dmn"]).table_hash}  # fmt: skip


@pytest.mark.parametrize("fails", [True, False])
def test_when_no_rule_speaks_a_person_looks_today(cast, monkeypatch, fails):
    received = told()

    def nothing(table, facts):
        if fails:
            raise FactsDoNotFit([])
        from counterpoint.kernel.decisions import Evaluation

        return Evaluation(table.table_hash, {}, ())

    monkeypatch.setattr(verdicts, "evaluate", nothing)
    journey.process_arrival(received.arrival_id)
    verdict = Verdict.objects.get()
    assert (verdict.route, verdict.urgency, verdict.fired) == (Route.CASE, Urgency.SAME_DAY, [])


def test_the_facts_are_kept_sealed(cast):
    verdict = a_referral().verdicts.get()
    place = f"verdict.sealed_facts:{verdict.pk}"
    facts = keyring.unseal_json(verdict.sealed_facts, key_id=verdict.referral.key_id, place=place)
    assert (facts["concern_about"], facts["under_18"], facts["possible_repeat"]) == ("extremism", "unknown", False)
    assert "worry" not in facts


def test_a_request_for_advice_that_speaks_of_danger_is_an_emergency(cast):
    received = told({"question": {"value": "What now?"}, "immediate_danger": {"value": "yes"}}, about="advice")
    journey.process_arrival(received.arrival_id)
    assert AdviceContact.objects.get().verdicts.get().route == Route.EMERGENCY


# urgency        received           due
CLOCKS = [
    (Urgency.IMMEDIATE, MONDAY, MONDAY + timedelta(minutes=30)),
    (Urgency.SAME_DAY, MONDAY, datetime(2026, 5, 4, 22, 59, 59, tzinfo=UTC)),  # summer time
    (Urgency.SAME_DAY, datetime(2026, 5, 4, 22, 30, tzinfo=UTC), datetime(2026, 5, 5, 2, 30, tzinfo=UTC)),
    (Urgency.FIVE_DAYS, MONDAY, datetime(2026, 5, 11, 22, 59, 59, tzinfo=UTC)),
    (Urgency.FIVE_DAYS, datetime(2026, 5, 9, 9, tzinfo=UTC), datetime(2026, 5, 15, 22, 59, 59, tzinfo=UTC)),
    (Urgency.ROUTINE, MONDAY, datetime(2026, 5, 18, 22, 59, 59, tzinfo=UTC)),
    (Urgency.ROUTINE, datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 19, 23, 59, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("urgency", "received_at", "due"), CLOCKS)
def test_clocks_run_in_working_days_of_the_place(urgency, received_at, due):
    from counterpoint.intake.clocks import due_at

    assert due_at(urgency, received_at=received_at) == due


def test_the_clock_counts_from_the_arrival_not_from_the_verdict(cast):
    received = told({**CONCERN, "immediate_danger": {"value": "yes"}}, at=MONDAY)
    with clock.moved_to(MONDAY + timedelta(hours=3)):
        accepted = journey.process_arrival(received.arrival_id)
    from counterpoint.intake.models import Referral

    assert Referral.objects.get(pk=accepted.referral_id).due_at == MONDAY + timedelta(minutes=30)
