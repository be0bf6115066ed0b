"""What waits for those who answer for the rules, for the first page."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from counterpoint.access.models import Staff
from counterpoint.desk.shell.waiting import Waiting
from counterpoint.rules import views
from counterpoint.rules.permissions import can_answer_for_rules, can_change_rules


def waiting_in_rules(viewer: Staff) -> Sequence[Waiting]:
    """Drafts that ask something of this person and moves of cases that run, each only where there are any; for a
    process lead also what there is to approve if it is nothing, and which pack is in force."""
    if not can_answer_for_rules(viewer):
        return ()
    is_lead, drafts = can_change_rules(viewer), views.drafts_waiting(viewer)
    lines = [_drafts("Changes of the rules to approve", drafts.to_approve)] if drafts.to_approve or is_lead else []
    lines += [
        _drafts(what, found)
        for what, found in (
            ("Approved changes to put in force", drafts.to_put_in_force),
            ("Your drafts that have problems", drafts.with_problems),
            ("Your drafts that are under way", drafts.under_way),
        )
        if found
    ]
    lines += _moves(viewer)
    return [*lines, *_pack_in_force(viewer)] if is_lead else lines


def _drafts(what: str, found: Sequence[UUID]) -> Waiting:
    """To the draft itself where there is only one."""
    only = len(found) == 1
    href = reverse("desk:rule_draft", kwargs={"draft_id": found[0]}) if only else f"{reverse('desk:rules')}#drafts"
    return Waiting(what, len(found), href)


def _moves(viewer: Staff) -> list[Waiting]:
    found = views.moves_under_way(viewer)
    if not found:
        return []
    only = len(found) == 1
    href = reverse("desk:rule_move", kwargs={"move_id": found[0]}) if only else reverse("desk:rule_moves")
    return [Waiting("Moves of running cases under way", len(found), href)]


def _pack_in_force(viewer: Staff) -> list[Waiting]:
    """Nothing before the first pack was put in force."""
    href = reverse("desk:rules")
    found = views.pack_history(viewer, limit=1)
    return [Waiting("Pack in force", 1, href, words=f"{one.pack_id} {one.version}") for one in found]
