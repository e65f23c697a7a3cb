"""Pure functions on masks ([H, W] uint8, 255 = repaint): shapes, fill, invert, grow, feather."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF

from studio.engine.context import mask_bounds
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
    """The mask wider by `pixels` on every side; a negative number shrinks it.

    It grows by an octagon, close to a circle: a square and a diamond, one after the other.
    """
    if pixels < 0:
        return invert(grown(invert(mask), -pixels))
    pixels = min(pixels, GROW_MAX)
    part, result = _around(mask, pixels), mask.copy()
    if pixels > 0 and part is not None:
        square, diamond = pixels // 2, pixels - pixels // 2
        wide = np.pad(mask[part], pixels)
        for down, right, length in (
            (1, 0, 2 * square + 1), (0, 1, 2 * square + 1), (1, 1, diamond), (1, -1, diamond)
        ):  # fmt: skip
            wide = _along(wide, down, right, length)
        # Steps across corners reach every other pixel of a diamond; one more reaches the rest.
        middle = wide[1:-1, 1:-1].copy()
        for beside in (wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]):
            np.maximum(middle, beside, out=middle)
        result[part] = middle
    return result


def _along(mask: Pixels, down: int, right: int, length: int) -> Pixels:
    """The greatest of `length` values in a row, in a direction; smaller by length - 1.

    down: 0 or 1, right: -1, 0 or 1. Each pass doubles how many have been compared.
    """
    done = 1
    while done < length:
        step = min(done, length - done)
        height, width = mask.shape
        rows, columns = height - step * down, width - step * abs(right)
        start = step if right < 0 else 0
        other = start + step * right
        mask = np.maximum(mask[:rows, start : start + columns],
                          mask[height - rows :, other : other + columns])  # fmt: skip
        done += step
    return mask


def feathered(mask: Pixels, pixels: int) -> Pixels:
    """The mask with its edge blurred over about `pixels`."""
    sigma = min(max(pixels, 0), FEATHER_MAX) / 2
    part = _around(mask, math.ceil(4 * sigma))
    result = mask.copy()
    if sigma > 0 and part is not None:
        result[part] = _blurred(mask[part], sigma)
    return result


def _around(mask: Pixels, reach: int) -> tuple[slice, slice] | None:
    """Rows and columns that hold all that is masked and `reach` pixels more; None if blank."""
    bounds = mask_bounds(mask)
    if bounds is None:
        return None
    x, y, width, height = bounds
    return (slice(max(y - reach, 0), y + height + reach),
            slice(max(x - reach, 0), x + width + reach))  # fmt: skip


def _blurred(mask: Pixels, sigma: float) -> Pixels:
    """A Gaussian blur. A wide one is made of a smaller picture: it holds no detail."""
    by = max(int(sigma / 2), 1)
    height, width = mask.shape
    cells = np.pad(mask, ((0, -height % by), (0, -width % by)), mode="edge")
    small = np.asarray(Image.fromarray(cells).reduce(by))
    rim = math.ceil(3 * sigma / by)  # Pillow goes on at a border with what it has blurred there
    image = Image.fromarray(np.pad(small, rim, mode="edge"))
    image = image.filter(ImageFilter.GaussianBlur(sigma / by))
    box = (rim, rim, rim + width / by, rim + height / by)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box), dtype=np.uint8)


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
