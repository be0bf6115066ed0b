"""What is proposed to the panel on one item, and what each agency says to it: recorded by the chair or who prepares, or
by a member for their own agency. Who may: `counterpoint.panels.permissions`.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from counterpoint.access.models import Staff
from counterpoint.base import clock
from counterpoint.base.errors import Conflict, NotPossible
from counterpoint.base.prepared import Prepared
from counterpoint.cases import envelope
from counterpoint.cases.errors import Missing
from counterpoint.cases.services.change import CHANGED, Facts, locked, tell
from counterpoint.cases.types import EventKind
from counterpoint.panels import policies, seats
from counterpoint.panels.law_of_item import law_of
from counterpoint.panels.models import AgendaItem, Position
from counterpoint.panels.permissions import can_prepare, chairs, check_chairs_item, check_knows_item, check_speaks
from counterpoint.panels.services.change import locked_item
from counterpoint.panels.steps import PanelStep, panel_steps
from counterpoint.panels.types import ChairView, GivenPosition, View

NOT_WAITING = "The case does not wait for a decision of the panel now. Look at where it stands."
_OTHER_MOTION = "Something else is put to the panel since you opened this. Look at what is proposed, and say it again."
_POSITION = Prepared(
    lambda item_id, motion_number, agency_id: Position.objects.filter(
        item_id=item_id, motion_number=motion_number, agency_id=agency_id
    )
)


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
    step = step_to_decide(row, by, at=at)
    if motion not in dict(step.choices):
        raise Missing(("Choose what is proposed to the panel.",))
    if chair_view is not None and not chairs(by, row.meeting):
        raise Missing(("Only the chair says what the chair's own view is.",))
    entitled = law_of(row, step).entitled
    policies.check_positions(given, entitled=entitled)
    check_version(row, expected_version)
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
        if not _is_said(row, one):  # who entered it stays, where nothing of it is new
            _save_position(row, one, by=by, at=at)
    row.positions.filter(motion_number=number).exclude(agency_id__in=[one.agency_id for one in given]).delete()
    facts: Facts = {"meeting": str(row.meeting_id), "motion": motion, "positions": len(given)}
    tell(locked(row.case), EventKind.PANEL_POSITIONS, by=by, at=at, facts=facts)
    return row


@transaction.atomic
def take_position(
    item: AgendaItem, *, view: View, words: str, motion_number: int, by: Staff, expected_version: int
) -> Position:
    """What a member who is there says to the proposal for their own agency. It can be said anew until the panel has
    decided. The same again changes nothing.

    motion_number: of the proposal that they saw. expected_version: of their agency's position, 0 while it has none.
    Raises NotFound, NotAllowed, NotPossible; Missing for dissent without reasons; Conflict, holding what was saved."""
    at, row = clock.now(), locked_item(item.pk)
    check_speaks(by, row)
    step = next((step for step in panel_steps(locked(row.case)) if step.decides), None)
    if step is None:
        raise NotPossible(NOT_WAITING)
    policies.check_can_be_said(row, step_id=step.id, is_there=seats.is_there(by, row.meeting), at=at)
    given = GivenPosition(by.agency_id, view, words)
    policies.check_positions([given], entitled=law_of(row, step).entitled)
    if motion_number != row.motion_number:
        raise Conflict(_OTHER_MOTION, theirs={"proposed": dict(step.choices)[row.motion]})
    known = _known(row, given)
    if known is not None and known.by_id == by.pk and _is_said(row, given):
        return known
    _check_own_version(row, known, expected_version)
    position = _save_position(row, given, by=by, at=at)
    row.save_changes(expected_version=row.version)
    facts: Facts = {"meeting": str(row.meeting_id), "motion": row.motion, "agency": str(by.agency_id)}
    tell(locked(row.case), EventKind.PANEL_POSITIONS, by=by, at=at, facts=facts)
    return position


def take_back(row: AgendaItem, staff: Staff) -> None:
    """What this person said for their own agency to an open proposal is not said any more, in the caller's
    transaction: they stepped aside. Somebody else may say it anew."""
    if row.decisions.filter(motion_number=row.motion_number).exists():
        return
    said = row.positions.filter(motion_number=row.motion_number, agency_id=staff.agency_id, by=staff)
    if said.delete()[0]:
        row.save_changes(expected_version=row.version)


def step_to_decide(row: AgendaItem, by: Staff, *, at: datetime) -> PanelStep:
    """The step that the panel can decide on now. Raises NotFound, NotAllowed, NotPossible."""
    check_knows_item(by, row)
    if not can_prepare(by, row.meeting.panel):
        check_chairs_item(by, row)
    policies.check_on_agenda(row)
    policies.check_sits(row.meeting, at=at)
    step = next((step for step in panel_steps(locked(row.case)) if step.decides), None)
    if step is None:
        raise NotPossible(NOT_WAITING)
    return step


def _number_of(row: AgendaItem, motion: str, step: PanelStep) -> int:
    """The number of the motion: a new one for another proposal, and once the one before was decided."""
    goes_on = row.motion == motion and row.motion_step == step.id
    decided = row.decisions.filter(motion_number=row.motion_number).exists()
    return row.motion_number if goes_on and not decided else row.motion_number + 1


def _save_position(row: AgendaItem, given: GivenPosition, *, by: Staff, at: datetime) -> Position:
    known, words = _known(row, given), given.words.strip()
    position = known or Position(item=row, motion_number=row.motion_number, agency_id=given.agency_id)
    position.view, position.by, position.at = given.view, by, at
    position.sealed_words = envelope.seal(position, "sealed_words", words, key_id=row.case.key_id) if words else b""
    position.version += 0 if known is None else 1
    position.save()
    return position


def _known(row: AgendaItem, given: GivenPosition) -> Position | None:
    return _POSITION.one(row.pk, row.motion_number, given.agency_id)


def _is_said(row: AgendaItem, given: GivenPosition) -> bool:
    known = _known(row, given)
    return known is not None and _says(known, row) == (given.view, given.words.strip())


def _says(position: Position, row: AgendaItem) -> tuple[View, str]:
    texts = envelope.unseal_all([(position, "sealed_words")], key_id=row.case.key_id)
    return View(position.view), str(texts.get((position.pk, "sealed_words"), ""))


def _check_own_version(row: AgendaItem, known: Position | None, expected_version: int) -> None:
    """Raises Conflict with what is saved for the agency, in clear: it is their own agency's."""
    version = known.version if known is not None else 0
    if version == expected_version:
        return
    view, words = _says(known, row) if known is not None else ("", "")
    raise Conflict(CHANGED, theirs={"view": str(view), "words": words, "version": version})


def check_version(row: AgendaItem, expected_version: int) -> None:
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
