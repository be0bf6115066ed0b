"""What arrived and could not be made a referral by itself: kept as it came, for a person to read and call back. What
that person then does with it: `counterpoint.journey`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_reads
from counterpoint.access.relations import is_recused
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base.errors import NotFound
from counterpoint.base.rows import one_or_none
from counterpoint.intake import call_backs as closing
from counterpoint.intake import mailbox
from counterpoint.intake import selectors as intake
from counterpoint.intake.accepting import checked_form
from counterpoint.intake.arrivals import raw_form
from counterpoint.intake.models import Arrival, CallBackOutcome
from counterpoint.intake.permissions import can_read_call_backs, check_reads_call_backs
from counterpoint.intake.types import ArrivalState, CallBackEnding, ChannelName, Kind, MessageView
from counterpoint.kernel.questions import AnswerProblemCode

_NO_SUCH = "There is no such arrival in the call-back queue."
_IN_QUEUE = frozenset({ArrivalState.PROBLEM, ArrivalState.SET_ASIDE})


@dataclass(frozen=True)
class CallBackRow:
    """One arrival in the queue; no personal content."""

    id: UUID
    reference: str
    kind: Kind
    door: ChannelName
    language: str
    received_at: datetime
    state: ArrivalState


@dataclass(frozen=True)
class ClosedRow:
    """How a call back was closed. `note` is empty in lists."""

    row: CallBackRow
    ending: CallBackEnding
    by: str
    at: datetime
    sent_again_as: str
    note: str = ""


@dataclass(frozen=True)
class CallBackView:
    """The form as it was sent, opened for one reader; the reading was audited when this value was made.

    answers: the form verbatim. fitting: those of them that fit, as checked, which are all that a referral or an advice
    contact of it holds. unfit: by question, what is wrong with the answer. made_of_it: kind and id of that."""

    row: CallBackRow
    question_set_hash: str
    answers: Mapping[str, Any]
    fitting: Mapping[str, Any]
    unfit: Mapping[str, AnswerProblemCode]
    files: int
    letters: Sequence[MessageView] = ()
    closed: ClosedRow | None = None
    made_of_it: tuple[SubjectKind, UUID] | None = None


def call_backs(viewer: Staff, *, limit: int = 100) -> Sequence[CallBackRow]:
    """The queue, oldest first, for call handlers and triage of a lead agency. Raises NotAllowed."""
    check_reads_call_backs(viewer)
    return [_row(arrival) for arrival in intake.arrivals_in_trouble()[:limit]]


def dealt_with_lately(viewer: Staff, *, limit: int = 50) -> Sequence[ClosedRow]:
    """What was set aside, the latest first. Raises NotAllowed."""
    check_reads_call_backs(viewer)
    return [_closed(viewer, outcome) for outcome in intake.call_backs_set_aside()[:limit]]


def call_back_for(viewer: Staff, arrival_id: UUID) -> CallBackView:
    """One of them, waiting or set aside, opened; audited. One that a person put into the inbox is opened to those who
    may read all of what was made of it. Raises NotAllowed, NotFound, KeyDestroyed."""
    with transaction.atomic():
        arrival = one_or_none(Arrival.objects.filter(pk=arrival_id))
        made = _check_reads(viewer, arrival)
        if arrival is None:
            raise NotFound(_NO_SUCH)
        form = raw_form(arrival)
        _, checked = checked_form(arrival, form)
        outcome = closing.outcome_of(arrival)
        audit.record(
            "arrival.read",
            by=viewer.actor,
            about=Subject("arrival", arrival.pk, arrival.reference),
            purpose="as it came" if made else "call back",
        )
        return CallBackView(
            row=_row(arrival),
            question_set_hash=arrival.question_set_hash,
            answers=form["answers"],
            fitting=checked.answers,
            unfit={problem.question_id: problem.code for problem in checked.problems},
            files=len(intake.files_of([arrival.pk])),
            letters=() if made else mailbox.messages_for_staff(viewer, arrival=arrival),
            closed=_closed(viewer, outcome, note=closing.opened_note(outcome)) if outcome else None,
            made_of_it=made,
        )


def call_back_row(viewer: Staff, arrival_id: UUID) -> CallBackRow:
    """The row alone, nothing opened, to whom `call_back_for` would open it. Raises NotAllowed, NotFound."""
    arrival = one_or_none(Arrival.objects.filter(pk=arrival_id))
    _check_reads(viewer, arrival)
    if arrival is None:
        raise NotFound(_NO_SUCH)
    return _row(arrival)


def call_back_named(viewer: Staff, reference: str) -> UUID:
    """The arrival of this reference that is in the queue or was set aside. Raises NotFound, also for whoever does not
    read the queue, the same for no such record."""
    arrival = one_or_none(Arrival.objects.filter(reference=reference, state__in=_IN_QUEUE))
    if not can_read_call_backs(viewer) or arrival is None:
        raise NotFound("There is no such record, or it is not yours to see.")
    return arrival.pk


def _check_reads(viewer: Staff, arrival: Arrival | None) -> tuple[SubjectKind, UUID] | None:
    """What was made of the arrival by hand, after asking whether `viewer` may read it. Without it the queue is asked
    for, also where there is no such arrival, so that others learn nothing from the answer."""
    if arrival is None or arrival.state in _IN_QUEUE or not intake.was_put_in_by_hand(arrival.pk):
        check_reads_call_backs(viewer)
        if arrival is None or arrival.state not in _IN_QUEUE:
            raise NotFound(_NO_SUCH)
        return None
    made = closing.made_of(arrival)
    if made is None or not viewer.agency.is_lead:  # no agency was ever granted the raw form
        raise NotFound(_NO_SUCH)
    for section in (Section.CONCERN, Section.PERSON, Section.REPORTER):
        check_reads(viewer, kind=made[0], subject_id=made[1], section=section)
    return made


def _closed(viewer: Staff, outcome: CallBackOutcome, *, note: str = "") -> ClosedRow:
    return ClosedRow(
        row=_row(outcome.arrival),
        ending=CallBackEnding(outcome.ending),
        by=outcome.by.name,
        at=outcome.at,
        sent_again_as=_known_reference(viewer, outcome.sent_again_as),
        note=note,
    )


def _known_reference(viewer: Staff, other: Arrival | None) -> str:
    """ "" also for what `viewer` stepped aside from."""
    made = closing.made_of(other) if other else None
    stepped_aside = made is not None and is_recused(viewer, kind=made[0], subject_id=made[1])
    return other.reference if other and not stepped_aside else ""


def _row(arrival: Arrival) -> CallBackRow:
    return CallBackRow(
        id=arrival.pk,
        reference=arrival.reference,
        kind=Kind(arrival.kind),
        door=ChannelName(arrival.channel),
        language=arrival.language,
        received_at=arrival.received_at,
        state=ArrivalState(arrival.state),
    )
