"""A slice of the town, loaded for real: the same each time, whole, and every reference can be traced."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F

from counterpoint import journey
from counterpoint.access.models import Absence, BreakGlass, Recusal, SharingGrant, Staff
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry, LedgerCheckpoint
from counterpoint.audit.verification import verify
from counterpoint.base import keyring
from counterpoint.base.errors import NotPossible
from counterpoint.cases.models import Case, CaseClock, Task
from counterpoint.config.northmoor import load as loading
from counterpoint.config.northmoor.load import load_town, receipts_to_show
from counterpoint.config.northmoor.logins import code_of, logins
from counterpoint.config.northmoor.paths import TRACKS, track_of
from counterpoint.config.northmoor.story import StoryKind
from counterpoint.config.northmoor.world import at_work
from counterpoint.intake.mailbox import open_mailbox
from counterpoint.intake.models import AdviceContact, Arrival, Mailbox, Referral
from counterpoint.panels.models import PanelDecision, PanelMeeting, Position
from counterpoint.partners.models import InformationRequest, Transfer
from counterpoint.support.models import Consent, Intervention, SupportReview, SupportSession
from counterpoint.triage.models import Decision

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
PACK = Path(__file__).parents[3] / "packs" / "england"
STORIES = 60


class _Undone(Exception):
    pass


def load():
    return load_town(password="seven grey herons", pack=PACK, now=NOW, stories=STORIES)


def told():
    """What there is, without what differs by chance (keys, hashes, sealed bytes)."""
    return {
        "referrals": list(
            Referral.objects.order_by("reference").values_list(
                "reference", "state", "urgency", "is_emergency", "received_at", "closed_at", "closure_reason"
            )
        ),
        "cases": list(Case.objects.order_by("reference").values_list("reference", "state", "next_step", "due_at")),
        "decisions": Counter(Decision.objects.values_list("route", "confirmed", "state")),
        "panel": [
            (row.starts_at, row.state, list(row.items.order_by("place").values_list("case__reference", "state")))
            for row in PanelMeeting.objects.order_by("starts_at")
        ],
        "decided": Counter(PanelDecision.objects.values_list("step", "motion")),
        "tasks": Counter(Task.objects.filter(ended_at__isnull=True).values_list("step", "role")),
        "support": Counter(Intervention.objects.values_list("kind", "state")),
        "asked": Counter(InformationRequest.objects.values_list("agency__name", "state")),
        "advice": list(AdviceContact.objects.order_by("reference").values_list("reference", "given_at")),
        "entries": Counter(AuditEntry.objects.values_list("action", flat=True)),
    }


def test_a_slice_is_whole_and_the_same_each_time():
    first = None
    try:
        with transaction.atomic(), transaction.atomic(using="keys"):
            load()
            first = told()
            raise _Undone  # noqa: TRY301 - rolls both databases back
    except _Undone:
        keyring.forget_stock()
    loaded = load()
    assert told() == first

    references = [
        *Arrival.objects.values_list("reference", flat=True),
        *AdviceContact.objects.values_list("reference", flat=True),
    ]
    for reference in set(references):
        assert journey.trace(reference)
    assert not Arrival.objects.exclude(state="accepted").exists()
    assert set(loaded.world.references.values()) == set(references)

    sectors = dict(Referral.objects.filter(kind="concern").values_list("reference", "source_sector"))
    for story in loaded.stories:
        if story.kind is StoryKind.CONCERN:
            assert sectors[loaded.world.references[story.key]] == story.sector

    found = verify()
    assert found.finding is None
    assert found.entries == found.sealed == AuditEntry.objects.count()
    assert LedgerCheckpoint.objects.count() > 20
    assert not AuditEntry.objects.filter(at__gt=NOW).exists()

    assert Referral.objects.filter(state="new", is_emergency=True).exists()
    assert Mailbox.objects.filter(status="more_information_wanted").exists()
    for reference, receipt, status in receipts_to_show(loaded.world):
        mailbox = open_mailbox(receipt)
        assert (mailbox.arrival.reference, mailbox.status) == (reference, status)

    assert len(logins()) == Staff.objects.count() == 25
    assert all(len(code_of(login.email)) == 6 for login in logins())
    assert BreakGlass.objects.exists() or not Case.objects.filter(state="open").exists()

    _agencies_are_at_work(loaded)

    with pytest.raises(NotPossible, match="empty"):
        load()


def test_who_stepped_aside_from_a_report_has_no_step_of_its_case(monkeypatch):
    """Whatever the day, and whoever it is: here somebody steps aside from every report."""

    def somebody_steps_aside_each_time(world, random):
        seen = set()
        while True:
            yield at_work(random, 0.4, 0.8)
            for referral in Referral.objects.filter(state="in_triage", assigned_to__isnull=False).exclude(pk__in=seen):
                seen.add(referral.pk)
                officer = world.one_of(random, Role.TRIAGE_OFFICER, but=[referral.assigned_to])
                record_recusal(
                    officer, kind=SubjectKind.REFERRAL, subject_id=referral.pk, reason="A cousin.", by=officer
                )

    monkeypatch.setitem(loading._LIVES, "aside", somebody_steps_aside_each_time)
    loaded = load()
    away = set(Recusal.objects.values_list("staff_id", "subject_id"))
    tracks = [story for story in loaded.stories if track_of(story)]
    of_paths = {Referral.objects.get(reference=loaded.world.references[story.key]).pk for story in tracks}
    assert len({subject for _, subject in away} & of_paths) >= 3
    _agencies_are_at_work(loaded)


def _agencies_are_at_work(loaded):
    """Each case on the whole path stands where its track leaves it, and the panel has decided what it was to decide."""
    for story in filter(track_of, loaded.stories):
        track, case = track_of(story), Case.objects.get(reference=loaded.world.references[story.key])
        waiting = set(Task.objects.filter(case=case, ended_at__isnull=True).values_list("step", flat=True))
        if track.id == "withdrawn":
            assert waiting == {"consider_alternatives"}
        else:
            assert waiting == ({track.stop} if track.stop else set())
        assert (case.state == "closed") == (track.stop in ("", "review_six"))
    decided = sum(len(track.panel) + len(track.reviews) for track in TRACKS)
    assert PanelDecision.objects.count() == decided
    states = list(PanelMeeting.objects.order_by("starts_at").values_list("state", flat=True))
    assert states == ["held"] * 10 + ["papers_sent"]
    assert PanelMeeting.objects.get(state="papers_sent").items.count() == 3
    assert PanelMeeting.objects.filter(minutes__state="final").count() >= 9
    assert Position.objects.filter(view="disagree").exists()
    assert Position.objects.filter(by__agency=F("agency"), agency__is_lead=False).count() > 20  # at their own desks
    assert Position.objects.exclude(by__agency=F("agency")).exists()  # and for a deputy without an account
    assert Consent.objects.filter(result="withdrawn").count() == 1
    assert SupportReview.objects.count() == sum(len(track.reviews) for track in TRACKS)
    assert SupportSession.objects.filter(by__agency__name="Lantern Youth Trust").count() > 20
    assert InformationRequest.objects.filter(state="asked").count() == 1
    assert Transfer.objects.get().state == "offered"
    assert SharingGrant.objects.filter(agreement__isnull=True, reviewed_at__isnull=True, until__gt=NOW).count() == 1
    assert Absence.objects.count() == 1
    open_clocks = CaseClock.objects.filter(ended_at__isnull=True)
    assert open_clocks.filter(due_at__isnull=True).count() == 2
    assert open_clocks.filter(due_at__lt=NOW).exists()
