"""What `tests.deployment` runs under a deployment's own settings: `python -m tests.inside COMMAND`, JSON in and out."""

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the apps are loaded
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from counterpoint.access import services as access  # noqa: E402
from counterpoint.audit.sealing import seal_pending  # noqa: E402
from counterpoint.audit.types import system  # noqa: E402
from counterpoint.audit.verification import verify  # noqa: E402
from counterpoint.base import clock  # noqa: E402
from counterpoint.config.migrate import bring_up_to_date, make_anew  # noqa: E402
from counterpoint.intake import mailbox, storage, tasks  # noqa: E402
from counterpoint.intake.arrivals import raw_form, store_arrival  # noqa: E402
from counterpoint.intake.mailbox import WrongReceipt  # noqa: E402
from counterpoint.intake.models import AdviceContact, Arrival, Mailbox, Referral, StoredFile  # noqa: E402
from counterpoint.intake.types import ChannelName  # noqa: E402
from counterpoint.intake.work import put_back_lost, run_queued  # noqa: E402
from counterpoint.rules.services import activate_pack  # noqa: E402

_BY = system("tests")


def prepare(_told: Any) -> None:
    """Tables, the pack, a lead agency."""
    bring_up_to_date()
    activate_pack(settings.PACK_FOLDER, by=_BY)
    access.add_agency(name="Northmoor Council", kind="local_authority", is_lead=True, by=_BY)


def make_tables(_told: Any) -> None:
    """Tables as the demo makes them, and whether the migrations find anything left to do."""
    make_anew()
    for alias, apps in (("default", ()), ("keys", ("base",))):
        call_command("migrate", *apps, database=alias, check_unapplied=True, verbosity=0)


def work_off(_told: Any) -> dict[str, int]:
    """Everything that waits for a worker, also what a killed one left: as the worker does minutes later."""
    ran = run_queued(at_most=100_000)
    with clock.moved_to(clock.now() + timedelta(minutes=20)):
        swept = tasks.sweep_arrivals() + tasks.sweep_files()
    put_back_lost()
    ran += run_queued(at_most=100_000)
    seal_pending()
    return {"ran": ran, "swept": swept}


def account(told: Any) -> dict[str, Any]:
    """All that is stored, opened. told: {"receipts": [...]}; each is tried at its mailbox."""
    rows = [_arrival(row) for row in Arrival.objects.order_by("created_at", "id")]
    opened = {receipt: _opens(receipt) for receipt in told["receipts"]}
    verified = verify()
    return {
        "arrivals": rows,
        "opened_by": opened,
        "mailboxes": Mailbox.objects.count(),
        "ledger": {"entries": verified.entries, "sealed": verified.sealed, "finding": str(verified.finding or "")},
    }


def _arrival(row: Arrival) -> dict[str, Any]:
    form = raw_form(row)
    files = [
        {
            "id": str(file.pk),
            "name": storage.name_of(file),
            "sha256": hashlib.sha256(storage.read_original(file)).hexdigest(),
            "state": file.scan_state,
        }
        for file in StoredFile.objects.filter(arrival=row)
    ]
    made = [Referral.objects.filter(arrival=row).count(), AdviceContact.objects.filter(arrival=row).count()]
    named = [item["file_id"] for answer in form["answers"].values() for item in _items(answer)]
    return {
        "reference": row.reference,
        "state": row.state,
        "answers": form["answers"],
        "made": sum(made),
        "files": files,
        "files_named": named,
    }


def _items(answer: Any) -> list[Any]:
    value = answer.get("value")
    return [item for item in value if isinstance(item, dict) and "file_id" in item] if isinstance(value, list) else []


def _opens(receipt: str) -> str | None:
    try:
        return mailbox.open_mailbox(receipt).arrival.reference
    except WrongReceipt:
        return None


def spoil(_told: Any) -> dict[str, str]:
    """Delete the newest arrival by hand and store the oldest once more: what an account must find. Their references."""
    return {"lost": _lose_one(), "doubled": _double_one()}


def _lose_one() -> str:
    """Straight from the table, whatever hangs on it: the constraints of this one connection are off."""
    row = Arrival.objects.order_by("-created_at", "-id")[0]
    off = "PRAGMA foreign_keys=OFF" if connection.vendor == "sqlite" else "SET session_replication_role = replica"
    with connection.cursor() as cursor:
        cursor.execute(off)
        cursor.execute("DELETE FROM intake_arrival WHERE reference = %s", [row.reference])
    return row.reference


def _double_one() -> str:
    """Store one arrival a second time, as a broken deduplication would."""
    row = Arrival.objects.order_by("created_at", "id")[0]
    form = raw_form(row)
    answers = {name: answer for name, answer in form["answers"].items() if not _items(answer)}
    stored = store_arrival(
        channel=ChannelName.PORTAL,
        language=form["language"],
        question_set_id=form["question_set"],
        answers=answers,
        submission_key="a second time",
        at=clock.now(),
    )
    return stored.reference


_COMMANDS: dict[str, Callable[[Any], Any]] = {
    "prepare": prepare,
    "make_tables": make_tables,
    "work_off": work_off,
    "account": account,
    "spoil": spoil,
}


if __name__ == "__main__":
    answer = _COMMANDS[sys.argv[1]](json.loads(sys.stdin.read() or "null"))
    if answer is not None:
        print(json.dumps(answer, ensure_ascii=False))
