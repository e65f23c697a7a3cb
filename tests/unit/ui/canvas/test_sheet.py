"""A kept layer: the same pixels as one drawn at once, whatever has happened before."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.sheet import Sheet

SIDE = 90  # logical px of the view


def drawn(layer: Sheet | Pyramid, matrix: QTransform, zoom: float, ratio: float, *exposed: QRect):
    image = QImage(round(SIDE * ratio), round(SIDE * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(40, 50, 60))
    painter = QPainter(image)
    for rect in exposed or (QRect(0, 0, SIDE, SIDE),):
        painter.setClipRect(rect)
        layer.draw(painter, matrix, zoom, rect)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows.astype(int)


def view_of(zoom: float, ratio: float, angle: float = 0.0, shift: float = 0.0) -> QTransform:
    matrix = QTransform()
    matrix.translate(SIDE / 2 + shift, SIDE / 2)
    matrix.rotate(angle)
    matrix.scale(zoom / ratio, zoom / ratio)
    matrix.translate(-60, -50)
    return matrix


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(("zoom", "angle"), [(0.4, 0), (1.0, 0), (2.0, 0), (1.3, 20), (6.0, 0)])
def test_it_draws_what_the_layer_draws(qapp, zoom, angle, ratio) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (100, 120, 3), dtype=np.uint8)
    sheet, matrix = Sheet(Pyramid(pixels)), view_of(zoom, ratio, angle)
    assert np.array_equal(drawn(sheet, matrix, zoom, ratio),
                          drawn(Pyramid(pixels), matrix, zoom, ratio))  # fmt: skip
    pixels[30:55, 40:70] = 255
    sheet.refresh(QRect(40, 30, 30, 25))
    renewed = drawn(sheet, matrix, zoom, ratio)
    difference = np.abs(renewed - drawn(Pyramid(pixels), matrix, zoom, ratio))
    # Between turned pixels Qt's fractions begin elsewhere.
    assert difference.max() <= (0 if angle == 0 else 16), np.unique(difference)


def test_a_part_that_was_not_exposed_is_renewed_when_it_is(qapp) -> None:
    pixels = np.zeros((100, 120, 3), np.uint8)
    sheet, matrix = Sheet(Pyramid(pixels)), view_of(1.0, 1.0)
    drawn(sheet, matrix, 1.0, 1.0)
    pixels[:] = 200
    sheet.refresh(QRect(0, 0, 120, 100))
    drawn(sheet, matrix, 1.0, 1.0, QRect(0, 0, 30, 30), QRect(50, 50, 10, 10))
    assert np.array_equal(drawn(sheet, matrix, 1.0, 1.0),
                          drawn(Pyramid(pixels), matrix, 1.0, 1.0))  # fmt: skip


def test_a_moved_view_a_larger_one_and_other_colours_begin_anew(qapp) -> None:
    mask = np.zeros((100, 120), np.uint8)
    mask[20:60, 30:90] = 200
    colours = [value << 24 | 0xE05D5D for value in range(256)]
    sheet = Sheet(Pyramid(mask, colours))
    drawn(sheet, view_of(1.0, 1.0), 1.0, 1.0, QRect(0, 0, 20, 20))
    for matrix, zoom in ((view_of(1.0, 1.0), 1.0), (view_of(1.0, 1.0, shift=7), 1.0),
                         (view_of(3.0, 1.0), 3.0)):  # fmt: skip
        assert np.array_equal(drawn(sheet, matrix, zoom, 1.0),
                              drawn(Pyramid(mask, colours), matrix, zoom, 1.0))  # fmt: skip
    other = [value << 24 | 0x6EA8D8 for value in range(256)]
    sheet.set_colours(other)
    matrix = view_of(3.0, 1.0)
    assert np.array_equal(drawn(sheet, matrix, 3.0, 1.0),
                          drawn(Pyramid(mask, other), matrix, 3.0, 1.0))  # fmt: skip
