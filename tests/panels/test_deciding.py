"""At the meeting: who must be there, what positions come to, dissent, double clicks, two editors, stepping aside."""

from uuid import uuid4

import pytest
from tests.cases.making import START
from tests.panels import making
from tests.panels.making import IN_THE_MEETING, WORDS, a_due_case, a_meeting, an_item, attend, decide, fresh, send, vote
from tests.support.making import an_intervention

from counterpoint.access.models import Recusal
from counterpoint.audit.models import AuditEntry
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotAllowed, NotFound, NotPossible
from counterpoint.cases import envelope
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import CaseEvent, StepRecord
from counterpoint.cases.types import ActionKind, ActionOutcome, EventKind, Impact, NewAction
from counterpoint.panels import selectors, services
from counterpoint.panels.models import PanelDecision, Position
from counterpoint.panels.types import ChairView, GivenPosition, SeatRole, View
from counterpoint.support import services as support
from counterpoint.support.models import SupportReview
from counterpoint.support.selectors import support_for
from counterpoint.support.types import ReviewFindings

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(table, world):
    """One case before the panel, in the meeting, with police and school given it, and everybody there."""
    meeting = a_meeting(table)
    case = a_due_case(world, "hold_panel")
    item = an_item(table, meeting, case, given=[table.police_agency, world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        yield item


def step_values(case):
    row = StepRecord.objects.filter(run__case=case, step="hold_panel").order_by("-number").first()
    return {**row.choices, **envelope.unseal(row, "sealed_values", key_id=case.key_id)}


def test_all_agree_and_the_case_goes_on(table, item):
    vote(table, item)
    row = decide(table, item)
    case = fresh(item.case)
    assert (row.decided_by, row.motion, row.motion_label) == ("all", "adopt", "Adopt the case")
    assert case.next_step != "hold_panel"
    assert step_values(case)["decision"] == "adopt"
    told = step_values(case)
    assert told["home_force_was_there"] == "yes"
    assert told["decided_by"] == "all"
    assert "dissent" not in told
    assert CaseEvent.objects.filter(case=case, kind=EventKind.PANEL_DECIDED).count() == 1
    assert row.facts["agree"] == 3
    assert len(row.tables) == 2


def test_dissent_is_recorded_with_name_and_reasons(table, item):
    vote(table, item, {"Northmoor Schools Service": View.DISAGREE})
    row = decide(table, item)
    case = fresh(item.case)
    assert row.decided_by == "majority"
    dissent = envelope.unseal(row, "sealed_dissent", key_id=case.key_id)
    assert dissent == f"Northmoor Schools Service: {WORDS} Northmoor Schools Service"
    assert step_values(case)["decided_by"] == "majority"
    assert WORDS in str(step_values(case))


def test_dissent_without_reasons_is_refused(table, item, world):
    given = [GivenPosition(world.school.pk, View.DISAGREE)]
    with pytest.raises(Missing, match="write down why"):
        services.record_positions(
            item, given, motion="adopt", chair_view=None, by=table.chair, expected_version=item.version
        )


def test_the_chair_decides_only_where_there_is_no_majority(table, item):
    against = {"Northmoor Police": View.DISAGREE, "Northmoor Schools Service": View.ABSTAIN}
    vote(table, item, against)
    with pytest.raises(Missing, match="no majority"):
        decide(table, item)
    vote(table, item, against, chair_view=ChairView.AGAINST)
    with pytest.raises(Missing, match="decides against it"):
        decide(table, item)
    vote(table, item, against, chair_view=ChairView.FOR)
    assert decide(table, item).decided_by == "chair"


def test_what_is_not_carried_is_not_decided(table, item):
    vote(table, item, default=View.DISAGREE)
    with pytest.raises(Missing, match="not decided"):
        decide(table, item)
    assert fresh(item.case).next_step == "hold_panel"
    vote(table, item, motion="not_adopt")
    assert decide(table, item).motion == "not_adopt"
    first = Position.objects.filter(item=item, motion_number=1)
    assert {row.view for row in first} == {View.DISAGREE}  # what was said to the first motion stays


def test_without_the_police_of_the_home_force_nothing_is_decided(table, item):
    vote(table, item)
    attend(table, item.meeting, table.police)
    with pytest.raises(Missing, match="police for the area in which the person lives"):
        decide(table, item)
    assert fresh(item.case).next_step == "hold_panel"
    assert not PanelDecision.objects.exists()


def test_police_that_were_not_given_the_case_are_not_there_for_it(table, world):
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world, "hold_panel"), given=[world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        vote(table, item)
        with pytest.raises(Missing, match="police for the area"):
            decide(table, item)
        making.give(item.case, table.police_agency, by=world.officer)
        with pytest.raises(Missing, match="Northmoor Police is there and has not said"):
            decide(table, item)
        vote(table, item)
        assert decide(table, item).decided_by == "all"


def test_whoever_stepped_aside_is_not_there_for_the_item(table, item, world):
    vote(table, item)
    services.step_aside(item, staff=table.police, reason="I know the family", by=table.police)
    with pytest.raises(Missing, match="police for the area"):
        decide(table, item)
    with pytest.raises(NotFound):
        selectors.item_for(table.police, item.meeting_id, item.pk)


def test_the_chair_who_steps_aside_leaves_the_chair_to_the_vice_chair(table, item):
    services.step_aside(item, staff=table.chair, reason="My neighbour", by=table.chair)
    with pytest.raises(NotFound):
        vote(table, item)
    row = fresh(item)
    given = making.positions(item)
    services.record_positions(
        row, given, motion="adopt", chair_view=ChairView.NONE, by=table.vice, expected_version=row.version
    )
    with pytest.raises(NotFound):
        decide(table, item)
    assert decide(table, item, by=table.vice).by == table.vice


def test_a_supervisor_records_a_conflict_of_somebody_else_and_nobody_of_a_stranger(table, item, world):
    services.step_aside(item, staff=table.school, reason="Their pupil", by=table.chair)
    assert Recusal.objects.get().staff == table.school
    with pytest.raises(NotFound):
        services.step_aside(item, staff=world.stranger, reason="No seat", by=table.chair)
    with pytest.raises(NotAllowed):
        services.step_aside(item, staff=table.school, reason="Not mine to say", by=table.police)


def test_pressed_twice_is_once(table, item):
    vote(table, item)
    version = fresh(item).version
    given = {"reason": making.REASON}
    first = services.decide(fresh(item), given, by=table.chair, expected_version=version)
    before = AuditEntry.objects.count()
    again = services.decide(fresh(item), given, by=table.chair, expected_version=version)
    assert again == first
    assert PanelDecision.objects.count() == 1
    assert AuditEntry.objects.count() == before


def test_two_editors_at_once(table, item):
    version = item.version
    vote(table, item)
    with pytest.raises(Conflict) as conflict:
        services.record_positions(
            item, making.positions(item), motion="defer", chair_view=None, by=table.vice, expected_version=version
        )
    assert conflict.value.theirs["motion"] == "adopt"
    seen = fresh(item).version
    vote(table, item, {"Northmoor Schools Service": View.DISAGREE})
    with pytest.raises(Conflict):  # the positions changed while the chair was about to confirm
        services.decide(fresh(item), {"reason": "x"}, by=table.chair, expected_version=seen)
    assert not PanelDecision.objects.exists()


def test_only_the_chair_confirms_and_says_the_chairs_view(table, item, world):
    row = vote(table, item)
    with pytest.raises(NotAllowed):
        services.decide(row, {"reason": "x"}, by=world.officer, expected_version=row.version)
    with pytest.raises(NotAllowed):
        services.decide(row, {"reason": "x"}, by=table.police, expected_version=row.version)
    with pytest.raises(Missing, match="Only the chair"):
        services.record_positions(
            row, making.positions(item), motion="adopt", chair_view=ChairView.FOR, by=world.officer,
            expected_version=row.version,
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.record_positions(
            row, making.positions(item), motion="adopt", chair_view=None, by=table.police, expected_version=row.version
        )


def test_an_agency_that_is_not_there_takes_no_position(table, item, world):
    given = [*making.positions(item), GivenPosition(world.clinic.pk, View.AGREE)]
    with pytest.raises(Missing, match="Who is there for this item has changed"):
        services.record_positions(
            item, given, motion="adopt", chair_view=None, by=table.chair, expected_version=item.version
        )


def test_nothing_is_decided_before_the_day_or_before_the_papers(table, world):
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world, "hold_panel"), given=[table.police_agency])
    with pytest.raises(NotPossible, match="papers"):
        vote_by(table, item)
    send(table, meeting)
    with pytest.raises(NotPossible, match="not begun"):
        vote_by(table, item)


def vote_by(table, item):
    services.record_positions(
        item, [], motion="adopt", chair_view=None, by=table.chair, expected_version=fresh(item).version
    )


def test_a_chair_without_any_other_role_can_chair(table, world):
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.CHAIR, by=table.vice)
    meeting = a_meeting(table, chair=table.lone_chair)
    case = a_due_case(world, "hold_panel")
    an_item(table, meeting, case, given=[table.police_agency, world.school])
    item = fresh(meeting.items.get())
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        services.record_positions(
            item, making.positions(item), motion="adopt", chair_view=ChairView.NONE, by=table.lone_chair,
            expected_version=item.version,
        )  # fmt: skip
        assert decide(table, item, by=table.lone_chair).by == table.lone_chair


def test_a_step_that_prepares_is_finished_with_its_own_form(table, world):
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world), given=[table.police_agency])
    view = selectors.item_for(table.chair, meeting.pk, item.pk)
    assert view.preparing is not None
    assert view.step is None
    values = {"panel_on": "2026-05-18", "home_force_invited": "yes"}
    services.finish_preparing(item, view.preparing.id, values, by=table.chair, expected_version=item.version)
    assert fresh(item.case).next_step == "hold_panel"
    with pytest.raises(NotPossible):
        services.finish_preparing(
            fresh(item), view.preparing.id, values, by=table.chair, expected_version=fresh(item).version
        )


def test_a_review_of_support_is_decided_too(table, world):
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world, "review_support"), given=[table.police_agency, world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        attend(table, meeting, table.police)
        vote(table, item, motion="continue")
        with pytest.raises(Missing, match="police for the area"):
            decide(table, item, worked="Football each week", impact="better")
        attend(table, meeting)
        vote(table, item, motion="continue")
        row = decide(table, item, worked="Football each week", impact="better")
    assert row.motion_label == "Carry on, and review again"


def test_a_decision_on_the_support_is_its_review_and_is_entered_once(table, world):
    case = a_due_case(world, "review_support")
    row = an_intervention(case, world, service="Northmoor Rovers", from_on=START.date(), until_on=None)
    meeting = a_meeting(table)
    item = an_item(table, meeting, case, given=[table.police_agency, world.school])
    send(table, meeting)
    assert support_for(world.officer, case.pk, purpose="x").waits_for_review == "Review at the panel"
    findings = ReviewFindings(START.date(), {}, Impact.SAME, "x")
    with pytest.raises(NotPossible, match="“Review at the panel” waits for the panel"):
        support.record_review(case, findings, by=world.officer, submission=uuid4())
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        vote(table, item, motion="continue")
        said = {"worked": "Football each week", "came_of": {row.pk: ActionOutcome.PARTLY}}
        with pytest.raises(Missing, match="How are things now"):
            decide(table, item, **said)
        for _ in range(2):  # sent twice is once
            decision = decide(table, item, **said, impact="some_better")
    (review,) = support_for(world.officer, case.pk, purpose="x").reviews
    assert (review.impact, review.text, review.by) == (Impact.SOME_BETTER, "Football each week", table.chair.name)
    assert review.reviewed_on == meeting.starts_at.date()
    assert [outcome for _, outcome in review.outcomes] == [ActionOutcome.PARTLY]
    assert SupportReview.objects.get().submission == decision.pk
    kinds = ["step_done", "support_reviewed", "panel_decided"]
    assert [CaseEvent.objects.filter(case=case, kind=kind, by=table.chair).count() for kind in kinds] == [1, 1, 1]


def test_a_decision_that_cannot_be_a_review_leaves_nothing(table, world):
    case, elsewhere = a_due_case(world, "review_support"), a_due_case(world)
    stranger = an_intervention(elsewhere, world, service="A club", from_on=START.date(), until_on=None)
    meeting = a_meeting(table)
    item = an_item(table, meeting, case, given=[table.police_agency, world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        vote(table, item, motion="continue")
        with pytest.raises(Missing, match="Only support of this case"):
            decide(table, item, worked="x", impact="same", came_of={stranger.pk: ActionOutcome.WORKED})
    assert not PanelDecision.objects.exists()
    assert not SupportReview.objects.exists()
    assert fresh(case).next_step == "review_support"


def test_who_holds_nothing_but_the_chair_decides_on_a_review_too(table, world):
    """The step stands in the lane of the case officer; at the panel it is the chair's to confirm."""
    services.give_seat(table.panel, staff=table.lone_chair, role=SeatRole.VICE_CHAIR, by=table.chair)
    meeting = a_meeting(table)
    item = an_item(table, meeting, a_due_case(world, "review_support"), given=[table.police_agency, world.school])
    send(table, meeting)
    with clock.moved_to(IN_THE_MEETING):
        attend(table, meeting)
        vote(table, item, motion="close")
        assert decide(table, item, by=table.lone_chair, worked="Football each week", impact="better").motion == "close"
    assert fresh(item.case).next_step == "ask_members"


def test_an_action_that_was_agreed_is_an_action_of_the_case(table, item, world):
    new = NewAction(ActionKind.SUPPORT, "A mentor", IN_THE_MEETING.date(), owner_agency_id=world.school.pk)
    made = services.add_item_action(item, new, by=table.chair)
    assert made.case == item.case
    record = selectors.item_for(table.chair, item.meeting_id, item.pk).record
    assert [(line.what, line.owner) for line in record.actions] == [("A mentor", "Northmoor Schools Service")]
