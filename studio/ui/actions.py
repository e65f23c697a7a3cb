"""The one registry of what can be done: menus, shortcuts, palette and the list of keys read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.panels import WORKSPACES
from studio.ui.plain import set_plain_tip
from studio.ui.theme import set_icon

MENUS = ("File", "Edit", "Generate", "View", "Filmstrip", "Paint", "Concepts", "Laboratory", "Help")

_MENU_WORDS = {"strip": "Filmstrip", "filmstrip": "Filmstrip", "canvas": "Paint", "paint": "Paint",
               "concepts": "Concepts", "lab": "Laboratory", "generate": "Generate",
               "queue": "Generate", "file": "File", "edit": "Edit", "prompt": "Edit",
               "help": "Help"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """An action and where it belongs. workspaces: where it can be used; empty = everywhere."""

    id: str
    action: QAction
    menu: str
    workspaces: frozenset[str]


class Actions(QObject):
    """All actions of the window, by id ("generate.start", "strip.fork", ...).

    Signals:
        actions_changed(): an action was added.
    """

    actions_changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._entries: dict[str, Entry] = {}
        self._workspace = ""

    def add(
        self,
        id: str,
        text: str,
        slot: Callable[..., Any],
        *,
        shortcut: str | Iterable[str] = "",
        tip: str = "",
        icon: str = "",
        workspaces: Iterable[str] = (),
        menu: str = "",
        context: QWidget | None = None,
        is_checkable: bool = False,
    ) -> QAction:
        """Register an action.

        slot: a bound method of a QObject; receives `checked` if it takes an argument.
        shortcut: one or several key sequences; the first is shown. Single letters need `context`,
        the widget in which (or in whose children) the key counts; without it a key counts in the
        whole window. menu: one of MENUS; "" = guessed from the id's first word.
        """
        action = QAction(text, self._window)
        action.setObjectName(f"action:{id}")
        action.setCheckable(is_checkable)
        action.setShortcuts(_sequences(shortcut))
        if context is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            context.addAction(action)
        else:
            self._window.addAction(action)
        set_plain_tip(action, _with_key(tip or text, action))
        if icon:
            set_icon(action, icon)
        (action.toggled if is_checkable else action.triggered).connect(slot)
        places = frozenset(workspaces)
        self._entries[id] = Entry(id, action, menu or _menu_of(id), places)
        self._refresh(self._entries[id])
        self.actions_changed.emit()
        return action

    def __getitem__(self, id: str) -> QAction:
        return self._entries[id].action

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def entries(self) -> list[Entry]:
        """All actions in the order in which they were added."""
        return list(self._entries.values())

    def set_workspace(self, name: str) -> None:
        """Switch off the shortcuts of actions that belong to other workspaces."""
        if name not in WORKSPACES:
            raise ValueError(f"no workspace {name!r}")
        self._workspace = name
        for entry in self._entries.values():
            self._refresh(entry)

    def _refresh(self, entry: Entry) -> None:
        if entry.workspaces and self._workspace:
            entry.action.setVisible(self._workspace in entry.workspaces)


def is_typing() -> bool:
    """True while a text field has the focus, so that single letters are text, not commands."""
    widget = QApplication.focusWidget()
    return widget is not None and bool(
        widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    )


def _sequences(shortcut: str | Iterable[str]) -> list[QKeySequence]:
    keys = [shortcut] if isinstance(shortcut, str) else list(shortcut)
    return [QKeySequence(key) for key in keys if key]


def key_text(shortcut: QKeySequence) -> str:
    """A key as people call it; Return is Enter, and both Enter keys are one."""
    return shortcut.toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


def _with_key(tip: str, action: QAction) -> str:
    key = key_text(action.shortcut())
    return f"{tip}  ({key})" if key else tip


def _menu_of(id: str) -> str:
    first = id.split(".", 1)[0]
    return _MENU_WORDS.get(first, "View")
