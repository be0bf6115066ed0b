"""Small numbers cannot be worked out: held against somebody who tries every set of counts that fits the page."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.support.protection import BASE, is_small, protect, rounded

ALL = "all"


def figures_of(rows, columns):
    """Every cell with the totals of rows, columns and all: key to the cells that it adds up."""
    cells = list(product(range(rows), range(columns)))
    found = {(row, column): frozenset({(row, column)}) for row, column in cells}
    found |= {(row, ALL): frozenset(cell for cell in cells if cell[0] == row) for row in range(rows)}
    found |= {(ALL, column): frozenset(cell for cell in cells if cell[1] == column) for column in range(columns)}
    return found | {(ALL, ALL): frozenset(cells)}


def what_fits(shown, figures, cells):
    """An attacker who knows the rule and tries every table: those whose figures would be the same."""
    spans = [range(max(0, shown[cell] - 2), shown[cell] + 3) if shown[cell] is not None else range(9) for cell in cells]
    for guess in product(*spans):
        counts = dict(zip(cells, guess, strict=True))
        if all(
            shown[key] is None or rounded(sum(counts[cell] for cell in of)) == shown[key] for key, of in figures.items()
        ):
            yield counts


def test_every_number_is_rounded_by_itself():
    assert [rounded(count) for count in range(13)] == [0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10, 10, 10]
    assert [count for count in range(-1, 9) if is_small(count)] == [1, 2, 3, 4]


@st.composite
def tables(draw):
    rows, columns = draw(st.sampled_from([(1, 2), (1, 4), (2, 2), (2, 3), (3, 2)]))
    counts = {cell: draw(st.integers(0, 6)) for cell in product(range(rows), range(columns))}
    return rows, columns, counts


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_small_number_can_be_recovered_from_what_is_shown(table):
    rows, columns, counts = table
    figures = figures_of(rows, columns)
    shown = protect(counts, figures)
    small = {key for key, of in figures.items() if is_small(sum(counts[cell] for cell in of))}
    seen = {key: set() for key in small}
    for guess in what_fits(shown, figures, list(counts)):
        for key in small:
            seen[key].add(sum(guess[cell] for cell in figures[key]))
        if all(len(values) > 1 for values in seen.values()):
            break
    assert all(len(values) > 1 for values in seen.values()), (counts, shown)


def test_where_rounding_alone_would_give_the_cells_away_a_figure_is_left_out():
    """Four cells shown as 0 under a total shown as 10 could only be 2 each."""
    counts, figures = {(0, column): 2 for column in range(4)}, figures_of(1, 4)
    naive = {key: rounded(sum(counts[cell] for cell in of)) for key, of in figures.items()}
    assert list(what_fits(naive, figures, list(counts))) == [counts]
    shown = protect(counts, figures)
    assert None in shown.values()
    fits = list(what_fits(shown, figures, list(counts)))
    assert all(len({guess[cell] for guess in fits}) > 1 for cell in counts)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=6, max_size=6))
def test_what_is_shown_is_near_the_truth_and_never_tells_zero_from_a_few(values):
    counts = dict(zip(product(range(2), range(3)), values, strict=True))
    figures = figures_of(2, 3)
    for key, figure in protect(counts, figures).items():
        true = sum(counts[cell] for cell in figures[key])
        assert figure is None or (figure % BASE == 0 and abs(figure - true) <= BASE // 2)


def test_the_same_counts_give_the_same_page():
    counts = {cell: (cell[0] * 3 + cell[1] * 2) % 7 for cell in product(range(3), range(3))}
    pages = {tuple(protect(dict(counts), figures_of(3, 3)).items()) for _ in range(5)}
    assert len(pages) == 1


def test_large_numbers_are_all_shown():
    counts = {cell: 12 + cell[0] + cell[1] for cell in product(range(3), range(4))}
    assert None not in protect(counts, figures_of(3, 4)).values()


@pytest.mark.parametrize("quarter", range(1, 5))
def test_a_quarter_is_protected_against_its_year(quarter):
    """Year and quarters of one kind: linked by subtraction as rows and columns are."""
    counts = {("kind", each): (7 if each != quarter else 1) for each in range(1, 5)}
    figures = {each: frozenset({("kind", each)}) for each in range(1, 5)} | {"year": frozenset(counts)}
    shown = protect(counts, figures)
    fits = what_fits(
        {("kind", each): shown[each] for each in range(1, 5)} | {"year": shown["year"]},
        {("kind", each): figures[each] for each in range(1, 5)} | {"year": figures["year"]},
        list(counts),
    )
    assert len({guess["kind", quarter] for guess in fits}) > 1
