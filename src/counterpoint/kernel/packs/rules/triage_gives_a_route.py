"""triage.dmn gives a route, an urgency and a reason, and shows every rule that fires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.document import short

FILE: Final = "decisions/triage.dmn"
OUTPUTS: Final[Mapping[str, frozenset[str]]] = {
    "route": frozenset({"emergency", "case", "content", "advice", "signpost", "close"}),
    "urgency": frozenset({"immediate", "same_day", "five_days", "routine"}),
    "reason": frozenset(),
}


def triage_gives_a_route(draft: Draft) -> Iterator[Problem]:
    table = draft.tables.get("triage")
    if table is None:
        return
    if str(table.hit_policy) != "RULE ORDER":
        what = f"The hit policy of triage is {table.hit_policy}"
        yield Problem(FILE, 0, "triage_hit_policy", what, "Set it to RULE ORDER, so that every reason is shown")
    names = [output.name for output in table.outputs]
    for name in OUTPUTS:
        if name not in names:
            yield Problem(FILE, 0, "triage_output", f"Triage gives no `{name}`", f"Add an output column `{name}`")
    for name in names:
        if name not in OUTPUTS:
            remedy = f"Remove the column; triage gives {', '.join(OUTPUTS)}"
            yield Problem(FILE, 0, "triage_output", f"Nothing reads the output `{short(name)}` of triage", remedy)
    for rule in table.rules:
        for name, allowed in OUTPUTS.items():
            given = rule.outputs.get(name)
            if allowed and given is not None and given not in allowed:
                what = f"Rule {rule.index} gives the {name} `{short(str(given))}`"
                yield Problem(FILE, rule.line, "triage_value", what, f"Use one of: {', '.join(sorted(allowed))}")
