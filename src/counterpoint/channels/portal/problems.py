"""What is wrong with an answer, in the reader's words, and the field that a link in the error summary leads to."""

from collections.abc import Iterable
from dataclasses import dataclass

from counterpoint.channels.portal.wording import Wording
from counterpoint.kernel.questions import AnswerProblem, AnswerProblemCode, Page, Question, QuestionType

_FIRST_FIELD = {QuestionType.DATE: "-day", QuestionType.AGE: "-years"}


@dataclass(frozen=True)
class Shown:
    """One problem on a page. href: "#" and the id of a field that the page really has."""

    question_id: str
    text: str
    href: str


def shown_problems(page: Page, problems: Iterable[AnswerProblem], wording: Wording) -> tuple[Shown, ...]:
    """Each problem once, in the order of the page's questions. Problems of other pages are left out."""
    asked = {question.id: question for question in page.questions}
    shown = [
        Shown(problem.question_id, problem_text(problem, wording), f"#{first_field(asked[problem.question_id])}")
        for problem in problems
        if problem.question_id in asked
    ]
    return tuple(dict.fromkeys(shown))


def first_field(question: Question) -> str:
    """The id of the field where an answer to this question begins."""
    return f"{question.id}{_FIRST_FIELD.get(question.type, '')}"


def problem_text(problem: AnswerProblem, wording: Wording) -> str:
    """The text for a problem; the pack may have one of its own for a missing answer to a certain question."""
    key = f"errors.{problem.code}"
    if problem.code is AnswerProblemCode.MISSING and wording.has(f"{key}.{problem.question_id}"):
        key = f"{key}.{problem.question_id}"
    if not wording.has(key):
        key = "errors.wrong_shape"
    limit, used = problem.values.get("max", 0), problem.values.get("length", 0)
    return wording(key, limit=limit, count=used, used=used, example=wording("question.date_example"))
