"""One item of an agenda: the paper, who is there for it, what is proposed and said, what was decided."""

from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold, can_work_on
from counterpoint.access.types import Role, SubjectKind
from counterpoint.audit.services import record
from counterpoint.base import clock
from counterpoint.base.errors import NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases.services.change import subject_of
from counterpoint.cases.types import CaseState
from counterpoint.panels import law_of_item, policies, seats
from counterpoint.panels.models import AgendaItem
from counterpoint.panels.permissions import can_share, can_speak
from counterpoint.panels.records import record_of, said_to
from counterpoint.panels.selectors.agenda import item_row, visible_items
from counterpoint.panels.selectors.meetings import heading_of
from counterpoint.panels.selectors.papers import PURPOSE, paper_of
from counterpoint.panels.services.deciding import dissent_of
from counterpoint.panels.services.positions import NOT_WAITING
from counterpoint.panels.steps import PanelStep, panel_steps
from counterpoint.panels.types import ChairView, ItemState, View
from counterpoint.panels.views import ItemView, OwnPosition


@transaction.atomic
def item_for(viewer: Staff, meeting_id: UUID, item_id: UUID, *, purpose: str = PURPOSE) -> ItemView:
    """The item, as far as the viewer may read its case. Raises NotFound. Audited."""
    item = item_row(viewer, meeting_id, item_id)
    heading = heading_of(viewer, item.meeting)
    shown = [row.pk for row in visible_items(viewer, item.meeting)]
    number = shown.index(item.pk) + 1 if item.pk in shown else 0
    steps = panel_steps(item.case) if heading.is_coming or heading.is_held else ()
    step = next((one for one in steps if one.decides), None)
    law = law_of_item.law_of(item, step) if step and heading.shows_agenda else None
    works = can_work_on(viewer, kind=SubjectKind.CASE, subject_id=item.case_id)
    prepares = heading.may_prepare
    is_open = item.case.state == CaseState.OPEN
    sits = _sits(item)
    view = ItemView(
        heading=heading,
        paper=paper_of(viewer, item, number=number, purpose=purpose),
        version=item.version,
        is_on=item.state == ItemState.ON,
        home_force_id=item.home_force_id,
        step=step,
        preparing=next((one for one in steps if not one.decides), None),
        law=law,
        motion_id=item.motion if step and item.motion_step == step.id else "",
        motion=_motion(item, step),
        chair_view=ChairView(item.chair_view),
        positions=said_to(item, law.positions) if law else (),
        own=_own(viewer, item, step),
        dissent=dissent_of(item, law) if law else "",
        record=record_of(item),
        not_given=tuple(agency.name for agency in law_of_item.not_given(item)) if prepares else (),
        aside=tuple(one.name for one in law_of_item.aside(item)),
        may_record=prepares and sits and step is not None and is_open,
        may_decide=heading.may_chair and sits and step is not None and is_open,
        may_add_action=prepares and works and is_open and can_hold(viewer, Role.CASE_OFFICER, Role.SUPERVISOR),
        may_share=is_open and heading.is_coming and can_share(viewer, item),
        sits=sits,
        others=_others(viewer, item) if works and (heading.may_chair or can_hold(viewer, Role.SUPERVISOR)) else (),
    )
    facts: dict[str, str | int] = {"meeting": str(meeting_id), "part": "panel item", "agency": str(viewer.agency_id)}
    facts["sections"] = " ".join(view.paper.sections)
    record("case.read", by=viewer.actor, about=subject_of(item.case), purpose=purpose, detail=facts)
    return view


def _own(viewer: Staff, item: AgendaItem, step: PanelStep | None) -> OwnPosition | None:
    if not can_speak(viewer, item):
        return None
    why_not = NOT_WAITING if step is None else ""
    try:
        is_there = seats.is_there(viewer, item.meeting)
        policies.check_can_be_said(item, step_id=step.id if step else "", is_there=is_there, at=clock.now())
    except NotPossible as refusal:
        why_not = why_not or str(refusal)
    own = item.positions.filter(motion_number=item.motion_number, agency_id=viewer.agency_id)
    row = one_or_none(own.select_related("agency", "by"))
    said = said_to(item, [row])[0] if row is not None else None
    return OwnPosition(
        motion_number=item.motion_number,
        version=row.version if row is not None else 0,
        view=View(row.view) if row is not None else None,
        words=said.words if said is not None else "",
        may_take=not why_not,
        why_not=why_not,
    )


def _motion(item: AgendaItem, step: PanelStep | None) -> str:
    return dict(step.choices).get(item.motion, "") if step and item.motion_step == step.id else ""


def _sits(item: AgendaItem) -> bool:
    try:
        policies.check_sits(item.meeting, at=clock.now())
    except NotPossible:
        return False
    return True


def _others(viewer: Staff, item: AgendaItem) -> tuple[tuple[str, str], ...]:
    aside = {one.pk for one in law_of_item.aside(item)}
    people = [seat.staff for seat in seats.running_seats(item.meeting.panel)]
    return tuple((str(one.pk), one.name) for one in people if one.pk not in aside and one.pk != viewer.pk)
