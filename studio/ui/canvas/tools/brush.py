"""Brush and eraser, on the mask or on the paint layer."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from studio.state.canvas.document import MASK, PAINT, CanvasDocument
from studio.state.canvas.stroke import Stroke
from studio.state.canvas.tiles import LayerEdit, Pixels
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.tools.base import Pointer
from studio.ui.canvas.tools.marks import draw_outline, padded
from studio.ui.canvas.tools.picker import pick_colour
from studio.ui.canvas.view import CanvasView

_CROSS = 4.0  # px; below this size a brush is shown as a cross
_LAYER_WORDS = {MASK: "mask", PAINT: "paint"}


class BrushTool(QObject):
    """Paints while the pointer is down. Shift-click draws a straight line from the last place.

    Alt picks a colour while the paint layer is the target, and erases the mask otherwise.
    """

    def __init__(self, document: CanvasDocument, tools: ToolBox, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tools = document, tools
        self._stroke: Stroke | None = None
        self._edit: LayerEdit | None = None
        self._layer = MASK
        self._words = ""
        self._spare: Pixels | None = None  # memory of the stroke before
        self._last: QPointF | None = None  # the end of the stroke before
        document.document_replaced.connect(self._forget)

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke."""
        if self._document.is_empty():
            return
        tools = self._tools
        if pointer.is_alt and tools.target == PAINT:
            pick_colour(self._document, tools, pointer.at)
            return
        self._layer = tools.target
        is_erasing = tools.tool is ToolName.ERASER or pointer.is_eraser or pointer.is_alt
        self._words = f"{'Erase' if is_erasing else 'Brush'} {_LAYER_WORDS[self._layer]}"
        self._edit = self._document.edit(self._layer)
        self._stroke = Stroke(self._edit, tools.brush, is_erasing=is_erasing, colour=tools.colour,
                              spare=self._spare)  # fmt: skip
        if pointer.is_shift and self._last is not None:
            self._stroke.move_to(self._last.x(), self._last.y(), pointer.pressure)
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Continue the stroke."""
        if self._stroke is None:
            return
        self._stroke.move_to(pointer.at.x(), pointer.at.y(), pointer.pressure)
        for part in self._stroke.parts:
            self._document.notify(self._layer, part)

    def release(self, pointer: Pointer) -> None:
        """End the stroke: one step of the history."""
        if self._stroke is None or self._edit is None:
            return
        self._last = pointer.at
        edit, self._spare = self._edit, self._stroke.end()
        self._stroke = self._edit = None
        self._document.commit(self._words, self._layer, edit)

    def cancel(self) -> None:
        """Take the unfinished stroke back."""
        if self._stroke is not None and self._edit is not None:
            self._spare = self._stroke.end()  # blank again, or the next stroke would show this one
            self._document.cancel(self._layer, self._edit)
        self._stroke = self._edit = None

    def hover(self, pointer: Pointer) -> None:
        """Nothing to do: the outline follows by itself."""

    def cursor(self) -> Qt.CursorShape:
        """None: the outline is the cursor."""
        return Qt.CursorShape.BlankCursor

    def marks_rect(self, view: CanvasView, pointer: Pointer | None) -> QRectF:
        """The outline's rectangle."""
        if pointer is None:
            return QRectF()
        reach = max(self._radius(view), 2 * _CROSS)
        at = pointer.on_view
        return padded(QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach))

    def draw_marks(self, painter: QPainter, view: CanvasView, pointer: Pointer | None) -> None:
        """A circle as large as the brush; a cross where the circle would be too small."""
        if pointer is None:
            return
        path, radius = QPainterPath(), self._radius(view)
        if radius * 2 >= _CROSS:
            path.addEllipse(pointer.on_view, radius, radius)
        if radius * 2 < 2 * _CROSS:
            at = pointer.on_view
            for dx, dy in ((_CROSS, 0.0), (0.0, _CROSS)):
                path.moveTo(at - QPointF(dx, dy) * 2)
                path.lineTo(at - QPointF(dx, dy))
                path.moveTo(at + QPointF(dx, dy))
                path.lineTo(at + QPointF(dx, dy) * 2)
        draw_outline(painter, path)

    def _radius(self, view: CanvasView) -> float:
        return self._tools.brush.size / 2 * view.transform.scale

    def _forget(self) -> None:
        self._stroke = self._edit = self._last = self._spare = None
