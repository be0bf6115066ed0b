import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.questions import twin
from tests.kernel.questions.drawing import DAYS, TYPES, answers_to, anything, documents, values_for
from tests.kernel.questions.json_schema_twin import accepts

from counterpoint.kernel.questions import check, form_from_answers, json_schema, pages_shown, read_question_set

AT = date(2026, 5, 1)


@st.composite
def cases(draw):
    document = draw(documents())
    return document, draw(answers_to(document)), draw(DAYS)


@given(cases())
@settings(max_examples=250, deadline=None)
def test_it_finds_what_its_plain_twin_finds(case):
    document, answers, at = case
    checked = check(read_question_set(document), answers, at=at)
    good, dropped, pages, questions, problems = twin.check(document, answers, at)
    assert [(p.question_id, p.code, dict(p.values)) for p in checked.problems] == problems
    assert checked.answers == good
    assert checked.dropped == dropped
    assert [page.id for page in checked.pages_shown] == pages
    assert [question.id for question in checked.questions_shown] == questions


@pytest.mark.parametrize("type_", TYPES)
@given(st.data())
@settings(max_examples=200, deadline=None)
def test_each_type_judges_values_as_its_plain_twin_and_its_schema_do(type_, data):
    question = {"id": "q", "type": type_, "ask": "?", "required": data.draw(st.booleans())}
    if type_ in ("choice", "choices"):
        question["choices"] = TWO
    if type_ == "date":
        question["partial"] = data.draw(st.booleans())
    question_set = question_set_of(question)
    answers = {"q": {"value": data.draw(values_for(question))}}
    checked = check(question_set, answers)
    page = {"id": "p0", "questions": [question]}
    good, _, _, _, problems = twin.check({"sections": [{"pages": [page]}]}, answers, date.max)
    assert (checked.answers, [(p.question_id, p.code, dict(p.values)) for p in checked.problems]) == (good, problems)
    assert accepts(json_schema(question_set), answers) == checked.is_good


@given(cases())
@settings(max_examples=100, deadline=None)
def test_what_was_checked_can_be_stored_and_checked_again(case):
    document, answers, at = case
    question_set = read_question_set(document)
    checked = check(question_set, answers, at=at)
    stored = json.dumps(checked.answers, ensure_ascii=False, allow_nan=False).encode()  # no lone surrogate, no NaN
    assert b"\\u0000" not in stored
    if checked.is_good:
        again = check(question_set, json.loads(stored), at=at)
        assert (again.answers, again.problems, again.pages_shown) == (checked.answers, (), checked.pages_shown)
        assert again.facts == checked.facts


@given(cases())
@settings(max_examples=50, deadline=None)
def test_the_day_does_not_change_the_pages(case):
    document, answers, at = case
    question_set = read_question_set(document)
    assert check(question_set, answers, at=at).pages_shown == pages_shown(question_set, answers)


@given(documents(), anything)
@settings(max_examples=50, deadline=None)
def test_nothing_whatever_makes_it_raise(document, answers):
    check(read_question_set(document), answers, at=AT)


def test_numbers_too_long_to_print_are_refused_and_shown_as_nothing():
    question_set = question_set_of({"id": "q", "type": "age", "ask": "?"}, {"id": "d", "type": "date", "ask": "?"})
    answers = {"q": {"value": {"years": 10**5000}}, "d": {"value": {"year": 10**5000, "month": 1, "day": -(10**5000)}}}
    assert [problem.code for problem in check(question_set, answers, at=AT).problems] == ["not_an_age", "not_a_date"]
    assert form_from_answers(question_set.pages[0], answers)["q-years"] == [""]
    assert form_from_answers(question_set.pages[1], answers)["d-year"] == [""]


def question_set_of(*questions, **rest):
    pages = [{"id": f"p{n}", "questions": [question]} for n, question in enumerate(questions)]
    sections = [{"id": "s", "title": "S", "pages": pages}]
    return read_question_set(
        {"id": "one", "kind": "concern", "audience": "public", "title": "One", "sections": sections, **rest}
    )


TWO = [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No"}]
FILE = {"file_id": "f1", "name": "photo.jpg", "media_type": "image/jpeg", "size_bytes": 10}

DRAWN = [
    # type, settings, value, what is kept or the code of the problem; None: counts as not given
    ("short_text", {}, "  Sam ", "Sam"),
    ("short_text", {}, "one\r\ntwo", "one two"),
    ("short_text", {}, " \u00a0\n", None),
    ("short_text", {"max_length": 3}, "Sams", "too_long"),
    ("short_text", {}, "a\x00b", "unusable_characters"),
    ("short_text", {}, "\ud800", "unusable_characters"),
    ("short_text", {}, 5, "wrong_shape"),
    ("long_text", {}, "one\r\n\r\ntwo", "one\n\ntwo"),
    ("long_text", {}, "مرحبا\tbyd", "مرحبا\tbyd"),
    ("choice", {"choices": TWO}, "yes", "yes"),
    ("choice", {"choices": TWO}, "", None),
    ("choice", {"choices": TWO}, "maybe", "not_a_choice"),
    ("choice", {"choices": TWO}, ["yes"], "wrong_shape"),
    ("choices", {"choices": TWO}, ["no", "yes"], ["yes", "no"]),
    ("choices", {"choices": TWO}, ["no", "no"], ["no"]),
    ("choices", {"choices": TWO}, ["no"] * 3, "too_many"),
    ("choices", {"choices": TWO}, [], None),
    ("date", {}, {"year": 2024, "month": 2, "day": 29}, {"year": 2024, "month": 2, "day": 29}),
    ("date", {}, {"year": 2023, "month": 2, "day": 29}, "not_a_date"),
    ("date", {}, {"year": 2023, "month": 2, "day": None}, "not_a_date"),
    ("date", {"partial": True}, {"year": 2023, "month": 2}, {"year": 2023, "month": 2, "day": None}),
    ("date", {"partial": True}, {"year": 2023, "day": 2}, "not_a_date"),
    ("date", {}, {"year": "2023", "month": "May", "day": 1}, "not_a_date"),
    ("date", {}, {"year": None, "month": None, "day": None}, None),
    ("date", {}, {"year": 2026, "month": 5, "day": 1}, {"year": 2026, "month": 5, "day": 1}),
    ("date", {}, {"year": 2026, "month": 5, "day": 2}, "date_in_future"),
    ("date", {"allow_future": True}, {"year": 2026, "month": 5, "day": 2}, {"year": 2026, "month": 5, "day": 2}),
    ("date", {"partial": True}, {"year": 2026}, {"year": 2026, "month": None, "day": None}),
    ("date", {"partial": True}, {"year": 2027}, "date_in_future"),
    ("date", {}, "2026-05-01", "wrong_shape"),
    ("age", {}, {"years": 15, "estimated": True}, {"years": 15, "estimated": True}),
    ("age", {}, {"years": 15.0}, {"years": 15, "estimated": False}),
    ("age", {}, {"years": 120}, {"years": 120, "estimated": False}),
    ("age", {}, {"years": 121}, "not_an_age"),
    ("age", {}, {"years": "about 15"}, "not_an_age"),
    ("age", {}, {"years": True}, "not_an_age"),
    ("age", {}, 15, "wrong_shape"),
    ("web_addresses", {}, ["", "video.example/a b"], "not_a_web_address"),
    ("web_addresses", {}, [" video.example/a ", ""], ["video.example/a"]),
    ("web_addresses", {}, ["hxxps://video[.]example/x"], ["hxxps://video[.]example/x"]),
    ("web_addresses", {}, ["javascript:alert(1)"], "not_a_web_address"),
    ("web_addresses", {}, ["javascript://video.example/%0aalert(1)"], "not_a_web_address"),
    ("web_addresses", {}, ["https://مثال.إختبار/"], ["https://مثال.إختبار/"]),
    ("email", {}, "sam@mail.example", "sam@mail.example"),
    ("email", {}, "sam@mail", "not_an_email"),
    ("email", {}, "sam@mail.e", "not_an_email"),
    ("email", {}, "sam@mail.example\nbcc: x@y.example", "not_an_email"),
    ("phone", {}, "+44 (0)1632 960123", "+44 (0)1632 960123"),
    ("phone", {}, "call me", "not_a_phone"),
    ("postcode", {}, " nm1  4ab ", "NM1 4AB"),
    ("postcode", {}, "NM1 4AB; DROP", "not_a_postcode"),
    ("files", {}, [FILE], [FILE]),
    ("files", {}, [{**FILE, "name": ""}], "not_a_file"),
    ("files", {}, FILE, "wrong_shape"),
]


@pytest.mark.parametrize(("type_", "own", "value", "outcome"), DRAWN)
def test_each_type_keeps_or_refuses(type_, own, value, outcome):
    question_set = question_set_of({"id": "q", "type": type_, "ask": "?", **own})
    checked = check(question_set, {"q": {"value": value}}, at=AT)
    if checked.problems:
        assert [problem.code for problem in checked.problems] == [outcome]
        assert checked.answers == {}
    else:
        assert checked.answers == ({} if outcome is None else {"q": {"value": outcome}})


def test_problems_never_repeat_what_was_typed():
    question_set = question_set_of(
        {"id": "q", "type": "email", "ask": "?"}, {"id": "w", "type": "web_addresses", "ask": "?"}
    )
    checked = check(question_set, {"q": {"value": "SECRET"}, "w": {"value": ["SECRET"]}, "SECRET": {}}, at=AT)
    assert len(checked.problems) == 3
    assert "SECRET" not in repr(checked.problems)


def test_not_knowing_is_not_leaving_blank():
    question_set = question_set_of(
        {
            "id": "q",
            "type": "choice",
            "ask": "?",
            "choices": TWO,
            "required": True,
            "allow_unknown": True,
            "fact": "danger",
        },
        {"id": "w", "type": "short_text", "ask": "?", "show_when": {"question": "q", "answered": True}},
    )
    unknown = check(question_set, {"q": {"unknown": True}}, at=AT)
    assert (unknown.problems, unknown.facts["danger"]) == ((), "unknown")
    assert [page.id for page in unknown.pages_shown] == ["p0"]
    blank = check(question_set, {}, at=AT)
    assert ([problem.code for problem in blank.problems], blank.facts["danger"]) == (["missing"], None)


def test_an_answer_to_a_hidden_question_is_dropped_without_a_problem():
    question_set = question_set_of(
        {"id": "q", "type": "choice", "ask": "?", "choices": TWO},
        {"id": "w", "type": "short_text", "ask": "?", "show_when": {"question": "q", "in": ["yes"]}, "fact": "w"},
        {"id": "x", "type": "short_text", "ask": "?", "show_when": {"question": "w", "answered": True}},
    )
    answers = {"q": {"value": "no"}, "w": {"value": " kept "}, "x": {"value": "a\x00"}}
    checked = check(question_set, answers, at=AT)
    assert (checked.answers, checked.dropped, checked.problems) == (
        {"q": {"value": "no"}},
        {"w": {"value": "kept"}},
        (),
    )
    assert checked.facts["w"] is None
