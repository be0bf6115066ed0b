"""second_reader.dmn may ask for more second readers than the service does by itself, never for fewer: a report that may
be about somebody reported before, or was flagged as an emergency, is closed by nobody alone. And an emergency waits for
nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from counterpoint.kernel.packs import engines
from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import CLOSING_ROUTES, SECOND_READER

FILE: Final = f"decisions/{SECOND_READER}.dmn"
_OUTPUT: Final = "second_reader"
_Law = tuple[Mapping[str, Sequence[str | bool]], bool, str, str]
LAWS: Final[tuple[_Law, ...]] = (
    (
        {"route_decided": CLOSING_ROUTES, "possible_repeat": (True,)},
        True,
        "lets one person close what may be about somebody reported before",
        "Have a row above it ask for a second reader where possible_repeat is true and the route closes",
    ),
    (
        {"route_decided": CLOSING_ROUTES, "is_emergency": (True,)},
        True,
        "lets one person close what was flagged as an emergency",
        "Have a row above it ask for a second reader where is_emergency is true and the route closes",
    ),
    (
        {"route_decided": ("emergency",)},
        False,
        "lets an emergency wait for a second reader",
        "Have a row above it give false where route_decided is emergency",
    ),
)
"""Within these facts the first rule that fires must give this; what it does otherwise, and what to do."""


def second_readers_keep_the_law(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get(SECOND_READER)
    if table is None or _OUTPUT not in {output.name for output in table.outputs}:
        return
    for when, must_be, told, remedy in LAWS:
        deciding = engines.deciding_rules(table, when)
        if deciding is None:
            what = "The rows cut across each other in too many ways to check that the law is kept"
            yield Problem(FILE, 0, "law_broken", what, "Put first the rows that ask for a second reader to close")
            return
        for rule, example in deciding:
            if rule.outputs[_OUTPUT] is not must_be:
                what = f"Rule {rule.index} {told}: when {example}"
                yield Problem(FILE, rule.line, "law_broken", what, remedy)
