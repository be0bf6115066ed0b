"""What waits for those who answer for the rules, for the first page."""

from collections.abc import Sequence

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.rules import views
from counterpoint.rules.permissions import can_answer_for_rules


def waiting_in_rules(viewer: Staff) -> Sequence[Waiting]:
    """Drafts that this person could approve; left out while there are none."""
    if not can_answer_for_rules(viewer):
        return ()
    count = views.count_to_approve(viewer)
    return [Waiting("Changes of the rules to approve", count, reverse("desk:rules"))] if count else ()
