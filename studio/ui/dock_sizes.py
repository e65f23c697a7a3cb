"""Gives docks back what a small window took: Qt makes them smaller, and leaves them so."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QMainWindow

from studio.ui.docks import AREAS, Dock

_TRIES = 5  # layouts that may be waited for; docks have least and largest sizes of their own
_NEAR = 3  # px; Qt rounds
_PAUSE_MS = 60  # while the window's edge is dragged nothing is arranged twice
_SIDES = (AREAS["left"], AREAS["right"])
_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


class DockSizes(QObject):
    """Remembers how wide and high each dock is meant to be, in each workspace.

    A size that changes while the window's does not is the user's. One that changes with the window
    is not, and comes back as soon as there is room for it: widths at the sides, the height of the
    band below, and how the docks of a column share its height.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._watched: list[Dock] = []
        self._workspace = ""  # "" while another one is being arranged
        self._meant: dict[tuple[str, str], QSize] = {}  # by workspace and panel
        self._at = QSize()  # the window's size when it had come to rest
        self._tries = 0
        self._sizes: dict[str, QSize] = {}  # by panel, at the try before
        self._settling = QTimer(self, singleShot=True)
        self._settling.setObjectName("dockSizesTimer")
        self._settling.timeout.connect(self._give_back)
        window.installEventFilter(self)

    def watch(self, dock: Dock) -> None:
        """Heed this dock's size from now on."""
        self._watched.append(dock)
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A dock's size, if the window has kept its own, is meant."""
        if event.type() is not QEvent.Type.Resize:
            return False
        if watched is self._window:
            self._settle(_PAUSE_MS)
        elif isinstance(watched, Dock) and self._is_at_rest() and _is_seen(watched):
            self._note(watched)
        return False

    def leave(self) -> None:
        """The docks are about to be arranged, not by the user."""
        self._workspace = ""

    def enter(self, workspace: str, first: Mapping[str, QSize]) -> None:
        """They have been arranged. first: by panel, what the docks were just given."""
        self._workspace = workspace
        self._meant |= {(workspace, name): size for name, size in first.items()}
        self._settle(0)

    def _is_at_rest(self) -> bool:
        is_arranged = bool(self._workspace) and not self._settling.isActive()
        return is_arranged and self._window.size() == self._at

    def _settle(self, after_ms: int) -> None:
        self._tries, self._sizes = 0, {}
        self._settling.start(after_ms)

    def _note(self, dock: Dock) -> None:
        """The whole column: what one dock is given there, another has lost."""
        area = self._window.dockWidgetArea(dock)
        self._meant[self._key(dock)] = dock.size()
        for other in self._column(area) if area in _SIDES else []:
            self._meant[self._key(other)] = QSize(self._meant_of(other).width(), other.height())

    @Slot()
    def _give_back(self) -> None:
        """Again and again, until nothing is lacking or Qt gives no more."""
        docks = [dock for area in AREAS.values() for dock in self._column(area)]
        sizes = {dock.panel.name: dock.size() for dock in docks}
        if self._tries < _TRIES and sizes != self._sizes:
            self._sizes = sizes
            if any((self._give_room(), self._share_columns())):
                self._tries += 1
                self._settling.start(0)
                return
        self._at = self._window.size()
        for dock in docks:
            self._meant.setdefault(self._key(dock), dock.size())

    def _give_room(self) -> bool:
        """Widths at the sides and the band's height, as far as the middle has more than its least.

        False if nothing is lacking, or there is no room.
        """
        room, is_given = self._room(), False
        for area, way in ((_SIDES[0], _ACROSS), (_SIDES[1], _ACROSS), (AREAS["bottom"], _DOWN)):
            docks = self._column(area)
            lacking = [_along(self._meant_of(d), way) - _along(d.size(), way) for d in docks]
            more = min(max(lacking, default=0), room[way])
            if more > 0:
                room[way] -= more
                is_given = True
                sizes = [_along(d.size(), way) + min(more, lacks)
                         for d, lacks in zip(docks, lacking, strict=True)]  # fmt: skip
                self._window.resizeDocks(docks, sizes, way)
        return is_given

    def _share_columns(self) -> bool:
        is_given = False
        for area in _SIDES:
            docks = self._column(area)
            whole, meant = sum(d.height() for d in docks), [self._meant_of(d) for d in docks]
            asked = max(sum(size.height() for size in meant), 1)
            heights = [max(1, size.height() * whole // asked) for size in meant]
            if any(abs(d.height() - h) > _NEAR for d, h in zip(docks, heights, strict=True)):
                is_given = True
                self._window.resizeDocks(docks, heights, _DOWN)
        return is_given

    def _room(self) -> dict[Qt.Orientation, int]:
        middle = self._window.centralWidget()
        if middle is None:
            return {_ACROSS: 0, _DOWN: 0}
        room = middle.size() - middle.minimumSize().expandedTo(middle.minimumSizeHint())
        return {_ACROSS: room.width(), _DOWN: room.height()}

    def _key(self, dock: Dock) -> tuple[str, str]:
        return self._workspace, dock.panel.name

    def _meant_of(self, dock: Dock) -> QSize:
        return self._meant.get(self._key(dock), dock.size())

    def _column(self, area: Qt.DockWidgetArea) -> list[Dock]:
        docks = [d for d in self._watched if self._window.dockWidgetArea(d) == area]
        return [dock for dock in docks if _is_seen(dock)]


def _along(size: QSize, way: Qt.Orientation) -> int:
    return size.width() if way is _ACROSS else size.height()


def _is_seen(dock: Dock) -> bool:
    """In the window, and not behind a tab, where it has no place of its own."""
    return not dock.isFloating() and not dock.visibleRegion().isEmpty()
