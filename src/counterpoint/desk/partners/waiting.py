"""What waits for people who work with other agencies, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access import agreements
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting

_MOST = 50


def waiting_with_partners(viewer: Staff) -> Sequence[Waiting]:
    """For supervisors: agreements to approve, and sharing without one to review."""
    if not viewer.agency.is_lead or not can_hold(viewer, Role.SUPERVISOR):
        return ()
    drafts = agreements.agreements_to_approve(viewer)
    urgent = len(agreements.urgent_shares(viewer, reviewed=False, limit=_MOST))
    lines = [Waiting("Agreements to approve", drafts, reverse("desk:agreements"), _MOST)] if drafts else []
    if urgent:
        text = "Sharing without an agreement to review"
        lines.append(Waiting(text, urgent, reverse("desk:urgent_shares"), _MOST, is_pressing=True))
    return lines
