"""What waits for people who work with other agencies, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access import agreements
from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.partners import selectors

_MOST = 50


def waiting_with_partners(viewer: Staff) -> Sequence[Waiting]:
    """For partners: what they were asked. For supervisors: agreements to approve, sharing without one to review, cases
    that another agency offers."""
    if can_hold(viewer, Role.PARTNER):
        count = selectors.requests_waiting_for(viewer)
        return [Waiting("Requests for information", count, reverse("desk:information_requests"))]
    if not viewer.agency.is_lead or not can_hold(viewer, Role.SUPERVISOR):
        return ()
    found = (
        Waiting("Agreements to approve", agreements.agreements_to_approve(viewer), reverse("desk:agreements"), _MOST),
        Waiting(
            "Sharing without an agreement to review",
            len(agreements.urgent_shares(viewer, reviewed=False, limit=_MOST)),
            reverse("desk:urgent_shares"),
            _MOST,
            is_pressing=True,
        ),
        Waiting("Cases offered to your agency", selectors.transfers_waiting_for(viewer), reverse("desk:transfers")),
    )
    return [line for line in found if line.count]
