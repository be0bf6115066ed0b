"""Until when a closed record is kept: as the pack's table says, else as the record's own declaration does."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.intake.telling import the_england_pack
from tests.kernel.decisions.drawing import drawn
from tests.rules.making import RETENTION, england, england_in_force_with

from counterpoint.base import ids
from counterpoint.base.retention import End, Retention
from counterpoint.kernel.packs import PackProblems
from counterpoint.rules.keeping import keep, kept_until
from counterpoint.rules.models import KeptUntil
from counterpoint.rules.selectors import checked_pack, pack_in_force
from counterpoint.rules.types import KeptKind

pytestmark = pytest.mark.django_db
OPENED, CLOSED = datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 8, 31, 22, 30, tzinfo=UTC)
OTHERWISE = Retention(
    rule="x", end=End.SHRED, why="Three hundred days.", keep_for=timedelta(days=300), counted_from="closed_at"
)
COLUMNS = [("record", "string"), ("closure_reason", "string"), ("under_18", "string")]
GIVES = [("keep_months", "number"), ("counted_from", "string"), ("reason", "string")]


@pytest.fixture(autouse=True)
def _in_force(db):
    the_england_pack()


def kept(reason: str, *, kind: KeptKind = KeptKind.CASE, age: str | None = "no", **more) -> KeptUntil:
    usual = {"opened_at": OPENED, "closed_at": CLOSED, "about": "concern", "otherwise": OTHERWISE}
    given = {**usual, "under_18": lambda: age, **more}
    return keep(kind, given.pop("record_id", ids.new_id()), closure_reason=reason, **given)


def in_force(*rows: list[str]) -> None:
    england_in_force_with(RETENTION, drawn(COLUMNS, GIVES, rows, policy="FIRST") if rows else None)


@pytest.mark.parametrize(
    ("kind", "reason", "age", "until", "row"),
    [
        (KeptKind.CASE, "opened_in_error", "yes", date(2027, 8, 31), 1),
        (KeptKind.CASE, "support_complete", "yes", date(2032, 8, 31), 3),
        (KeptKind.CASE, "support_complete", "unknown", date(2032, 8, 31), 3),
        (KeptKind.CASE, "support_complete", None, date(2032, 8, 31), 3),
        (KeptKind.CASE, "support_complete", "no", date(2032, 8, 31), 4),
        (KeptKind.REFERRAL, "duplicate", "yes", date(2028, 8, 31), 2),
        (KeptKind.REFERRAL, "no_further_action", "no", date(2032, 8, 31), 4),
    ],
)
def test_as_the_england_table_says(kind, reason, age, until, row):
    found = kept(reason, kind=kind, age=age)
    assert (found.until, found.row, found.table_hash) == (until, row, pack_in_force().files[RETENTION])
    assert found.reason


def test_counted_from_its_opening_and_never_over_before_it_is_closed():
    in_force(['"case"', "-", "-", "13", '"opened"', '"A year."'], ["-", "-", "-", "1", '"opened"', '"A month."'])
    assert kept("custody").until == date(2027, 2, 28)  # the last day of a shorter month
    assert kept("duplicate", kind=KeptKind.REFERRAL).until == CLOSED.date()


def test_the_age_is_asked_for_only_where_a_row_looks_at_it():
    in_force(['"case"', "-", '"yes"', "9", '"closed"', '"Child."'], ["-", "-", "-", "5", '"closed"', '"Else."'])
    asked = []
    assert kept("custody", under_18=lambda: asked.append(1) or "yes").reason == "Child."
    assert asked == [1]
    assert kept("duplicate", kind=KeptKind.REFERRAL, under_18=lambda: asked.append(1) or "yes").reason == "Else."
    assert asked == [1]


def test_without_a_table_as_the_record_declares():
    in_force()
    found = kept("custody")
    assert (found.until, found.reason, found.table_hash) == (date(2027, 6, 27), "Three hundred days.", "")


def test_facts_that_the_table_cannot_take_leave_what_is_declared():
    assert kept("custody", age="perhaps").reason == "Three hundred days."


def test_closed_twice_it_is_set_once_and_closed_again_anew():
    record_id = ids.new_id()
    first = kept("custody", record_id=record_id)
    assert kept("custody", record_id=record_id).pk == first.pk
    later = kept("custody", record_id=record_id, closed_at=CLOSED + timedelta(days=400))
    assert KeptUntil.objects.count() == 2
    assert kept_until(KeptKind.CASE, record_id).until == later.until
    assert kept_until(KeptKind.REFERRAL, record_id) is None


@pytest.mark.parametrize(
    ("columns", "rows", "told"),
    [
        (COLUMNS, [["-", "-", "-", "1.5", '"closed"', '"x"']], "gives the keep_months `1.5`"),
        (COLUMNS, [["-", "-", "-", "0", '"closed"', '"x"']], "gives the keep_months `0`"),
        (COLUMNS, [["-", "-", "-", "5", '"birthday"', '"x"']], "gives the counted_from `birthday`"),
        (
            COLUMNS,
            [["-", '"no_such"', "-", "5", '"closed"', '"x"'], ["-", "-", "-", "5", '"closed"', '"x"']],
            "names the closure reason `no_such`",
        ),
        (COLUMNS, [['"case"', "-", "-", "5", '"closed"', '"x"']], "No row fires when"),
        (
            [("record", "string", '"case"'), *COLUMNS[1:]],
            [["-", "-", "-", "5", '"closed"', '"x"']],
            "`record` can be `referral`, which is not among its values",
        ),
        (
            [COLUMNS[0], ("closure_reason", "string", '"custody"'), COLUMNS[2]],
            [["-", "-", "-", "5", '"closed"', '"x"']],
            "`closure_reason` can be `support_complete`",
        ),
    ],
)
def test_a_table_that_does_not_answer_for_every_record_is_refused(columns, rows, told):
    files = england() | {RETENTION: drawn(columns, GIVES, rows, policy="FIRST")}
    with pytest.raises(PackProblems) as found:
        checked_pack(files)
    assert any(told in problem.what for problem in found.value.problems), found.value.problems
