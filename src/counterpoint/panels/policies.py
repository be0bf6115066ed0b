"""Whether a thing may happen to a meeting at all, whoever asks. Who may: `counterpoint.panels.permissions`."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from counterpoint.access.models import Agency, Staff
from counterpoint.access.types import Role
from counterpoint.base.errors import NotPossible
from counterpoint.cases.errors import Missing, refuse_if_any
from counterpoint.cases.models import Case
from counterpoint.cases.types import CaseState
from counterpoint.panels.models import AgendaItem, Minutes, PanelMeeting
from counterpoint.panels.types import (
    CHAIRING,
    COMING,
    MOVES,
    Attending,
    GivenAttendance,
    GivenPosition,
    ItemState,
    MeetingState,
    MinutesState,
    SeatRole,
    View,
)

MOST_TEXT = 20_000
MOST_IN_A_LINE = 120
_BEFORE_IT_BEGINS = timedelta(hours=12)  # a meeting may begin earlier than planned, on its own day


def check_can_sit(staff: Staff, *, role: SeatRole, lead_agency: Agency) -> None:
    """Active, with the role at the desk that the seat needs; who chairs is of the lead agency. Raises Missing."""
    problems = [] if staff.is_active else ["This person does not work here any more. Choose somebody else."]
    if role in CHAIRING:
        if staff.agency_id != lead_agency.pk:
            problems.append(f"The panel is chaired by {lead_agency.name}. Choose somebody who works there.")
        if Role.PANEL_CHAIR not in staff.role_names:
            problems.append("They do not hold the role “Panel chair”. Ask an administrator to give it to them.")
    elif not staff.role_names & {Role.PANEL_MEMBER, Role.PANEL_CHAIR}:
        problems.append("They do not hold the role “Panel member”. Ask an administrator to give it to them.")
    if not staff.agency.is_lead and Role.PARTNER not in staff.role_names:
        problems.append("They do not hold the role “Partner agency”, so that they could read no case. Have it given.")
    refuse_if_any(problems)


def check_line(text: str, *, what: str) -> str:
    """The text, trimmed. Raises Missing when it is empty or too long for a line."""
    return _checked(text, what=what, most=MOST_IN_A_LINE)


def check_text(text: str, *, what: str) -> str:
    """The text, trimmed. Raises Missing when it is empty or too long."""
    return _checked(text, what=what, most=MOST_TEXT)


def check_length(text: str, *, what: str) -> str:
    """The text, trimmed; it may be empty. Raises Missing when it is too long."""
    if len(text) > MOST_TEXT:
        raise Missing((f"Shorten {what}: it may have {MOST_TEXT:,} characters.",))
    return text.strip()


def check_may_move(meeting: PanelMeeting, to: MeetingState) -> None:
    """Raises NotPossible when a meeting that stands where this one does cannot become that."""
    state = MeetingState(meeting.state)
    if to not in MOVES[state]:
        raise NotPossible(f"This meeting is {state.label.lower()}: it cannot be {to.label.lower()} from there.")


def check_coming(meeting: PanelMeeting) -> None:
    """Raises NotPossible once the meeting was held or cancelled."""
    if meeting.state not in COMING:
        raise NotPossible(f"This meeting is {MeetingState(meeting.state).label.lower()}. Use the next one.")


def check_sits(meeting: PanelMeeting, *, at: datetime) -> None:
    """Raises NotPossible unless the papers were sent and the day of the meeting has come."""
    if meeting.state not in (MeetingState.PAPERS_SENT, MeetingState.HELD):
        raise NotPossible("The papers were not sent yet. Members decide on what they have read.")
    if at < meeting.starts_at - _BEFORE_IT_BEGINS:
        raise NotPossible("The meeting has not begun. What it decides is recorded on its day.")


def check_can_be_put(case: Case, *, lead_agency: Agency, waits: bool, elsewhere: bool) -> None:
    """An open case of the panel's own lead agency that waits for a panel, and stands on no other coming agenda
    (`elsewhere`). Raises Missing with all problems."""
    problems = []
    if case.state != CaseState.OPEN:
        problems.append("This case is closed.")
    if case.lead_agency_id != lead_agency.pk:
        problems.append("This case is led by another agency, whose panel it is for.")
    if not waits:
        problems.append("This case does not wait for a panel now.")
    if elsewhere:
        problems.append("This case is on the agenda of another meeting that is still to come.")
    refuse_if_any(problems)


def check_on_agenda(item: AgendaItem) -> None:
    """Raises NotPossible for a case that was left for later."""
    if item.state != ItemState.ON:
        raise NotPossible("This case was left for a later meeting. Put it on the agenda first.")


def check_undecided(item: AgendaItem) -> None:
    """Raises NotPossible when something was decided on the item."""
    if item.decisions.exists():
        raise NotPossible("The panel has decided on this case at this meeting. It stays on the agenda.")


def check_attendance(given: Collection[GivenAttendance], *, seats: Collection[object]) -> None:
    """One line for each seat, and a named deputy wherever one came. Raises Missing with all problems."""
    refuse_if_any(list(_against_attendance(given, seats)))


def check_positions(given: Collection[GivenPosition], *, entitled: Collection[Agency]) -> None:
    """Positions of agencies that are there for this item and were given the case, once each; dissent with its
    reasons. Raises Missing with all problems."""
    refuse_if_any(list(_against_positions(given, entitled)))


def check_can_be_said(item: AgendaItem, *, step_id: str, is_there: bool, at: datetime) -> None:
    """Raises NotPossible unless the meeting sits, something is proposed for the step that waits and not decided yet,
    and who says it is recorded as there."""
    check_on_agenda(item)
    check_sits(item.meeting, at=at)
    goes_on = item.case.state == CaseState.OPEN and bool(item.motion) and item.motion_step == step_id
    if not goes_on or item.decisions.filter(motion_number=item.motion_number).exists():
        raise NotPossible("Nothing is put to the panel on this case now. Wait until the chair has recorded a proposal.")
    if not is_there:
        raise NotPossible("It is not recorded that you are there. Ask the chair to record it, then say it again.")


def check_draft(minutes: Minutes) -> None:
    """Raises NotPossible for minutes that are final."""
    if minutes.state != MinutesState.DRAFT:
        raise NotPossible("These minutes are final. Begin new ones, which supersede them.")


def check_can_be_minuted(meeting: PanelMeeting) -> None:
    """Raises NotPossible for a meeting that was not held."""
    if meeting.state != MeetingState.HELD:
        raise NotPossible("There are minutes of a meeting that was held. Record first that it was.")


def _checked(text: str, *, what: str, most: int) -> str:
    plain = text.strip()
    if not plain:
        raise Missing((f"Say {what}.",))
    if len(plain) > most:
        raise Missing((f"Shorten {what}: it may have {most:,} characters.",))
    return plain


def _against_attendance(given: Collection[GivenAttendance], seats: Collection[object]) -> Iterator[str]:
    told = [one.seat_id for one in given]
    if len(told) != len(set(told)) or set(told) != set(seats):
        yield "The seats of the panel have changed. Open the page again, and record who was there."
    for one in given:
        named = one.deputy_id is not None or bool(one.deputy_name.strip())
        if one.attending is Attending.DEPUTY and not named:
            yield "Name each deputy who came: choose an account, or write the name."
        if one.attending is not Attending.DEPUTY and named:
            yield "A deputy is named only where one came."
        if len(one.deputy_name) > MOST_IN_A_LINE:
            yield f"A name may have {MOST_IN_A_LINE} characters."


def _against_positions(given: Collection[GivenPosition], entitled: Collection[Agency]) -> Iterator[str]:
    names = {agency.pk: agency.name for agency in entitled}
    told = [one.agency_id for one in given]
    if len(told) != len(set(told)) or not set(told) <= set(names):
        yield "Who is there for this item has changed. Open the page again, and record the positions."
        return
    for one in given:
        if len(one.words) > MOST_TEXT:
            yield f"{names[one.agency_id]}: the words may have {MOST_TEXT:,} characters."
        if one.view is View.DISAGREE and not one.words.strip():
            yield f"{names[one.agency_id]} disagrees: write down why. Dissent is recorded with its reasons."
