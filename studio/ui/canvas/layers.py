"""The layers of a document, drawn bottom to top: picture, paint, mask overlay."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument
from studio.state.canvas.toolbox import Overlay
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.sheet import Sheet


class LayerStack:
    """Draws a document; `refresh` after each change of it. It is a Scene on its own, too."""

    def __init__(self, document: CanvasDocument, overlay: Overlay) -> None:
        self._document, self._overlay = document, overlay
        self._sheets = {
            PICTURE: Sheet(Pyramid(document.picture)),
            PAINT: Sheet(Pyramid(document.paint)),
            MASK: Sheet(Pyramid(document.mask, overlay_colours(overlay))),
        }
        self._has = {PAINT: document.has_paint(), MASK: document.has_mask()}

    def picture_size(self) -> QSize:
        """The document's size in pixels."""
        return self._document.size()

    def set_preview(self, image: QImage | None) -> None:
        """Layers alone have no place for a preview."""

    def set_overlay(self, overlay: Overlay) -> None:
        """Show the mask in another way."""
        self._overlay = overlay
        self._sheets[MASK].set_colours(overlay_colours(overlay))

    def refresh(self, layer: str, rect: QRect) -> None:
        """A layer has changed inside `rect` (picture pixels)."""
        sheet = self._sheets[layer]
        if not self._has.get(layer, True):
            sheet.begin_blank()
        self._has[layer] = True
        sheet.refresh(rect)

    def look_again(self) -> None:
        """A step has ended: a layer may be blank now, and then need not be drawn."""
        self._has = {PAINT: self._document.has_paint(), MASK: self._document.has_mask()}

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the exposed part of all layers."""
        self.draw_picture(painter, matrix, zoom, exposed)
        self.draw_mask(painter, matrix, zoom, exposed)

    def draw_picture(
        self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect
    ) -> None:
        """The picture with its paint."""
        self._sheets[PICTURE].draw(painter, matrix, zoom, exposed)
        if self._has[PAINT]:
            self._sheets[PAINT].draw(painter, matrix, zoom, exposed)

    def draw_mask(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """The mask as a veil of colour."""
        if self._has[MASK] and self._overlay.is_visible:
            self._sheets[MASK].draw(painter, matrix, zoom, exposed)


def overlay_colours(overlay: Overlay) -> list[int]:
    """256 ARGB values (not premultiplied): the overlay's colour, denser for a stronger mask."""
    base = QColor(overlay.colour).rgb() & 0xFFFFFF
    return [(round(value * overlay.opacity) << 24) | base for value in range(256)]
