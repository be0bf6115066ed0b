"""The words of casework: states, outcomes, visibilities, and the values that pass between folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

StepValues = Mapping[str, Any]  # field id -> text, or the id of the choice taken


OTHER_PROCESS = "other_process"  # why a run ended without the case being closed


class CaseState(TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class ActionKind(TextChoices):
    """What sort of work an action is: the monitoring page groups by it."""

    CONTACT = "contact", "Contact or visit"
    CHECK = "check", "Check or find out"
    SUPPORT = "support", "Support"
    SIGNPOSTING = "signposting", "Signposting to a service"
    SAFETY = "safety", "Safety measure"
    OTHER = "other", "Other"


class ActionState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class ActionOutcome(TextChoices):
    WORKED = "worked", "Worked"
    PARTLY = "partly", "Worked in part"
    DID_NOT = "did_not", "Did not work"
    NOT_TAKEN_UP = "not_taken_up", "Not taken up"


class NoteVisibility(TextChoices):
    """Who a note is for. What it says there: a reporter's note is a message, and the mailbox keeps it."""

    REPORTER = "reporter", "To the reporter"
    INTERNAL = "internal", "Internal"
    RESTRICTED = "restricted", "Restricted"


class Impact(TextChoices):
    """What changed for the person, as the people who worked the case judge it. Not a score."""

    BETTER = "better", "Things are better"
    SOME_BETTER = "some_better", "Some things are better"
    SAME = "same", "No change that we can see"
    WORSE = "worse", "Things are worse"
    NOT_KNOWN = "not_known", "Not known"


class EventKind(TextChoices):
    """What a timeline tells. Each kind has its sentence on the page."""

    OPENED = "opened", "Case opened"
    STEP_DONE = "step_done", "Step finished"
    ACTION_ADDED = "action_added", "Action added"
    ACTION_CHANGED = "action_changed", "Action changed"
    ACTION_DONE = "action_done", "Action finished"
    ACTION_DROPPED = "action_dropped", "Action dropped"
    NOTE_ADDED = "note_added", "Note added"
    QUESTION_SENT = "question_sent", "Question sent to the reporter"
    UPDATE_SENT = "update_sent", "Message sent to the reporter"
    OUTCOME_RECORDED = "outcome_recorded", "Outcome recorded"
    FEEDBACK_SENT = "feedback_sent", "Outcome told to the reporter"
    FEEDBACK_WITHHELD = "feedback_withheld", "Outcome withheld from the reporter"
    CATEGORY_ASSESSED = "category_assessed", "Category assessed"
    MEMBER_ADDED = "member_added", "Member added"
    MEMBER_REMOVED = "member_removed", "Member removed"
    HANDED_OVER = "handed_over", "Case handed over"
    REFERRAL_JOINED = "referral_joined", "Referral joined"
    SHARED = "shared", "Shared with an agency"
    SHARED_URGENTLY = "shared_urgently", "Shared without an agreement"
    SHARING_REVIEWED = "sharing_reviewed", "Urgent sharing reviewed"
    SHARING_ENDED = "sharing_ended", "Sharing ended"
    INFORMATION_ASKED = "information_asked", "Information asked for"
    INFORMATION_ANSWERED = "information_answered", "Information received"
    INFORMATION_DECLINED = "information_declined", "Information declined"
    INFORMATION_WITHDRAWN = "information_withdrawn", "Request for information withdrawn"
    TRANSFER_OFFERED = "transfer_offered", "Transfer offered"
    TRANSFER_ACCEPTED = "transfer_accepted", "Transfer accepted"
    TRANSFER_REJECTED = "transfer_rejected", "Transfer rejected"
    TRANSFER_REVOKED = "transfer_revoked", "Transfer revoked"
    TASK_GIVEN = "task_given", "Task given"
    CLOCK_PAUSED = "clock_paused", "Clock paused"
    CLOCK_RESUMED = "clock_resumed", "Clock goes on"
    CLOCK_EXTENDED = "clock_extended", "Clock extended"
    RAN_OUT = "ran_out", "A clock ran out"
    TIME_CAME = "time_came", "A date came"
    NEWS = "news", "News"
    STAGE_REOPENED = "stage_reopened", "Stage opened again"
    OTHER_PROCESS = "other_process", "Goes on by another process"
    MIGRATED = "migrated", "Moved to another version of the process"
    PUT_ON_AGENDA = "put_on_agenda", "Put on a panel's agenda"
    LEFT_FOR_LATER = "left_for_later", "Left for a later panel"
    PANEL_PAPER = "panel_paper", "Paper for the panel written"
    PANEL_POSITIONS = "panel_positions", "Positions at the panel recorded"
    PANEL_DECIDED = "panel_decided", "The panel decided"
    PANEL_ACTION = "panel_action", "Agreed at the panel"
    CONSENT_RECORDED = "consent_recorded", "Consent recorded"
    CONSENT_WITHDRAWN = "consent_withdrawn", "Consent withdrawn"
    ASSESSMENT_BEGUN = "assessment_begun", "Assessment begun"
    ASSESSMENT_CHANGED = "assessment_changed", "Draft of an assessment saved"
    ASSESSMENT_FINISHED = "assessment_finished", "Assessment finished"
    ASSESSMENT_DROPPED = "assessment_dropped", "Draft of an assessment dropped"
    PLAN_MADE = "plan_made", "Support plan written"
    INTERVENTION_ADDED = "intervention_added", "Support planned"
    INTERVENTION_CHANGED = "intervention_changed", "Support changed"
    INTERVENTION_MOVED = "intervention_moved", "Support went on"
    OFFER_ANSWERED = "offer_answered", "The provider answered"
    SERVICE_ANSWERED = "service_answered", "A service answered"
    SESSION_LOGGED = "session_logged", "Session logged"
    SUPPORT_REVIEWED = "support_reviewed", "Support reviewed"
    CLOSED = "closed", "Case closed"
    REOPENED = "reopened", "Case reopened"


@dataclass(frozen=True)
class CaseRow:
    """One line of the list: nothing that has to be decrypted."""

    id: UUID
    reference: str
    state: CaseState
    lead_officer: str
    lead_agency: str
    next_step: str  # the step's name, "" when none waits
    due_at: datetime | None
    is_late: bool
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class CasePage:
    """One page of the list. `after` is the cursor of the next page, "" on the last."""

    rows: tuple[CaseRow, ...]
    after: str


@dataclass(frozen=True)
class CaseFilters:
    """What the list is narrowed by. `agency_id`: cases that this agency leads or is given sections of. `to_agree`:
    open cases that wait for somebody to agree to their closing."""

    mine: bool = False
    state: CaseState | None = CaseState.OPEN
    late: bool = False
    to_agree: bool = False
    agency_id: UUID | None = None


@dataclass(frozen=True)
class NewAction:
    """What an action is, as it is filled in. The owner is a member of staff or an agency, never both."""

    kind: ActionKind
    title: str
    due_on: date
    detail: str = ""
    owner_id: UUID | None = None
    owner_agency_id: UUID | None = None
