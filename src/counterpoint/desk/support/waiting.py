"""What waits for who provides support, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.support import selectors


def waiting_in_support(viewer: Staff) -> Sequence[Waiting]:
    """For intervention providers: what is offered to them, and the support that they give, of cases that they may know
    of."""
    if not can_hold(viewer, Role.INTERVENTION_PROVIDER):
        return ()
    rows, href = selectors.interventions_given_to(viewer), reverse("desk:interventions")
    lines = (
        Waiting("Support that you were offered", sum(row.waits_for_answer for row in rows), href, 200),
        Waiting("Support that you give", len(rows), href, 200),
    )
    return [line for line in lines if line.count]
