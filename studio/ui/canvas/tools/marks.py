"""Lines that are seen on every picture: dark and light side by side."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

_DARK, _LIGHT = QColor(0, 0, 0, 210), QColor(255, 255, 255)


def draw_outline(painter: QPainter, path: QPainterPath, *, is_dashed: bool = False) -> None:
    """Stroke a path with a thin light line on a dark one."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_DARK, 2.6))
    painter.drawPath(path)
    light = QPen(_LIGHT, 1.0)
    if is_dashed:
        light.setDashPattern([5, 4])
    painter.setPen(light)
    painter.drawPath(path)
    painter.restore()


def padded(rect: QRectF) -> QRectF:
    """The rectangle that an outline of `rect` covers."""
    return rect.adjusted(-4, -4, 4, 4)
