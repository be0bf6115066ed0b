"""What people make of a finding: judged, followed, sent to be assessed; and its end."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.audit import services as audit
from counterpoint.audit.types import Subject, system
from counterpoint.base import clock, keyring
from counterpoint.base.errors import Conflict, NotFound
from counterpoint.campaigns import envelope, policies
from counterpoint.campaigns.models import Finding, FollowedAct, Judgement, Sending
from counterpoint.campaigns.permissions import check_analyses
from counterpoint.campaigns.types import FindingState, Lack, NotAsAsked, ThingKind
from counterpoint.intake.arrivals import store_arrival
from counterpoint.intake.types import Answers, ChannelName
from counterpoint.rules import selectors as rules

_BY_ITS_DAY = system("campaign retention")
_KEPT_FOR: timedelta = Finding.retention.keep_for or timedelta()
_QUESTION_SET = "online_material"
_LONGEST_NOTE = 2000


@transaction.atomic
def judge(finding_id: UUID, *, state: FindingState, reason: str, by: Staff, expected_version: int) -> Finding:
    """Say what a person makes of the finding, and why; earlier judgements stay.
    Raises NotAllowed, NotFound, NotPossible when its content is gone, NotAsAsked, Conflict."""
    check_analyses(by)
    finding = locked_finding(finding_id)
    policies.check_not_shredded(finding)
    text = policies.check_reason(reason)
    if finding.version != expected_version:
        last = finding.judgements.order_by("-number").first()
        told = envelope.unseal(last, "sealed_reason", key_id=finding.key_id) if last else ""
        theirs = {"state": finding.state, "reason": told, "version": finding.version}
        raise Conflict(
            "Somebody else judged this while you had it open. Compare the two and save again.", theirs=theirs
        )
    at = clock.now()
    was = FindingState(finding.state)
    finding.save_changes(expected_version=expected_version, state=state, judged_at=at)
    row = Judgement(finding=finding, number=finding.judgements.count() + 1, state=state, by=by, at=at)
    row.sealed_reason = envelope.seal(row, "sealed_reason", text, key_id=finding.key_id)
    row.save(force_insert=True)
    audit.record(
        "finding.judged", by=by.actor, about=subject_of(finding), detail={"state": str(state), "was": str(was)}
    )
    return finding


@transaction.atomic
def add_act(finding_id: UUID, *, on: date, platform: str, what: str, by: Staff) -> FollowedAct:
    """Note what a platform did about a confirmed finding, so that it can be followed from that day.
    Raises NotAllowed, NotFound, NotPossible, NotAsAsked."""
    check_analyses(by)
    finding = locked_finding(finding_id)
    policies.check_confirmed(finding, what="Following what moved")
    _check_act(on=on, platform=platform, what=what)
    row = FollowedAct(finding=finding, on=on, platform=platform.strip(), by=by)
    row.sealed_what = envelope.seal(row, "sealed_what", what.strip(), key_id=finding.key_id)
    row.save(force_insert=True)
    audit.record(
        "finding.act_added",
        by=by.actor,
        about=subject_of(finding),
        detail={"on": on.isoformat(), "platform": row.platform},
    )
    return row


def _check_act(*, on: date, platform: str, what: str) -> None:
    lacks = []
    if on > clock.now().date():
        lacks.append(Lack("on", "The day lies in the future. Add what has happened."))
    if not platform.strip():
        lacks.append(Lack("platform", "Name the platform."))
    if not what.strip():
        lacks.append(Lack("what", "Say what was done, for example: closed the accounts."))
    if lacks:
        raise NotAsAsked(lacks)


def send_to_assessment(finding_id: UUID, *, addresses: Sequence[str], note: str, by: Staff) -> Sending:
    """Have these addresses of the finding assessed: a new arrival by the front door, as anybody's would be. Nothing
    else of the finding passes, and only the reference comes back. Sending the same addresses twice is one arrival.
    Raises NotAllowed, NotFound, NotPossible, NotAsAsked, NoSuchForm."""
    check_analyses(by)
    with transaction.atomic():
        finding = locked_finding(finding_id)
        policies.check_not_shredded(finding)
        wanted = policies.check_addresses(addresses, held=addresses_of(finding))
        if len(note) > _LONGEST_NOTE:
            raise NotAsAsked([Lack("note", f"Shorten the note: it may have {_LONGEST_NOTE:,} characters.")])
        answers: dict[str, dict[str, object]] = {"addresses": {"value": wanted}}
        if note.strip():
            answers["description"] = {"value": note.strip()}
        received = _filed(finding, answers, wanted, by=by)
        before = Sending.objects.filter(reference=received).first()
        if before is not None:
            return before
        row = Sending(finding=finding, reference=received, addresses=len(wanted), by=by, at=clock.now())
        row.sealed_addresses = envelope.seal(row, "sealed_addresses", wanted, key_id=finding.key_id)
        row.save(force_insert=True)
        audit.record(
            "finding.sent_to_assessment",
            by=by.actor,
            about=subject_of(finding),
            detail={"addresses": len(wanted), "arrival": received},
        )
        return row


def _filed(finding: Finding, answers: Answers, addresses: Sequence[str], *, by: Staff) -> str:
    digest = sha256("\n".join(sorted(addresses)).encode()).hexdigest()[:24]
    received = store_arrival(
        channel=ChannelName.CAMPAIGNS,
        language=rules.pack_in_force().default_language,
        question_set_id=_QUESTION_SET,
        answers=answers,
        submission_key=f"f:{finding.pk.hex}:{digest}"[:64],
        at=clock.now(),
        by=by.actor,
    )
    return received.reference


def addresses_of(finding: Finding) -> list[str]:
    """The web addresses among the finding's things, the most shared first."""
    content = envelope.unseal(finding, "sealed_content", key_id=finding.key_id)
    return [thing["value"] for thing in content["things"] if thing["kind"] == ThingKind.URL]


def shred_old_findings() -> int:
    """Destroy what confirmed and watched findings hold once their time is over. Safe to run twice. Returns how many."""
    old = Finding.objects.filter(shredded_at__isnull=True, created_at__lt=clock.now() - _KEPT_FOR)
    shredded = 0
    for finding in old:
        with transaction.atomic():
            if Finding.objects.filter(pk=finding.pk, shredded_at__isnull=True).update(shredded_at=clock.now()) != 1:
                continue
            audit.record("finding.shredded", by=_BY_ITS_DAY, about=subject_of(finding))
        keyring.destroy_record_key(finding.key_id)
        shredded += 1
    return shredded


def locked_finding(finding_id: UUID) -> Finding:
    """The row as it is now, locked until the transaction ends. Raises NotFound."""
    rows = Finding.objects.select_for_update(of=("self",)).select_related("run__snapshot")
    row = rows.filter(pk=finding_id).first()
    if row is None:
        raise NotFound("There is no such finding.")
    return row


def subject_of(finding: Finding) -> Subject:
    """The finding, as audit entries name it."""
    return Subject("finding", finding.pk)
