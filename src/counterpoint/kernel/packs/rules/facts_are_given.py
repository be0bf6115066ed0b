"""Every fact that a decision table reads is given by some question set, or by the service itself. Triage sees only what
people told at a door; every other table may see the forms of steps as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterpoint.kernel.packs.draft import Draft
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.packs.tables import FACTS_OF_SERVICE, TRIAGE, sees_doors, sees_forms
from counterpoint.kernel.questions.document import meant, short
from counterpoint.kernel.questions.facts import fact_names

SERVICE_FACTS: Final = FACTS_OF_SERVICE[TRIAGE]
"""What triage adds to the facts that answers give: whether intake proposed a repeat of the same person (boolean)."""


def facts_are_given(draft: Draft) -> Iterator[Problem]:
    if any(file.startswith(("question_sets/", "forms/")) for file in draft.unreadable):
        return
    asked = SERVICE_FACTS.union(*(fact_names(question_set) for question_set in draft.question_sets.values()))
    worked = asked.union(*(fact_names(form) for form in draft.forms.values()))
    for table_id, table in draft.tables.items():
        told = worked if sees_forms(table_id) else asked if sees_doors(table_id) else frozenset[str]()
        given = told | FACTS_OF_SERVICE.get(table_id, frozenset())
        file = f"decisions/{table_id}.dmn"
        for read in table.inputs:
            if read.name not in given:
                what = f"The table reads the fact `{short(read.name)}`, which no question gives"
                remedy = f"Add `fact: {short(read.name)}` to a question, or correct the name{meant(read.name, given)}"
                yield Problem(file, _line_of(draft.files[file], read.name), "fact_not_given", what, remedy)


def _line_of(xml: bytes, name: str) -> int:
    """The first line on which the name stands as an expression of its own; 0 when it cannot be told."""
    needle = f">{name}<".encode()
    position = xml.find(needle)
    return xml[:position].count(b"\n") + 1 if position >= 0 else 0
