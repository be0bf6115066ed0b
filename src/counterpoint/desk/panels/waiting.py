"""What waits for people of panels, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.panels import selectors


def waiting_in_panels(viewer: Staff) -> Sequence[Waiting]:
    """Meetings to come whose agenda can be read. It counts meetings, never cases."""
    if not can_hold(viewer, Role.PANEL_CHAIR, Role.PANEL_MEMBER, Role.CASE_OFFICER, Role.SUPERVISOR):
        return ()
    count = selectors.next_meetings(viewer)
    return (Waiting("Panel meetings to come, with papers", count, reverse("desk:panels"), 50),) if count else ()
