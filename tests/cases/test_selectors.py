"""What may be read of a case, by whom; lists open nothing; every read is audited; nothing asks the database per row."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.making import PERSON, START, WORRY, a_case, a_referral, an_action, share, walk_to

from counterpoint.access.models import BreakGlass, Recusal
from counterpoint.access.types import Section, SubjectKind
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.cases import selectors, services
from counterpoint.cases.models import Case
from counterpoint.cases.selectors import listing
from counterpoint.cases.types import CaseFilters, CaseState, EventKind

pytestmark = pytest.mark.django_db
ALL = CaseFilters(state=None)


def ids_of(viewer, filters=ALL):
    return {row.id for row in selectors.cases_visible_to(viewer, filters=filters).rows}


def close(case, world):
    walk_to(case, "", world)
    return services.close_case(case, reason_id="concerns_reduced", by=world.officer, expected_version=case.version)


def test_who_finds_which_cases_in_the_list(world):
    mine, others = a_case(world), a_case(world)
    services.hand_over(others, lead_officer=world.stranger, by=world.supervisor, expected_version=others.version)
    services.add_member(mine, staff=world.colleague, by=world.officer)
    share(mine, world)
    both = {mine.pk, others.pk}
    expected = {
        "officer": {mine.pk},
        "colleague": {mine.pk},
        "stranger": {others.pk},
        "supervisor": both,
        "triage": set(),
        "partner": {mine.pk},
        "outsider": set(),
    }
    assert {who: ids_of(getattr(world, who)) for who in expected} == expected
    with clock.moved_to(START + timedelta(days=40)):
        assert ids_of(world.partner) == set()


@pytest.mark.parametrize("kind", [SubjectKind.CASE, SubjectKind.REFERRAL])
def test_the_recused_find_nothing(world, kind):
    case = a_case(world)
    subject = case.pk if kind == SubjectKind.CASE else case.referrals.get().referral_id
    for staff in (world.supervisor, world.officer):
        Recusal.objects.create(
            staff=staff, subject_kind=kind, subject_id=subject, reason="x", recorded_by=world.supervisor
        )
        assert ids_of(staff) == set()


def test_filters(world):
    late, closed = a_case(world), close(a_case(world), world)
    other = a_case(world)
    Case.objects.filter(pk=late.pk).update(due_at=START - timedelta(days=1))
    services.hand_over(other, lead_officer=world.stranger, by=world.supervisor, expected_version=other.version)
    share(late, world)
    viewer = world.supervisor
    assert ids_of(viewer, CaseFilters()) == {late.pk, other.pk}
    assert ids_of(viewer, CaseFilters(state=CaseState.CLOSED)) == {closed.pk}
    assert ids_of(viewer, ALL) == {late.pk, other.pk, closed.pk}
    assert ids_of(viewer, CaseFilters(late=True)) == {late.pk}
    assert ids_of(viewer, CaseFilters(mine=True)) == set()
    assert ids_of(world.officer, CaseFilters(mine=True)) == {late.pk}
    assert ids_of(viewer, CaseFilters(agency_id=world.school.pk)) == {late.pk}
    assert ids_of(viewer, CaseFilters(agency_id=world.clinic.pk)) == set()
    assert ids_of(viewer, CaseFilters(agency_id=world.lead.pk)) == {late.pk, other.pk}


def test_a_partner_learns_nothing_by_filters_or_columns(world):
    case = a_case(world)
    share(case, world)
    share(case, world, agency=world.clinic)
    Case.objects.filter(pk=case.pk).update(due_at=START - timedelta(days=1))
    for filters in (CaseFilters(late=True), CaseFilters(agency_id=world.clinic.pk), CaseFilters(agency_id=uuid4())):
        (row,) = selectors.cases_visible_to(world.partner, filters=filters).rows
        assert (row.next_step, row.due_at, row.is_late) == ("", None, False)


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.CLOSED, None])
def test_pages_hold_every_case_once(world, state, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_ROWS", 3)
    cases = [a_case(world) for _ in range(8)]
    if state is CaseState.CLOSED:
        cases = [close(case, world) for case in cases]
    for place, case in enumerate(cases[:5]):  # three are equal in every moment
        moment = START + timedelta(hours=place)
        changes = {"closed_at": moment} if state is CaseState.CLOSED else {}
        Case.objects.filter(pk=case.pk).update(due_at=moment, opened_at=moment, **changes)
    found, after = [], ""
    for _ in range(10):
        page = selectors.cases_visible_to(world.supervisor, filters=CaseFilters(state=state), after=after)
        found += page.rows
        after = page.after
        if not after:
            break
    assert sorted(row.id for row in found) == sorted(case.pk for case in cases)
    column = {CaseState.OPEN: "due_at", CaseState.CLOSED: "closed_at", None: "opened_at"}[state]
    moments = [getattr(row, column) for row in found]
    assert moments == sorted(moments, reverse=state is not CaseState.OPEN)


@pytest.mark.parametrize("cursor", ["x", "%%%", "é", "MjAyNg", "a" * 500])
def test_a_forged_cursor_begins_anew(world, cursor):
    case = a_case(world)
    page = selectors.cases_visible_to(world.supervisor, after=cursor)
    assert [row.id for row in page.rows] == [case.pk]


def test_a_list_opens_nothing_and_asks_the_same_number_of_questions_for_any_length(world, monkeypatch):
    def no_opening(*_args, **_kwargs):
        raise AssertionError("a list decrypted something")

    a_case(world)
    selectors.cases_visible_to(world.supervisor)
    with CaptureQueriesContext(
        connection,
    ) as few:
        selectors.cases_visible_to(world.supervisor)
    for _ in range(5):
        a_case(world)
    monkeypatch.setattr(keyring, "unseal_record", no_opening)
    monkeypatch.setattr(keyring, "unseal_many", no_opening)
    with CaptureQueriesContext(connection) as many:
        assert len(selectors.cases_visible_to(world.supervisor).rows) == 6
    assert len(many) == len(few)


def test_what_waits_is_counted(world):
    first = a_case(world)
    a_case(world)
    Case.objects.filter(pk=first.pk).update(due_at=START - timedelta(days=1))
    assert selectors.waiting_cases(world.officer) == (2, 1)
    assert selectors.waiting_cases(world.stranger) == (0, 0)


def test_cases_that_wait_for_agreement_are_found_by_who_may_agree(world):
    case = walk_to(a_case(world), "agree_closure", world)
    a_case(world)
    assert ids_of(world.supervisor, CaseFilters(to_agree=True)) == {case.pk}
    assert selectors.cases_to_agree(world.supervisor) == 1
    services.hand_over(case, lead_officer=world.supervisor, by=world.supervisor, expected_version=case.version)
    assert selectors.cases_to_agree(world.supervisor) == 0
    assert selectors.cases_to_agree(world.second_supervisor) == 1


# --- one case

PARTS = {
    "overview": lambda viewer, case: selectors.case_for(viewer, case.pk, purpose="test"),
    "concern": lambda viewer, case: selectors.concern_for(viewer, case.pk, purpose="test"),
    "reporter": lambda viewer, case: selectors.reporter_for(viewer, case.pk, purpose="test"),
    "notes": lambda viewer, case: selectors.notes_for(viewer, case.pk, purpose="test"),
    "people": lambda viewer, case: selectors.people_for(viewer, case.pk, purpose="test"),
    "ending": lambda viewer, case: selectors.ending_for(viewer, case.pk, purpose="test"),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_audited_and_hidden_from_others(world, part):
    case = a_case(world)
    PARTS[part](world.officer, case)
    entry = AuditEntry.objects.get(action="case.read")
    assert (entry.actor_id, entry.subject_id, entry.purpose) == (str(world.officer.pk), case.pk, "test")
    assert entry.detail["part"] == part
    for viewer in (world.stranger, world.triage, world.outsider, world.partner):
        with pytest.raises(NotFound) as hidden:
            PARTS[part](viewer, case)
        with pytest.raises(NotFound) as unknown:
            PARTS[part](viewer, Case(pk=uuid4()))
        assert str(hidden.value) == str(unknown.value)
    assert AuditEntry.objects.filter(action="case.read").count() == 1


def filled_case(world):
    case = a_case(world)
    services.add_member(case, staff=world.colleague, by=world.officer)
    services.add_note(case, visibility="internal", text="INTERNAL NOTE", by=world.officer)
    services.add_note(case, visibility="restricted", text="RESTRICTED NOTE", by=world.officer)
    services.add_note(case, visibility="restricted", text="RESTRICTED BY CARA", by=world.colleague)
    services.write_to_reporter(case, text="MESSAGE OUT", by=world.officer)
    services.add_action(case, an_action(world, title="ACTION OF OMAR"), by=world.officer)
    return case


def all_text(viewer, case):
    """Everything that any selector hands out of the case, as one text."""
    found = []
    for read in PARTS.values():
        try:
            found.append(repr(read(viewer, case)))
        except NotAllowed:
            continue
    return " ".join(found)


SECRETS = {
    Section.CONCERN: WORRY,
    Section.PERSON: PERSON,
    Section.REPORTER: "Rhona Reporter",
    Section.ACTIONS: "ACTION OF OMAR",
    Section.NOTES: "INTERNAL NOTE",
    Section.RESTRICTED_NOTES: "RESTRICTED NOTE",
}


@pytest.mark.parametrize("sections", [{section} for section in SECRETS] + [set(SECRETS), {Section.FILES}])
def test_a_partner_reads_the_granted_sections_and_nothing_else(world, sections):
    case = filled_case(world)
    share(case, world, *sections)
    text = all_text(world.partner, case)
    seen = {section for section, secret in SECRETS.items() if secret in text}
    assert seen == sections & set(SECRETS)
    assert ("MESSAGE OUT" in text) == (Section.REPORTER in sections)
    assert world.colleague.name not in text or Section.RESTRICTED_NOTES in sections


def test_a_partner_sees_its_own_actions_in_any_case(world):
    case = filled_case(world)
    share(case, world, Section.CONCERN)
    share(case, world, Section.CONCERN, agency=world.clinic)
    own = replace(an_action(world, title="ACTION OF THE SCHOOL"), owner_id=None, owner_agency_id=world.school.pk)
    services.add_action(case, own, by=world.officer)
    view = selectors.case_for(world.partner, case.pk, purpose="test")
    assert [action.title for action in view.actions] == ["ACTION OF THE SCHOOL"]
    assert view.actions[0].may_end
    assert (view.progress, view.timeline, view.shows_all_actions) == (None, None, False)
    assert [action.title for action in selectors.case_for(world.outsider, case.pk, purpose="test").actions] == []


def test_a_partner_sees_its_own_grants_only(world):
    case = a_case(world)
    share(case, world)
    share(case, world, agency=world.clinic)
    view = selectors.people_for(world.partner, case.pk, purpose="test")
    assert [grant.agency for grant in view.grants] == [world.school.name]
    assert view.members == ()


RESTRICTED = [
    ("officer", {"RESTRICTED NOTE", "RESTRICTED BY CARA"}),
    ("supervisor", {"RESTRICTED NOTE", "RESTRICTED BY CARA"}),
    ("colleague", {"RESTRICTED BY CARA"}),
]


@pytest.mark.parametrize(("who", "expected"), RESTRICTED)
def test_restricted_notes_are_for_lead_supervisor_and_author(world, who, expected):
    view = selectors.notes_for(getattr(world, who), filled_case(world).pk, purpose="test")
    assert {note.text for note in view.restricted} == expected
    assert [note.text for note in view.internal] == ["INTERNAL NOTE"]


def test_whoever_broke_the_glass_reads_all_but_restricted_notes_and_changes_nothing(world):
    case = filled_case(world)
    BreakGlass.objects.create(
        staff=world.stranger,
        subject_kind=SubjectKind.CASE,
        subject_id=case.pk,
        reason="Danger tonight.",
        until=START + timedelta(hours=1),
    )
    text = all_text(world.stranger, case)
    assert WORRY in text
    assert "RESTRICTED NOTE" not in text
    assert "RESTRICTED BY" not in text
    heading = selectors.heading_for(world.stranger, case.pk)
    assert (heading.may_work, heading.may_lead) == (False, False)
    with pytest.raises(NotAllowed):
        services.add_note(case, visibility="internal", text="x", by=world.stranger)


def test_the_concern_page_does_not_hold_who_reported(world):
    case = filled_case(world)
    assert "Rhona" not in repr(PARTS["concern"](world.officer, case))
    _, (part,) = PARTS["reporter"](world.officer, case)
    assert [line.lines for line in part.answers] == [("Rhona Reporter",)]


def test_the_timeline_tells_names_newest_first_and_can_be_narrowed(world):
    case = filled_case(world)
    events = selectors.case_for(world.officer, case.pk, purpose="test").timeline.events
    assert events[0].kind == EventKind.ACTION_ADDED
    assert events[-1].kind == EventKind.OPENED
    added = next(event for event in events if event.kind == EventKind.MEMBER_ADDED)
    assert added.facts == {"staff": "Cara Member"}
    view = selectors.case_for(world.officer, case.pk, purpose="test", kinds=frozenset({EventKind.NOTE_ADDED}))
    assert len(view.timeline.events) == 3


def test_the_timeline_goes_on_page_by_page(world):
    case = a_case(world)
    for number in range(45):
        services.add_note(case, visibility="internal", text=f"note {number}", by=world.officer)
    seen, after = [], ""
    for _ in range(4):
        timeline = selectors.case_for(world.officer, case.pk, purpose="test", after=after).timeline
        seen += [event.id for event in timeline.events]
        after = timeline.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 46


@pytest.mark.parametrize("part", PARTS)
def test_a_longer_case_asks_the_database_no_more_often(world, part):
    case = a_case(world)

    def grow(times):
        for _ in range(times):
            row = services.add_action(case, an_action(world), by=world.officer)
            services.drop_action(row, why="x", by=world.officer, expected_version=row.version)
            services.add_note(case, visibility="internal", text="x", by=world.officer)
            services.add_member(case, staff=world.colleague, by=world.officer)
            services.remove_member(case, staff=world.colleague, by=world.officer)
            services.write_to_reporter(case, text="x", by=world.officer)

    grow(1)
    PARTS[part](world.officer, case)
    with CaptureQueriesContext(connection) as few:
        PARTS[part](world.officer, case)
    grow(3)
    with CaptureQueriesContext(connection) as many:
        PARTS[part](world.officer, case)
    assert len(many) == len(few)


def test_a_case_whose_key_was_destroyed_still_opens_empty(world):
    case = filled_case(world)
    walk_to(case, "assess", world)
    keyring.destroy_record_key(case.key_id)
    view = selectors.case_for(world.officer, case.pk, purpose="test")
    assert {action.title for action in view.actions} == {""}
    assert {note.text for note in selectors.notes_for(world.officer, case.pk, purpose="test").internal} == {""}
    assert selectors.ending_for(world.officer, case.pk, purpose="test").runs[0].steps


def test_which_case_works_a_referral_is_told_to_who_may_know(world):
    referral = a_referral(world)
    assert selectors.case_of_referral(world.officer, referral.pk) is None
    case = a_case(world, referral=referral)
    assert selectors.case_of_referral(world.officer, referral.pk) == case.pk
    assert selectors.case_of_referral(world.triage, referral.pk) is None
