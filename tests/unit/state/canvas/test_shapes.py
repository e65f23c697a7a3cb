"""Shapes laid onto a layer; areas of similar colour."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect

from studio.state.canvas import shapes
from studio.state.canvas.document import PAINT, CanvasDocument
from studio.state.canvas.shapes import fill_shape, flood
from studio.state.canvas.toolbox import ToolBox


@pytest.fixture
def document(qapp) -> CanvasDocument:
    made = CanvasDocument()
    made.open(np.zeros((40, 50, 3), np.uint8))
    return made


def test_a_shape_is_added_and_taken_away(document) -> None:
    tools, cover = ToolBox(), np.full((10, 20), 255, np.uint8)
    rect = QRect(5, 5, 20, 10)
    assert fill_shape(document, tools, "Rectangle", rect, cover, is_erasing=False)
    assert document.mask.sum() == 255 * 200
    assert not fill_shape(document, tools, "Rectangle", rect, cover, is_erasing=False)
    assert fill_shape(document, tools, "Rectangle", rect, cover // 2, is_erasing=True)
    assert document.mask[8, 8] == 128
    assert document.undo_stack.undoText() == "Rectangle, erased"
    assert not fill_shape(document, tools, "Nothing", QRect(), cover, is_erasing=False)


def test_a_shape_on_the_paint_layer_has_the_colour(document) -> None:
    tools = ToolBox()
    tools.set_target(PAINT)
    tools.set_colour((10, 200, 30))
    cover = np.full((10, 20), 255, np.uint8)
    fill_shape(document, tools, "Rectangle", QRect(0, 0, 20, 10), cover, is_erasing=False)
    assert document.paint[5, 5].tolist() == [10, 200, 30, 255]
    assert not document.has_mask()


def test_flood_follows_a_winding_path() -> None:
    picture = np.zeros((30, 30, 3), np.uint8)
    picture[::2] = 255
    for row in range(1, 29, 2):
        picture[row, 29 if row % 4 == 1 else 0] = 255
    rect, cover = flood(picture, QPointF(3.5, 0.5))
    assert rect == QRect(0, 0, 30, 29)
    assert (cover > 0).sum() == (picture[..., 0] == 255).sum()


def test_flood_stops_at_other_colours_and_outside() -> None:
    picture = np.zeros((20, 20, 3), np.uint8)
    picture[:, 10] = 200
    rect, _ = flood(picture, QPointF(3, 3))
    assert rect == QRect(0, 0, 10, 20)
    assert flood(picture, QPointF(-1, 3))[0].isEmpty()


def flooded_slowly(similar: np.ndarray, x: int, y: int) -> np.ndarray:
    """The plain way, pixel by pixel."""
    inside, waiting = np.zeros_like(similar), [(y, x)]
    while waiting:
        row, column = waiting.pop()
        is_within = 0 <= row < similar.shape[0] and 0 <= column < similar.shape[1]
        if is_within and similar[row, column] and not inside[row, column]:
            inside[row, column] = True
            waiting += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return inside


@pytest.mark.parametrize("seed", range(30))
def test_a_flood_reaches_what_hangs_together_and_no_more(seed) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(v) for v in rng.integers(1, 24, 2))
    similar = rng.random((height, width)) < rng.uniform(0.3, 0.9)
    x, y = int(rng.integers(width)), int(rng.integers(height))
    similar[y, x] = True
    assert np.array_equal(shapes._connected(similar, x, y), flooded_slowly(similar, x, y))


def test_a_long_maze_is_flooded_quickly() -> None:
    """One corridor that winds 500 times; it once took a minute."""
    maze = np.zeros((1000, 1000), bool)
    maze[::2] = True
    maze[1::4, -1] = True
    maze[3::4, 0] = True
    began = time.thread_time()
    assert shapes._connected(maze, 0, 0).sum() == maze.sum()
    assert time.thread_time() - began < 1.0
