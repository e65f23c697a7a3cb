"""The list of all keys (F1): grouped by menu, with a search field; each can be changed here."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QBrush, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import MENUS, Actions, Entry, key_text
from studio.ui.controls import STEP, row_of
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import color, set_role

# Keys that belong to a widget rather than to an action; they stay as they are.
OF_WIDGETS = {
    "Edit": (
        ("Make the word or selection count more", "Ctrl+Up"),
        ("Make the word or selection count less", "Ctrl+Down"),
        ("Move the phrase at the cursor before its neighbour", "Alt+Left"),
        ("Move the phrase at the cursor behind its neighbour", "Alt+Right"),
        ("Earlier prompt", "Alt+Up"),
        ("Later prompt", "Alt+Down"),
    ),
    "View": (
        ("Default value of a setting", "Double-click its label"),
        ("100 %, while the picture has the focus", "1"),
        ("Closer to the picture, while it has the focus", "+"),
        ("Further away from it", "-"),
        ("History: use all settings of the picture", "A"),
        ("History: use all but the seed", "R"),
        ("History: use its prompt", "P"),
        ("History: use its seed", "S"),
        ("History: pin it as favourite", "."),
        ("History: delete it", "Del"),
    ),
    "Generate": (
        ("Queue: the chosen picture earlier", "Alt+Up"),
        ("Queue: the chosen picture later", "Alt+Down"),
        ("Queue: remove the chosen picture", "Del"),
    ),
    "Paint": (("Move the view, while it is held", "Space"),),
}
_ID = Qt.ItemDataRole.UserRole


class KeysDialog(QDialog):
    """A window beside the main one; it does not block anything."""

    def __init__(self, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.resize(600, 680)
        self._actions = actions
        self._search = QLineEdit()
        self._search.setObjectName("keysSearch")
        self._search.setAccessibleName("Search keys")
        self._search.setPlaceholderText("Search commands and keys…")
        self._search.setClearButtonEnabled(True)
        self._tree = QTreeWidget()
        self._tree.setObjectName("keysTree")
        self._tree.setAccessibleName("Keys")
        self._tree.setHeaderLabels(["Command", "Key"])
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.header().setStretchLastSection(False)
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(3 * STEP)
        self.editor = KeyEditor(actions)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[4 * STEP] * 4)
        column.setSpacing(2 * STEP)
        column.addWidget(self._search)
        column.addWidget(self._tree, 1)
        column.addWidget(self.editor)
        self._search.textChanged.connect(self._fill)
        self._tree.currentItemChanged.connect(self._on_current)
        self._tree.itemActivated.connect(self._on_activated)
        actions.keys_changed.connect(self._on_keys_changed)

    @Slot()
    def open(self) -> None:
        """Fill the list anew and show it."""
        self._fill(self._search.text())
        self.show()
        self.raise_()
        self.activateWindow()
        self._search.setFocus()

    @Slot(str)
    def _fill(self, wanted: str) -> None:
        item = self._tree.currentItem()
        kept = item.data(0, _ID) if item is not None else None
        self._tree.clear()
        for menu in MENUS:
            entries = [entry for entry in self._actions.entries() if entry.menu == menu]
            lines = [_line(entry) for entry in entries]
            lines += [_fixed(*row) for row in OF_WIDGETS.get(menu, ())]
            lines = [line for line in lines if _fits(line, menu, wanted)]
            if not lines:
                continue
            head = QTreeWidgetItem([menu.upper()])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setForeground(0, QBrush(color("muted")))
            head.setSizeHint(0, QSize(0, 32))
            head.setTextAlignment(0, Qt.AlignmentFlag.AlignBottom)
            self._tree.addTopLevelItem(head)
            for line in lines:
                head.addChild(line)
                if kept is not None and line.data(0, _ID) == kept:
                    self._tree.setCurrentItem(line)
            head.setExpanded(True)

    @Slot(dict)
    def _on_keys_changed(self, _chosen: dict[str, list[str]]) -> None:
        if self.isVisible():
            self._fill(self._search.text())

    @Slot(QTreeWidgetItem, QTreeWidgetItem)
    def _on_current(self, item: QTreeWidgetItem | None, _before: object) -> None:
        self.editor.edit(item.data(0, _ID) or "" if item is not None else "")

    @Slot(QTreeWidgetItem)
    def _on_activated(self, _item: QTreeWidgetItem) -> None:
        self.editor.begin()


class KeyEditor(QFrame):
    """Below the list: the chosen command's key, what stands against it, and the way back."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("card")
        self._actions = actions
        self._id = ""
        self._name = plain_label("Choose a command to change its key.", role="muted")
        self._name.setObjectName("keyCommand")
        self.field = QKeySequenceEdit()
        self.field.setObjectName("keyField")
        self.field.setMaximumSequenceLength(1)
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("New key")
        self.field.installEventFilter(self)
        self.set_button = _button("keySetButton", "Set", "Use this key from now on.")
        self.none_button = _button("keyNoneButton", "No key", "Take the key away.")
        self.reset_button = _button("keyResetButton", "Reset", "The key it had at first.")
        self.all_button = _button("keyResetAllButton", "Reset all", "All keys as at first.")
        self._note = plain_label(role="muted")
        self._note.setObjectName("keyNote")
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[3 * STEP] * 4)
        column.setSpacing(2 * STEP)
        column.addWidget(self._name)
        row = row_of(self.field, self.set_button, self.none_button, self.reset_button,
                     self.all_button)  # fmt: skip
        row.setStretch(0, 1)
        column.addLayout(row)
        column.addWidget(self._note)
        self.field.keySequenceChanged.connect(self._on_typed)
        self.set_button.clicked.connect(self._on_set)
        self.none_button.clicked.connect(self._on_none)
        self.reset_button.clicked.connect(self._on_reset)
        self.all_button.clicked.connect(self._on_reset_all)
        self.edit("")

    def edit(self, id: str) -> None:
        """Show the key of this command; "" = of none."""
        self._id = id
        entry = self._entry()
        self._name.setText(entry.name if entry else "Choose a command to change its key.")
        set_role(self._name, "" if entry else "muted")
        for part in (self.field, self.none_button):
            part.setEnabled(entry is not None)
        self.reset_button.setEnabled(entry is not None and entry.is_changed)
        self.all_button.setEnabled(any(one.is_changed for one in self._actions.entries()))
        self.field.setKeySequence(QKeySequence(entry.own_keys[0] if entry and entry.own_keys
                                               else ""))  # fmt: skip
        self._say()

    def begin(self) -> None:
        """Wait for the new key."""
        if self._id:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab leaves the field, so that the keyboard alone suffices; all else is a key."""
        if watched is not self.field or not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        if event.type() is QEvent.Type.KeyPress and key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.focusNextPrevChild(key is Qt.Key.Key_Tab)
            return True
        return False

    def _entry(self) -> Entry | None:
        return next((e for e in self._actions.entries() if e.id == self._id), None)

    def _typed(self) -> str:
        return self.field.keySequence().toString()

    @Slot(QKeySequence)
    def _on_typed(self, _key: QKeySequence) -> None:
        self._say()

    def _say(self) -> None:
        """Say what the typed key would do, and whether it may be set."""
        entry, key = self._entry(), self._typed()
        is_new = entry is not None and bool(key) and key not in entry.own_keys
        words, role = "Press Enter on a command, then press the new key.", "muted"
        if entry is not None and is_new:
            words, role = _meaning(self._actions, entry, key)
        elif entry is not None and entry.is_changed:
            at_first = _keys([QKeySequence(key) for key in entry.keys]) or "none"
            words = f"You changed this key. At first it was {at_first}."
        self._note.setText(words)
        set_role(self._note, role)
        self.set_button.setEnabled(is_new)

    @Slot()
    def _on_set(self) -> None:
        key = self._typed()
        self._actions.set_keys(self._id, dict.fromkeys((key, key.replace("Return", "Enter"))))
        self.edit(self._id)

    @Slot()
    def _on_none(self) -> None:
        self._actions.set_keys(self._id, [])
        self.edit(self._id)

    @Slot()
    def _on_reset(self) -> None:
        self._actions.reset_keys(self._id)
        self.edit(self._id)

    @Slot()
    def _on_reset_all(self) -> None:
        self._actions.reset_keys()
        self.edit(self._id)


def _meaning(actions: Actions, entry: Entry, key: str) -> tuple[str, str]:
    """What else this key means, in words, and the role of those words."""
    shown = key_text(QKeySequence(key))
    others = [f"“{other.name}”" for other in actions.conflicts(entry.id, key)]
    fixed = [name for rows in OF_WIDGETS.values() for name, own in rows if own == key]
    if others:
        return f"{shown} now means {', '.join(others)}. Set takes it away there.", "warning"
    if fixed:
        return f"{shown}: “{fixed[0]}” keeps this key while its field has the focus.", "warning"
    return f"{shown} is free.", "muted"


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAutoDefault(False)
    set_plain_tip(button, tip)
    return button


def _line(entry: Entry) -> QTreeWidgetItem:
    """A command and its keys; amber when the user has changed them."""
    line = QTreeWidgetItem([entry.name, _keys(entry.action.shortcuts()) or "–"])
    line.setData(0, _ID, entry.id)
    token = "accent_ink" if entry.is_changed else "text" if entry.own_keys else "muted"
    line.setForeground(1, QBrush(color(token)))
    return line


def _fixed(name: str, key: str) -> QTreeWidgetItem:
    line = QTreeWidgetItem([name, key])
    line.setForeground(1, QBrush(color("muted")))
    return line


def _fits(line: QTreeWidgetItem, menu: str, wanted: str) -> bool:
    return wanted.lower() in " ".join((menu, line.text(0), line.text(1))).lower()


def _keys(shortcuts: list[QKeySequence]) -> str:
    return ", ".join(dict.fromkeys(key_text(key) for key in shortcuts))
