"""Pictures at halved sizes, so that a small zoom is drawn quickly and without shimmer.

A Pyramid wraps a numpy layer without copying it; after the layer has changed, `refresh` renews
the halved copies of that rectangle only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

NEAREST_FROM = 4.0  # device pixels per picture pixel; from here on pixels are drawn as squares
_FORMATS = {
    1: QImage.Format.Format_Indexed8,
    3: QImage.Format.Format_RGB888,
    4: QImage.Format.Format_RGBA8888_Premultiplied,
}


class Pyramid:
    """One layer and its halved copies. pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    A layer of one channel is drawn through `colours`, 256 entries of ARGB.
    """

    def __init__(self, pixels: NDArray[np.uint8], colours: list[int] | None = None) -> None:
        self._levels = [np.ascontiguousarray(pixels)]
        self._colours = colours or []

    def set_colours(self, colours: list[int]) -> None:
        """Draw a one-channel layer through another table of 256 ARGB values."""
        self._colours = colours

    def refresh(self, rect: QRect) -> None:
        """The layer has changed inside `rect` (picture pixels)."""
        x0, y0, x1, y1 = rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1
        for small, large in zip(self._levels[1:], self._levels, strict=False):
            x0, y0, x1, y1 = x0 // 2, y0 // 2, (x1 + 1) // 2, (y1 + 1) // 2
            small[y0:y1, x0:x1] = _halve(large[y0 * 2 : y1 * 2, x0 * 2 : x1 * 2])

    def draw(
        self,
        painter: QPainter,
        matrix: QTransform,
        zoom: float,
        exposed: QRect,
        *,
        is_smooth: bool = False,
    ) -> None:
        """Draw the part of the layer that `exposed` (logical view pixels) shows.

        matrix: picture to view. zoom: device pixels per picture pixel. is_smooth: never as squares.
        """
        depth = 0
        while zoom * 2 ** (depth + 1) <= 1.0 and min(self._level(depth).shape[:2]) > 1:
            depth += 1
        pixels = self._level(depth)
        factor = 2**depth
        whole = QRectF(0, 0, pixels.shape[1], pixels.shape[0])
        scaled = QTransform.fromScale(factor, factor) * matrix
        source = scaled.inverted()[0].mapRect(QRectF(exposed)).adjusted(-2, -2, 2, 2)
        # Whole pixels only: a fractional source would make the picture swim while it is panned.
        source = QRectF(source.toAlignedRect()) & whole
        if source.isEmpty():
            return
        painter.save()
        painter.setTransform(scaled, combine=True)
        smooth = is_smooth or zoom < NEAREST_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(source, self._image(pixels), source)
        painter.restore()

    def _level(self, depth: int) -> NDArray[np.uint8]:
        while len(self._levels) <= depth:
            self._levels.append(_halve(self._levels[-1]))
        return self._levels[depth]

    def _image(self, pixels: NDArray[np.uint8]) -> QImage:
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, width * channels, _FORMATS[channels])
        if channels == 1:
            image.setColorTable(self._colours)
        return image


def _halve(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of each 2x2 block; an odd last row or column is repeated."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pad = [(0, height % 2), (0, width % 2)] + [(0, 0)] * (pixels.ndim - 2)
        pixels = np.pad(pixels, pad, mode="edge")
    wide = pixels.astype(np.uint16)
    rows = wide[0::2] + wide[1::2]
    total = rows[:, 0::2] + rows[:, 1::2]
    return np.ascontiguousarray(((total + 2) >> 2).astype(np.uint8))
