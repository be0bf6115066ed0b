"""What waits for a call back is closed by a person: set aside with a reason, and taken up again. Putting it into the
inbox: `counterpoint.intake.accepting`. What the reporter then reads in the mailbox: `counterpoint.journey`.

Each act is one conditional update of the arrival's state, so that of two people one is told that the other was first.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from counterpoint.access.errors import Lack, refuse_if_any
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_read
from counterpoint.access.types import SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.intake.models import AdviceContact, Arrival, CallBackOutcome, Referral
from counterpoint.intake.permissions import check_works_call_backs
from counterpoint.intake.types import ArrivalState, CallBackEnding

_STANDING = Q(taken_up_at__isnull=True)
_NOT_NOW = {
    ArrivalState.PROBLEM: "It waits for a call back again: somebody took it up meanwhile. Nothing was changed.",
    ArrivalState.ACCEPTED: "Somebody put this into the inbox meanwhile. Go on there; nothing was changed.",
    ArrivalState.SET_ASIDE: "Somebody set this aside meanwhile. Take it up again first; nothing was changed.",
}


def set_aside(
    arrival_id: UUID, *, ending: CallBackEnding, note: str, by: Staff, sent_again_as: str = ""
) -> CallBackOutcome:
    """Close the call back because it was dealt with otherwise. Nothing is deleted.

    note: what was done, in words; sealed under the arrival's key. sent_again_as: the reference that stands for it, as
    typed, where that is the ending. Raises NotAllowed, NotFound, Lacking with all that is wrong, NotPossible when
    somebody else was first, KeyDestroyed."""
    check_works_call_backs(by)
    if ending is CallBackEnding.IN_INBOX:
        raise NotPossible("What goes into the inbox is not set aside.")
    with transaction.atomic():
        arrival = claim(arrival_id, was=ArrivalState.PROBLEM, becomes=ArrivalState.SET_ASIDE)
        again = _sent_again(arrival, sent_again_as, by=by) if ending is CallBackEnding.SENT_AGAIN else None
        lacks = [Lack("note", "Write what was done.")] if not note.strip() else []
        if ending is CallBackEnding.SENT_AGAIN and again is None:
            text = "There is no other arrival under this reference that can stand for it. Check it letter by letter."
            lacks.append(Lack("sent_again_as", text))
        if ending is not CallBackEnding.SENT_AGAIN and sent_again_as.strip():
            lacks.append(Lack("sent_again_as", "Leave this empty, or say above that it was sent again."))
        refuse_if_any(lacks)
        outcome = record_outcome(arrival, ending=ending, by=by, note=note.strip(), sent_again_as=again)
        audit.record(
            "arrival.set_aside",
            by=by.actor,
            about=_subject(arrival),
            detail={"ending": ending, "sent_again_as": again.reference if again else None},
        )
        return outcome


def take_up_again(arrival_id: UUID, *, by: Staff) -> Arrival:
    """Put what was set aside back into the queue; how it was set aside stays recorded.
    Raises NotAllowed, NotFound, NotPossible when it is not set aside."""
    check_works_call_backs(by)
    with transaction.atomic():
        arrival = claim(arrival_id, was=ArrivalState.SET_ASIDE, becomes=ArrivalState.PROBLEM)
        CallBackOutcome.objects.filter(_STANDING, arrival=arrival).update(taken_up_by=by, taken_up_at=clock.now())
        audit.record("arrival.taken_up_again", by=by.actor, about=_subject(arrival))
        return arrival


def claim(arrival_id: UUID, *, was: ArrivalState, becomes: ArrivalState) -> Arrival:
    """The arrival, moved on by one conditional update inside the caller's transaction. Raises NotFound for one that
    never waited for a call back, NotPossible when it has moved on already."""
    moved = Arrival.objects.filter(pk=arrival_id, state=was).update(state=becomes)
    arrival = one_or_none(Arrival.objects.filter(pk=arrival_id))
    if arrival is None or (not moved and not _was_called_back(arrival)):
        raise NotFound("There is no such arrival in the call-back queue.")
    if not moved:
        raise NotPossible(_NOT_NOW[ArrivalState(arrival.state)])
    return arrival


def record_outcome(
    arrival: Arrival, *, ending: CallBackEnding, by: Staff, note: str = "", sent_again_as: Arrival | None = None
) -> CallBackOutcome:
    """The row that says who closed the call back and why. The caller has claimed the arrival, and audits it."""
    outcome_id = ids.new_id()
    place = f"callbackoutcome.sealed_note:{outcome_id}"
    return CallBackOutcome.objects.create(
        id=outcome_id,
        arrival=arrival,
        ending=ending,
        sealed_note=keyring.seal_record(note.encode(), key_id=arrival.key_id, place=place) if note else b"",
        sent_again_as=sent_again_as,
        by=by,
        at=clock.now(),
    )


def outcome_of(arrival: Arrival) -> CallBackOutcome | None:
    """How its call back stands closed; None while it waits, and for an arrival that never did."""
    rows = CallBackOutcome.objects.select_related("by", "sent_again_as")
    return one_or_none(rows.filter(_STANDING, arrival=arrival))


def opened_note(outcome: CallBackOutcome) -> str:
    """What was written, "" where nothing was, or once erased. Callers record the read."""
    if not outcome.sealed_note:
        return ""
    place = f"callbackoutcome.sealed_note:{outcome.pk}"
    opened = keyring.unseal_many([(outcome.arrival.key_id, bytes(outcome.sealed_note), place)])[0]
    return opened.decode() if opened is not None else ""


def made_of(arrival: Arrival) -> tuple[SubjectKind, UUID] | None:
    """The referral or the advice contact that was made of it."""
    referral = one_or_none(Referral.objects.filter(arrival=arrival).values_list("pk", flat=True))
    if referral:
        return SubjectKind.REFERRAL, referral
    advice = one_or_none(AdviceContact.objects.filter(arrival=arrival).values_list("pk", flat=True))
    return (SubjectKind.ADVICE, advice) if advice else None


def _was_called_back(arrival: Arrival) -> bool:
    waits = (ArrivalState.PROBLEM, ArrivalState.SET_ASIDE)
    return arrival.state in waits or CallBackOutcome.objects.filter(arrival=arrival).exists()


def _sent_again(arrival: Arrival, typed: str, *, by: Staff) -> Arrival | None:
    """The other arrival. None for one that was set aside itself, so that two never stand for each other, and for one
    whose referral `by` may not know of."""
    other = one_or_none(
        Arrival.objects.filter(reference=ids.read_reference(typed) or "")
        .exclude(pk=arrival.pk)
        .exclude(state=ArrivalState.SET_ASIDE)
    )
    made = made_of(other) if other else None
    if made is not None and not can_read(by, kind=made[0], subject_id=made[1]):
        return None
    return other


def _subject(arrival: Arrival) -> Subject:
    return Subject("arrival", arrival.pk, arrival.reference)
