"""A layer as the view shows it, kept from painting to painting: only what changes is drawn anew.

Without it each movement of a large brush would scale every layer under the brush again.
"""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QRegion, QTransform

from studio.ui.canvas.pyramid import NEAREST_FROM, Pyramid

_AROUND = 3  # px; smoothing reaches a little beyond what has changed


class Sheet:
    """One layer's picture of the size of the view."""

    def __init__(self, pyramid: Pyramid) -> None:
        self._pyramid = pyramid
        self._image = QImage()
        self._held = QRect()  # what of the view the image holds
        self._ratio = 1.0
        self._matrix = QTransform()
        self._zoom = 0.0
        self._stale = QRegion()  # logical view pixels

    def set_colours(self, colours: list[int]) -> None:
        """Draw a one-channel layer through another table of 256 ARGB values."""
        self._pyramid.set_colours(colours)
        self.forget()

    def begin_blank(self) -> None:
        """The layer was blank until now: its first change is about to be told."""
        self._pyramid.begin_blank()

    def refresh(self, rect: QRect) -> None:
        """The layer has changed inside `rect` (picture pixels)."""
        self._pyramid.refresh(rect)
        around = _AROUND
        self._stale += self._matrix.mapRect(rect).adjusted(-around, -around, around, around)

    def forget(self) -> None:
        """Draw everything anew next time, and free the memory."""
        self._image, self._held = QImage(), QRect()

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the part of the layer that `exposed` (logical view pixels) shows."""
        self._fit(matrix, zoom, exposed, painter.device().devicePixelRatio())
        stale = (self._stale & exposed).boundingRect()
        if not stale.isEmpty():
            self._renew(stale)
            self._stale -= stale
        painter.save()
        painter.setClipRect(exposed, Qt.ClipOperation.IntersectClip)
        painter.drawImage(0, 0, self._image)
        painter.restore()

    def _fit(self, matrix: QTransform, zoom: float, exposed: QRect, ratio: float) -> None:
        """Begin anew if the view has moved, or shows more than before."""
        if self._image.isNull() or ratio != self._ratio or not self._held.contains(exposed):
            self._held = QRect(0, 0, exposed.right() + 1, exposed.bottom() + 1) | self._held
            self._ratio = ratio
            size = QSize(ceil(self._held.width() * ratio), ceil(self._held.height() * ratio))
            self._image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
        elif matrix == self._matrix and zoom == self._zoom:
            return
        self._matrix, self._zoom = QTransform(matrix), zoom
        self._stale = QRegion(self._held)

    def _renew(self, stale: QRect) -> None:
        painter = QPainter(self._image)
        painter.setClipRect(stale)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(stale, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        # Qt's rounding depends on where a picture begins: squares must begin where they did.
        shown = self._held if self._zoom >= NEAREST_FROM else stale
        self._pyramid.draw(painter, self._matrix, self._zoom, shown)
        painter.end()
