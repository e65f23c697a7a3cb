"""Pictures at halved sizes, so that a small zoom is drawn quickly and without shimmer.

A Pyramid wraps a numpy layer without copying it; after the layer has changed, `refresh` renews
the halved copies of that rectangle only. Qt draws its own kind of pixels three to eight times
faster than others: the copies are of that kind, and what is shown of the layer itself becomes so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

NEAREST_FROM = 4.0  # device pixels per picture pixel; from here on pixels are drawn as squares
_NATIVE = QImage.Format.Format_ARGB32_Premultiplied
_FORMATS = {3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888_Premultiplied}
_BAND = 64  # px of a copy; a slanted line makes little of each band stale, and much of their union
_DEPTH = 7  # no view is so small that a picture is drawn below 1 : 64
_EVEN = np.uint32(0x7F7F7F7F)
Argb = NDArray[np.uint32]  # [h, w], premultiplied, as Qt keeps it


class Pyramid:
    """One layer and its halved copies.

    pixels: uint8 [H, W], [H, W, 3] or premultiplied [H, W, 4], or Argb. A layer of one channel is
    drawn through `colours`, 256 entries of ARGB, not premultiplied.
    """

    def __init__(self, pixels: NDArray[np.uint8] | Argb, colours: list[int] | None = None) -> None:
        self._pixels: NDArray[Any] = np.ascontiguousarray(pixels)
        self._colours = _premultiplied(colours or [0] * 256)
        self._halved: list[NDArray[Any]] = []
        self._stale: list[dict[int, QRect]] = []  # of each copy, by band, in its pixels

    def set_colours(self, colours: list[int]) -> None:
        """Draw a one-channel layer through another table of 256 ARGB values."""
        self._colours = _premultiplied(colours)

    def begin_blank(self) -> None:
        """The layer is all zeros: no need to look at it."""
        kind = np.uint8 if self._pixels.ndim == 2 else np.uint32
        self._halved = [np.zeros(self._shape(depth), kind) for depth in range(1, _DEPTH)]
        self._stale = [{} for _ in self._halved]

    def refresh(self, rect: QRect) -> None:
        """The layer has changed inside `rect` (picture pixels)."""
        x0, y0, x1, y1 = rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1
        for depth in range(len(self._stale)):
            x0, y0, x1, y1 = x0 // 2, y0 // 2, (x1 + 1) // 2, (y1 + 1) // 2
            for band in range(y0 // _BAND, (y1 - 1) // _BAND + 1):
                top, bottom = max(y0, band * _BAND), min(y1, (band + 1) * _BAND)
                part = QRect(x0, top, x1 - x0, bottom - top)
                self._stale[depth][band] = self._stale[depth].get(band, QRect()) | part

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
        while zoom * 2 ** (depth + 1) <= 1.0 and min(self._shape(depth)) > 1:
            depth += 1
        factor, (height, width) = 2**depth, self._shape(depth)
        scaled = QTransform.fromScale(factor, factor) * matrix
        source = scaled.inverted()[0].mapRect(QRectF(exposed)).adjusted(-2, -2, 2, 2)
        # Whole pixels only: a fractional source would make the picture swim while it is panned.
        part = source.toAlignedRect() & QRect(0, 0, width, height)
        if part.isEmpty():
            return
        pixels = self._part(depth, part)
        if pixels.dtype == np.uint8:
            pixels = np.take(self._colours, pixels, mode="clip")
        pixels = np.ascontiguousarray(pixels)
        image = QImage(pixels.data, part.width(), part.height(), 4 * part.width(), _NATIVE)
        painter.save()
        painter.setTransform(scaled, combine=True)
        smooth = is_smooth or zoom < NEAREST_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(part.topLeft(), image)
        painter.restore()

    def _shape(self, depth: int) -> tuple[int, int]:
        height, width = self._pixels.shape[:2]
        for _ in range(depth):
            height, width = (height + 1) // 2, (width + 1) // 2
        return height, width

    def _part(self, depth: int, rect: QRect) -> NDArray[Any]:
        """A part of the layer (depth 0) or of a halved copy, cut at the border."""
        if depth == 0 and self._pixels.ndim == 3:
            return self._converted(rect)
        pixels = self._pixels if depth == 0 else self._copy(depth)
        return pixels[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1]

    def _copy(self, depth: int) -> NDArray[Any]:
        """A halved copy, made or renewed where it must be: nothing is, that is not looked at."""
        while len(self._halved) < depth:
            rows, columns = self._shape(len(self._halved))
            self._halved.append(self._half(len(self._halved), QRect(0, 0, columns, rows)))
            self._stale.append({})
        stale, self._stale[depth - 1] = self._stale[depth - 1], {}
        small = self._halved[depth - 1]
        for rect in stale.values():
            half = self._half(depth - 1, QRect(rect.topLeft() * 2, rect.size() * 2))
            small[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1] = half
        return small

    def _half(self, depth: int, rect: QRect) -> NDArray[Any]:
        """A part of the layer or of a halved copy, halved."""
        if depth or self._pixels.ndim == 2 or self._pixels.shape[2] != 4:
            return _halve(self._part(depth, rect))
        # Each byte is halved alone, in whatever order: then only a quarter is to be converted.
        raw = self._pixels.view(np.uint32)[..., 0]
        small = _halve(raw[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1])
        height, width = small.shape
        return argb_of(QImage(small.data, width, height, small.strides[0], _FORMATS[4]))

    def _converted(self, rect: QRect) -> Argb:
        """A part of a layer of colours."""
        pixels, rect = self._pixels, rect & QRect(0, 0, *reversed(self._shape(0)))
        stride, channels = pixels.strides[0], pixels.shape[2]
        memory = pixels.reshape(-1)[rect.top() * stride + rect.left() * channels :].data
        return argb_of(QImage(memory, rect.width(), rect.height(), stride, _FORMATS[channels]))


def argb_of(image: QImage) -> Argb:
    """A copy of the picture's pixels, [H, W]."""
    own = image.convertToFormat(_NATIVE)
    rows = np.frombuffer(own.constBits(), np.uint32).reshape(own.height(), own.bytesPerLine() // 4)
    return rows[:, : own.width()].copy()


def _premultiplied(colours: list[int]) -> Argb:
    """The table with each colour times its alpha."""
    table: NDArray[Any] = np.array(colours, np.uint32)
    alpha = table >> 24
    result: NDArray[Any] = alpha << 24
    for shift in (16, 8, 0):
        value = (table >> shift & 0xFF) * alpha
        result |= ((value + 127) // 255) << shift
    return np.asarray(result, dtype=np.uint32)


def _halve(pixels: NDArray[Any]) -> NDArray[Any]:
    """The mean of each 2x2 block, all channels at once; an odd last row or column is repeated."""
    height, width = pixels.shape
    if height % 2 or width % 2:
        pixels = np.pad(pixels, [(0, height % 2), (0, width % 2)], mode="edge")
    even = _EVEN if pixels.dtype == np.uint32 else np.uint8(0x7F)
    one = pixels.dtype.type(1)
    above, below = pixels[0::2], pixels[1::2]
    # Once rounded down and once up, so that nothing grows darker on the way.
    rows = (above & below) + ((above ^ below) >> one & even)
    left, right = rows[:, 0::2], rows[:, 1::2]
    return np.asarray((left | right) - ((left ^ right) >> one & even))
