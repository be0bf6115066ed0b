"""A backtest over many referrals, against the bare floor: evaluating both tables on prepared facts in a loop.

`python -m bench.backtest [--referrals N]` makes so many referrals on SQLite, each with facts sealed under a key of its
own and, for four in five, a decision; starts a backtest of a draft that changes one row, and shows how far it comes.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from typing import Any

from tests.deployment import a_deployment

from bench.measuring import print_machine, print_table

GOAL_SECONDS = 60
_AT_ONCE = 2_000


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.backtest")
    asked.add_argument("--referrals", type=int, default=100_000)
    asked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside:
        print(json.dumps(_inside(given.referrals)))
        return
    print_machine()
    with a_deployment(job_workers=0) as deployment:
        command = [sys.executable, "-m", "bench.backtest", "--inside", "--referrals", str(given.referrals)]
        environment = {**deployment.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        told = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    count, goal = f"{given.referrals:,} referrals", f"{GOAL_SECONDS}"
    rows = [
        [f"{count}: both tables on prepared facts, in a loop", f"{told['floor_s']:.1f}", "1.0", ""],
        [f"{count}: the backtest", f"{told['backtest_s']:.1f}", f"{told['backtest_s'] / told['floor_s']:.1f}", goal],
        ["of that, processor time", f"{told['backtest_cpu_s']:.1f}", "", ""],
    ]
    print_table(["what", "seconds", "ratio", "goal"], rows)


def _inside(count: int) -> dict[str, float]:
    import django

    django.setup()

    from tests.cast import a_person
    from tests.rules.making import TRIAGE, repeats_to_advice

    from counterpoint.access.models import Agency
    from counterpoint.access.types import Role
    from counterpoint.base.errors import CounterpointError
    from counterpoint.rules import selectors as rules
    from counterpoint.rules import services
    from counterpoint.triage import backtests
    from counterpoint.triage.verdicts import TABLE, what_it_says

    agency = Agency.objects.filter(is_lead=True).first() or Agency.objects.create(
        name="Northmoor Council", is_lead=True
    )
    lead = a_person("Bench Lead", agency, [Role.PROCESS_LEAD])
    table = rules.table_in_force(TABLE)
    facts = [_facts(random.Random(number)) for number in range(count)]
    _fill(facts, agency, lead, table.table_hash)
    draft = services.start_draft(title="Bench", why="To measure", by=lead)
    draft = services.upload_files(draft.pk, files={TRIAGE: repeats_to_advice()}, by=lead, expected_version=1)
    if draft.problems:
        raise CounterpointError("the draft has problems")
    other = rules.archived_table(draft.files[TRIAGE])
    began = time.perf_counter()
    for each in facts:
        what_it_says(table, each, each["kind"])
        what_it_says(other, each, each["kind"])
    floor = time.perf_counter() - began
    backtest = backtests.start_backtest(draft.pk, by=lead)
    began, cpu = time.perf_counter(), time.process_time()
    while backtests.run_slice(backtest.pk):
        row = backtests.backtest_row(backtest.pk)
        print(f"  {row.done:>9,} of {row.total:,} in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    row = backtests.backtest_row(backtest.pk)
    if row.tally["compared"] != count:
        raise CounterpointError(f"{row.tally['compared']} of {count} were compared")
    return {
        "floor_s": floor,
        "backtest_s": time.perf_counter() - began,
        "backtest_cpu_s": time.process_time() - cpu,
    }


def _facts(draw: random.Random) -> dict[str, Any]:
    """Facts as answers give them: mostly a concern, mostly no danger."""
    unsure = ("no", "no", "no", "no", "yes", "unknown")
    return {
        "kind": "concern",
        "immediate_danger": draw.choice(unsure),
        "imminent_travel": draw.choice(unsure),
        "threat_to_life": None,
        "possible_repeat": draw.random() < 0.1,
        "under_18": draw.choice(("yes", "no", "unknown")),
        "concern_about": draw.choice(("extremism", "violence", "other_safeguarding", "crime", "something_else", None)),
        "material_shows": None,
        "knows_poster": None,
    }


def _fill(facts: list[dict[str, Any]], agency: Any, staff: Any, table_hash: str) -> None:
    """A referral, its verdict with sealed facts and, for four in five, a decision, for each of the facts."""
    from django.conf import settings

    from counterpoint.base import clock, ids
    from counterpoint.base.models import RecordKey
    from counterpoint.base.sealing import KEY_BYTES, seal
    from counterpoint.intake.models import Arrival, Referral
    from counterpoint.triage.models import Decision, Verdict

    at, keys = clock.now(), settings.DEPLOYMENT_KEYS
    for start in range(0, len(facts), _AT_ONCE):
        made: dict[Any, list[Any]] = {RecordKey: [], Arrival: [], Referral: [], Verdict: [], Decision: []}
        for number, each in enumerate(facts[start : start + _AT_ONCE], start):
            key, key_id, referral_id, verdict_id = os.urandom(KEY_BYTES), ids.new_id(), ids.new_id(), ids.new_id()
            wrapped = keys.wrap(key, place=f"record_key:{key_id}")
            made[RecordKey].append(RecordKey(id=key_id, wrapped=wrapped, wrapped_by=keys.wrapping_key_id))
            common = {"reference": f"B-{number}", "received_at": at, "language": "en", "kind": "concern"}
            arrival = Arrival(
                **common, submission_key=f"bench-{number}", channel="portal", state="accepted", key_id=key_id,
                sealed_raw=b"",
            )  # fmt: skip
            referral = Referral(
                **common, id=referral_id, arrival=arrival, key_id=key_id, reporter_key_id=key_id, audience="public",
                route="portal",
                sealed_answers=b"", sealed_reporter=b"", state="decided", urgency="routine", due_at=at,
                lead_agency=agency,
            )  # fmt: skip
            sealed = seal(json.dumps(each).encode(), key=key, place=f"verdict.sealed_facts:{verdict_id}")
            verdict = Verdict(
                id=verdict_id, referral=referral, table_hash=table_hash, sealed_facts=sealed, fired=[], route="case",
                urgency="five_days", at=at,
            )  # fmt: skip
            made[Arrival].append(arrival)
            made[Referral].append(referral)
            made[Verdict].append(verdict)
            if number % 5:
                made[Decision].append(
                    Decision(
                        referral=referral,
                        verdict=verdict,
                        route="case",
                        urgency="five_days",
                        confirmed=True,
                        state="in_force",
                        by=staff,
                        at=at,
                        in_force_at=at,
                        referral_version=1,
                    )
                )
        RecordKey.objects.using("keys").bulk_create(made.pop(RecordKey), batch_size=500)
        for model, rows in made.items():
            model._default_manager.bulk_create(rows, batch_size=500)


if __name__ == "__main__":
    main()
