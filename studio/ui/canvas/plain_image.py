"""A plain picture as the view shows it; and what anything that the view shows must offer."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter, QTransform

from studio.ui.canvas.pyramid import Pyramid, argb_of


class Scene(Protocol):
    """What the view draws: a plain picture, or a document with its layers."""

    def picture_size(self) -> QSize:
        """Size in picture pixels: the unit of zoom and of all tool coordinates."""
        ...

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw what `exposed` (logical view pixels) shows; matrix maps picture to view."""
        ...

    def set_preview(self, image: QImage | None) -> None:
        """Lay a running job's picture, or a frame of the strip, over the scene; None removes it."""
        ...


class PlainImage:
    """One picture, perhaps stretched to the size of the picture that it previews."""

    def __init__(self, image: QImage, size: QSize | None = None) -> None:
        self._size = size or image.size()
        self._stretch = (self._size.width() / image.width(), self._size.height() / image.height())
        self._pyramid = Pyramid(argb_of(image))

    def picture_size(self) -> QSize:
        """The size that the picture stands for."""
        return self._size

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the exposed part; a stretched preview is always smoothed."""
        stretched = QTransform.fromScale(*self._stretch) * matrix
        is_stretched = self._stretch[0] > 1
        self._pyramid.draw(
            painter, stretched, zoom * max(self._stretch), exposed, is_smooth=is_stretched
        )
