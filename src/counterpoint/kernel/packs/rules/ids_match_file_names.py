"""A question set, a form and an instrument are found under their id: the file has the same name. What is a form stands
among the forms, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.kernel.packs.draft import Draft, file_of_instrument
from counterpoint.kernel.packs.problems import Problem
from counterpoint.kernel.questions.types import SetKind


def ids_match_file_names(draft: Draft) -> Iterator[Problem]:
    for folder in ("question_sets", "forms"):
        for name, question_set in draft.sets_of(folder).items():
            file = f"{folder}/{name}.yaml"
            yield from _other_id(draft, file, "set", question_set.id, name)
            if (question_set.kind is SetKind.STEP) != (folder == "forms"):
                what = f"A set of the kind `{question_set.kind}` stands in {folder}/"
                remedy = "Forms of steps have `kind: step` and stand in forms/, all others in question_sets/"
                yield draft.problem(file, ("kind",), "kind_in_wrong_folder", what=what, remedy=remedy)
    for name, instrument in draft.instruments.items():
        yield from _other_id(draft, file_of_instrument(name), "instrument", instrument.id, name)


def _other_id(draft: Draft, file: str, thing: str, id_: str, name: str) -> Iterator[Problem]:
    if id_ != name:
        what = f"The {thing} has the id `{id_}`, its file the name `{name}`"
        yield draft.problem(file, ("id",), "id_not_file_name", what=what, remedy="Make them the same")
