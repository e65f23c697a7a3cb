"""The plane of the laboratory: paints the figure, shows the picture under the mouse, draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QEnterEvent, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.lab.figure import Figure, Ink, Viewport
from studio.state.lab.picture import figure_of
from studio.state.lab.room import LabRoom
from studio.ui import theme
from studio.ui.lab.paint import ink_of, paint_figure
from studio.ui.lab.parts import write

CARD_PX = 56  # of the two-pixel picture under the mouse
NEAR_PX = 14  # how near to a point a click must be


class Graph(QWidget):
    """A graph beside a view; hidden where there is none. make: the figure in given colours."""

    def __init__(self, name: str, make: Callable[[Ink], Figure | None]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Graph")
        self.setMinimumHeight(190)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make = make
        self._figure: Figure | None = None
        theme.switch().theme_changed.connect(self._on_theme)

    @Slot()
    def refresh(self) -> None:
        """Fetch the graph anew."""
        tokens = theme.current()
        ink = replace(ink_of(tokens), ground=tokens.panel, plane=tokens.window)
        figure = self._make(ink)
        self._figure = figure
        self.setVisible(figure is not None)
        self.update()

    @Slot(object)
    def _on_theme(self, _theme: object) -> None:
        self.refresh()

    def sizeHint(self) -> QSize:
        """As the figures are made."""
        return QSize(300, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the graph."""
        if self._figure is not None:
            painter = QPainter(self)
            paint_figure(painter, self._figure, self.width(), self.height())


class Plane(QWidget):
    """The toy plane. Hover shows the two-pixel picture; a click chooses a point; drag draws."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self.setObjectName("labPlane")
        self.setAccessibleName("The plane of two-pixel pictures")
        self.setMouseTracking(True)
        self.setMinimumSize(280, 240)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._room = room
        self._viewport: Viewport | None = None
        self._mouse: QPointF | None = None
        self._is_drawing = False
        room.board_changed.connect(self.update)
        room.results_changed.connect(self.update)
        room.busy_changed.connect(self.update)
        theme.switch().theme_changed.connect(self._on_theme)

    @Slot(object)
    def _on_theme(self, _theme: object) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """Square."""
        return QSize(640, 640)

    def figure(self) -> Figure:
        """What is painted now, in the colours of the window."""
        return figure_of(self._room, ink_of(theme.current()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the figure and the picture under the mouse."""
        painter = QPainter(self)
        self._viewport = paint_figure(painter, self.figure(), self.width(), self.height())
        if self._room.is_busy:
            where = self.rect().toRectF().adjusted(0, self.height() - 26.0, -16, 0)
            write(painter, where, "computing…", "muted", size=11,
                  align=Qt.AlignmentFlag.AlignRight)  # fmt: skip
        if self._mouse is not None:
            self._paint_card(painter, self._mouse)

    def pixels_at(self, place: QPointF) -> tuple[float, float] | None:
        """The two pixels of the picture at a place, -1 .. 1 and beyond; None off the plane."""
        if self._viewport is None:
            return None
        x, y = self._viewport.data(place.x(), place.y())
        x0, x1, y0, y1 = self._viewport.extent
        return (x, y) if x0 <= x <= x1 and y0 <= y <= y1 else None

    def _paint_card(self, painter: QPainter, place: QPointF) -> None:
        pixels = self.pixels_at(place)
        if pixels is None:
            return
        tokens, half = theme.current(), CARD_PX / 2
        left = (
            place.x() + 16 if place.x() + CARD_PX + 30 < self.width() else place.x() - CARD_PX - 24
        )
        top = min(max(place.y() - CARD_PX / 2, 4.0), self.height() - CARD_PX - 30.0)
        painter.setPen(QPen(QColor(tokens.line)))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(left - 6, top - 6, CARD_PX + 12, half + 32), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        for i, value in enumerate(pixels):
            grey = round(255 * min(max((value + 1) / 2, 0.0), 1.0))
            painter.setBrush(QColor(grey, grey, grey))
            painter.drawRect(QRectF(left + i * half, top, half, half))
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        words = f"{pixels[0]:.1f}  {pixels[1]:.1f}"
        painter.drawText(QRectF(left - 4, top + half, CARD_PX + 8, 22),
                         Qt.AlignmentFlag.AlignCenter, words)  # fmt: skip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw, or choose the nearest point."""
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if self._room.board.draw_label is not None:
            self._is_drawing = True
            self._add_point(event.position())
        else:
            self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on, and show the picture here."""
        self._mouse = event.position()
        if self._is_drawing:
            self._add_point(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        self._is_drawing = False

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the picture under the mouse."""
        self._mouse = event.position()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the picture."""
        self._mouse = None
        self.update()

    def _add_point(self, place: QPointF) -> None:
        pixels = self.pixels_at(place)
        if pixels is not None:
            self._room.draw([pixels])

    def _choose(self, place: QPointF) -> None:
        """Follow the point nearest to a click, on the walk or on the run."""
        room, board = self._room, self._room.board
        paths = room.results.paths if board.view == "sample" else None
        walk = paths.x if paths is not None else room.results.walk
        if board.view not in ("noise", "sample") or walk is None or self._viewport is None:
            return
        share = board.run if board.view == "sample" else board.walk
        step = round(share * (len(walk) - 1))
        gaps = np.linalg.norm(self._viewport.px(walk[step]) - [place.x(), place.y()], axis=1)
        nearest = int(gaps.argmin())
        room.change(highlighted=nearest if gaps[nearest] < NEAR_PX else None)
