"""Notes, kept apart by who they are for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.cases import envelope, policies
from counterpoint.cases.models import Case, CaseNote
from counterpoint.cases.permissions import check_casework
from counterpoint.cases.services.change import locked, tell
from counterpoint.cases.services.mailboxes import message_one, referral_of
from counterpoint.cases.types import EventKind, NoteVisibility


@transaction.atomic
def add_note(case: Case, *, visibility: NoteVisibility, text: str, by: Staff) -> CaseNote:
    """Write down something for other staff: INTERNAL for all who work on the case, RESTRICTED for its author, the
    lead officer and supervisors. For REPORTER use `write_to_reporter`, so that nobody sends by mistake.

    Raises NotFound, NotAllowed; NotPossible when the case is closed; Missing without a text."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    policies.check_is_for_staff(visibility)
    plain = policies.check_text(text, what="the note")
    row = CaseNote(case=case, visibility=NoteVisibility(visibility), by=by, at=at)
    row.sealed_text = envelope.seal(row, "sealed_text", plain, key_id=case.key_id)
    row.save(force_insert=True)
    tell(case, EventKind.NOTE_ADDED, by=by, at=at, facts={"visibility": str(visibility)})
    return row


@transaction.atomic
def write_to_reporter(
    case: Case, *, text: str, by: Staff, asks: bool = False, referral_id: UUID | None = None
) -> CaseNote:
    """Put a question (`asks`) or a message into the mailbox of the reporter of one referral: of the first, unless
    another is named.

    Raises NotFound, NotAllowed; NotPossible when the case is closed or there is no mailbox; Missing without a text."""
    at, case = clock.now(), locked(case)
    check_casework(by, case)
    policies.check_open(case)
    plain = policies.check_text(text, what="what the reporter should read")
    message_id = message_one(referral_of(case, referral_id), asks=asks, text=plain, by=by)
    return _noted(case, message_id, kind=EventKind.QUESTION_SENT if asks else EventKind.UPDATE_SENT, by=by, at=at)


def _noted(case: Case, message_id: UUID, *, kind: EventKind, by: Staff, at: datetime) -> CaseNote:
    row = CaseNote.objects.create(case=case, visibility=NoteVisibility.REPORTER, message_id=message_id, by=by, at=at)
    tell(case, kind, by=by, at=at, facts={"message": str(message_id)})
    return row
