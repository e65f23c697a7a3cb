"""Offers names while they are typed into a prompt: `<lora:` and `__list__`."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QObject, QStringListModel, Qt, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QCompleter, QListView

from studio.library.wording import Wording
from studio.ui.prompt_edit import PromptEdit

LOOKED_BACK = 120  # characters before the cursor; names are shorter
_LORA = re.compile(r"<(?:l|lo|lor|lora|lora:([^:<>\n]*))?$", re.IGNORECASE)
_LIST = re.compile(r"(?:^|[^\w])(__([\w./-]*?))$")


class Wanted(NamedTuple):
    """What is being typed. kind: "lora" or "list"; text: of the name so far; length: with its
    sign, from there to the cursor."""

    kind: str
    text: str
    length: int


def wanted(before: str) -> Wanted | None:
    """What the words before the cursor begin; None if they begin no name."""
    near = before[-LOOKED_BACK:]
    if match := _LORA.search(near):
        return Wanted("lora", match[1] or "", len(match[0]))
    if (match := _LIST.search(near)) and before.count("__") % 2:  # of all: near may begin in one
        return Wanted("list", match[2], len(match[1]))
    return None


class Completing(QObject):
    """Shows the fitting names under the cursor of a prompt field; Enter or Tab takes one."""

    def __init__(self, edit: PromptEdit, wording: Wording) -> None:
        super().__init__(edit)
        self._edit = edit
        self._wording = wording
        self._wanted: Wanted | None = None
        self._names = QStringListModel(self)
        self.completer = QCompleter(self._names, self)
        self.completer.setWidget(edit)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.popup = QListView()
        self.completer.setPopup(self.popup)
        self.popup.setObjectName("promptCompletions")
        self.popup.setAccessibleName("Names that fit")
        self.completer.activated.connect(self.take)
        edit.cursorPositionChanged.connect(self._on_cursor)
        edit.is_choosing = self.is_open

    def is_open(self) -> bool:
        """Whether names are shown."""
        return bool(self.popup.isVisible())

    @Slot()
    def look(self) -> None:
        """Show, narrow or hide the names, by what stands before the cursor."""
        cursor = self._edit.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        self._wanted = None if cursor.hasSelection() else wanted(before)
        if self._wanted is None:
            self.popup.hide()
            return
        is_lora = self._wanted.kind == "lora"
        names = self._wording.lora_names() if is_lora else self._wording.list_names()
        if names != self._names.stringList():
            self._names.setStringList(names)
        self.completer.setCompletionPrefix(self._wanted.text)
        if self.completer.completionCount() == 0:
            self.popup.hide()
            return
        place = self._edit.cursorRect()
        place.setWidth(max(160, self.popup.sizeHintForColumn(0) + 40))
        place.translate(self._edit.viewport().pos())
        self.completer.complete(place)
        self.popup.setCurrentIndex(self.completer.completionModel().index(0, 0))

    @Slot()
    def _on_cursor(self) -> None:
        """Arrows reach the text through the list: what would be replaced is now another word."""
        if self.is_open():
            self.look()

    @Slot(str)
    def take(self, name: str) -> None:
        """Write a name in place of what was typed of it."""
        if self._wanted is None:
            return
        cursor = self._edit.textCursor()
        back, keep = QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor
        cursor.movePosition(back, keep, self._wanted.length)
        is_lora, self._wanted = self._wanted.kind == "lora", None
        cursor.insertText(f"<lora:{name}:1>" if is_lora else f"__{name}__")
        self._edit.setTextCursor(cursor)
