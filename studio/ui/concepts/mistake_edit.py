"""A line for an expression in which a mistake is underlined where it is."""

from __future__ import annotations

from PySide6.QtCore import QRect, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit

from studio.concepts.expression import ExpressionError
from studio.ui.plain import set_plain_tip
from studio.ui.theme import color

LENGTH_MAX = 20_000  # characters
LEAST_WIDTH = 6  # px of the line under a mistake


class MistakeEdit(QLineEdit):
    """The line; the text it was judged by is remembered, since typing goes on meanwhile."""

    def __init__(self, name: str, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._judged = ""
        self.mistake: ExpressionError | None = None
        self.setObjectName(name)
        self.setMaxLength(LENGTH_MAX)
        set_plain_tip(self, hint)
        self.textEdited.connect(self._on_edited)

    def show_mistake(self, mistake: ExpressionError | None) -> None:
        """Underline a mistake of the present text, or nothing."""
        self.mistake, self._judged = mistake, self.text()
        self.setProperty("invalid", mistake is not None)
        self.style().unpolish(self)
        self.style().polish(self)
        set_plain_tip(self, str(mistake) if mistake else self._hint)
        self.update()

    @Slot()
    def _on_edited(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline the mistake."""
        super().paintEvent(event)
        if self.mistake is None or self.text() != self._judged:
            return
        painter = QPainter(self)
        painter.setPen(QPen(color("minus"), 2))
        place = self.place_of(self.mistake.position, self.mistake.length)
        painter.drawLine(place.bottomLeft(), place.bottomRight())

    def place_of(self, position: int, length: int) -> QRect:
        """Where some characters stand, as far as they are in sight."""
        metrics, text = self.fontMetrics(), self.text()
        cursor = self.cursorRect().center().x()
        origin = cursor - metrics.horizontalAdvance(text[: self.cursorPosition()])
        left = origin + metrics.horizontalAdvance(text[:position])
        width = metrics.horizontalAdvance(text[position : position + length])
        inner = self.rect().adjusted(8, 0, -8, -5)
        return QRect(left, 0, max(width, LEAST_WIDTH), inner.bottom()).intersected(inner)
