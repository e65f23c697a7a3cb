"""The results of the canvas side by side, large, beside the picture as it was: look and pick one.

All tiles show the same part, zoomed and moved together, so that like is compared with like.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.state.canvas.candidates import Candidate
from studio.state.canvas.room import CanvasRoom
from studio.ui.canvas.chips import Choice, paint_chip
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.transform import ZOOM_STEP
from studio.ui.canvas.wall_layout import Seen, around, neighbour, tile_rects
from studio.ui.theme import color

_EDGE = 10  # px between the chips and the border
_RING = 3  # px, around the chosen tile
_DRAG_FROM = 4  # px
_MOVES = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1),
          Qt.Key.Key_Down: (0, 1)}  # fmt: skip
_OWN_KEYS = frozenset({*_MOVES, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape,
                       Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End,
                       *(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))})  # fmt: skip
_AROUND, _WHOLE = "Around the change", "Whole picture"


class CandidateWall(QWidget):
    """Tile 0 is the picture before; the others are the candidates, oldest first.

    Signals:
        left(): Escape: back to the canvas.
    """

    left = Signal()

    def __init__(self, room: CanvasRoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("candidateWall")
        self.setAccessibleName("Results side by side")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._room, self._candidates = room, room.candidates
        self._before: Pyramid | None = None
        self._pyramids: dict[int, tuple[Candidate, Pyramid]] = {}
        self._tiles: list[QRect] = []
        self._seen = Seen(QRectF(0, 0, 1, 1), QRectF(0, 0, 1, 1))
        self._hovered: int | None = None
        self._drag: QPointF | None = None
        self._has_dragged = False
        self.choice = Choice((_AROUND, _WHOLE), self)
        self.choice.chosen.connect(self._look_at)
        self._candidates.candidates_changed.connect(self._refresh)
        self._candidates.current_changed.connect(self._on_current)

    # ---------------------------------------------------------------- what is shown
    @Slot()
    def begin(self) -> None:
        """Take the canvas as it is now, and show what has been made for it."""
        document = self._room.document
        self._before = None if document.is_empty() else Pyramid(document.composite())
        self._look_at(0)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def end(self) -> None:
        """Free the memory; nothing is shown."""
        self._before, self._hovered, self._drag = None, None, None
        self._pyramids.clear()
        self._candidates.compare(False)

    @Slot(int)
    def _look_at(self, number: int) -> None:
        whole, frame = QRectF(self._whole()), QRectF()
        for item in self._candidates.items:
            frame |= QRectF(item.asked.frame)
        is_part = number == 0 and not frame.isEmpty()
        self._seen = Seen(whole, around(frame, whole) if is_part else QRectF(whole))
        self.choice.setVisible(around(frame, whole) != whole)
        self.choice.set_current(number)
        self._refresh()

    def _whole(self) -> QRect:
        size = self._room.document.size()
        whole = QRect(0, 0, max(size.width(), 1), max(size.height(), 1))
        for item in self._candidates.items:
            whole |= item.place()
        return whole

    @Slot()
    def _refresh(self) -> None:
        """Lay the tiles out anew: more candidates, another size, another part."""
        if self._before is None:
            return
        count = len(self._candidates.items) + 1
        self._tiles = tile_rects(count, self.size(), self._seen.part.size())
        self.choice.adjustSize()
        self.choice.move(self.width() - self.choice.width() - _EDGE,
                         self.height() - self.choice.height() - _EDGE)  # fmt: skip
        self._on_current()

    @Slot()
    def _on_current(self) -> None:
        if self._before is not None:
            self.setAccessibleDescription(self.label(self._chosen()))
            self.update()

    def label(self, tile: int) -> str:
        """A tile in words."""
        items = self._candidates.items
        if not 0 < tile <= len(items):
            return "The picture as it was"
        return f"Result {tile} of {len(items)}, seed {items[tile - 1].seed}"

    def tiles(self) -> list[QRect]:
        """Where the tiles lie, the picture before first."""
        return list(self._tiles)

    def _chosen(self) -> int:
        index = self._candidates.index
        return 0 if index is None else index + 1

    # ---------------------------------------------------------------- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles, their labels, and the ring around the chosen one."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), color("canvas"))
        for number, tile in enumerate(self._tiles):
            if tile.adjusted(-_RING, -_RING, _RING, _RING).intersects(event.rect()):
                self._draw_tile(painter, number, tile)

    def _draw_tile(self, painter: QPainter, number: int, tile: QRect) -> None:
        items = self._candidates.items
        is_chosen, is_before = number == self._chosen(), number == 0
        is_compared = is_chosen and self._candidates.is_comparing
        painter.save()
        painter.setClipRect(tile)
        if is_before or is_compared or number > len(items):
            self._draw_picture(painter, self._before, QRect(), tile)
        else:
            self._draw_picture(painter, self._pyramid(items[number - 1]),
                               items[number - 1].place(), tile)  # fmt: skip
        painter.restore()
        is_named = is_chosen or number == self._hovered
        corner = QPointF(tile.left() + 8, tile.top() + 8)
        paint_chip(painter, corner, "Before" if is_before or is_compared else str(number))
        if is_named and not is_before and number <= len(items):
            seed = f"seed {items[number - 1].seed}"
            paint_chip(painter, QPointF(tile.left() + 8, tile.bottom() - 8), seed, is_above=True)
        if is_chosen or number == self._hovered:
            self._draw_ring(painter, tile, is_chosen=is_chosen)

    def _draw_picture(
        self, painter: QPainter, pyramid: Pyramid | None, place: QRect, tile: QRect
    ) -> None:
        if pyramid is None:
            return
        scale = tile.width() / self._seen.part.width()
        matrix = QTransform.fromTranslate(tile.x(), tile.y())
        matrix.scale(scale, scale)
        matrix.translate(-self._seen.part.x(), -self._seen.part.y())
        matrix.translate(place.x(), place.y())
        pyramid.draw(painter, matrix, scale * self.devicePixelRatioF(), tile)

    def _draw_ring(self, painter: QPainter, tile: QRect, *, is_chosen: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ink = color("accent") if is_chosen else QColor(255, 255, 255, 110)
        painter.setPen(QPen(ink, _RING if is_chosen else 1))
        out = _RING / 2 if is_chosen else 0.5
        painter.drawRoundedRect(QRectF(tile).adjusted(-out, -out, out, out), 4, 4)

    def _pyramid(self, item: Candidate) -> Pyramid:
        if id(item) not in self._pyramids:
            self._pyramids[id(item)] = (item, Pyramid(item.picture))  # the id stays its own
        return self._pyramids[id(item)][1]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As large as there is room."""
        super().resizeEvent(event)
        self._refresh()

    # ---------------------------------------------------------------- pointer
    def _tile_at(self, at: QPointF) -> int | None:
        return next((i for i, tile in enumerate(self._tiles) if tile.contains(at.toPoint())), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the pictures, or to choose one."""
        self._drag, self._has_dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the pictures, or show which tile is pointed at."""
        at, hovered = event.position(), self._tile_at(event.position())
        if self._drag is not None and self._tiles:
            moved = at - self._drag
            if self._has_dragged or moved.manhattanLength() >= _DRAG_FROM:
                self._has_dragged = True
                self._drag = at
                self._seen.pan(moved, self._tiles[0])
                self.update()
        elif hovered != self._hovered:
            self._hovered = hovered
            is_hand = hovered is not None
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if is_hand else Qt.CursorShape.ArrowCursor
            )
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the tile, unless the pictures were moved."""
        if self._drag is None:  # the end of a double click: its result is on the canvas by now
            return
        tile, was_dragged = self._tile_at(event.position()), self._has_dragged
        self._drag, self._has_dragged = None, False
        if tile is not None and not was_dragged and event.button() == Qt.MouseButton.LeftButton:
            self._choose(tile)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the tile's result; on the picture before, go back to it."""
        tile = self._tile_at(event.position())
        if tile is not None:
            self._choose(tile)
            self._take()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom all tiles at the cursor."""
        tile = self._tile_at(event.position())
        if tile is not None and event.angleDelta().y():
            factor = ZOOM_STEP ** (event.angleDelta().y() / 120)
            self._seen.zoom(factor, event.position(), self._tiles[tile])
            self.update()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    # ---------------------------------------------------------------- keys
    def event(self, event: QEvent) -> bool:
        """Keys that choose are the wall's own, not the window's."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if is_plain and event.key() in _OWN_KEYS:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and numbers choose, Enter takes, Space shows the picture before, Escape leaves."""
        key = Qt.Key(event.key())
        last = len(self._tiles) - 1
        if key in _MOVES and self._tiles:
            self._choose(neighbour(self._tiles, self._chosen(), *_MOVES[key]))
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and key - Qt.Key.Key_0 <= last:
            self._choose(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(1 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif key == Qt.Key.Key_Space:
            self._candidates.compare(True)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is up: the result again."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._candidates.compare(False)
        else:
            super().keyReleaseEvent(event)

    def _choose(self, tile: int) -> None:
        self._candidates.show(tile - 1 if tile > 0 else None)

    def _take(self) -> None:
        if not self._candidates.take():
            self.left.emit()
