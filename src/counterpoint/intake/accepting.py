"""Making a referral or an advice contact of what arrived. Storing it before: `counterpoint.intake.arrivals`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Actor, Subject, system
from counterpoint.base import clock, ids, keyring
from counterpoint.base.errors import Fault, NotFound
from counterpoint.base.keyring import KeyDestroyed
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import change
from counterpoint.intake import call_backs, repeats
from counterpoint.intake.arrivals import RawForm, raw_form
from counterpoint.intake.clocks import due_at
from counterpoint.intake.models import AdviceContact, Arrival, Mailbox, Referral
from counterpoint.intake.permissions import check_works_call_backs
from counterpoint.intake.types import (
    Answers,
    ArrivalState,
    CallBackEnding,
    ChannelName,
    Kind,
    PublicStatus,
    Urgency,
)
from counterpoint.kernel.questions import AnswerProblemCode, Checked, Holds, QuestionSet, answers_held_about, check
from counterpoint.rules import selectors as rules

_BY = system("acceptance")
_OTHER = "other"
_ARRIVAL = Prepared(lambda arrival_id: Arrival.objects.select_for_update().filter(pk=arrival_id))
_LEAD = Prepared(lambda: Agency.objects.filter(is_lead=True).order_by("created_at", "id"))
SECTORS = frozenset(
    {"education", "police", "local_authority", "health", "prison_probation", "friends_family", "community", _OTHER}
)

Shape = Callable[[RawForm], Answers]
_shapes: dict[ChannelName, Shape] = {}


@dataclass(frozen=True)
class Accepted:
    """What was made of an arrival: one of the two ids, or neither when it waits for a call back."""

    arrival_id: UUID
    state: ArrivalState
    referral_id: UUID | None = None
    advice_id: UUID | None = None
    is_new: bool = False  # made by this very run


class NoLeadAgency(Fault):
    """There is no agency that runs triage. Arrivals wait until there is one; nothing is lost."""


def register_shape(channel: ChannelName, shape: Shape) -> None:
    """Say how what came in by a door becomes Answers. Without one, the raw form's `answers` are Answers already."""
    _shapes[channel] = shape


def accept(arrival_id: UUID) -> Accepted:
    """Make of the arrival what it asks for. Safe to run twice, also at the same moment: one run claims it.

    1. Shape the raw form into Answers, by the door's own shape.
    2. Check them against the very question set that was asked, kept in the archive.
    3. With problems other than answers still missing: the arrival goes to the call-back queue as it is, nothing lost.
    4. Otherwise a referral or an advice contact, with what is about the reporter sealed under a key of its own.
    5. For a concern: the blind index of the person, and then, in a transaction of its own, possible repeats.
    Raises NotFound, NoLeadAgency."""
    with transaction.atomic():
        accepted = _accept(arrival_id)
    if accepted.referral_id is not None:
        repeats.propose_repeats(accepted.referral_id)
    return accepted


def _accept(arrival_id: UUID) -> Accepted:
    arrival = _ARRIVAL.one(arrival_id)
    if arrival is None:
        raise NotFound("There is no such arrival.")
    if arrival.state != ArrivalState.RECEIVED:
        return _accepted_before(arrival)
    try:
        form = raw_form(arrival)
    except KeyDestroyed:
        return Accepted(arrival.pk, ArrivalState.RECEIVED)  # erased before anybody read it
    question_set, checked = checked_form(arrival, form)
    if not _can_be_read(checked):
        return _to_call_back(arrival, checked)
    _claim(arrival, ArrivalState.ACCEPTED)
    return _made_of(arrival, question_set, checked, by=_BY)


def accept_by_hand(arrival_id: UUID, *, by: Staff) -> Accepted:
    """Make of an arrival in the call-back queue what those of its answers give that fit, be it none: a person has read
    the rest, which stays in the raw form alone. Accepting goes on from here as with any other (`journey`).
    Raises NotAllowed, NotFound, NotPossible when somebody else was first, KeyDestroyed, NoLeadAgency."""
    from counterpoint.intake.tasks import process_arrival  # tasks import services; a service only enqueues

    check_works_call_backs(by)
    with transaction.atomic():
        arrival = call_backs.claim(arrival_id, was=ArrivalState.PROBLEM, becomes=ArrivalState.ACCEPTED)
        question_set, checked = checked_form(arrival, raw_form(arrival))
        call_backs.record_outcome(arrival, ending=CallBackEnding.IN_INBOX, by=by)
        accepted = _made_of(arrival, question_set, checked, by=by.actor)
        process_arrival.enqueue(str(arrival.pk))  # so that the table is asked even where this process ends here
        return accepted


def checked_form(arrival: Arrival, form: RawForm) -> tuple[QuestionSet, Checked]:
    """The question set that was asked, and what it finds in the form as it was sent."""
    question_set = rules.archived_question_set(arrival.question_set_hash)
    received_on = arrival.received_at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
    return question_set, check(question_set, _shaped(arrival, form), at=received_on)


def _made_of(arrival: Arrival, question_set: QuestionSet, checked: Checked, *, by: Actor) -> Accepted:
    if Kind(arrival.kind) is Kind.ADVICE:
        return _as_advice(arrival, checked, by=by)
    return _as_referral(arrival, question_set, checked, by=by)


def _can_be_read(checked: Checked) -> bool:
    """Whether a person at the desk can go on with it. Somebody in danger may send before they have said all that a form
    requires: what is missing is asked for afterwards, and must not keep an emergency out of the inbox."""
    only_missing = all(problem.code is AnswerProblemCode.MISSING for problem in checked.problems)
    return only_missing and bool(checked.answers)


def _shaped(arrival: Arrival, form: RawForm) -> Answers:
    shape = _shapes.get(ChannelName(arrival.channel))
    return shape(form) if shape else form["answers"]


def _accepted_before(arrival: Arrival) -> Accepted:
    kind, made = call_backs.made_of(arrival) or (None, None)
    return Accepted(
        arrival.pk,
        ArrivalState(arrival.state),
        referral_id=made if kind is SubjectKind.REFERRAL else None,
        advice_id=made if kind is SubjectKind.ADVICE else None,
    )


def _to_call_back(arrival: Arrival, checked: Checked) -> Accepted:
    _claim(arrival, ArrivalState.PROBLEM)
    audit.record(
        "arrival.needs_call_back",
        by=_BY,
        about=_subject(arrival),
        detail={"problems": len(checked.problems), "codes": ",".join(sorted({p.code for p in checked.problems}))},
    )
    return Accepted(arrival.pk, ArrivalState.PROBLEM, is_new=True)


def _as_referral(arrival: Arrival, question_set: QuestionSet, checked: Checked, *, by: Actor) -> Accepted:
    referral_id, key_id, reporter_key_id = ids.new_id(), keyring.new_record_key(), keyring.new_record_key()
    about_reporter = answers_held_about(question_set, checked.answers, Holds.REPORTER)
    about_the_rest = {name: answer for name, answer in checked.answers.items() if name not in about_reporter}
    referral = Referral.objects.create(
        id=referral_id,
        arrival=arrival,
        reference=arrival.reference,
        kind=arrival.kind,
        audience=question_set.audience.value,
        route=arrival.channel,
        source_sector=_source_sector(checked),
        language=arrival.language,
        received_at=arrival.received_at,
        key_id=key_id,
        sealed_answers=keyring.seal_json(about_the_rest, key_id=key_id, place=f"referral.sealed_answers:{referral_id}"),
        reporter_key_id=reporter_key_id,
        sealed_reporter=keyring.seal_json(
            about_reporter, key_id=reporter_key_id, place=f"referral.sealed_reporter:{referral_id}"
        ),
        urgency=Urgency.ROUTINE,
        lead_agency=_lead_agency(),
        due_at=due_at(Urgency.ROUTINE, received_at=arrival.received_at),
    )
    if referral.kind == Kind.CONCERN:
        repeats.index_person(referral, about_the_rest)
    _show_being_read(arrival, by=by)
    audit.record(
        "referral.accepted",
        by=by,
        about=Subject("referral", referral.pk, referral.reference),
        detail={
            "kind": referral.kind,
            "audience": referral.audience,
            "question_set": arrival.question_set_hash,
            "answers": len(checked.answers),
            "dropped": len(checked.dropped),
            **_unfit(checked),
        },
    )
    return Accepted(arrival.pk, ArrivalState.ACCEPTED, referral_id=referral.pk, is_new=True)


def _as_advice(arrival: Arrival, checked: Checked, *, by: Actor) -> Accepted:
    contact_id, key_id = ids.new_id(), keyring.new_record_key()
    place = f"advicecontact.sealed_question:{contact_id}"
    contact = AdviceContact.objects.create(
        id=contact_id,
        arrival=arrival,
        reference=arrival.reference,
        route=arrival.channel,
        received_at=arrival.received_at,
        key_id=key_id,
        sealed_question=keyring.seal_json(dict(checked.answers), key_id=key_id, place=place),
    )
    _show_being_read(arrival, by=by)
    audit.record(
        "advice.asked",
        by=by,
        about=Subject("advice", contact.pk, contact.reference),
        detail={
            "question_set": arrival.question_set_hash,
            "answers": len(checked.answers),
            **_unfit(checked),
        },
    )
    return Accepted(arrival.pk, ArrivalState.ACCEPTED, advice_id=contact.pk, is_new=True)


def _unfit(checked: Checked) -> dict[str, str]:
    """What a person let pass: the kinds of problems, where there are other than answers still missing."""
    codes = {problem.code for problem in checked.problems} - {AnswerProblemCode.MISSING}
    return {"unfit": ",".join(sorted(codes))} if codes else {}


def _claim(arrival: Arrival, state: ArrivalState) -> None:
    """One conditional update that must change one row; whoever comes second fails and rolls back."""
    if change(Arrival, where={"pk": arrival.pk, "state": ArrivalState.RECEIVED}, changes={"state": state}) != 1:
        raise Fault("another worker accepted this arrival at the same moment; running the task again is harmless")


def _show_being_read(arrival: Arrival, *, by: Actor) -> None:
    at = arrival.received_at if by == _BY else clock.now()  # it lay in between, and the mailbox says since when
    read = {"status": PublicStatus.BEING_READ, "status_at": at}
    change(Mailbox, where={"arrival": arrival, "status": PublicStatus.RECEIVED}, changes=read)


def _source_sector(checked: Checked) -> str:
    """The sector that the fact `source_sector` of the question set names; `other` where it gives none."""
    facts: Mapping[str, object] = checked.facts
    sector = facts.get("source_sector")
    return sector if isinstance(sector, str) and sector in SECTORS else _OTHER


def _lead_agency() -> Agency:
    agency = _LEAD.one()
    if agency is None:
        raise NoLeadAgency("no agency runs triage yet: `counterpoint staff` adds one")
    return agency


def _subject(arrival: Arrival) -> Subject:
    return Subject("arrival", arrival.pk, arrival.reference)
