"""Killed at any instant, the service loses no report that it acknowledged, and doubles none.

Reporters send forms through the real pages while every process of the deployment is killed with SIGKILL at random
instants, again and again; on PostgreSQL the database server too. In the end what they were shown is held against what
is stored. COUNTERPOINT_FAULT_SEED repeats a run's chances, COUNTERPOINT_FAULT_ROUNDS and COUNTERPOINT_FAULT_FORMS
make it longer. A SIGKILL leaves the operating system's caches as they are: what a power cut does, it does not test
(`docs/decisions/0002` says what stands against that).
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy

import pytest
from tests.deployment import Deployment, a_deployment
from tests.faults.accounting import discrepancies
from tests.faults.reporting import Crowd, Told, form_of
from tests.servers import PrivatePostgres, running_postgres

ROUNDS = int(os.environ.get("COUNTERPOINT_FAULT_ROUNDS", "4"))
FORMS = int(os.environ.get("COUNTERPOINT_FAULT_FORMS", "200"))
_GIVEN_UP_AFTER_SECONDS = 420
_ONE_PROCESS_A_ROUND = 2


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("COUNTERPOINT_FAULT_SEED", random.randrange(10**6)))
    print(f"COUNTERPOINT_FAULT_SEED={chosen}")
    return chosen


def test_nothing_acknowledged_is_lost_on_sqlite(seed: int) -> None:
    with a_deployment() as deployment:
        _hold(deployment, seed)


@pytest.mark.postgres
def test_nothing_acknowledged_is_lost_on_postgresql_though_it_dies_too(seed: int) -> None:
    with running_postgres() as postgres, a_deployment(postgres.address) as deployment:
        _hold(deployment, seed, postgres=postgres)


def _hold(deployment: Deployment, seed: int, *, postgres: PrivatePostgres | None = None) -> None:
    deployment.start()
    crowd = Crowd(deployment.port, seed)
    with _reporting(crowd):
        blows = _strike(deployment, crowd, random.Random(seed), postgres)
    assert crowd.faults == []
    told = crowd.told
    account = _account(deployment, told)
    print(f"blows {dict(blows)}; forms begun {len(told)}, acknowledged {len(crowd.acknowledged)}; {_broken(crowd)}")
    assert blows["everything"] >= 1
    assert len(crowd.acknowledged) >= FORMS
    assert discrepancies(told, account) == []
    _the_count_can_fail(deployment, told, account)


def _strike(
    deployment: Deployment, crowd: Crowd, chance: random.Random, postgres: PrivatePostgres | None
) -> Counter[str]:
    """Blows at random instants until there were enough of them and enough forms were acknowledged."""
    blows: Counter[str] = Counter()
    deadline = time.monotonic() + _GIVEN_UP_AFTER_SECONDS
    between = FORMS / (ROUNDS + 1)  # forms acknowledged between one blow to everything and the next
    while time.monotonic() < deadline:
        acknowledged = len(crowd.acknowledged)
        if acknowledged >= FORMS and blows["everything"] >= ROUNDS:
            break
        _at_a_random_instant(crowd, chance)
        if blows["everything"] < ROUNDS and acknowledged >= between * (blows["everything"] + 1):
            blows["everything"] += 1
            deployment.kill()
            if postgres is not None and blows["everything"] % 2 == 1:
                blows["database"] += 1
                postgres.kill()
                postgres.start()
            deployment.start()
        elif postgres is not None and blows["database alone"] < 1 and acknowledged >= between / 2:
            blows["database alone"] += 1
            postgres.kill()
            postgres.start()
        elif blows["one process"] < _ONE_PROCESS_A_ROUND * (blows["everything"] + 1):
            blows["one process"] += 1
            blows[_kill_one(deployment, chance)] += 1
    return blows


def _at_a_random_instant(crowd: Crowd, chance: random.Random) -> None:
    """Half of the time while a form is being sent, within the time that takes; else at any time."""
    if chance.random() < 0.5:
        crowd.sending.clear()
        crowd.sending.wait(timeout=5)
        time.sleep(chance.uniform(0, 0.08))
    else:
        time.sleep(chance.uniform(0.2, 1.5))


def _kill_one(deployment: Deployment, chance: random.Random) -> str:
    """One process of the group: a web worker or the job worker. Whoever looks after it starts another."""
    running = deployment.processes()
    leader = min(running)
    web = [process for process, line in running.items() if "gunicorn" in line]
    jobs = [process for process, line in running.items() if "counterpoint worker" in line and process != leader]
    name, choices = chance.choice([("web process", sorted(web)[1:]), ("job worker", jobs)])
    if not choices:
        return "miss"
    with suppress(ProcessLookupError):
        os.kill(chance.choice(choices), signal.SIGKILL)
    return name


@contextmanager
def _reporting(crowd: Crowd) -> Iterator[None]:
    crowd.begin()
    try:
        yield
    finally:
        crowd.end()


def _account(deployment: Deployment, told: list[Told]) -> dict:
    """Everything ended, all waiting work done, then all that is stored."""
    deployment.kill()
    deployment.inside("work_off")
    receipts = sorted({receipt for one in told for _, receipt in one.shown})
    return deployment.inside("account", told={"receipts": receipts})


def _broken(crowd: Crowd) -> str:
    return (
        f"requests broken {crowd.broken}, of them while sending {crowd.broken_sends}, "
        f"sent again and found stored {crowd.found_stored}"
    )


def _the_count_can_fail(deployment: Deployment, told: list[Told], account: dict) -> None:
    """A row deleted and a form stored twice, by hand in the same database: the count says which."""
    assert account["ledger"]["entries"] > len(account["arrivals"])
    spoiled = deployment.inside("spoil")
    lost, doubled = spoiled["lost"], spoiled["doubled"]
    receipts = sorted(account["opened_by"])
    found = discrepancies(told, deployment.inside("account", told={"receipts": receipts}))
    was_shown = any(lost == reference for one in told for reference, _ in one.shown)
    assert not was_shown or f"missing: {lost} was shown and is not there" in found
    assert any(line.startswith("doubled: ") for line in found)
    assert doubled not in {reference for one in told for reference, _ in one.shown}


def _told(n: int) -> Told:
    form = form_of(random.Random(n), marker=f"form-{n}-1-0")
    return Told(form, {(f"CP-0000-000{n}-0", f"words {n}")})


def _as_stored(told: Told) -> dict:
    form = told.form
    ((reference, _),) = told.shown
    return {
        "reference": reference,
        "state": "accepted",
        "answers": {form.question: {"value": form.stored_answer}},
        "made": 1,
        "files": [{"id": name, "name": name, "sha256": sha} for name, sha in form.file_hashes.items()],
        "files_named": list(form.file_hashes),
    }


@pytest.mark.parametrize(
    ("spoiled", "what_is_said"),
    [
        (lambda account: account["arrivals"].pop(), "missing"),
        (lambda account: account["arrivals"].append(account["arrivals"][0]), "doubled"),
        (lambda account: account["arrivals"][1]["answers"].clear(), "does not hold what was sent"),
        (lambda account: account["opened_by"].update({"words 2": None}), "opens None"),
        (lambda account: account["arrivals"][0].update(made=0), "became 0 referrals"),
        (lambda account: account["arrivals"][0].update(made=2), "became 2 referrals"),
        (lambda account: account["arrivals"][3]["files"].append({"id": "x", "name": "x", "sha256": "x"}), "files"),
        (lambda account: account["ledger"].update(finding="entry 3"), "ledger"),
        (lambda account: account.update(mailboxes=1), "mailboxes"),
    ],
)
def test_the_count_says_what_is_wrong(spoiled, what_is_said: str) -> None:
    told = [_told(n) for n in range(5)]
    account = {
        "arrivals": [_as_stored(one) for one in told],
        "opened_by": {receipt: reference for one in told for reference, receipt in one.shown},
        "mailboxes": 5,
        "ledger": {"finding": ""},
    }
    assert discrepancies(told, account) == []
    changed = deepcopy(account)
    spoiled(changed)
    assert any(what_is_said in line for line in discrepancies(told, changed))
