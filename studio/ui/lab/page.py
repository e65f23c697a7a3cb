"""The laboratory's page in the middle of the window: tabs, the plane, the transport."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.state.lab.board import VIEWS, view_of
from studio.state.lab.room import LabRoom
from studio.ui.controls import STEP
from studio.ui.lab.plane import Plane
from studio.ui.lab.transport import Transport
from studio.ui.plain import plain_label, set_plain_tip


class LabPage(QWidget):
    """One tab for each experiment; the plane shows the chosen one."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self.setObjectName("labPanel")
        self.room = room
        self.plane = Plane(room)
        self.transport = Transport(room)
        self._tabs = QButtonGroup(self)
        self._tabs.setExclusive(True)
        self._busy = plain_label(role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tab_line())
        column.addWidget(self.plane, 1)
        column.addWidget(self.transport)
        self.setAutoFillBackground(True)
        self._tabs.idClicked.connect(self._on_tab)
        room.board_changed.connect(self.refresh)
        room.busy_changed.connect(self._on_busy)
        self.refresh()

    def _tab_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, STEP)
        line.setSpacing(STEP)
        for at, view in enumerate(VIEWS):
            button = QPushButton(view.title)
            button.setObjectName(f"lab_{view.key}_tab")
            button.setCheckable(True)
            button.setProperty("role", "workspace")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            set_plain_tip(button, view.words)
            self._tabs.addButton(button, at)
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self._busy)
        return line

    @Slot()
    def refresh(self) -> None:
        """Show which tab is chosen."""
        self._tabs.button(VIEWS.index(view_of(self.room.board))).setChecked(True)
        is_drawing = self.room.board.draw_label is not None
        shape = Qt.CursorShape.CrossCursor if is_drawing else Qt.CursorShape.ArrowCursor
        self.plane.setCursor(shape)

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        self.room.change(view=VIEWS[at].key, draw_label=None)

    @Slot()
    def _on_busy(self) -> None:
        self._busy.setText("computing…" if self.room.is_busy else "")
