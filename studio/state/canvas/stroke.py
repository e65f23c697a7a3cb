"""One stroke of a brush on a layer: covers ground, and lays it over what was there before.

Only the rectangle that a movement touches is computed, so the cost does not depend on the size
of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from studio.state.canvas.brush import Brush, Dab, End, is_stamped, make_dab, make_line
from studio.state.canvas.tiles import TILE, LayerEdit, Pixels

Colour = tuple[int, int, int]

_PIECE = 64  # px of a line that are covered at once
_ONE_RECT = 768 * 768  # px of a movement's rectangle that are not worth dividing
_FORMATS = {2: QImage.Format.Format_Indexed8, 3: QImage.Format.Format_RGBA8888_Premultiplied}


@dataclass(slots=True)
class Stroke:
    """A stroke in progress.

    edit: the layer being changed, [H, W] mask or [H, W, 4] premultiplied paint. is_erasing: take
    away instead of adding. colour: of paint, ignored on a mask. spare: a blank array [H, W] that
    may be used, from the `end` of another stroke. parts: what the last movement has changed.
    """

    edit: LayerEdit
    brush: Brush
    is_erasing: bool = False
    colour: Colour = (0, 0, 0)
    spare: Pixels | None = None
    parts: list[QRect] = field(default_factory=list)
    _cover: Pixels = field(init=False)
    _inks: list[int] = field(init=False)  # ARGB of each cover, not premultiplied
    _covered: QRect = field(default_factory=QRect)
    _last: tuple[float, float, float] | None = None  # x, y, pressure
    _left_over: float = 0.0  # px travelled since the last dab

    def __post_init__(self) -> None:
        shape = self.edit.layer.shape[:2]
        is_fitting = self.spare is not None and self.spare.shape == shape
        spare = self.spare if is_fitting else None
        self._cover = np.zeros(shape, np.uint8) if spare is None else spare
        red, green, blue = self.colour
        self._inks = [cover << 24 | red << 16 | green << 8 | blue for cover in range(256)]

    def move_to(self, x: float, y: float, pressure: float = 1.0) -> QRect:
        """Continue the stroke to (x, y), in picture pixels; returns what changed.

        The first call sets down one dab.
        """
        is_first = self._last is None
        parts = [self._dab(x, y, pressure)] if is_first else self._line_to(x, y, pressure)
        self._last = (x, y, pressure)
        # One by one: the rectangle around a long slanted line would be most of the picture.
        self.parts = [part for part in parts if not part.isEmpty()]
        changed, earlier = QRect(), QRect(self._covered)
        for number, part in enumerate(self.parts):
            drawn = earlier & part
            for before in self.parts[:number]:
                drawn = drawn.united(before & part)
            self._compose(part, drawn)
            changed = changed.united(part)
        return changed

    def end(self) -> Pixels:
        """The stroke's memory, blank again: taking new one from the system would cost time."""
        self._cover[slices(self._covered)] = 0
        return self._cover

    def _line_to(self, x: float, y: float, pressure: float) -> list[QRect]:
        assert self._last is not None
        brush, before = self.brush, self._last[2]
        if is_stamped(min(brush.radius_at(before), brush.radius_at(pressure))):
            return in_bands(self._stamps_to(x, y, pressure))
        pieces = max(math.ceil(math.hypot(x - self._last[0], y - self._last[1]) / _PIECE), 1)
        ends = [self._end(x, y, pressure, piece / pieces) for piece in range(pieces + 1)]
        self._left_over = 0.0
        return [self._cover_with(make_line(start, end, brush.hardness))
                for start, end in pairwise(ends)]  # fmt: skip

    def _end(self, x: float, y: float, pressure: float, share: float) -> End:
        """The brush at a share of the way to (x, y)."""
        assert self._last is not None
        at_x, at_y, felt = (a + (b - a) * share
                            for a, b in zip(self._last, (x, y, pressure), strict=True))  # fmt: skip
        return at_x, at_y, self.brush.radius_at(felt), self.brush.opacity_at(felt)

    def _stamps_to(self, x: float, y: float, pressure: float) -> list[QRect]:
        assert self._last is not None
        from_x, from_y, from_pressure = self._last
        length = math.hypot(x - from_x, y - from_y)
        changed: list[QRect] = []
        travelled = -self._left_over
        while length > 0:
            share = min(max(travelled / length, 0.0), 1.0)
            here = from_pressure + (pressure - from_pressure) * share
            gap = max(self.brush.radius_at(here) * 2 * self.brush.spacing, 0.5)
            if travelled + gap > length:
                break
            travelled += gap
            share = travelled / length
            changed.append(
                self._dab(from_x + (x - from_x) * share, from_y + (y - from_y) * share, here)
            )
        self._left_over = length - travelled
        return changed

    def _dab(self, x: float, y: float, pressure: float) -> QRect:
        brush = self.brush
        radius, opacity = brush.radius_at(pressure), brush.opacity_at(pressure)
        return self._cover_with(make_dab(x, y, radius, brush.hardness, opacity))

    def _cover_with(self, dab: Dab) -> QRect:
        """Add a dab to the stroke's cover; crossing itself does not make it denser."""
        height, width = self._cover.shape
        size_y, size_x = dab.cover.shape
        rect = QRect(dab.left, dab.top, size_x, size_y) & QRect(0, 0, width, height)
        if rect.isEmpty():
            return QRect()
        part = self._cover[slices(rect)]
        inside = dab.cover[
            rect.top() - dab.top : rect.bottom() + 1 - dab.top,
            rect.left() - dab.left : rect.right() + 1 - dab.left,
        ]
        np.maximum(part, inside, out=part)
        return rect

    def _compose(self, rect: QRect, drawn: QRect) -> None:
        """Lay the cover over the layer as it was; outside `drawn` it still is as it was."""
        self.edit.touch(rect)
        self._covered = self._covered.united(rect)
        if self.edit.layer.ndim == 3:
            self._compose_paint(rect, drawn)
            return
        where = slices(rect)
        cover = self._cover[where].astype(np.uint16)
        kept = divide_255(self.edit.old(where).astype(np.uint16) * (255 - cover))
        self.edit.layer[where] = kept if self.is_erasing else kept + cover  # never above 255

    def _compose_paint(self, rect: QRect, drawn: QRect) -> None:
        # Qt blends four channels ten times faster than numpy.
        layer, old = qimage_of(self.edit.layer), qimage_of(self.edit.memory)
        cover = qimage_of(self._cover)
        cover.setColorTable(self._inks)
        modes = QPainter.CompositionMode
        painter = QPainter(layer)
        if not drawn.isEmpty():
            painter.setCompositionMode(modes.CompositionMode_Source)
            painter.drawImage(drawn.topLeft(), old, drawn)
        is_erasing = self.is_erasing
        painter.setCompositionMode(
            modes.CompositionMode_DestinationOut if is_erasing else modes.CompositionMode_SourceOver
        )
        painter.drawImage(rect.topLeft(), cover, rect)
        painter.end()


def in_bands(rects: list[QRect]) -> list[QRect]:
    """Rectangles that cover all of these: one, or if that would be large, one for each band.

    A slanted line across the picture lies in a small part of the rectangle around it.
    """
    united = QRect()
    for rect in rects:
        united = united.united(rect)
    if united.width() * united.height() <= _ONE_RECT:
        return [united]
    bands: dict[int, QRect] = {}
    for rect in rects:
        for band in range(rect.top() // TILE, rect.bottom() // TILE + 1):
            part = rect & QRect(rect.left(), band * TILE, rect.width(), TILE)
            bands[band] = bands.get(band, QRect()).united(part)
    return list(bands.values())


def qimage_of(pixels: Pixels) -> QImage:
    """The array's own memory, [H, W] or [H, W, 4], as a picture that Qt draws on or from."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], _FORMATS[pixels.ndim])


def slices(rect: QRect) -> tuple[slice, slice]:
    """numpy's rows and columns of a rectangle."""
    return slice(rect.top(), rect.bottom() + 1), slice(rect.left(), rect.right() + 1)


def divide_255(values: NDArray[Any]) -> NDArray[Any]:
    """uint16 values / 255, rounded, in place; exact for 0 .. 255 * 255."""
    values += np.uint16(128)
    values += values >> 8
    values >>= 8
    return values
