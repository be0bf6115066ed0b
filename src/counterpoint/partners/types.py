"""The words of working with other agencies, and the values that pages get."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import TextChoices

from counterpoint.access.types import Section
from counterpoint.cases.views import AnswerLine

# What a request or an offer may show of a case: what the referrals say, as it was on that day. Who reported never.
DISCLOSABLE = (Section.PERSON, Section.CONCERN)


class RequestState(TextChoices):
    """Whether a request for information still waits. Late is what waits and is due."""

    ASKED = "asked", "Asked"
    ANSWERED = "answered", "Answered"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Provenance(TextChoices):
    """How the agency that answers knows."""

    RECORDS = "records", "It stands in our records"
    FIRST_HAND = "first_hand", "Somebody here saw or heard it themselves"
    REPORTED = "reported", "Somebody else told us"
    INFERRED = "inferred", "It is our own conclusion"


class TransferState(TextChoices):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    REVOKED = "revoked", "Revoked"


class DisclosureKind(TextChoices):
    SHARE = "share", "Shared"
    URGENT = "urgent", "Shared without an agreement"
    REQUEST = "request", "Request for information"
    TRANSFER = "transfer", "Offer of a transfer"


@dataclass(frozen=True)
class NewRequest:
    """What an agency is asked, as it is filled in. purpose, legal_basis: of the agreement, by words or by id; due_on:
    earlier than the pack's clock says, or None."""

    question: str
    sections: tuple[Section, ...]
    purpose: str
    legal_basis: str
    due_on: date | None = None


@dataclass(frozen=True)
class Disclosed:
    """What of a section was shown, as it was then."""

    section: Section
    lines: tuple[AnswerLine, ...]


@dataclass(frozen=True)
class RequestRow:
    """A request in a list: nothing of what it says. `case_reference` only for the agency that leads the case."""

    id: UUID
    reference: str
    asking: str  # the lead agency
    asked: str  # the agency that was asked
    asked_by: str
    asked_at: datetime
    due_at: datetime
    state: RequestState
    is_late: bool
    purpose: str
    legal_basis: str


@dataclass(frozen=True)
class RequestView:
    """A request opened. `answer` is empty until there is one, `why`: of declining or withdrawing."""

    row: RequestRow
    question: str
    disclosed: tuple[Disclosed, ...]
    answer: str
    provenance: Provenance | None
    ended_by: str
    ended_at: datetime | None
    why: str


@dataclass(frozen=True)
class TransferRow:
    """A transfer in a list: nothing of what it says. `case_reference` only for the side that leads the case."""

    id: UUID
    reference: str
    case_id: UUID | None
    case_reference: str
    from_agency: str
    to_agency: str
    offered_by: str
    offered_at: datetime
    state: TransferState
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True)
class TransferView:
    """A transfer opened: why it is offered, what the offer shows, why it was rejected or revoked."""

    row: TransferRow
    reason: str
    legal_basis: str
    disclosed: tuple[Disclosed, ...]
    why: str


@dataclass(frozen=True)
class ReadLine:
    """How often somebody of the agency read a part, and when last."""

    who: str
    part: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Disclosure:
    """What was told of a case, to whom, for what; and who there has read it."""

    kind: DisclosureKind
    reference: str  # of the agreement, request or transfer
    agency: str
    sections: tuple[Section, ...]
    purpose: str
    legal_basis: str
    by: str
    at: datetime
    until: datetime | None  # None: what was told then, once
    reads: tuple[ReadLine, ...]


@dataclass(frozen=True)
class LoggedDisclosure:
    """A disclosure as the audit trail has it: for auditors, without content."""

    number: int
    at: datetime
    kind: DisclosureKind
    by: str
    reference: str
    agency: str
    sections: tuple[Section, ...]
    purpose: str
