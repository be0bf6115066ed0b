"""What waits for who provides support, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.access.permissions import can_hold
from counterpoint.access.types import Role
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.support import selectors


def waiting_in_support(viewer: Staff) -> Sequence[Waiting]:
    """For intervention providers: the support that they give, of cases that they may know of."""
    if not can_hold(viewer, Role.INTERVENTION_PROVIDER):
        return ()
    given = len(selectors.interventions_given_to(viewer))
    return [Waiting("Support that you give", given, reverse("desk:interventions"), 200)] if given else []
