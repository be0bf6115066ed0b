import json
from datetime import date

from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.kernel.questions.drawing import answers_to, documents
from tests.kernel.questions.json_schema_twin import accepts

from counterpoint.kernel.questions import check, json_schema, read_question_set


@st.composite
def cases(draw, conditions):
    document = draw(documents(conditions=conditions))
    return read_question_set(document), draw(answers_to(document))


@given(cases(conditions=False))
@settings(max_examples=150, deadline=None)
def test_without_conditions_it_accepts_what_the_checker_accepts(case):
    question_set, answers = case
    good = check(question_set, answers).is_good
    event(f"good: {good}")
    if isinstance(answers, dict) and not all(isinstance(key, str) for key in answers):
        return  # JSON has no such object
    assert accepts(json_schema(question_set), answers) == good


@given(cases(conditions=True))
@settings(max_examples=60, deadline=None)
def test_with_conditions_it_accepts_all_normalised_answers(case):
    question_set, answers = case
    checked = check(question_set, answers)
    if checked.is_good:
        assert accepts(json_schema(question_set), checked.answers)


def test_every_day_of_two_centuries_and_no_other():
    days = {"id": "d", "type": "date", "ask": "?"}
    page = {"id": "p", "questions": [days]}
    document = {"id": "x", "kind": "concern", "audience": "public", "title": "X"}
    question_set = read_question_set({**document, "sections": [{"id": "s", "title": "S", "pages": [page]}]})
    schema = json_schema(question_set)
    for year in (1899, 1900, 2000, 2023, 2024, 2100, 2199, 2200):
        for month in range(14):
            for day in range(33):
                try:
                    date(year, month, day)
                except ValueError:
                    real = False
                else:
                    real = 1900 <= year <= 2199
                answers = {"d": {"value": {"year": year, "month": month, "day": day}}}
                assert accepts(schema, answers) == check(question_set, answers).is_good == real, answers


def test_it_is_json():
    json.dumps(json_schema(read_question_set(_all_types())), allow_nan=False)


def _all_types():
    types = ["short_text", "long_text", "date", "age", "web_addresses", "email", "phone", "postcode", "files"]
    questions = [{"id": type_, "type": type_, "ask": "?"} for type_ in types]
    page = {"id": "p", "title": "P", "questions": questions}
    document = {"id": "x", "kind": "advice", "audience": "professional", "title": "X"}
    return {**document, "sections": [{"id": "s", "title": "S", "pages": [page]}]}
