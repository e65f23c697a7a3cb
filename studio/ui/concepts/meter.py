"""The concept meter: a curve over the steps of the shown strip, "the hat appears at step 6"."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.concepts.readings import PRESENT_Z, Curve
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.words_panel import MARGINS
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.theme import color

HEIGHT = 64  # px
PAD = 6
CEILING = 2 * PRESENT_Z
WAIT = "Measured when the picture is finished: these previews are too coarse for CLIP."
MEASURING = "Measuring the strip…"
EMPTY = "With an expression and a filmstrip, this shows at which step the concept appears."


def heights(curve: Curve) -> tuple[float, float]:
    """Least and largest z of the box: nought and the height of something present lie inside."""
    return min(*curve.z, 0.0), max(*curve.z, CEILING)


def points(curve: Curve, width: float, height: float) -> list[tuple[float, float]]:
    """Where the curve's steps lie in a box, top left first; see `heights`."""
    low, high = heights(curve)
    count = max(len(curve.steps) - 1, 1)
    return [(width * place / count, height * (1 - (z - low) / (high - low)))
            for place, z in enumerate(curve.z)]  # fmt: skip


class MeterCurve(QWidget):
    """The curve alone; a click moves the strip to that step."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("conceptMeter")
        self.setMinimumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        room.curve_changed.connect(self._refresh)
        room.studio.filmstrip.model.current_changed.connect(self.update)
        self._refresh()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(240, HEIGHT)

    @Slot()
    def _refresh(self) -> None:
        words = words_of(self._room)
        self.setAccessibleName(f"Concept meter. {words}")
        set_plain_tip(self, words)
        self.update()

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(PAD, PAD, -PAD, -PAD)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Curve, from where it counts as there, the step where it appears, the scrub position.

        A curve of the question before stays for comparison, without colour and claims.
        """
        is_stale = self._room.metering.is_stale
        curve, inner = self._room.curve, self._inner()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("line"), 1))
        painter.drawLine(inner.bottomLeft(), inner.bottomRight())
        if curve is None or not curve.steps:
            return
        places = [QPointF(inner.left() + x, inner.top() + y)
                  for x, y in points(curve, inner.width(), inner.height())]  # fmt: skip
        line = QPainterPath(places[0])
        for place in places[1:]:
            line.lineTo(place)
        ground = QPainterPath(line)
        ground.lineTo(places[-1].x(), inner.bottom())
        ground.lineTo(places[0].x(), inner.bottom())
        tint = color("strong_line" if is_stale else "plus")
        tint.setAlpha(40)
        painter.fillPath(ground, tint)
        low, high = heights(curve)
        level = inner.bottom() - inner.height() * (PRESENT_Z - low) / (high - low)
        painter.setPen(QPen(color("strong_line"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(inner.left(), level), QPointF(inner.right(), level))
        painter.setPen(QPen(color("strong_line" if is_stale else "plus"), 2))
        painter.drawPath(line)
        if not is_stale and curve.appears_at in curve.steps:
            place = places[curve.steps.index(curve.appears_at)]
            painter.setBrush(color("plus"))
            painter.drawEllipse(place, 4, 4)
        self._paint_scrub(painter, curve, inner)

    def _paint_scrub(self, painter: QPainter, curve: Curve, inner: QRectF) -> None:
        frame = self._room.studio.filmstrip.model.current_frame
        if frame is not None and frame.index in curve.steps:
            share = curve.steps.index(frame.index) / max(len(curve.steps) - 1, 1)
            x = inner.left() + share * inner.width()
            painter.setPen(QPen(color("accent"), 1))
            painter.drawLine(QPointF(x, inner.top()), QPointF(x, inner.bottom()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show that step."""
        curve, inner = self._room.curve, self._inner()
        if curve is None or not curve.steps or inner.width() <= 0:
            return
        share = (event.position().x() - inner.left()) / inner.width()
        place = round(min(max(share, 0.0), 1.0) * (len(curve.steps) - 1))
        model = self._room.studio.filmstrip.model
        model.set_current(model.row_of(curve.steps[place]))


class MeterPanel(QWidget):
    """The curve with its sentence."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self._words = plain_label(EMPTY, role="muted")
        self._words.setObjectName("conceptMeterWords")
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.addWidget(self._words)
        column.addWidget(MeterCurve(room))
        column.addStretch(1)
        room.curve_changed.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        self._words.setText(words_of(self._room))


def words_of(room: ConceptRoom) -> str:
    """What the meter says, in one sentence; nothing of the question before."""
    metering = room.metering
    if room.curve is not None and not metering.is_stale:
        return one_line(room.curve.words, 160)
    if metering.is_busy or metering.is_stale:
        return MEASURING
    return WAIT if metering.is_waiting else EMPTY
