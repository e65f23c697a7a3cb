"""A picture, and one that stands for a larger one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.ui.canvas.plain_image import PlainImage, rgba_of


def test_a_stretched_preview_fills_the_size_it_stands_for(qapp) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    plain = PlainImage(image, QSize(40, 20))
    assert plain.picture_size() == QSize(40, 20)
    target = QImage(60, 60, QImage.Format.Format_RGB32)
    target.fill(QColor(0, 0, 0))
    painter = QPainter(target)
    plain.draw(painter, QTransform(), 1.0, QRect(0, 0, 60, 60))
    painter.end()
    assert target.pixelColor(38, 18).getRgb()[:3] == (10, 200, 30)
    assert target.pixelColor(42, 5).getRgb()[:3] == (0, 0, 0)


def test_pixels_are_copied_and_premultiplied(qapp) -> None:
    image = QImage(3, 2, QImage.Format.Format_RGBA8888)
    image.fill(QColor(200, 100, 0, 128))
    pixels = rgba_of(image)
    assert pixels.shape == (2, 3, 4)
    assert np.abs(pixels[0, 0].astype(int) - (100, 50, 0, 128)).max() <= 1
    pixels[:] = 0
    assert image.pixelColor(0, 0).alpha() == 128
