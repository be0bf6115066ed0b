"""Triage's face for whoever changes something. Pages call `counterpoint.journey` where a decision, a second reading, a
handover or an answer has consequences elsewhere (case, mailbox); these here change triage's own rows only.

Every function checks who may (`permissions`) and whether it may happen at all (`policies`), writes in one transaction
and leaves one audit entry there.
"""

from counterpoint.triage.advice import give_advice, link_referral, record_advice
from counterpoint.triage.decisions import (
    ask_second_reader,
    assign,
    close_with_case,
    record_decision,
    record_second_reading,
    reopen_with_case,
    take,
    usual_feedback,
)
from counterpoint.triage.errors import Incomplete, Lack
from counterpoint.triage.handovers import (
    advice_awaits_handover,
    awaits_handover,
    record_advice_handover,
    record_handover,
    record_no_handover,
)
from counterpoint.triage.verdicts import give_advice_verdict, give_verdict

__all__ = [
    "Incomplete",
    "Lack",
    "advice_awaits_handover",
    "ask_second_reader",
    "assign",
    "awaits_handover",
    "close_with_case",
    "give_advice",
    "give_advice_verdict",
    "give_verdict",
    "link_referral",
    "record_advice",
    "record_advice_handover",
    "record_decision",
    "record_handover",
    "record_no_handover",
    "record_second_reading",
    "reopen_with_case",
    "take",
    "usual_feedback",
]
