"""Shapes and changes of masks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect

from studio.state.canvas import masks


@pytest.fixture
def square() -> np.ndarray:
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:50] = 255
    return mask


def test_invert_twice_is_the_same(square) -> None:
    assert np.array_equal(masks.invert(masks.invert(square)), square)
    assert (masks.invert(square) == 0).sum() == 400


def test_grow_and_shrink(square) -> None:
    wide = masks.grown(square, 5)
    assert wide[30, 25] == 255
    assert wide[30, 24] == 0
    assert wide[15, 40] == 255
    assert wide[15, 25] == 0  # corners are rounded
    assert np.array_equal(masks.grown(wide, -5)[20:40, 30:50], square[20:40, 30:50])
    assert masks.grown(square, -30).sum() == 0
    assert np.array_equal(masks.grown(square, 0), square)


def by_single_steps(mask: np.ndarray, pixels: int) -> np.ndarray:
    """The slow way: a cross and a square in turn."""
    for turn in range(pixels):
        padded = np.pad(mask, 1)
        height, width = mask.shape
        around = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
        around += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if turn % 2 else []
        mask = np.max([padded[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in around], 0)
    return mask


@pytest.mark.parametrize("pixels", [0, 1, 2, 3, 4, 7, 8, 21, 64])
def test_growing_fast_is_growing_step_by_step(pixels) -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((90, 130), np.uint8)
    mask[rng.integers(0, 90, 25), rng.integers(0, 130, 25)] = rng.integers(1, 256, 25)
    mask[:4, 100:] = 77  # at a border
    assert np.array_equal(masks.grown(mask, pixels), by_single_steps(mask, pixels))
    shrunk = 255 - by_single_steps(255 - mask, pixels)
    assert np.array_equal(masks.grown(mask, -pixels), shrunk)


def test_a_blank_mask_stays_blank() -> None:
    blank = np.zeros((40, 50), np.uint8)
    assert not masks.grown(blank, 20).any()
    assert not masks.feathered(blank, 20).any()


@pytest.mark.parametrize("pixels", [2, 8, 24, 64, 128])
def test_feathering_fast_is_a_gaussian_blur(pixels) -> None:
    mask = np.zeros((401, 333), np.uint8)
    mask[100:260, 90:180] = 255
    mask[300:, 300:] = 200
    steps = np.arange(-4 * pixels, 4 * pixels + 1)
    bell = np.exp(-0.5 * (steps / (pixels / 2)) ** 2)
    exact = np.pad(mask.astype(float), 4 * pixels, mode="edge")
    for axis in (0, 1):
        exact = np.apply_along_axis(np.convolve, axis, exact, bell / bell.sum(), "valid")
    difference = masks.feathered(mask, pixels) - exact
    assert np.abs(difference).max() <= 8  # of 255; Pillow is no closer
    assert abs(difference.mean()) < 0.5


def test_feather_softens_the_edge_and_keeps_the_middle(square) -> None:
    soft = masks.feathered(square, 6)
    assert 60 < soft[30, 30] < 200
    assert soft[30, 40] > 250
    assert soft[5, 5] == 0


def test_rectangle_in_any_direction_is_on_whole_pixels(qapp) -> None:
    path = masks.rectangle_path(QPointF(20.4, 30.6), QPointF(10.2, 5.1))
    rect, cover = masks.shape_cover(path, QRect(0, 0, 60, 60))
    mask = np.zeros((60, 60), np.uint8)
    mask[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1] = cover
    assert (mask[5:31, 10:20] == 255).all()
    assert (mask > 0).sum() == 26 * 10


def test_lasso_covers_its_inside_and_is_cut_at_the_border(qapp) -> None:
    path = masks.lasso_path([QPointF(-20, 10), QPointF(30, 10), QPointF(30, 50), QPointF(-20, 50)])
    rect, cover = masks.shape_cover(path, QRect(0, 0, 60, 60))
    assert rect.left() == 0
    assert cover[20, 0] == 255
    assert cover[20, 29] == 255


def test_shape_outside_is_empty(qapp) -> None:
    path = masks.rectangle_path(QPointF(100, 100), QPointF(120, 120))
    rect, cover = masks.shape_cover(path, QRect(0, 0, 60, 60))
    assert rect.isEmpty()
    assert cover.size == 0
