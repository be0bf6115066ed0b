"""Rows by the hundred thousand, straight into tables by one INSERT … SELECT each: as many and as large as in service,
spread over five years, and none of them openable. What is measured in full is made by the services (`bench.inside`).

Shares: one in twenty referrals is still open, one in seven became a case, one case in eight is open; each referral has
a verdict and two keys of a person, each case a run, a member, six events and two actions.
"""

import time
from collections.abc import Callable, Mapping
from uuid import UUID

from django.db import connection, models

from counterpoint.access.models import Agency, Staff
from counterpoint.audit.models import AuditEntry
from counterpoint.cases.models import Action, Case, CaseEvent, CaseMember, CaseReferral, ProcessRun
from counterpoint.intake.models import Arrival, Mailbox, PersonKey, Referral
from counterpoint.triage.models import Verdict

_FIVE_YEARS = 5 * 365 * 86_400
_ONE_CASE_IN = 7
_NULL = "NULL"


class Dialect:
    """The few expressions over the row's number `n` (1, 2, 3 …) that the two databases write differently."""

    def __init__(self, total: int) -> None:
        self.total, self.is_sqlite = total, connection.vendor == "sqlite"

    def numbers(self, count: int) -> str:
        if self.is_sqlite:
            return f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < {count}) SELECT n FROM c)"
        return f"(SELECT generate_series(1, {count}) AS n)"

    def uid(self, tag: int, n: str = "n") -> str:
        """The id of row n of one table: sorts by n, as ids made in service do by time."""
        if self.is_sqlite:
            return f"printf('%012x', {n}) || '7{tag:03x}8{tag:03x}' || printf('%012x', {n})"
        return f"(lpad(to_hex({n}), 12, '0') || '7{tag:03x}8{tag:03x}' || lpad(to_hex({n}), 12, '0'))::uuid"

    def given(self, value: UUID) -> str:
        return f"'{value.hex}'" if self.is_sqlite else f"'{value}'::uuid"

    def moment(self, n: str = "n", days_later: int = 0) -> str:
        """Row n of `total`, spread evenly over the last five years."""
        now = int(time.time())
        at = f"({now - _FIVE_YEARS} + CAST({n} AS bigint) * {_FIVE_YEARS} / {self.total} + {days_later * 86_400})"
        if self.is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S', {at}, 'unixepoch')"
        return f"to_timestamp({at})"

    def day(self) -> str:
        return f"date({self.moment()})" if self.is_sqlite else f"({self.moment()})::date"

    def random_bytes(self, count: int) -> str:
        if self.is_sqlite:
            return f"randomblob({count})"
        whole = " || ".join(["decode(md5(random()::text || n), 'hex')"] * -(-count // 16))
        return f"substring({whole} from 1 for {count})"

    def text(self, prefix: str, n: str = "n") -> str:
        return f"'{prefix}' || ({n})"

    def one_of(self, *values: str, n: str = "n") -> str:
        whens = " ".join(f"WHEN {place} THEN '{value}'" for place, value in enumerate(values))
        return f"CASE {n} % {len(values)} {whens} END"

    def hash_of(self, n: str = "n") -> str:
        return f"printf('%064x', {n})" if self.is_sqlite else f"lpad(to_hex({n}), 64, '0')"

    def yes_if(self, condition: str) -> str:
        return f"CASE WHEN {condition} THEN 1 ELSE 0 END" if self.is_sqlite else f"({condition})"


def fill(total: int, *, agency: Agency, staff: Staff, say: Callable[[str], None]) -> None:
    """`total` referrals with all that hangs on them, beside what is there already."""
    sql = Dialect(total)
    cases = total // _ONE_CASE_IN
    still_open, case_open = "n % 20 = 0", "n % 8 = 0"
    held_by_one = f"n % 3 = 0 AND n > {total - 3_000}"  # about fifty open ones: nobody can hold more
    open_state = sql.one_of("new", "in_triage", "decided", n="(n / 20)")
    person, lead = sql.given(staff.pk), sql.given(agency.pk)
    days_due = {"due_at": sql.moment(days_later=10)}
    case_of_n = sql.uid(6)
    first_of_case = f"n * {_ONE_CASE_IN}"
    tables: list[tuple[type[models.Model], int, int, Mapping[str, str]]] = [
        (
            Arrival,
            1,
            total,
            {
                "reference": sql.text("F-"),
                "submission_key": sql.hash_of(),
                "channel": "'portal'",
                "kind": "'concern'",
                "language": "'en'",
                "state": "'accepted'",
                "sealed_raw": sql.random_bytes(600),
            },
        ),
        (Mailbox, 2, total, {"arrival_id": sql.uid(1), "receipt_hash": sql.random_bytes(32), "status": "'being_read'"}),
        (
            Referral,
            3,
            total,
            {
                "arrival_id": sql.uid(1),
                "reference": sql.text("F-"),
                "audience": sql.one_of("public", "professional"),
                "kind": sql.one_of("concern", "concern", "concern", "online_material", n="(n / 20)"),
                "route": "'portal'",
                "source_sector": sql.one_of("education", "police", "health", "friends_family"),
                "language": "'en'",
                "sealed_answers": sql.random_bytes(500),
                "sealed_reporter": sql.random_bytes(120),
                "state": f"CASE WHEN {still_open} THEN {open_state} ELSE 'closed' END",
                "urgency": sql.one_of("routine", "five_days", "same_day", "routine", n="(n / 20)"),
                "is_emergency": sql.yes_if("n % 400 = 0"),
                "assigned_to_id": f"CASE WHEN {held_by_one} THEN {person} END",
                "lead_agency_id": lead,
                "closed_at": f"CASE WHEN {still_open} THEN NULL ELSE {sql.moment(days_later=12)} END",
                "closure_reason": f"CASE WHEN {still_open} THEN '' ELSE 'no_concern' END",
                **days_due,
            },
        ),
        (
            Verdict,
            4,
            total,
            {
                "referral_id": sql.uid(3),
                "table_hash": "'t'",
                "sealed_facts": sql.random_bytes(80),
                "route": "'case'",
                "urgency": "'routine'",
                "fired": "'[]'",
            },
        ),
        (
            PersonKey,
            5,
            2 * total,
            {
                "referral_id": sql.uid(3, "((n + 1) / 2)"),
                "feature": sql.one_of("surname_postcode", "handle"),
                "digest": sql.hash_of(),
            },
        ),
        (
            Case,
            6,
            cases,
            {
                "reference": sql.text("F-", first_of_case),
                "lead_officer_id": person,
                "lead_agency_id": lead,
                "state": f"CASE WHEN {case_open} THEN 'open' ELSE 'closed' END",
                "next_step": "''",
                "next_step_name": "''",
                "closed_at": f"CASE WHEN {case_open} THEN NULL ELSE {sql.moment(days_later=200)} END",
                "closure_reason": f"CASE WHEN {case_open} THEN '' ELSE 'support_ended' END",
                **days_due,
            },
        ),
        (
            CaseReferral,
            7,
            cases,
            {
                "case_id": case_of_n,
                "referral_id": sql.uid(3, f"({first_of_case})"),
                "is_first": sql.yes_if("1 = 1"),
                "joined_by_id": person,
            },
        ),
        (
            ProcessRun,
            8,
            cases,
            {
                "case_id": case_of_n,
                "number": "1",
                "process_hash": "'p'",
                "state": sql.random_bytes(600),
                "ended_at": _NULL,
                "closure_reason": "''",
            },
        ),
        (CaseMember, 9, cases, {"case_id": case_of_n, "staff_id": person, "to_at": _NULL, "added_by_id": person}),
        (
            CaseEvent,
            10,
            6 * cases,
            {
                "case_id": sql.uid(6, "((n + 5) / 6)"),
                "number": "n % 6",
                "kind": "'step_done'",
                "sealed_text": sql.random_bytes(80),
            },
        ),
        (
            Action,
            11,
            2 * cases,
            {
                "case_id": sql.uid(6, "((n + 1) / 2)"),
                "kind": "'other'",
                "owner_id": person,
                "due_on": sql.day(),
                "added_by_id": person,
                "state": "'open'",
                "sealed_title": sql.random_bytes(60),
                "sealed_detail": sql.random_bytes(200),
            },
        ),
        (
            AuditEntry,
            12,
            total,
            {
                "action": "'referral.accepted'",
                "subject_kind": "'referral'",
                "subject_id": sql.uid(3),
                "actor_kind": "'system'",
            },
        ),
    ]
    for model, tag, count, given in tables:
        began = time.monotonic()
        _insert(sql, model, tag, count, given)
        say(f"  {count:>9} rows of {model.__name__} in {time.monotonic() - began:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(sql: Dialect, model: type[models.Model], tag: int, count: int, given: Mapping[str, str]) -> None:
    columns = {}
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.AutoField | models.BigAutoField):
            continue
        columns[field.column] = given.get(field.column) or _plain(sql, field, tag)
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {sql.numbers(count)} AS given"
        )


def _plain(sql: Dialect, field: models.Field, tag: int) -> str:
    """What a column holds that the table above does not name."""
    if isinstance(field, models.UUIDField):
        return sql.uid(tag) if field.primary_key or field.unique else sql.uid(99)
    if isinstance(field, models.ForeignKey) or field.null:
        return _NULL
    empty: dict[type[models.Field], str] = {
        models.DateTimeField: sql.moment(),
        models.JSONField: "'[]'" if field.default is list else "'{}'",
        models.BinaryField: sql.random_bytes(1),
        models.BooleanField: sql.yes_if("1 = 0"),
        models.IntegerField: "1",
    }
    return next((value for kind, value in empty.items() if isinstance(field, kind)), "''")
