"""The decision tables that the service knows by name: the facts that it brings to each besides the answers of forms,
and what it reads from them.

A table that stands here need not be in a pack (triage must); one that is may read these facts. What the tables of panel
law give is for the pack to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TRIAGE: Final = "triage"
SECOND_READER: Final = "second_reader"
CLOCK_PERIODS: Final = "clock_periods"
RETENTION: Final = "retention"

ROUTES: Final = ("emergency", "case", "content", "advice", "signpost", "close")
CLOSING_ROUTES: Final = ("advice", "signpost", "close")
URGENCIES: Final = ("immediate", "same_day", "five_days", "routine")
_KINDS: Final = ("concern", "online_material")
_KNOWN_OR_NOT: Final = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Column:
    """A fact or an output: its type as tables call it, and the values that it can have; none: any of the type."""

    type: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownTable:
    """A table that the service acts on. `sees_doors`: whether it also sees what was told at a door."""

    hit_policy: str
    why_policy: str
    facts: Mapping[str, Column]
    outputs: Mapping[str, Column]
    sees_doors: bool = False


KNOWN: Final[Mapping[str, KnownTable]] = {
    # whether another person must agree before what was decided happens
    SECOND_READER: KnownTable(
        hit_policy="RULE ORDER",
        why_policy="so that every reason is shown; the first that fires counts",
        facts={
            "kind": Column("string", _KINDS),
            "route_proposed": Column("string", ROUTES),
            "route_decided": Column("string", ROUTES),
            "possible_repeat": Column("boolean"),
            "is_emergency": Column("boolean"),
            "overridden": Column("boolean"),
            "under_18": Column("string", _KNOWN_OR_NOT),
        },
        outputs={"second_reader": Column("boolean"), "reason": Column("string")},
        sees_doors=True,
    ),
    # how long a clock runs; where no row fires, as long as clocks.yaml says
    CLOCK_PERIODS: KnownTable(
        hit_policy="COLLECT",
        why_policy="so that no row need fire; the first that does counts",
        facts={
            "clock": Column("string"),
            "urgency": Column("string", URGENCIES),
            "under_18": Column("string", _KNOWN_OR_NOT),
            "kind": Column("string", _KINDS),
        },
        outputs={
            "count": Column("number"),
            "unit": Column("string", ("working_days", "calendar_days", "months")),
            "reason": Column("string"),
        },
    ),
    # how long a record is kept once it is closed; without the table as long as the service keeps it by itself
    RETENTION: KnownTable(
        hit_policy="FIRST",
        why_policy="so that one row answers for each record",
        facts={
            "record": Column("string", ("case", "referral")),
            "closure_reason": Column("string"),
            "under_18": Column("string", _KNOWN_OR_NOT),
            "kind": Column("string", _KINDS),
        },
        outputs={
            "keep_months": Column("number"),
            "counted_from": Column("string", ("closed", "opened")),
            "reason": Column("string"),
        },
    ),
}

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
    **{table_id: frozenset(known.facts) for table_id, known in KNOWN.items()},
}
"""By the id of the table. SERVICE_FACTS of rules/facts_are_given.py are those of triage."""


def sees_doors(table_id: str) -> bool:
    """Whether the table may read the answers that are given at a door."""
    return table_id not in KNOWN or KNOWN[table_id].sees_doors


def sees_forms(table_id: str) -> bool:
    """Whether the table may read the answers of the forms of steps."""
    return table_id != TRIAGE and table_id not in KNOWN
