"""What happens to one item at the meeting: who steps aside, what is proposed, what each agency says, what is decided.

Panel law is asked each time anew, of what is recorded then: `counterpoint.panels.law_of_item`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.access.services import record_recusal
from counterpoint.access.types import SubjectKind
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotFound, NotPossible
from counterpoint.base.rows import one_or_none
from counterpoint.cases import envelope
from counterpoint.cases import services as cases
from counterpoint.cases.errors import Missing
from counterpoint.cases.models import Action
from counterpoint.cases.services.change import CHANGED, Facts, locked, put_on_timeline, tell
from counterpoint.cases.types import EventKind, NewAction
from counterpoint.panels import policies, seats
from counterpoint.kernel.packs import StepWork
from counterpoint.panels.law_of_item import ItemLaw, law_of
from counterpoint.panels.models import AgendaItem, ItemAction, ItemRecusal, PanelDecision, Position
from counterpoint.panels.permissions import (
    NO_ITEM,
    can_prepare,
    chairs,
    check_chairs_item,
    check_knows_item,
    check_prepares,
)
from counterpoint.panels.services.change import locked_item, record_meeting
from counterpoint.panels.steps import (
    DECIDED_BY,
    DECISION,
    DISSENT,
    HOME_FORCE_WAS_THERE,
    REASON,
    PanelStep,
    panel_steps,
)
from counterpoint.panels.types import ChairView, GivenPosition, View


@transaction.atomic
def step_aside(item: AgendaItem, *, staff: Staff, reason: str, by: Staff) -> ItemRecusal:
    """Somebody of the panel has a conflict of interest: from now on the case is not there for them, anywhere. By the
    person, or by a supervisor who works on the case.

    Raises NotFound, NotAllowed; NotPossible when it is recorded already, or the panel has decided."""
    row = locked_item(item.pk)
    check_knows_item(by, row)
    if staff.pk != by.pk and not seats.has_seat(staff, row.meeting.panel) and not seats.deputises(staff, row.meeting):
        raise NotFound(NO_ITEM)
    recusal = record_recusal(staff, kind=SubjectKind.CASE, subject_id=row.case_id, reason=reason, by=by)
    return ItemRecusal.objects.create(item=row, staff=staff, recusal_id=recusal.pk, by=by)


@transaction.atomic
def record_positions(
    item: AgendaItem,
    given: Collection[GivenPosition],
    *,
    motion: str,
    chair_view: ChairView | None,
    by: Staff,
    expected_version: int,
) -> AgendaItem:
    """What is proposed to the panel, and what each agency that is there for the item says to it. Another proposal
    begins anew, with no positions but these; what was said to the one before stays.

    motion: a choice of the step's field “decision”. chair_view: only the chair says it; None leaves it as it is.
    Raises NotFound, NotAllowed, NotPossible; Missing with all problems; Conflict, holding what the other saved."""
    at, row = clock.now(), locked_item(item.pk)
    step = _step_to_decide(row, by, at=at)
    if motion not in dict(step.choices):
        raise Missing(("Choose what is proposed to the panel.",))
    if chair_view is not None and not chairs(by, row.meeting):
        raise Missing(("Only the chair says what the chair's own view is.",))
    entitled = law_of(row, step).entitled
    policies.check_positions(given, entitled=entitled)
    _check_version(row, expected_version)
    number = _number_of(row, motion, step)
    kept_view = ChairView(row.chair_view) if number == row.motion_number else ChairView.NONE
    row.save_changes(
        expected_version=expected_version,
        motion=motion,
        motion_step=step.id,
        motion_number=number,
        chair_view=kept_view if chair_view is None else chair_view,
    )
    for one in given:
        _save_position(row, one, by=by, at=at)
    row.positions.filter(motion_number=number).exclude(agency_id__in=[one.agency_id for one in given]).delete()
    facts: Facts = {"meeting": str(row.meeting_id), "motion": motion, "positions": len(given)}
    tell(locked(row.case), EventKind.PANEL_POSITIONS, by=by, at=at, facts=facts)
    return row


@transaction.atomic
def decide(item: AgendaItem, values: Mapping[str, object], *, by: Staff, expected_version: int) -> PanelDecision:
    """Record that the panel decided what was proposed, and finish the step of the case with it: by the chair, and only
    if the tables of the pack say that it is carried by these positions, with those there who must be.

    values: by field of the step's form; what the meeting itself answers (who was there, how it was decided, what) is
    filled in here, whatever came. The same again is the first one. Raises NotFound, NotAllowed; NotPossible with the
    reasons of the tables; Missing with every problem of the values; Conflict."""
    at, row = clock.now(), locked_item(item.pk)
    check_chairs_item(by, row)
    known = one_or_none(row.decisions.filter(motion_number=row.motion_number))
    if known is not None and known.by_id == by.pk:
        return known
    step = _step_to_decide(row, by, at=at)
    _check_version(row, expected_version)
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
    _check_version(row, expected_version)
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


def _step_to_decide(row: AgendaItem, by: Staff, *, at: datetime) -> PanelStep:
    """The step that the panel can decide on now. Raises NotFound, NotAllowed, NotPossible."""
    check_knows_item(by, row)
    if not can_prepare(by, row.meeting.panel):
        check_chairs_item(by, row)
    policies.check_on_agenda(row)
    policies.check_sits(row.meeting, at=at)
    step = next((step for step in panel_steps(locked(row.case)) if step.decides), None)
    if step is None:
        raise NotPossible("The case does not wait for a decision of the panel now. Look at where it stands.")
    return step


def _number_of(row: AgendaItem, motion: str, step: PanelStep) -> int:
    """The number of the motion: a new one for another proposal, and once the one before was decided."""
    goes_on = row.motion == motion and row.motion_step == step.id
    decided = row.decisions.filter(motion_number=row.motion_number).exists()
    return row.motion_number if goes_on and not decided else row.motion_number + 1


def _save_position(row: AgendaItem, given: GivenPosition, *, by: Staff, at: datetime) -> None:
    known = one_or_none(row.positions.filter(motion_number=row.motion_number, agency_id=given.agency_id))
    position = known or Position(item=row, motion_number=row.motion_number, agency_id=given.agency_id)
    words = given.words.strip()
    position.view, position.by, position.at = given.view, by, at
    position.sealed_words = envelope.seal(position, "sealed_words", words, key_id=row.case.key_id) if words else b""
    position.version += 0 if known is None else 1
    position.save()


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


def _check_version(row: AgendaItem, expected_version: int) -> None:
    """Raises Conflict with what the other person saved, in clear: both may read it."""
    if row.version == expected_version:
        return
    positions = row.positions.filter(motion_number=row.motion_number).select_related("agency").order_by("agency__name")
    theirs: dict[str, object] = {
        "motion": row.motion,
        "chair_view": ChairView(row.chair_view).value,
        "positions": "; ".join(f"{one.agency.name}: {View(one.view).label}" for one in positions),
        "version": row.version,
    }
    raise Conflict(CHANGED, theirs=theirs)
