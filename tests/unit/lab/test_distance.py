"""Distances between clouds, on clouds whose distance is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.lab.data import make_data
from studio.lab.distance import class_accuracy, nearest, off_the_data, sliced_wasserstein, spread

CLOUD = np.random.default_rng(0).normal(size=(500, 2))


def test_a_shift_is_measured_by_its_mean_shadow():
    assert sliced_wasserstein(CLOUD, CLOUD) == 0
    assert sliced_wasserstein(CLOUD, CLOUD + np.array([3.0, 0.0])) == pytest.approx(
        3 / math.sqrt(2), 1e-3
    )


def test_order_and_number_of_points_do_not_matter():
    assert sliced_wasserstein(CLOUD, CLOUD[::-1]) == pytest.approx(0)
    assert sliced_wasserstein(CLOUD, CLOUD[:250]) < 0.15
    assert sliced_wasserstein(CLOUD, CLOUD * 2) > 0.5


def test_two_draws_of_one_set_are_near_and_two_sets_are_far(spiral):
    same = sliced_wasserstein(make_data("spiral", seed=1).points, spiral.points)
    other = sliced_wasserstein(make_data("moons").points, spiral.points)
    assert same < 0.08 < other


def test_points_are_known_by_their_nearest_neighbour(spiral):
    assert np.array_equal(nearest(spiral.points, spiral), np.arange(600))
    assert class_accuracy(spiral.of_class(1), spiral, 1) == 1
    assert class_accuracy(spiral.of_class(0), spiral, 1) == 0
    assert off_the_data(spiral.points, spiral) == pytest.approx(0, abs=1e-6)
    assert off_the_data(spiral.points + 5, spiral) > 4


def test_spread():
    assert spread(np.array([[0, 0], [2, 0]])) == pytest.approx(1)
    assert spread(CLOUD * 3) == pytest.approx(3 * spread(CLOUD))
