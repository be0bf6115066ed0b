"""Are these answers good, what do they say, and which pages do they show?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from counterpoint.kernel.questions.conditions import holds
from counterpoint.kernel.questions.facts import facts_of
from counterpoint.kernel.questions.kinds import kind_of
from counterpoint.kernel.questions.kinds.date import lies_after
from counterpoint.kernel.questions.types import (
    Answer,
    AnswerProblem,
    AnswerProblemCode,
    Checked,
    Flaw,
    Page,
    Provenance,
    Question,
    QuestionSet,
    QuestionType,
)

_VALUE_KEYS = frozenset({"value", "provenance"})


@dataclass(frozen=True)
class _Judgement:
    """An answer read by itself: the normalised answer if it is well formed and not blank, and what is wrong with it."""

    answer: Answer | None = None
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class _Walk:
    """What a set shows for given answers."""

    pages: tuple[Page, ...]
    questions: tuple[Question, ...]
    judgements: Mapping[str, _Judgement]


def check(question_set: QuestionSet, answers: object, *, at: date | None = None) -> Checked:
    """The normalised answers, the pages they show, the facts, and all problems at once, in the order of the questions.

    answers: a mapping from question id to an answer (docs/guides/packs.md); anything else gives problems, and nothing
        raises.
    at: the day on which the answers were given; without it no date counts as lying in the future, and a date of birth
        does not tell whether the person is under 18.

    1. A condition sees the answers on earlier shown pages that are well formed ("I do not know" meets no condition).
       Only whether a date lies in the future is told later, so that the pages shown do not depend on the day.
    2. A page is shown when its condition holds and at least one of its questions is shown.
    3. An answer to a question that is not shown is dropped, and is not a problem.
    4. null, a text of white space, an empty list and a date or age without numbers count as not given.
       "I do not know", where it is allowed, satisfies `required`.

    facts: see `counterpoint.kernel.questions.facts`.
    """
    source = answers if isinstance(answers, Mapping) else {}
    walk = _walk(question_set, source)
    problems = tuple(_whole_problems(question_set, answers)) + tuple(_problems(walk, at))
    bad = {problem.question_id for problem in problems}
    good = {
        question.id: answer
        for question in walk.questions
        if (answer := walk.judgements[question.id].answer) and question.id not in bad
    }
    return Checked(
        question_set_id=question_set.id,
        answers=good,
        dropped=_dropped(question_set, source, walk),
        pages_shown=walk.pages,
        questions_shown=walk.questions,
        facts=facts_of(question_set, good, at=at),
        problems=problems,
    )


def pages_shown(question_set: QuestionSet, answers: object) -> tuple[Page, ...]:
    """The pages that these answers show, in order. Never raises, whatever the answers."""
    return _walk(question_set, answers if isinstance(answers, Mapping) else {}).pages


def _walk(question_set: QuestionSet, answers: Mapping[object, object]) -> _Walk:
    given: dict[str, Answer] = {}
    pages: list[Page] = []
    questions: list[Question] = []
    judgements: dict[str, _Judgement] = {}
    for page in question_set.pages:
        shown = _questions_shown(page, given)
        if not shown:
            continue
        pages.append(page)
        questions.extend(shown)
        for question in shown:
            judgement = _judge(question, answers.get(question.id))
            judgements[question.id] = judgement
            if judgement.answer and not judgement.flaws:
                given[question.id] = judgement.answer
    return _Walk(tuple(pages), tuple(questions), judgements)


def _questions_shown(page: Page, given: Mapping[str, Answer]) -> list[Question]:
    if not holds(page.show_when, given):
        return []
    return [question for question in page.questions if holds(question.show_when, given)]


def _judge(question: Question, answer: object) -> _Judgement:
    """answer: what was given, None when nothing was."""
    if answer is None:
        return _Judgement()
    if not isinstance(answer, Mapping) or not answer:
        return _wrong(AnswerProblemCode.WRONG_SHAPE)
    if "unknown" in answer:
        return _judge_unknown(question, answer)
    if "value" not in answer or not answer.keys() <= _VALUE_KEYS:
        return _wrong(AnswerProblemCode.WRONG_SHAPE)
    return _judge_value(question, answer)


def _judge_unknown(question: Question, answer: Mapping[object, object]) -> _Judgement:
    if answer["unknown"] is not True or not answer.keys() <= {"unknown", *_VALUE_KEYS}:
        return _wrong(AnswerProblemCode.WRONG_SHAPE)
    if len(answer) > 1:
        return _wrong(AnswerProblemCode.VALUE_AND_UNKNOWN)
    if not question.allow_unknown:
        return _wrong(AnswerProblemCode.UNKNOWN_NOT_ALLOWED)
    return _Judgement({"unknown": True})


def _judge_value(question: Question, answer: Mapping[object, object]) -> _Judgement:
    flaws: tuple[Flaw, ...] = ()
    provenance = answer.get("provenance")
    if "provenance" in answer and not (isinstance(provenance, str) and provenance in set(Provenance)):
        flaws = (Flaw(AnswerProblemCode.NOT_A_PROVENANCE, {}),)
    value = answer["value"]
    if value is None:
        return _Judgement(None, flaws)
    judged = kind_of(question).judged(question, value)
    flaws = judged.flaws + flaws
    if flaws or judged.is_blank:
        return _Judgement(None, flaws)
    good: Answer = {"value": judged.value}
    if isinstance(provenance, str):
        good["provenance"] = str(provenance)
    return _Judgement(good)


def _wrong(code: AnswerProblemCode) -> _Judgement:
    return _Judgement(None, (Flaw(code, {}),))


def _whole_problems(question_set: QuestionSet, answers: object) -> Iterator[AnswerProblem]:
    """What is wrong with the answers as a whole: no mapping, keys that are no text, questions that are not asked."""
    if not isinstance(answers, Mapping):
        yield AnswerProblem("", AnswerProblemCode.WRONG_SHAPE, {})
        return
    if not all(isinstance(key, str) for key in answers):
        yield AnswerProblem("", AnswerProblemCode.WRONG_SHAPE, {})
    if any(isinstance(key, str) and not question_set.has_question(key) for key in answers):
        yield AnswerProblem("", AnswerProblemCode.NOT_A_QUESTION, {})


def _problems(walk: _Walk, at: date | None) -> Iterator[AnswerProblem]:
    for question in walk.questions:
        judgement = walk.judgements[question.id]
        for flaw in judgement.flaws:
            yield AnswerProblem(question.id, flaw.code, flaw.values)
        if judgement.answer is None and not judgement.flaws and question.required:
            yield AnswerProblem(question.id, AnswerProblemCode.MISSING, {})
        if judgement.answer and at and _in_future(question, judgement.answer, at):
            yield AnswerProblem(question.id, AnswerProblemCode.DATE_IN_FUTURE, {})


def _in_future(question: Question, answer: Answer, at: date) -> bool:
    if question.type is not QuestionType.DATE or question.allow_future:
        return False
    value = answer.get("value")
    return isinstance(value, Mapping) and lies_after(value, at)


def _dropped(question_set: QuestionSet, answers: Mapping[object, object], walk: _Walk) -> dict[str, Answer]:
    hidden = (question for question in question_set.questions if question.id not in walk.judgements)
    judged = ((question.id, _judge(question, answers.get(question.id)).answer) for question in hidden)
    return {question_id: answer for question_id, answer in judged if answer}
