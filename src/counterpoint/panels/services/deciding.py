"""What happens to one item at the meeting: who steps aside, what is decided, what is agreed to be done. What each
agency says: `counterpoint.panels.services.positions`.

Panel law is asked each time anew, of what is recorded then: `counterpoint.panels.law_of_item`.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.services import record_recusal
from counterpoint.access.types import Role, SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import NotFound, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Action
from counterpoint.cases.services.change import locked, put_on_timeline, tell
from counterpoint.cases.types import ActionOutcome, EventKind, NewAction
from counterpoint.kernel.packs import StepWork
from counterpoint.panels import policies, seats
from counterpoint.panels.law_of_item import ItemLaw, law_of
from counterpoint.panels.models import AgendaItem, ItemAction, ItemRecusal, PanelDecision
from counterpoint.panels.permissions import (
    NO_ITEM,
    chairs,
    check_chairs_item,
    check_knows_item,
    check_prepares,
)
from counterpoint.panels.services.change import locked_item, record_meeting
from counterpoint.panels.services.positions import check_version, step_to_decide, take_back
from counterpoint.panels.steps import (
    DECIDED_BY,
    DECISION,
    DISSENT,
    HOME_FORCE_WAS_THERE,
    REASON,
    PanelStep,
    panel_steps,
)
from counterpoint.panels.types import View
from counterpoint.support import services as support
from counterpoint.support.days import day_of
from counterpoint.support.reviewing import findings_in, reviews_support


@transaction.atomic
def step_aside(item: AgendaItem, *, staff: Staff, reason: str, by: Staff) -> ItemRecusal:
    """Somebody of the panel has a conflict of interest: from now on the case is not there for them, anywhere, and what
    they said to an open proposal is taken back. By the person, by the chair, or by a supervisor who works on the case.

    Raises NotFound, NotAllowed; NotPossible without a reason, or when it is recorded already."""
    row = locked_item(item.pk)
    check_knows_item(by, row)
    if staff.pk != by.pk and not seats.has_seat(staff, row.meeting.panel) and not seats.deputises(staff, row.meeting):
        raise NotFound(NO_ITEM)
    for_others = (Role.SUPERVISOR, Role.PANEL_CHAIR) if chairs(by, row.meeting) else (Role.SUPERVISOR,)
    recusal = record_recusal(
        staff, kind=SubjectKind.CASE, subject_id=row.case_id, reason=reason, by=by, for_others=for_others
    )
    take_back(row, staff)
    return ItemRecusal.objects.create(item=row, staff=staff, recusal_id=recusal.pk, by=by)


@transaction.atomic
def decide(
    item: AgendaItem,
    values: Mapping[str, object],
    *,
    by: Staff,
    expected_version: int,
    came_of: Mapping[UUID, ActionOutcome] | None = None,
) -> PanelDecision:
    """Record that the panel decided what was proposed, and finish the step of the case with it: by the chair, and only
    if the tables of the pack say that it is carried by these positions, with those there who must be.

    values: by field of the step's form; what the meeting itself answers (who was there, how it was decided, what) is
    filled in here, whatever came. came_of: where the support is reviewed by this step, what came of each piece of it;
    the review is recorded with the decision (`counterpoint.support.reviewing`). The same again is the first one. Raises
    NotFound, NotAllowed; NotPossible with the reasons of the tables; Missing with every problem of the values;
    Conflict."""
    at, row = clock.now(), locked_item(item.pk)
    check_chairs_item(by, row)
    known = one_or_none(row.decisions.filter(motion_number=row.motion_number))
    if known is not None and known.by_id == by.pk:
        return known
    step = step_to_decide(row, by, at=at)
    check_version(row, expected_version)
    found = law_of(row, step)
    _check_carried(row, step, found)
    dissent = str(values.get(DISSENT) or "").strip() or dissent_of(row, found)
    filled = {**values, DISSENT: dissent, **answered_by_the_meeting(row, step, found)}
    decision = _decision(row, step, found, at=at, by=by)
    text = policies.check_text(str(filled.get(REASON) or ""), what="the reasons for the decision")
    key_id = row.case.key_id
    decision.sealed_reason = envelope.seal(decision, "sealed_reason", text, key_id=key_id)
    if dissent:
        decision.sealed_dissent = envelope.seal(decision, "sealed_dissent", dissent, key_id=key_id)
    row.save_changes(expected_version=expected_version)
    decision.save(force_insert=True)
    case = locked(row.case)
    fields = {field.id for field in step.form.fields}
    kept = {name: value for name, value in filled.items() if name in fields}
    cases.complete_step(case, step.id, kept, by=by, expected_version=case.version, done_by_work=StepWork.PANEL)
    if reviews_support(step.form):
        found_on = min(day_of(row.meeting.starts_at), day_of(at))
        findings = findings_in(kept, reviewed_on=found_on, outcomes=came_of or {})
        support.record_panels_review(case, findings, by=by, submission=decision.pk)
    facts = {"meeting": str(row.meeting_id), "decision": decision.motion, "decided_by": decision.decided_by}
    tell(locked(row.case), EventKind.PANEL_DECIDED, by=by, at=at, facts=facts, text=decision.motion_label)
    return decision


@transaction.atomic
def finish_preparing(
    item: AgendaItem, step_id: str, values: Mapping[str, object], *, by: Staff, expected_version: int
) -> AgendaItem:
    """Finish a panel's step on which nothing is decided, with the step's own form. The same again changes nothing.

    Raises NotFound, NotAllowed, NotPossible; Missing with every problem of the values; Conflict."""
    row = locked_item(item.pk)
    check_prepares(by, row.meeting.panel)
    check_knows_item(by, row)
    policies.check_on_agenda(row)
    case = locked(row.case)
    step = next((step for step in panel_steps(case) if step.id == step_id and not step.decides), None)
    if step is None:
        raise NotPossible("This step does not wait now. Look at where the case stands.")
    check_version(row, expected_version)
    row.save_changes(expected_version=expected_version)
    cases.complete_step(case, step.id, dict(values), by=by, expected_version=case.version, done_by_work=StepWork.PANEL)
    facts = {"step": step.id, "step_name": step.name}
    record_meeting("step_finished", row.meeting, by=by, facts=facts)
    return row


@transaction.atomic
def add_item_action(item: AgendaItem, action: NewAction, *, by: Staff) -> Action:
    """Something that was agreed on the item, with its owner and date: an action of the case.

    Raises NotFound, NotAllowed, NotPossible; Missing with what is wrong with the action."""
    row = locked_item(item.pk)
    check_prepares(by, row.meeting.panel)
    check_knows_item(by, row)
    policies.check_on_agenda(row)
    made = cases.add_action(row.case, action, by=by)
    ItemAction.objects.create(item=row, action=made)
    facts = {"meeting": str(row.meeting_id), "action": str(made.pk)}
    put_on_timeline(locked(row.case), EventKind.PANEL_ACTION, by=by, at=clock.now(), facts=facts)
    return made


def answered_by_the_meeting(item: AgendaItem, step: PanelStep, found: ItemLaw) -> dict[str, str]:
    """What the step's form asks and the meeting has answered, by field; only where the form allows for the answer."""
    answers = {
        DECISION: item.motion,
        DECIDED_BY: found.proposal.decided_by,
        HOME_FORCE_WAS_THERE: "yes" if found.presence.home_force else "no",
    }
    fitting = {}
    for name, answer in answers.items():
        field = step.field(name)
        if field is not None and answer in dict(field.choices):
            fitting[name] = answer
    return fitting


def dissent_of(item: AgendaItem, found: ItemLaw) -> str:
    """Who disagreed, and why, as the step's form takes it: one agency a line."""
    key_id = item.case.key_id
    against = [row for row in found.positions if row.view == View.DISAGREE]
    words = envelope.unseal_all([(row, "sealed_words") for row in against], key_id=key_id)
    return "\n".join(f"{row.agency.name}: {words.get((row.pk, 'sealed_words'), '')}" for row in against)


def _check_carried(row: AgendaItem, step: PanelStep, found: ItemLaw) -> None:
    """Raises Missing with all that stands against the decision."""
    problems: list[str] = []
    if not found.quorum.is_met:
        problems += found.quorum.reasons
    if row.motion not in dict(step.choices) or row.motion_step != step.id:
        problems.append("Record first what is proposed, and what each agency says to it.")
    problems += [f"{agency.name} is there and has not said what it thinks. It may abstain." for agency in found.silent]
    if not problems and not found.proposal.is_carried:
        problems += found.proposal.reasons
        problems.append("What was proposed is not decided. Put something else to the panel.")
    if problems:
        raise Missing(tuple(problems))


def _decision(row: AgendaItem, step: PanelStep, found: ItemLaw, *, at: datetime, by: Staff) -> PanelDecision:
    views = found.views
    return PanelDecision(
        item=row,
        step=step.id,
        step_name=step.name,
        run_number=step.run_number,
        motion=row.motion,
        motion_label=dict(step.choices)[row.motion],
        motion_number=row.motion_number,
        decided_by=found.proposal.decided_by,
        facts={
            **found.presence.facts(),
            **{view.value: views.count(view) for view in View},
            "chair_view": row.chair_view,
        },
        tables=[each for each in (found.quorum.table_hash, found.proposal.table_hash) if each],
        by=by,
        at=at,
    )
