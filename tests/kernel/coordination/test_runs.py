"""Rows of numbers: what is quicker than NumPy's own must give what NumPy's own gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.kernel.coordination.runs import counted, different, quantile, sorted_with_places

numbers = st.lists(st.integers(0, 40) | st.integers(0, 2**62), max_size=60).map(lambda drawn: np.array(drawn, np.int64))
parts = st.lists(st.integers(0, 12).map(lambda number: number / 12) | st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(values=numbers)
def test_different_values_and_how_often_they_come(values):
    expected, often = np.unique(values, return_counts=True)
    found, times = counted(values)
    assert (found.tolist(), times.tolist()) == (expected.tolist(), often.tolist())
    assert different(values).tolist() == expected.tolist()


@given(values=parts, share=st.sampled_from([0.0, 0.1, 0.5, 0.75, 0.97, 1.0]) | st.floats(0, 1))
def test_quantiles_are_numpys_to_the_last_digit(values, share):
    assert quantile(np.array(values), share) == np.quantile(values, share)


@given(values=numbers)
def test_places_of_equal_keys_stay_in_order(values):
    order = np.argsort(values, kind="stable")
    keys, places = sorted_with_places(values.copy())
    assert keys.tolist() == values[order].tolist()
    assert places.tolist() == order.tolist()
