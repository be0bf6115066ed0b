"""How a case is changed: its row is locked, then one line of its timeline and one audit entry are written."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.audit.services import record
from counterpoint.audit.types import Actor, Subject
from counterpoint.base.errors import Conflict, NotFound
from counterpoint.base.prepared import Prepared
from counterpoint.cases import envelope
from counterpoint.cases.models import Action, Case, CaseEvent
from counterpoint.cases.types import EventKind

CHANGED = "Somebody else changed this while you had it open. Compare the two and save again."
Facts = Mapping[str, str | int | bool | None]
_LOCKED = Prepared(lambda case_id: Case.objects.select_for_update().filter(pk=case_id))
_NUMBERS = Prepared(
    lambda case_id: CaseEvent.objects.filter(case_id=case_id).order_by("-number").values_list("number", flat=True)
)


def locked(case: Case) -> Case:
    """The row as it is now, locked until the transaction ends, so that what is checked still holds when it is saved.
    On SQLite the transaction itself holds the lock."""
    return locked_by_id(case.pk)


def locked_by_id(case_id: UUID) -> Case:
    """As `locked`. Raises NotFound."""
    row = _LOCKED.one(case_id)
    if row is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return row


def locked_action(action: Action) -> tuple[Action, Case]:
    """An action with its case, both locked, the case first as everywhere."""
    case = locked_by_id(action.case_id)
    return Action.objects.select_for_update().get(pk=action.pk), case


def check_version(case: Case, *, expected_version: int, theirs: Mapping[str, object]) -> None:
    """Raises Conflict, holding `theirs`, when somebody saved the case since `expected_version` was read."""
    if case.version != expected_version:
        raise Conflict(CHANGED, theirs={**theirs, "version": case.version})


def tell(
    case: Case, kind: EventKind, *, by: Staff | Actor, at: datetime, facts: Facts | None = None, text: str = ""
) -> CaseEvent:
    """Write the line of the timeline and the audit entry of one change, by a person or by the worker.

    facts: plain, they go to both. text: personal, sealed, in the timeline only."""
    person, actor = (by, by.actor) if isinstance(by, Staff) else (None, by)
    event = put_on_timeline(case, kind, by=person, at=at, facts=facts, text=text)
    record(f"case.{kind}", by=actor, about=subject_of(case), detail=facts)
    return event


def put_on_timeline(
    case: Case, kind: EventKind, *, by: Staff | None, at: datetime, facts: Facts | None = None, text: str = ""
) -> CaseEvent:
    """The line of the timeline alone, for changes that another folder's service audits."""
    number = (_NUMBERS.one(case.pk) or 0) + 1
    event = CaseEvent(case=case, number=number, at=at, by=by, kind=kind, facts=dict(facts or {}))
    if text:
        event.sealed_text = envelope.seal(event, "sealed_text", text, key_id=case.key_id)
    event.save(force_insert=True)
    return event


def subject_of(case: Case) -> Subject:
    """The case, as audit entries name it."""
    return Subject("case", case.pk, case.reference)
