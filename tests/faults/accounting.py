"""The count after the crash: what reporters were shown against what is stored. Pure; empty means that all is there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.faults.reporting import Told


def discrepancies(told: Iterable[Told], account: Mapping[str, Any]) -> list[str]:
    """Everything that is missing, doubled or not what was sent.

    account: as `tests.inside account` gives it. Forms that nobody was told about may be stored once or not at all."""
    everybody = list(told)
    stored = list(account["arrivals"])
    by_marker = Counter(_marker(arrival) for arrival in stored)
    found: list[str] = []
    for marker, count in by_marker.items():
        if count > 1:
            found.append(f"doubled: the form {marker} is stored {count} times")
    known = {one.form.marker for one in everybody}
    found += [f"stray: {arrival['reference']} is nobody's form" for arrival in stored if _marker(arrival) not in known]
    by_reference = {arrival["reference"]: arrival for arrival in stored}
    for one in everybody:
        found += _of_one(one, by_reference, account["opened_by"])
    found += [f"{a['reference']} became {a['made']} referrals ({a['state']})" for a in stored if a["made"] != 1]
    if account["mailboxes"] != len(stored):
        found.append(f"{account['mailboxes']} mailboxes for {len(stored)} arrivals")
    if account["ledger"]["finding"]:
        found.append(f"the ledger does not hold: {account['ledger']['finding']}")
    return found


def _of_one(told: Told, stored: Mapping[str, Any], opened_by: Mapping[str, str | None]) -> Iterator[str]:
    form = told.form
    if len(told.shown) > 1:
        yield f"the form {form.marker} was shown {len(told.shown)} references or receipts"
    for reference, receipt in told.shown:
        arrival = stored.get(reference)
        if arrival is None:
            yield f"missing: {reference} was shown and is not there"
            continue
        if arrival["answers"].get(form.question, {}).get("value") != form.stored_answer:
            yield f"{reference} does not hold what was sent"
        if opened_by.get(receipt) != reference:
            yield f"the receipt of {reference} opens {opened_by.get(receipt)}"
        kept = {file["name"]: file["sha256"] for file in arrival["files"]}
        if kept != form.file_hashes or len(arrival["files"]) != len(form.files):
            yield f"{reference} has {len(arrival['files'])} files for {len(form.files)} that were sent"
        if sorted(file["id"] for file in arrival["files"]) != sorted(arrival["files_named"]):
            yield f"{reference} names files that it does not have"


def _marker(arrival: Mapping[str, Any]) -> str:
    """The form's marker, from whichever answer holds it."""
    for answer in arrival["answers"].values():
        value = answer.get("value")
        text = value[0] if isinstance(value, list) and value and isinstance(value[0], str) else value
        if isinstance(text, str) and "form-" in text:
            return "form-" + text.partition("form-")[2].split()[0]
    return "?"
