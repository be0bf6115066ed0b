"""What arrived and could not be made a referral by itself: kept as it came, for a person to read and call back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds
from counterpoint.access.types import Role
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.intake import selectors as intake
from counterpoint.intake.arrivals import raw_form
from counterpoint.intake.models import Arrival
from counterpoint.intake.types import ChannelName, Kind

_READERS = (Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR)


@dataclass(frozen=True)
class CallBackRow:
    """One arrival in the queue; no personal content."""

    id: UUID
    reference: str
    kind: Kind
    door: ChannelName
    language: str
    received_at: datetime


@dataclass(frozen=True)
class CallBackView:
    """The form as it was sent, opened for one reader; the reading was audited when this value was made."""

    row: CallBackRow
    question_set_hash: str
    answers: Mapping[str, Any]


def call_backs(viewer: Staff, *, limit: int = 100) -> Sequence[CallBackRow]:
    """The queue, oldest first, for call handlers and triage of a lead agency. Raises NotAllowed."""
    _check_reads(viewer)
    return [_row(arrival) for arrival in intake.arrivals_in_trouble()[:limit]]


def call_back_for(viewer: Staff, arrival_id: UUID) -> CallBackView:
    """One of them, opened; audited. Raises NotAllowed, NotFound, KeyDestroyed."""
    _check_reads(viewer)
    with transaction.atomic():
        arrival = intake.arrivals_in_trouble().filter(pk=arrival_id).first()
        if arrival is None:
            raise NotFound("There is no such arrival in the call-back queue.")
        form = raw_form(arrival)
        audit.record(
            "arrival.read",
            by=viewer.actor,
            about=Subject("arrival", arrival.pk, arrival.reference),
            purpose="call back",
        )
        return CallBackView(_row(arrival), arrival.question_set_hash, form["answers"])


def _check_reads(viewer: Staff) -> None:
    check_holds(viewer, *_READERS)
    if not viewer.agency.is_lead:
        raise NotAllowed("Arrivals are read by the agency that runs triage.")


def _row(arrival: Arrival) -> CallBackRow:
    return CallBackRow(
        id=arrival.pk,
        reference=arrival.reference,
        kind=Kind(arrival.kind),
        door=ChannelName(arrival.channel),
        language=arrival.language,
        received_at=arrival.received_at,
    )
