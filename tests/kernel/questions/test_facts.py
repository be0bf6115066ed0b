from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.questions.drawing import answers_to, documents

from counterpoint.kernel.questions import (
    Holds,
    MatchAs,
    answer_lines,
    answers_held_about,
    check,
    fact_names,
    match_keys,
    read_question_set,
    texts_of,
    translated,
)

AT = date(2026, 5, 1)
ABC = [{"id": "a", "label": "An A", "hint": "First"}, {"id": "b", "label": "A B"}]


def question_set_of(*questions):
    pages = [{"id": f"p{n}", "questions": [{"ask": "?", **question}]} for n, question in enumerate(questions)]
    sections = [{"id": "s", "title": "S", "pages": pages}]
    return read_question_set(
        {"id": "one", "kind": "concern", "audience": "public", "title": "One", "sections": sections}
    )


SET = question_set_of(
    {"id": "one", "type": "choice", "choices": ABC, "fact": "one", "allow_unknown": True, "holds": "reporter"},
    {"id": "several", "type": "choices", "choices": ABC, "fact": "several", "allow_unknown": True},
    {"id": "born", "type": "date", "fact": "born", "partial": True, "match_as": "born_on", "holds": "person"},
    {"id": "age", "type": "age", "fact": "years", "match_as": "age", "holds": "person", "allow_unknown": True},
    {"id": "name", "type": "short_text", "match_as": "surname", "holds": "person"},
    {"id": "also", "type": "short_text", "match_as": "surname", "holds": "material"},
    {"id": "seen", "type": "web_addresses", "fact": "seen"},
)
NOTHING = dict.fromkeys(["one", "several", "several_a", "several_b", "born", "years", "seen"])
ALWAYS = {"kind": "concern", "audience": "public", "under_18": "unknown"}


@pytest.mark.parametrize(
    ("answers", "facts"),
    [
        ({}, {}),
        ({"one": {"value": "a"}}, {"one": "a"}),
        ({"one": {"unknown": True}}, {"one": "unknown"}),
        ({"several": {"value": ["b"]}}, {"several": ["b"], "several_a": False, "several_b": True}),
        ({"several": {"unknown": True}}, {}),
        ({"born": {"value": {"year": 2010, "month": 5, "day": 1}}}, {"born": "2010-05-01", "under_18": "yes"}),
        ({"born": {"value": {"year": 2008, "month": 5, "day": 1}}}, {"born": "2008-05-01", "under_18": "no"}),
        ({"born": {"value": {"year": 2008, "month": 5, "day": 2}}}, {"born": "2008-05-02", "under_18": "yes"}),
        ({"born": {"value": {"year": 2008}}}, {}),
        ({"born": {"value": {"year": 2007}}}, {"under_18": "no"}),
        ({"born": {"value": {"year": 2008, "month": 6}}}, {"under_18": "yes"}),
        ({"born": {"value": {"year": 2008}}, "age": {"value": {"years": 17}}}, {"years": 17, "under_18": "yes"}),
        ({"age": {"value": {"years": 18, "estimated": True}}}, {"years": 18, "under_18": "no"}),
        ({"age": {"unknown": True}}, {}),
        ({"seen": {"value": ["a.example"]}}, {"seen": ["a.example"]}),
    ],
)
def test_facts(answers, facts):
    assert check(SET, answers, at=AT).facts == {**NOTHING, **ALWAYS, **facts}


def test_without_a_day_a_date_of_birth_tells_no_age():
    answers = {"born": {"value": {"year": 1950, "month": 1, "day": 1}}}
    assert check(SET, answers).facts["under_18"] == "unknown"


@given(documents(), st.data())
@settings(max_examples=50, deadline=None)
def test_the_names_of_the_facts_do_not_depend_on_the_answers(document, data):
    for question in (q for s in document["sections"] for p in s["pages"] for q in p["questions"]):
        question["fact"] = f"fact_{question['id']}"
    question_set = read_question_set(document)
    assert check(question_set, data.draw(answers_to(document)), at=AT).facts.keys() == fact_names(question_set)


@given(documents(), st.data())
@settings(max_examples=50, deadline=None)
def test_each_answer_is_held_about_one_thing(document, data):
    for question in (q for s in document["sections"] for p in s["pages"] for q in p["questions"]):
        question["holds"] = data.draw(st.sampled_from([str(one) for one in Holds]))
    question_set = read_question_set(document)
    answers = check(question_set, data.draw(answers_to(document)), at=AT).answers
    parts = [answers_held_about(question_set, answers, one) for one in Holds]
    assert sum(map(len, parts)) == len(answers)
    assert {key: value for part in parts for key, value in part.items()} == answers


def test_match_keys_are_as_given_and_the_first_counts():
    answers = {
        "born": {"value": {"year": 2010, "month": 5}},
        "age": {"value": {"years": 15}},
        "name": {"value": "O’Hara-Lloyd"},
        "also": {"value": "Other"},
    }
    keys = match_keys(SET, check(SET, answers, at=AT))
    assert keys == {MatchAs.BORN_ON: "2010-05", MatchAs.AGE: "15", MatchAs.SURNAME: "O’Hara-Lloyd"}


@pytest.mark.parametrize(
    ("question_id", "answer", "lines"),
    [
        ("one", {"value": "a"}, ("An A",)),
        ("one", {"unknown": True}, ("I do not know",)),
        ("several", {"value": ["a", "b"]}, ("An A", "A B")),
        ("born", {"value": {"year": 2010, "month": 5, "day": 1}}, ("1 May 2010",)),
        ("born", {"value": {"year": 2010, "month": None, "day": None}}, ("2010",)),
        ("age", {"value": {"years": 15, "estimated": True}}, ("about 15",)),
        ("name", {"value": "one\ntwo"}, ("one", "two")),
        ("seen", {"value": ["a.example", "b.example"]}, ("a.example", "b.example")),
    ],
)
def test_answers_are_told_to_people(question_id, answer, lines):
    assert answer_lines(SET.question(question_id), answer) == lines


@given(documents())
@settings(max_examples=30, deadline=None)
def test_a_translation_changes_every_text_and_nothing_else(document):
    question_set = read_question_set(document)
    texts = {path: f"[{'/'.join(path)}] {text}" for path, text in texts_of(question_set).items()}
    other = translated(question_set, texts)
    assert texts_of(other) == texts
    assert translated(other, texts_of(question_set)) == question_set
    assert translated(question_set, {}) == question_set


def test_choices_may_share_a_fact():
    shared = [
        {"id": "neighbour", "label": "A neighbour", "fact": "community"},
        {"id": "coach", "label": "A coach", "fact": "community"},
        {"id": "other", "label": "Somebody else"},
    ]
    question_set = question_set_of({"id": "who", "type": "choice", "choices": shared, "fact": "sector"})
    seen = {choice["id"]: check(question_set, {"who": {"value": choice["id"]}}).facts["sector"] for choice in shared}
    assert seen == {"neighbour": "community", "coach": "community", "other": "other"}
