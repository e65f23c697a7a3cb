"""Rectangle, lasso and fill: shapes added to the mask (Alt takes away), or painted."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from studio.state.canvas import masks
from studio.state.canvas.commands import whole
from studio.state.canvas.document import MASK, CanvasDocument
from studio.state.canvas.shapes import fill_shape, flood
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.tools.base import Pointer
from studio.ui.canvas.tools.marks import draw_outline, padded
from studio.ui.canvas.view import CanvasView


class ShapeTool(QObject):
    """Drags a rectangle or draws a free outline; on release its inside is filled.

    Alt: take the shape away. Shift: a square.
    """

    def __init__(
        self, document: CanvasDocument, tools: ToolBox, view: CanvasView, shape: ToolName
    ) -> None:
        super().__init__(view)
        self._document, self._tools, self._view, self._shape = document, tools, view, shape
        self._points: list[QPointF] = []

    def press(self, pointer: Pointer) -> None:
        """The first corner, or the outline's first point."""
        self._points = [] if self._document.is_empty() else [pointer.at, pointer.at]

    def move(self, pointer: Pointer) -> None:
        """Drag the other corner, or go on drawing."""
        if not self._points:
            return
        before = self._outline_rect()
        if self._shape is ToolName.LASSO:
            self._points.append(pointer.at)
        else:
            self._points[1] = self._corner(pointer)
        self._view.update(before.united(self._outline_rect()).toAlignedRect())

    def release(self, pointer: Pointer) -> None:
        """Fill the shape: one step of the history."""
        if not self._points:
            return
        self.move(pointer)
        path, rect = self._path(), self._outline_rect()
        self._points = []
        self._view.update(rect.toAlignedRect())
        word = "Rectangle" if self._shape is ToolName.RECTANGLE else "Lasso"
        bounds = whole(self._document.mask)
        fill_shape(self._document, self._tools, word, *masks.shape_cover(path, bounds),
                   is_erasing=pointer.is_alt)  # fmt: skip

    def cancel(self) -> None:
        """Forget the shape."""
        rect, self._points = self._outline_rect(), []
        self._view.update(rect.toAlignedRect())

    def hover(self, pointer: Pointer) -> None:
        """Nothing to show."""

    def cursor(self) -> Qt.CursorShape:
        """A cross."""
        return Qt.CursorShape.CrossCursor

    def marks_rect(self, _view: CanvasView, _pointer: Pointer | None) -> QRectF:
        """The outline repaints itself."""
        return QRectF()

    def draw_marks(self, painter: QPainter, view: CanvasView, pointer: Pointer | None) -> None:
        """The shape's outline."""
        if self._points:
            draw_outline(painter, view.transform.matrix().map(self._path()), is_dashed=True)

    def _corner(self, pointer: Pointer) -> QPointF:
        if not pointer.is_shift:
            return pointer.at
        start = self._points[0]
        moved = pointer.at - start
        side = max(abs(moved.x()), abs(moved.y()))
        return start + QPointF(side if moved.x() >= 0 else -side, side if moved.y() >= 0 else -side)

    def _path(self) -> QPainterPath:
        if self._shape is ToolName.LASSO:
            return masks.lasso_path(self._points)
        return masks.rectangle_path(self._points[0], self._points[1])

    def _outline_rect(self) -> QRectF:
        if not self._points:
            return QRectF()
        return padded(self._view.transform.matrix().mapRect(self._path().boundingRect()))


class FillTool(QObject):
    """Fills the connected area of similar colour under the pointer; Alt takes it away."""

    def __init__(self, document: CanvasDocument, tools: ToolBox, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tools = document, tools

    def press(self, pointer: Pointer) -> None:
        """Fill at once."""
        if self._document.is_empty():
            return
        rect, cover = flood(self._document.composite(), pointer.at)
        word = "Fill mask" if self._tools.target == MASK else "Fill"
        fill_shape(self._document, self._tools, word, rect, cover, is_erasing=pointer.is_alt)

    def move(self, pointer: Pointer) -> None:
        """Nothing more to do."""

    def release(self, pointer: Pointer) -> None:
        """Nothing more to do."""

    def cancel(self) -> None:
        """Nothing to take back; undo does that."""

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
