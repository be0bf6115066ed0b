"""What waits for people of casework, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.cases import selectors
from counterpoint.cases.selectors.listing import COUNT_CAP
from counterpoint.desk.shell.waiting import Waiting

_HAVE_TASKS = (
    Role.CALL_HANDLER,
    Role.TRIAGE_OFFICER,
    Role.CASE_OFFICER,
    Role.PANEL_CHAIR,
    Role.SUPERVISOR,
    Role.PARTNER,
)


def waiting_in_cases(viewer: Staff) -> Sequence[Waiting]:
    """Tasks; the cases somebody works on, those of them that are late, and for supervisors those that wait for a
    second person to agree to their closing."""
    return [*_tasks(viewer), *_cases(viewer)]


def _tasks(viewer: Staff) -> list[Waiting]:
    """One's own tasks, and those that wait for somebody of one's role; a line only where there are any."""
    if not can_hold(viewer, *_HAVE_TASKS):
        return []
    own, queue = selectors.waiting_tasks(viewer)
    lines = (("Tasks that are yours", own), ("Tasks that nobody has taken yet", queue))
    return [Waiting(what, count, reverse("desk:tasks"), COUNT_CAP) for what, count in lines if count]


def _cases(viewer: Staff) -> list[Waiting]:
    if not can_hold(viewer, Role.CASE_OFFICER, Role.SUPERVISOR):
        return []
    mine, late = selectors.waiting_cases(viewer)
    cases = reverse("desk:cases")
    lines = [Waiting("Cases you work on", mine, f"{cases}?mine=on", COUNT_CAP)]
    if late:
        lines.append(Waiting("Late cases you work on", late, f"{cases}?mine=on&late=on", COUNT_CAP, is_pressing=True))
    if can_hold(viewer, Role.SUPERVISOR):
        count = selectors.cases_to_agree(viewer)
        lines.append(Waiting("Cases that wait for your agreement to close", count, f"{cases}?agree=on", COUNT_CAP))
    return lines
