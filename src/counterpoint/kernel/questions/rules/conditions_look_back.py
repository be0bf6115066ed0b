"""A condition looks only at questions on earlier pages, and only at choices that they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from counterpoint.kernel.questions.conditions import leaves
from counterpoint.kernel.questions.document import meant
from counterpoint.kernel.questions.problems import Path, Problem
from counterpoint.kernel.questions.rules import places
from counterpoint.kernel.questions.types import AnswerIn, Condition, Question, QuestionSet, QuestionType


def conditions_look_back(question_set: QuestionSet) -> Iterator[Problem]:
    everywhere = {question.id: question for question in question_set.questions}
    earlier: dict[str, Question] = {}
    for path, page in places.pages(question_set):
        yield from _problems((*path, "show_when"), page.show_when, earlier, everywhere)
        for index, question in enumerate(page.questions):
            place = (*path, "questions", index, "show_when")
            yield from _problems(place, question.show_when, earlier, everywhere)
        earlier.update((question.id, question) for question in page.questions)


def _problems(
    path: Path, condition: Condition | None, earlier: Mapping[str, Question], everywhere: Mapping[str, Question]
) -> Iterator[Problem]:
    for leaf in leaves(condition):
        if leaf.question in earlier:
            if isinstance(leaf, AnswerIn):
                yield from _choice_problems(path, leaf, earlier[leaf.question])
        elif leaf.question in everywhere:
            yield Problem(
                path,
                "condition_looks_forward",
                f"This condition looks at `{leaf.question}`, which is not on an earlier page",
                "Look only at earlier pages, or move that question to one",
            )
        elif leaf.question:
            near = meant(leaf.question, list(earlier))
            what = f"This condition looks at `{leaf.question}`, and there is no such question{near}"
            yield Problem(path, "condition_without_question", what, "Name a question on an earlier page")


def _choice_problems(path: Path, leaf: AnswerIn, question: Question) -> Iterator[Problem]:
    if question.type not in {QuestionType.CHOICE, QuestionType.CHOICES}:
        what = f"This condition compares `{question.id}` with choices, but it is of type {question.type}"
        yield Problem(path, "condition_on_text", what, "Use `answered: true`, or look at a question with choices")
        return
    for name in leaf.choices:
        if name not in question.choice_ids:
            what = f"`{question.id}` has no choice `{name}`{meant(name, question.choice_ids)}"
            remedy = f"Use one of: {', '.join(question.choice_ids)}"
            yield Problem(path, "condition_without_choice", what, remedy)
