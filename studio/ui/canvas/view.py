"""The one picture view of the program: zoom, pan, rotate, and a tool that gets the pointer.

It shows a plain picture (`set_image`), or a document with its layers (`set_scene`); then
`set_image` lays the picture over the document as a preview.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QPointF,
    QRect,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.actions import is_typing
from studio.ui.canvas.chips import Caption, ZoomChip
from studio.ui.canvas.fade import Fade
from studio.ui.canvas.hand import Hand
from studio.ui.canvas.plain_image import PlainImage, Scene
from studio.ui.canvas.tools.base import Pointer, Tool
from studio.ui.canvas.transform import ZOOM_STEP, ViewTransform
from studio.ui.theme import color

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
        self.setTabletTracking(True)
        self.setMinimumSize(160, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.transform = ViewTransform()
        self._image: QImage | None = None
        self._scene: Scene | None = None  # a document
        self._plain: PlainImage | None = None
        self._hand = Hand(self)
        self._is_pen_down = False
        self._is_pen_panning = False  # its events come again as a mouse's
        self._is_space_down = False
        self._pan_from: QPointF | None = None
        self._pan_button = Qt.MouseButton.NoButton  # that pans, until it is up
        self._fade = Fade(self)
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
        self._fade.begin(before if self._scene is None else None, self._plain)
        self._resize_picture()
        self.picture_changed.emit()

    def scene(self) -> Scene | None:
        """The document shown, if any."""
        return self._scene

    def set_scene(self, scene: Scene | None) -> None:
        """Show a document with its layers; None returns to the plain picture."""
        self._scene = scene
        self._fade.end()
        self._resize_picture()
        self.picture_changed.emit()

    def set_tool(self, tool: Tool | None) -> None:
        """The tool that gets the pointer while a document is shown; None only moves the view."""
        self._hand.take(tool)
        self._show_cursor()

    def cancel_tool(self) -> None:
        """Take back what the tool has begun."""
        self._hand.cancel()

    def refresh_marks(self) -> None:
        """The tool's outline has changed, e.g. the size of the brush."""
        self._hand.show_marks(self._hand.pointer)

    def picture_size(self) -> QSize:
        """The size of what is shown, in picture pixels; empty when nothing is."""
        shown = self._scene or self._plain
        return shown.picture_size() if shown else QSize()

    def plain_size(self) -> QSize:
        """The size that the picture given last stands for; empty without one."""
        return self._plain.picture_size() if self._plain else QSize()

    def set_caption(self, text: str) -> None:
        """Show one line of plain text at the lower left; an empty text hides it."""
        self.caption.set_text(text)
        self.setAccessibleDescription(text)
        self._place_chips()

    def set_reduced_motion(self, is_reduced: bool) -> None:
        """Never cross-fade, even where the system allows animation."""
        self._fade.is_motion_reduced = is_reduced

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
        if not self.picture_size().isEmpty():  # the first one is fitted, whatever was done before
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

    # ---------------------------------------------------------------- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surround, what is shown, and the tool's marks over it."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), color("canvas"))
        matrix, zoom, exposed = self.transform.matrix(), self.transform.zoom, event.rect()
        if self._scene is not None:
            self._scene.draw(painter, matrix, zoom, exposed)
        elif self._plain is not None:
            self._plain.draw(painter, matrix, zoom, exposed)
            if not self._fade.is_over() and self._fade.picture is not None:
                painter.setOpacity(self._fade.opacity)
                self._fade.picture.draw(painter, matrix, zoom, exposed)
                painter.setOpacity(1.0)
        self._hand.draw_marks(painter)

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
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # While the canvas has the focus these keys are its own, not the window's; during a
            # stroke all are: Undo, Invert or another tool would pull the ground from under it.
            if self._is_actual_size_meant(event) or self._hand.is_down:
                event.accept()
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
        if self.picture_size().isEmpty():
            pass
        elif is_panning or abs(turn.x()) > abs(turn.y()):
            self.transform.pan((turn.x() or turn.y()) / 2, 0)
            self._show_view()
        elif turn.y():
            zoom = self.transform.zoom * ZOOM_STEP ** (turn.y() / 120)
            self.set_zoom(zoom, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan (middle button, Space, or no tool) or to use the tool."""
        is_busy = self._is_pen_down or self._hand.is_down or self._pan_from is not None
        if is_busy or self.picture_size().isEmpty():  # one thing at a time, and not with nothing
            return
        is_left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and self._is_panning_wanted()):
            self._pan_from, self._pan_button = event.position(), event.button()
            self._show_cursor()
        elif is_left:
            self._hand.press(Pointer.of(self, event.position(), event.modifiers()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or move the tool."""
        if self._is_pen_down:
            return
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self.transform.pan(moved.x(), moved.y())
            self._show_view()
        self._move(Pointer.of(self, event.position(), event.modifiers()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning or the tool's work: each by the button that began it."""
        if self._pan_from is not None and event.button() == self._pan_button:
            self._pan_from = None
            self._show_cursor()
        elif not self._is_pen_down and event.button() == Qt.MouseButton.LeftButton:
            self._hand.release(Pointer.of(self, event.position(), event.modifiers()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Without a tool: whole picture or actual size. With one: a second press."""
        if not self._is_panning_wanted():
            self.mousePressEvent(event)
        elif self.transform.is_fitted:
            self.set_zoom(1.0, event.position())
        else:
            self.fit()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: as the mouse, with pressure, and its other end erases."""
        is_eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        pointer = Pointer.of(self, event.position(), event.modifiers(), event.pressure(),
                             is_eraser=is_eraser)  # fmt: skip
        if event.type() == QEvent.Type.TabletPress:
            self._is_pen_panning = self._is_panning_wanted()
        if self._is_pen_panning:  # all of it: an accepted move or release would not come again
            self._is_pen_panning = event.type() != QEvent.Type.TabletRelease
            event.ignore()
            return
        match event.type():
            case QEvent.Type.TabletPress:
                self._is_pen_down = True
                self._hand.press(pointer)
            case QEvent.Type.TabletRelease:
                self._hand.release(pointer)
                self._is_pen_down = False
            case _:
                self._move(pointer)
        event.accept()

    def _move(self, pointer: Pointer) -> None:
        self._hand.move(pointer)
        self._show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        """The outline goes with the pointer."""
        self._hand.show_marks(None)
        super().leaveEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Keys go to the canvas while the pointer paints on it, unless text is being typed."""
        if self._hand.tool is not None and not is_typing():
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().enterEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pans while it is held; + and - zoom; Escape takes an unfinished stroke back."""
        match event.key():
            case Qt.Key.Key_Space:
                self._is_space_down = True
                self._show_cursor()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_in()
            case Qt.Key.Key_Minus:
                self.zoom_out()
            case Qt.Key.Key_1 if self._is_actual_size_meant(event):
                self.actual_size()
            case Qt.Key.Key_Escape if self._hand.is_down:
                self.cancel_tool()
            case _:
                super().keyPressEvent(event)

    def _is_actual_size_meant(self, event: QKeyEvent) -> bool:
        """Whether the key is 1 or, on the canvas, Ctrl+1.

        At 100 % there is nothing to do: then Ctrl+1 is the window's, and shows Generate.
        """
        if event.key() != Qt.Key.Key_1:
            return False
        is_ctrl = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        is_wanted = self._scene is not None and self.transform.zoom != 1.0
        return not event.modifiers() or (is_ctrl and is_wanted)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is up again."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
            self._show_cursor()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Space may be released elsewhere."""
        self._is_space_down = False
        self._show_cursor()
        super().focusOutEvent(event)

    def _is_panning_wanted(self) -> bool:
        return self._is_space_down or self._hand.tool is None

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._is_space_down:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._hand.tool is not None or self._scene is not None:
            shape = self._hand.cursor()
        if self.cursor().shape() != shape:
            self.setCursor(shape)
