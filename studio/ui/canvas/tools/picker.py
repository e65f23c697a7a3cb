"""The colour picker."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from studio.state.canvas.document import CanvasDocument
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.tools.base import Pointer
from studio.ui.canvas.view import CanvasView


def pick_colour(document: CanvasDocument, tools: ToolBox, at: QPointF) -> None:
    """Make the colour at a place of the picture (with its paint) the brush's colour."""
    x, y = int(np.floor(at.x())), int(np.floor(at.y()))
    height, width = document.picture.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        return
    paint = document.paint[y, x].astype(int)
    below = document.picture[y, x].astype(int)
    mixed = paint[:3] + (below * (255 - paint[3]) + 127) // 255
    red, green, blue = (int(min(value, 255)) for value in mixed)
    tools.set_colour((red, green, blue))


class ColourTool(QObject):
    """Hands the place under the pointer to `pick`, also while it is dragged."""

    def __init__(self, pick: Callable[[Pointer], None], parent: QObject) -> None:
        super().__init__(parent)
        self._pick = pick

    def press(self, pointer: Pointer) -> None:
        """Take the colour."""
        self._pick(pointer)

    def move(self, pointer: Pointer) -> None:
        """Take the colour."""
        self._pick(pointer)

    def release(self, pointer: Pointer) -> None:
        """Nothing more to do."""

    def cancel(self) -> None:
        """Nothing to take back."""

    def hover(self, pointer: Pointer) -> None:
        """Nothing to show."""

    def cursor(self) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor

    def marks_rect(self, _view: CanvasView, _pointer: Pointer | None) -> QRectF:
        """Nothing is drawn."""
        return QRectF()

    def draw_marks(self, painter: QPainter, view: CanvasView, pointer: Pointer | None) -> None:
        """Nothing is drawn."""
