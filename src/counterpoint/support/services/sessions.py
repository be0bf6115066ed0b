"""The log of meetings and contacts: by who does the casework, or by the provider."""

from datetime import date
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases.policies import check_open, check_text
from counterpoint.cases.services.change import locked_by_id, tell
from counterpoint.cases.types import EventKind
from counterpoint.support import policies
from counterpoint.support.models import Intervention, SupportSession
from counterpoint.support.permissions import check_logs_session
from counterpoint.support.types import Attendance


@transaction.atomic
def log_session(
    intervention: Intervention, *, held_on: date, attendance: Attendance, note: str, by: Staff, submission: UUID
) -> SupportSession:
    """One meeting or contact, with what happened. submission: of the form, so that sent twice is once. That consent
    was not in force on that day is no reason to hide it: the page says so.

    Raises NotFound, NotAllowed; NotPossible when the case is closed or the support does not run; Missing for a day
    ahead or without a note."""
    at, case = clock.now(), locked_by_id(intervention.case_id)
    row = Intervention.objects.select_for_update().get(pk=intervention.pk)
    check_logs_session(by, row)
    check_open(case)
    known = one_or_none(SupportSession.objects.filter(intervention=row, submission=submission))
    if known is not None:
        return known
    policies.check_session_fits(row, held_on=held_on)
    text = check_text(note, what="what happened")
    session = SupportSession(
        intervention=row, submission=submission, held_on=held_on, attendance=Attendance(attendance), by=by, at=at
    )
    session.sealed_note = envelope.seal(session, "sealed_note", text, key_id=case.key_id)
    session.save(force_insert=True)
    facts = {"intervention": str(row.pk), "kind": str(row.kind), "held_on": held_on.isoformat()}
    tell(case, EventKind.SESSION_LOGGED, by=by, at=at, facts={**facts, "attendance": str(session.attendance)})
    return session
