"""The grammar of conditions: what it says, what it leaves undecided, what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel.processes.conditions import (
    ConditionError,
    condition_in_words,
    decide,
    names_in,
    parse_condition,
)

RECORDED = {"screen.outcome": "advice", "screen.risk": 3, "screen.urgent": True, "age": 15, "share": 0.1, "note": ""}


def verdict(text, recorded=RECORDED):
    return decide(parse_condition(text), lambda name: recorded.get(str(name)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('screen.outcome == "advice"', True),
        ("screen.outcome == 'advice'", True),
        ('screen.outcome != "advice"', False),
        ("screen.risk == 3", True),
        ("screen.risk == 3.0", True),
        ("screen.risk >= 3 and screen.risk < 4", True),
        ("screen.risk > -3", True),
        ("share == 0.1", True),
        ("screen.urgent == true", True),
        ("screen.urgent != false", True),
        ("not screen.urgent == true", False),
        ("not not screen.urgent == true", True),
        ('age < 18 or screen.outcome == "x"', True),
        ('age > 18 and screen.outcome == "x" or age == 15', True),
        ('age > 18 and (screen.outcome == "x" or age == 15)', False),
        ('note == ""', True),
        # what was not recorded is not false, it is undecided
        ('screen.missing == "a"', None),
        ('screen.missing != "a"', None),
        ('not screen.missing == "a"', None),
        ('screen.missing == "a" and age == 15', None),
        ('screen.missing == "a" and age == 16', False),
        ('screen.missing == "a" or age == 15', True),
        ("screen.missing == null", True),
        ("screen.missing != null", False),
        ("screen.risk == null", False),
        # a value of another kind is undecided too
        ('screen.risk == "3"', None),
        ("screen.urgent == 1", None),
        ("screen.risk == true", None),
        ("screen.outcome > 3", None),
    ],
)
def test_a_condition_decides(text, expected):
    assert verdict(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "screen.outcome",
        "screen.outcome = 1",
        '"advice" == screen.outcome',
        "a == b",
        "a.b.c == 1",
        "a == 1 b == 2",
        "a == 1 and",
        "(a == 1",
        "a == 1)",
        "not",
        'a < "b"',
        "a < true",
        "a < null",
        "1 == 1",
        "a == 1.",
        "a == 1.2.3",
        "a == 1x",
        "a == 1_000",
        'a == "b\\"c"',
        "a is 1",
        "a in (1, 2)",
        "a == -b",
        "A == 1",
        "a == 1; b == 2",
        "a == 1 # comment",
        "a == \u0661",
        "and == 1",
        "a == None",
        "1 < a < 3",
    ],
)
def test_a_condition_is_refused_with_a_remedy(text):
    with pytest.raises(ConditionError) as refused:
        parse_condition(text)
    assert refused.value.what
    assert refused.value.remedy


@given(st.text(max_size=80))
def test_any_text_is_understood_or_refused(text):
    try:
        condition = parse_condition(text)
    except ConditionError:
        return
    assert list(names_in(condition))


@given(st.text(alphabet="ab.=!<>()\"' 019ndortu", max_size=40))
def test_any_near_miss_is_understood_or_refused(text):
    try:
        condition = parse_condition(text)
    except ConditionError:
        return
    assert decide(condition, lambda name: None) in (True, False, None)


# --- held against plain three-valued logic


LEAVES = st.sampled_from([("a == 1", True), ("a == 2", False), ("m == 1", None), ("m == null", True)])


def both(joint, settling):
    def join(parts):
        values = [value for _, value in parts]
        value = settling if settling in values else (None if None in values else not settling)
        return "(" + f" {joint} ".join(text for text, _ in parts) + ")", value

    return join


TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(both("and", False)),
        st.lists(inner, min_size=2, max_size=3).map(both("or", True)),
        inner.map(lambda part: (f"not ({part[0]})", None if part[1] is None else not part[1])),
    ),
    max_leaves=8,
)


@given(TREES)
def test_joined_conditions_are_three_valued_logic(tree):
    text, expected = tree
    assert verdict(text, {"a": 1}) is expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('screen.outcome == "more_information"', "outcome is more information"),
        ("a >= 3 and (b == true or c == null)", "a is at least 3 and (b is yes or c is not recorded)"),
        ("not a != null", "not (a is recorded)"),
    ],
)
def test_a_condition_in_words(text, words):
    assert condition_in_words(parse_condition(text)) == words
