import copy

import pytest
from hypothesis import given, settings
from tests.kernel.questions.drawing import anything, documents

from counterpoint.kernel.questions import QuestionSetProblems, QuestionType, read_question_set
from counterpoint.kernel.questions.kinds import KINDS

YES_NO = [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No"}]
GOOD = {
    "id": "one",
    "kind": "concern",
    "audience": "public",
    "title": "One",
    "sections": [
        {
            "id": "s",
            "title": "S",
            "pages": [
                {"id": "p", "questions": [{"id": "q", "type": "choice", "ask": "?", "choices": YES_NO}]},
                {
                    "id": "r",
                    "show_when": {"question": "q", "in": ["yes"]},
                    "questions": [{"id": "t", "type": "short_text", "ask": "?", "holds": "person"}],
                },
            ],
        }
    ],
}
SECTION = ("sections", 0)
PAGE = (*SECTION, "pages", 1)
QUESTION = (*PAGE, "questions", 0)
CHOICE = (*SECTION, "pages", 0, "questions", 0)
DEEP = {"question": "q", "answered": True}
for _ in range(9):
    DEEP = {"not": DEEP}

SPOILED = [
    # where, what stands there then, the problem's place and code
    (("id",), "One!", ("id",), "not_an_id"),
    (("kind",), "concerns", ("kind",), "not_a_name"),
    (("title",), "", ("title",), "empty_text"),
    (("colour",), "red", ("colour",), "unknown_key"),
    (("sections",), [], ("sections",), "empty_list"),
    (("sections",), "none", ("sections",), "not_a_list"),
    ((*SECTION, "title"), None, (*SECTION, "title"), "not_a_text"),
    ((*PAGE, "id"), "p", (*PAGE, "id"), "id_used_twice"),
    ((*QUESTION, "id"), "q", (*QUESTION, "id"), "id_used_twice"),
    ((*QUESTION, "required"), "yes", (*QUESTION, "required"), "not_a_flag"),
    ((*QUESTION, "requird"), True, (*QUESTION, "requird"), "unknown_key"),
    ((*QUESTION, "partial"), True, (*QUESTION, "partial"), "key_of_other_type"),
    ((*QUESTION, "max_length"), 0, (*QUESTION, "max_length"), "not_a_number"),
    ((*QUESTION, "type"), "shorttext", (*QUESTION, "type"), "not_a_name"),
    ((*QUESTION, "match_as"), "born_on", (*QUESTION, "match_as"), "match_of_other_type"),
    ((*QUESTION, "fact"), "kind", (*QUESTION, "fact"), "fact_taken"),
    ((*CHOICE, "choices", 1, "id"), "yes", (*CHOICE, "choices", 1, "id"), "id_used_twice"),
    ((*CHOICE, "choices", 1, "id"), True, (*CHOICE, "choices", 1, "id"), "not_a_text"),
    ((*PAGE, "show_when"), {"question": "t", "answered": True}, (*PAGE, "show_when"), "condition_looks_forward"),
    ((*PAGE, "show_when"), {"question": "k", "answered": True}, (*PAGE, "show_when"), "condition_without_question"),
    ((*PAGE, "show_when"), {"question": "q", "in": ["yse"]}, (*PAGE, "show_when"), "condition_without_choice"),
    ((*PAGE, "show_when"), {"question": "q", "is": "yes"}, (*PAGE, "show_when"), "not_a_condition"),
    ((*PAGE, "show_when"), "q == yes", (*PAGE, "show_when"), "not_a_mapping"),
    ((*PAGE, "show_when"), DEEP, (*PAGE, "show_when", *(["not"] * 8)), "condition_too_deep"),
    (
        (*PAGE, "show_when"),
        {"all": [{"question": "q", "in": ["yes"]}, {"question": "q", "in": ["no"]}]},
        (*PAGE, "show_when"),
        "never_shown",
    ),
    (
        (*QUESTION, "show_when"),
        {"question": "q", "in": ["no"]},  # on a page that only yes shows
        (*QUESTION, "show_when"),
        "never_shown",
    ),
]


def spoiled(path, value):
    document = copy.deepcopy(GOOD)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def test_the_good_one_reads():
    question_set = read_question_set(GOOD)
    assert [page.id for page in question_set.pages] == ["p", "r"]
    assert question_set.page_of("t").heading == "?"


@pytest.mark.parametrize(("path", "value", "place", "code"), SPOILED)
def test_one_thing_wrong_gives_one_problem_at_its_place(path, value, place, code):
    with pytest.raises(QuestionSetProblems) as found:
        read_question_set(spoiled(path, value))
    assert [(problem.path, problem.code) for problem in found.value.problems] == [(place, code)]
    (problem,) = found.value.problems
    assert problem.what
    assert problem.remedy


def test_a_misspelt_key_is_told_with_the_nearest_name():
    with pytest.raises(QuestionSetProblems) as found:
        read_question_set(spoiled((*QUESTION, "requird"), value=True))
    assert "did you mean `required`?" in found.value.problems[0].remedy


def test_every_missing_key_is_told_at_once():
    with pytest.raises(QuestionSetProblems) as found:
        read_question_set({"sections": [{"pages": [{"questions": [{}]}]}]})
    missing = [(problem.path, problem.what) for problem in found.value.problems if problem.code == "missing_key"]
    question = ("sections", 0, "pages", 0, "questions", 0)
    assert missing == [
        ((), "`id` is missing"),
        ((), "`kind` is missing"),
        ((), "`audience` is missing"),
        ((), "`title` is missing"),
        (("sections", 0, "pages", 0), "`id` is missing"),
        (question, "`type` is missing"),
        (question, "`id` is missing"),
        (question, "`ask` is missing"),
        (("sections", 0), "`id` is missing"),
        (("sections", 0), "`title` is missing"),
    ]


@given(documents())
@settings(max_examples=30, deadline=None)
def test_good_documents_read(document):
    read_question_set(document)


@given(anything)
@settings(max_examples=100, deadline=None)
def test_anything_else_gives_problems_and_nothing_worse(source):
    for document in (source, {**GOOD, "sections": source}, {**GOOD, "sections": [source]}):
        with pytest.raises(QuestionSetProblems):
            read_question_set(document)


def test_each_type_has_its_file():
    assert set(KINDS) == set(QuestionType)
