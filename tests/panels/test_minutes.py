"""Minutes: drafted from what was recorded, edited, approved, superseded; erased with each case."""

import pytest
from tests.panels.making import (
    IN_THE_MEETING,
    REASON,
    WORDS,
    a_decided_meeting,
    a_due_case,
    a_meeting,
    an_item,
    fresh,
    send,
)
from tests.panels.test_visibility import docx_text, told

from counterpoint.access.services import record_recusal
from counterpoint.access.types import SubjectKind
from counterpoint.base import clock, keyring
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.panels import selectors, services
from counterpoint.panels.models import Minutes, MinutesItem
from counterpoint.panels.records import ItemRecord, record_of
from counterpoint.panels.types import MinutesState

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(table, world):
    """Two cases, given to all, decided; the clinic disagreed on both."""
    everybody = [table.police_agency, world.school, world.clinic]
    with clock.moved_to(clock.now()):
        meeting, items = a_decided_meeting(table, {a_due_case(world, "hold_panel"): everybody for _ in range(2)})
    with clock.moved_to(IN_THE_MEETING):
        yield meeting, items


def read(viewer, meeting, number=1):
    return selectors.minutes_for(viewer, meeting.pk, number, purpose="tests")


def approved(table, meeting):
    minutes = services.draft_minutes(meeting, by=table.chair)
    return services.approve_minutes(minutes, by=table.chair, expected_version=fresh(minutes).version)


def test_a_draft_says_what_was_recorded(table, held):
    meeting, _items = held
    services.draft_minutes(meeting, by=table.chair)
    view = read(table.chair, meeting)
    assert len(view.lines) == 2
    decision = view.lines[0].record.decisions[0]
    assert decision.decided == "Adopt the case"
    assert decision.how == "By majority"
    assert decision.dissent == f"Northmoor Clinic: {WORDS} Northmoor Clinic"
    assert {said.agency: said.view for said in decision.positions}["Northmoor Clinic"] == "Disagrees"
    assert all(line.attending == "Present" for line in view.seats)
    assert REASON in docx_text(view)


def test_a_draft_is_one_and_not_for_members(table, held):
    meeting, _ = held
    first = services.draft_minutes(meeting, by=table.chair)
    assert services.draft_minutes(meeting, by=table.vice) == first
    assert Minutes.objects.count() == 1
    with pytest.raises(NotFound):
        read(table.police, meeting)
    assert selectors.meeting_for(table.police, meeting.pk).minutes == ()
    with pytest.raises(NotFound):
        services.draft_minutes(meeting, by=table.police)


def test_there_are_no_minutes_of_a_meeting_that_was_not_held(table):
    meeting = send(table, a_meeting(table))
    with pytest.raises(NotPossible, match="held"):
        services.draft_minutes(meeting, by=table.chair)


def test_two_who_edit_at_once(table, held):
    meeting, _ = held
    minutes = services.draft_minutes(meeting, by=table.chair)
    services.edit_summary(minutes, text="All came.", by=table.chair, expected_version=minutes.version)
    with pytest.raises(Conflict) as conflict:
        services.edit_summary(minutes, text="Nobody came.", by=table.vice, expected_version=minutes.version)
    assert conflict.value.theirs["text"] == "All came."
    line = minutes.items.first()
    services.edit_item_text(line, text="One", by=table.chair, expected_version=line.version)
    with pytest.raises(Conflict) as conflict:
        services.edit_item_text(line, text="Two", by=table.vice, expected_version=line.version)
    assert conflict.value.theirs["text"] == "One"


def test_final_minutes_are_superseded_never_edited(table, held, world):
    meeting, _ = held
    first = approved(table, meeting)
    assert first.state == MinutesState.FINAL
    assert services.approve_minutes(first, by=table.chair, expected_version=1).approved_at == first.approved_at
    with pytest.raises(NotPossible, match="final"):
        services.edit_summary(first, text="Otherwise", by=table.chair, expected_version=first.version)
    line = first.items.first()
    with pytest.raises(NotPossible, match="final"):
        services.edit_item_text(line, text="Otherwise", by=table.chair, expected_version=line.version)
    second = services.draft_minutes(meeting, by=table.vice)
    services.edit_summary(second, text="Otherwise", by=table.vice, expected_version=second.version)
    assert not read(table.police, meeting).row.is_superseded
    services.approve_minutes(second, by=table.vice, expected_version=fresh(second).version)
    rows = selectors.meeting_for(table.police, meeting.pk).minutes
    assert [(row.number, row.is_superseded) for row in rows] == [(2, False), (1, True)]
    assert read(table.police, meeting, 1).summary == ""
    assert read(table.police, meeting, 2).summary == "Otherwise"


def test_only_who_chairs_approves(table, held, world):
    meeting, _ = held
    minutes = services.draft_minutes(meeting, by=world.officer)
    with pytest.raises(NotAllowed):
        services.approve_minutes(minutes, by=world.officer, expected_version=minutes.version)
    with pytest.raises(Conflict):
        services.approve_minutes(minutes, by=table.chair, expected_version=minutes.version + 1)


def test_final_minutes_read_as_they_were_approved(table, held):
    meeting, items = held
    approved(table, meeting)
    before = told(read(table.police, meeting).lines)
    items[0].positions.update(view="agree")
    type(table.clinic).objects.filter(pk=table.clinic.pk).update(name="Another Name")
    assert told(read(table.police, meeting).lines) == before
    assert "Otto Clinic" in told(read(table.police, meeting).seats)


def test_erasing_one_case_erases_it_from_the_minutes_and_leaves_the_other(table, held):
    meeting, items = held
    services.draft_minutes(meeting, by=table.chair)
    for line in MinutesItem.objects.select_related("item__case"):
        text = f"SAID-OF {line.item.case.reference}"
        services.edit_item_text(line, text=text, by=table.chair, expected_version=line.version)
    approved(table, meeting)
    gone, stays = items[0].case, items[1].case
    keyring.destroy_record_key(gone.key_id)
    view = read(table.police, meeting)
    text = told(view)
    assert f"SAID-OF {gone.reference}" not in text
    assert f"{REASON} {gone.reference}" not in text
    assert f"SAID-OF {stays.reference}" in text
    assert f"{REASON} {stays.reference}" in text
    assert [line.is_erased for line in view.lines] == [True, False]
    assert "was erased" in docx_text(view)
    assert record_of(items[0]).is_erased
    selectors.item_for(table.chair, meeting.pk, items[0].pk)  # the page still opens
    selectors.papers_for(table.police, meeting.pk)
    services.draft_minutes(meeting, by=table.chair)
    again = services.approve_minutes(
        Minutes.objects.get(number=2), by=table.chair, expected_version=Minutes.objects.get(number=2).version
    )
    assert f"{REASON} {stays.reference}" in told(read(table.police, meeting, again.number))


def test_a_record_is_kept_as_it_was(table, held):
    _, items = held
    found = record_of(items[0])
    assert ItemRecord.from_json(found.to_json()) == found
    assert found.decisions


def test_control_characters_do_not_break_the_file(table, held):
    meeting, _ = held
    minutes = services.draft_minutes(meeting, by=table.chair)
    services.edit_summary(minutes, text="A bell\x07 and\x00 a line\nbelow", by=table.chair, expected_version=1)
    assert "A bell and a line\nbelow" in docx_text(read(table.chair, meeting))


def test_who_stepped_aside_before_the_meeting_stands_in_the_minutes_of_that_case_only(table, world):
    everybody = [table.police_agency, world.school, world.clinic]
    meeting = a_meeting(table)
    first, second = (an_item(table, meeting, a_due_case(world, "hold_panel"), given=everybody) for _ in range(2))
    record_recusal(table.clinic, kind=SubjectKind.CASE, subject_id=first.case_id, reason="A patient", by=table.clinic)
    assert (record_of(first).aside, record_of(second).aside) == (("Otto Clinic",), ())
