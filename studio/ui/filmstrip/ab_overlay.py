"""A/B on the canvas: another picture over the shown one, left of a line that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.view import CanvasView
from studio.ui.qimage import fitted
from studio.ui.theme import color

_REACH = 12  # px around the line within which it can be taken
_KNOB = 13.0


class ABOverlay(QWidget):
    """Lies over a CanvasView and follows its zoom and pan; elsewhere the mouse is the canvas's."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.setObjectName("abOverlay")
        self.setAccessibleName("A/B comparison: drag the line, or use the arrow keys")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._view = view
        self._image: QImage | None = None
        self._size = self._own = QSize()
        self._labels = ("A", "B")
        self._share = 0.5  # where the line is, 0 = left edge of the picture .. 1 = right edge
        self._is_dragging = False
        view.view_changed.connect(self.update)
        view.installEventFilter(self)
        self.hide()

    @property
    def share(self) -> float:
        """Where the line is: 0 .. 1 of the picture's width."""
        return self._share

    def set_share(self, share: float) -> None:
        """Move the line."""
        self._share = max(0.0, min(1.0, share))
        self.update()

    def set_picture(
        self, image: QImage | None, size: QSize, labels: tuple[str, str], own: QSize | None = None
    ) -> None:
        """Show `image` on the left side, over a picture of `size`; None hides all.

        own: the size of the picture that `image` stands for, where it is of another shape.
        """
        self._image, self._size, self._labels, self._own = image, size, labels, own or size
        self.setVisible(image is not None)
        if image is not None:
            self.resize(self._view.size())
            self.raise_()
            self._view.caption.raise_()
            self._view.zoom_chip.raise_()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the canvas."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._view.size())
        return False

    def _picture_rect(self) -> QRectF:
        matrix = self._view.transform.matrix()
        return matrix.mapRect(QRectF(0, 0, self._size.width(), self._size.height()))

    def _line_x(self) -> float:
        rect = self._picture_rect()
        return rect.left() + self._share * rect.width()

    def _is_near(self, point: QPointF) -> bool:
        return abs(point.x() - self._line_x()) <= _REACH

    def paintEvent(self, event: QPaintEvent) -> None:
        """The other picture left of the line, the line with its knob, and the two letters."""
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, x = self._picture_rect(), self._line_x()
        painter.save()
        painter.setClipRect(QRectF(0, 0, x, self.height()))
        painter.setTransform(self._view.transform.matrix(), combine=False)
        whole = QRectF(0, 0, self._size.width(), self._size.height())
        place = fitted(whole, self._own)
        if place != whole:  # what it does not cover must not look like a part of it
            painter.fillRect(whole, color("canvas"))
        painter.drawImage(place, self._image)
        painter.restore()
        top, bottom = max(0.0, rect.top()), min(float(self.height()), rect.bottom())
        painter.setPen(QPen(Qt.GlobalColor.black, 4))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.setPen(QPen(color("accent"), 2))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        self._paint_knob(painter, QPointF(x, (top + bottom) / 2))
        self._paint_labels(painter, x, top + 12)

    def _paint_knob(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(Qt.GlobalColor.black, 1))
        painter.setBrush(color("accent"))
        painter.drawEllipse(at, _KNOB, _KNOB)
        painter.setPen(QPen(color("accent_text"), 2))
        for side in (-1, 1):
            tip, back = QPointF(side * 8, 0), side * 4
            painter.drawLine(at + tip, at + QPointF(back, -4))
            painter.drawLine(at + tip, at + QPointF(back, 4))

    def _paint_labels(self, painter: QPainter, x: float, top: float) -> None:
        metrics = painter.fontMetrics()
        for side, label in ((-1, self._labels[0]), (1, self._labels[1])):
            room = int(x if side < 0 else self.width() - x) - 40
            text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, max(room, 12))
            width = metrics.horizontalAdvance(text) + 20
            left = x - 12 - width if side < 0 else x + 12
            place = QRectF(left, top, width, 24)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(Qt.GlobalColor.black)
            painter.setOpacity(0.75)
            painter.drawRoundedRect(place, 10, 10)
            painter.setOpacity(1)
            painter.setPen(Qt.GlobalColor.white)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the line; anywhere else the press is the canvas's."""
        self._is_dragging = event.button() == Qt.MouseButton.LeftButton and self._is_near(
            event.position()
        )
        event.setAccepted(self._is_dragging)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line."""
        if not self._is_dragging:
            near = self._is_near(event.position())
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
            event.ignore()
            return
        rect = self._picture_rect()
        self.set_share((event.position().x() - rect.left()) / max(1.0, rect.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the line."""
        event.setAccepted(self._is_dragging)
        self._is_dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooming is the canvas's."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """←/→ move the line."""
        moves = {int(Qt.Key.Key_Left): -0.02, int(Qt.Key.Key_Right): 0.02}
        if event.key() in moves:
            self.set_share(self._share + moves[event.key()])
        else:
            super().keyPressEvent(event)

    @Slot()
    def swap(self) -> None:
        """Put the line at the other side."""
        self.set_share(1 - self._share)
