"""The map: two named axes, every picture in its place; draw a loop round some to name them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLineEdit, QPushButton, QToolTip, QVBoxLayout, QWidget

from studio.concepts.concepts import MapPoint
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.concepts.words_panel import MARGINS
from studio.ui.controls import STEP, row_of
from studio.ui.plain import one_line, plain_label, plain_tip, set_plain_tip
from studio.ui.theme import color

SIDE = 34  # px of a thumbnail
DRAWN_MAX = 400  # thumbnails; the rest are dots
REACH = 1.6  # of the axes, in the map's units
EMPTY = "Name two axes, such as desert − snow and hat − crown: your pictures fall into place."


class MapView(QWidget):
    """Thumbnails by two scores. Drag a loop to choose pictures.

    Signals:
        chosen(list): names of the pictures inside the loop.
    """

    chosen = Signal(list)

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room, self._thumbs = room, thumbs
        self._loop: list[QPointF] = []
        self.inside: set[str] = set()
        self.setObjectName("conceptMap")
        self.setMinimumSize(180, 160)
        self.setMouseTracking(True)
        self.setAccessibleName("Map of pictures")
        room.points_changed.connect(self._refresh)
        thumbs.arrived.connect(self.update)

    def sizeHint(self) -> QSize:
        """Square, if there is room."""
        return QSize(280, 260)

    @Slot()
    def _refresh(self) -> None:
        self.inside = set()
        self.update()

    def place_of(self, point: MapPoint) -> QPointF:
        """Where a picture is drawn."""
        room = QRectF(self.rect()).adjusted(SIDE, SIDE, -SIDE, -SIDE)
        x = min(max(point.x / REACH, -1.0), 1.0)
        y = min(max(point.y / REACH, -1.0), 1.0)
        return QPointF(room.center().x() + x * room.width() / 2,
                       room.center().y() - y * room.height() / 2)  # fmt: skip

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axes with their names, pictures, loop."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        points = self._room.points
        if not points:
            painter.setPen(color("muted"))
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), Qt.AlignmentFlag.AlignCenter
                             | Qt.TextFlag.TextWordWrap, EMPTY)  # fmt: skip
            return
        self._paint_axes(painter)
        for number, point in enumerate(points):
            self._paint_point(painter, point, is_small=number >= DRAWN_MAX)
        if self._loop:
            painter.setPen(QPen(color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(self._loop))

    def _paint_axes(self, painter: QPainter) -> None:
        middle = QRectF(self.rect()).center()
        painter.setPen(QPen(color("line"), 1))
        painter.drawLine(QPointF(0, middle.y()), QPointF(self.width(), middle.y()))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        painter.setPen(color("muted"))
        across, up = (one_line(text, 30) for text in self._room.axes)
        painter.drawText(QRect(0, int(middle.y()) - 18, self.width() - 6, 16),
                         Qt.AlignmentFlag.AlignRight, f"{across} →")  # fmt: skip
        painter.drawText(QPoint(int(middle.x()) + 6, 14), f"↑ {up}")

    def _paint_point(self, painter: QPainter, point: MapPoint, *, is_small: bool) -> None:
        place = self.place_of(point)
        is_chosen = point.item.reference in self.inside
        if is_small:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent" if is_chosen else "strong_line"))
            painter.drawEllipse(place, 2.5, 2.5)
            return
        box = QRectF(place.x() - SIDE / 2, place.y() - SIDE / 2, SIDE, SIDE)
        cached = self._room.concepts.thumbnails.path(point.item.reference, point.item.mtime_ns)
        picture = self._thumbs.get(point.item.reference, str(cached))
        if picture is None:
            painter.fillRect(box, color("raised"))
        else:
            painter.drawPixmap(box, picture, QRectF(picture.rect()))
        if is_chosen:
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a loop."""
        self._loop = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the loop."""
        if self._loop and event.buttons() & Qt.MouseButton.LeftButton:
            self._loop.append(event.position())
            self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Choose what lies inside."""
        loop, self._loop = QPolygonF(self._loop), []
        rule = Qt.FillRule.OddEvenFill
        names = [point.item.reference for point in self._room.points
                 if loop.containsPoint(self.place_of(point), rule)]  # fmt: skip
        self.inside = set(names)
        self.update()
        self.chosen.emit(names)

    def nearest(self, place: QPointF) -> MapPoint | None:
        """The picture under the mouse."""
        found = [(p, self.place_of(p) - place) for p in self._room.points[:DRAWN_MAX]]
        hit = [p for p, offset in found
               if max(abs(offset.x()), abs(offset.y())) < SIDE / 2]  # fmt: skip
        return hit[-1] if hit else None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show a picture large."""
        point = self.nearest(event.position())
        if point is not None:
            self._room.studio.filmstrip.open_picture(Path(point.item.file))

    def event(self, event: object) -> bool:
        """Names on hover."""
        if isinstance(event, QHelpEvent):
            point = self.nearest(QPointF(event.pos()))
            if point is not None:
                QToolTip.showText(event.globalPos(), plain_tip(point.item.reference), self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]


class MapPanel(QWidget):
    """Two lines for the axes, the map, and what to do with a loop."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.across, self.up = QLineEdit(), QLineEdit()
        for edit, name, words in ((self.across, "mapAcross", "across: desert - snow"),
                                  (self.up, "mapUp", "up: hat - crown")):  # fmt: skip
            edit.setObjectName(name)
            edit.setPlaceholderText(words)
            edit.setAccessibleName(words.split(":")[0].capitalize() + " axis")
            set_plain_tip(edit, "An expression; Enter places the pictures.")
            edit.returnPressed.connect(self._ask)
        self.view = MapView(room, thumbs)
        self.view.chosen.connect(self._on_chosen)
        self._names: list[str] = []
        self._words = plain_label(role="muted")
        self._name = QPushButton("Name these")
        self._name.setEnabled(False)
        set_plain_tip(self._name, "Words for the pictures inside the loop.")
        self._name.clicked.connect(self._name_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(STEP)
        column.addLayout(row_of(self.across, self.up, spacing=STEP))
        column.addWidget(self.view, 1)
        line = row_of(self._words, self._name, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)

    @Slot()
    def _ask(self) -> None:
        across, up = self.across.text().strip(), self.up.text().strip()
        if across and up:
            self._room.open()
            self._room.ask_map(across, up)

    @Slot(list)
    def _on_chosen(self, names: list[str]) -> None:
        self._names = names
        self._words.setText(f"{len(names)} chosen" if names else "")
        self._name.setEnabled(bool(names))

    @Slot()
    def _name_chosen(self) -> None:
        self._room.bar.compare(self._names[:64], [])
