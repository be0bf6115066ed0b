"""What others may ask of intake. Rows of referrals come scoped to a viewer; contents come opened, for services that
audit the read in the same transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from counterpoint.access import relations
from counterpoint.access.models import Staff
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import keyring
from counterpoint.base.errors import NotFound
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import Spelled, one_or_none
from counterpoint.intake.models import (
    AdviceContact,
    Arrival,
    CallBackOutcome,
    Referral,
    RepeatProposal,
    StoredFile,
)
from counterpoint.intake.types import WAITING_STATES, Answers, CallBackEnding, ReferralState

_READS_ALL = frozenset({Role.TRIAGE_OFFICER, Role.SUPERVISOR})


@dataclass(frozen=True)
class OpenedReferral:
    """A referral's content in clear; `is_erased` when its key was destroyed (both are empty then)."""

    answers: Answers
    reporter: Answers
    is_erased: bool


# As the indexes of the model say it, which hold just these rows.
IS_WAITING = Q(state__in=[Spelled(state.value) for state in WAITING_STATES])
IS_OPEN = ~Q(state=Spelled(ReferralState.CLOSED.value))
_PUT_IN_BY_HAND = CallBackOutcome.objects.filter(ending=CallBackEnding.IN_INBOX)
_WHOLE = Referral.objects.select_related("arrival", "assigned_to")
_REFERRAL = Prepared(lambda referral_id: _WHOLE.filter(pk=referral_id))
_LOCKED_REFERRAL = Prepared(lambda referral_id: _WHOLE.select_for_update(of=("self",)).filter(pk=referral_id))
_FILES = Prepared(lambda arrival_id: StoredFile.objects.filter(arrival_id=arrival_id).order_by("created_at", "id"))
_REPEATS = RepeatProposal.objects.select_related("referral", "earlier")
_LATER = Prepared(lambda referral_id: _REPEATS.filter(referral_id=referral_id))
_EARLIER = Prepared(lambda referral_id: _REPEATS.filter(earlier_id=referral_id))
_OPEN_REPEATS = Prepared(
    lambda referral_id: RepeatProposal.objects.filter(Q(referral_id=referral_id) | Q(earlier_id=referral_id)).exclude(
        decision="different"
    )
)


def referrals_visible_to(viewer: Staff) -> QuerySet[Referral]:
    """The referrals that triage shows to `viewer`: all of their lead agency for triage officers and supervisors,
    without those they are recused from; none for anyone else."""
    if not viewer.is_active or not viewer.role_names & _READS_ALL:
        return Referral.objects.none()
    rows = Referral.objects.filter(lead_agency_id=viewer.agency_id)
    recused = relations.recused_from(viewer, kind=SubjectKind.REFERRAL)
    return rows.exclude(pk__in=recused) if recused else rows


def advice_visible_to(viewer: Staff) -> QuerySet[AdviceContact]:
    """All advice contacts for triage officers and supervisors of a lead agency; for call handlers those they gave.
    Without those they are recused from."""
    rows = AdviceContact.objects.none()
    if viewer.is_active and viewer.agency.is_lead and viewer.role_names & _READS_ALL:
        rows = AdviceContact.objects.all()
    elif viewer.is_active and Role.CALL_HANDLER in viewer.role_names:
        rows = AdviceContact.objects.filter(given_by=viewer)
    recused = relations.recused_from(viewer, kind=SubjectKind.ADVICE)
    return rows.exclude(pk__in=recused) if recused else rows


def referral_row(referral_id: UUID) -> Referral:
    """The row, unscoped: for services that have checked who asks. Raises NotFound."""
    row = _REFERRAL.one(referral_id)
    if row is None:
        raise NotFound("There is no such referral, or it is not yours to see.")
    return row


def locked_referral(referral_id: UUID) -> Referral:
    """As `referral_row`, locked until the transaction ends (SQLite locks as a whole): for services that change it."""
    row = _LOCKED_REFERRAL.one(referral_id)
    if row is None:
        raise NotFound("There is no such referral, or it is not yours to see.")
    return row


def locked_advice(advice_id: UUID) -> AdviceContact:
    """As `advice_row`, locked until the transaction ends."""
    row = one_or_none(
        AdviceContact.objects.select_for_update(of=("self",)).select_related("arrival").filter(pk=advice_id)
    )
    if row is None:
        raise NotFound("There is no such advice contact, or it is not yours to see.")
    return row


def referral_id_of(reference: str) -> UUID | None:
    """The referral with this public reference, unscoped."""
    return one_or_none(Referral.objects.filter(reference=reference).values_list("pk", flat=True))


def advice_row(advice_id: UUID) -> AdviceContact:
    """The row, unscoped: for services that have checked who asks. Raises NotFound."""
    row = one_or_none(AdviceContact.objects.select_related("arrival", "given_by").filter(pk=advice_id))
    if row is None:
        raise NotFound("There is no such advice contact, or it is not yours to see.")
    return row


def opened(referral: Referral) -> OpenedReferral:
    """The referral's answers in clear. The caller audits the read."""
    answers = _opened_json(referral.sealed_answers, referral.key_id, f"referral.sealed_answers:{referral.pk}")
    reporter = _opened_json(
        referral.sealed_reporter, referral.reporter_key_id, f"referral.sealed_reporter:{referral.pk}"
    )
    return OpenedReferral(answers=answers or {}, reporter=reporter or {}, is_erased=answers is None)


def opened_question(contact: AdviceContact) -> Answers:
    """What was asked: Answers of the form, or {"text": …} as a call handler wrote it down; empty once erased."""
    place = f"advicecontact.sealed_question:{contact.pk}"
    return _opened_json(contact.sealed_question, contact.key_id, place) or {}


def opened_advice(contact: AdviceContact) -> str:
    """The advice that was given, "" when none is yet, or once erased."""
    if not contact.sealed_advice:
        return ""
    place = f"advicecontact.sealed_advice:{contact.pk}"
    opened_text = keyring.unseal_many([(contact.key_id, bytes(contact.sealed_advice), place)])[0]
    return opened_text.decode() if opened_text is not None else ""


def repeats_of(referral: Referral) -> list[RepeatProposal]:
    """Every proposal that names this referral, as the later or as the earlier one; newest first."""
    both = [*_LATER.all(referral.pk), *_EARLIER.all(referral.pk)]
    return sorted(both, key=lambda row: row.created_at, reverse=True)


def needs_second_reader(referral: Referral, *, open_repeat: bool | None = None) -> bool:
    """Whether a second person must agree before this referral is closed: it was flagged as an emergency, or it may be
    about somebody reported before and nobody has found that it is not. open_repeat: what `has_open_repeat` says, where
    that was asked already."""
    return referral.is_emergency or (has_open_repeat(referral) if open_repeat is None else open_repeat)


def files_of(arrival_ids: Iterable[UUID]) -> list[StoredFile]:
    """The files that came with these arrivals, oldest first."""
    asked = list(arrival_ids)
    if len(asked) == 1:
        return _FILES.all(asked[0])
    return list(StoredFile.objects.filter(arrival_id__in=asked).order_by("created_at", "id"))


def arrivals_in_trouble() -> QuerySet[Arrival]:
    """The call-back queue: what arrived and could not be shaped without a person, oldest first."""
    return Arrival.objects.filter(state="problem").order_by("received_at", "id")


def call_backs_set_aside() -> QuerySet[CallBackOutcome]:
    """The call backs that were set aside and not taken up again, the latest first."""
    rows = CallBackOutcome.objects.filter(taken_up_at__isnull=True).exclude(
        ending=Spelled(CallBackEnding.IN_INBOX.value)
    )
    return rows.select_related("arrival", "by", "sent_again_as").order_by("-at", "-id")


def was_put_in_by_hand(arrival_id: UUID) -> bool:
    """Whether a person made of it what its fitting answers gave, so that what was sent says more than these."""
    return _PUT_IN_BY_HAND.filter(arrival_id=arrival_id).exists()


def arrival_and_whether_it_says_more(arrival_id: UUID) -> tuple[Arrival, bool]:
    """The row, unscoped, and `was_put_in_by_hand` by one query: for who has checked who asks. Raises NotFound."""
    says_more = Exists(_PUT_IN_BY_HAND.filter(arrival=OuterRef("pk")))
    row = one_or_none(Arrival.objects.filter(pk=arrival_id).annotate(says_more=says_more))
    if row is None:
        raise NotFound("There is no such arrival.")
    return row, row.says_more


def has_open_repeat(referral: Referral) -> bool:
    """Also where a later one is proposed as a repeat of this: then neither is closed by one person alone."""
    return _OPEN_REPEATS.any(referral.pk)


def _opened_json(sealed: bytes | memoryview, key_id: UUID, place: str) -> Answers | None:
    opened_bytes = keyring.unseal_many([(key_id, bytes(sealed), place)])[0]
    if opened_bytes is None:
        return None
    answers: Answers = json.loads(opened_bytes)
    return answers
