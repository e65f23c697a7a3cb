"""Docks that look like cards: a quiet title that can be dragged, floated and closed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.controls import STEP, IconButton
from studio.ui.panels import Panel
from studio.ui.plain import plain_label

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class DockTitle(QFrame):
    """The heading of a dock; its buttons show while the mouse is over it. Keys: View > Panels."""

    def __init__(self, dock: QDockWidget, title: str, header: QWidget | None = None) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setObjectName("dockTitle")
        self._float = IconButton("dockFloatButton", "float", "Detach or attach.", is_flat=True)
        self._close = IconButton("dockCloseButton", "close", "Hide. View > Panels brings it back.",
                                 is_flat=True)  # fmt: skip
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP, 2 * STEP, STEP, 2)
        row.setSpacing(0)
        row.addWidget(plain_label(title.upper(), role="heading"))
        row.addStretch(1)
        for button in (self._float, self._close):
            button.setFixedSize(20, 20)
            button.setIconSize(QSize(14, 14))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
            button.hide()
            row.addWidget(button)
        self._row = row
        if header is not None:
            self.add_header(header)
        self._float.clicked.connect(self._on_float)
        self._close.clicked.connect(dock.close)

    def add_header(self, header: QWidget) -> None:
        """Put a widget between the title and the buttons, as wide as there is room."""
        self._row.insertWidget(1, header, 1)
        self._row.setStretch(2, 0)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the buttons."""
        self._float.show()
        self._close.show()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the buttons."""
        self._float.hide()
        self._close.hide()
        super().leaveEvent(event)

    @Slot()
    def _on_float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


class Dock(QDockWidget):
    """A panel in a dock. The panel is built when the dock is first shown."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(panel.title, parent)
        self.panel = panel
        self.setObjectName(f"{panel.name}Dock")
        self._title = DockTitle(self, panel.title, panel.header)
        self.setTitleBarWidget(self._title)
        self._body = QFrame()
        self._body.setObjectName("dockBody")
        column = QVBoxLayout(self._body)
        column.setContentsMargins(1, 0, 1, 1)
        column.setSpacing(0)
        self.setWidget(self._body)
        self.content: QWidget | None = None

    def build(self) -> None:
        """Build the panel if it is not built."""
        if self.content is None:
            self.content = self.panel.build()
            layout = self._body.layout()
            if layout is not None and self.content is not None:
                layout.addWidget(self.content)

    def take(self, panel: Panel) -> None:
        """Take in the panel that this dock has kept a place for; built if the dock is open."""
        self.panel = panel
        if panel.header is not None:
            self._title.add_header(panel.header)
        if not self.isHidden():
            self.build()
