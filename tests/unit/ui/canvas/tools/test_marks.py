"""Outlines are seen on black, on white and on grey."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from studio.ui.canvas.tools.marks import draw_outline, padded


@pytest.mark.parametrize("ground", [0, 127, 255])
@pytest.mark.parametrize("is_dashed", [True, False])
def test_an_outline_is_seen_on_every_ground(qapp, ground, is_dashed) -> None:
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(QColor(ground, ground, ground))
    painter = QPainter(image)
    path = QPainterPath()
    path.addRect(15, 15, 30, 30)
    draw_outline(painter, path, is_dashed=is_dashed)
    painter.end()
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(60, 60, 4)[..., 0].astype(int)
    assert np.ptp(grey) >= 90
    outside = np.ones((60, 60), bool)
    rect = padded(QRectF(15, 15, 30, 30)).toAlignedRect()
    outside[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1] = False
    assert (grey[outside] == ground).all()
