"""Point sets: reproducible, inside the plane, honest about too little data."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import StudioError
from studio.lab.data import DATA_SETS, drawn_data, make_data


@pytest.mark.parametrize("name", list(DATA_SETS))
def test_sets_are_reproducible_and_lie_in_the_plane(name):
    data = make_data(name, 300, seed=4)
    assert data.points.shape == (300, 2)
    assert data.points.dtype == np.float32
    assert np.abs(data.points).max() < 1.1
    assert np.array_equal(data.points, make_data(name, 300, seed=4).points)
    assert not np.array_equal(data.points, make_data(name, 300, seed=5).points)
    assert set(data.labels) == set(range(len(data.class_names)))


def test_the_spirals_classes_are_inner_middle_and_outer(spiral):
    assert spiral.class_names == ("person", "dog", "cat")
    radii = [np.linalg.norm(spiral.of_class(k), axis=1).mean() for k in range(3)]
    assert radii == sorted(radii)
    assert len(spiral.of_class(None)) == 600
    assert np.linalg.norm(spiral.centre) < 0.25


def test_impossible_sets_are_said_in_words():
    with pytest.raises(StudioError, match="no data set"):
        make_data("torus")
    with pytest.raises(StudioError, match="cannot be made"):
        make_data("spiral", 100_000)


def test_drawn_points_need_three_different_places():
    with pytest.raises(StudioError, match="fewer than three"):
        drawn_data(np.zeros((2, 2)))
    with pytest.raises(StudioError, match="one place"):
        drawn_data(np.full((50, 2), 0.3))
    with pytest.raises(StudioError, match="fewer than three"):
        drawn_data(np.full((50, 2), np.nan))
    drawn = drawn_data(np.array([[0, 0], [1, 0], [9, 9.0]]), np.array([0, 1, 7]))
    assert drawn.points.max() == 1.5
    assert drawn.labels.tolist() == [0, 1, 2]


def test_points_that_are_no_numbers_take_their_classes_with_them():
    points = [[float("nan"), 0], [0, 0], [1, 1], [0, 1]]
    assert drawn_data(np.array(points), np.array([2, 0, 1, 0])).labels.tolist() == [0, 1, 0]


def test_a_class_that_was_not_drawn_counts_as_all():
    drawn = drawn_data(np.array([[0, 0], [1, 1], [0, 1]]), np.array([0, 2, 0]))
    assert drawn.present == (0, 2)
    assert len(drawn.of_class(1)) == len(drawn.of_class(None)) == 3
    assert len(drawn.of_class(0)) == 2
