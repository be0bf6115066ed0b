"""Actions: added, changed, finished with what came of them, or dropped."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.base import clock
from counterpoint.base.errors import Conflict
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope, policies, sharing
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Action, Case
from counterpoint.cases.permissions import check_casework, check_ends_action
from counterpoint.cases.services.change import CHANGED, locked, locked_action, tell
from counterpoint.cases.types import ActionKind, ActionOutcome, ActionState, EventKind, NewAction


@transaction.atomic
def add_action(case: Case, action: NewAction, *, by: Staff) -> Action:
    """Something to be done, with its owner and date.

    Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing with what is wrong with the action."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    row = Action(case=case, kind=ActionKind(action.kind), due_on=action.due_on, added_by=by)
    _fill(row, case, action)
    row.save(force_insert=True)
    tell(case, EventKind.ACTION_ADDED, by=by, at=at, facts=_facts(row), text=action.title.strip())
    return row


@transaction.atomic
def change_action(action: Action, change: NewAction, *, by: Staff, expected_version: int) -> Action:
    """The action as it should read from now on; its timeline keeps that it was changed.

    Raises as `add_action`; NotPossible when it has ended; Conflict, holding what the other person saved."""
    at = clock.now()
    row, case = locked_action(action)
    check_casework(by, case)
    policies.check_open(case)
    _check_version(row, case, expected_version)
    policies.check_action_open(row)
    was_due = row.due_on
    row.kind, row.due_on = ActionKind(change.kind), change.due_on
    _fill(row, case, change)
    row.save_changes(
        expected_version=expected_version,
        kind=row.kind,
        due_on=row.due_on,
        sealed_title=row.sealed_title,
        sealed_detail=row.sealed_detail,
        owner=row.owner,
        owner_agency=row.owner_agency,
    )
    facts = {**_facts(row), "was_due_on": was_due.isoformat()}
    tell(case, EventKind.ACTION_CHANGED, by=by, at=at, facts=facts, text=change.title.strip())
    return row


@transaction.atomic
def finish_action(action: Action, *, outcome: ActionOutcome, why: str, by: Staff, expected_version: int) -> Action:
    """The action is done; what came of it and why is kept.

    Raises NotFound, NotAllowed, NotPossible, Missing when there is no reason, Conflict."""
    return _end(action, by, expected_version, state=ActionState.DONE, outcome=ActionOutcome(outcome), why=why)


@transaction.atomic
def drop_action(action: Action, *, why: str, by: Staff, expected_version: int) -> Action:
    """The action is not to be done any more; why is kept. Only who works on the case may drop one.

    Raises as `finish_action`."""
    check_casework(by, locked_action(action)[1])
    return _end(action, by, expected_version, state=ActionState.DROPPED, outcome="", why=why)


def _end(
    action: Action, by: Staff, expected_version: int, *, state: ActionState, outcome: ActionOutcome | str, why: str
) -> Action:
    at = clock.now()
    row, case = locked_action(action)
    check_ends_action(by, row)
    policies.check_open(case)
    _check_version(row, case, expected_version)
    policies.check_action_open(row)
    text = policies.check_text(why, what="why")
    row.save_changes(
        expected_version=expected_version,
        state=state,
        outcome=outcome,
        sealed_why=envelope.seal(row, "sealed_why", text, key_id=case.key_id),
        ended_by=by,
        ended_at=at,
    )
    kind = EventKind.ACTION_DONE if state is ActionState.DONE else EventKind.ACTION_DROPPED
    title = envelope.unseal(row, "sealed_title", key_id=case.key_id)
    tell(case, kind, by=by, at=at, facts={**_facts(row), "outcome": str(outcome)}, text=title)
    return row


def _fill(row: Action, case: Case, action: NewAction) -> None:
    title = policies.check_line(action.title, what="what is to be done")
    if len(action.detail) > policies.MOST_TEXT:
        raise Missing((f"Shorten the details: they may have {policies.MOST_TEXT:,} characters.",))
    row.owner = one_or_none(Staff.objects.filter(pk=action.owner_id)) if action.owner_id else None
    row.owner_agency = one_or_none(Agency.objects.filter(pk=action.owner_agency_id)) if action.owner_agency_id else None
    granted = sharing.agencies_granted(case.pk, at=clock.now())
    policies.check_can_own(case, owner=row.owner, agency=row.owner_agency, granted=granted)
    row.sealed_title = envelope.seal(row, "sealed_title", title, key_id=case.key_id)
    row.sealed_detail = envelope.seal(row, "sealed_detail", action.detail.strip(), key_id=case.key_id)


def _facts(row: Action) -> dict[str, str | int | bool | None]:
    return {
        "action": str(row.pk),
        "kind": str(row.kind),
        "due_on": row.due_on.isoformat(),
        "owner": _id(row.owner_id),
        "owner_agency": _id(row.owner_agency_id),
    }


def _id(value: UUID | None) -> str | None:
    return str(value) if value is not None else None


def _check_version(row: Action, case: Case, expected_version: int) -> None:
    """Raises Conflict with the action as the other person saved it, in clear: both may read it."""
    if row.version == expected_version:
        return
    opened = envelope.unseal_all(
        [(row, "sealed_title"), (row, "sealed_detail"), (row, "sealed_why")], key_id=case.key_id
    )
    theirs: dict[str, object] = {
        "kind": str(row.kind),
        "title": opened.get((row.pk, "sealed_title"), ""),
        "detail": opened.get((row.pk, "sealed_detail"), ""),
        "due_on": row.due_on,
        "owner": owner_code(row),
        "state": ActionState(row.state).label,
        "outcome": row.outcome,
        "why": opened.get((row.pk, "sealed_why"), ""),
        "version": row.version,
    }
    raise Conflict(CHANGED, theirs=theirs)


def owner_code(row: Action) -> str:
    """The owner as forms name one: "staff:<id>" or "agency:<id>"."""
    return f"staff:{row.owner_id}" if row.owner_id else f"agency:{row.owner_agency_id}"
