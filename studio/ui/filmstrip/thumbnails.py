"""Pixmaps of the visible thumbnails: scaled once for the screen, the oldest dropped first."""

from __future__ import annotations

import logging
from collections import OrderedDict

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.library.strips import lane_picture
from studio.ui.qimage import to_qimage

log = logging.getLogger(__name__)

RADIUS = 3.0  # px, of the corners
LIMIT = 900  # pixmaps; 900 of 72 x 72 are 18 MB


class Thumbnails:
    """A cache from (row, lane) to a pixmap; emptied when the size, screen or take changes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pixmaps: OrderedDict[tuple[int, str], QPixmap | None] = OrderedDict()
        self._shape = (QSize(), 1.0)

    def __len__(self) -> int:
        return len(self._pixmaps)

    def clear(self) -> None:
        """Forget every pixmap: another take is shown."""
        self._pixmaps.clear()

    def get(self, row: int, lane: str, frame: Frame, size: QSize, ratio: float) -> QPixmap | None:
        """The thumbnail at device pixel ratio `ratio`, `size` in device-independent pixels.

        None where the lane is absent, or its preview on disk is damaged.
        """
        if (size, ratio) != self._shape:
            self._pixmaps.clear()
            self._shape = (QSize(size), ratio)
        key = (row, lane)
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            return self._pixmaps[key]
        self._pixmaps[key] = _make(frame, lane, size, ratio)
        if len(self._pixmaps) > self._limit:
            self._pixmaps.popitem(last=False)
        return self._pixmaps[key]


def _make(frame: Frame, lane: str, size: QSize, ratio: float) -> QPixmap | None:
    try:
        pixels = lane_picture(frame, lane)
    except StudioError as error:
        log.warning("step %d, lane %s: %s", frame.index, lane, error.message)
        return None
    if pixels is None:
        return None
    scaled = to_qimage(pixels).scaled(
        size * ratio,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    return _rounded(scaled, size * ratio, ratio)


def _rounded(image: QImage, size: QSize, ratio: float) -> QPixmap:
    """The middle of an image that covers `size` (device pixels), with soft corners."""
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, size.width(), size.height()), RADIUS * ratio, RADIUS * ratio)
    painter.setClipPath(path)
    left, top = (image.width() - size.width()) // 2, (image.height() - size.height()) // 2
    painter.drawImage(-left, -top, image)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
