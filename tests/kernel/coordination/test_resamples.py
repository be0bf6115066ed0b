import numpy as np

from counterpoint.kernel.coordination.resamples import RESAMPLES, fewer, kept, stability


def test_each_resample_keeps_about_seventy_in_a_hundred_and_is_its_own():
    drawn = [kept(number, 5000) for number in range(RESAMPLES)]
    assert all(0.66 < draw.mean() < 0.74 for draw in drawn)
    together = np.corrcoef(np.stack(drawn)) - np.eye(RESAMPLES)
    assert abs(together).max() < 0.1


def test_what_a_resample_keeps_does_not_hang_on_how_much_there_is():
    assert (kept(3, 1000)[:100] == kept(3, 100)).all()


def test_stability_is_the_share_of_resamples_that_hold():
    assert stability(10, lambda kept: True) == 1.0
    assert stability(10, lambda kept: False) == 0.0
    assert 0.5 < stability(1, lambda kept: kept[0]) < 0.9
    assert stability(0, lambda kept: kept.size > 0) == 0.0


def test_smallest_numbers_shrink_with_what_is_there():
    assert [fewer(count) for count in (1, 3, 8, 20)] == [1, 2, 5, 14]
