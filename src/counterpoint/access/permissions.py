"""Who may: the one map from route to rule, and the checks that services make. Deny by default: a route without a row
is refused by `counterpoint.access.gate` and fails tests/access/test_permission_map.py.

Whether a thing may happen at all, whoever asks: `counterpoint.access.policies` and the `policies` of each folder.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from counterpoint.access.models import Staff
from counterpoint.access.predicates import (
    OF_LEAD_AGENCY,
    PASSWORD_GIVEN,
    PUBLIC,
    SIGNED_IN,
    Answer,
    Asked,
    Rule,
    all_of,
    any_of,
    holds,
    related,
    works_on,
)
from counterpoint.access.relations import Relation, relation_to
from counterpoint.access.types import Role, Section, SubjectKind
from counterpoint.base.errors import NotAllowed, NotFound, Refusal

_TRIAGE = holds(Role.TRIAGE_OFFICER, Role.SUPERVISOR)
_CASEWORK = holds(Role.CASE_OFFICER, Role.SUPERVISOR)
# call handlers reach a referral only by breaking the glass, case officers by its case too
_READS_REFERRALS = holds(Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR)
_TRIAGES_REFERRAL = all_of(_TRIAGE, works_on(SubjectKind.REFERRAL, "referral_id"))
_ADVISES = holds(Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR)
# call handlers and triage officers reach a case only by breaking the glass
_READS_CASES = holds(
    Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.PANEL_CHAIR, Role.SUPERVISOR, Role.PARTNER
)
_READS_CASE = all_of(_READS_CASES, related(SubjectKind.CASE, "case_id"))
_WORKS_CASE = all_of(_CASEWORK, works_on(SubjectKind.CASE, "case_id"))
_WORKS_ON_CASE = all_of(_READS_CASES, works_on(SubjectKind.CASE, "case_id"))
_READS_SUPPORT = all_of(_READS_CASES, related(SubjectKind.CASE, "case_id", section=Section.ACTIONS))
_REVIEWS_SUPPORT = holds(Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR)
_GIVES_SUPPORT = holds(Role.CASE_OFFICER, Role.SUPERVISOR, Role.INTERVENTION_PROVIDER)

_PREPARES_PANELS = all_of(OF_LEAD_AGENCY, holds(Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR))
_AT_PANELS = holds(Role.CASE_OFFICER, Role.SUPERVISOR, Role.PANEL_CHAIR, Role.PANEL_MEMBER, Role.PARTNER)
_HAS_TASKS = holds(
    Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.PANEL_CHAIR, Role.SUPERVISOR, Role.PARTNER
)
_ANSWERS_FOR_RULES = all_of(OF_LEAD_AGENCY, holds(Role.PROCESS_LEAD, Role.SUPERVISOR))
_CHANGES_RULES = all_of(OF_LEAD_AGENCY, holds(Role.PROCESS_LEAD))
_MAKES_AGREEMENTS = all_of(OF_LEAD_AGENCY, holds(Role.PROCESS_LEAD, Role.SUPERVISOR))
# terms between organisations, nothing about a person; each agency reads its own
_READS_AGREEMENTS = holds(Role.CASE_OFFICER, Role.SUPERVISOR, Role.PROCESS_LEAD, Role.AUDITOR, Role.PARTNER)
# content work: no referral, case or person is within reach of these pages
_ANALYSES = holds(Role.ANALYST)
_READS_CAMPAIGNS = holds(Role.ANALYST, Role.CONTENT_REVIEWER)

PERMISSIONS: Mapping[str, Rule] = {
    # --- logging in (names are the login library's own)
    "account_login": PUBLIC,
    "account_logout": PASSWORD_GIVEN,
    "account_change_password": SIGNED_IN,
    "mfa_authenticate": PUBLIC,  # password given, not yet logged in: the library holds the pending login
    "mfa_activate_totp": PASSWORD_GIVEN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "desk:accept_invitation": PUBLIC,  # holds a one-time link
    # --- desk: shell
    "desk:home": SIGNED_IN,
    "desk:notices": SIGNED_IN,
    "desk:notice_open": SIGNED_IN,
    "desk:notices_read": SIGNED_IN,
    "desk:go": SIGNED_IN,  # leads only to records that the viewer may know of, and their pages ask again
    "desk:staff": holds(Role.ADMINISTRATOR),
    "desk:agencies": holds(Role.ADMINISTRATOR),
    "desk:agency_new": holds(Role.ADMINISTRATOR),
    "desk:staff_invite": holds(Role.ADMINISTRATOR),
    "desk:staff_member": holds(Role.ADMINISTRATOR),
    "desk:staff_give_role": holds(Role.ADMINISTRATOR),
    "desk:staff_end_role": holds(Role.ADMINISTRATOR),
    "desk:staff_new_link": holds(Role.ADMINISTRATOR),
    "desk:staff_reset_second_factor": holds(Role.ADMINISTRATOR),
    "desk:staff_end": holds(Role.ADMINISTRATOR),
    "desk:break_glass": all_of(
        OF_LEAD_AGENCY, holds(Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.CASE_OFFICER, Role.SUPERVISOR)
    ),
    "desk:supervision": holds(Role.SUPERVISOR),
    "desk:supervision_review": holds(Role.SUPERVISOR),
    "desk:audit": holds(Role.AUDITOR),
    "desk:audit_ledger": holds(Role.AUDITOR),
    # --- desk: triage
    "desk:inbox": _TRIAGE,
    "desk:content": _TRIAGE,
    "desk:search": _TRIAGE,
    "desk:call_backs": all_of(OF_LEAD_AGENCY, _ADVISES),
    "desk:call_back": all_of(OF_LEAD_AGENCY, _READS_REFERRALS),  # the selector asks who reads the queue, or the record
    "desk:call_back_put_in": all_of(OF_LEAD_AGENCY, _TRIAGE),
    "desk:call_back_set_aside": all_of(OF_LEAD_AGENCY, _TRIAGE),
    "desk:call_back_take_up": all_of(OF_LEAD_AGENCY, _TRIAGE),
    "desk:nowhere": SIGNED_IN,  # an address of the desk that leads nowhere
    "desk:referral": all_of(_READS_REFERRALS, related(SubjectKind.REFERRAL, "referral_id")),
    "desk:referral_file": all_of(_READS_REFERRALS, related(SubjectKind.REFERRAL, "referral_id", section=Section.FILES)),
    "desk:referral_recuse": all_of(_READS_REFERRALS, related(SubjectKind.REFERRAL, "referral_id")),
    "desk:referral_readers": _TRIAGES_REFERRAL,
    "desk:referral_take": _TRIAGES_REFERRAL,
    "desk:referral_assign": _TRIAGES_REFERRAL,
    "desk:referral_ask": _TRIAGES_REFERRAL,
    "desk:referral_original": _TRIAGES_REFERRAL,
    "desk:referral_repeat": _TRIAGES_REFERRAL,
    "desk:referral_decide": _TRIAGES_REFERRAL,
    "desk:referral_decide_route": _TRIAGES_REFERRAL,
    "desk:referral_handover": _TRIAGES_REFERRAL,
    "desk:referral_second_reading": _TRIAGES_REFERRAL,
    "desk:referral_ask_reader": _TRIAGES_REFERRAL,
    "desk:referral_recusals": all_of(holds(Role.SUPERVISOR), works_on(SubjectKind.REFERRAL, "referral_id")),
    "desk:recusal_lift": all_of(holds(Role.SUPERVISOR), works_on(SubjectKind.REFERRAL, "referral_id")),
    "desk:advice": _ADVISES,
    "desk:advice_new": all_of(OF_LEAD_AGENCY, _ADVISES),
    "desk:advice_contact": all_of(_ADVISES, related(SubjectKind.ADVICE, "advice_id")),
    "desk:advice_handover": all_of(_ADVISES, works_on(SubjectKind.ADVICE, "advice_id")),
    "desk:advice_refer": all_of(_ADVISES, works_on(SubjectKind.ADVICE, "advice_id")),
    # --- desk: tasks
    "desk:tasks": _HAS_TASKS,
    "desk:task_take": _HAS_TASKS,  # the service asks whose queue it is in
    "desk:task_give": _HAS_TASKS,
    "desk:clocks": all_of(OF_LEAD_AGENCY, holds(Role.CASE_OFFICER, Role.PANEL_CHAIR, Role.SUPERVISOR)),
    "desk:absences": _HAS_TASKS,
    "desk:absence_end": _HAS_TASKS,
    # --- desk: cases
    "desk:cases": holds(Role.CASE_OFFICER, Role.PANEL_CHAIR, Role.SUPERVISOR, Role.PARTNER),
    "desk:case": _READS_CASE,
    "desk:case_concern": _READS_CASE,
    "desk:case_reporter": all_of(_READS_CASES, related(SubjectKind.CASE, "case_id", section=Section.REPORTER)),
    "desk:case_file": all_of(_READS_CASES, related(SubjectKind.CASE, "case_id", section=Section.FILES)),
    "desk:case_notes": _READS_CASE,
    "desk:case_people": _READS_CASE,
    "desk:case_ending": _READS_CASE,  # the page refuses partners: it is the lead agency's own
    "desk:case_recuse": _READS_CASE,
    "desk:case_action_finish": _READS_CASE,  # a partner ends its own action: cases.permissions
    "desk:case_step": _READS_CASE,  # whose step it is, the service asks: cases.permissions
    "desk:case_clock_pause": _WORKS_CASE,
    "desk:case_clock_resume": _WORKS_CASE,
    "desk:case_clock_extend": _WORKS_CASE,
    "desk:case_news": _WORKS_CASE,
    "desk:case_process": _WORKS_CASE,
    "desk:case_category": _WORKS_CASE,
    "desk:case_join": _WORKS_CASE,
    "desk:case_action_add": _WORKS_CASE,
    "desk:case_action_change": _WORKS_CASE,
    "desk:case_action_drop": _WORKS_CASE,
    "desk:case_note_add": _WORKS_CASE,
    "desk:case_write": _WORKS_CASE,
    "desk:case_member_add": _WORKS_CASE,
    "desk:case_member_remove": _WORKS_CASE,
    "desk:case_hand_over": _WORKS_CASE,
    "desk:case_outcome": _WORKS_CASE,
    "desk:case_feedback": _WORKS_CASE,
    "desk:case_feedback_keep": _WORKS_CASE,
    "desk:case_close": _WORKS_CASE,
    "desk:case_reopen": _WORKS_CASE,
    # --- desk: partners
    "desk:case_share": _WORKS_CASE,
    "desk:case_share_by": _WORKS_CASE,
    "desk:case_share_urgently": _WORKS_CASE,
    "desk:case_sharing_end": _WORKS_CASE,
    "desk:agreements": _READS_AGREEMENTS,
    "desk:agreement": _READS_AGREEMENTS,
    "desk:agreement_new": _MAKES_AGREEMENTS,
    "desk:agreement_change": _MAKES_AGREEMENTS,
    "desk:agreement_approve": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR)),
    "desk:agreement_end": _MAKES_AGREEMENTS,
    "desk:urgent_shares": holds(Role.SUPERVISOR),
    "desk:urgent_share_review": holds(Role.SUPERVISOR),
    "desk:case_disclosures": _READS_CASE,  # the pages refuse partners: they are the lead agency's own
    "desk:case_information": _READS_CASE,
    "desk:case_information_ask": _WORKS_CASE,
    "desk:case_information_withdraw": _WORKS_CASE,
    "desk:case_transfers": _READS_CASE,
    "desk:case_transfer_offer": _WORKS_CASE,
    "desk:case_transfer_revoke": _WORKS_CASE,
    "desk:information_requests": holds(Role.PARTNER),  # what was asked of the viewer's own agency
    "desk:information_request": holds(Role.PARTNER),
    "desk:information_answer": holds(Role.PARTNER),
    "desk:information_decline": holds(Role.PARTNER),
    "desk:transfers": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR)),
    "desk:transfer": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR)),
    "desk:transfer_accept": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR)),
    "desk:transfer_reject": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR)),
    "desk:disclosures": holds(Role.AUDITOR),
    # --- desk: panels (each page asks anew how the viewer stands to the meeting and to each of its cases)
    "desk:panels": _AT_PANELS,
    "desk:panel": _AT_PANELS,
    "desk:panel_new": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR, Role.PANEL_CHAIR)),
    "desk:panel_seat_give": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR, Role.PANEL_CHAIR)),
    "desk:panel_seat_end": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR, Role.PANEL_CHAIR)),
    "desk:panel_meeting": _AT_PANELS,
    "desk:panel_meeting_new": _PREPARES_PANELS,
    "desk:panel_meeting_change": _PREPARES_PANELS,
    "desk:panel_papers_send": _PREPARES_PANELS,
    "desk:panel_meeting_held": _PREPARES_PANELS,
    "desk:panel_meeting_cancel": _PREPARES_PANELS,
    "desk:panel_attendance": _PREPARES_PANELS,
    "desk:panel_papers": _AT_PANELS,
    "desk:panel_agenda_put": all_of(_PREPARES_PANELS, works_on(SubjectKind.CASE, "case_id")),
    "desk:panel_agenda_leave": all_of(_PREPARES_PANELS, works_on(SubjectKind.CASE, "case_id")),
    "desk:panel_item": _AT_PANELS,
    "desk:panel_item_move": _PREPARES_PANELS,
    "desk:panel_item_paper": _PREPARES_PANELS,
    "desk:panel_item_prepare": _PREPARES_PANELS,
    "desk:panel_item_recuse": _AT_PANELS,
    "desk:panel_item_positions": _PREPARES_PANELS,
    "desk:panel_item_position": _AT_PANELS,
    "desk:panel_item_decide": _PREPARES_PANELS,
    "desk:panel_item_action": _PREPARES_PANELS,
    "desk:panel_minutes": _AT_PANELS,
    "desk:panel_minutes_print": _AT_PANELS,
    "desk:panel_minutes_save": _AT_PANELS,
    "desk:panel_minutes_draft": _PREPARES_PANELS,
    "desk:panel_minutes_summary": _PREPARES_PANELS,
    "desk:panel_minutes_item": _PREPARES_PANELS,
    "desk:panel_minutes_approve": _PREPARES_PANELS,
    "desk:case_panels": _READS_CASE,
    # --- desk: support
    "desk:case_consents": _READS_CASE,  # consents and assessments: the pages refuse partners
    "desk:case_consent": _WORKS_CASE,
    "desk:case_consent_withdraw": _WORKS_ON_CASE,
    "desk:case_assessments": _READS_CASE,
    "desk:case_assessment_new": _WORKS_CASE,
    "desk:case_assessment_change": _READS_CASE,
    "desk:case_assessment_step": _WORKS_CASE,
    "desk:case_assessment": _READS_CASE,
    "desk:case_assessment_correct": _WORKS_CASE,
    "desk:case_assessment_drop": _WORKS_CASE,
    "desk:case_support": _READS_SUPPORT,
    "desk:case_plan": _WORKS_CASE,
    "desk:case_review_add": all_of(_REVIEWS_SUPPORT, works_on(SubjectKind.CASE, "case_id")),
    "desk:case_intervention_add": _WORKS_CASE,
    "desk:case_intervention": _READS_SUPPORT,  # a provider sees its own: support.permissions
    "desk:case_intervention_change": _WORKS_CASE,
    "desk:case_intervention_move": _WORKS_CASE,
    "desk:case_intervention_answer": _WORKS_CASE,
    "desk:case_intervention_offer": all_of(
        holds(Role.INTERVENTION_PROVIDER), related(SubjectKind.CASE, "case_id", section=Section.ACTIONS)
    ),
    "desk:case_session_add": all_of(_GIVES_SUPPORT, related(SubjectKind.CASE, "case_id", section=Section.ACTIONS)),
    "desk:interventions": holds(Role.INTERVENTION_PROVIDER),
    "desk:monitoring": all_of(OF_LEAD_AGENCY, holds(Role.SUPERVISOR, Role.PROCESS_LEAD, Role.PANEL_CHAIR)),
    # --- desk: rules
    "desk:rules": _ANSWERS_FOR_RULES,
    "desk:rules_archive": _ANSWERS_FOR_RULES,
    "desk:rules_file": _ANSWERS_FOR_RULES,
    "desk:rules_table": SIGNED_IN,  # what judged a record is one click away; a draft's is refused by the page
    "desk:rules_roll_back": _ANSWERS_FOR_RULES,
    "desk:rule_draft_new": _CHANGES_RULES,
    "desk:rule_draft": _ANSWERS_FOR_RULES,
    "desk:rule_draft_upload": _CHANGES_RULES,
    "desk:rule_draft_remove": _CHANGES_RULES,
    "desk:rule_draft_renew": _CHANGES_RULES,
    "desk:rule_draft_archive": _ANSWERS_FOR_RULES,
    "desk:rule_draft_file": _ANSWERS_FOR_RULES,
    "desk:rule_draft_difference": _ANSWERS_FOR_RULES,
    "desk:rule_draft_shadow": _ANSWERS_FOR_RULES,
    "desk:rule_backtest_start": _ANSWERS_FOR_RULES,
    "desk:rule_backtest": _ANSWERS_FOR_RULES,
    "desk:rule_backtest_stop": _ANSWERS_FOR_RULES,
    "desk:rule_backtest_counts": _ANSWERS_FOR_RULES,
    "desk:rule_draft_try": _ANSWERS_FOR_RULES,
    "desk:rule_moves": _ANSWERS_FOR_RULES,
    "desk:rule_move": _ANSWERS_FOR_RULES,
    "desk:rule_move_start": _ANSWERS_FOR_RULES,
    "desk:rule_move_stop": _ANSWERS_FOR_RULES,
    "desk:rule_draft_sandbox": _ANSWERS_FOR_RULES,
    "desk:rule_trial": _ANSWERS_FOR_RULES,  # each copy is its maker's alone, and its case is asked again
    "desk:rule_trial_delete": _ANSWERS_FOR_RULES,
    "desk:case_version": _WORKS_CASE,  # the service asks who leads it
    "desk:case_stage_reopen": _WORKS_CASE,
    "desk:rule_draft_approve": _ANSWERS_FOR_RULES,
    "desk:rule_draft_live": _ANSWERS_FOR_RULES,
    "desk:rule_draft_withdraw": _ANSWERS_FOR_RULES,
    # --- desk: campaigns
    "desk:campaigns": _READS_CAMPAIGNS,
    "desk:snapshot": _READS_CAMPAIGNS,
    "desk:snapshot_new": _ANALYSES,
    "desk:snapshot_point": _ANALYSES,
    "desk:snapshot_delete": _ANALYSES,
    "desk:run_new": _ANALYSES,
    "desk:run": _READS_CAMPAIGNS,
    "desk:finding": _READS_CAMPAIGNS,
    "desk:finding_posts": _READS_CAMPAIGNS,
    "desk:finding_judge": _ANALYSES,
    "desk:finding_act": _ANALYSES,
    "desk:finding_follow": _ANALYSES,
    "desk:finding_send": _ANALYSES,
    "desk:finding_export": _ANALYSES,
    "desk:campaign_disclosures": holds(Role.ANALYST, Role.AUDITOR),
    # --- portal
    "portal:root": PUBLIC,
    "portal:start": PUBLIC,
    "portal:choose": PUBLIC,
    "portal:exit": PUBLIC,
    "portal:about": PUBLIC,
    "portal:begin": PUBLIC,
    "portal:emergency": PUBLIC,
    "portal:send_now": PUBLIC,
    "portal:check": PUBLIC,
    "portal:receipt": PUBLIC,
    "portal:ended": PUBLIC,
    "portal:page": PUBLIC,
    "portal:finished": PUBLIC,
    "portal:mailbox": PUBLIC,
    "portal:messages": PUBLIC,  # opened by the receipt; the page checks the pass
    "portal:close": PUBLIC,
    "portal:closed": PUBLIC,
}

P = ParamSpec("P")


def yes_or_no(check: Callable[P, object]) -> Callable[P, bool]:
    """The question to a `check_…`: True when it would pass, False when it would refuse."""

    @wraps(check)
    def can(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            check(*args, **kwargs)
        except Refusal:
            return False
        return True

    return can


def may_open(viewer: Staff, route: str, **parts: object) -> bool:
    """Whether the map lets this person open the page, so that nobody is shown a link that they may not follow."""
    return PERMISSIONS[route].answer(Asked(viewer, parts)) is Answer.YES


def check_holds(by: Staff, *roles: Role) -> None:
    """Raises NotAllowed unless `by` is active and holds one of the roles."""
    if not by.is_active or not by.role_names & set(roles):
        wanted = " or ".join(role.label.lower() for role in roles)
        raise NotAllowed(f"This is for the role {wanted}. Ask your administrator if it should be yours.")


def check_reads(viewer: Staff, *, kind: SubjectKind, subject_id: UUID, section: Section | None = None) -> Relation:
    """The relation by which `viewer` may read the record (or that section of it).
    Raises NotFound for none, recused or no such record; NotAllowed for a section that was not granted."""
    relation = relation_to(viewer, kind=kind, subject_id=subject_id)
    if not viewer.is_active or not relation.is_known:
        raise NotFound(f"There is no such {kind.label.lower()}, or it is not yours to see.")
    if section is not None and not relation.opens(section):
        raise NotAllowed(f"Your agency was not given the part “{section.label}” of this {kind.label.lower()}.")
    return relation


def check_works_on(by: Staff, *, kind: SubjectKind, subject_id: UUID) -> Relation:
    """The relation by which `by` may change the record. Raises NotFound as `check_reads`, NotAllowed for those who
    may only read it."""
    relation = check_reads(by, kind=kind, subject_id=subject_id)
    if not relation.works:
        raise NotAllowed(f"You may read this {kind.label.lower()}, not change it.")
    return relation


can_hold = yes_or_no(check_holds)
can_read = yes_or_no(check_reads)
can_work_on = yes_or_no(check_works_on)

__all__ = [
    "OF_LEAD_AGENCY",
    "PASSWORD_GIVEN",
    "PERMISSIONS",
    "PUBLIC",
    "SIGNED_IN",
    "all_of",
    "any_of",
    "can_hold",
    "can_read",
    "can_work_on",
    "check_holds",
    "check_reads",
    "check_works_on",
    "holds",
    "related",
    "works_on",
    "yes_or_no",
]
