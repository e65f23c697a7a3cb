"""A small window under a button; it closes when one clicks elsewhere or presses Escape."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.ui.controls import STEP
from studio.ui.plain import plain_label
from studio.ui.theme import current


class Popup(QFrame):
    """Holds a column of controls under a heading."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme = current()
        self.setStyleSheet(
            f"QFrame#{name} {{ background: {theme.panel}; border: 1px solid {theme.strong_line}; }}"
        )
        self.setMinimumWidth(300)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        self.column.setSpacing(2 * STEP)
        self.column.addWidget(plain_label(title.upper(), role="heading"))

    def show_below(self, button: QWidget) -> None:
        """Open under a button, inside the screen."""
        self.adjustSize()
        place = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + STEP))
        room = button.screen().availableGeometry()
        place.setX(min(max(place.x(), room.left()), room.right() - self.width() - STEP))
        place.setY(min(max(place.y(), room.top()), room.bottom() - self.height() - STEP))
        self.move(place)
        self.show()
