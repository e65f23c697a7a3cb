"""The context frame: what the model sees. Dragging an edge beyond the picture outpaints."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from studio.state.canvas.frame import SIDE_MIN, FrameState
from studio.ui.canvas.tools.base import Pointer
from studio.ui.canvas.tools.marks import draw_outline, padded
from studio.ui.canvas.view import CanvasView

_GRIP = 9.0  # px around a handle in which it is grabbed
_HANDLE = 4.0  # px, half a handle's side
_NEW_GROUND = QColor(255, 255, 255, 26)
_CURSORS = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor, (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor, (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor, (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor, (0, 1): Qt.CursorShape.SizeVerCursor,
    (0, 0): Qt.CursorShape.SizeAllCursor,
}  # fmt: skip
Side = tuple[int, int]  # -1 left/top, 0 middle, 1 right/bottom; (0, 0) = the whole frame


class FrameTool(QObject):
    """Moves the frame, or one of its edges and corners; Shift keeps its shape."""

    def __init__(self, frame: FrameState, view: CanvasView) -> None:
        super().__init__(view)
        self._frame, self._view = frame, view
        self._side: Side | None = None
        self._from = QPointF()
        self._before = QRect()
        self._was_set: QRect | None = None
        self._hovered: Side | None = None

    def press(self, pointer: Pointer) -> None:
        """Grab the edge, corner or inside under the pointer."""
        self._before = self._frame.shown()
        self._was_set = self._frame.rect
        self._side = self._side_at(pointer) if self._before.isValid() else None
        self._from = pointer.at

    def move(self, pointer: Pointer) -> None:
        """Drag what was grabbed."""
        if self._side is None:
            return
        moved = pointer.at - self._from
        rect = dragged(self._before, self._side, round(moved.x()), round(moved.y()))
        if pointer.is_shift and self._side != (0, 0):
            rect = _same_shape(rect, self._before, self._side)
        self._frame.set_rect(rect)

    def release(self, pointer: Pointer) -> None:
        """Let go."""
        self.move(pointer)
        self._side = None

    def cancel(self) -> None:
        """Put the frame back."""
        if self._side is not None:
            self._side = None
            self._frame.set_rect(self._was_set)

    def hover(self, pointer: Pointer) -> None:
        """Show what would be grabbed."""
        self._hovered = self._side_at(pointer) if self._frame.shown().isValid() else None

    def cursor(self) -> Qt.CursorShape:
        """Arrows in the direction in which it can be dragged."""
        side = self._side if self._side is not None else self._hovered
        return Qt.CursorShape.ArrowCursor if side is None else _CURSORS[side]

    def marks_rect(self, _view: CanvasView, _pointer: Pointer | None) -> QRectF:
        """The frame repaints itself."""
        return QRectF()

    def draw_marks(self, painter: QPainter, view: CanvasView, pointer: Pointer | None) -> None:
        """The handles; the frame itself is drawn by `draw_frame` with every tool."""
        rect = self._frame.shown()
        path = QPainterPath()
        for side in _CURSORS:
            if side != (0, 0) and rect.isValid():
                at = view.transform.to_view(_place(rect, side))
                path.addRect(at.x() - _HANDLE, at.y() - _HANDLE, 2 * _HANDLE, 2 * _HANDLE)
        draw_outline(painter, path)

    def _side_at(self, pointer: Pointer) -> Side | None:
        rect = self._frame.shown()
        near = sorted(
            (_distance(self._view.transform.to_view(_place(rect, side)), pointer.on_view), side)
            for side in _CURSORS
            if side != (0, 0)
        )
        if near[0][0] <= _GRIP:
            return near[0][1]
        reach = _GRIP / self._view.transform.scale
        at, whole = pointer.at, QRectF(rect)
        if not whole.adjusted(-reach, -reach, reach, reach).contains(at):
            return None
        x = _edge(at.x(), whole.left(), whole.right(), reach)
        y = _edge(at.y(), whole.top(), whole.bottom(), reach)
        return x, y


def draw_frame(painter: QPainter, view: CanvasView, rect: QRect, picture: QRect) -> None:
    """The frame's dashed outline, and a light veil over ground that is not picture yet."""
    matrix = view.transform.matrix()
    outline = QPainterPath()
    outline.addRect(QRectF(rect))
    if not picture.contains(rect):
        known = QPainterPath()
        known.addRect(QRectF(picture))
        painter.fillPath(matrix.map(outline.subtracted(known)), _NEW_GROUND)
    draw_outline(painter, matrix.map(outline), is_dashed=True)


def frame_area(view: CanvasView, rect: QRect) -> QRect:
    """What of the view shows the frame, in logical pixels."""
    return padded(view.transform.matrix().mapRect(QRectF(rect))).toAlignedRect()


def dragged(rect: QRect, side: Side, dx: int, dy: int) -> QRect:
    """`rect` with one side moved, never smaller than SIDE_MIN; (0, 0) moves all of it."""
    if side == (0, 0):
        return rect.translated(dx, dy)
    left, top, right, bottom = rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1
    left = min(left + dx, right - SIDE_MIN) if side[0] < 0 else left
    right = max(right + dx, left + SIDE_MIN) if side[0] > 0 else right
    top = min(top + dy, bottom - SIDE_MIN) if side[1] < 0 else top
    bottom = max(bottom + dy, top + SIDE_MIN) if side[1] > 0 else bottom
    return QRect(left, top, right - left, bottom - top)


def _same_shape(rect: QRect, before: QRect, side: Side) -> QRect:
    """The dragged rectangle with the old one's proportions, anchored at the other side."""
    share = max(rect.width() / before.width(), rect.height() / before.height()) \
        if all(side) else (rect.width() / before.width() if side[0] else
                           rect.height() / before.height())  # fmt: skip
    share = max(share, SIDE_MIN / min(before.width(), before.height()))
    width, height = round(before.width() * share), round(before.height() * share)
    left = rect.right() + 1 - width if side[0] < 0 else rect.left()
    top = rect.bottom() + 1 - height if side[1] < 0 else rect.top()
    return QRect(left, top, width, height)


def _place(rect: QRect, side: Side) -> QPointF:
    whole = QRectF(rect)
    return QPointF(
        whole.center().x() + side[0] * whole.width() / 2,
        whole.center().y() + side[1] * whole.height() / 2,
    )


def _distance(a: QPointF, b: QPointF) -> float:
    return max(abs(a.x() - b.x()), abs(a.y() - b.y()))


def _edge(value: float, low: float, high: float, reach: float) -> int:
    if abs(value - low) <= reach:
        return -1
    return 1 if abs(value - high) <= reach else 0
