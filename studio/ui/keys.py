"""The list of all keys (F1), grouped by menu, with a search field."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import MENUS, Actions, key_text
from studio.ui.controls import STEP

# Keys that belong to a widget rather than to an action.
OF_WIDGETS = {
    "Edit": (
        ("Make the word or selection count more", "Ctrl+Up"),
        ("Make the word or selection count less", "Ctrl+Down"),
        ("Move the phrase at the cursor before its neighbour", "Alt+Left"),
        ("Move the phrase at the cursor behind its neighbour", "Alt+Right"),
        ("Earlier prompt", "Alt+Up"),
        ("Later prompt", "Alt+Down"),
    ),
    "View": (("Default value of a setting", "Double-click its label"),),
}


class KeysDialog(QDialog):
    """A window beside the main one; it does not block anything."""

    def __init__(self, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.resize(560, 640)
        self._actions = actions
        self._search = QLineEdit()
        self._search.setAccessibleName("Search keys")
        self._search.setPlaceholderText("Search…")
        self._search.setClearButtonEnabled(True)
        self._tree = QTreeWidget()
        self._tree.setAccessibleName("Keys")
        self._tree.setHeaderLabels(["What", "Key"])
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setStretchLastSection(False)
        self._tree.setRootIsDecorated(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[4 * STEP] * 4)
        column.addWidget(self._search)
        column.addWidget(self._tree)
        self._search.textChanged.connect(self._fill)

    @Slot()
    def open(self) -> None:
        """Fill the list anew and show it."""
        self._fill(self._search.text())
        self.show()
        self.raise_()

    @Slot(str)
    def _fill(self, wanted: str) -> None:
        self._tree.clear()
        for menu in MENUS:
            rows = [
                (entry.action.text().replace("&", ""), _keys(entry.action.shortcuts()))
                for entry in self._actions.entries()
                if entry.menu == menu and entry.action.shortcuts()
            ]
            rows += OF_WIDGETS.get(menu, ())
            rows = [r for r in rows if wanted.lower() in " ".join((menu, *r)).lower()]
            if not rows:
                continue
            head = QTreeWidgetItem([menu.upper()])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._tree.addTopLevelItem(head)
            for row in rows:
                head.addChild(QTreeWidgetItem(list(row)))
            head.setExpanded(True)


def _keys(shortcuts: list[QKeySequence]) -> str:
    return ", ".join(dict.fromkeys(key_text(key) for key in shortcuts))
