"""What changes agencies, staff and who may see what. Each is one transaction with one audit entry."""

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

__all__ = [
    "accept_invitation",
    "add_agency",
    "break_glass",
    "deactivate_staff",
    "end_role",
    "give_role",
    "grant_sharing",
    "invite_again",
    "invite_staff",
    "invited_by_link",
    "lift_recusal",
    "mark_notice_read",
    "mark_notices_read",
    "record_recusal",
    "reset_second_factor",
    "review_break_glass",
    "revoke_sharing",
    "tell_staff",
]
