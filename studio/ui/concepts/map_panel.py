"""The map: two named axes, every picture in its place; draw a loop round some to name them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QPushButton, QToolTip, QVBoxLayout, QWidget

from studio.concepts.concepts import MapPoint
from studio.concepts.expression import ExpressionError, parse
from studio.state.concepts.room import MAP, ConceptRoom
from studio.ui.concepts.hits_view import show_item
from studio.ui.concepts.keeping import keep_pictures
from studio.ui.concepts.mistake_edit import MistakeEdit
from studio.ui.concepts.reading_line import as_soon
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.controls import STEP, row_of
from studio.ui.plain import one_line, plain_label, plain_tip, set_plain_tip
from studio.ui.qimage import fitted
from studio.ui.theme import color

SIDE_MIN, SIDE_MAX = 22, 56  # px of a thumbnail
DRAWN_MAX = 400  # thumbnails; the rest are dots
REACH = 1.6  # of the axes, in the map's units
END_MAX = 30  # characters at the end of an axis
AXIS_HINT = "An expression; Enter places the pictures."
LOOP_HINT = "Draw a loop round pictures to choose them."
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
        room.preparing.changed.connect(self.update)
        thumbs.arrived.connect(self.update)

    def sizeHint(self) -> QSize:
        """Square, if there is room."""
        return QSize(280, 260)

    @Slot()
    def _refresh(self) -> None:
        self.inside = set()
        self.update()

    @property
    def side(self) -> int:
        """Of a thumbnail, px: smaller the more there are."""
        count = max(min(len(self._room.points), DRAWN_MAX), 1)
        fitting = (0.35 * self.width() * self.height() / count) ** 0.5
        return int(min(max(fitting, SIDE_MIN), SIDE_MAX))

    def place_of(self, point: MapPoint) -> QPointF:
        """Where a picture is drawn."""
        margin = self.side / 2 + 4
        room = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
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
            waits = self._room.preparing.waits(MAP)
            painter.setPen(color("muted"))
            painter.drawText(
                self.rect().adjusted(16, 0, -16, 0),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                as_soon("Your pictures fall into place") if waits else EMPTY,
            )
            return
        self._paint_axes(painter)
        for number, point in enumerate(points):
            self._paint_point(painter, point, is_small=number >= DRAWN_MAX)
        self._paint_ends(painter)  # last: no picture hides what an axis means
        if self._loop:
            painter.setPen(QPen(color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(self._loop))

    def _paint_axes(self, painter: QPainter) -> None:
        middle = QRectF(self.rect()).center()
        painter.setPen(QPen(color("strong_line"), 1))
        painter.drawLine(QPointF(0, middle.y()), QPointF(self.width(), middle.y()))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))

    def ends(self) -> list[tuple[str, QRect]]:
        """The names of the four ends and where they stand; ends without a name have an arrow."""
        (left, right), (below, above) = (ends_of(text) for text in self._room.axes)
        middle, metrics = self.rect().center(), self.fontMetrics()
        found = []
        for words, is_across, is_far in (
            (f"← {left}", True, False), (f"{right} →", True, True),
            (f"↑ {above}", False, True), (f"↓ {below}", False, False),
        ):  # fmt: skip
            size = QSize(metrics.horizontalAdvance(words.strip()) + 10, metrics.height() + 2)
            x = (self.width() - size.width() - 2 if is_far else 2) if is_across else middle.x() + 4
            y = middle.y() - size.height() - 2 if is_across else (
                2 if is_far else self.height() - size.height() - 2)  # fmt: skip
            found.append((words.strip(), QRect(QPoint(x, y), size)))
        return found

    def _paint_ends(self, painter: QPainter) -> None:
        for words, box in self.ends():
            ground = color("window")
            ground.setAlpha(190)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(color("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_point(self, painter: QPainter, point: MapPoint, *, is_small: bool) -> None:
        place = self.place_of(point)
        is_chosen = point.item.reference in self.inside
        if is_small:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent" if is_chosen else "strong_line"))
            painter.drawEllipse(place, 2.5, 2.5)
            return
        side = self.side
        box = QRectF(place.x() - side / 2, place.y() - side / 2, side, side)
        cached = self._room.concepts.thumbnails.path(point.item.reference, point.item.mtime_ns)
        picture = self._thumbs.get(point.item.reference, str(cached))
        if picture is None:
            painter.fillRect(box, color("raised"))
        else:
            box = fitted(box, picture.size())
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
               if max(abs(offset.x()), abs(offset.y())) < self.side / 2]  # fmt: skip
        return hit[-1] if hit else None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show a picture large."""
        point = self.nearest(event.position())
        if point is not None:
            show_item(self._room, point.item)

    def event(self, event: object) -> bool:
        """Names on hover."""
        if isinstance(event, QHelpEvent):
            point = self.nearest(QPointF(event.pos()))
            if point is not None:
                QToolTip.showText(event.globalPos(), plain_tip(point.item.reference), self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]


def ends_of(text: str) -> tuple[str, str]:
    """What lies at the two ends of an axis: its minus terms and its plus terms."""
    try:
        asked = parse(text)
    except ExpressionError:
        return "", one_line(text, END_MAX)
    low, high = (", ".join(Path(term.value).name for term in terms)
                 for terms in (asked.minus, asked.plus))  # fmt: skip
    return one_line(low, END_MAX), one_line(high, END_MAX)


class MapPanel(QWidget):
    """Two lines for the axes, the map, and what to do with a loop."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.across = MistakeEdit("mapAcross", AXIS_HINT)
        self.up = MistakeEdit("mapUp", AXIS_HINT)
        for edit, words in ((self.across, "across: desert - snow"), (self.up, "up: hat - crown")):
            edit.setPlaceholderText(words)
            edit.setAccessibleName(words.split(":")[0].capitalize() + " axis")
            edit.returnPressed.connect(self._ask)
        self.problem = plain_label(role="warning")
        self.problem.setObjectName("mapProblem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.view = MapView(room, thumbs)
        self.view.chosen.connect(self._on_chosen)
        self._names: list[str] = []
        self._words = plain_label(LOOP_HINT)
        self._name, self._keep = QPushButton("Name these"), QPushButton("Keep as a collection…")
        self._name.setObjectName("mapName")
        self._keep.setObjectName("mapKeep")
        set_plain_tip(self._name, "Words for the pictures inside the loop.")
        set_plain_tip(self._keep, "Keep the pictures inside the loop together, under a name.")
        self._name.clicked.connect(self._name_chosen)
        self._keep.clicked.connect(self._keep_chosen)
        self._lay_out()
        room.map_problem_changed.connect(self._show_problem)
        room.points_changed.connect(self._refresh)
        self._on_chosen([])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(row_of(self.across, self.up, spacing=STEP))
        column.addWidget(self.problem)
        column.addWidget(self.view, 1)
        line = row_of(self._words, self._name, self._keep, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)

    @Slot()
    def _ask(self) -> None:
        mistakes = [_judge(edit) for edit in (self.across, self.up)]
        first = next((mistake for mistake in mistakes if mistake is not None), None)
        self._show_problem(str(first) if first is not None else "")
        across, up = self.across.text().strip(), self.up.text().strip()
        if across and up and first is None:
            self._room.open()
            self._room.ask_map(across, up)

    @Slot(str)
    def _show_problem(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    @Slot()
    def _refresh(self) -> None:
        self._on_chosen([])

    @Slot(list)
    def _on_chosen(self, names: list[str]) -> None:
        self._names = names
        hint = LOOP_HINT if self._room.points else ""
        self._words.setText(f"{len(names):,} chosen" if names else hint)
        self._name.setEnabled(bool(names))
        self._keep.setEnabled(bool(names))

    @Slot()
    def _name_chosen(self) -> None:
        self._room.bar.compare(self._names[:64], [])

    @Slot()
    def _keep_chosen(self) -> None:
        keep_pictures(self, self._room, self._names)


def _judge(edit: MistakeEdit) -> ExpressionError | None:
    """Underline what is wrong in an axis, and tell it."""
    mistake = None
    try:
        parse(edit.text())
    except ExpressionError as error:
        mistake = error
    edit.show_mistake(mistake)
    return mistake
