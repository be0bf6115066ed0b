"""Emergencies are handed over before anything else, and still leave a record. What the reporter may read of it is set
in `counterpoint.journey`."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import NotPossible
from counterpoint.intake import selectors as intake
from counterpoint.intake.models import AdviceContact, Referral
from counterpoint.intake.types import ReferralState
from counterpoint.triage.errors import Incomplete, Lack
from counterpoint.triage.models import EmergencyHandover
from counterpoint.triage.permissions import check_answers_advice, check_triages
from counterpoint.triage.types import HandedTo, Route


def awaits_handover(referral: Referral) -> bool:
    """Whether this is an emergency of which nobody has recorded yet to whom it was handed."""
    return referral.is_emergency and not EmergencyHandover.objects.filter(referral=referral).exists()


def advice_awaits_handover(contact: AdviceContact) -> bool:
    """As `awaits_handover`, for an advice contact whose form said that somebody is in danger."""
    if not contact.verdicts.filter(route=Route.EMERGENCY).exists():
        return False
    return not EmergencyHandover.objects.filter(advice=contact).exists()


def record_handover(
    referral_id: UUID, *, handed_to: HandedTo, by: Staff, their_reference: str = "", note: str = ""
) -> EmergencyHandover:
    """Record to whom the emergency was handed; before or after any decision, and more than once where several took
    over. It makes an emergency of a referral that was not flagged as one.
    Raises NotAllowed, NotFound, NotPossible (closed)."""
    with transaction.atomic():
        check_triages(by, referral_id=referral_id)
        referral = _open_referral(referral_id)
        handover = _stored(
            key_id=referral.key_id, referral=referral, handed_to=handed_to, by=by, reference=their_reference, note=note
        )
        if not referral.is_emergency:
            referral.save_changes(expected_version=referral.version, is_emergency=True)
        audit.record(
            "referral.handed_over",
            by=by.actor,
            about=Subject("referral", referral.pk, referral.reference),
            detail={"to": handed_to, "with_reference": bool(their_reference.strip())},
        )
        return handover


def record_no_handover(referral_id: UUID, *, reason: str, by: Staff) -> EmergencyHandover:
    """Record why a referral that was flagged as an emergency was not handed over. It stays flagged, so that a second
    reader must agree before it is closed. Raises NotAllowed, NotFound, NotPossible, Incomplete."""
    with transaction.atomic():
        check_triages(by, referral_id=referral_id)
        referral = _open_referral(referral_id)
        if not referral.is_emergency:
            raise NotPossible("This referral was not flagged as an emergency: there is nothing to stand down.")
        if not reason.strip():
            raise Incomplete([Lack("reason", "Say how you know that nobody is in danger now.")])
        handover = _stored(key_id=referral.key_id, referral=referral, handed_to=None, by=by, reference="", note=reason)
        audit.record(
            "referral.handover_not_needed", by=by.actor, about=Subject("referral", referral.pk, referral.reference)
        )
        return handover


def record_advice_handover(
    advice_id: UUID, *, handed_to: HandedTo | None, by: Staff, their_reference: str = "", note: str = ""
) -> EmergencyHandover:
    """As `record_handover`, for an advice contact; handed_to None with a note says why none was needed.
    Raises NotAllowed, NotFound, Incomplete."""
    with transaction.atomic():
        check_answers_advice(by, advice_id=advice_id)
        contact = intake.locked_advice(advice_id)
        if handed_to is None and not note.strip():
            raise Incomplete([Lack("note", "Say how you know that nobody is in danger now.")])
        handover = _stored(
            key_id=contact.key_id, advice=contact, handed_to=handed_to, by=by, reference=their_reference, note=note
        )
        audit.record(
            "advice.handed_over" if handed_to else "advice.handover_not_needed",
            by=by.actor,
            about=Subject("advice", contact.pk, contact.reference),
            detail={"to": handed_to, "with_reference": bool(their_reference.strip())},
        )
        return handover


def _open_referral(referral_id: UUID) -> Referral:
    referral = intake.locked_referral(referral_id)
    if referral.state == ReferralState.CLOSED:
        raise NotPossible("This referral is closed. Anything new about it comes in as a new report.")
    return referral


def _stored(
    *,
    key_id: UUID,
    handed_to: HandedTo | None,
    by: Staff,
    reference: str,
    note: str,
    referral: Referral | None = None,
    advice: AdviceContact | None = None,
) -> EmergencyHandover:
    handover_id = ids.new_id()
    content = {"their_reference": reference.strip(), "note": note.strip()}
    place = f"emergencyhandover.sealed_note:{handover_id}"
    return EmergencyHandover.objects.create(
        id=handover_id,
        referral=referral,
        advice=advice,
        needed=handed_to is not None,
        handed_to=handed_to or "",
        sealed_note=keyring.seal_json(content, key_id=key_id, place=place),
        by=by,
        at=clock.now(),
    )
