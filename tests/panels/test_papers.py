"""The papers of one member: every section that their agency was given, and no word of any other; each read is told."""

from datetime import timedelta

import pytest
from tests.cases.making import START
from tests.panels.making import a_due_case, a_meeting, an_item, fresh, give, send
from tests.panels.test_positions import undone
from tests.panels.test_visibility import told
from tests.partners.making import a_request
from tests.support.making import INSTRUMENT, SECRET, an_intervention, assessed, full_ratings, move

from counterpoint.access.models import SharingGrant
from counterpoint.access.types import Section
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock, keyring
from counterpoint.base.errors import NotAllowed, NotFound
from counterpoint.panels import selectors
from counterpoint.panels.types import SEAT_SECTIONS
from counterpoint.partners import selectors as partners
from counterpoint.partners import services as asking
from counterpoint.partners.types import Provenance
from counterpoint.support import selectors as support
from counterpoint.support import services as supporting
from counterpoint.support.types import AssessmentDraft, InterventionState

pytestmark = pytest.mark.django_db

# What only this section tells.
TOLD = {
    Section.CONCERN: ("SUMMARY-FOR-THE-PANEL",),
    Section.SUPPORT: ("PLAN-IN-FORCE", "SUPPORT-OFFERED", "Northmoor Rovers"),
    Section.ASSESSMENTS: ("ASSESSED-LAST", "Feels a grievance", SECRET),
    Section.INFORMATION: ("QUESTION-ANSWERED", "ANSWER-OF-THE-CLINIC"),
}
NEVER = (
    "PLAN-BEFORE", "SUPPORT-NOT-ACCEPTED", "ASSESSED-FIRST", "ASSESSED-WRONGLY", "ASSESSMENT-DRAFT", "QUESTION-OPEN",
    "QUESTION-DECLINED",
)  # fmt: skip
LISTS = {
    "none of these": (Section.NOTES,),
    **{section.value: (section,) for section in TOLD},
    **{f"all but {section.value}": tuple(one for one in TOLD if one is not section) for section in TOLD},
    "all": tuple(TOLD),
}


@pytest.fixture
def item(table, world):
    """A case on an agenda with everything in it, given to nobody; the papers are sent."""
    meeting = a_meeting(table)
    case = a_due_case(world, "hold_panel")
    found = an_item(table, meeting, case)
    fill(case, world)
    send(table, meeting)
    return found


def fill(case, world):
    """A plan with support, assessments, and questions to the clinic, one of them answered."""
    _plan(case, world)
    _assess(case, world)
    _ask(case, world)


def _plan(case, world):
    for number, text in enumerate(("PLAN-BEFORE", "PLAN-IN-FORCE")):
        supporting.make_plan(case, text, by=world.officer, expected_number=number)
    an_intervention(case, world, title="SUPPORT-OFFERED")
    refused = an_intervention(case, world, title="SUPPORT-NOT-ACCEPTED")
    move(refused, InterventionState.NOT_ACCEPTED, world, why="Not now")


def _assess(case, world):
    """Three that were finished, one of them corrected by another, and a draft."""
    with clock.moved_to(START - timedelta(days=1)):
        assessed(case, world, summary="ASSESSED-FIRST")
    wrong = assessed(case, world, summary="ASSESSED-WRONGLY")
    draft = supporting.correct_assessment(wrong, by=world.officer)
    content = AssessmentDraft(full_ratings(grievance="seen"), "ASSESSED-LAST")
    supporting.finish_assessment(draft, content, by=world.officer, expected_version=draft.version)
    draft = supporting.begin_assessment(case, INSTRUMENT, by=world.officer)
    content = AssessmentDraft({}, "ASSESSMENT-DRAFT")
    supporting.save_draft(draft, content, by=world.officer, expected_version=draft.version)


def _ask(case, world):
    row = a_request(case, world, agency=world.clinic, question="QUESTION-ANSWERED")
    asking.answer_request(row.pk, text="ANSWER-OF-THE-CLINIC", provenance=Provenance.RECORDS, by=world.outsider)
    row = a_request(case, world, agency=world.clinic, question="QUESTION-DECLINED")
    asking.decline_request(row.pk, because="Nothing is known", by=world.outsider)
    a_request(case, world, agency=world.clinic, question="QUESTION-OPEN")


def pages_of(viewer, item):
    """What the document and the page of the item tell."""
    return {
        "papers": told(selectors.papers_for(viewer, item.meeting_id)),
        "item": told(selectors.item_for(viewer, item.meeting_id, item.pk)),
    }


def test_each_reads_the_sections_that_their_agency_was_given_and_no_word_of_any_other(table, item, world):
    wrong = {}
    for name, sections in LISTS.items():
        with undone():
            give(item.case, world.school, *sections, by=world.officer)
            pages = pages_of(table.school, item)
        wanted = {word for section in sections for word in TOLD.get(section, ())}
        for page, text in pages.items():
            found = {word for words in TOLD.values() for word in words if word in text}
            found |= {word for word in NEVER if word in text}
            if found != wanted:
                wrong[(name, page)] = found ^ wanted
    assert wrong == {}


def test_the_lead_agencys_own_see_all_by_their_seat(table, item):
    assert set(TOLD) <= set(SEAT_SECTIONS)
    for viewer in (table.chair, table.vice, table.housing):
        for page, text in pages_of(viewer, item).items():
            missing = [word for words in TOLD.values() for word in words if word not in text]
            assert missing == [], (viewer.name, page)
            assert [word for word in NEVER if word in text] == [], (viewer.name, page)


def test_a_grant_that_ends_ends_these_parts_too(table, item, world):
    give(item.case, world.school, Section.CONCERN, by=world.officer)
    further = give(item.case, world.school, Section.ASSESSMENTS, Section.SUPPORT, by=world.officer)
    assert "PLAN-IN-FORCE" in pages_of(table.school, item)["papers"]
    SharingGrant.objects.filter(pk=further.pk).update(revoked_at=clock.now())
    paper = selectors.papers_for(table.school, item.meeting_id).papers[0]
    assert (paper.plan, paper.assessments, paper.answers) == (None, None, None)
    assert paper.summary is not None


def test_each_part_that_is_shown_is_told_in_the_audit_with_purpose_and_reader(table, item, world):
    give(item.case, world.school, Section.ASSESSMENTS, Section.INFORMATION, by=world.officer)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    selectors.papers_for(table.school, item.meeting_id, purpose="panel")
    entries = AuditEntry.objects.exclude(pk__in=before)
    reads = {row.detail["part"]: row for row in entries.filter(action="case.read")}
    assert set(reads) == {"overview", "assessments", "information"}
    for part in ("assessments", "information"):
        row = reads[part]
        assert (row.actor_id, row.purpose, row.subject_id) == (str(table.school.pk), "panel", item.case_id)
        assert row.detail["sections"] == part
    whole = entries.get(action="panel_meeting.papers_read")
    assert whole.detail["recipient"] == str(table.school.pk)
    told_of_it = partners.disclosures_of_case(world.officer, item.case_id, purpose="x")
    parts = {line.part for one in told_of_it for line in one.reads if line.who == table.school.name}
    assert {"assessments", "information"} <= parts


def test_the_selectors_themselves_refuse_what_was_not_given(table, item, world):
    give(item.case, world.school, Section.CONCERN, by=world.officer)
    before = AuditEntry.objects.count()
    for read in (support.current_plan, support.latest_assessments, partners.answers_for):
        with pytest.raises(NotAllowed):
            read(table.school, item.case_id, purpose="x")
        for stranger in (table.clinic, world.stranger):
            with pytest.raises(NotFound):
                read(stranger, item.case_id, purpose="x")
    assert AuditEntry.objects.count() == before


def test_an_empty_case_says_so_and_an_erased_one_says_nothing(table, item, world):
    meeting = a_meeting(table, at=fresh(item.meeting).starts_at.replace(month=6))
    empty = an_item(table, meeting, a_due_case(world, "hold_panel"))
    give(empty.case, world.school, *TOLD, by=world.officer)
    send(table, meeting)
    paper = selectors.papers_for(table.school, meeting.pk).papers[0]
    assert (paper.plan.at, paper.plan.text, paper.plan.support) == (None, "", ())
    assert (paper.assessments, paper.answers) == ((), ())
    give(item.case, world.school, *TOLD, by=world.officer)
    keyring.destroy_record_key(item.case.key_id)
    for page, text in pages_of(table.school, item).items():
        words = {word for words in TOLD.values() for word in words} - {"Feels a grievance"}  # the pack's own
        left = [word for word in words if word in text]
        assert left == [], page
    paper = selectors.papers_for(table.school, item.meeting_id).papers[0]
    assert [one.is_erased for one in paper.assessments] == [True]
