"""The map of takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.engine.errors import StudioError
from studio.library.takemap import TooFewTakes, path_of, project
from tests.unit.library.test_compare import make_steps


def fan(turn, count=6, dim=50, seed=0):
    """Two takes that share their first half and then part into different directions."""
    base, other = np.random.default_rng(seed).normal(size=(2, dim))
    way = np.linspace(0, 1, count)[:, None]
    return way * base * 3 + turn * np.clip(way - 0.5, 0, None) * other * 2


def test_wants_two_takes_and_says_so():
    with pytest.raises(TooFewTakes, match="at least two"):
        project([fan(1)])
    with pytest.raises(TooFewTakes):
        project([fan(1), np.empty((0, 50))])


def test_distances_in_a_plane_are_kept():
    """Points that lie in a plane already must be laid out without any distortion."""
    paths = [fan(1.0), fan(-1.0)]
    laid = project(paths)
    flat, points = np.concatenate(laid.paths), np.concatenate(paths)
    for i in range(len(points)):
        expected = np.linalg.norm(points - points[i], axis=1)
        assert np.linalg.norm(flat - flat[i], axis=1) == pytest.approx(expected, abs=1e-6)
    assert sum(laid.explained) == pytest.approx(1)


def test_takes_share_their_beginning_and_part_later():
    one, two = project([fan(1.0), fan(-1.0)]).paths
    assert one[:3] == pytest.approx(two[:3], abs=1e-6)
    assert np.linalg.norm(one[-1] - two[-1]) > 1
    assert one[-1, 0] > one[0, 0]  # from left to right
    assert one[-1, 1] > two[-1, 1]


def test_is_the_same_each_time_and_takes_different_lengths():
    paths = [fan(1.0, 6), fan(-1.0, 11), fan(0.5, 3)]
    first, second = project(paths), project(paths)
    for a, b in zip(first.paths, second.paths, strict=True):
        assert (a == b).all()
    assert [len(p) for p in first.paths] == [6, 11, 3]


def test_different_sizes_cannot_share_a_map():
    with pytest.raises(StudioError, match="different sizes"):
        project([fan(1), fan(1, dim=20)])


def test_path_of_reads_the_predicted_pictures():
    steps = make_steps()
    path = path_of(steps)
    assert path.shape == (4, 18)
    assert (path[2] == steps[2].x0.numpy().ravel()).all()
    assert path_of([]).shape == (0, 0)


@pytest.mark.parametrize("x0", [
    torch.zeros(1, 4, 9, 9), torch.tensor(1.0), torch.full((1, 2, 3, 3), torch.nan),
    torch.full((1, 2, 3, 3), torch.inf),
])  # fmt: skip
def test_steps_that_no_run_makes_are_one_sentence(x0):
    steps = make_steps()
    steps[1] = replace(steps[1], x0=x0)
    with pytest.raises(StudioError, match="damaged"):
        path_of(steps)
