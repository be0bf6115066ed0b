"""The decision tables that the service knows by name: the facts that it brings to each besides the answers of forms.

A table that stands here need not be in a pack; one that is may read these facts. What a table gives is for the pack to
say, but for triage (rules/triage_gives_a_route.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TRIAGE: Final = "triage"

FACTS_OF_SERVICE: Final[Mapping[str, frozenset[str]]] = {
    TRIAGE: frozenset({"possible_repeat"}),
    # who is in the room, from the attendance of a panel: yes or no
    "panel_quorum": frozenset({"home_force_present", "local_authority_present", "chair_present"}),
    # the votes of a panel, counted: all_for all_against majority_for majority_against tied; the chair's own: for
    # against none
    "panel_decision": frozenset({"votes", "chair_view"}),
    # what became of the offer of support, and what is known besides
    "support_declined": frozenset({"support", "under_18", "concern_remains"}),
    # which consent is asked for, of whom: age_band under_16 16_or_17 adult unknown; capacity yes no not_assessed
    "consent_giver": frozenset({"consent", "age_band", "capacity"}),
}
"""By the id of the table. SERVICE_FACTS of rules/facts_are_given.py are those of triage."""
