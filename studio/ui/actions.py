"""The one registry of what can be done: menus, shortcuts, palette and the list of keys read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    """An action and where it belongs. workspaces: where it can be used; empty = everywhere.

    context: the widget in which its keys count; None = the whole window. keys: those it was made
    with, which the user may have replaced. tip: its words without the key.
    """

    id: str
    action: QAction
    menu: str
    workspaces: frozenset[str]
    context: QWidget | None = None
    keys: tuple[str, ...] = ()
    tip: str = ""

    @property
    def name(self) -> str:
        """What the action is called in lists."""
        return self.action.text().replace("&", "").rstrip("…")

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys it has now, portable."""
        return tuple(key.toString() for key in self.action.shortcuts())

    @property
    def is_changed(self) -> bool:
        """Whether the user has given it other keys."""
        return self.own_keys != self.keys


class Actions(QObject):
    """All actions of the window, by id ("generate.start", "strip.fork", ...).

    chosen: the keys that the user has chosen, by id, as lists of portable key texts.

    Signals:
        actions_changed(): an action was added.
        keys_changed(dict): the user has chosen other keys; all that differ from their defaults.
    """

    actions_changed = Signal()
    keys_changed = Signal(dict)

    def __init__(self, window: QWidget, chosen: Mapping[str, Any] | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._chosen = _sane(chosen or {})
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
        keys = tuple(key.toString() for key in _sequences(shortcut))
        action.setShortcuts(_sequences(self._chosen.get(id, keys)))
        if context is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            context.addAction(action)
        else:
            self._window.addAction(action)
        if icon:
            set_icon(action, icon)
        (action.toggled if is_checkable else action.triggered).connect(slot)
        self._entries[id] = Entry(id, action, menu or _menu_of(id), frozenset(workspaces),
                                  context, keys, tip or text)  # fmt: skip
        set_plain_tip(action, _with_key(tip or text, action))
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

    # ------------------------------------------------------------ keys
    def set_keys(self, id: str, keys: Iterable[str]) -> None:
        """Give an action other keys; actions that would hear the same key lose it."""
        wanted = [key for key in keys if key]
        for key in wanted:
            for other in self.conflicts(id, key):
                self._give(other, [own for own in other.own_keys if own != key])
        self._give(self._entries[id], wanted)
        self.keys_changed.emit(dict(self._chosen))

    def reset_keys(self, id: str = "") -> None:
        """Give an action, or with "" every action, the keys that it was made with."""
        for entry in [self._entries[id]] if id else self.entries():
            if id:
                self.set_keys(id, entry.keys)
            else:
                self._give(entry, entry.keys)
        self.keys_changed.emit(dict(self._chosen))

    def conflicts(self, id: str, key: str) -> list[Entry]:
        """The other actions that hear this key where this one does."""
        own = self._entries[id]
        return [e for e in self.entries() if e is not own and key in e.own_keys and _meet(own, e)]

    def _give(self, entry: Entry, keys: Iterable[str]) -> None:
        entry.action.setShortcuts(_sequences(keys))
        self._chosen.pop(entry.id, None)
        if entry.is_changed:
            self._chosen[entry.id] = list(entry.own_keys)
        set_plain_tip(entry.action, _with_key(entry.tip, entry.action))

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


def _meet(one: Entry, other: Entry) -> bool:
    """Whether there is a place in which both hear their keys."""
    if one.workspaces and other.workspaces and not one.workspaces & other.workspaces:
        return False
    return None in (one.context, other.context) or one.context is other.context


def _sane(chosen: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a settings file says about keys, without nonsense."""
    return {
        id: [key for key in keys if isinstance(key, str)]
        for id, keys in chosen.items()
        if isinstance(id, str) and isinstance(keys, list)
    }


def _with_key(tip: str, action: QAction) -> str:
    key = key_text(action.shortcut())
    return f"{tip}  ({key})" if key else tip


def _menu_of(id: str) -> str:
    first = id.split(".", 1)[0]
    return _MENU_WORDS.get(first, "View")
