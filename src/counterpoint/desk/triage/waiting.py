"""What waits for people of triage, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access import selectors as access
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.triage import selectors
from counterpoint.triage.call_backs import call_backs

_LISTS = (
    ("emergency", "Emergencies to hand over", "?emergency=on", True),
    ("unassigned", "Referrals that nobody took yet", "?assigned=nobody&state=new", False),
    ("mine", "Referrals that are yours", "?assigned=me", False),
    ("second_reader", "Decisions that wait for a second reader", "?state=awaiting_second_reader", False),
)


def waiting_in_triage(viewer: Staff) -> Sequence[Waiting]:
    """The inbox's lists with their capped counts."""
    if not can_hold(viewer, Role.TRIAGE_OFFICER, Role.SUPERVISOR):
        return ()
    counts = selectors.inbox(viewer, page_size=1).counts
    inbox = reverse("desk:inbox")
    return [
        Waiting(what, counts.get(name, 0), inbox + query, selectors.COUNTS_CAP, is_pressing)
        for name, what, query, is_pressing in _LISTS
    ]


def waiting_call_backs(viewer: Staff) -> Sequence[Waiting]:
    """Arrivals that need a call back; left out while there are none."""
    if not viewer.agency.is_lead or not can_hold(viewer, Role.CALL_HANDLER, Role.TRIAGE_OFFICER, Role.SUPERVISOR):
        return ()
    cap = 100
    count = len(call_backs(viewer, limit=cap))
    return [Waiting("Reports that need a call back", count, reverse("desk:call_backs"), cap)] if count else ()


def waiting_for_supervisors(viewer: Staff) -> Sequence[Waiting]:
    """Break-glass readings to review."""
    if not can_hold(viewer, Role.SUPERVISOR):
        return ()
    cap = 50
    count = len(access.break_glass_reads(viewer, reviewed=False, limit=cap))
    return [Waiting("Broken glass to review", count, reverse("desk:supervision"), cap, is_pressing=True)]
