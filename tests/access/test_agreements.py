"""Agreements: proposed, approved by a second person, ended; what they cover; and what is shared without one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import cast
from tests.desk.partners.making import BECAUSE, some_terms

from counterpoint.access import agreements, policies, relations, services
from counterpoint.access.errors import Lacking, NotCovered
from counterpoint.access.models import Notice, SharingAgreement, SharingGrant
from counterpoint.access.relations import Standing
from counterpoint.access.selectors import granted_relation
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, ids
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    people = cast.a_cast()
    SharingAgreement.objects.all().delete()
    return people


@pytest.fixture
def case(people, monkeypatch):
    """A case as the folder above would tell of it: the officers' and supervisors' of the council."""
    case_id = ids.new_id()

    def told(viewer, subject_id):
        if subject_id == case_id and viewer.agency_id == people.council.pk:
            return relations.LEAD_AGENCY
        return relations.NONE

    finders = {kind: list(found) for kind, found in relations._finders.items()}
    finders[SubjectKind.CASE].append(told)
    monkeypatch.setattr(relations, "_finders", finders)
    return case_id


def in_force(people, *, partner=None, **changes):
    row = services.propose_agreement(
        some_terms(**changes), partner=partner or people.police, by=people[Role.SUPERVISOR]
    )
    return services.approve_agreement(row.pk, by=people.other_supervisor, expected_version=row.version)


def share(people, case, **changes):
    terms = {
        "agency": people.police,
        "sections": [Section.CONCERN],
        "purpose": "To plan support at school",
        "legal_basis": "Children Act 2004, section 10",
        "until": clock.now() + timedelta(days=30),
        "by": people[Role.CASE_OFFICER],
    }
    return services.grant_sharing(case, **(terms | changes))


def urgently(people, case, **changes):
    terms = {
        "agency": people.police,
        "sections": [Section.CONCERN],
        "purpose": "To keep her safe tonight",
        "legal_basis": "Vital interests",
        "because": BECAUSE,
        "until": clock.now() + timedelta(hours=24),
        "by": people[Role.CASE_OFFICER],
    }
    return services.share_urgently(case, **(terms | changes))


def actions():
    return list(AuditEntry.objects.order_by("number").values_list("action", flat=True))


# --- proposing, approving, ending


def test_a_second_supervisor_puts_it_in_force(people):
    lead, supervisor = people[Role.PROCESS_LEAD], people[Role.SUPERVISOR]
    row = services.propose_agreement(some_terms(), partner=people.police, by=lead)
    assert {notice.staff_id for notice in Notice.objects.all()} == {supervisor.pk, people.other_supervisor.pk}
    assert agreements.agreements_to_approve(supervisor) == 1
    assert agreements.agreements_to_share_by(people[Role.CASE_OFFICER]) == []
    services.approve_agreement(row.pk, by=supervisor, expected_version=1)
    (view,) = agreements.agreements_to_share_by(people[Role.CASE_OFFICER])
    assert (view.runs, view.approved_by, view.proposed_by) == (True, supervisor.name, lead.name)
    assert actions() == ["agreement.proposed", "agreement.approved"]
    with pytest.raises(NotPossible):
        services.approve_agreement(row.pk, by=people.other_supervisor, expected_version=row.version)


def test_a_double_click_proposes_once(people):
    first = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.SUPERVISOR])
    assert services.propose_agreement(some_terms(), partner=people.police, by=people[Role.SUPERVISOR]) == first
    assert actions() == ["agreement.proposed"]


def test_nobody_approves_their_own(people):
    row = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.SUPERVISOR])
    with pytest.raises(NotAllowed):
        services.approve_agreement(row.pk, by=people[Role.SUPERVISOR], expected_version=1)
    row.refresh_from_db()
    assert row.state == "draft"


def change(row, people, *, by, version=None, partner=None, **changes):
    return services.change_agreement(
        row.pk,
        some_terms(**changes),
        partner=partner or people.police,
        by=by,
        expected_version=row.version if version is None else version,
    )


def test_a_draft_is_changed_and_approved_as_it_was_saved_last(people):
    lead, supervisor, other = people[Role.PROCESS_LEAD], people[Role.SUPERVISOR], people.other_supervisor
    row = services.propose_agreement(some_terms(), partner=people.police, by=lead)
    Notice.objects.all().delete()
    for _ in range(2):  # a double click
        changed = change(row, people, by=supervisor, reference="ISA-2", partner=people.health)
    assert {notice.staff_id for notice in Notice.objects.all()} == {lead.pk, other.pk}
    assert (changed.version, changed.partner, changed.edited_by) == (2, people.health, supervisor)
    assert (agreements.agreements_to_approve(supervisor), agreements.agreements_to_approve(other)) == (0, 1)
    with pytest.raises(NotAllowed, match="changed it last"):
        services.approve_agreement(row.pk, by=supervisor, expected_version=2)
    with pytest.raises(Conflict, match="Read them again") as conflict:
        services.approve_agreement(row.pk, by=other, expected_version=1)
    assert "version" not in conflict.value.theirs  # nobody may approve over it what they have not read
    view = agreements.agreement_for(other, row.pk)
    assert (view.reference, view.partner, view.edited_by) == ("ISA-2", people.health.name, supervisor.name)
    services.approve_agreement(row.pk, by=other, expected_version=view.version)
    assert actions() == ["agreement.proposed", "agreement.changed", "agreement.approved"]
    with pytest.raises(NotPossible, match="does not wait"):
        change(row, people, by=lead, version=3)


def test_two_people_change_a_draft(people):
    row = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.PROCESS_LEAD])
    change(row, people, by=people[Role.SUPERVISOR], reference="HERS")
    with pytest.raises(Conflict) as conflict:
        change(row, people, by=people.other_supervisor, version=1, reference="HIS")
    assert (conflict.value.theirs["reference"], conflict.value.theirs["version"]) == ("HERS", 2)
    change(row, people, by=people.other_supervisor, version=2, reference="HIS")
    services.approve_agreement(
        row.pk, by=people[Role.SUPERVISOR], expected_version=3
    )  # an earlier change, not the last


def test_a_change_must_fit_as_a_proposal_must(people):
    row = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.PROCESS_LEAD])
    with pytest.raises(Lacking):
        change(row, people, by=people[Role.SUPERVISOR], sections=(), reference="")
    row.refresh_from_db()
    assert (row.version, row.edited_by) == (1, None)


def test_the_database_keeps_the_editor_from_approving(people):
    row = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.PROCESS_LEAD])
    change(row, people, by=people[Role.SUPERVISOR], reference="HERS")
    approved = {"state": "in_force", "approved_at": clock.now()}
    rows = SharingAgreement.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(approved_by=people[Role.SUPERVISOR], **approved)
    assert rows.update(approved_by=people.other_supervisor, **approved) == 1


@pytest.mark.parametrize("role", list(Role))
def test_who_proposes_and_who_approves(people, role):
    proposed = services.propose_agreement(some_terms(), partner=people.health, by=people.other_supervisor)
    changed = services.propose_agreement(some_terms(reference="A"), partner=people.health, by=people.other_supervisor)
    acts = {
        "propose": (
            {Role.SUPERVISOR, Role.PROCESS_LEAD},
            lambda by: services.propose_agreement(some_terms(), partner=people.police, by=by),
        ),
        "change": (
            {Role.SUPERVISOR, Role.PROCESS_LEAD},
            lambda by: services.change_agreement(
                changed.pk, some_terms(reference="B"), partner=people.health, by=by, expected_version=1
            ),
        ),
        "approve": (
            {Role.SUPERVISOR},
            lambda by: services.approve_agreement(proposed.pk, by=by, expected_version=1),
        ),
        "end": (
            {Role.SUPERVISOR, Role.PROCESS_LEAD},
            lambda by: services.end_agreement(proposed.pk, because="Over", by=by),
        ),
    }
    for allowed, act in acts.values():
        if role in allowed:
            act(people[role])
        else:
            with pytest.raises(NotAllowed):
                act(people[role])


def test_another_lead_agency_has_agreements_of_its_own(people):
    other = cast.an_agency("Southmoor Council", kind="local_authority", is_lead=True)
    stranger = cast.a_person("Sam Elsewhere", other, [Role.SUPERVISOR])
    row = services.propose_agreement(some_terms(), partner=people.police, by=people[Role.SUPERVISOR])
    for act in (
        lambda row_id, by: services.approve_agreement(row_id, by=by, expected_version=1),
        lambda row_id, by: services.change_agreement(
            row_id, some_terms(), partner=people.police, by=by, expected_version=1
        ),
        lambda row_id, by: services.end_agreement(row_id, because="x", by=by),
    ):
        with pytest.raises(NotFound):
            act(row.pk, by=stranger)
    assert agreements.agreements_visible_to(stranger) == []
    with pytest.raises(NotFound):
        agreements.agreement_for(stranger, row.pk)


def test_a_partner_reads_what_it_signed_and_no_draft(people):
    services.propose_agreement(some_terms(reference="DRAFT"), partner=people.police, by=people[Role.SUPERVISOR])
    in_force(people, partner=people.health)
    in_force(people, reference="OURS")
    assert [row.reference for row in agreements.agreements_visible_to(people[Role.PARTNER])] == ["OURS"]


WRONG_TERMS = [
    ({"reference": " "}, "reference"),
    ({"sections": ()}, "sections"),
    ({"purposes": (" ",)}, "purposes"),
    ({"purposes": ("x" * 301,)}, "purposes"),
    ({"purposes": tuple(str(number) for number in range(31))}, "purposes"),
    ({"legal_bases": ()}, "legal_bases"),
    ({"legal_bases": ("x" * 201,)}, "legal_bases"),
    ({"valid_until": policies.today() - timedelta(days=1)}, "valid_until"),
    ({"valid_until": policies.today() + timedelta(days=6 * 366)}, "valid_until"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG_TERMS)
def test_terms_that_do_not_fit(people, changes, field):
    with pytest.raises(Lacking) as refused:
        services.propose_agreement(some_terms(**changes), partner=people.police, by=people[Role.SUPERVISOR])
    assert [lack.field for lack in refused.value.lacks] == [field]
    assert actions() == []


def test_all_that_is_wrong_is_said_at_once(people):
    terms = some_terms(reference="", sections=(), purposes=(), legal_bases=())
    with pytest.raises(Lacking) as refused:
        services.propose_agreement(terms, partner=people.council, by=people[Role.SUPERVISOR])
    fields = ["partner", "reference", "sections", "purposes", "legal_bases"]
    assert [lack.field for lack in refused.value.lacks] == fields


# --- what is covered


def test_what_is_shared_keeps_the_agreements_words(people, case):
    row = in_force(people)
    by_id = share(people, case, purpose="purpose_2", legal_basis="basis_1")
    assert (by_id.purpose, by_id.legal_basis) == ("To do its part of the plan", "Children Act 2004, section 10")
    assert by_id.agreement == row
    assert share(people, case).purpose == "To plan support at school"


NOT_COVERED = [
    ({"sections": [Section.CONCERN, Section.PERSON, Section.FILES]}, {"sections"}, "“Who the person is”, “Files”"),
    ({"purpose": "To pass it on"}, {"purpose"}, "does not cover this purpose"),
    ({"legal_basis": "Because"}, {"legal_basis"}, "does not name this legal basis"),
    ({"until": clock.now() + timedelta(days=366)}, {"until"}, "Share until then at the latest"),
    ({"purpose": "x", "legal_basis": "y"}, {"purpose", "legal_basis"}, "does not cover this purpose"),
]


@pytest.mark.parametrize(("changes", "fields", "words"), NOT_COVERED)
def test_what_no_agreement_covers_is_refused_and_the_message_says_what(people, case, changes, fields, words):
    in_force(people, valid_until=policies.today() + timedelta(days=100))
    with pytest.raises(NotCovered) as refused:
        share(people, case, **changes)
    *lacks, what_to_do = refused.value.lacks
    assert {lack.field for lack in lacks} == fields
    assert words in str(refused.value)
    assert "ISA-2026-04" in str(refused.value)
    assert "approved under Agreements" in what_to_do.text
    assert not SharingGrant.objects.exists()


def test_only_an_agreement_in_force_today_covers(people, case):
    refusals = []
    for prepare in (
        lambda: None,
        lambda: services.propose_agreement(some_terms(), partner=people.police, by=people[Role.SUPERVISOR]),
        lambda: in_force(people, partner=people.health),
        lambda: in_force(people, valid_from=policies.today() + timedelta(days=1)),
        lambda: services.end_agreement(in_force(people).pk, because="Signed anew", by=people[Role.SUPERVISOR]),
    ):
        prepare()
        with pytest.raises(NotCovered) as refused:
            share(people, case)
        refusals.append(str(refused.value))
    assert all("No sharing agreement with Northmoor Police is in force." in words for words in refusals)
    row = in_force(people)
    share(people, case)
    with clock.moved_to(clock.now() + timedelta(days=367)), pytest.raises(NotCovered):
        share(people, case)
    assert row.grants.count() == 1


def test_two_agreements_do_not_add_up(people, case):
    in_force(people, sections=(Section.CONCERN,))
    in_force(people, sections=(Section.PERSON,), reference="ISA-2")
    with pytest.raises(NotCovered):
        share(people, case, sections=[Section.CONCERN, Section.PERSON])
    assert share(people, case, sections=[Section.PERSON]).agreement.reference == "ISA-2"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    covered=st.sets(st.sampled_from(list(Section)), min_size=1),
    wanted=st.sets(st.sampled_from(list(Section)), min_size=1),
)
def test_a_share_passes_exactly_when_its_parts_lie_within_the_agreement(people, case, covered, wanted):
    SharingGrant.objects.all().delete()
    SharingAgreement.objects.all().delete()
    in_force(people, sections=tuple(covered))
    try:
        grant = share(people, case, sections=sorted(wanted))
    except NotCovered:
        assert not wanted <= covered
    else:
        assert wanted <= covered
        assert set(grant.sections) == {section.value for section in wanted}


def test_ending_an_agreement_ends_what_runs_under_it(people, case):
    row = in_force(people)
    over = share(people, case, until=clock.now() + timedelta(hours=1))
    kept = share(people, case, sections=[Section.ACTIONS])
    with clock.moved_to(clock.now() + timedelta(hours=2)):
        ended = services.end_agreement(row.pk, because="It was terminated.", by=people[Role.SUPERVISOR])
    assert [grant.pk for grant in ended] == [kept.pk]
    over.refresh_from_db()
    assert over.revoked_at is None
    kept.refresh_from_db()
    assert "ISA-2026-04" in kept.revoked_because
    assert actions()[-2:] == ["case.sharing_ended", "agreement.ended"]
    with pytest.raises(NotPossible):
        services.end_agreement(row.pk, because="again", by=people[Role.SUPERVISOR])


# --- what cannot wait


def test_shared_at_once_told_reviewed_and_over_by_itself(people, case):
    grant = urgently(people, case)
    assert urgently(people, case, until=clock.now() + timedelta(hours=25)) == grant  # a double click
    told = {notice.staff_id: notice.text for notice in Notice.objects.all()}
    assert set(told) == {people[Role.PARTNER].pk, people[Role.SUPERVISOR].pk, people.other_supervisor.pk}
    (row,) = agreements.urgent_shares(people[Role.SUPERVISOR], reviewed=False)
    assert row.grant.urgent_because == BECAUSE
    services.review_urgent_sharing(
        grant.pk, found_proper=True, note="Nobody could sign that night.", by=people[Role.SUPERVISOR]
    )
    assert agreements.urgent_shares(people[Role.SUPERVISOR], reviewed=False) == []
    assert actions() == ["case.shared_urgently", "case.sharing_reviewed"]
    assert granted_relation(people[Role.PARTNER], case).standing is Standing.GRANTED
    with clock.moved_to(clock.now() + timedelta(hours=25)):
        assert granted_relation(people[Role.PARTNER], case).standing is Standing.NONE


def test_found_not_proper_it_ends_now(people, case):
    grant = urgently(people, case)
    note = "It could have waited for the morning."
    grant = services.review_urgent_sharing(grant.pk, found_proper=False, note=note, by=people[Role.SUPERVISOR])
    assert grant.revoked_at is not None
    with pytest.raises(NotPossible):
        services.review_urgent_sharing(grant.pk, found_proper=True, note=note, by=people.other_supervisor)


@pytest.mark.parametrize(
    "changes",
    [
        {"until": clock.now() + timedelta(hours=80)},
        {"until": clock.now() - timedelta(hours=1)},
        {"because": "Now!"},
        {"purpose": " "},
        {"legal_basis": ""},
        {"sections": []},
    ],
)
def test_urgent_sharing_has_its_limits(people, case, changes):
    with pytest.raises(NotPossible):
        urgently(people, case, **changes)
    assert not SharingGrant.objects.exists()


def test_who_reviews(people, case):
    by_supervisor = urgently(people, case, by=people[Role.SUPERVISOR])
    note = "Nobody could sign that night."
    for role in Role:
        with pytest.raises((NotAllowed, NotFound)):
            services.review_urgent_sharing(by_supervisor.pk, found_proper=True, note=note, by=people[role])
    other = cast.an_agency("Southmoor Council", kind="local_authority", is_lead=True)
    stranger = cast.a_person("Sam Elsewhere", other, [Role.SUPERVISOR])
    with pytest.raises(NotFound):
        services.review_urgent_sharing(by_supervisor.pk, found_proper=True, note=note, by=stranger)
    services.record_recusal(
        people.other_supervisor,
        kind=SubjectKind.CASE,
        subject_id=case,
        reason="A cousin",
        by=people.other_supervisor,
    )
    assert agreements.urgent_shares(people.other_supervisor, reviewed=False) == []
    with pytest.raises(NotFound):
        services.review_urgent_sharing(by_supervisor.pk, found_proper=True, note=note, by=people.other_supervisor)
