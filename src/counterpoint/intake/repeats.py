"""Repeats: proposed, explained, decided by a person, never merged.

A blind index (keyed hashes, useless without the deployment key) finds candidates; they are opened in memory and
compared; what holds becomes a proposal with the features that agree. What must agree: `counterpoint.intake.likeness`.
The work for one arrival is bounded, however common a name is: so many candidates for each hash, so many opened, so many
proposed; the newest first.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from counterpoint.access.models import Staff
from counterpoint.access.permissions import check_holds, check_works_on
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.base.rows import one_or_none
from counterpoint.intake.likeness import COMBINATIONS, Person, index_values, looked_for, person_from, reasons, swapped
from counterpoint.intake.models import PersonKey, Referral, RepeatProposal
from counterpoint.intake.types import Answers
from counterpoint.kernel.questions import check, match_keys
from counterpoint.rules import selectors as rules

MOST_PER_HASH = 20
MOST_OPENED = 60
MOST_PROPOSED = 10
FEW = 5  # a combination that is `few_only` counts while no more referrals than this share its value
_BY = system("repeat finder")
_REPORT = Prepared(lambda referral_id: Referral.objects.select_related("arrival").filter(pk=referral_id))
_PROPOSED = Prepared(lambda referral_id: RepeatProposal.objects.filter(referral_id=referral_id))
_ORDER = {combination.id: place for place, combination in enumerate(COMBINATIONS)}
_MOST_IN_UNION = 100  # SQLite joins 500 at most
_NEWEST_HOLDERS = (
    "SELECT * FROM (SELECT {place} AS place, referral_id FROM intake_personkey"
    " WHERE feature = %s AND digest = %s AND referral_id <> %s ORDER BY referral_id DESC LIMIT %s) AS held_{place}"
)
_FEW_ONLY = frozenset(combination.id for combination in COMBINATIONS if combination.few_only)


class RepeatDecision(StrEnum):
    SAME_PERSON = "same_person"
    DIFFERENT = "different"
    UNSURE = "unsure"


def index_person(referral: Referral, answers: Answers) -> Person:
    """Store the blind index of the person that these answers are about. Inside the caller's transaction; safe to run
    twice."""
    person = _person(referral, answers)
    rows = [
        PersonKey(referral=referral, feature=combination, digest=_digest(combination, value))
        for combination, values in index_values(person).items()
        for value in values
    ]
    PersonKey.objects.bulk_create(rows, ignore_conflicts=True)
    return person


def propose_repeats(referral_id: UUID) -> list[RepeatProposal]:
    """The proposals that name this referral, found now or before. Safe to run twice.

    Runs in a transaction of its own after the index is committed, so that of two reports of the same person that are
    accepted at the same moment at least one sees the other. The later of a pair is flagged as a possible repeat."""
    with transaction.atomic():
        referral = _REPORT.one(referral_id)
        if referral is None:
            raise NotFound("There is no such referral.")
        person = _opened_persons([referral]).get(referral.pk)
        if person is None:
            return []  # erased meanwhile
        for other, features in _found(referral, person):
            _propose(referral, other, features)
        return _PROPOSED.all(referral.pk)


def decide_repeat(proposal_id: UUID, *, decision: RepeatDecision, reason: str, by: Staff) -> RepeatProposal:
    """Say whether the two are about the same person. Nothing is merged; only "different" lifts the need of a second
    reader. May be decided anew. Raises NotAllowed, NotFound, NotPossible without a reason."""
    check_holds(by, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
    with transaction.atomic():
        proposal = one_or_none(RepeatProposal.objects.select_related("referral", "earlier").filter(pk=proposal_id))
        if proposal is None:
            raise NotFound("There is no such proposal, or it is not yours to see.")
        for referral_id in (proposal.referral_id, proposal.earlier_id):
            check_works_on(by, kind=SubjectKind.REFERRAL, subject_id=referral_id)
        if not reason.strip():
            raise NotPossible("Say how you know.")
        _store_decision(proposal, decision, reason.strip(), by)
        still_open = RepeatProposal.objects.filter(referral_id=proposal.referral_id).exclude(
            decision=RepeatDecision.DIFFERENT
        )
        _flag(proposal.referral, may_be_repeat=still_open.exists())
        audit.record(
            "repeat.decided",
            by=by.actor,
            about=Subject("referral", proposal.referral_id, proposal.referral.reference),
            detail={"earlier": proposal.earlier.reference, "decision": decision, "proposal": str(proposal.pk)},
        )
        proposal.refresh_from_db()
        return proposal


def referrals_matching(text: str, *, limit: int) -> list[UUID]:
    """The referrals whose person has exactly this e-mail address, phone number, online name or whole name; newest
    first, unscoped: the caller filters by viewer."""
    asked = [(combination, value) for combination, values in looked_for(text).items() for value in values]
    return sorted({holder for holders in _holders(asked, limit) for holder in holders}, reverse=True)[:limit]


def _found(referral: Referral, person: Person) -> list[tuple[Referral, tuple[str, ...]]]:
    """The other referrals that agree, with the features that do; the newest of the strongest first."""
    shared = _candidates(referral.pk, person)
    ranked = sorted(shared, key=lambda pk: (min(_ORDER[name] for name in shared[pk]), -pk.int))[:MOST_OPENED]
    if not ranked:
        return []
    others = list(Referral.objects.select_related("arrival").filter(pk__in=ranked))
    persons = _opened_persons(others)
    agreeing = [
        (other, features)
        for other in sorted(others, key=lambda row: ranked.index(row.pk))
        if other.pk in persons and (features := reasons(person, persons[other.pk], shared=frozenset(shared[other.pk])))
    ]
    return agreeing[:MOST_PROPOSED]


def _candidates(referral_id: UUID, person: Person) -> dict[UUID, set[str]]:
    """Referral id to the combinations by which it was found."""
    found: dict[UUID, set[str]] = {}
    asked = [(name, value) for name, values in _values_to_look_for(person).items() for value in sorted(values)]
    for (combination, _), holders in zip(asked, _holders(asked, MOST_PER_HASH, but=referral_id), strict=True):
        if combination in _FEW_ONLY and len(holders) > FEW:
            continue
        for holder in holders:
            found.setdefault(holder, set()).add(combination)
    return found


def _values_to_look_for(person: Person) -> Mapping[str, frozenset[str]]:
    values = index_values(person)
    swap = swapped(person)
    if swap is None:
        return values
    other = index_values(swap)
    return {combination: known | other.get(combination, frozenset()) for combination, known in values.items()}


def _holders(asked: Sequence[tuple[str, str]], limit: int, *, but: UUID | None = None) -> list[list[UUID]]:
    """For each combination and value the newest referrals that hold it, so many at most, in as few statements as the
    databases allow: a union of bounded look-ups, which querysets cannot say for SQLite."""
    held: list[list[UUID]] = [[] for _ in asked]
    known_as = PersonKey._meta.get_field("referral").get_db_prep_value(but or UUID(int=0), connection)
    for start in range(0, len(asked), _MOST_IN_UNION):
        some = range(start, min(start + _MOST_IN_UNION, len(asked)))
        digests = [(asked[place][0], _digest(*asked[place])) for place in some]
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(_NEWEST_HOLDERS.format(place=place) for place in some),
                [value for pair in digests for value in (*pair, known_as, limit)],
            )
            for place, referral_id in cursor.fetchall():
                held[place].append(referral_id if isinstance(referral_id, UUID) else UUID(referral_id))
    return held


def _propose(referral: Referral, other: Referral, features: tuple[str, ...]) -> None:
    later, earlier = sorted((referral, other), key=lambda row: (row.received_at, row.pk), reverse=True)
    proposal, made = RepeatProposal.objects.get_or_create(
        referral=later, earlier=earlier, defaults={"features": list(features)}
    )
    if not made:
        return
    _flag(later, may_be_repeat=True)
    audit.record(
        "repeat.proposed",
        by=_BY,
        about=Subject("referral", later.pk, later.reference),
        detail={"earlier": earlier.reference, "proposal": str(proposal.pk), "features": len(features)},
    )


def _flag(referral: Referral, *, may_be_repeat: bool) -> None:
    """One update that counts the version up, so that whoever has the page open is told, and that no other worker can
    get in the way of."""
    rows = Referral.objects.filter(pk=referral.pk).exclude(possible_repeat=may_be_repeat)
    rows.update(possible_repeat=may_be_repeat, version=F("version") + 1)


def _store_decision(proposal: RepeatProposal, decision: RepeatDecision, reason: str, by: Staff) -> None:
    place = f"repeatproposal.sealed_reason:{proposal.pk}"
    sealed = keyring.seal_record(reason.encode(), key_id=proposal.referral.key_id, place=place)
    RepeatProposal.objects.filter(pk=proposal.pk).update(
        decision=decision, decided_by=by, decided_at=clock.now(), sealed_reason=sealed
    )


def _opened_persons(referrals: Iterable[Referral]) -> dict[UUID, Person]:
    """The persons of these referrals, opened in memory; those that were erased are left out."""
    rows = list(referrals)
    opened = keyring.unseal_many(
        (row.key_id, bytes(row.sealed_answers), f"referral.sealed_answers:{row.pk}") for row in rows
    )
    return {
        row.pk: _person(row, json.loads(content))
        for row, content in zip(rows, opened, strict=True)
        if content is not None
    }


def _person(referral: Referral, answers: Answers) -> Person:
    question_set = rules.archived_question_set(referral.arrival.question_set_hash)
    received_on = referral.received_at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)).date()
    return person_from(match_keys(question_set, check(question_set, answers)), received_on=received_on)


def _digest(combination: str, value: str) -> str:
    key = settings.DEPLOYMENT_KEYS.derive("blind-index")
    return hmac.new(key, f"{combination}\x1f{value}".encode(), hashlib.sha256).hexdigest()
