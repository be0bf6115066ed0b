"""Requests for information: covered, shown as they were that day, answered, declined, withdrawn; and by whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.cases.making import PERSON, START, WORRY, a_case, a_person, share
from tests.partners.making import QUESTION, a_request

from counterpoint.access.errors import Lacking, NotCovered
from counterpoint.access.models import Notice, Recusal, SharingAgreement
from counterpoint.access.relations import Standing, relation_to
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import NotAllowed, NotFound, NotPossible
from counterpoint.cases.errors import Missing
from counterpoint.partners import selectors, services
from counterpoint.partners.models import InformationRequest
from counterpoint.partners.types import Provenance, RequestState

pytestmark = pytest.mark.django_db


def answer(row, by, text="She has a friend Robin in year 9."):
    return services.answer_request(row.pk, text=text, provenance=Provenance.RECORDS, by=by)


def entries(action):
    return AuditEntry.objects.filter(action=action)


def test_from_question_to_answer(world):
    case = a_case(world)
    row = a_request(case, world)
    assert row.due_at == datetime(2026, 5, 18, 23, 0, tzinfo=UTC)  # ten working days, one holiday between
    (told,) = Notice.objects.filter(staff=world.partner)
    assert row.reference in told.text
    assert case.reference not in told.text + told.link
    (waiting,) = selectors.requests_to(world.partner)
    assert (waiting.state, waiting.is_late, waiting.asking) == (RequestState.ASKED, False, world.lead.name)
    assert selectors.requests_waiting_for(world.partner) == 1
    answer(row, world.partner)
    (view,) = selectors.requests_of_case(world.officer, case.pk, purpose="test")
    assert (view.question, view.answer) == (QUESTION, "She has a friend Robin in year 9.")
    assert (view.provenance, view.ended_by) == (Provenance.RECORDS, world.partner.name)
    assert Notice.objects.filter(staff=world.officer, text__contains=row.reference).count() == 1
    kinds = list(case.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-2:] == ["information_asked", "information_answered"]
    logged = entries("case.information_asked").get()
    assert (logged.purpose, logged.detail["agency"]) == (row.purpose, str(world.school.pk))


def test_asking_shows_what_was_chosen_and_gives_no_way_to_the_case(world):
    case = a_case(world)
    row = a_request(case, world)
    view = selectors.request_for(world.partner, row.pk)
    words = str(view)
    assert PERSON in words
    assert WORRY not in words
    assert case.reference not in words
    standing = relation_to(world.partner, kind=SubjectKind.CASE, subject_id=case.pk).standing
    assert standing is Standing.NONE
    assert entries("information_request.read").get().actor_id == str(world.partner.pk)
    assert entries("case.read").filter(purpose="shown to another agency").count() == 1


def test_what_was_shown_stays_as_it_was(world):
    case = a_case(world)
    row = a_request(case, world, sections=())
    assert selectors.request_for(world.partner, row.pk).disclosed == ()
    assert not entries("case.read").exists()


@pytest.mark.parametrize(
    "section", [section for section in Section if section not in (Section.PERSON, Section.CONCERN)]
)
def test_other_parts_must_be_shared(world, section):
    with pytest.raises(NotPossible):
        a_request(a_case(world), world, sections=(section,))


@pytest.mark.parametrize(
    "changes", [{"purpose": "Curiosity"}, {"legal_basis": "None"}, {"sections": (Section.CONCERN,)}]
)
def test_a_question_that_no_agreement_covers_is_refused(world, changes):
    SharingAgreement.objects.update(sections=["person"])
    with pytest.raises(NotCovered):
        a_request(a_case(world), world, **changes)
    assert not InformationRequest.objects.exists()


def test_a_double_click_asks_once(world):
    case = a_case(world)
    assert a_request(case, world) == a_request(case, world)
    assert entries("case.information_asked").count() == 1


DUE = [
    (date(2026, 5, 6), datetime(2026, 5, 6, 23, 0, tzinfo=UTC)),
    (date(2026, 5, 18), datetime(2026, 5, 18, 23, 0, tzinfo=UTC)),
    (date(2026, 5, 19), None),
    (date(2026, 5, 3), None),
]


@pytest.mark.parametrize(("wanted", "due_at"), DUE)
def test_a_day_of_ones_own_lies_within_the_packs_period(world, wanted, due_at):
    if due_at is None:
        with pytest.raises(Lacking):
            a_request(a_case(world), world, due_on=wanted)
    else:
        assert a_request(a_case(world), world, due_on=wanted).due_at == due_at


def test_late_is_what_waits_and_is_due(world):
    row = a_request(a_case(world), world)
    with clock.moved_to(row.due_at + timedelta(seconds=1)):
        assert selectors.requests_to(world.partner)[0].is_late
        answer(row, world.partner)
        assert not selectors.requests_to(world.partner)[0].is_late


def test_declined_with_a_reason(world):
    case = a_case(world)
    row = a_request(case, world)
    with pytest.raises(Missing):
        services.decline_request(row.pk, because=" ", by=world.partner)
    services.decline_request(row.pk, because="We hold nothing on this.", by=world.partner)
    (view,) = selectors.requests_of_case(world.supervisor, case.pk, purpose="test")
    assert (view.row.state, view.why, view.answer) == (RequestState.DECLINED, "We hold nothing on this.", "")


def test_withdrawn_it_says_nothing_any_more(world):
    case = a_case(world)
    row = a_request(case, world)
    services.withdraw_request(case, row.pk, because="Found out otherwise.", by=world.officer)
    view = selectors.request_for(world.partner, row.pk)
    assert (view.question, view.disclosed, view.why) == ("", (), "")
    assert Notice.objects.filter(staff=world.partner).count() == 2


@pytest.mark.parametrize("end", ["answer", "decline", "withdraw"])
def test_it_ends_once(world, end):
    case = a_case(world)
    row = a_request(case, world)
    acts = {
        "answer": lambda: answer(row, world.partner),
        "decline": lambda: services.decline_request(row.pk, because="Nothing here.", by=world.partner),
        "withdraw": lambda: services.withdraw_request(case, row.pk, because="Moot.", by=world.officer),
    }
    acts[end]()
    for act in acts.values():
        with pytest.raises(NotPossible):
            act()


def test_nobody_else_knows_of_it(world):
    case, other = a_case(world), a_case(world)
    row = a_request(case, world)
    share(case, world, agency=world.clinic)
    for by in (world.outsider, world.officer, world.supervisor, world.stranger):
        with pytest.raises(NotFound):
            answer(row, by)
        with pytest.raises(NotFound):
            selectors.request_for(by, row.pk)
    assert selectors.requests_to(world.outsider) == []
    with pytest.raises(NotAllowed):
        selectors.requests_of_case(world.outsider, case.pk, purpose="test")
    with pytest.raises(NotFound):
        selectors.requests_of_case(world.stranger, case.pk, purpose="test")
    with pytest.raises(NotFound):
        services.withdraw_request(other, row.pk, because="x", by=world.officer)
    trainee = a_person("Tina Trainee", world.school)
    with pytest.raises(NotAllowed):
        answer(row, trainee)


@pytest.mark.parametrize("kind", [SubjectKind.CASE, SubjectKind.REFERRAL])
def test_a_conflict_of_interest_hides_it(world, kind):
    case = a_case(world)
    row = a_request(case, world)
    Recusal.objects.create(
        staff=world.partner,
        subject_kind=kind,
        subject_id=case.pk if kind == SubjectKind.CASE else case.referrals.get().referral_id,
        reason="A cousin",
        recorded_by=world.supervisor,
    )
    assert selectors.requests_to(world.partner) == []
    assert selectors.requests_waiting_for(world.partner) == 0
    with pytest.raises(NotFound):
        selectors.request_for(world.partner, row.pk)


def test_only_who_works_on_the_case_asks_and_only_while_it_is_open(world):
    case = a_case(world)
    for by in (world.partner, world.outsider, world.stranger, world.triage):
        with pytest.raises((NotFound, NotAllowed)):
            a_request(case, world, by=by)
    type(case).objects.filter(pk=case.pk).update(state="closed", closed_at=START, closure_reason="x")
    with pytest.raises(NotPossible):
        a_request(case, world)


def test_who_holds_the_role_at_that_agency_is_told(world):
    a_person("Pam Second", world.school, Role.PARTNER)
    a_person("Ned Norole", world.school)
    a_request(a_case(world), world)
    assert set(Notice.objects.values_list("staff__name", flat=True)) == {"Pia School", "Pam Second"}


def test_the_case_may_be_shared_beside(world):
    case = a_case(world)
    a_request(case, world)
    share(case, world, Section.CONCERN)
    assert relation_to(world.partner, kind=SubjectKind.CASE, subject_id=case.pk).standing is Standing.GRANTED
