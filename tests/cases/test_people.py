"""Who works on a case, who it is shared with, who may know of it; notes kept apart; later referrals joined."""

from datetime import timedelta

import pytest
from tests.cases.making import START, a_case, a_person, a_referral, share

from counterpoint.access.models import Recusal, SharingGrant
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope, services
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseEvent, CaseNote, CaseReferral
from counterpoint.intake.models import Mailbox, MailboxMessage, Referral
from counterpoint.intake.types import Kind, MessageKind, PublicStatus

pytestmark = pytest.mark.django_db


def standing(staff, case):
    return relation_to(staff, kind=SubjectKind.CASE, subject_id=case.pk).standing


RELATIONS = [
    ("officer", Standing.ASSIGNED),
    ("colleague", Standing.MEMBER),
    ("supervisor", Standing.LEAD_AGENCY),
    ("stranger", Standing.NONE),
    ("triage", Standing.NONE),
    ("partner", Standing.GRANTED),
    ("outsider", Standing.NONE),
]


@pytest.mark.parametrize(("who", "expected"), RELATIONS)
def test_how_everybody_stands_to_a_case_and_its_referral(world, who, expected):
    case = a_case(world)
    services.add_member(case, staff=world.colleague, by=world.officer)
    share(case, world)
    staff = getattr(world, who)
    assert standing(staff, case) is expected
    through = relation_to(staff, kind=SubjectKind.REFERRAL, subject_id=case.referrals.get().referral_id).standing
    assert through is (Standing.LEAD_AGENCY if who == "triage" else expected)


@pytest.mark.parametrize("kind", [SubjectKind.CASE, SubjectKind.REFERRAL])
@pytest.mark.parametrize("who", ["officer", "supervisor", "partner"])
def test_recusal_from_the_case_or_any_of_its_referrals_beats_all(world, kind, who):
    case = a_case(world)
    share(case, world)
    staff, link = getattr(world, who), case.referrals.get()
    Recusal.objects.create(
        staff=staff,
        subject_kind=kind,
        subject_id=case.pk if kind == SubjectKind.CASE else link.referral_id,
        reason="A neighbour.",
        recorded_by=world.supervisor,
    )
    assert standing(staff, case) is Standing.RECUSED
    referral = relation_to(staff, kind=SubjectKind.REFERRAL, subject_id=link.referral_id)
    assert referral.standing is Standing.RECUSED


def test_a_grant_ends_by_its_day_and_by_being_ended(world):
    case = a_case(world)
    grant = share(case, world)
    with clock.moved_to(START + timedelta(days=31)):
        assert standing(world.partner, case) is Standing.NONE
    services.end_sharing(case, grant_id=grant.pk, because="Moved school.", by=world.officer)
    assert standing(world.partner, case) is Standing.NONE
    kinds = list(CaseEvent.objects.filter(case=case).order_by("number").values_list("kind", flat=True))
    assert kinds[-2:] == ["shared", "sharing_ended"]
    for action in ("case.shared", "case.sharing_ended"):
        assert AuditEntry.objects.filter(action=action, subject_id=case.pk).count() == 1


def test_sharing_is_refused_for_others_and_for_grants_of_other_cases(world):
    case, other = a_case(world), a_case(world)
    grant = share(other, world)
    with pytest.raises(NotFound):
        services.end_sharing(case, grant_id=grant.pk, because="x", by=world.officer)
    for by in (world.stranger, world.partner, world.outsider):
        with pytest.raises((NotFound, NotAllowed)):
            services.share_case(
                other,
                agency=world.clinic,
                sections=[Section.CONCERN],
                purpose="x",
                legal_basis="x",
                until=START + timedelta(days=3),
                by=by,
            )
    assert SharingGrant.objects.count() == 1


# --- members and hand-over


def test_handing_over_ends_the_work_of_the_one_and_begins_the_others(world):
    case = a_case(world)
    services.hand_over(case, lead_officer=world.colleague, by=world.officer, expected_version=case.version)
    assert standing(world.colleague, case) is Standing.ASSIGNED
    assert standing(world.officer, case) is Standing.NONE
    assert case.members.get(staff=world.officer).to_at == START
    event = case.events.get(kind="handed_over")
    assert event.facts == {"from": str(world.officer.pk), "to": str(world.colleague.pk)}


HANDED = [
    ("partner", "officer", Missing),
    ("triage", "officer", Missing),
    ("officer", "officer", NotPossible),
    ("colleague", "stranger", NotFound),
]


@pytest.mark.parametrize(("to", "by", "refusal"), HANDED)
def test_handing_over_refused(world, to, by, refusal):
    case = a_case(world)
    with pytest.raises(refusal):
        services.hand_over(case, lead_officer=getattr(world, to), by=getattr(world, by), expected_version=case.version)


def test_handing_over_twice_at_once_tells_the_second(world):
    case = a_case(world)
    services.hand_over(case, lead_officer=world.colleague, by=world.supervisor, expected_version=case.version)
    with pytest.raises(Conflict) as refused:
        services.hand_over(case, lead_officer=world.stranger, by=world.supervisor, expected_version=case.version)
    assert refused.value.theirs["lead_officer"] == world.colleague.pk


def test_members_come_and_go_and_it_stays_told(world):
    case = a_case(world)
    first = services.add_member(case, staff=world.colleague, by=world.officer)
    assert services.add_member(case, staff=world.colleague, by=world.officer).pk == first.pk
    services.remove_member(case, staff=world.colleague, by=world.officer)
    assert standing(world.colleague, case) is Standing.NONE
    services.add_member(case, staff=world.colleague, by=world.supervisor)
    assert sorted(bool(row.to_at) for row in case.members.filter(staff=world.colleague)) == [False, True]
    assert case.events.filter(kind="member_added").count() == 2
    with pytest.raises(NotPossible, match="Hand the case over"):
        services.remove_member(case, staff=world.officer, by=world.supervisor)
    with pytest.raises(NotPossible, match="does not work on the case"):
        services.remove_member(case, staff=world.stranger, by=world.officer)
    with pytest.raises(NotAllowed):
        services.add_member(case, staff=world.stranger, by=world.colleague)


@pytest.mark.parametrize(("who", "words"), [("partner", "of the lead agency"), ("triage", "a case officer or a super")])
def test_who_cannot_be_a_member(world, who, words):
    with pytest.raises(Missing, match=words):
        services.add_member(a_case(world), staff=getattr(world, who), by=world.officer)


def test_somebody_of_the_lead_agency_without_the_role_works_on_nothing(world):
    case = a_case(world)
    plain = a_person("Paul Plain", world.lead)
    with pytest.raises(Missing):
        services.add_member(case, staff=plain, by=world.officer)
    assert standing(plain, case) is Standing.NONE


# --- notes and messages


@pytest.mark.parametrize("visibility", ["internal", "restricted"])
def test_a_note_is_sealed(world, visibility):
    case = a_case(world)
    note = services.add_note(case, visibility=visibility, text="Her uncle visits.", by=world.officer)
    assert b"uncle" not in bytes(note.sealed_text)
    assert envelope.unseal(note, "sealed_text", key_id=case.key_id) == "Her uncle visits."
    assert "uncle" not in str(AuditEntry.objects.get(action="case.note_added").detail)


def test_nobody_sends_a_note_to_the_reporter_by_mistake(world):
    with pytest.raises(NotPossible, match="is sent to the mailbox"):
        services.add_note(a_case(world), visibility="reporter", text="x", by=world.officer)
    assert CaseNote.objects.count() == MailboxMessage.objects.count() == 0


def test_asking_and_telling_go_to_one_mailbox(world):
    case = a_case(world)
    referral = case.referrals.get().referral
    asked = services.write_to_reporter(case, text="Which school?", by=world.officer, asks=True)
    assert Mailbox.objects.get(arrival=referral.arrival).status == PublicStatus.MORE_INFORMATION_WANTED
    told = services.write_to_reporter(case, text="We are on it.", by=world.officer)
    kinds = {row.pk: row.kind for row in MailboxMessage.objects.all()}
    assert kinds == {asked.message_id: MessageKind.QUESTION, told.message_id: MessageKind.UPDATE}
    later = a_referral(world)
    services.join_referral(case, referral=later, by=world.supervisor)
    third = services.write_to_reporter(case, text="And you?", by=world.officer, asks=True, referral_id=later.pk)
    assert MailboxMessage.objects.get(pk=third.message_id).mailbox == later.arrival.mailbox
    with pytest.raises(NotPossible, match="not part of the case"):
        services.write_to_reporter(case, text="x", by=world.officer, referral_id=a_referral(world).pk)


def test_partners_and_strangers_write_nothing(world):
    case = a_case(world)
    share(case, world, Section.NOTES, Section.REPORTER)
    for by, refusal in ((world.partner, NotAllowed), (world.stranger, NotFound)):
        with pytest.raises(refusal):
            services.add_note(case, visibility="internal", text="x", by=by)
        with pytest.raises(refusal):
            services.write_to_reporter(case, text="x", by=by)


# --- joining, category


def test_joining_is_done_by_a_person_and_makes_one_case_of_two_referrals(world):
    case, later = a_case(world), a_referral(world)
    services.join_referral(case, referral=later, by=world.supervisor)
    assert [link.is_first for link in case.referrals.order_by("-is_first")] == [True, False]
    assert services.open_case(later, lead_officer=world.officer, by=world.triage, at=START).pk == case.pk
    assert Mailbox.objects.get(arrival=later.arrival).status == PublicStatus.BEING_WORKED_ON


JOINED = [
    ("part of it already", "same", "part of the case already"),
    ("of another case", "other", "Another case works this referral"),
    ("online material", "online", "Only a concern about a person"),
    ("closed", "closed", "This referral is closed"),
]


@pytest.mark.parametrize(("what", "which", "words"), JOINED, ids=[row[0] for row in JOINED])
def test_joining_refused(world, what, which, words):
    case = a_case(world)
    referral = a_referral(world, kind=Kind.ONLINE_MATERIAL if which == "online" else Kind.CONCERN)
    if which == "same":
        referral = case.referrals.get().referral
    if which == "other":
        a_case(world, referral=referral)
    if which == "closed":
        Referral.objects.filter(pk=referral.pk).update(state="closed", closed_at=START, closure_reason="misguided")
        referral.refresh_from_db()
    with pytest.raises(Missing, match=words):
        services.join_referral(case, referral=referral, by=world.supervisor)
    assert CaseReferral.objects.filter(case=case).count() == 1


def test_who_joins_must_work_on_both(world):
    case, later = a_case(world), a_referral(world)
    with pytest.raises(NotFound):
        services.join_referral(case, referral=later, by=world.officer)  # not theirs to see
    with pytest.raises(NotFound):
        services.join_referral(case, referral=later, by=world.triage)  # sees the referral, not the case


def test_the_category_is_assessed_in_its_scheme(world):
    case = a_case(world)
    services.assess_category(case, category="islamist", scheme="2024", by=world.officer, expected_version=case.version)
    case.refresh_from_db()
    assert (case.assessed_category, case.category_scheme) == ("islamist", "2024")
    for category, scheme in (("right_wing", "2024"), ("islamist", "1999"), ("", "2024")):
        with pytest.raises(Missing, match="Choose one of the categories"):
            services.assess_category(
                case, category=category, scheme=scheme, by=world.officer, expected_version=case.version
            )
    with pytest.raises(Conflict):
        services.assess_category(
            case, category="other_ideology", scheme="2024", by=world.officer, expected_version=case.version - 1
        )
