"""Halved copies: right after every change, drawn at every zoom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.ui.canvas.pyramid import Pyramid, argb_of


def drawn(pyramid: Pyramid, zoom: float, size: int = 64) -> np.ndarray:
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    pyramid.draw(painter, QTransform.fromScale(zoom, zoom), zoom, QRect(0, 0, size, size))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4)[..., 2::-1].copy()


def test_at_100_percent_pixels_are_exact(qapp) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.array_equal(drawn(Pyramid(pixels), 1.0), pixels)


@pytest.mark.parametrize("size", [(128, 128), (127, 129), (65, 300)])
def test_a_changed_part_is_renewed_in_every_copy(qapp, size) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    pyramid = Pyramid(pixels)
    drawn(pyramid, 0.2)  # builds the copies
    rect = QRect(31, 17, 30, 41)
    pixels[17:58, 31:61] = 255
    pyramid.refresh(rect)
    assert np.array_equal(drawn(pyramid, 0.2), drawn(Pyramid(pixels.copy()), 0.2))


def test_a_slanted_line_renews_little_more_than_itself(qapp, monkeypatch) -> None:
    pixels = np.zeros((1024, 1024, 4), np.uint8)
    pyramid = Pyramid(pixels)
    drawn(pyramid, 0.05)  # builds the copies
    renewed = []
    own = Pyramid._converted
    monkeypatch.setattr(Pyramid, "_converted", lambda self, rect: (
        renewed.append(rect.width() * rect.height()), own(self, rect))[1])  # fmt: skip
    for at in range(0, 960, 32):
        pixels[at : at + 64, at : at + 64] = 90 + at // 8
        pyramid.refresh(QRect(at, at, 64, 64))
    again = drawn(pyramid, 0.05)
    assert sum(renewed) < 0.3 * 1024 * 1024
    assert np.array_equal(again, drawn(Pyramid(pixels.copy()), 0.05))


def test_large_zoom_shows_squares(qapp) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0, 1] = 255
    out = drawn(Pyramid(pixels), 8.0)
    assert (out[:8, 8:16] == 255).all()
    assert not out[:8, :8].any()


def test_a_mask_is_drawn_through_its_colours(qapp) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    pyramid = Pyramid(mask, [(value << 24) | 0xFF0000 for value in range(256)])
    out = drawn(pyramid, 1.0)
    assert out[5, 40].tolist() == [255, 0, 0]
    assert out[5, 5].tolist() == [0, 0, 0]
    pyramid.set_colours([(value << 24) | 0x00FF00 for value in range(256)])
    assert drawn(pyramid, 1.0)[5, 40].tolist() == [0, 255, 0]


def test_one_pixel_and_lines_can_be_drawn(qapp) -> None:
    for shape in ((1, 1, 3), (1, 500, 4), (500, 1)):
        pyramid = Pyramid(np.full(shape, 200, np.uint8), [0xFFFFFFFF] * 256)
        for zoom in (0.01, 0.5, 3.0):
            drawn(pyramid, zoom)


def test_pixels_are_copied_and_premultiplied(qapp) -> None:
    image = QImage(3, 2, QImage.Format.Format_RGBA8888)
    image.fill(QColor(200, 100, 0, 128))
    pixels = argb_of(image)
    assert pixels.shape == (2, 3)
    found = [int(pixels[0, 0]) >> shift & 0xFF for shift in (24, 16, 8, 0)]
    assert np.abs(np.array(found) - (128, 200 * 128 / 255, 100 * 128 / 255, 0)).max() <= 1
    pixels[:] = 0
    assert image.pixelColor(0, 0).alpha() == 128


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_halved_copies_neither_darken_nor_brighten(qapp, channels) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (512, 512, channels), dtype=np.uint8)
    if channels == 4:
        pixels[..., 3] = 255
    table = [0xFF000000 | value * 0x010101 for value in range(256)]
    pyramid = Pyramid(pixels[..., 0] if channels == 1 else pixels, table)
    small = drawn(pyramid, 0.125)
    expected = pixels[..., :3].reshape(64, 8, 64, 8, -1).mean((1, 3))
    difference = small - expected
    assert abs(difference.mean()) < 0.2
    assert np.abs(difference).max() < 3


def test_a_layer_that_was_blank_needs_no_look_at_all_of_it(qapp) -> None:
    mask = np.zeros((130, 127), np.uint8)
    colours = [value << 24 | 0xFF8040 for value in range(256)]
    pyramid = Pyramid(mask, colours)
    pyramid.begin_blank()
    mask[40:90, 30:70] = 180
    pyramid.refresh(QRect(30, 40, 40, 50))
    for zoom in (0.02, 0.1, 0.4, 1.0):
        assert np.array_equal(drawn(pyramid, zoom), drawn(Pyramid(mask, colours), zoom))
