"""What changes agencies, staff and who may see what. Each is one transaction with one audit entry."""

from counterpoint.access.services.agreements import (
    approve_agreement,
    change_agreement,
    end_agreement,
    propose_agreement,
)
from counterpoint.access.services.break_glass import break_glass, review_break_glass
from counterpoint.access.services.notices import mark_notice_read, mark_notices_read, tell_staff
from counterpoint.access.services.recusals import lift_recusal, record_recusal
from counterpoint.access.services.sharing import grant_sharing, revoke_sharing
from counterpoint.access.services.staff import (
    accept_invitation,
    add_agency,
    deactivate_staff,
    end_role,
    give_role,
    invite_again,
    invite_staff,
    invited_by_link,
    reset_second_factor,
)
from counterpoint.access.services.urgent import review_urgent_sharing, share_urgently

__all__ = [
    "accept_invitation",
    "add_agency",
    "approve_agreement",
    "break_glass",
    "change_agreement",
    "deactivate_staff",
    "end_agreement",
    "end_role",
    "give_role",
    "grant_sharing",
    "invite_again",
    "invite_staff",
    "invited_by_link",
    "lift_recusal",
    "mark_notice_read",
    "mark_notices_read",
    "propose_agreement",
    "record_recusal",
    "reset_second_factor",
    "review_break_glass",
    "review_urgent_sharing",
    "revoke_sharing",
    "share_urgently",
    "tell_staff",
]
