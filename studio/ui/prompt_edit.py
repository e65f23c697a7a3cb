"""A plain-text field for prompts: weights by key, history by key, nothing ever rendered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from studio.engine.emphasis import bump_weight
from studio.engine.request import PROMPT_LIMIT

# Keys that a text field would keep for itself, though they are the window's.
_OF_THE_WINDOW = frozenset({
    (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier),
})  # fmt: skip
PASTE_LIMIT = 2 * PROMPT_LIMIT  # characters; what is longer is a file, not a prompt


class PromptEdit(QPlainTextEdit):
    """A prompt. Tab leaves the field; Ctrl+Up/Down change the weight of a word or selection.

    Signals:
        edited(str): the text has changed by the user's hand.
        history_wanted(int): +1 = an older prompt, -1 = a newer one (Alt+Up, Alt+Down).
    """

    edited = Signal(str)
    history_wanted = Signal(int)

    def __init__(self, name: str, accessible: str, placeholder: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._on_text_changed)

    def show_text(self, text: str) -> None:
        """Show `text` without telling anybody; undo still goes back to what was there."""
        if text == self.toPlainText():
            return
        was_blocked = self.blockSignals(True)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.blockSignals(was_blocked)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.viewport().update()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste words only, without NULs, at most PASTE_LIMIT of them."""
        text = source.text().replace("\x00", "")
        if text:
            self.textCursor().insertText(text[:PASTE_LIMIT])
            self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files are for the window (it reads their settings), words are for the prompt."""
        return source.hasText() and not source.hasUrls()

    def event(self, event: QEvent) -> bool:
        """Leave the window's own keys to the window."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if (Qt.Key(event.key()), modifiers) in _OF_THE_WINDOW:
                event.ignore()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Up/Down: weight. Alt+Up/Down: history. All else is typing."""
        direction = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if direction and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.bump_weight(0.1 * direction)
        elif direction and modifiers == Qt.KeyboardModifier.AltModifier:
            self.history_wanted.emit(direction)
        else:
            super().keyPressEvent(event)

    def bump_weight(self, step: float) -> None:
        """Make the selected words, or the word at the cursor, count more or less."""
        cursor = self.textCursor()
        text = self.toPlainText()
        start, end = (
            _characters(text, at) for at in (cursor.selectionStart(), cursor.selectionEnd())
        )
        changed = bump_weight(text, start, end, step=step)
        if changed.text == text:
            return
        whole = QTextCursor(self.document())
        whole.select(QTextCursor.SelectionType.Document)
        whole.insertText(changed.text)
        cursor = self.textCursor()
        cursor.setPosition(_units(changed.text, changed.start))
        cursor.setPosition(_units(changed.text, changed.end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _on_text_changed(self) -> None:
        self.edited.emit(self.toPlainText())


def _units(text: str, characters: int) -> int:
    """Qt counts UTF-16 units, Python characters; they differ beyond U+FFFF (most emoji)."""
    return len(text[:characters].encode("utf-16-le", "surrogatepass")) // 2


def _characters(text: str, units: int) -> int:
    data = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(data.decode("utf-16-le", "ignore"))
