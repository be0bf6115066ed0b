"""What waits for an analyst on the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.campaigns import selectors
from counterpoint.desk.shell.waiting import Waiting

_CAP = 100


def waiting_in_campaigns(viewer: Staff) -> Sequence[Waiting]:
    """Findings that nobody has judged."""
    if not can_hold(viewer, Role.ANALYST):
        return ()
    count = selectors.findings_to_judge(viewer, limit=_CAP)
    return (Waiting("Findings to judge", count, reverse("desk:campaigns"), _CAP),) if count else ()
