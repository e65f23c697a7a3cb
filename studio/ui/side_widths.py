"""Gives the side columns back what a narrow window took: Qt narrows them, and leaves them so."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QMainWindow

from studio.ui.docks import AREAS, Dock

_TRIES = 3  # layouts that may be waited for; docks have least and largest widths of their own


class SideWidths(QObject):
    """Remembers how wide each dock at the sides is meant to be, in each workspace.

    A width that changes while the window does not is the user's; one that changes with the window
    is not, and comes back as soon as there is room for it.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = ""  # "" while another one is being arranged
        self._meant: dict[tuple[str, str], int] = {}  # by workspace and panel, px
        self._at = 0  # the window's width when it had come to rest
        self._tries = 0
        self._settling = QTimer(self, singleShot=True, interval=0)
        self._settling.setObjectName("sideWidthsTimer")
        self._settling.timeout.connect(self._give_back)
        window.installEventFilter(self)

    def watch(self, dock: Dock) -> None:
        """Heed this dock's width from now on."""
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A dock's width, if the window has kept its own, is meant."""
        if event.type() is not QEvent.Type.Resize:
            return False
        if watched is self._window:
            self._settle()
        elif isinstance(watched, Dock) and self._is_at_rest() and self._is_seen(watched):
            self._meant[self._workspace, watched.panel.name] = watched.width()
        return False

    def leave(self) -> None:
        """The docks are about to be arranged, not by the user."""
        self._workspace = ""

    def enter(self, workspace: str, first: Mapping[str, int]) -> None:
        """They have been arranged. first: by panel, what the docks were just given, px."""
        self._workspace = workspace
        self._meant |= {(workspace, name): width for name, width in first.items()}
        self._settle()

    def _is_at_rest(self) -> bool:
        is_arranged = bool(self._workspace) and not self._settling.isActive()
        return is_arranged and self._window.width() == self._at

    def _settle(self) -> None:
        self._tries = 0
        self._settling.start()

    @Slot()
    def _give_back(self) -> None:
        """As far as the middle has more than its least."""
        room = self._room()
        docks: list[Dock] = []
        widths: list[int] = []
        for area in (AREAS["left"], AREAS["right"]):
            column = [d for d in self._docks() if self._window.dockWidgetArea(d) == area]
            lacking = max((self._meant_of(dock) - dock.width() for dock in column), default=0)
            more = min(lacking, room)
            if more > 0:
                room -= more
                docks += column
                widths += [min(dock.width() + more, self._meant_of(dock)) for dock in column]
        if docks and self._tries < _TRIES:
            self._tries += 1
            self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
            self._settling.start()
            return
        self._at = self._window.width()
        for dock in self._docks():
            self._meant.setdefault((self._workspace, dock.panel.name), dock.width())

    def _room(self) -> int:
        middle = self._window.centralWidget()
        if middle is None:
            return 0
        return middle.width() - max(middle.minimumWidth(), middle.minimumSizeHint().width())

    def _meant_of(self, dock: Dock) -> int:
        return self._meant.get((self._workspace, dock.panel.name), 0)

    def _docks(self) -> list[Dock]:
        return [dock for dock in self._window.findChildren(Dock) if self._is_seen(dock)]

    def _is_seen(self, dock: Dock) -> bool:
        """At a side, and not behind a tab, where it has no place of its own."""
        is_side = self._window.dockWidgetArea(dock) in (AREAS["left"], AREAS["right"])
        return is_side and not dock.isFloating() and not dock.visibleRegion().isEmpty()
