"""Pixmaps of the visible thumbnails: scaled once for the screen, the oldest dropped first."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap

from studio.engine.request import Pixels
from studio.ui.qimage import to_qimage

LIMIT = 900  # pixmaps; 900 of 72 x 72 are 18 MB


class Thumbnails:
    """A cache from (row, lane) to a pixmap; emptied when the size, screen or take changes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pixmaps: OrderedDict[tuple[int, str], QPixmap] = OrderedDict()
        self._shape = (QSize(), 1.0)

    def __len__(self) -> int:
        return len(self._pixmaps)

    def clear(self) -> None:
        """Forget every pixmap: another take is shown."""
        self._pixmaps.clear()

    def get(self, row: int, lane: str, pixels: Pixels, size: QSize, ratio: float) -> QPixmap:
        """The thumbnail at device pixel ratio `ratio`, `size` in device-independent pixels."""
        if (size, ratio) != self._shape:
            self._pixmaps.clear()
            self._shape = (QSize(size), ratio)
        key = (row, lane)
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            return self._pixmaps[key]
        scaled = to_qimage(pixels).scaled(
            size * ratio,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        self._pixmaps[key] = pixmap
        if len(self._pixmaps) > self._limit:
            self._pixmaps.popitem(last=False)
        return pixmap
