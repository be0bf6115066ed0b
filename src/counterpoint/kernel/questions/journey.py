"""One page at a time: which comes next, which came before, and where something is to be put right.

Every function takes the answers as they are so far, good or not, and nothing else: no position is stored, so going
back, jumping and posting twice cannot confuse it.
"""

from __future__ import annotations

from datetime import date

from counterpoint.kernel.questions.checking import check, pages_shown
from counterpoint.kernel.questions.types import Answer, Answers, Page, PageAnswers, QuestionSet


def next_page(question_set: QuestionSet, answers: object, *, after: str) -> Page | None:
    """The first shown page after this one (which need not be shown itself); None when it is time to check the answers.
    Raises KeyError for a page that the set lacks."""
    order = _order(question_set)
    position = order[after]
    return next((page for page in pages_shown(question_set, answers) if order[page.id] > position), None)


def previous_page(question_set: QuestionSet, answers: object, *, before: str | None = None) -> Page | None:
    """The last shown page before this one, or of all when `before` is None (as seen from checking the answers); None at
    the start. Raises KeyError for a page that the set lacks."""
    order = _order(question_set)
    position = len(order) if before is None else order[before]
    return next((page for page in reversed(pages_shown(question_set, answers)) if order[page.id] < position), None)


def first_page_with_problems(question_set: QuestionSet, answers: object, *, at: date | None = None) -> Page | None:
    """The first shown page with something to put right; None when there is none on any page."""
    checked = check(question_set, answers, at=at)
    return next((page for page in checked.pages_shown if checked.problems_on(page)), None)


def with_page(answers: Answers, page_answers: PageAnswers) -> dict[str, Answer]:
    """The answers after a page was posted: its questions as posted, all others as they were."""
    kept = {question_id: answer for question_id, answer in answers.items() if question_id not in page_answers.blank}
    return {**kept, **page_answers.answers}


def _order(question_set: QuestionSet) -> dict[str, int]:
    return {page.id: position for position, page in enumerate(question_set.pages)}
