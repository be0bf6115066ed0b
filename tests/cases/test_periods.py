"""How long a clock runs may depend on the case: the pack's table of periods, else its list of clocks."""

from datetime import UTC, date, datetime

import pytest
from tests.cast import Cast, a_cast
from tests.intake.telling import CONCERN, a_referral, someone, the_england_pack
from tests.kernel.decisions.drawing import drawn
from tests.rules.making import CLOCK_PERIODS, england_in_force_with

from counterpoint.access.types import Role
from counterpoint.base import clock
from counterpoint.cases import selectors, services
from counterpoint.cases.models import Case, CaseClock
from counterpoint.cases.periods import with_period
from counterpoint.intake.models import Referral
from counterpoint.intake.types import Urgency
from counterpoint.kernel.clocks import Amount, Clock, ClockRule, Unit
from counterpoint.rules.selectors import pack_in_force
from counterpoint.triage.verdicts import under_18_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CHILD = CONCERN | someone("Samir", "Okonjo", age=15)
ADULT = CONCERN | someone("Ada", "Novak", age=44)
COLUMNS = [("clock", "string"), ("urgency", "string"), ("under_18", "string")]
GIVES = [("count", "number"), ("unit", "string"), ("reason", "string")]


@pytest.fixture
def cast(db) -> Cast:
    the_england_pack()
    return a_cast()


def in_force(*rows: list[str]) -> None:
    """The England pack with these rows for a table of periods; without any: with no such table."""
    england_in_force_with(CLOCK_PERIODS, drawn(COLUMNS, GIVES, rows, policy="COLLECT") if rows else None)


def a_case(cast: Cast, answers=CHILD, *, urgency: Urgency = Urgency.FIVE_DAYS) -> Case:
    referral = a_referral(answers)
    Referral.objects.filter(pk=referral.pk).update(urgency=urgency)
    referral.refresh_from_db()
    officer = cast[Role.CASE_OFFICER]
    return services.open_case(
        referral, lead_officer=officer, by=cast[Role.TRIAGE_OFFICER], at=MONDAY, process_id="prevent_path"
    )


def period(case: Case, rule: str) -> ClockRule:
    pack = pack_in_force()
    return with_period(pack.clock_rule(rule), case, pack=pack)


@pytest.mark.parametrize(
    ("told", "clock_id", "expected"),
    [
        ((CHILD, Urgency.FIVE_DAYS), "gateway", (Amount(5, Unit.WORKING_DAYS), None)),
        ((ADULT, Urgency.ROUTINE), "gateway", (Amount(5, Unit.WORKING_DAYS), None)),
        ((ADULT, Urgency.SAME_DAY), "gateway", (Amount(2, Unit.WORKING_DAYS), 1)),
        ((ADULT, Urgency.IMMEDIATE), "gateway", (Amount(2, Unit.WORKING_DAYS), 1)),
        ((ADULT, Urgency.IMMEDIATE), "information", (Amount(10, Unit.WORKING_DAYS), None)),
        ((CONCERN, Urgency.ROUTINE), "information", (Amount(10, Unit.WORKING_DAYS), None)),
        ((CHILD, Urgency.ROUTINE), "information", (Amount(5, Unit.WORKING_DAYS), 2)),
        ((CHILD, Urgency.ROUTINE), "panel", (Amount(31, Unit.CALENDAR_DAYS), None)),
    ],
)
def test_as_the_england_table_says(cast, told, clock_id, expected):
    answers, urgency = told
    found = period(a_case(cast, answers, urgency=urgency), clock_id)
    assert (found.within, found.set_by.row if found.set_by else None) == expected


def test_a_clock_that_begins_keeps_which_row_set_it_and_the_pages_tell(cast):
    in_force(['"acknowledge"', "-", '"yes"', "3", '"calendar_days"', '"About a child."'])
    with clock.moved_to(MONDAY):
        case = a_case(cast)
        row = CaseClock.objects.get(case=case, ended_at=None)
        stored = Clock.from_json(row.clock).rule
        assert stored.within == Amount(3, Unit.CALENDAR_DAYS)
        assert row.due_at.date() == date(2026, 5, 7)
        (shown,) = selectors.clocks_of(cast[Role.CASE_OFFICER], case.pk)
        assert (shown.period, shown.set_by.reason) == ("3 calendar days", "About a child.")
        assert shown.set_by.table_hash == pack_in_force().files[CLOCK_PERIODS]
        board = selectors.board_for(cast[Role.SUPERVISOR])
        assert board.soon[0].set_by == shown.set_by


def test_another_table_in_force_leaves_a_running_clock_as_it_is(cast):
    with clock.moved_to(MONDAY):
        case = a_case(cast)
        before = CaseClock.objects.get(case=case, ended_at=None).clock
        in_force(['"acknowledge"', "-", "-", "9", '"working_days"', '"Later."'])
        assert CaseClock.objects.get(case=case, ended_at=None).clock == before


def test_the_first_row_counts_and_without_a_table_the_list_does(cast):
    case = a_case(cast)
    in_force(
        ['"gateway"', "-", "-", "1", '"months"', '"First."'], ['"gateway"', "-", "-", "2", '"months"', '"Second."']
    )
    assert period(case, "gateway").set_by.reason == "First."
    in_force()
    assert period(case, "gateway") == pack_in_force().clock_rule("gateway")


def test_the_most_urgent_referral_of_a_case_counts_and_the_youngest(cast):
    case = a_case(cast, ADULT, urgency=Urgency.ROUTINE)
    assert period(case, "information").set_by is None
    later = a_referral(CHILD)
    Referral.objects.filter(pk=later.pk).update(urgency=Urgency.SAME_DAY)
    services.join_referral(case, referral=Referral.objects.get(pk=later.pk), by=cast[Role.SUPERVISOR])
    assert period(case, "information").set_by.row == 2
    assert period(case, "gateway").set_by.row == 1


def test_the_age_is_what_was_told_and_not_known_where_nobody_said(cast):
    assert [under_18_of(a_referral(told)) for told in (CHILD, ADULT, CONCERN)] == ["yes", "no", "unknown"]
