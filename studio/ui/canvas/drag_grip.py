"""A grip on the canvas: from it the picture is dragged into an expression, a tray, another program.

The picture itself cannot be dragged, since there the mouse paints or moves the view.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDrag, QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton

from studio.ui.canvas.chips import FLAT
from studio.ui.plain import set_plain_tip

GHOST_HEIGHT = 96  # px of what hangs at the mouse meanwhile


class DragGrip(QPushButton):
    """Looks like the other buttons on the canvas. picture: gives what is shown, or None."""

    def __init__(self, picture: Callable[[], QImage | None]) -> None:
        super().__init__("Drag")
        self.setObjectName("canvasDrag")
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setStyleSheet(FLAT)
        set_plain_tip(self, "Drag the picture from here: over “Concepts” and into an expression, "
                            "or into another program.")  # fmt: skip
        self._picture = picture
        self._from: QPointF | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Perhaps a drag begins."""
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin the drag once it is meant."""
        if self._from is None:
            return
        if (event.position() - self._from).manhattanLength() >= QApplication.startDragDistance():
            self._from = None
            self.setDown(False)
            self.drag_out()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click alone does nothing."""
        self._from = None
        super().mouseReleaseEvent(event)

    def dragged(self) -> QMimeData | None:
        """What is dragged: the picture as it is seen, paint included; None without one."""
        image = self._picture()
        if image is None or image.isNull():
            return None
        data = QMimeData()
        data.setImageData(image)
        return data

    def drag_out(self) -> None:
        """Drag; returns when it has been dropped."""
        data = self.dragged()
        if data is None:
            return
        drag = QDrag(self)
        drag.setMimeData(data)
        ghost = QPixmap.fromImage(QImage(data.imageData()))
        smooth = Qt.TransformationMode.SmoothTransformation
        drag.setPixmap(ghost.scaledToHeight(GHOST_HEIGHT, smooth))
        drag.exec(Qt.DropAction.CopyAction)
