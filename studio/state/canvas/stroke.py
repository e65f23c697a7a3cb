"""One stroke of a brush on a layer: stamps dabs, and lays them over what was there before.

Only the rectangle that a movement touches is computed, so the cost does not depend on the size
of the picture. numpy only, apart from rectangles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect

from studio.state.canvas.brush import Brush, make_dab
from studio.state.canvas.tiles import LayerEdit

Colour = tuple[int, int, int]


@dataclass(slots=True)
class Stroke:
    """A stroke in progress.

    edit: the layer being changed, [H, W] mask or [H, W, 4] premultiplied paint. is_erasing: take
    away instead of adding. colour: of paint, ignored on a mask.
    """

    edit: LayerEdit
    brush: Brush
    is_erasing: bool = False
    colour: Colour = (0, 0, 0)
    _cover: NDArray[np.uint8] = field(init=False)
    _last: tuple[float, float, float] | None = None  # x, y, pressure
    _left_over: float = 0.0  # px travelled since the last dab

    def __post_init__(self) -> None:
        self._cover = np.zeros(self.edit.layer.shape[:2], np.uint8)  # committed when touched

    def move_to(self, x: float, y: float, pressure: float = 1.0) -> QRect:
        """Continue the stroke to (x, y), in picture pixels; returns what changed.

        The first call sets down one dab.
        """
        begin_or_go_on = self._dab if self._last is None else self._line_to
        changed = begin_or_go_on(x, y, pressure)
        self._last = (x, y, pressure)
        self._compose(changed)
        return changed

    def _line_to(self, x: float, y: float, pressure: float) -> QRect:
        assert self._last is not None
        from_x, from_y, from_pressure = self._last
        length = math.hypot(x - from_x, y - from_y)
        changed = QRect()
        travelled = -self._left_over
        while length > 0:
            share = min(max(travelled / length, 0.0), 1.0)
            here = from_pressure + (pressure - from_pressure) * share
            gap = max(self.brush.radius_at(here) * 2 * self.brush.spacing, 0.5)
            if travelled + gap > length:
                break
            travelled += gap
            share = travelled / length
            changed = changed.united(
                self._dab(from_x + (x - from_x) * share, from_y + (y - from_y) * share, here)
            )
        self._left_over = length - travelled
        return changed

    def _dab(self, x: float, y: float, pressure: float) -> QRect:
        """Add one dab to the stroke's cover; crossing itself does not make it denser."""
        brush = self.brush
        radius, opacity = brush.radius_at(pressure), brush.opacity_at(pressure)
        dab = make_dab(x, y, radius, brush.hardness, opacity)
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

    def _compose(self, rect: QRect) -> None:
        """Lay the cover over the layer as it was."""
        if rect.isEmpty():
            return
        self.edit.touch(rect)
        where = slices(rect)
        old = self.edit.old(where).astype(np.uint16)
        cover = self._cover[where].astype(np.uint16)
        if old.ndim == 3:
            cover = cover[..., None]
        kept = divide_255(old * (255 - cover))
        if not self.is_erasing:
            full = 255 if old.ndim == 2 else np.array([*self.colour, 255], np.uint16)
            kept += divide_255(cover * full)  # never above 255: both round the same share
        self.edit.layer[where] = kept


def slices(rect: QRect) -> tuple[slice, slice]:
    """numpy's rows and columns of a rectangle."""
    return slice(rect.top(), rect.bottom() + 1), slice(rect.left(), rect.right() + 1)


def divide_255(values: NDArray[Any]) -> NDArray[Any]:
    """uint16 values / 255, rounded, in place; exact for 0 .. 255 * 255."""
    values += np.uint16(128)
    values += values >> 8
    values >>= 8
    return values
