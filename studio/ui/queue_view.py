"""The queue: what runs, what waits; reorder, remove, pause."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.jobs.job import Job
from studio.jobs.queue import JobQueue
from studio.state.queue_model import DETAIL_ROLE, FRACTION_ROLE, QueueModel
from studio.ui.controls import STEP, IconButton
from studio.ui.plain import one_line
from studio.ui.theme import color, set_icon

Index = QModelIndex | QPersistentModelIndex


class QueueDelegate(QStyledItemDelegate):
    """Draws a job: its words, a line of detail, and its progress."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Two lines of text and a thin bar."""
        return QSize(80, 2 * option.fontMetrics.lineSpacing() + 4 * STEP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row; text is drawn, never laid out as markup."""
        painter.save()
        box = option.rect.adjusted(STEP, 1, -STEP, -1)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color("accent") if is_selected else Qt.PenStyle.NoPen)
        painter.setBrush(color("raised"))
        painter.drawRoundedRect(box, 6, 6)
        inner = box.adjusted(2 * STEP, STEP, -2 * STEP, -STEP)
        height = option.fontMetrics.lineSpacing()
        _text(painter, QRect(inner.topLeft(), QSize(inner.width(), height)),
              index.data() or "", "text", option)  # fmt: skip
        _text(painter, QRect(inner.left(), inner.top() + height, inner.width(), height),
              index.data(DETAIL_ROLE) or "", "muted", option)  # fmt: skip
        fraction = index.data(FRACTION_ROLE)
        if fraction is not None:
            bar = QRect(box.left() + 6, box.bottom() - 3, round((box.width() - 12) * fraction), 2)
            painter.fillRect(bar, color("accent"))
        painter.restore()


def _text(
    painter: QPainter, box: QRect, text: str, token: str, option: QStyleOptionViewItem
) -> None:
    painter.setPen(color(token))
    cut = option.fontMetrics.elidedText(
        one_line(text, 200), Qt.TextElideMode.ElideRight, box.width()
    )
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, cut)


class QueueView(QListView):
    """The list of jobs; Del removes, Alt+Up and Alt+Down reorder, and so does dragging.

    Signals:
        move_wanted(int): the selected job shall go this many places down.
        removal_wanted(): the selected job shall leave the queue.
    """

    move_wanted = Signal(int)
    removal_wanted = Signal()

    def __init__(self, model: QueueModel) -> None:
        super().__init__()
        self.setObjectName("queueView")
        self.setAccessibleName("Queue")
        self.setModel(model)
        self.setItemDelegate(QueueDelegate(self))
        self.setProperty("role", "bare")
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(56)
        self.setDragDropMode(QListView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Reorder and remove by key; the rest moves the selection."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is not None and modifiers == Qt.KeyboardModifier.AltModifier:
            self.move_wanted.emit(step)
        elif event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Draw the rows, or what an empty queue means."""
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(color("muted"))
            painter.drawText(
                self.viewport().rect().adjusted(12, 4, -12, -4),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                "Nothing waits. Generate adds a picture.",
            )
            painter.end()


class QueuePanel(QWidget):
    """The list and its buttons."""

    def __init__(self, queue: JobQueue, model: QueueModel) -> None:
        super().__init__()
        self._queue = queue
        self._model = model
        self._chosen: Job | None = None  # stays so while others begin and end
        self.view = QueueView(model)
        hold = "Hold the queue. The running picture is finished, the next one waits."
        self._pause = IconButton("queuePauseButton", "pause", hold, is_flat=True)
        self._pause.setCheckable(True)
        self._up = IconButton("queueUpButton", "up", "Earlier.  (Alt+Up)", is_flat=True)
        self._down = IconButton("queueDownButton", "down", "Later.  (Alt+Down)", is_flat=True)
        remove = "Remove from the queue, or stop if it runs.  (Del)"
        self._remove = IconButton("queueRemoveButton", "close", remove, is_flat=True)
        row = QHBoxLayout()
        row.setSpacing(STEP)
        row.addWidget(self._pause)
        row.addStretch(1)
        for button in (self._up, self._down, self._remove):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 0, 2 * STEP, 2 * STEP)
        column.setSpacing(STEP)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        self._pause.toggled.connect(queue.pause)
        queue.paused_changed.connect(self._on_paused)
        self._up.clicked.connect(self._on_up)
        self._down.clicked.connect(self._on_down)
        self._remove.clicked.connect(self._on_remove)
        self.view.move_wanted.connect(self._move)
        self.view.removal_wanted.connect(self._on_remove)
        model.job_moved.connect(self._select)
        self.view.selectionModel().selectionChanged.connect(self._on_selected)
        model.modelReset.connect(self._on_reset)
        self._refresh()

    @Slot()
    def _on_selected(self) -> None:
        row = self._row()
        self._chosen = self._model.job(row) if row >= 0 else None
        self._refresh()

    @Slot()
    def _on_reset(self) -> None:
        if self._chosen is not None:
            self._select(self._chosen)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        row = self._row()
        self._remove.setEnabled(row >= 0)
        is_waiting = row >= 0 and self._model.job(row) in self._queue.waiting
        self._up.setEnabled(is_waiting)
        self._down.setEnabled(is_waiting)

    def _row(self) -> int:
        rows = self.view.selectionModel().selectedIndexes()
        return rows[0].row() if rows else -1

    @Slot(bool)
    def _on_paused(self, is_paused: bool) -> None:
        self._pause.setChecked(is_paused)
        set_icon(self._pause, "play" if is_paused else "pause")

    @Slot()
    def _on_up(self) -> None:
        self._move(-1)

    @Slot()
    def _on_down(self) -> None:
        self._move(1)

    @Slot(int)
    def _move(self, direction: int) -> None:
        row = self._row()
        if row < 0:
            return
        job = self._model.job(row)
        if job not in self._queue.waiting:
            return
        self._queue.move(job, self._queue.waiting.index(job) + direction)
        self._select(job)

    @Slot(object)
    def _select(self, job: Job) -> None:
        for at in range(self._model.rowCount()):
            if self._model.job(at) is job:
                self.view.setCurrentIndex(self._model.index(at))

    @Slot()
    def _on_remove(self) -> None:
        row = self._row()
        if row >= 0:
            self._queue.cancel(self._model.job(row))
            self.view.setCurrentIndex(self._model.index(min(row, self._model.rowCount() - 1)))
