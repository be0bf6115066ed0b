"""What each form of a cell lets pass."""

from datetime import date
from decimal import Decimal

import pytest

from counterpoint.kernel.decisions.cells import CellError, ValueType, parse_cell, parse_literal

S, N, B, D = ValueType.STRING, ValueType.NUMBER, ValueType.BOOLEAN, ValueType.DATE
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def numbers(*values):
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("text", "value_type", "passes", "stops"),
    [
        ("-", S, ["a", "", None], []),
        ("", N, [*numbers(0), None], []),
        ('"a"', S, ["a"], ["A", "b", "", None]),
        ('"a", "b"', S, ["a", "b"], ["a, b", "c", None]),
        ('not("a", "b")', S, ["c", ""], ["a", "b", None]),
        ('"a", null', S, ["a", None], ["b"]),
        ("null", N, [None], numbers(0)),
        ("not(null)", N, numbers(0, -1), [None]),
        (r'"say \"hi\", \\ \u0041"', S, ['say "hi", \\ A'], ['say "hi"']),
        ('"1"', S, ["1"], ["01"]),
        ("true", B, [True], [False, None]),
        ("not(true)", B, [False], [True, None]),
        ("5", N, numbers(5, "5.000"), [*numbers(4, "5.1"), None]),
        ("-3", N, numbers(-3), numbers(3)),
        ("< -3", N, numbers(-4, "-3.5"), [*numbers(-3, 0), None]),
        ("<= 2.5", N, numbers("2.5", 0), numbers("2.500001")),
        ("> 0", N, numbers("0.000001"), [*numbers(0), None]),
        (">= 0", N, numbers(0), numbers(-1)),
        ("[1..5]", N, numbers(1, 3, 5), [*numbers(0, 6), None]),
        ("(1..5)", N, numbers("1.1", "4.9"), numbers(1, 5)),
        ("]1..5[", N, numbers("1.1", "4.9"), numbers(1, 5, 0, 6)),
        ("]1..5]", N, numbers(2, 5), numbers(1)),
        ("[1..5[", N, numbers(1, 4), numbers(5)),
        ("[1..5)", N, numbers(1, 4), numbers(5)),
        ("[-5..-1]", N, numbers(-5, -1), numbers(0, -6)),
        ("1, [3..4], > 10", N, numbers(1, 3, 11), [*numbers(2, 10), None]),
        ("not([1..5], 9)", N, numbers(0, 6, 10), [*numbers(1, 5, 9), None]),
        ('date("2026-06-01")', D, [JUNE], [MAY, None]),
        ('@"2026-06-01"', D, [JUNE], [JULY]),
        ('< date("2026-06-01")', D, [MAY], [JUNE, None]),
        ('[date("2026-05-01")..@"2026-06-01"]', D, [MAY, JUNE], [JULY]),
        (']date("2026-05-01")..date("2026-07-01")[', D, [JUNE], [MAY, JULY]),
        ('not(date("2026-06-01"))', D, [MAY], [JUNE, None]),
    ],
)
def test_a_cell_lets_pass(text, value_type, passes, stops):
    cell = parse_cell(text, value_type)
    assert [value for value in passes if not cell.fits(value)] == []
    assert [value for value in stops if cell.fits(value)] == []


@pytest.mark.parametrize(
    ("text", "value_type", "what"),
    [
        ("yes", S, "`yes` is not a value"),
        ('"a', S, "is not understood"),
        ('"a" "b"', S, "is not understood here"),
        ('"a",', S, "the end of the cell stands where a value is expected"),
        ('< "a"', S, "a string has no order"),
        ('["a".."c"]', S, "a string has no order"),
        ("> true", B, "a boolean has no order"),
        ("5", S, "is a number, but the column holds a string"),
        ('"5"', N, "is a string, but the column holds a number"),
        ("true", N, "is a boolean, but the column holds a number"),
        ("[5..1]", N, "no value lies in this range"),
        ("]1..1]", N, "no value lies in this range"),
        ("[1..5", N, "a range is not closed"),
        ("[1, 5]", N, "a range needs two dots"),
        ("1 + 1", N, "is not understood"),
        ("not 5", N, "`(` is expected"),
        ("not(5", N, "`)` is expected"),
        ("not(not(5))", N, "`not` is not a value"),
        ("not(-)", N, "is not understood"),
        ("= 5", N, "is not understood"),
        ("< null", N, "null cannot be the end"),
        ("1e5", N, "is not understood here"),
        (".5", N, "or none before it"),
        ("\u0665", N, "is not understood"),
        ("1.1234567", N, "more than 12 digits before or 6 after"),
        ('date("2026-02-30")', D, "is not a date"),
        ('date("2026-02-01T10:00")', D, "is not a date"),
        ("date(2026)", D, "is not a date"),
        (r'"\x41"', S, "is not a known escape"),
        (r'"\ud800"', S, "lone surrogate"),
    ],
)
def test_a_cell_is_refused(text, value_type, what):
    with pytest.raises(CellError) as refused:
        parse_cell(text, value_type)
    assert what in refused.value.what
    assert refused.value.remedy


def test_an_output_is_one_value():
    assert parse_literal(' "a" ', S) == "a"
    for text in ('"a", "b"', "-", "", "null", "> 5"):
        with pytest.raises(CellError):
            parse_literal(text, S)
