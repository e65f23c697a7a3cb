"""The strip itself: a scroll area that paints a FilmstripModel and scrubs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from studio.library.strip_words import DEFAULT_LANES, in_order, summary
from studio.state.filmstrip.model import FilmstripModel
from studio.ui.filmstrip.geometry import LABEL_WIDTH, Geometry
from studio.ui.filmstrip.graph import Curves, curves
from studio.ui.filmstrip.painter import Scene, paint_invitation, paint_strip
from studio.ui.filmstrip.thumbnails import Thumbnails
from studio.ui.theme import color

_Key = Qt.Key
_PAGE = 10  # steps that PageUp and PageDown move


class FilmstripView(QAbstractScrollArea):
    """Lanes as rows, steps as columns. Never takes the focus by itself and never jumps.

    Signals:
        lane_chosen(str): a lane was pressed: the canvas shows it large.
        frame_dragged_out(int): the mouse has pulled a frame out of the strip.
        thumb_height_changed(int): px, after a resize or with other lanes.
    """

    lane_chosen = Signal(str)
    frame_dragged_out = Signal(int)
    thumb_height_changed = Signal(int)

    def __init__(self, model: FilmstripModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filmstripView")
        self.setAccessibleName("Filmstrip")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.viewport().setMouseTracking(True)
        self._model = model
        self._lanes: tuple[str, ...] = DEFAULT_LANES
        self._thumbnails = Thumbnails()
        self._curves: Curves | None = None
        self._marks: Mapping[int, str] = {}
        self._forks: frozenset[int] = frozenset()
        self._fork_row = -1
        self._hovered = self._hovered_lane = -1
        self._thumb_height = 0
        self._fixed_size: tuple[int, int] | None = None
        self._has_graph = True
        self._is_scrubbing = False
        self._is_scroll_held = False  # the user has scrolled: new frames do not move the view
        self._mouse: QPoint | None = None  # where it rests in the viewport: nothing moves under it
        model.take_changed.connect(self._on_take_changed)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.dataChanged.connect(self._on_data_changed)
        model.current_changed.connect(self._on_current_changed)
        self.horizontalScrollBar().sliderPressed.connect(self._hold_scroll)
        self._update_scroll_bars()

    def model(self) -> FilmstripModel:
        """The frames that are shown."""
        return self._model

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes shown, from top to bottom."""
        return self._lanes

    def set_lanes(self, names: Iterable[str]) -> None:
        """Show these lanes in the strip's order; at least one stays."""
        lanes = in_order(tuple(names))
        if lanes and lanes != self._lanes:
            self._lanes = lanes
            self._update_scroll_bars()
            self.viewport().update()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Letters on columns, e.g. {3: "A", 11: "B"}."""
        self._marks = dict(marks)
        self.viewport().update()

    def set_forks(self, rows: Iterable[int], own_from: int) -> None:
        """The rows from which other takes were forked; the row at which this one left its parent.

        own_from: 0 where the take is nobody's fork.
        """
        self._forks, self._fork_row = frozenset(rows), own_from
        self.viewport().update()

    def set_has_graph(self, has_graph: bool) -> None:
        """Show the graph under the lanes, or not."""
        self._has_graph = has_graph
        self._update_scroll_bars()
        self.viewport().update()

    def set_thumb_size(self, width: int, height: int) -> None:
        """Make thumbnails as large as another strip's, so that columns lie under columns."""
        self._fixed_size = width, height
        self._update_scroll_bars()
        self.viewport().update()

    @property
    def geometry_now(self) -> Geometry:
        """The layout for the present size, lanes and take."""
        return Geometry(
            width=self.viewport().width(),
            height=self.viewport().height(),
            lanes=len(self._lanes),
            columns=self._model.columns,
            aspect=self._model.aspect,
            has_graph=self._has_graph,
            fixed_size=self._fixed_size,
        )

    def sizeHint(self) -> QSize:
        """Three lanes at a comfortable height."""
        return QSize(900, 270)

    def minimumSizeHint(self) -> QSize:
        """One small lane."""
        return QSize(260, 96)

    def _scroll(self) -> tuple[int, int]:
        return self.horizontalScrollBar().value(), self.verticalScrollBar().value()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is visible."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), color("panel"))
        if not self._model.columns:
            paint_invitation(painter, self.viewport().rect())
            return
        scene = Scene(
            frames=self._model.frames, lanes=self._lanes, geometry=self.geometry_now,
            scroll=self._scroll(), current=self._model.current, hovered=self._hovered,
            hovered_lane=self._hovered_lane, marks=self._marks, forks=self._forks,
            fork_row=self._fork_row, curves=self._curves_now(),
        )  # fmt: skip
        self._thumbnails.begin()
        paint_strip(painter, scene, self._thumbnails, self.devicePixelRatioF())
        painter.end()
        if not self._thumbnails.end():
            self.viewport().update()

    def _curves_now(self) -> Curves:
        """The graph of the frames, computed once: a long take has a thousand of them."""
        if self._curves is None or len(self._curves.sigma) != self._model.rowCount():
            self._curves = curves(self._model.frames)
        return self._curves

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The height is the user's: thumbnails take what there is."""
        self._update_scroll_bars()
        if not self._is_scroll_held:
            self._show_column(self._model.current)

    def _update_scroll_bars(self) -> None:
        geometry = self.geometry_now
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setRange(0, max(0, geometry.content_width - geometry.width))
        across.setPageStep(max(1, geometry.width - LABEL_WIDTH))
        across.setSingleStep(geometry.pitch)
        down.setRange(0, max(0, geometry.content_height - geometry.height))
        down.setPageStep(geometry.height)
        if geometry.thumb_height != self._thumb_height:
            self._thumb_height = geometry.thumb_height
            self.thumb_height_changed.emit(self._thumb_height)

    def _show_column(self, column: int) -> None:
        if column >= 0:
            bar = self.horizontalScrollBar()
            bar.setValue(self.geometry_now.scroll_to(column, bar.value()))

    @Slot()
    def _hold_scroll(self) -> None:
        self._is_scroll_held = True

    @Slot()
    def _on_take_changed(self) -> None:
        self._thumbnails.clear()
        self._curves = None
        self._is_scroll_held = False
        self._update_scroll_bars()
        self._show_column(max(0, self._model.current))
        self.viewport().update()

    @Slot()
    def _on_data_changed(self) -> None:
        self._thumbnails.renew()
        self._curves = None
        self.viewport().update()

    @Slot()
    def _on_rows_inserted(self) -> None:
        self._update_scroll_bars()
        self.viewport().update()

    @Slot(int)
    def _on_current_changed(self, row: int) -> None:
        # Under a dragging mouse nothing may move, nor under one that looks while the position
        # only follows the newest frame; the user's own scrolling is kept then, too.
        is_held = self._is_scroll_held or self._mouse is not None
        if not self._is_scrubbing and (self._model.is_pinned or not is_held):
            self._show_column(row)
        frame = self._model.current_frame
        self.setAccessibleDescription(summary(frame) if frame else "")
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Everything is painted anew: labels stay at the left; another step is under the mouse."""
        if self._mouse is not None:
            self._hover(self._mouse)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel runs along the strip; with Shift it goes through the lanes."""
        delta = event.angleDelta()
        self._hold_scroll()
        along = delta.y() or delta.x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.verticalScrollBar()
        else:
            bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - along)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub to the step under the mouse, and look at its lane."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint()
        column = self._column_at(at)
        if 0 <= column < self._model.rowCount():
            self._is_scrubbing = True
            self._model.set_current(column)
            lane = self.geometry_now.lane_at(at.y(), self._scroll()[1])
            if lane >= 0:
                self.lane_chosen.emit(self._lanes[lane])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover, or go on scrubbing; pulling a frame far out of the strip drags it."""
        at = self._mouse = event.position().toPoint()
        if not self._is_scrubbing:
            self._hover(at)
        elif at.y() < -40:
            self._is_scrubbing = False
            self.frame_dragged_out.emit(self._model.current)
        else:
            self._model.set_current(max(0, self._column_at(at)))
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The scrub ends; now the column may come into view."""
        if self._is_scrubbing:
            self._is_scrubbing = False
            self._show_column(self._model.current)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more, and the newest frame may be shown again."""
        self._mouse = None
        self._hover(QPoint(-1, -1))
        if not self._model.is_pinned and not self._is_scroll_held:
            self._show_column(self._model.current)

    def _column_at(self, at: QPoint) -> int:
        return self.geometry_now.column_at(at.x(), self._scroll()[0])

    def _hover(self, at: QPoint) -> None:
        column, lane = self._column_at(at), self.geometry_now.lane_at(at.y(), self._scroll()[1])
        if (column, lane) != (self._hovered, self._hovered_lane):
            self._hovered, self._hovered_lane = column, lane
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """←/→ step, Home/End, PageUp/PageDown by ten."""
        row, last = self._model.current, self._model.rowCount() - 1
        places = {
            _Key.Key_Left: row - 1, _Key.Key_Right: row + 1, _Key.Key_Home: 0,
            _Key.Key_PageUp: row - _PAGE, _Key.Key_PageDown: row + _PAGE,
        }  # fmt: skip
        if event.key() == _Key.Key_End:
            self._is_scroll_held = False
            self._model.follow()
            self._show_column(self._model.current)
        elif event.key() in places and last >= 0:
            self._model.set_current(places[_Key(event.key())])
        else:
            super().keyPressEvent(event)
