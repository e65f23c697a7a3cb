"""A picture, and one that stands for a larger one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.ui.canvas.plain_image import PlainImage


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
