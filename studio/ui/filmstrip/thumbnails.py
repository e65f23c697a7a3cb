"""Pixmaps of the visible thumbnails: scaled once for the screen, the oldest dropped first."""

from __future__ import annotations

import logging
from collections import OrderedDict

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.library.strips import lane_picture
from studio.ui.qimage import to_qimage

log = logging.getLogger(__name__)

RADIUS = 3.0  # px, of the corners
PAINT_MS = 8  # of one painting, for pixmaps that are made again
LIMIT = 900  # pixmaps; 900 of 72 x 72 are 18 MB


class Thumbnails:
    """A cache from (row, lane) to a pixmap; emptied when the size, screen or take changes.

    Where the same frames come from another place, the old pixmaps stand in for the new ones until
    these are made, a few at each painting: the window must not stand still for it.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pixmaps: OrderedDict[tuple[int, str], QPixmap | None] = OrderedDict()
        self._old: dict[tuple[int, str], QPixmap | None] = {}
        self._is_behind = False
        self._painting = QElapsedTimer()
        self._shape = (QSize(), 1.0)

    def __len__(self) -> int:
        return len(self._pixmaps)

    def clear(self) -> None:
        """Forget every pixmap: another take is shown."""
        self._pixmaps.clear()
        self._old.clear()

    def renew(self) -> None:
        """The same frames come from another place: make every pixmap again, at leisure."""
        self._old.update(self._pixmaps)
        self._pixmaps.clear()

    def begin(self) -> None:
        """A painting begins."""
        self._painting.start()
        self._is_behind = False

    def end(self) -> bool:
        """The painting is over; False if old pixmaps stood in, so that another one must follow."""
        if not self._is_behind:
            self._old.clear()
        return not self._is_behind

    def get(self, row: int, lane: str, frame: Frame, size: QSize, ratio: float) -> QPixmap | None:
        """The thumbnail at device pixel ratio `ratio`, `size` in device-independent pixels.

        None where the lane is absent, or its preview on disk is damaged.
        """
        if (size, ratio) != self._shape:
            self.clear()
            self._shape = (QSize(size), ratio)
        key = (row, lane)
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            return self._pixmaps[key]
        old = self._old.get(key)
        if old is not None and self._painting.isValid() and self._painting.elapsed() > PAINT_MS:
            self._is_behind = True
            return old
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
