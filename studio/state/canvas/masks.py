"""Pure functions on masks ([H, W] uint8, 255 = repaint): shapes, fill, invert, grow, feather."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF

from studio.state.canvas.tiles import Pixels

GROW_MAX = 128  # px
FEATHER_MAX = 128


def invert(mask: Pixels) -> Pixels:
    """What was kept is repainted and the other way round."""
    return np.asarray(255 - mask, dtype=np.uint8)


def filled(mask: Pixels) -> Pixels:
    """Everything masked."""
    return np.full_like(mask, 255)


def cleared(mask: Pixels) -> Pixels:
    """Nothing masked."""
    return np.zeros_like(mask)


def grown(mask: Pixels, pixels: int) -> Pixels:
    """The mask wider by `pixels` on every side; a negative number shrinks it."""
    if pixels < 0:
        return invert(grown(invert(mask), -pixels))
    result = mask
    for turn in range(min(pixels, GROW_MAX)):
        # Squares and crosses in turn make an octagon, close to a circle.
        result = _spread(result, is_square=turn % 2 == 1)
    return result.copy() if result is mask else result


def feathered(mask: Pixels, pixels: int) -> Pixels:
    """The mask with its edge blurred over about `pixels`."""
    blur = ImageFilter.GaussianBlur(min(max(pixels, 0), FEATHER_MAX) / 2)
    return np.asarray(Image.fromarray(mask).filter(blur), dtype=np.uint8)


def _spread(mask: Pixels, *, is_square: bool) -> Pixels:
    rows = mask.copy()
    np.maximum(rows[1:], mask[:-1], out=rows[1:])
    np.maximum(rows[:-1], mask[1:], out=rows[:-1])
    source = rows if is_square else mask
    result = rows.copy()
    np.maximum(result[:, 1:], source[:, :-1], out=result[:, 1:])
    np.maximum(result[:, :-1], source[:, 1:], out=result[:, :-1])
    return result


def rectangle_path(start: QPointF, end: QPointF) -> QPainterPath:
    """The rectangle between two corners, on whole pixels."""
    left, right = sorted((round(start.x()), round(end.x())))
    top, bottom = sorted((round(start.y()), round(end.y())))
    path = QPainterPath()
    path.addRect(left, top, right - left, bottom - top)
    return path


def lasso_path(points: Sequence[QPointF]) -> QPainterPath:
    """The closed outline through the points."""
    path = QPainterPath()
    path.addPolygon(QPolygonF(list(points)))
    path.closeSubpath()
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def shape_cover(path: QPainterPath, bounds: QRect) -> tuple[QRect, Pixels]:
    """How much of each pixel a shape covers: its rectangle inside `bounds`, and [h, w] uint8."""
    rect = path.boundingRect().toAlignedRect().adjusted(-1, -1, 1, 1) & bounds
    if rect.isEmpty():
        return QRect(), np.zeros((0, 0), np.uint8)
    image = QImage(rect.size(), QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-rect.left(), -rect.top())
    painter.fillPath(path, Qt.GlobalColor.white)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(rect.height(), image.bytesPerLine())
    return rect, rows[:, : rect.width()].copy()
