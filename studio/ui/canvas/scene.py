"""The document as the view shows it: picture, paint, mask overlay, and a running job's preview."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument
from studio.state.canvas.toolbox import Overlay, ToolBox
from studio.ui.canvas.plain_image import PlainImage
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.view import CanvasView


class DocumentScene(QObject):
    """Draws a document in a view, and repaints only what has changed."""

    def __init__(self, document: CanvasDocument, tools: ToolBox, view: CanvasView) -> None:
        super().__init__(view)
        self._document, self._tools, self._view = document, tools, view
        self._pyramids: dict[str, Pyramid] = {}
        self._has_paint = False
        self._preview: PlainImage | None = None
        self._preview_place = QRectF()
        document.layer_changed.connect(self._on_layer_changed)
        document.document_replaced.connect(self._on_document_replaced)
        tools.overlay_changed.connect(self._on_overlay_changed)
        self._rebuild()

    def picture_size(self) -> QSize:
        """The document's size in pixels."""
        return self._document.size()

    def set_preview(self, image: QImage | None) -> None:
        """Lay a picture over the document at its preview place; None removes it."""
        place = self._preview_place.toRect() or self._whole()
        self._preview = None if image is None else PlainImage(image, place.size())
        self._view.update()

    def set_preview_place(self, place: QRect) -> None:
        """Where previews lie, in picture pixels: the context frame of the running job."""
        self._preview_place = QRectF(place)

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the exposed part of all layers, bottom to top."""
        if self._document.is_empty():
            return
        self._pyramids[PICTURE].draw(painter, matrix, zoom, exposed)
        if self._has_paint:
            self._pyramids[PAINT].draw(painter, matrix, zoom, exposed)
        if self._preview is not None:
            place = self._preview_place if self._preview_place.isValid() else self._whole()
            moved = QTransform.fromTranslate(place.x(), place.y()) * matrix
            self._preview.draw(painter, moved, zoom, exposed)
        elif self._tools.overlay.is_visible:
            self._pyramids[MASK].draw(painter, matrix, zoom, exposed)

    def _whole(self) -> QRect:
        return QRect(0, 0, self._document.size().width(), self._document.size().height())

    def _rebuild(self) -> None:
        document = self._document
        self._preview, self._preview_place = None, QRectF()
        self._pyramids = {
            PICTURE: Pyramid(document.picture),
            PAINT: Pyramid(document.paint),
            MASK: Pyramid(document.mask, overlay_colours(self._tools.overlay)),
        }
        self._has_paint = document.has_paint()

    @Slot(str, QRect)
    def _on_layer_changed(self, layer: str, rect: QRect) -> None:
        if layer == PAINT:
            self._has_paint = True
        self._pyramids[layer].refresh(rect)
        self._view.update_picture(rect)

    @Slot()
    def _on_document_replaced(self) -> None:
        self._rebuild()
        if self._view.scene() is self:
            self._view.set_scene(self)  # another size

    @Slot()
    def _on_overlay_changed(self) -> None:
        self._pyramids[MASK].set_colours(overlay_colours(self._tools.overlay))
        self._view.update()


def overlay_colours(overlay: Overlay) -> list[int]:
    """256 ARGB values (not premultiplied): the overlay's colour, denser for a stronger mask."""
    base = QColor(overlay.colour).rgb() & 0xFFFFFF
    return [(round(value * overlay.opacity) << 24) | base for value in range(256)]
