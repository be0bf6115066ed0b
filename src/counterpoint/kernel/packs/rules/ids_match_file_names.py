"""A question set is found under its id: the file has the same name."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_set
from counterpoint.kernel.packs.problems import Problem


def ids_match_file_names(draft: Draft) -> Iterator[Problem]:
    for name, question_set in draft.question_sets.items():
        if question_set.id != name:
            what = f"The set has the id `{question_set.id}`, its file the name `{name}`"
            remedy = "Make them the same"
            yield draft.problem(file_of_set(name), ("id",), "id_not_file_name", what=what, remedy=remedy)
