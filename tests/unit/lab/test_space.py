"""The image space: similar pictures near each other, paths and their bends."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from studio.engine.errors import BrokenFile, StudioError
from studio.lab.figure import Ink, Stamps
from studio.lab.space import bend, make_space, space_task, thumb_of, vector_of
from studio.lab.views import bend_view, space_view


def flat(red, green=0, size=(40, 30)):
    return np.full((size[1], size[0], 3), (red, green, 0), np.uint8)


@pytest.fixture(scope="module")
def space():
    reds = [(f"red{i}", flat(200 + i)) for i in range(4)]
    greens = [(f"green{i}", flat(10, 200 + i)) for i in range(4)]
    return make_space([*reds, *greens])


def test_alike_pictures_lie_together(space):
    reds, greens = space.points[:4], space.points[4:]
    apart = np.linalg.norm(reds.mean(0) - greens.mean(0))
    assert np.ptp(reds, axis=0).max() < apart / 10
    assert space.explained > 0.95
    np.testing.assert_allclose(space.lay(space.vectors), space.points, atol=1e-4)


def test_nearest_is_the_picture_itself_or_its_like(space):
    assert space.nearest(space.vectors).tolist() == list(range(8))
    assert space.names[space.nearest(vector_of(flat(180))[None])[0]].startswith("red")


def test_vectors_and_thumbs_have_their_sizes():
    assert vector_of(flat(255)).shape == (768,)
    assert vector_of(flat(255)).max() == 1
    assert thumb_of(flat(9, size=(400, 100))).shape == (11, 44, 3)


def test_too_few_or_equal_pictures_are_said_in_words():
    with pytest.raises(StudioError, match="fewer than three"):
        make_space([("a", flat(1)), ("b", flat(2))])
    with pytest.raises(StudioError, match="alike"):
        make_space([(str(i), flat(7)) for i in range(5)])


def test_a_straight_path_has_no_bend_and_a_corner_has():
    line = np.outer(np.arange(5.0), np.ones(3))
    assert bend(line) == pytest.approx(np.ones(4))
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    assert bend(corner) == pytest.approx([0, 1, 0])
    assert bend(np.zeros((3, 2))).tolist() == [0, 0]


def test_the_task_leaves_out_what_cannot_be_read():
    def read(path):
        if path.name == "broken":
            raise BrokenFile("no picture")
        return flat(int(path.name))

    work = space_task([Path(n) for n in ("10", "broken", "90", "200")], read)(threading.Event())
    shares = []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as done:
            space = done.value
            break
    assert space.names == ("10", "90", "200")
    assert shares == sorted(shares)


def test_the_view_shows_pictures_path_and_nearest(space):
    path = np.stack([vector_of(flat(10 * i)) for i in range(12)])
    figure = space_view(space, path, 11, Ink())
    assert isinstance(figure.layers[0], Stamps)
    assert "step 11 is nearest to red" in figure.note
    assert "the plane holds" in space_view(space, None, 0, Ink()).note
    assert bend_view(path, 3, Ink()).extent[1] == 11.5
