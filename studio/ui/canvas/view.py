"""The one picture view of the program: zoom, pan, rotate, and a tool that gets the pointer.

It shows a plain picture (`set_image`), or a document with its layers (`set_scene`); then
`set_image` lays the picture over the document as a preview.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, QSizeF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QStyle, QWidget

from studio.ui.canvas.chips import Caption, ZoomChip
from studio.ui.canvas.plain_image import PlainImage, Scene
from studio.ui.canvas.transform import ZOOM_STEP, ViewTransform

FADE_MS = 80
SURROUND = QColor("#3a3a3a")  # neutral: no hue near the picture
_EDGE = 10  # px between the chips and the view's border


class CanvasView(QWidget):
    """Shows a picture or a document.

    Signals:
        view_changed(): zoom, pan, rotation or the shown size has changed.
        picture_changed(): another picture is shown (None included).
    """

    view_changed = Signal()
    picture_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvasView")
        self.setAccessibleName("Picture")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.transform = ViewTransform()
        self._surround = SURROUND
        self._image: QImage | None = None
        self._scene: Scene | None = None  # a document
        self._plain: PlainImage | None = None
        self._fading: PlainImage | None = None  # the picture before, while it fades out
        self._is_space_down = False
        self._pan_from: QPointF | None = None
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(self._on_fade)
        self._fade.finished.connect(self._end_fade)
        self._is_motion_reduced = False
        self.caption = Caption(self)
        self.zoom_chip = ZoomChip(self)
        self.zoom_chip.fit_asked.connect(self.fit)
        self.zoom_chip.actual_size_asked.connect(self.actual_size)

    # ---------------------------------------------------------------- what is shown
    def image(self) -> QImage | None:
        """The picture given last."""
        return self._image

    def set_image(self, image: QImage | None, size: QSize | None = None) -> None:
        """Show a picture, or nothing.

        size: the picture pixels that it stands for, if it is a smaller preview of a larger
        picture; the view then does not jump when the full picture comes. While a document is
        shown, the picture is laid over it as a preview.
        """
        if image is not None and image.isNull():
            image = None
        self._image = image
        if self._scene is not None:
            self._scene.set_preview(image)
        before, self._plain = self._plain, PlainImage(image, size) if image is not None else None
        self._begin_fade(before)
        self._resize_picture()
        self.picture_changed.emit()

    def scene(self) -> Scene | None:
        """The document shown, if any."""
        return self._scene

    def set_scene(self, scene: Scene | None) -> None:
        """Show a document with its layers; None returns to the plain picture."""
        self._scene = scene
        self._end_fade()
        self._resize_picture()
        self.picture_changed.emit()

    def picture_size(self) -> QSize:
        """The size of what is shown, in picture pixels; empty when nothing is."""
        shown = self._scene or self._plain
        return shown.picture_size() if shown else QSize()

    def set_caption(self, text: str) -> None:
        """Show one line of plain text at the lower left; an empty text hides it."""
        self.caption.set_text(text)
        self.setAccessibleDescription(text)
        self._place_chips()

    def set_surround(self, colour: QColor) -> None:
        """The ground around the picture; keep it neutral."""
        self._surround = QColor(colour)
        self.update()

    def set_reduced_motion(self, is_reduced: bool) -> None:
        """Never cross-fade, even where the system allows animation."""
        self._is_motion_reduced = is_reduced

    # ---------------------------------------------------------------- the view
    def fit(self) -> None:
        """Show the whole picture, and follow the view's size."""
        self.transform.fit()
        self._show_view()

    def actual_size(self) -> None:
        """One picture pixel per device pixel."""
        self.set_zoom(1.0)

    def zoom_in(self) -> None:
        """One step closer, around the middle."""
        self.set_zoom(self.transform.zoom * ZOOM_STEP**2)

    def zoom_out(self) -> None:
        """One step away, around the middle."""
        self.set_zoom(self.transform.zoom / ZOOM_STEP**2)

    def set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Set the zoom (device pixels per picture pixel) around a point of the view."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        self.transform.zoom_to(zoom, anchor if anchor is not None else middle)
        self._show_view()

    def rotate(self, degrees: float) -> None:
        """Turn the view clockwise; the picture itself is not changed."""
        self.transform.turn(degrees)
        self._show_view()

    def rotate_left(self) -> None:
        """Turn the view by 15 degrees anticlockwise."""
        self.rotate(-15)

    def rotate_right(self) -> None:
        """Turn the view by 15 degrees clockwise."""
        self.rotate(15)

    def reset_rotation(self) -> None:
        """Put the picture upright again."""
        self.rotate(-self.transform.angle)

    def update_picture(self, rect: QRect) -> None:
        """Repaint what shows `rect` (picture pixels)."""
        shown = self.transform.matrix().mapRect(rect).adjusted(-3, -3, 3, 3)
        self.update(shown)

    def _resize_picture(self) -> None:
        size = self.picture_size()
        if not size.isEmpty():
            self.transform.show(QSizeF(size))
        self._show_view()

    def _show_view(self) -> None:
        self.zoom_chip.set_zoom(self.transform.zoom, is_fitted=self.transform.is_fitted)
        self._place_chips()
        self.update()
        self.view_changed.emit()

    def _place_chips(self) -> None:
        zoom = self.zoom_chip
        zoom.setVisible(not self.picture_size().isEmpty())
        zoom.resize(zoom.sizeHint())
        zoom.move(self.width() - zoom.width() - _EDGE, self.height() - zoom.height() - _EDGE)
        hint = self.caption.sizeHint()
        room = max(zoom.x() - 2 * _EDGE, 40)
        self.caption.resize(min(hint.width(), room), hint.height())
        self.caption.move(_EDGE, self.height() - hint.height() - _EDGE)

    # ---------------------------------------------------------------- cross-fade
    def _is_fading_wanted(self) -> bool:
        is_animated = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        return is_animated and not self._is_motion_reduced and self.isVisible()

    def _begin_fade(self, before: PlainImage | None) -> None:
        self._end_fade()
        after = self._plain
        is_alike = before and after and before.picture_size() == after.picture_size()
        if is_alike and self._scene is None and self._is_fading_wanted():
            self._fading = before
            self._fade.start()

    def _on_fade(self) -> None:
        self.update()

    def _end_fade(self) -> None:
        self._fading = None
        self._fade.stop()
        self.update()

    # ---------------------------------------------------------------- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surround, what is shown, and the tool's marks over it."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._surround)
        matrix, zoom, exposed = self.transform.matrix(), self.transform.zoom, event.rect()
        if self._scene is not None:
            self._scene.draw(painter, matrix, zoom, exposed)
        elif self._plain is not None:
            self._plain.draw(painter, matrix, zoom, exposed)
            if self._fading is not None:
                painter.setOpacity(1.0 - float(self._fade.currentValue()))
                self._fading.draw(painter, matrix, zoom, exposed)
                painter.setOpacity(1.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted picture fitted and the chips in their corners."""
        self.transform.resize(QSizeF(event.size()), self.devicePixelRatioF())
        self._show_view()

    def event(self, event: QEvent) -> bool:
        """Pinch zooms; a screen of another pixel ratio refits."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.set_zoom(self.transform.zoom * (1 + event.value()), event.position())
                return True
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self.transform.resize(QSizeF(self.size()), self.devicePixelRatioF())
            self._show_view()
        return super().event(event)

    # ---------------------------------------------------------------- pointer and keys
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; with Shift or a sideways wheel, pan."""
        turn = event.angleDelta()
        is_panning = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if is_panning or abs(turn.x()) > abs(turn.y()):
            self.transform.pan((turn.x() or turn.y()) / 2, 0)
            self._show_view()
        elif turn.y():
            zoom = self.transform.zoom * ZOOM_STEP ** (turn.y() / 120)
            self.set_zoom(zoom, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan with the middle button or while Space is held."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and self._is_panning_wanted()):
            self._pan_from = event.position()
            self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan."""
        if self._pan_from is None:
            return
        moved = event.position() - self._pan_from
        self._pan_from = event.position()
        self.transform.pan(moved.x(), moved.y())
        self._show_view()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning."""
        if self._pan_from is not None:
            self._pan_from = None
            self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Switch between the whole picture and its actual size, at the cursor."""
        if self.transform.is_fitted:
            self.set_zoom(1.0, event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pans while it is held; + and - zoom."""
        if event.key() == Qt.Key.Key_Space:
            self._is_space_down = True
            self._show_cursor()
            return
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is up again."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
            self._show_cursor()
            return
        super().keyReleaseEvent(event)

    def _is_panning_wanted(self) -> bool:
        return self._is_space_down or self._scene is None

    def _show_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._is_space_down:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()
