"""A card that floats over the window, with a heading and a close button; Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.ui.controls import STEP, IconButton
from studio.ui.plain import plain_label
from studio.ui.theme import color

_SPACE = 12  # px kept free to the window's edges


class Card(QFrame):
    """Lies over its host (the window) without blocking it; what it holds is in `body`.

    Signals:
        closed(): the user has closed it.
    """

    closed = Signal()

    def __init__(self, name: str, title: str, host: QWidget, width: int = 420) -> None:
        super().__init__(host)
        self.setObjectName(name)
        self.setFixedWidth(width)
        self._host = host
        self._is_above = QPoint()
        self._before: QWidget | None = None  # what had the focus when the card was opened
        self.heading = plain_label(title, role="title")
        close = IconButton(f"{name}Close", "close", "Close (Esc).", is_flat=True)
        close.clicked.connect(self.dismiss)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(close)
        self.body = QVBoxLayout()
        self.body.setSpacing(2 * STEP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * STEP, 3 * STEP, 4 * STEP, 4 * STEP)
        layout.setSpacing(2 * STEP)
        layout.addLayout(head)
        layout.addLayout(self.body)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 6)
        shadow.setColor(QColor(0, 0, 0, 150))
        self.setGraphicsEffect(shadow)
        host.installEventFilter(self)
        self.hide()

    def open_above(self, point: QPoint) -> None:
        """Show the card with its lower middle at `point` (global), inside the window."""
        self._is_above = self._host.mapFromGlobal(point)
        focus = QApplication.focusWidget()
        if focus is not None and not self.isAncestorOf(focus):
            self._before = focus
        self.show()
        self._place()
        self.raise_()

    def _place(self) -> None:
        self.adjustSize()
        room_x = max(_SPACE, self._host.width() - self.width() - _SPACE)
        room_y = max(_SPACE, self._host.height() - self.height() - _SPACE)
        x = self._is_above.x() - self.width() // 2
        y = self._is_above.y() - self.height() - _SPACE
        self.move(max(_SPACE, min(x, room_x)), max(_SPACE, min(y, room_y)))

    def is_own_key(self, event: QKeyEvent) -> bool:
        """Whether a key is the card's own, and not the window's: Esc there stops the picture."""
        return event.key() == Qt.Key.Key_Escape

    def event(self, event: QEvent) -> bool:
        """Grow and shrink with what is inside: a fold that opens must not squeeze the rest."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(self.is_own_key(event))
            return event.isAccepted()
        is_handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place()
        return is_handled

    @Slot()
    def dismiss(self) -> None:
        """Close; the focus goes back to where it was."""
        focus, before, self._before = QApplication.focusWidget(), self._before, None
        is_mine = focus is None or focus is self or self.isAncestorOf(focus)
        if is_mine and before is not None and isValid(before):
            before.setFocus()
        self.hide()
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised, rounded ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("strong_line"), 1))
        painter.setBrush(color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay inside a window that gets smaller."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
