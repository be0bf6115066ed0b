"""The engine with our conversion, held against plain Python; and what must not be able to happen."""

import operator
import threading
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.kernel.decisions.drawing import drawn

from counterpoint.kernel.decisions import FactsDoNotFit, TableProblems, evaluate, read_table
from counterpoint.kernel.decisions.engine import encoded

CATCH_ALL = ["-", '"rest"']
ROUTE = [("route", "string")]
TEXTS = [
    "",
    "a",
    "b",
    "yes",
    'say "hi"',
    "back\\slash",
    "it's",
    "100%25",
    "$ == 1",
    "${x}",
    "null",
    "true",
    "1",
    "é",
    "a, b",
    "línea\n",
]


# --- the slow twin: each drawn cell comes with its meaning, so that no parser is trusted


def written(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return f'date("{value}")' if isinstance(value, date) else str(value)


OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@st.composite
def single_tests(draw, values, *, ordered):
    """A pair: the text of one alternative, and what it means for a known value."""
    kind = draw(st.sampled_from(["value", "comparison", "range"] if ordered else ["value"]))
    if kind == "value":
        value = draw(values)
        return written(value), lambda fact: fact == value
    if kind == "comparison":
        sign, value = draw(st.sampled_from(sorted(OPERATORS))), draw(values)
        return f"{sign} {written(value)}", lambda fact: OPERATORS[sign](fact, value)
    low, high = sorted([draw(values), draw(values)])
    opening, closing = draw(st.sampled_from("[](")), draw(st.sampled_from("[])"))
    if low == high:
        opening, closing = "[", "]"

    def inside(fact):
        above = fact >= low if opening == "[" else fact > low
        below = fact <= high if closing == "]" else fact < high
        return above and below

    return f"{opening}{written(low)}..{written(high)}{closing}", inside


@st.composite
def cells(draw, values, *, ordered):
    form = draw(st.sampled_from(["any", "some", "some", "null", "not", "not"]))
    if form == "any":
        return draw(st.sampled_from(["-", ""])), lambda fact: True
    tests = draw(st.lists(single_tests(values, ordered=ordered), min_size=1, max_size=4))
    texts = [text for text, _ in tests]

    def some(fact):
        return fact is not None and any(means(fact) for _, means in tests)

    if form == "null":
        return ", ".join([*texts, "null"]), lambda fact: fact is None or some(fact)
    if form == "not":
        return f"not({', '.join(texts)})", lambda fact: fact is not None and not some(fact)
    return ", ".join(texts), some


NUMBERS = st.one_of(
    st.integers(-5, 5), st.integers(-(10**12) + 1, 10**12 - 1), st.decimals(-4, 4, places=2).map(lambda d: d + 0)
)
DATES = st.one_of(st.integers(0, 12).map(lambda n: date(2026, 1, 1) + timedelta(days=n)), st.dates())
COLUMNS = {
    "number": (NUMBERS, True),
    "string": (st.sampled_from(TEXTS), False),
    "boolean": (st.booleans(), False),
    "date": (DATES, True),
}


@st.composite
def tables_and_facts(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    names = [f"c{n}" for n in range(len(kinds))]
    rows = [
        [draw(cells(COLUMNS[kind][0], ordered=COLUMNS[kind][1])) for kind in kinds]
        for _ in range(draw(st.integers(1, 6)))
    ]
    facts = [
        {name: draw(st.one_of(st.none(), COLUMNS[kind][0])) for name, kind in zip(names, kinds, strict=True)}
        for _ in range(6)
    ]
    return list(zip(names, kinds, strict=True)), rows, facts


@settings(max_examples=150, deadline=None)
@given(tables_and_facts())
def test_the_engine_fires_the_same_rules_as_plain_python(drawn_table):
    columns, rows, all_facts = drawn_table
    texts = [[*(text for text, _ in row), f'"{number}"'] for number, row in enumerate(rows, 1)]
    xml = drawn(columns, ROUTE, texts, policy="COLLECT")
    try:
        table = read_table(xml)
    except TableProblems as refused:
        problems = refused.problems
    else:
        problems = ()
    # A drawn cell may fit no value at all, as not(< 1, >= 1) does.
    assert all("can never fire" in problem.what for problem in problems), problems
    assume(not problems)
    for facts in all_facts:
        expected = [
            number
            for number, row in enumerate(rows, 1)
            if all(means(facts[name]) for (name, _), (_, means) in zip(columns, row, strict=True))
        ]
        assert [rule.index for rule in evaluate(table, facts).fired] == expected


# --- hit policies


@pytest.mark.parametrize(
    ("policy", "fired"),
    [("RULE ORDER", [1, 2, 3]), ("COLLECT", [1, 2, 3]), ("FIRST", [1]), ("PRIORITY", [2]), ("ANY", None)],
)
def test_the_hit_policy_says_which_rules_count(policy, fired):
    rows = [["> 5", '"middle"'], ["]1..9]", '"high"'], ["-", '"low"']]
    xml = drawn([("age", "number")], [("route", "string", '"high","middle","low"')], rows, policy=policy)
    if fired is None:
        with pytest.raises(TableProblems, match="ANY does not allow that"):
            read_table(xml)
        return
    assert [rule.index for rule in evaluate(read_table(xml), {"age": 7}).fired] == fired


def test_any_gives_every_rule_that_agrees():
    table = read_table(drawn([("age", "number")], ROUTE, [["> 5", '"a"'], ["-", '"a"']], policy="ANY"))
    assert [rule.index for rule in evaluate(table, {"age": 7}).fired] == [1, 2]


def test_unique_gives_the_one_rule():
    table = read_table(drawn([("yes", "boolean")], ROUTE, [["true", '"a"'], ["false, null", '"b"']], policy="UNIQUE"))
    assert [evaluate(table, {"yes": fact}).fired[0].outputs["route"] for fact in (True, False, None)] == ["a", "b", "b"]


# --- traps of the engine


def test_an_open_range_is_never_read_as_its_outside():
    """The engine reads ]1..5[ as *not* between 1 and 5."""
    table = read_table(drawn([("age", "number")], ROUTE, [["]1..5[", '"in"'], CATCH_ALL], policy="FIRST"))
    assert [evaluate(table, {"age": age}).fired[0].outputs["route"] for age in (0, 1, 3, 5, 6)] == [
        "rest",
        "rest",
        "in",
        "rest",
        "rest",
    ]
    assert "(i0 in [1000001..4999999])" in table.engine_expression


def test_null_in_a_list_is_found_behind_a_comparison():
    """The engine lets the whole list fail when it compares null first."""
    table = read_table(drawn([("age", "number")], ROUTE, [["< 5, null", '"hit"'], CATCH_ALL], policy="FIRST"))
    assert [evaluate(table, {"age": age}).fired[0].index for age in (4, None, 5)] == [1, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        '" or true or "',
        '"] or 1 == 1 or $ in ["',
        "') or true",
        "`${env.HOME}`",
        "__import__('os').system('id')",
        "fetch('http://127.0.0.1:9')",
        "$root",
        "\\",
        '\\"',
        "%22",
        "\x00",
        "\ud800",
        "x" * 100_000,
    ],
)
def test_a_text_that_looks_like_code_is_only_a_text(text):
    table = read_table(drawn([("said", "string")], ROUTE, [['"yes"', '"hit"'], CATCH_ALL], policy="FIRST"))
    evaluation = evaluate(table, {"said": text})
    assert [rule.outputs["route"] for rule in evaluation.fired] == ["rest"]
    assert evaluation.facts["said"] == text


@given(st.text())
def test_an_encoded_text_has_nothing_to_break_out_with(text):
    assert all(character.isascii() and (character.isalnum() or character in "_.-~%") for character in encoded(text))


@given(st.text(), st.text())
def test_two_texts_are_encoded_alike_only_if_they_are_alike(one, other):
    assert (encoded(one) == encoded(other)) == (one == other)


def test_what_a_person_wrote_never_reaches_the_engine():
    xml = drawn([("said", "string")], [("route", "string")], [['"a \\" + b"', '"an output text"', "a note"], CATCH_ALL])
    content = read_table(xml).engine_expression
    assert "said" not in content
    assert "an output text" not in content
    assert "a note" not in content
    assert "a%20%22%20%2B%20b" in content


# --- facts


def test_a_missing_fact_fits_only_what_names_it():
    rows = [['"yes"', '"1"'], ['not("yes")', '"2"'], ["null", '"3"'], ['"no", null', '"4"'], ["-", '"5"']]
    table = read_table(drawn([("danger", "string")], ROUTE, rows))
    assert [rule.index for rule in evaluate(table, {}).fired] == [3, 4, 5]
    assert evaluate(table, {}) == evaluate(table, {"danger": None})


def test_surplus_facts_are_left_out():
    table = read_table(drawn([("danger", "string")], ROUTE, [CATCH_ALL]))
    assert evaluate(table, {"danger": "yes", "surname": "left out"}).facts == {"danger": "yes"}


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("string", 5),
        ("string", True),
        ("number", "5"),
        ("number", True),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", 10**12),
        ("number", Decimal("sNaN")),
        ("boolean", 1),
        ("boolean", "true"),
        ("date", "yesterday"),
        ("date", 20260501),
        ("string", ["a"]),
        ("string", {"a": 1}),
    ],
)
def test_a_fact_of_another_type_is_refused_without_repeating_it(kind, fact):
    table = read_table(drawn([("c", kind)], ROUTE, [CATCH_ALL]))
    with pytest.raises(FactsDoNotFit, match=f"The fact c is not a {kind}") as refused:
        evaluate(table, {"c": fact})
    assert str(fact) not in str(refused.value)


def test_all_facts_that_do_not_fit_are_told_at_once():
    columns = [("a", "string", '"x","y"'), ("b", "number"), ("c", "date")]
    table = read_table(drawn(columns, ROUTE, [["-", "-", *CATCH_ALL]]))
    with pytest.raises(FactsDoNotFit) as refused:
        evaluate(table, {"a": "z", "b": "1", "c": "2026-05-01"})
    assert len(refused.value.problems) == 2


def test_changing_an_evaluation_does_not_change_the_table():
    table = read_table(drawn([("danger", "string")], ROUTE, [CATCH_ALL]))
    asdict(evaluate(table, {}))["fired"][0]["outputs"]["route"] = "changed"
    evaluate(table, {}).fired[0].outputs["route"] = "changed"
    assert evaluate(table, {}).fired[0].outputs == {"route": "rest"}


def test_a_tenth_is_a_tenth():
    table = read_table(drawn([("share", "number")], ROUTE, [["0.3", '"hit"'], CATCH_ALL], policy="FIRST"))
    for share in (0.3, 0.1 + 0.2, Decimal("0.3")):
        assert evaluate(table, {"share": share}).fired[0].index == 1


def test_a_table_may_be_asked_from_many_threads():
    table = read_table(drawn([("age", "number")], ROUTE, [["> 5", '"a"'], CATCH_ALL], policy="FIRST"))
    wrong = []

    def ask(age):
        fired = [evaluate(table, {"age": age}).fired[0].index for _ in range(50)]
        wrong.extend(index for index in fired if index != (1 if age > 5 else 2))

    threads = [threading.Thread(target=ask, args=(age,)) for age in range(4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
