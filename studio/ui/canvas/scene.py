"""The document as the view shows it: layers, mask overlay, frame, a run's preview, a result."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize, Qt, Slot
from PySide6.QtGui import QImage, QPainter, QTransform

from studio.state.canvas.room import CanvasRoom
from studio.state.canvas.tiles import Pixels
from studio.ui.canvas.layers import LayerStack
from studio.ui.canvas.plain_image import PlainImage
from studio.ui.canvas.tools.frame import draw_frame, frame_area
from studio.ui.canvas.view import CanvasView

_PREVIEW_SIDE = 1024  # px


class Patch:
    """A picture that lies over a part of the document."""

    def __init__(self, image: QImage, place: QRect) -> None:
        self._image = PlainImage(image, place.size())
        self._place = place

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the exposed part."""
        moved = QTransform.fromTranslate(self._place.x(), self._place.y()) * matrix
        self._image.draw(painter, moved, zoom, exposed)


def cut_out(image: QImage, mask: Pixels) -> QImage:
    """The picture where the mask [h, w] is, transparent elsewhere: the known part stays in sight.

    The size is the mask's, or smaller: a preview need not be finer than the screen.
    """
    height, width = mask.shape
    size = QSize(width, height)
    if max(width, height) > _PREVIEW_SIDE:
        size.scale(_PREVIEW_SIDE, _PREVIEW_SIDE, Qt.AspectRatioMode.KeepAspectRatio)
    smooth = Qt.TransformationMode.SmoothTransformation
    result = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    result = result.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    alpha = QImage(mask.data, width, height, width, QImage.Format.Format_Alpha8)
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(result.rect(), alpha)
    painter.end()
    return result


class DocumentScene(QObject):
    """Draws a document in a view, and repaints only what has changed."""

    def __init__(self, room: CanvasRoom, view: CanvasView) -> None:
        super().__init__(view)
        document, tools, frame = room.document, room.tools, room.frame
        self._room, self._view = room, view
        self._document, self._tools, self._frame = document, tools, frame
        self._layers = LayerStack(document, tools.overlay)
        self._preview: Patch | None = None
        self._candidate: Patch | None = None
        self._is_frame_forced = False
        self._frame_shown = QRect()
        document.layer_changed.connect(self._on_layer_changed)
        document.document_replaced.connect(self._on_document_replaced)
        document.stepped.connect(self._on_step)
        tools.overlay_changed.connect(self._on_overlay_changed)
        frame.frame_changed.connect(self._on_frame_changed)

    def picture_size(self) -> QSize:
        """The document's size in pixels."""
        return self._document.size()

    def set_preview(self, image: QImage | None) -> None:
        """Lay a frame of the strip over its place; one that has no place here is ignored."""
        place = QRect() if image is None else self._room.preview_place()
        self._preview = None
        if image is not None and not place.isNull():
            mask = self._room.preview_mask()
            self._preview = Patch(image if mask is None else cut_out(image, mask), place)
        self._view.update()

    def end_preview(self) -> None:
        """Show the canvas itself again."""
        self.set_preview(None)

    def set_candidate(self, image: QImage | None, place: QRect) -> None:
        """Lay a result over the document, where it would be if it were taken; None removes it."""
        self._candidate = None if image is None else Patch(image, place)
        self._view.update()

    def set_frame_forced(self, is_forced: bool) -> None:
        """Show the frame even where it is the whole picture, because it can be dragged."""
        self._is_frame_forced = is_forced
        self._on_frame_changed()

    def draw(self, painter: QPainter, matrix: QTransform, zoom: float, exposed: QRect) -> None:
        """Draw the exposed part of everything, bottom to top."""
        if self._document.is_empty():
            return
        self._layers.draw_picture(painter, matrix, zoom, exposed)
        patch = self._preview or self._candidate
        if patch is not None:
            patch.draw(painter, matrix, zoom, exposed)
        else:
            self._layers.draw_mask(painter, matrix, zoom, exposed)
        if self._is_frame_shown():
            draw_frame(painter, self._view, self._frame.shown(), self._whole())

    def _is_frame_shown(self) -> bool:
        if self._is_frame_forced:
            return True
        return self._candidate is None and self._frame.shown() != self._whole()

    def _whole(self) -> QRect:
        return QRect(0, 0, self._document.size().width(), self._document.size().height())

    @Slot(str, QRect)
    def _on_layer_changed(self, layer: str, rect: QRect) -> None:
        self._layers.refresh(layer, rect)
        self._view.update_picture(rect)
        if self._preview is not None or self._candidate is not None:
            self._preview = self._candidate = None  # whoever paints wants to see the canvas
            self._view.update()  # all of it: the picture lay beside the change, too
            self._room.candidates.hide()  # what the strip marks is what is seen

    @Slot()
    def _on_step(self) -> None:
        self._layers.look_again()

    @Slot()
    def _on_document_replaced(self) -> None:
        self._preview = self._candidate = None
        self._layers = LayerStack(self._document, self._tools.overlay)
        if self._view.scene() is self:
            self._view.set_scene(self)  # another size

    @Slot()
    def _on_overlay_changed(self) -> None:
        self._layers.set_overlay(self._tools.overlay)
        self._view.update()

    @Slot()
    def _on_frame_changed(self) -> None:
        before, self._frame_shown = self._frame_shown, self._frame.shown()
        self._view.update(frame_area(self._view, before.united(self._frame_shown)))
