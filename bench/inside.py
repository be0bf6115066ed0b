"""What measurements run under a deployment's own settings: `python -m bench.inside COMMAND N`. JSON out."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from uuid import uuid4

import django

django.setup()

from datetime import date  # noqa: E402 - after the apps are loaded

from django.db import transaction  # noqa: E402
from tests.cast import a_person, logged_in  # noqa: E402

from bench.filling import fill  # noqa: E402
from counterpoint import journey  # noqa: E402
from counterpoint.access.models import Agency, Staff  # noqa: E402
from counterpoint.access.types import Role  # noqa: E402
from counterpoint.audit import services as audit  # noqa: E402
from counterpoint.audit.models import AuditEntry  # noqa: E402
from counterpoint.audit.sealing import seal_pending  # noqa: E402
from counterpoint.audit.types import REPORTER, Subject  # noqa: E402
from counterpoint.audit.verification import verify  # noqa: E402
from counterpoint.base import clock, ids  # noqa: E402
from counterpoint.cases import services as cases  # noqa: E402
from counterpoint.cases.models import CaseReferral  # noqa: E402
from counterpoint.cases.types import ActionKind, NewAction, NoteVisibility  # noqa: E402
from counterpoint.intake import drafts, receipts  # noqa: E402
from counterpoint.intake.arrivals import store_arrival  # noqa: E402
from counterpoint.intake.models import Referral  # noqa: E402
from counterpoint.intake.types import ChannelName, Urgency  # noqa: E402
from counterpoint.triage.types import Route  # noqa: E402

ANSWER = (
    "He is sixteen. Since the summer he talks of nothing else, shows films to the little ones and has new friends "
    "whom nobody knows. He has stopped seeing his cousins, and yesterday he asked for money for a trip. "
) * 3


ANSWERS = {
    "immediate_danger": {"value": "no"},
    "relation": {"value": "child"},
    "worry": {"value": ANSWER, "provenance": "first_hand"},
    "person_forename": {"value": "Idris"},
    "person_surname": {"value": "Marlow"},
    "person_age": {"value": {"years": 16, "estimated": False}},
    "may_contact": {"value": "mailbox"},
}


def forms(count: int, *, prepared: bool) -> list[str]:
    """Forms filled in as far as checking the answers; the secrets that their browsers hold.
    prepared: the check page was shown, so that the receipt's slow hash is worked out already."""
    secrets = []
    for _ in range(count):
        secret = receipts.new_browser_secret()
        drafts.save_page(secret, question_set="concern_public", answers=ANSWERS)
        if prepared:
            drafts.prepare_sending(secret, remember={"urgency": "routine"})
        secrets.append(secret)
    return secrets


def desk(count: int) -> dict[str, object]:
    """`count` cases made by the services, from the reporter's form on, each with notes and actions; and the session of
    a person who triages and leads them."""
    agency = Agency.objects.get(is_lead=True)
    staff = a_person("Tariq Reader", agency, [Role.TRIAGE_OFFICER, Role.CASE_OFFICER])
    staff = Staff.objects.select_related("agency").get(pk=staff.pk)
    made = [_a_case(staff, number) for number in range(count)]
    seal_pending()
    return {"session": logged_in(staff).cookies["desk_session"].value, "cases": made}


def _a_case(staff: Staff, number: int) -> str:
    stored = store_arrival(
        channel=ChannelName.PORTAL,
        language="en",
        question_set_id="concern_public",
        answers={**ANSWERS, "person_surname": {"value": f"Marlow {number}"}},
        submission_key=f"bench-{number}",
        at=clock.now(),
    )
    referral_id = journey.process_arrival(stored.arrival_id).referral_id
    referral = Referral.objects.get(pk=referral_id)
    journey.decide(
        referral.pk,
        route=Route.CASE,
        urgency=Urgency.FIVE_DAYS,
        by=staff,
        expected_version=referral.version,
        reason="To be worked together.",
        lead_officer=staff,
    )
    case = CaseReferral.objects.get(referral=referral).case
    for note in range(3):
        cases.add_note(case, visibility=NoteVisibility.INTERNAL, text=f"Note {note}. {ANSWER[:200]}", by=staff)
    for action in range(3):
        told = NewAction(ActionKind.CONTACT, f"Action {action}", due_on=date(2030, 1, 1), owner_id=staff.pk)
        cases.add_action(case, told, by=staff)
    return str(case.pk)


def filled(total: int) -> None:
    """Rows beside them until there are `total` referrals; progress to the standard error."""
    made = Referral.objects.count()
    staff = Staff.objects.get(name="Tariq Reader")
    fill(total - made, agency=staff.agency, staff=staff, say=lambda text: print(text, file=sys.stderr, flush=True))


def ledger(count: int) -> dict[str, float]:
    """Microseconds for one entry, by `audit.record` and as a bare insert of the same columns: medians of five."""
    about = Subject("arrival", ids.new_id(), "CP-0000-0000-0")
    detail = {"channel": "portal", "question_set": "concern_public", "files": 0}
    bare: list[float] = []
    own: list[float] = []
    for _ in range(5):
        with transaction.atomic():
            entry = audit.record("arrival.received", by=REPORTER, about=about, detail=detail)
            values = {field.attname: getattr(entry, field.attname) for field in entry._meta.concrete_fields}
            del values["number"]
            bare.append(
                _each(count, lambda values=values: AuditEntry(**{**values, "id": uuid4()}).save(force_insert=True))
            )
            own.append(_each(count, lambda: audit.record("arrival.received", by=REPORTER, about=about, detail=detail)))
            transaction.set_rollback(True)
    return {"bare_us": statistics.median(bare), "record_us": statistics.median(own)}


def verified(count: int) -> dict[str, float]:
    """Seconds to seal and to verify a ledger of `count` entries."""
    about = Subject("arrival", ids.new_id(), "CP-0000-0000-0")
    with transaction.atomic():
        for _ in range(count - AuditEntry.objects.count()):
            audit.record("arrival.received", by=REPORTER, about=about, detail={"files": 0})
    began = time.perf_counter()
    seal_pending()
    sealed = time.perf_counter()
    found = verify()
    if found.finding or found.entries != count:
        raise SystemExit(f"the ledger that was measured does not hold: {found}")
    return {"entries": count, "seal_s": sealed - began, "verify_s": time.perf_counter() - sealed}


def _each(count: int, act: Callable[[], object]) -> float:
    """Microseconds for each of `count` runs."""
    began = time.perf_counter()
    for _ in range(count):
        act()
    return (time.perf_counter() - began) / count * 1e6


_COMMANDS: dict[str, Callable[[int], object]] = {
    "forms": lambda count: forms(count, prepared=False),
    "desk": desk,
    "fill": filled,
    "ledger": ledger,
    "verify": verified,
    "prepared_forms": lambda count: forms(count, prepared=True),
}

if __name__ == "__main__":
    print(json.dumps(_COMMANDS[sys.argv[1]](int(sys.argv[2]))))
