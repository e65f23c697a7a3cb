"""The words of the few buttons that name their key: true also when the user has chosen others."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.actions import Actions, key_text
from studio.ui.plain import set_plain_tip
from studio.ui.prompt_panel import GENERATE_TIP, STOP_TIP
from studio.ui.top_bar import TopBar

FOLLOWED = ("generate.start", "generate.next", "generate.stop", "generate.skip", "help.palette")


class KeyWords(QObject):
    """Writes the keys of `FOLLOWED` on Generate, Stop and the palette's button."""

    def __init__(self, actions: Actions, top_bar: TopBar, window: QWidget) -> None:
        super().__init__(window)
        self._actions, self._top_bar, self._window = actions, top_bar, window
        for id_ in FOLLOWED:
            actions[id_].changed.connect(self.say)
        self.say()

    @Slot()
    def say(self) -> None:
        """Write them; also when the prompt's panel is built after the actions."""
        start, following, stop, skip, palette = (_key(self._actions[id_]) for id_ in FOLLOWED)
        self._top_bar.set_palette_key(palette)
        generate = self._window.findChild(QPushButton, "generateButton")
        if generate is not None:
            generate.setText(f"Generate   {start.replace('Enter', '↵')}".strip())
            set_plain_tip(generate, _with(GENERATE_TIP, start, following, "before all others"))
        button = self._window.findChild(QPushButton, "stopButton")
        if button is not None:
            set_plain_tip(button, _with(STOP_TIP, stop, skip, "skip this one only"))


def _key(action: QAction) -> str:
    return key_text(action.shortcut())


def _with(tip: str, key: str, second: str, meaning: str) -> str:
    keys = [key] if key else []
    if second:
        keys.append(f"{second}: {meaning}")
    return f"{tip}  ({'; '.join(keys)})" if keys else tip
