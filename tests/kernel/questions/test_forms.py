import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.questions.drawing import anything, documents, posts_for

from counterpoint.kernel.questions import answers_from_form, form_from_answers, read_question_set
from counterpoint.kernel.questions.text import MAX_FIELD_LENGTH

CHOICES = [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No"}]


def page_of(**question):
    source = {"id": "q", "ask": "?", **question}
    page = {"id": "p", "questions": [source]}
    sections = [{"id": "s", "title": "S", "pages": [page]}]
    document = {"id": "one", "kind": "concern", "audience": "public", "title": "One", "sections": sections}
    return read_question_set(document).pages[0]


DRAWN = [
    ("short_text", {"q": [" Sam "]}, {"value": "Sam"}),
    ("short_text", {"q": ["first", "last"]}, {"value": "last"}),
    ("short_text", {"q": ["a\x00b\x1b[31m\ud800c\td"]}, {"value": "abc\td".replace("abc", "ab[31mc")}),
    ("short_text", {"q": ["Sam"], "q-provenance": ["reported"]}, {"value": "Sam", "provenance": "reported"}),
    ("short_text", {"q": [""], "q-provenance": ["reported"]}, None),
    ("short_text", {"q": [""], "q-unknown": ["true"]}, {"unknown": True}),
    ("short_text", {"q": ["Sam"], "q-unknown": ["true"]}, {"unknown": True, "value": "Sam"}),
    ("short_text", {"q": []}, None),
    ("short_text", {}, None),
    ("long_text", {"q": ["one\r\ntwo\rthree"]}, {"value": "one\ntwo\nthree"}),
    ("choice", {"q": ["yes"]}, {"value": "yes"}),
    ("choice", {"q": ["__unknown__"]}, {"unknown": True}),
    ("choice", {"q": ["forged"]}, {"value": "forged"}),
    ("choices", {"q": ["no", "yes", "no"]}, {"value": ["no", "yes"]}),
    ("choices", {"q": ["__unknown__"]}, {"unknown": True}),
    ("choices", {"q": ["yes", "__unknown__"]}, {"unknown": True, "value": ["yes"]}),
    ("date", {"q-day": ["1"], "q-month": ["05"], "q-year": ["٢٠٢٦"]}, {"value": {"day": 1, "month": 5, "year": 2026}}),
    ("date", {"q-day": ["1"], "q-month": ["May"], "q-year": [""]}, {"value": {"day": 1, "month": "May", "year": None}}),
    ("date", {"q-day": [" "], "q-month": [""], "q-year": [""]}, None),
    ("date", {"q-year": ["9" * 5000]}, {"value": {"day": None, "month": None, "year": "9" * 5000}}),
    ("age", {"q-years": ["15"], "q-estimated": ["true"]}, {"value": {"years": 15, "estimated": True}}),
    ("age", {"q-years": ["١٥"]}, {"value": {"years": 15, "estimated": False}}),
    ("age", {"q-estimated": ["true"]}, None),
    ("web_addresses", {"q": ["a.example\r\n\r\n b.example "]}, {"value": ["a.example", "b.example"]}),
    ("phone", {"q": ["٠١٦٣٢ 960123"]}, {"value": "01632 960123"}),
    ("postcode", {"q": ["NM١ 4AB"]}, {"value": "NM1 4AB"}),
    ("email", {"q": ["sam@mail.example "]}, {"value": "sam@mail.example"}),
]


@pytest.mark.parametrize(("type_", "form", "answer"), DRAWN)
def test_fields_become_an_answer(type_, form, answer):
    own = {"choices": CHOICES} if type_ in ("choice", "choices") else {}
    read = answers_from_form(page_of(type=type_, allow_unknown=True, **own), form)
    assert read.answers == ({} if answer is None else {"q": answer})
    assert read.blank == (("q",) if answer is None else ())


def test_a_post_leaves_files_as_they_are():
    read = answers_from_form(page_of(type="files"), {"q": ["forged"]})
    assert (read.answers, read.blank) == ({}, ())


def test_megabytes_are_cut():
    read = answers_from_form(page_of(type="long_text"), {"q": ["a" * 5_000_000]})
    assert len(read.answers["q"]["value"]) == MAX_FIELD_LENGTH
    many = answers_from_form(page_of(type="choices", choices=CHOICES), {"q": [str(n) for n in range(100_000)]})
    assert len(many.answers["q"]["value"]) == 1000


@st.composite
def posts(draw):
    page = draw(st.sampled_from(read_question_set(draw(documents())).pages))
    return page, draw(posts_for(page))


@given(posts())
@settings(max_examples=100, deadline=None)
def test_whatever_is_posted_becomes_answers_that_can_be_stored(case):
    page, form = case
    stored = json.dumps(answers_from_form(page, form).answers, ensure_ascii=False, allow_nan=False).encode()
    assert b"\\u0000" not in stored


@given(posts())
@settings(max_examples=100, deadline=None)
def test_what_is_shown_again_is_what_was_typed(case):
    page, form = case
    read = answers_from_form(page, form)
    assert answers_from_form(page, form_from_answers(page, read.answers)) == read


@given(documents(), st.data())
@settings(max_examples=50, deadline=None)
def test_any_answers_can_be_shown(document, data):
    for page in read_question_set(document).pages:
        answers = data.draw(st.one_of(anything, st.fixed_dictionaries({q.id: anything for q in page.questions})))
        fields = form_from_answers(page, answers)
        assert all(isinstance(text, str) for texts in fields.values() for text in texts)
