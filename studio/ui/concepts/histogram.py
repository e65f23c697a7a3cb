"""How many pictures have which match, with a cut that can be dragged."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.concepts.search import Histogram
from studio.state.concepts.hits import HitsModel
from studio.ui.plain import set_plain_tip
from studio.ui.theme import color

GRIP = 5  # px, half of the cut's handle
HEIGHT = 44  # px
STEPS = 100  # of the arrow keys over the whole range


class HistogramView(QWidget):
    """Bars on a square-root scale; what is left of the cut is muted. A double click removes it.

    Signals:
        cut_wanted(object): a score, or None.
    """

    cut_wanted = Signal(object)

    def __init__(self, hits: HitsModel) -> None:
        super().__init__()
        self._hits = hits
        self.setObjectName("searchHistogram")
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Cut by match")
        set_plain_tip(self, "All indexed pictures by how well they match. Drag to cut off the "
                            "rest; double-click to see all again.")  # fmt: skip
        hits.found_changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self.setVisible(self._hits.found.histogram is not None)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(240, HEIGHT)

    def _range(self, histogram: Histogram) -> tuple[float, float]:
        low, high = float(histogram.edges[0]), float(histogram.edges[-1])
        return low, max(high, low + 1e-6)

    @property
    def cut_at(self) -> float:
        """Where the cut stands, px; without one it waits at the left, whole."""
        histogram, cut = self._hits.found.histogram, self._hits.cut
        if histogram is None:
            return float(GRIP)
        low, high = self._range(histogram)
        share = 0.0 if cut is None else (cut - low) / (high - low)
        return min(max(share * self.width(), GRIP + 1), self.width() - GRIP - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars and cut."""
        histogram = self._hits.found.histogram
        if histogram is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heights = np.sqrt(histogram.counts / max(int(histogram.counts.max()), 1))
        width = self.width() / len(heights)
        cut = self._hits.cut
        painter.setPen(Qt.PenStyle.NoPen)
        for place, share in enumerate(heights):
            is_in = cut is None or histogram.edges[place + 1] > cut
            painter.setBrush(color("accent" if is_in else "strong_line"))
            height = float(share) * (HEIGHT - 8)
            box = QRectF(place * width + 0.5, HEIGHT - 4 - height, max(width - 1, 1), height)
            painter.drawRoundedRect(box, 1, 1)
        painter.setPen(QPen(color("strong_line"), 1))
        painter.drawLine(0, HEIGHT - 3, self.width(), HEIGHT - 3)
        x = self.cut_at
        painter.setPen(QPen(color("text" if cut is not None else "muted"), 2))
        painter.drawLine(QPointF(x, 2), QPointF(x, HEIGHT - 2))
        painter.setBrush(painter.pen().color())
        painter.drawPolygon([QPointF(x - GRIP, 2), QPointF(x + GRIP, 2), QPointF(x, 2 + GRIP)])
        if self.hasFocus():
            painter.setPen(QPen(color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _cut_at(self, x: float) -> None:
        histogram = self._hits.found.histogram
        if histogram is not None and self.width():
            low, high = self._range(histogram)
            self.cut_wanted.emit(low + min(max(x / self.width(), 0.0), 1.0) * (high - low))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the cut."""
        self._cut_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cut."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._cut_at(event.position().x())

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Remove the cut."""
        self.cut_wanted.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cut, Delete removes it."""
        histogram = self._hits.found.histogram
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if histogram is not None and event.key() in moves:
            low, high = self._range(histogram)
            cut = self._hits.cut if self._hits.cut is not None else low
            step = moves[Qt.Key(event.key())] * (high - low) / STEPS
            self.cut_wanted.emit(min(max(cut + step, low), high))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Home):
            self.cut_wanted.emit(None)
        else:
            super().keyPressEvent(event)
