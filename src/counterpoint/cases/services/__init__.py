"""What can be done with a case. Each is one transaction with one audit entry of its own; whether it may happen:
`counterpoint.cases.policies`; who may: `counterpoint.cases.permissions`."""

from counterpoint.cases.services.actions import add_action, change_action, drop_action, finish_action
from counterpoint.cases.services.clocks import extend_clock, pause_clock, resume_clock
from counterpoint.cases.services.closing import close_case
from counterpoint.cases.services.happening import look_at_clocks, receive_message
from counterpoint.cases.services.notes import add_note, write_to_reporter
from counterpoint.cases.services.opening import case_of, change_process, open_case, reopen_case
from counterpoint.cases.services.outcome import keep_feedback, record_outcome, send_feedback, withhold_feedback
from counterpoint.cases.services.people import add_member, hand_over, remove_member
from counterpoint.cases.services.referrals import assess_category, join_referral
from counterpoint.cases.services.sharing import (
    end_agreement,
    end_sharing,
    review_urgent_sharing,
    share_case,
    share_urgently,
)
from counterpoint.cases.services.steps import complete_step
from counterpoint.cases.services.tasks import give_task, give_task_to_agency, take_task

__all__ = [
    "add_action",
    "add_member",
    "add_note",
    "assess_category",
    "case_of",
    "change_action",
    "change_process",
    "close_case",
    "complete_step",
    "drop_action",
    "end_agreement",
    "end_sharing",
    "extend_clock",
    "finish_action",
    "give_task",
    "give_task_to_agency",
    "hand_over",
    "join_referral",
    "keep_feedback",
    "look_at_clocks",
    "open_case",
    "pause_clock",
    "receive_message",
    "record_outcome",
    "remove_member",
    "reopen_case",
    "resume_clock",
    "review_urgent_sharing",
    "send_feedback",
    "share_case",
    "share_urgently",
    "take_task",
    "withhold_feedback",
    "write_to_reporter",
]
