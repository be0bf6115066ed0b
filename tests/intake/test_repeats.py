"""Possible repeats are proposed with reasons, decided by people, never merged; a common name costs no more."""

from threading import Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from tests.cast import a_cast
from tests.intake.telling import CONCERN, a_referral, no_such_id, someone, the_england_pack, told

from counterpoint import journey
from counterpoint.access.models import Recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import ids, keyring
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.intake import repeats
from counterpoint.intake.models import Arrival, PersonKey, Referral, RepeatProposal
from counterpoint.intake.repeats import RepeatDecision, decide_repeat, propose_repeats

pytestmark = pytest.mark.django_db
SAM = someone("Samir", "Okonjo", age=15, postcode="NM1 2AB")


def a_repeat() -> tuple[Referral, Referral]:
    return a_referral({**CONCERN, **SAM}), a_referral({**CONCERN, **SAM})


def test_a_repeat_is_proposed_with_its_reasons_and_nothing_is_merged(cast):
    earlier, later = a_repeat()
    proposal = RepeatProposal.objects.get()
    assert (proposal.referral, proposal.earlier, proposal.decision) == (later, earlier, "")
    assert proposal.features == ["name", "age, within a year or two", "postcode"]
    assert (later.possible_repeat, Referral.objects.get(pk=earlier.pk).possible_repeat) == (True, False)
    assert Referral.objects.count() == 2


def test_the_verdict_knows_of_it(cast):
    _, later = a_repeat()
    assert later.verdicts.get().fired[0]["rule_id"] == "repeat"


def test_between_a_public_and_a_professional_report(cast):
    a_referral({**CONCERN, **someone("Samira", "Okonjo", born_on="2010-11-02")}, about="concern_professional")
    later = a_referral({**CONCERN, **someone("Samirah", "Okonjo", age=15)})
    assert later.repeat_proposals.get().features == ["name, spelt a little differently", "age, within a year or two"]


def test_other_people_are_not_proposed(cast):
    a_referral({**CONCERN, **SAM})
    a_referral({**CONCERN, **someone("Samir", "Okonjo", age=52, postcode="NM1 2AB")})
    a_referral({**CONCERN, **someone("Ann", "Okonjo", age=15, postcode="NM1 2AB")})
    a_referral()
    assert RepeatProposal.objects.count() == 0


def test_finding_twice_proposes_and_records_once(cast):
    _, later = a_repeat()
    for _ in range(3):
        propose_repeats(later.pk)
        journey.process_arrival(later.arrival_id)
    assert RepeatProposal.objects.count() == 1
    assert AuditEntry.objects.filter(action="repeat.proposed").count() == 1


def test_the_index_tells_nothing_without_the_key(cast, settings):
    a_referral({**CONCERN, **SAM})
    before = set(PersonKey.objects.values_list("digest", flat=True))
    assert all(len(digest) == 64 for digest in before)
    PersonKey.objects.all().delete()
    from dataclasses import replace

    settings.DEPLOYMENT_KEYS = replace(settings.DEPLOYMENT_KEYS, keys=(*settings.DEPLOYMENT_KEYS.keys, b"o" * 32))
    referral = Referral.objects.select_related("arrival").get()
    repeats.index_person(referral, {**CONCERN, **SAM})
    assert not before & set(PersonKey.objects.values_list("digest", flat=True))


def test_online_material_is_not_indexed(cast):
    a_referral({"addresses": {"value": ["https://example.org/1"]}}, about="online_material")
    assert PersonKey.objects.count() == 0


def test_an_erased_referral_is_not_proposed(cast):
    earlier = a_referral({**CONCERN, **SAM})
    keyring.destroy_record_key(earlier.key_id)
    a_referral({**CONCERN, **SAM})
    assert RepeatProposal.objects.count() == 0


def many_like(referral: Referral, count: int) -> None:
    """Further referrals about somebody of the same name and age, in the index."""
    arrivals, rows, keys = [], [], []
    known = list(PersonKey.objects.filter(referral=referral))
    content = keyring.unseal_record(
        referral.sealed_answers, key_id=referral.key_id, place=f"referral.sealed_answers:{referral.pk}"
    )
    for number in range(count):
        arrival = Arrival.objects.get(pk=referral.arrival_id)
        arrival.pk, arrival.reference, arrival.submission_key = ids.new_id(), ids.new_reference(), f"many-{number}"
        row = Referral.objects.get(pk=referral.pk)
        row.pk, row.reference, row.arrival = ids.new_id(), arrival.reference, arrival
        row.sealed_answers = keyring.seal_record(content, key_id=row.key_id, place=f"referral.sealed_answers:{row.pk}")
        arrivals.append(arrival)
        rows.append(row)
        keys += [PersonKey(referral=row, feature=key.feature, digest=key.digest) for key in known]
    Arrival.objects.bulk_create(arrivals)
    Referral.objects.bulk_create(rows)
    PersonKey.objects.bulk_create(keys)


def test_a_very_common_name_costs_no_more_and_proposes_the_newest(cast):
    first = a_referral({**CONCERN, **SAM})
    with CaptureQueriesContext(connection) as alone:
        a_referral({**CONCERN, **SAM})
    many_like(first, 300)
    with CaptureQueriesContext(connection) as among_many:
        later = a_referral({**CONCERN, **SAM})
    proposals = list(RepeatProposal.objects.filter(referral=later))
    assert len(proposals) == repeats.MOST_PROPOSED
    per_proposal = 8  # looked up, stored, flagged, audited, and what the ledger adds
    assert len(among_many) <= len(alone) + per_proposal * repeats.MOST_PROPOSED
    newest = set(Referral.objects.exclude(pk=later.pk).order_by("-pk").values_list("pk", flat=True)[:40])
    assert {proposal.earlier_id for proposal in proposals} <= newest


def test_a_name_that_many_share_is_no_reason_by_itself(cast):
    first = a_referral({**CONCERN, **someone("Samir", "Okonjo")})
    later = a_referral({**CONCERN, **someone("Samir", "Okonjo")})
    assert later.possible_repeat
    many_like(first, repeats.FEW + 1)
    assert not a_referral({**CONCERN, **someone("Samir", "Okonjo")}).possible_repeat


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_accepted_at_the_same_moment_one_finds_the_other():
    the_england_pack()
    a_cast()
    received = [told({**CONCERN, **SAM}) for _ in range(2)]

    def work(arrival_id) -> None:
        try:
            journey.process_arrival(arrival_id)
        finally:
            connections.close_all()

    threads = [Thread(target=work, args=[each.arrival_id]) for each in received]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert RepeatProposal.objects.count() == 1
    proposal = RepeatProposal.objects.get()
    assert proposal.referral.possible_repeat
    assert proposal.referral.received_at >= proposal.earlier.received_at


class TestDeciding:
    @pytest.mark.parametrize(
        ("decision", "still"),
        [(RepeatDecision.SAME_PERSON, True), (RepeatDecision.UNSURE, True), (RepeatDecision.DIFFERENT, False)],
    )
    def test_only_different_lifts_the_flag(self, cast, decision, still):
        _, later = a_repeat()
        proposal = RepeatProposal.objects.get()
        decided = decide_repeat(
            proposal.pk, decision=decision, reason="Both names, one school.", by=cast[Role.SUPERVISOR]
        )
        later.refresh_from_db()
        assert (decided.decision, decided.decided_by, later.possible_repeat) == (
            decision,
            cast[Role.SUPERVISOR],
            still,
        )
        assert b"school" not in bytes(decided.sealed_reason)
        entry = AuditEntry.objects.get(action="repeat.decided")
        assert "school" not in str(entry.detail)

    def test_it_stays_flagged_while_another_proposal_is_open(self, cast):
        a_repeat()
        third = a_referral({**CONCERN, **SAM})
        one, other = third.repeat_proposals.all()
        decide_repeat(one.pk, decision=RepeatDecision.DIFFERENT, reason="x", by=cast[Role.SUPERVISOR])
        third.refresh_from_db()
        assert third.possible_repeat
        decide_repeat(other.pk, decision=RepeatDecision.DIFFERENT, reason="x", by=cast[Role.SUPERVISOR])
        third.refresh_from_db()
        assert not third.possible_repeat

    def test_one_may_think_again(self, cast):
        a_repeat()
        proposal = RepeatProposal.objects.get()
        for decision in (RepeatDecision.DIFFERENT, RepeatDecision.SAME_PERSON):
            decide_repeat(proposal.pk, decision=decision, reason="x", by=cast[Role.TRIAGE_OFFICER])
        assert Referral.objects.get(pk=proposal.referral_id).possible_repeat
        assert AuditEntry.objects.filter(action="repeat.decided").count() == 2

    def test_a_decided_pair_is_not_proposed_anew(self, cast):
        _, later = a_repeat()
        decide_repeat(
            RepeatProposal.objects.get().pk, decision=RepeatDecision.DIFFERENT, reason="x", by=cast[Role.SUPERVISOR]
        )
        propose_repeats(later.pk)
        later.refresh_from_db()
        assert (RepeatProposal.objects.count(), later.possible_repeat) == (1, False)

    @pytest.mark.parametrize("role", [role for role in Role if role not in (Role.TRIAGE_OFFICER, Role.SUPERVISOR)])
    def test_others_may_not(self, cast, role):
        a_repeat()
        with pytest.raises(NotAllowed):
            decide_repeat(RepeatProposal.objects.get().pk, decision=RepeatDecision.DIFFERENT, reason="x", by=cast[role])

    @pytest.mark.parametrize("which", ["referral_id", "earlier_id"])
    def test_whoever_is_recused_from_either_finds_nothing(self, cast, which):
        a_repeat()
        proposal = RepeatProposal.objects.get()
        Recusal.objects.create(
            staff=cast[Role.SUPERVISOR],
            subject_kind=SubjectKind.REFERRAL,
            subject_id=getattr(proposal, which),
            reason="cousin",
            recorded_by=cast.other_supervisor,
        )
        with pytest.raises(NotFound):
            decide_repeat(proposal.pk, decision=RepeatDecision.DIFFERENT, reason="x", by=cast[Role.SUPERVISOR])

    def test_a_reason_is_needed_and_an_unknown_one_is_not_found(self, cast):
        a_repeat()
        with pytest.raises(NotPossible):
            decide_repeat(
                RepeatProposal.objects.get().pk, decision=RepeatDecision.UNSURE, reason=" ", by=cast[Role.SUPERVISOR]
            )
        with pytest.raises(NotFound):
            decide_repeat(no_such_id(), decision=RepeatDecision.UNSURE, reason="x", by=cast[Role.SUPERVISOR])
