"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import Actions, key_text
from studio.ui.controls import STEP
from studio.ui.theme import color

Index = QModelIndex | QPersistentModelIndex
_KEY_ROLE = Qt.ItemDataRole.UserRole
_MENU_ROLE = Qt.ItemDataRole.UserRole + 1
_ID_ROLE = Qt.ItemDataRole.UserRole + 2


_SCATTERED = 1000  # more than any text's letters can cost


def rank(wanted: str, text: str) -> int | None:
    """How well `text` fits what was typed: smaller is better, None = not at all.

    A text with every typed word in one piece comes first, best at the start of a word.
    Then one with every letter in order; the start of a word counts more than its middle.
    """
    wanted, text = wanted.lower(), text.lower()
    places = [_whole(word, text) for word in wanted.split()]
    if None not in places:
        return sum(place or 0 for place in places) + len(text) // 16
    letters = _letters(wanted.replace(" ", ""), text)
    return None if letters is None else _SCATTERED + letters + len(text) // 16


def _starts_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _whole(word: str, text: str) -> int | None:
    """0 at the start of a word, 3 inside one, None where the word is not in one piece."""
    found = text.find(word)
    if found < 0:
        return None
    while found >= 0:
        if _starts_word(text, found):
            return 0
        found = text.find(word, found + 1)
    return 3


def _letters(wanted: str, text: str) -> int | None:
    at, cost = -1, 0
    for letter in wanted:
        found = text.find(letter, at + 1)
        if found < 0:
            return None
        cost += 0 if found == at + 1 or _starts_word(text, found) else 3 + found - at
        at = found
    return cost


class PaletteDelegate(QStyledItemDelegate):
    """Draws name, menu and key of a command."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """One comfortable line."""
        return QSize(100, 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent"))
            painter.drawRoundedRect(option.rect.adjusted(STEP, 1, -STEP, -1), 6, 6)
        box = option.rect.adjusted(4 * STEP, 0, -4 * STEP, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(color("accent_text" if is_selected else "text"))
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, index.data())
        painter.setPen(color("accent_text" if is_selected else "muted"))
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, index.data(_KEY_ROLE))
        menu = QRect(box.left(), box.top(), box.width() - 130, box.height())
        painter.drawText(menu, middle | Qt.AlignmentFlag.AlignRight, index.data(_MENU_ROLE))
        painter.restore()


class CommandPalette(QFrame):
    """A pop-up over the window with a search field and the commands that fit."""

    def __init__(self, actions: Actions, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("paletteCard")
        self._actions = actions
        self._window = window
        self._search = QLineEdit()
        self._search.setObjectName("paletteSearch")
        self._search.setAccessibleName("Search commands")
        self._search.setPlaceholderText("What do you want to do?")
        self._list = QListWidget()
        self._list.setObjectName("paletteList")
        self._list.setAccessibleName("Commands")
        self._list.setProperty("role", "bare")
        self._list.setItemDelegate(PaletteDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP, STEP, STEP, STEP)
        column.addWidget(self._search)
        column.addWidget(self._list)
        self._search.textChanged.connect(self._fill)
        self._search.installEventFilter(self)
        self._list.itemClicked.connect(self._run)

    @Slot()
    def open(self) -> None:
        """Show the palette under the window's top bar, with an empty search."""
        window = self._window
        width = min(620, window.width() - 40)
        self.resize(width, min(440, window.height() - 80))
        at = window.mapToGlobal(window.rect().topLeft())
        self.move(at.x() + (window.width() - width) // 2, at.y() + 48)
        self._search.clear()
        self._fill("")
        self.show()
        self._search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list and Enter runs, while the focus stays in the search field."""
        if watched is self._search and isinstance(event, QKeyEvent):
            if event.type() is not QEvent.Type.KeyPress:
                return False
            key = event.key()
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8,
                    Qt.Key.Key_PageDown: 8}.get(Qt.Key(key))  # fmt: skip
            if step is not None:
                row = min(max(self._list.currentRow() + step, 0), self._list.count() - 1)
                self._list.setCurrentRow(row)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return False

    @Slot(str)
    def _fill(self, wanted: str) -> None:
        found: list[tuple[int, str, str, QAction]] = []
        for entry in self._actions.entries():
            action = entry.action
            cost = rank(wanted, _name(action) + " " + entry.menu)
            if cost is not None and action.isVisible() and action.isEnabled():
                found.append((cost, entry.menu, entry.id, action))
        if wanted:
            found.sort(key=lambda one: one[0])
        self._list.clear()
        for _, menu, id, action in found:
            item = QListWidgetItem(_name(action))
            item.setData(_KEY_ROLE, key_text(action.shortcut()))
            item.setData(_MENU_ROLE, menu)
            item.setData(_ID_ROLE, id)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    @Slot(QListWidgetItem)
    def _run(self, item: QListWidgetItem | None) -> None:
        self.hide()
        if item is not None:
            self._actions[item.data(_ID_ROLE)].trigger()


def _name(action: QAction) -> str:
    return action.text().replace("&", "").rstrip("…")
