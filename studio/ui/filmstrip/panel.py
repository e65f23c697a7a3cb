"""The filmstrip's panel: the strip, and its head for the title row of the dock."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDrag, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.engine.errors import StudioError
from studio.state.filmstrip.filmstrip import NAMES_MIME, Filmstrip
from studio.state.filmstrip.forks import Forks
from studio.ui.controls import STEP
from studio.ui.filmstrip.fork_card import ForkCard
from studio.ui.filmstrip.lane_bar import LaneBar
from studio.ui.filmstrip.transport import Transport, flat_button
from studio.ui.filmstrip.view import FilmstripView
from studio.ui.plain import set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

_STAGES = ("", "words", "speed", "fork", "lanes")  # what gives way, one after another
# object name, icon, text, tip
_BUTTONS = (
    ("stripFork", "fork", "Fork here", "Continue differently from this step (F)."),
    ("stripKeep", "keep", "Keep", "Make this frame a picture of the gallery (K)."),
    ("stripAB", "compare", "A|B", "Hold this step as A and compare it with another one."),
    ("stripCompare", "tree", "Compare…", "Compare this take with another one, step by step."),
)


class StripHead(QWidget):
    """Which lanes, where, and what can be done: one row, without words where there is no room."""

    def __init__(
        self, lanes: LaneBar, transport: Transport, buttons: Sequence[QAbstractButton]
    ) -> None:
        super().__init__()
        self.setObjectName("stripHead")
        self._lanes, self._transport = lanes, transport
        self._texts = {button: button.text() for button in buttons if button.text()}
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP, 0, STEP, 0)
        row.setSpacing(STEP)
        row.addWidget(lanes)
        row.addStretch(1)
        row.addWidget(transport)
        row.addSpacing(2 * STEP)
        for button in buttons:
            row.addWidget(button)

    def minimumSizeHint(self) -> QSize:
        """The window may be made narrower than the row with all its words."""
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it gets narrow, the less important gives way first; nothing is cut off."""
        super().resizeEvent(event)
        for stage in range(len(_STAGES)):
            self._fit(frozenset(_STAGES[: stage + 1]))
            if self.sizeHint().width() <= event.size().width():
                return

    def _fit(self, left_out: frozenset[str]) -> None:
        for at, (button, text) in enumerate(self._texts.items()):
            button.setText("" if ("fork" if at == 0 else "words") in left_out else text)
            button.setAccessibleName(text)
        self._transport.set_compact("speed" in left_out)
        self._lanes.set_compact("lanes" in left_out)
        for part in (self._lanes, self._transport, self):
            if (layout := part.layout()) is not None:
                layout.invalidate()
                part.updateGeometry()  # else what was hidden is still counted, and nothing fits


class FilmstripPanel(QWidget):
    """Everything under the canvas: what is shown, where in it we are, and what can be done.

    Signals:
        keep_wanted(): the frame under the scrubber shall become a picture.
        compare_wanted(): the shown take shall be compared with another one.
    """

    keep_wanted = Signal()
    compare_wanted = Signal()

    def __init__(self, filmstrip: Filmstrip, forks: Forks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filmstripPanel")
        self._strip, self._forks = filmstrip, forks
        self.view = FilmstripView(filmstrip.model)
        self.lanes = LaneBar()
        self.transport = Transport(filmstrip.model, filmstrip.player)
        self.fork_button, self.keep_button, self.ab_button, self.compare_button = (
            self._button(*facts) for facts in _BUTTONS
        )
        self.ab_button.setCheckable(True)
        self.menu_button = flat_button("stripMenu", "more", "More about this strip")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.menu_button)
        self.menu_button.setMenu(self.menu)
        self._card: ForkCard | None = None
        self._fork_from = ("", 0)  # take and step of the card
        self._lay_out()
        self._connect()
        self._refresh()

    def _button(self, name: str, icon: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(button, icon)
        set_plain_tip(button, tip)
        return button

    def _lay_out(self) -> None:
        buttons = (self.fork_button, self.keep_button, self.ab_button, self.compare_button)
        self.head = StripHead(self.lanes, self.transport, (*buttons, self.menu_button))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.lanes.lanes_changed.connect(self.view.set_lanes)
        self.view.lane_chosen.connect(self._strip.set_lane)
        self.view.frame_dragged_out.connect(self._drag_out)
        self.fork_button.clicked.connect(self.fork_here)
        self.keep_button.clicked.connect(self.keep_wanted)
        self.ab_button.clicked.connect(self._strip.toggle_ab)
        self.compare_button.clicked.connect(self.compare_wanted)
        self._strip.take_shown.connect(self._refresh)
        self._strip.marks_changed.connect(self._refresh_marks)
        self._strip.tree.tree_changed.connect(self._refresh)
        self._strip.model.current_changed.connect(self._refresh_marks)
        self._strip.model.rowsInserted.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        has_frames = self._strip.model.rowCount() > 0
        for button in (self.keep_button, self.ab_button, self.compare_button):
            button.setEnabled(has_frames)
        self.fork_button.setEnabled(has_frames and not self._strip.is_live)
        node, model = self._strip.node, self._strip.model
        if node is not None:
            indices = {n.parent[1] for n in self._strip.tree.forks_of(node) if n.parent}
            rows = [row for row, f in enumerate(model.frames) if f.index in indices]
            self.view.set_forks(rows, model.row_of(node.first) if node.first else 0)
        self._refresh_marks()

    @Slot()
    def _refresh_marks(self) -> None:
        mark, current = self._strip.mark, self._strip.model.current
        self.ab_button.setChecked(mark is not None)
        marks = {} if mark is None else {current: "B", mark: "A"}
        self.view.set_marks(marks)

    @Slot()
    def fork_here(self) -> None:
        """Open the card with the settings of the step under the scrubber."""
        self._strip.player.pause()
        node = self._strip.node
        try:
            request, index = self._forks.source()
        except StudioError as error:
            self._strip.messages.info(error.message, error.hint)
            return
        self._fork_from = (node.id if node is not None else "", index)
        if self._card is None:
            self._card = ForkCard(self.window())
            self._card.fork_wanted.connect(self._on_fork_wanted)
        self._card.offer(request, index, has_mask=self._forks.has_mask())
        self._card.open_above(self._above_scrubber())
        self._card.prompt.setFocus()

    def _above_scrubber(self) -> QPoint:
        geometry, scroll = self.view.geometry_now, self.view.horizontalScrollBar().value()
        x = geometry.x_of(self._strip.model.current, scroll) + geometry.thumb_width // 2
        return self.view.viewport().mapToGlobal(QPoint(x, -2 * STEP))

    @Slot(dict)
    def _on_fork_wanted(self, changes: dict[str, object]) -> None:
        # From the step that the card names, wherever the scrubber has gone meanwhile.
        if self._forks.fork_at(*self._fork_from, changes) is not None and self._card is not None:
            self._card.dismiss()
            self.view.setFocus()

    def dragged(self) -> QMimeData | None:
        """What is dragged: the picture as it is shown, and its name; None without one.

        By its name CLIP gets it from the file, where it is sharper than a preview.
        """
        shown = self._strip.shown()
        if shown is None:
            return None
        data = QMimeData()
        data.setImageData(to_qimage(shown.pixels))
        name = self._strip.shown_name()
        if name:
            data.setData(NAMES_MIME, name.encode(errors="surrogateescape"))
        return data

    @Slot(int)
    def _drag_out(self, row: int) -> None:
        """Drag the frame as a picture: onto the canvas it becomes a start picture."""
        data = self.dragged()
        if data is None:
            return
        image = QImage(data.imageData())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(QPixmap.fromImage(image.scaledToHeight(96)))
        drag.exec(Qt.DropAction.CopyAction)
