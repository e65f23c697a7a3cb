"""A plain-text field for prompts: weights, phrases and history by key, nothing ever rendered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from studio.engine.emphasis import Edit, bump_weight
from studio.engine.request import PROMPT_LIMIT
from studio.state.phrases import move_phrase

# Keys that a text field would keep for itself, though they are the window's.
_OF_THE_WINDOW = frozenset({
    (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier),
})  # fmt: skip
_OF_A_CHOICE = frozenset({
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape,
})  # fmt: skip
_UP = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_RIGHT = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
PASTE_LIMIT = 2 * PROMPT_LIMIT  # characters; what is longer is a file, not a prompt


class PromptEdit(QPlainTextEdit):
    """A prompt. Tab leaves the field; Ctrl+Up/Down change the weight of a word or selection,
    Alt+Left/Right move the phrase at the cursor.

    Signals:
        edited(str): the text has changed by the user's hand.
        history_wanted(int): +1 = an older prompt, -1 = a newer one (Alt+Up, Alt+Down).
        paste_cut(int, int): how many characters were to be pasted, and how many were.
    """

    edited = Signal(str)
    history_wanted = Signal(int)
    paste_cut = Signal(int, int)

    def __init__(self, name: str, accessible: str, placeholder: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.is_choosing: Callable[[], bool] = bool  # True while a list of names is open
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
        """Paste words only, without NULs, and no more than PASTE_LIMIT; a cut is told."""
        text = source.text().replace("\x00", "")
        if text:
            self.textCursor().insertText(text[:PASTE_LIMIT])
            self.ensureCursorVisible()
        if len(text) > PASTE_LIMIT:
            self.paste_cut.emit(len(text), PASTE_LIMIT)

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
        """Ctrl+Up/Down: weight. Alt+Left/Right: phrase. Alt+Up/Down: history. Else typing."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not modifiers and Qt.Key(event.key()) in _OF_A_CHOICE and self.is_choosing():
            event.ignore()  # Qt's completer asks here first, and then takes or drops the name
            return
        up, right = _UP.get(Qt.Key(event.key()), 0), _RIGHT.get(Qt.Key(event.key()), 0)
        if up and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.bump_weight(0.1 * up)
        elif up and modifiers == Qt.KeyboardModifier.AltModifier:
            self.history_wanted.emit(up)
        elif right and modifiers == Qt.KeyboardModifier.AltModifier:
            self.move_phrase(right)
        else:
            super().keyPressEvent(event)

    def bump_weight(self, step: float) -> None:
        """Make the selected words, or the word at the cursor, count more or less."""
        self._put(bump_weight(*self._selection(), step=step))

    def move_phrase(self, direction: int) -> None:
        """Let the phrase at the cursor change places with its neighbour, -1 before, +1 behind."""
        self._put(move_phrase(*self._selection(), direction))

    def _selection(self) -> tuple[str, int, int]:
        """The text, and where the selection begins and ends, in characters."""
        text, cursor = self.toPlainText(), self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        return text, _characters(text, start), _characters(text, end)

    def _put(self, changed: Edit) -> None:
        if changed.text == self.toPlainText():
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
