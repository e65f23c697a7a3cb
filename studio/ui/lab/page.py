"""The laboratory's page in the middle of the window: tabs, the plane, the transport."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.state.lab.board import ALL_VIEWS, PICTURE_VIEWS, VIEWS, View, view_of
from studio.state.lab.room import LabRoom
from studio.ui.concepts.flow import FlowLayout
from studio.ui.controls import STEP
from studio.ui.lab.plane import Plane
from studio.ui.lab.transport import Transport
from studio.ui.plain import plain_label, set_plain_tip


class LabPage(QWidget):
    """One tab for each experiment: those of the plane, then those on pictures.

    pages: the widget of each of PICTURE_VIEWS, by its key.
    """

    def __init__(self, room: LabRoom, pages: Mapping[str, QWidget] | None = None) -> None:
        super().__init__()
        self.setObjectName("labPanel")
        self.room = room
        self.plane = Plane(room)
        self.transport = Transport(room)
        self._tabs = QButtonGroup(self)
        self._tabs.setExclusive(True)
        self._pages = dict(pages or {})
        self._toy = QWidget()
        below = QVBoxLayout(self._toy)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.plane, 1)
        below.addWidget(self.transport)
        self._stack = QStackedWidget()
        for page in (self._toy, *self._pages.values()):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tab_lines())
        column.addWidget(self._stack, 1)
        self.setAutoFillBackground(True)
        self._tabs.idClicked.connect(self._on_tab)
        room.board_changed.connect(self.refresh)
        self.refresh()

    @property
    def shown(self) -> QWidget:
        """The page in front: the plane's, or one of those on pictures."""
        return self._stack.currentWidget() or self._toy

    def _tab_lines(self) -> QGridLayout:
        """Two rows of tabs, and more where the window is narrow: none is ever cut."""
        grid = QGridLayout()
        grid.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, STEP)
        grid.setSpacing(STEP)
        shown = [view for view in PICTURE_VIEWS if view.key in self._pages]
        for row, (heading, views) in enumerate((("ON THE PLANE", VIEWS), ("ON PICTURES", shown))):
            if not views:
                continue
            grid.addWidget(plain_label(heading, role="heading"), row, 0)
            line = FlowLayout(STEP)
            for view in views:
                line.addWidget(self._tab(view))
            grid.addLayout(line, row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _tab(self, view: View) -> QPushButton:
        button = QPushButton(view.title)
        button.setObjectName(f"lab_{view.key}_tab")
        button.setCheckable(True)
        button.setProperty("role", "workspace")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        set_plain_tip(button, view.words)
        self._tabs.addButton(button, ALL_VIEWS.index(view))
        return button

    @Slot()
    def refresh(self) -> None:
        """Show which tab is chosen."""
        view = view_of(self.room.board)
        self._stack.setCurrentWidget(self._pages.get(view.key, self._toy))
        tab = self._tabs.button(ALL_VIEWS.index(view))
        if tab is not None:
            tab.setChecked(True)
        is_drawing = self.room.board.draw_label is not None
        shape = Qt.CursorShape.CrossCursor if is_drawing else Qt.CursorShape.ArrowCursor
        self.plane.setCursor(shape)

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        self.room.change(view=ALL_VIEWS[at].key, draw_label=None)
