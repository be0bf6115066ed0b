"""What `bench.steps` runs under a deployment's own settings: `make CASES USERS`, and `walk FIRST LAST`. JSON
out."""

import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection, connections, transaction  # noqa: E402 - after the apps are loaded
from tests.cast import a_person  # noqa: E402

from counterpoint.access.models import Agency, Staff  # noqa: E402
from counterpoint.access.types import Role  # noqa: E402
from counterpoint.base import clock, ids, keyring  # noqa: E402
from counterpoint.base.errors import Refusal  # noqa: E402
from counterpoint.cases import process, services  # noqa: E402
from counterpoint.cases.models import Case, CaseClock, CaseMember, ProcessRun, Task  # noqa: E402
from counterpoint.cases.steps import Shape  # noqa: E402
from counterpoint.rules.selectors import pack_in_force  # noqa: E402

PROCESS = "prevent_path"
_TEXT = "The school knows the family well, and has seen the change since the summer. " * 4
_CHOSEN = {"result": ("clear", "information"), "decision": ("referral", "more_information")}
_AT_ONCE = 1_000


def make(cases: int, users: int) -> dict[str, object]:
    """Cases that have just begun, in equal shares, straight into the tables but for their keys; and what one step of
    one of them sends to the databases."""
    agency = Agency.objects.get(is_lead=True)
    people = [a_person(f"User {number:03}", agency, [Role.CASE_OFFICER]) for number in range(users)]
    at = clock.now()
    for first in range(0, cases, _AT_ONCE):
        _some(agency, [people[number % users] for number in range(first, min(first + _AT_ONCE, cases))], at)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (id bigserial PRIMARY KEY, body bytea, at timestamptz)")
        cursor.execute("ANALYZE")
    user = _User.called(0)
    user.take_step()  # what is read once a process is there
    sent = _Sent()
    with ExitStack() as watched:
        for alias in connections:
            watched.enter_context(connections[alias].execute_wrapper(sent))
        began = time.process_time()
        user.take_step()
        took = time.process_time() - began
    return {"statements": {"all": sent.reads + sent.writes, "writes": sent.writes}, "processor_ms": took * 1000}


def _some(agency: Agency, officers: list[Staff], at: Any) -> None:
    """One case for each of these officers, with a run, its first task and clock, and its member."""
    with transaction.atomic():
        sample = _sample(agency, officers[0], at)
        run, task, one_clock = sample.runs.get(), sample.tasks.get(), sample.clocks.first()
        rows = [_copy(sample, reference=ids.new_reference(), lead_officer_id=officer.pk) for officer in officers]
        for row in rows:
            row.key_id = keyring.new_record_key()
        runs = [_copy(run, case_id=row.pk) for row in rows]
        Case.objects.bulk_create(rows)
        ProcessRun.objects.bulk_create(runs)
        whose = list(zip(rows, runs, strict=True))
        assignee = {True: "lead_officer_id", False: ""}[task.assignee_id is not None]
        Task.objects.bulk_create(
            _copy(task, case_id=row.pk, run_id=of.pk, assignee_id=getattr(row, assignee) if assignee else None)
            for row, of in whose
        )
        if one_clock is not None:
            CaseClock.objects.bulk_create(_copy(one_clock, case_id=row.pk, run_id=of.pk) for row, of in whose)
        CaseMember.objects.bulk_create(
            CaseMember(case_id=row.pk, staff_id=row.lead_officer_id, from_at=at, added_by_id=row.lead_officer_id)
            for row in rows
        )


def _sample(agency: Agency, officer: Staff, at: Any) -> Case:
    """One case whose run was begun by the service: what the others are copied from."""
    case = Case.objects.create(
        reference=ids.new_reference(),
        lead_officer=officer,
        lead_agency=agency,
        key_id=keyring.new_record_key(),
        opened_at=at,
        due_at=at,
    )
    CaseMember.objects.create(case=case, staff=officer, from_at=at, added_by=officer)
    running = process.begin_run(case, number=1, at=at, process_id=PROCESS)
    Case.objects.filter(pk=case.pk).update(**process.next_step_columns(running, at=at))
    case.refresh_from_db()
    return case


def _copy(row: Any, **changes: object) -> Any:
    values = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
    return type(row)(**{**values, "id": ids.new_id(), **changes})


@dataclass
class _Sent:
    """Counts what is sent to a database."""

    reads: int = 0
    writes: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith("SELECT"):
            self.reads += 1
        elif not sql.upper().startswith(("SAVEPOINT", "RELEASE")):
            self.writes += 1
        return execute(sql, params, many, context)


@dataclass
class _User:
    """A case officer who finishes steps of their own cases, one case after the other."""

    staff: Staff
    cases: list[Any]
    chance: Random
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    @classmethod
    def called(cls, number: int) -> "_User":
        staff = Staff.objects.select_related("agency").get(name=f"User {number:03}")
        rows = list(Case.objects.filter(lead_officer=staff).order_by("pk").values_list("pk", flat=True))
        return cls(staff, rows, Random(number))

    def take_step(self) -> None:
        """Finish the next step of a case; a case that waits for somebody else makes room for the next."""
        case = Case.objects.get(pk=self.cases[self.chance.randrange(len(self.cases))])
        step = case.next_step
        values, work = _values(case, step), process.current_run(case).form_of(step).work
        by = Staff.objects.select_related("agency").get(pk=self.staff.pk)  # as each request begins
        began = time.perf_counter()
        try:
            services.complete_step(case, step, values, by=by, expected_version=case.version, done_by_work=work)
        except Refusal:
            self.refused += 1
            self.cases.remove(case.pk)
        else:
            self.seconds.append(time.perf_counter() - began)

    def touch_rows(self, reads: int, writes: int) -> None:
        """As many statements as a step sends, by hand, and one commit."""
        case_id = self.cases[self.chance.randrange(len(self.cases))]
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            for _ in range(reads):
                cursor.execute("SELECT * FROM cases_case WHERE id = %s", [case_id])
                cursor.fetchall()
            cursor.execute("UPDATE cases_case SET due_at = now() WHERE id = %s", [case_id])
            for _ in range(writes - 1):
                cursor.execute("INSERT INTO bench_row (body, at) VALUES (%s, now())", [b"x" * 400])
        self.seconds.append(time.perf_counter() - began)


def _values(case: Case, step: str) -> dict[str, object]:
    """What the form asks: a choice that leads on, else the first; a day; a text."""
    form = process.current_run(case).form_of(step)
    values: dict[str, object] = {}
    for one in form.fields:
        choices = [choice for choice, _ in one.choices]
        wanted = [choice for choice in choices if choice in _CHOSEN.get(one.id, ())]
        if choices:
            values[one.id] = (wanted or choices)[0]
        else:
            values[one.id] = clock.now().date() if one.shape is Shape.DATE else _TEXT
    return values


def walk(first: int, last: int) -> None:
    """These users at once, for each line of the standard input: [way, seconds, seconds from task to task]. A line out
    when they are ready, and one for each way."""
    pack_in_force()
    users = [_User.called(number) for number in range(first, last)]
    reads, writes = _statements(users[0])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        way, seconds, every = json.loads(line)
        print(json.dumps(_walked(users, way, seconds, every, statements=(reads, writes))), flush=True)


def _walked(
    users: list[_User], way: str, seconds: float, every: float, *, statements: tuple[int, int]
) -> dict[str, object]:
    reads, writes = statements
    for user in users:
        user.seconds, user.refused = [], 0
    acts = [partial(user.touch_rows, reads, writes) if way == "floor" else user.take_step for user in users]
    until = time.time() + seconds
    threads = [
        threading.Thread(target=_work, args=(act, user.chance, until, every))
        for act, user in zip(acts, users, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": [one for user in users for one in user.seconds], "refused": sum(user.refused for user in users)}


def _statements(user: _User) -> tuple[int, int]:
    sent = _Sent()
    with ExitStack() as watched:
        for alias in connections:
            watched.enter_context(connections[alias].execute_wrapper(sent))
        user.take_step()
    return sent.reads, sent.writes


def _work(act: Callable[[], None], chance: Random, until: float, every: float) -> None:
    """From a moment of their own within the first few seconds, task after task."""
    try:
        time.sleep(chance.random() * every)
        while (began := time.time()) < until:
            act()
            if every:
                time.sleep(max(0.0, began + every * (0.5 + chance.random()) - time.time()))
    finally:
        connections.close_all()


if __name__ == "__main__":
    command, *given = sys.argv[1:]
    if command == "make":
        print(json.dumps(make(int(given[0]), int(given[1]))))
    else:
        walk(int(given[0]), int(given[1]))
