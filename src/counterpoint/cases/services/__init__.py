"""What can be done with a case. Each is one transaction with one audit entry of its own; whether it may happen:
`counterpoint.cases.policies`; who may: `counterpoint.cases.permissions`."""

from counterpoint.cases.services.actions import add_action, change_action, drop_action, finish_action
from counterpoint.cases.services.closing import close_case
from counterpoint.cases.services.notes import add_note, write_to_reporter
from counterpoint.cases.services.opening import case_of, open_case, reopen_case
from counterpoint.cases.services.outcome import keep_feedback, record_outcome, send_feedback, withhold_feedback
from counterpoint.cases.services.people import add_member, hand_over, remove_member
from counterpoint.cases.services.referrals import assess_category, join_referral
from counterpoint.cases.services.sharing import end_sharing, share_case
from counterpoint.cases.services.steps import complete_step

__all__ = [
    "add_action",
    "add_member",
    "add_note",
    "assess_category",
    "case_of",
    "change_action",
    "close_case",
    "complete_step",
    "drop_action",
    "end_sharing",
    "finish_action",
    "hand_over",
    "join_referral",
    "keep_feedback",
    "open_case",
    "record_outcome",
    "remove_member",
    "reopen_case",
    "send_feedback",
    "share_case",
    "withhold_feedback",
    "write_to_reporter",
]
