"""The five workspaces: which docks are where, kept for each, and how it is at first."""

from __future__ import annotations

import base64
import binascii
import logging

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QTabBar

from studio.state.settings import Settings
from studio.ui.dock_sizes import DockSizes
from studio.ui.docks import AREAS, Dock
from studio.ui.panels import WORKSPACES

log = logging.getLogger(__name__)

VERSION = 2  # of the saved layouts; raise it when docks change their meaning
SAVE_DELAY_MS = 800
SIDES = {"left": 330, "right": 290}  # px, wished width of the columns
SIDE_MOST = 400  # px, the most that a panel's own wish gives it at first
BAND_HEIGHT = 236  # px, wished height of the filmstrip
BAND_SHARE = 0.31  # of the window's height, the most that the band takes at first


class Workspaces(QObject):
    """Arranges the docks of the window.

    Signals:
        workspace_changed(str): another one is shown.
    """

    workspace_changed = Signal(str)

    def __init__(self, window: QMainWindow, docks: list[Dock], settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._docks = sorted(docks, key=lambda dock: dock.panel.order)
        self._settings = settings
        self._current = ""
        self._is_arranging = False
        self._is_first = False  # nothing was kept, and the present arrangement is our own
        self._sizes = DockSizes(window)
        self._is_fresh = False  # the first arrangement must be sized again once it is on screen
        self._timer = QTimer(self, singleShot=True, interval=SAVE_DELAY_MS)
        self._timer.setObjectName("layoutTimer")
        self._timer.timeout.connect(self.save)
        for dock in docks:
            self._watch(dock)

    def _watch(self, dock: Dock) -> None:
        self._sizes.watch(dock)
        dock.visibilityChanged.connect(self._on_dock_shown)
        dock.dockLocationChanged.connect(self._on_changed)
        dock.topLevelChanged.connect(self._on_changed)

    def add(self, docks: list[Dock]) -> None:
        """Take in docks that came after the window was shown, where they were or belong."""
        self._is_arranging = True
        for dock in docks:
            is_kept = self._current in self._settings.get("layouts")
            # A dock that is added first would be shown whatever the kept layout says.
            if not (is_kept and self._window.restoreDockWidget(dock)):
                self._window.addDockWidget(AREAS[dock.panel.area], dock)
                dock.setVisible(self._current in dock.panel.workspaces)
            self._watch(dock)
        self._docks = sorted([*self._docks, *docks], key=lambda dock: dock.panel.order)
        self._is_arranging = False
        self._build_visible()

    @property
    def current(self) -> str:
        """The workspace that is shown; "" before the first."""
        return self._current

    def show(self, name: str) -> None:
        """Switch to a workspace; unknown names count as the first."""
        name = name if name in WORKSPACES else WORKSPACES[0]
        if name == self._current:
            return
        if self._current:
            self.save()
        self._sizes.leave()
        self._current = name
        self._settings.set("workspace", name)
        self._is_arranging = True
        self._is_first = False
        is_kept = self._restore(name)
        if not is_kept:
            self._arrange(name)
            self._is_first = self._is_fresh = not self._window.isVisible()
        self._sizes.enter(name, {} if is_kept else self._first_sizes())
        self._is_arranging = False
        self._build_visible()
        self.workspace_changed.emit(name)

    @Slot()
    def settle(self) -> None:
        """Give the docks their sizes once the window has its own: called when it is shown."""
        if self._is_fresh:
            self._is_fresh = False
            self._size([dock for dock in self._docks if not dock.isHidden()])

    def complete(self) -> None:
        """All panels that were promised are there: the first arrangement can be made for good."""
        if self._is_first:
            self._arrange_again()
        self._build_visible()

    def _arrange_again(self) -> None:
        self._is_arranging = True
        self._sizes.leave()
        self._arrange(self._current)
        self._sizes.enter(self._current, self._first_sizes())
        self._is_arranging = False
        self._is_fresh = not self._window.isVisible()

    @Slot()
    def reset(self) -> None:
        """Put the docks of this workspace where they were at first."""
        self._arrange_again()
        self._build_visible()
        self.save()

    def set_shown(self, docks: list[Dock], *, is_shown: bool) -> None:
        """Show or hide several docks; those that come back have the sizes that they had."""
        self._sizes.leave()
        for dock in docks:
            dock.setVisible(is_shown)
        self._sizes.enter(self._current, {})

    @Slot()
    def save(self) -> None:
        """Keep where the docks are."""
        self._timer.stop()
        if not self._current:
            return
        state = bytes(self._window.saveState(VERSION).data())
        layouts = dict(self._settings.get("layouts"))
        layouts[self._current] = base64.b64encode(state).decode("ascii")
        self._settings.set("layouts", layouts)

    def close(self) -> None:
        """Keep where the docks are, for the last time: what hides now hides with the window."""
        self.save()
        self._is_arranging = True

    def _restore(self, name: str) -> bool:
        kept = self._settings.get("layouts").get(name)
        if not isinstance(kept, str):
            return False
        try:
            state = base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError):
            return False
        self._arrange(name)  # docks that the saved state does not know get their first place
        return self._window.restoreState(QByteArray(state), VERSION)

    def _arrange(self, name: str) -> None:
        window, before = self._window, self._window.size()
        for dock in self._docks:
            window.removeDockWidget(dock)
            dock.setFloating(False)
        shown = [dock for dock in self._docks if name in dock.panel.workspaces]
        for dock in self._docks:
            window.addDockWidget(AREAS[dock.panel.area], dock)
            dock.setVisible(dock in shown)
        for dock in shown:
            dock.build()
        self._tabify([dock for dock in shown if dock.panel.area == "bottom"], keep=1)
        keep = 1 if name == "paint" else 3  # painting needs one tall panel beside the canvas
        right = [dock for dock in shown if dock.panel.area == "right"]
        self._tabify(right, keep=self._fitting(right, keep))
        if not window.isMaximized() and not window.isFullScreen():
            window.resize(before)  # on the way there the docks may have asked for more
        self._size(shown)

    def _fitting(self, docks: list[Dock], keep: int) -> int:
        """How many docks stand one above another, each tall enough to be of use."""
        room = (1 - BAND_SHARE) * self._window.height() - CHROME
        while keep > 1 and sum(_least(dock) for dock in docks[:keep]) > room:
            keep -= 1
        return keep

    def _tabify(self, docks: list[Dock], *, keep: int) -> None:
        for dock in docks[keep:]:
            self._window.tabifyDockWidget(docks[keep - 1], dock)
        if len(docks) > keep:
            docks[keep - 1].raise_()

    def _first_sizes(self) -> dict[str, QSize]:
        """What `_size` gives this workspace's docks, by panel; heights at the sides are shares."""
        sizes = {}
        largest = int(BAND_SHARE * self._window.height())
        for panel in (dock.panel for dock in self._docks):
            width = min(panel.size or SIDES.get(panel.area, 0), SIDE_MOST)
            height = DOCK_WEIGHTS.get(panel.name, 240)
            if panel.area == "bottom":
                height = min(panel.size or BAND_HEIGHT, largest)
            if self._current in panel.workspaces:
                sizes[panel.name] = QSize(width, height)
        return sizes

    def _size(self, shown: list[Dock]) -> None:
        largest = int(BAND_SHARE * self._window.height())
        for area, orientation, wished, most in (
            ("left", Qt.Orientation.Horizontal, SIDES["left"], SIDE_MOST),
            ("right", Qt.Orientation.Horizontal, SIDES["right"], SIDE_MOST),
            ("bottom", Qt.Orientation.Vertical, BAND_HEIGHT, largest),
        ):
            docks = [dock for dock in shown if dock.panel.area == area]
            if docks:
                sizes = [min(dock.panel.size or wished, most) for dock in docks]
                self._window.resizeDocks(docks, sizes, orientation)
        bands = [
            min(d.panel.size or BAND_HEIGHT, largest) for d in shown if d.panel.area == "bottom"
        ]
        band = max(bands, default=0)
        for area in ("left", "right"):
            docks = [dock for dock in shown if dock.panel.area == area]
            if len(docks) > 1:
                weights = [DOCK_WEIGHTS.get(dock.panel.name, 240) for dock in docks]
                # More than there is would be taken from the filmstrip below.
                room = max(1, self._window.height() - band - CHROME) / sum(weights)
                heights = [max(1, int(weight * room)) for weight in weights]
                self._window.resizeDocks(docks, heights, Qt.Orientation.Vertical)

    def _build_visible(self) -> None:
        for dock in self._docks:
            if not dock.isHidden():
                dock.build()
        for bar in self._window.findChildren(QTabBar):
            bar.setElideMode(Qt.TextElideMode.ElideNone)  # scroll rather than "H…"
            bar.setUsesScrollButtons(True)

    @Slot(bool)
    def _on_dock_shown(self, is_visible: bool) -> None:
        dock = self.sender()
        if is_visible and isinstance(dock, Dock):
            dock.build()
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        if self._current and not self._is_arranging:
            self._timer.start()


def _least(dock: Dock) -> int:
    """The least height with which a dock is worth its place, px."""
    return max(dock.minimumSizeHint().height(), LEAST_HEIGHTS.get(dock.panel.name, 0))


CHROME = 110  # px: top bar, status line and gaps
DOCK_WEIGHTS = {"prompt": 196, "settings": 300, "history": 230, "takes": 270, "queue": 160,
                "takemap": 270}  # relative heights  # fmt: skip
LEAST_HEIGHTS = {"history": 170, "takes": 230, "queue": 140}
