"""The tree of takes: each take a line from noise to picture, forks hang at the step they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip, QWidget

from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.state.filmstrip.branches import Branches
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.tree import Node, NodeState, Placed, layout
from studio.ui.filmstrip.geometry import BEND_HANDLES, bend
from studio.ui.filmstrip.name_edit import NameEdit
from studio.ui.plain import one_line, plain_tip
from studio.ui.qimage import fitted, to_qimage
from studio.ui.theme import color

ROW, ROW_MIN = 60, 42  # px; rows give way before the tree scrolls
FACE, FACE_GAP = 44, 12  # px, side of a thumbnail; what lies between two
EDGE = 8
LEFT, RIGHT = 18, 12
_BEND = 26  # px, width of a fork's curve


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """What a face was made from: another frame, picture or polish makes it anew."""

    own: Sequence[Frame]
    length: int
    pixels: Pixels | None
    state: NodeState

    def is_same(self, other: _Source) -> bool:
        """Identity, not equality: comparing pictures would take longer than painting them."""
        is_same = self.own is other.own and self.pixels is other.pixels
        return is_same and (self.length, self.state) == (other.length, other.state)


class TreeView(QAbstractScrollArea):
    """Click moves to a take, F2 renames it, Delete puts its branch into the trash.

    Signals:
        compare_asked(Node): compare the shown take with this one.
    """

    compare_asked = Signal(object)

    def __init__(
        self, filmstrip: Filmstrip, branches: Branches, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("takeTree")
        self.setAccessibleName("Tree of takes")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._strip, self._branches = filmstrip, branches
        self._placed: list[Placed] = []
        self._begins: list[QPointF] = []  # of each row's line, from the middle of the first row
        self._row = ROW
        self._faces: dict[int, tuple[_Source, QPixmap | None]] = {}
        self._hovered: Node | None = None
        self._renamed: Node | None = None
        self._seen: Node | None = None  # the take that was shown last
        self.editor = NameEdit(self.viewport())
        self.editor.editingFinished.connect(self._end_rename)
        self.editor.given_up.connect(self._give_up)
        self.editor.hide()
        filmstrip.tree.tree_changed.connect(self.refresh)
        filmstrip.take_shown.connect(self._on_shown)
        filmstrip.model.current_changed.connect(self.viewport().update)
        self.refresh()

    def sizeHint(self) -> QSize:
        """Three takes."""
        return QSize(280, 3 * ROW + 16)

    @Slot()
    def refresh(self) -> None:
        """The family of the shown take, newest state."""
        node, tree = self._strip.node, self._strip.tree
        self._placed = layout(tree, tree.root_of(node)) if node is not None else []
        bar, room = self.verticalScrollBar(), self.viewport().height()
        count = max(1, len(self._placed))
        self._row = max(ROW_MIN, min(ROW, (room - 2 * EDGE) // count))
        self._begins = []
        for placed in self._placed:  # a take comes before its forks
            self._begins.append(self._begin(placed) - QPointF(0, self._y(0)))
        bar.setRange(0, max(0, len(self._placed) * self._row + 2 * EDGE - room))
        bar.setPageStep(room)
        bar.setSingleStep(self._row // 2)
        self.viewport().update()

    def resizeEvent(self, event: object) -> None:
        """The scroll range follows."""
        self.refresh()

    @Slot()
    def _on_shown(self) -> None:
        """Another take is shown: its row comes into view, unless the mouse is on it already."""
        self.refresh()
        node, placed = self._strip.node, self._placed_of(self._strip.node)
        if placed is not None and node not in (self._seen, self._hovered):
            bar, top = self.verticalScrollBar(), EDGE + placed.row * self._row
            lowest = top + self._row + EDGE - self.viewport().height()
            bar.setValue(max(lowest, min(bar.value(), top - EDGE)))
        self._seen = node

    # ------------------------------------------------------------ geometry
    def _y(self, row: int) -> int:
        return EDGE + row * self._row + self._row // 2 - self.verticalScrollBar().value()

    def _x(self, index: int, total: int) -> float:
        span = self.viewport().width() - LEFT - RIGHT - self._side - 10
        return LEFT + max(40, span) * index / max(1, total)

    def _placed_of(self, node: Node | None) -> Placed | None:
        return next((p for p in self._placed if p.node is node), None)

    def _begin(self, placed: Placed) -> QPointF:
        """Where a take's line begins: at the noise, or on the line that it left."""
        if placed.forked_at is not None and placed.parent_row is not None:
            return self._at(self._placed[placed.parent_row], placed.forked_at)
        is_whole = placed.node.parent is not None or not placed.node.has_steps
        first = 0 if is_whole else placed.node.first
        return QPointF(self._x(first, placed.node.total), self._y(placed.row))

    def _at(self, placed: Placed, index: int) -> QPointF:
        """Where a step (from 0) lies on a take's line. A fork's own steps share what is left."""
        node, y = placed.node, self._y(placed.row)
        if placed.forked_at is None or placed.row >= len(self._begins):
            return QPointF(self._x(index, node.total), y)
        start = self._begins[placed.row] + QPointF(0, self._y(0))
        share = (index - placed.forked_at) / max(1, node.total - placed.forked_at)
        across = max(0.0, min(1.0, share)) * max(_BEND, self._x(1, 1) - start.x())
        down = bend(across / _BEND) if across < _BEND else 1.0
        return QPointF(start.x() + across, start.y() + down * (y - start.y()))

    def _face_rect(self, row: int) -> QRectF:
        side = self._side
        return QRectF(self.viewport().width() - RIGHT - side, self._y(row) - side / 2, side, side)

    @property
    def _side(self) -> int:
        return min(FACE, self._row - FACE_GAP)

    def node_at(self, point: QPoint) -> Node | None:
        """The take whose row is under a point of the viewport."""
        row = (point.y() + self.verticalScrollBar().value() - EDGE) // self._row
        return self._placed[row].node if 0 <= row < len(self._placed) else None

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines first, then what lies on them."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), color("panel"))
        if not self._placed:
            self._paint_invitation(painter)
            return
        line = self._line_to_shown()
        for placed in sorted(self._placed, key=lambda p: p.node in line):
            self._paint_line(painter, placed, is_lit=placed.node in line)
        for placed in self._placed:
            self._paint_face(painter, placed)
            self._paint_words(painter, placed)
        self._paint_scrubber(painter)

    def _paint_invitation(self, painter: QPainter) -> None:
        painter.setPen(color("muted"))
        place = self.viewport().rect().adjusted(16, 8, -16, -8)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(place, int(flags), "Takes appear here. Fork one at any step with F: "
                         "its branches hang from the step they left.")  # fmt: skip

    def _line_to_shown(self) -> set[Node]:
        """The shown take and those that it was forked from."""
        node, line = self._strip.node, set[Node]()
        while node is not None and node not in line:
            line.add(node)
            node = self._strip.tree.parent_of(node)
        return line

    def _paint_line(self, painter: QPainter, placed: Placed, *, is_lit: bool) -> None:
        node, y = placed.node, float(self._y(placed.row))
        is_shown = node is self._strip.node
        ink = color("accent") if is_shown else color("text" if is_lit else "strong_line")
        end = self._face_rect(placed.row).left() - 4
        if node.state in (NodeState.CANCELLED, NodeState.RUNNING) and node.own:
            end = min(end, self._at(placed, node.own[-1].index).x())
        start = self._begin(placed)
        path = QPainterPath(start)
        if placed.forked_at is not None and start.y() != y:
            x, (ahead, behind) = start.x(), BEND_HANDLES
            path.cubicTo(x + ahead * _BEND, start.y(), x + behind * _BEND, y, x + _BEND, y)
            end = max(end, start.x() + _BEND)
        path.lineTo(end, y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(ink, 2.0 if is_shown else 1.5)
        if node.state is NodeState.CANCELLED:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("text" if is_lit else "muted"))
        painter.drawEllipse(path.pointAtPercent(0), 3, 3)

    def _paint_face(self, painter: QPainter, placed: Placed) -> None:
        node, place = placed.node, self._face_rect(placed.row)
        face = self._face(node)
        if face is not None:
            place = fitted(place, face.size())
            painter.drawPixmap(place.toRect(), face)
        else:
            painter.setPen(QPen(color("line"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, 4, 4)
        is_shown = node is self._strip.node
        if is_shown or node is self._hovered:
            painter.setPen(QPen(color("accent" if is_shown else "muted"), 2 if is_shown else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), 4, 4)

    def _face(self, node: Node) -> QPixmap | None:
        source = _Source(node.own, len(node.own), node.pixels, node.state)
        known = self._faces.get(id(node))
        if known is None or not known[0].is_same(source):
            pixels = node.thumbnail  # may have to be decoded
            face = None if pixels is None else self._scaled(pixels)
            known = self._faces[id(node)] = (source, face)
        return known[1]

    def _scaled(self, pixels: Pixels) -> QPixmap:
        image = to_qimage(pixels).scaled(
            QSize(FACE, FACE) * self.devicePixelRatioF(),
            Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        return QPixmap.fromImage(image)

    def _paint_words(self, painter: QPainter, placed: Placed) -> None:
        """The take's name over its line; under it, for a fork, the step it left."""
        node, y = placed.node, self._y(placed.row)
        left = self._words_left(placed)
        room = int(self._face_rect(placed.row).left()) - left - 10
        metrics = painter.fontMetrics()
        if room < 30:
            return
        is_shown = node is self._strip.node
        painter.setPen(color("text" if is_shown else "muted"))
        title = one_line(self._strip.tree.title(node), 120)
        painter.drawText(left, y - 6, metrics.elidedText(title, Qt.TextElideMode.ElideRight, room))
        under = [] if placed.forked_at is None else [f"step {placed.forked_at + 1}"]
        if node.state is not NodeState.FINISHED:
            under.append(node.state.value)
        if not node.has_steps:
            under.append("previews only" if node.take is not None else "no strip")
        if under:
            painter.setPen(color("muted"))
            words = metrics.elidedText(" · ".join(under), Qt.TextElideMode.ElideRight, room)
            painter.drawText(left, y + metrics.ascent() + 3, words)

    def _words_left(self, placed: Placed) -> int:
        if placed.forked_at is None:
            return LEFT + 6
        return round(self._begins[placed.row].x()) + _BEND + 4

    def _paint_scrubber(self, painter: QPainter) -> None:
        """Where the scrubber is on the shown take's line, also on the part it inherited."""
        frame, node = self._strip.frame, self._strip.node
        if frame is None or node is None:
            return
        holder = self._strip.tree.holder(node, frame.index) or node
        placed = self._placed_of(holder)
        if placed is None or frame.index >= frame.total:
            return
        painter.setPen(QPen(color("panel"), 2))
        painter.setBrush(color("accent"))
        painter.drawEllipse(self._at(placed, frame.index), 5, 5)

    # ------------------------------------------------------------ mouse and keys
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the take under the mouse."""
        node = self.node_at(event.position().toPoint())
        if node is not self._hovered:
            self._hovered = node
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """The whole name on hover: rows are narrow."""
        if isinstance(event, QHelpEvent):
            node = self.node_at(event.pos())
            title = self._strip.tree.title(node) if node is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(title), self)
            return True
        return bool(super().viewportEvent(event))

    def leaveEvent(self, event: object) -> None:
        """No take is lit."""
        self._hovered = None
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move to the take under the mouse."""
        node = self.node_at(event.position().toPoint())
        if node is not None and event.button() == Qt.MouseButton.LeftButton:
            self._branches.show(node)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The press has done it."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the take under the mouse."""
        self.rename(self.node_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """↑/↓ move, F2 renames, Delete deletes."""
        nodes: Sequence[Node] = [p.node for p in self._placed]
        here = self._strip.node
        at = nodes.index(here) if here in nodes else -1
        match event.key():
            case Qt.Key.Key_Up if at > 0:
                self._branches.show(nodes[at - 1])
            case Qt.Key.Key_Down if 0 <= at < len(nodes) - 1:
                self._branches.show(nodes[at + 1])
            case Qt.Key.Key_F2:
                self.rename(here)
            case Qt.Key.Key_Delete if here is not None:
                self._branches.delete(here)
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the take under the mouse."""
        node = self.node_at(event.pos())
        if node is None:
            return
        menu = QMenu(self)
        show, rename = menu.addAction("Show"), menu.addAction("Rename…")
        compare = menu.addAction("Compare with the shown take")
        compare.setEnabled(node is not self._strip.node)
        menu.addSeparator()
        delete = menu.addAction("Delete with its forks")
        chosen = menu.exec(event.globalPos())
        if chosen is show:
            self._branches.show(node)
        elif chosen is rename:
            self.rename(node)
        elif chosen is compare:
            self.compare_asked.emit(node)
        elif chosen is delete:
            self._branches.delete(node)

    def rename(self, node: Node | None) -> None:
        """Edit the name in place; an empty one goes back to the words for what was changed."""
        placed = self._placed_of(node)
        if placed is None or node is None:
            return
        left, y = self._words_left(placed), self._y(placed.row)
        width = int(self._face_rect(placed.row).left()) - left - 8
        self._renamed = node
        self.editor.setText(node.name)
        self.editor.setPlaceholderText(one_line(self._strip.tree.title(node), 60))
        self.editor.setGeometry(left - 6, y - 26, max(90, width), 26)
        self.editor.show()
        self.editor.setFocus()
        self.editor.selectAll()

    @Slot()
    def _give_up(self) -> None:
        self._renamed = None
        self.editor.hide()
        self.setFocus()

    @Slot()
    def _end_rename(self) -> None:
        node, self._renamed = self._renamed, None
        if node is None:
            return
        self.editor.hide()
        self.setFocus()
        if self.editor.text() != node.name:
            self._branches.rename(node, self.editor.text())
