"""The line in which a take is renamed: Enter takes the name, Esc gives it up."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.state.filmstrip.branches import NAME_LIMIT


class NameEdit(QLineEdit):
    """Keeps Esc to itself: in the window it would stop the picture that is being made.

    Signals:
        given_up(): Esc was pressed; what was typed does not count.
    """

    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("takeName")
        self.setAccessibleName("Name of the take")
        self.setMaxLength(NAME_LIMIT)

    def event(self, event: QEvent) -> bool:
        """Tell the window that Esc is wanted here."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)
