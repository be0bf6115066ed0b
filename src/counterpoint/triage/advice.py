"""Advice: given and kept without making a referral. What the enquirer reads in the mailbox is sent by
`counterpoint.journey`."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotPossible
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import AdviceContact
from counterpoint.intake.types import ChannelName
from counterpoint.triage.errors import Incomplete, Lack
from counterpoint.triage.handovers import advice_awaits_handover
from counterpoint.triage.permissions import check_answers_advice, check_records_advice


def record_advice(*, question: str, advice: str, by: Staff, route: ChannelName = ChannelName.PHONE) -> AdviceContact:
    """Store a question and the advice that was given to it, as by phone. No referral, no person, no mailbox.
    Raises NotAllowed, Incomplete."""
    check_records_advice(by)
    lacks = [
        Lack(name, text)
        for name, value, text in (
            ("question", question, "Write down what was asked."),
            ("advice", advice, "Write down what you advised."),
        )
        if not value.strip()
    ]
    if lacks:
        raise Incomplete(lacks)
    with transaction.atomic():
        contact_id, key_id, at = ids.new_id(), keyring.new_record_key(), clock.now()
        contact = AdviceContact.objects.create(
            id=contact_id,
            reference=ids.new_reference(),
            route=route,
            received_at=at,
            key_id=key_id,
            sealed_question=keyring.seal_json(
                {"text": question.strip()}, key_id=key_id, place=f"advicecontact.sealed_question:{contact_id}"
            ),
            sealed_advice=_sealed_advice(advice, contact_id=contact_id, key_id=key_id),
            given_by=by,
            given_at=at,
        )
        audit.record("advice.recorded", by=by.actor, about=_subject(contact), detail={"route": route})
        return contact


def give_advice(advice_id: UUID, *, advice: str, by: Staff, expected_version: int) -> AdviceContact:
    """Answer a question that came in by a form. Raises NotAllowed, NotFound, NotPossible (answered, or an emergency
    that nobody handed over), Incomplete, Conflict."""
    with transaction.atomic():
        check_answers_advice(by, advice_id=advice_id)
        contact = intake.locked_advice(advice_id)
        if contact.given_at is not None:
            raise NotPossible("This question was answered already.")
        if advice_awaits_handover(contact):
            raise NotPossible("Record the emergency handover first, or why none was needed.")
        if not advice.strip():
            raise Incomplete([Lack("advice", "Write the advice.")])
        contact.save_changes(
            expected_version=expected_version,
            shown=("given_at", "given_by_id"),
            sealed_advice=_sealed_advice(advice, contact_id=contact.pk, key_id=contact.key_id),
            given_by=by,
            given_at=clock.now(),
        )
        audit.record("advice.given", by=by.actor, about=_subject(contact))
        return contact


def link_referral(advice_id: UUID, *, referral_id: UUID, by: Staff) -> AdviceContact:
    """Note that the enquirer wished it and a referral was made. Safe to run twice.
    Raises NotAllowed, NotFound, NotPossible when it became another referral."""
    with transaction.atomic():
        check_answers_advice(by, advice_id=advice_id)
        contact = intake.locked_advice(advice_id)
        if contact.became_referral_id == referral_id:
            return contact
        if contact.became_referral_id is not None:
            raise NotPossible("A referral was made of this already.")
        referral = intake.locked_referral(referral_id)
        contact.save_changes(expected_version=contact.version, became_referral=referral)
        audit.record(
            "advice.became_referral", by=by.actor, about=_subject(contact), detail={"referral": referral.reference}
        )
        return contact


def _sealed_advice(advice: str, *, contact_id: UUID, key_id: UUID) -> bytes:
    place = f"advicecontact.sealed_advice:{contact_id}"
    return keyring.seal_record(advice.strip().encode(), key_id=key_id, place=place)


def _subject(contact: AdviceContact) -> Subject:
    return Subject("advice", contact.pk, contact.reference)
