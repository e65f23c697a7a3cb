"""The image space: similar pictures near each other, paths and their bends."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest

from studio.engine.errors import BrokenFile, StudioError
from studio.lab.figure import Ink, Stamps
from studio.lab.laboratory import run
from studio.lab.space import (
    THUMB,
    Source,
    bend,
    cut_sheet,
    make_space,
    paths_task,
    sharpest_turn,
    space_task,
    thumb_of,
    vector_of,
)
from studio.lab.views import bend_view, space_view


def flat(red, green=0, size=(40, 30)):
    return np.full((size[1], size[0], 3), (red, green, 0), np.uint8)


def named(name, pixels):
    return Source(name, lambda: pixels), pixels


@pytest.fixture(scope="module")
def space():
    reds = [named(f"red{i}", flat(200 + i)) for i in range(4)]
    greens = [named(f"green{i}", flat(10, 200 + i)) for i in range(4)]
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
    assert thumb_of(flat(9, size=(400, 100))).shape == (THUMB // 4, THUMB, 3)


def test_too_few_or_equal_pictures_are_said_in_words():
    with pytest.raises(StudioError, match="fewer than three"):
        make_space([named("a", flat(1)), named("b", flat(2))])
    with pytest.raises(StudioError, match="alike"):
        make_space([named(str(i), flat(7)) for i in range(5)])


def test_a_straight_path_has_no_bend_and_a_corner_has():
    line = np.outer(np.arange(5.0), np.ones(3))
    assert bend(line) == pytest.approx(np.ones(4))
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    assert bend(corner) == pytest.approx([0, 1, 0])
    assert bend(np.zeros((3, 2))).tolist() == [0, 0]


def test_the_task_leaves_out_what_cannot_be_read():
    def read(name):
        if name == "broken":
            raise BrokenFile("no picture")
        return flat(int(name))

    sources = [Source(n, partial(read, n)) for n in ("10", "broken", "90", "200")]
    work = space_task(lambda: sources)(threading.Event())
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
    figure = space_view(space, [path, path[::-1]], 11, Ink(), name="a folder")
    pictures = [layer for layer in figure.layers if isinstance(layer, Stamps)]
    assert len(pictures[0].pictures) == 8
    nearest = pictures[1]  # framed, on its own place
    assert nearest.xy.tolist() == space.points[space.nearest(path[[11]])].tolist()
    assert nearest.pictures[0][0, 0].tolist() == [0xF0, 0xA2, 0x3C]
    assert figure.note.startswith("a folder   8 pictures")
    assert len(space_view(space, [], 0, Ink()).layers) == 1
    assert bend_view(path, 3, Ink()).extent[1] == 11.5


def test_the_sharpest_turn_counts_by_how_far_it_leads_aside():
    corner = np.array([[0, 0], [1, 0], [2, 0], [2, 3], [2.001, 3], [2.001, 3.001]])
    assert sharpest_turn(corner) == 2
    assert sharpest_turn(corner[:2]) is None


def test_a_contact_sheet_is_cut_in_reading_order():
    sheet = np.arange(6).repeat(4).reshape(2, 3, 2, 2).transpose(0, 2, 1, 3).reshape(4, 6)
    parts = cut_sheet(np.stack([sheet] * 3, -1).astype(np.uint8), 2)
    assert [int(part.mean()) for part in parts] == [0, 1, 2, 3, 4, 5]


def test_paths_of_takes_that_can_be_read():
    def broken():
        raise BrokenFile("gone")

    takes = [("a", [partial(flat, 10 * i) for i in range(4)]), ("b", [broken])]
    work = paths_task(takes)(threading.Event())
    found = run(lambda _: work)
    guesses, vectors = found["a"]
    assert vectors.shape == (4, 768)
    assert len(guesses) == 4
    assert "b" not in found
