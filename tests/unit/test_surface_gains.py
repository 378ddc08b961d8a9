"""Gains of views that painted the same things brighter or tinted, recovered from their overlaps."""

from __future__ import annotations

import numpy as np

from underpaint.surface.gains import Samples, find_gains, solve_gains

TRUE = np.array([[1.3, 1.0, 0.8], [0.8, 1.1, 1.0], [0.95, 0.9, 1.25], [1.0, 1.0, 1.0]])


def seen(rng, count: int, pairs) -> Samples:
    """Texels of random light that only pairs of views share, each as the view's factor shows it."""
    truth = np.log(rng.uniform(0.05, 0.5, (count, 1, 3)))
    weight = np.zeros((count, len(TRUE)), np.float32)
    for row, pair in enumerate(rng.choice(len(pairs), count)):
        weight[row, list(pairs[pair])] = 1
    light = np.where(weight[..., None] > 0, truth + np.log(TRUE), 0)
    return Samples(light.astype(np.float32), weight)


def relative(gains: np.ndarray) -> np.ndarray:
    return gains / gains[0]


def test_exposures_come_back_from_a_chain_of_overlaps():
    """Views 0 and 3 share nothing, and are brought to each other by those between."""
    samples = seen(np.random.default_rng(0), 6000, [(0, 1), (1, 2), (2, 3)])
    gains = solve_gains(samples)
    assert np.abs(relative(gains) * TRUE / TRUE[0] - 1).max() < 0.004


def test_what_was_painted_otherwise_does_not_draw_the_gains():
    """One texel in five shows something else in view 1: a window, lit there only."""
    rng = np.random.default_rng(1)
    samples = seen(rng, 6000, [(0, 1), (1, 2), (2, 3)])
    other = rng.uniform(size=6000) < 0.2
    samples.light[other, 1] += np.float32(1.5)
    gains = solve_gains(samples)
    assert np.abs(relative(gains) * TRUE / TRUE[0] - 1).max() < 0.05


def test_a_view_that_overlaps_with_none_and_no_samples_at_all_change_nothing():
    samples = seen(np.random.default_rng(2), 500, [(0, 1)])
    assert np.abs(solve_gains(samples)[2:] - 1).max() == 0
    assert find_gains([]).shape == (0, 3)


def test_all_gains_together_keep_the_light():
    """The set gets neither brighter nor darker: the gains' mean in logarithms is 0."""
    samples = seen(np.random.default_rng(3), 6000, [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert np.abs(np.log(solve_gains(samples)).mean(0)).max() < 1e-3
