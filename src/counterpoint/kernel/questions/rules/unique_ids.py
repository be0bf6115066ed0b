"""Every section, page and question of a set, and every choice of a question, has an id of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from counterpoint.kernel.questions.problems import Path, Problem
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import QuestionSet


def unique_ids(question_set: QuestionSet) -> Iterator[Problem]:
    yield from _repeated(((path, part.id) for path, part in places.sections(question_set)), "section")
    yield from _repeated(((path, part.id) for path, part in places.pages(question_set)), "page")
    yield from _repeated(((path, part.id) for path, part in places.questions(question_set)), "question")
    for path, question in places.questions(question_set):
        ids = ((*path, "choices", index) for index in range(len(question.choices)))
        yield from _repeated(zip(ids, question.choice_ids, strict=True), "choice")


def _repeated(named: Iterable[tuple[Path, str]], sort: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, id_ in named:
        if id_ and id_ in seen:
            yield Problem(
                (*path, "id"),
                "id_used_twice",
                f"The id `{id_}` names two {sort}s",
                f"Give this {sort} an id of its own",
            )
        seen.add(id_)
