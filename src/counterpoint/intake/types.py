"""The words of intake: kinds, states, and the values that pass between folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

Answers = Mapping[str, Mapping[str, Any]]  # question id -> {"value": …, "provenance": …} or {"unknown": True}


class ChannelName(TextChoices):
    PORTAL = "portal", "Portal"
    PHONE = "phone", "Phone"
    CHAT = "chat", "Chat"
    EMAIL = "email", "E-mail"
    PARTNER_API = "partner_api", "Partner"
    PAPER = "paper", "Paper"
    CAMPAIGNS = "campaigns", "Analysts"


class Kind(TextChoices):
    """What was asked for. The values are those of a question set's `kind`."""

    CONCERN = "concern", "Concern about a person"
    ONLINE_MATERIAL = "online_material", "Online material"
    ADVICE = "advice", "Advice"


class ArrivalState(TextChoices):
    RECEIVED = "received", "Received"
    ACCEPTED = "accepted", "Accepted"  # a referral or an advice contact was made of it
    PROBLEM = "problem", "Needs a call back"  # kept, cannot be shaped without a person
    SET_ASIDE = "set_aside", "Set aside"  # a person dealt with it otherwise; kept, and may be taken up again


class CallBackEnding(TextChoices):
    """How a person closed a call back."""

    IN_INBOX = "in_inbox", "Put into the inbox"
    SPOKEN = "spoken", "Spoken to the reporter, nothing to record"
    SENT_AGAIN = "sent_again", "Sent again under another reference"
    NOT_FOR_US = "not_for_us", "Not meant for us: a test or an error"


class ReferralState(TextChoices):
    NEW = "new", "To be read"
    IN_TRIAGE = "in_triage", "Being read"
    AWAITING_SECOND_READER = "awaiting_second_reader", "Second reader"
    DECIDED = "decided", "Decided"  # routed to a case, content work or handed over; not closed
    CLOSED = "closed", "Closed"


WAITING_STATES = (ReferralState.NEW, ReferralState.IN_TRIAGE, ReferralState.AWAITING_SECOND_READER)
OPEN_STATES = (*WAITING_STATES, ReferralState.DECIDED)


class Urgency(TextChoices):
    IMMEDIATE = "immediate", "Now"
    SAME_DAY = "same_day", "Same day"
    FIVE_DAYS = "five_days", "Within five working days"
    ROUTINE = "routine", "Routine"


class PublicStatus(TextChoices):
    """Where things stand, as the reporter may read it: each value has a text in the pack (`mailbox.status.<value>`)."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    MORE_INFORMATION_WANTED = "more_information_wanted"
    BEING_WORKED_ON = "being_worked_on"
    ONLINE_BEING_ASSESSED = "online_being_assessed"
    ADVICE_GIVEN = "advice_given"
    PASSED_TO_EMERGENCY = "passed_to_emergency"
    CLOSED = "closed"


class MessageKind(TextChoices):
    QUESTION = "question"  # the team asks
    UPDATE = "update"  # the team tells
    OUTCOME = "outcome"  # the team tells what came of it
    ANSWER = "answer"  # the reporter writes


class ScanState(TextChoices):
    WAITING = "waiting", "Waiting for the virus check"
    CLEAN = "clean", "Checked, clean"
    INFECTED = "infected", "Infected: kept sealed, cannot be opened"
    NOT_SCANNED = "not_scanned", "Not checked: no virus scanner is set up"
    DAMAGED = "damaged", "Damaged, locked or unsafe: kept sealed, cannot be opened"


@dataclass(frozen=True)
class ArrivalReceived:
    """What the door tells the person after storing: the public reference, and the receipt they must save.
    `repeated` is True when the same form had been stored before; reference and receipt are then the first ones."""

    arrival_id: UUID
    reference: str
    receipt: str
    repeated: bool


@dataclass(frozen=True)
class MessageView:
    """One message of a mailbox, opened for a reader."""

    id: UUID
    kind: MessageKind
    text: str
    at: datetime
    from_reporter: bool
    author: str  # staff name for the desk; always "" for the reporter
    read_at: datetime | None
