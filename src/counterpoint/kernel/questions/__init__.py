"""What is asked, and what the answers say: one question set serves every door.

    question_set = read_question_set(document)          all problems, or a QuestionSet
    checked = check(question_set, answers, at=today)    normalised answers, pages shown, facts, all problems

Later doors (a phone script, the turns of a chat) are compiled from the same QuestionSet and end in the same `check`.
"""

from counterpoint.kernel.questions.checking import check, pages_shown
from counterpoint.kernel.questions.facts import fact_names
from counterpoint.kernel.questions.forms import answers_from_form, form_from_answers
from counterpoint.kernel.questions.holdings import answers_held_about, match_keys
from counterpoint.kernel.questions.journey import first_page_with_problems, next_page, previous_page, with_page
from counterpoint.kernel.questions.kinds.kind import UNKNOWN_VALUE
from counterpoint.kernel.questions.problems import DocumentProblems, Problem, QuestionSetProblems
from counterpoint.kernel.questions.reading import read_question_set
from counterpoint.kernel.questions.schema import json_schema
from counterpoint.kernel.questions.telling import answer_lines
from counterpoint.kernel.questions.texts import texts_of, translated
from counterpoint.kernel.questions.types import (
    ENGLISH,
    AllOf,
    Answer,
    Answered,
    AnswerIn,
    AnswerProblem,
    AnswerProblemCode,
    Answers,
    AnyOf,
    Audience,
    Checked,
    Choice,
    Condition,
    Holds,
    Json,
    MatchAs,
    Not,
    Page,
    PageAnswers,
    Provenance,
    Question,
    QuestionSet,
    QuestionType,
    Section,
    SetKind,
    Words,
)

__all__ = [
    "ENGLISH",
    "UNKNOWN_VALUE",
    "AllOf",
    "Answer",
    "AnswerIn",
    "AnswerProblem",
    "AnswerProblemCode",
    "Answered",
    "Answers",
    "AnyOf",
    "Audience",
    "Checked",
    "Choice",
    "Condition",
    "DocumentProblems",
    "Holds",
    "Json",
    "MatchAs",
    "Not",
    "Page",
    "PageAnswers",
    "Problem",
    "Provenance",
    "Question",
    "QuestionSet",
    "QuestionSetProblems",
    "QuestionType",
    "Section",
    "SetKind",
    "Words",
    "answer_lines",
    "answers_from_form",
    "answers_held_about",
    "check",
    "fact_names",
    "first_page_with_problems",
    "form_from_answers",
    "json_schema",
    "match_keys",
    "next_page",
    "pages_shown",
    "previous_page",
    "read_question_set",
    "texts_of",
    "translated",
    "with_page",
]
