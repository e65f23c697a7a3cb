"""What the filmstrip offers to the window: the strip, the tree and the map, and their actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import QDockWidget, QFileDialog, QMainWindow, QMenu, QTabBar, QWidget

from studio.library.images import SUFFIXES
from studio.state.filmstrip.retention import POLICIES, size_words
from studio.state.filmstrip.room import FilmstripRoom
from studio.state.filmstrip.tree import Node
from studio.state.studio import Studio
from studio.ui.actions import Actions
from studio.ui.filmstrip.compare_strip import CompareStrip
from studio.ui.filmstrip.export_card import ExportCard
from studio.ui.filmstrip.map_view import MapView
from studio.ui.filmstrip.panel import FilmstripPanel
from studio.ui.filmstrip.tree_view import TreeView
from studio.ui.panels import Panel
from studio.ui.plain import one_line
from studio.ui.qimage import to_qimage

COMPARE_HEIGHT = 150  # px that a second strip wants
BAND_MOST = 0.52  # of the window's height, for both strips
_WITH_STRIP = frozenset({"generate", "paint", "concepts"})


def build_panels(studio: Studio, actions: Actions) -> list[Panel]:
    """The filmstrip's docks: the strip under the picture, the tree and the map of takes."""
    room = FilmstripRoom(studio)
    desk = FilmstripDesk(room, actions, studio)
    tree = TreeView(room.strip, room.branches)
    tree.compare_asked.connect(room.comparison.start)
    takemap = MapView(room.strip, room.branches, room.map)
    takemap.space_chosen.connect(room.set_map_space)
    return [
        Panel(name="filmstrip", title="Filmstrip", widget=desk.panel, area="bottom",
              workspaces=_WITH_STRIP, icon="filmstrip", order=10, size=320, header=desk.panel.head),
        Panel(name="takes", title="Tree of takes", widget=tree, area="right",
              workspaces=frozenset({"generate"}), icon="tree", order=60, size=280),
        Panel(name="takemap", title="Map of takes", area="right", icon="map", order=70,
              widget=takemap,
              workspaces=frozenset({"generate"}), size=280),
    ]  # fmt: skip


class FilmstripDesk(QObject):
    """Joins the strip's panel, its cards, its menu and the window's actions."""

    def __init__(self, room: FilmstripRoom, actions: Actions, studio: Studio) -> None:
        super().__init__(room)
        self._room, self._studio = room, studio
        self.panel = FilmstripPanel(room.strip, room.forks)
        self._heights: dict[QDockWidget, int] = {}  # before a comparison made the band higher
        self._is_higher = False
        room.comparison.comparison_changed.connect(self._before_comparison)  # i.e. before the next
        self.compare = CompareStrip(room.strip, room.comparison, self.panel.view)
        self.panel.column.addWidget(self.compare)
        self._share_height()
        room.comparison.comparison_changed.connect(self._on_comparison)
        self._export: ExportCard | None = None
        self.panel.keep_wanted.connect(room.keeper.keep)
        self.panel.compare_wanted.connect(self.choose_rival)
        studio.settings.declare("strip_lanes", list(self.panel.lanes.lanes))
        self.panel.lanes.set_lanes([str(n) for n in studio.settings.get("strip_lanes")])
        self.panel.lanes.lanes_changed.connect(self._on_lanes)
        self._register(actions)

    def _rows(self) -> tuple[tuple[str, str, Callable[..., object], str, str, str], ...]:
        """Actions: id, text, slot, key (it counts in the strip), icon, tip."""
        room, panel = self._room, self.panel
        return (
            ("strip.fork", "Fork here…", panel.fork_here, "F", "fork",
             "Continue differently from the step under the scrubber."),
            ("strip.continue", "Continue this take", room.forks.continue_take, "", "",
             "Finish a stopped take from its last step."),
            ("strip.more", "Twice the steps from here", room.forks.more_steps, "", "",
             "Refine: the rest of the take with twice as many steps."),
            ("strip.keep", "Keep this frame", room.keeper.keep, "K", "keep",
             "Make the predicted picture of this step a picture of the gallery."),
            ("strip.ab", "A|B: hold this step as A", room.strip.toggle_ab, "A", "compare",
             "Compare this step with wherever the scrubber goes."),
            ("strip.compare", "Compare with another take…", self.choose_rival, "C", "",
             "Lock two strips together, step by step."),
            ("strip.lanes", "Show other lanes", panel.lanes.cycle, "L", "",
             "One lane, the usual three, all."),
            ("strip.replay", "Replay check", room.replay.check, "", "check-replay",
             "Make this take again and see whether every bit is the same."),
            ("strip.export", "Export the strip…", self.open_export, "", "export",
             "As a contact sheet, an animation or a film."),
            ("strip.lesson", "See what fresh noise is for", room.lesson.begin, "", "",
             "Two takes of one seed: DDPM with its noise, and with the noise removed."),
            ("strip.undo", "Bring the deleted take back", room.branches.undo_delete, "", "undo",
             "Undo the last deletion in the tree of takes."),
        )  # fmt: skip

    def _register(self, actions: Actions) -> None:
        room, panel = self._room, self.panel
        made: dict[str, QAction] = {}
        for id_, text, slot, key, icon, tip in self._rows():
            made[id_] = actions.add(
                id_, text, slot, shortcut=key, tip=tip, icon=icon, menu="Filmstrip",
                context=panel if key else None,
            )  # fmt: skip
            if key:
                panel.head.addAction(made[id_])  # the head stands in the dock's title row
        # Space only in the strip itself: elsewhere in the panel it presses the focused button.
        actions.add(
            "strip.play", "Play the strip", room.strip.player.toggle, shortcut="Space",
            tip="Play or pause.", icon="play", menu="Filmstrip", context=panel.view,
        )  # fmt: skip
        menu = panel.menu
        for name in ("strip.continue", "strip.more", "strip.replay", "strip.export"):
            menu.addAction(made[name])
        menu.addSeparator()
        self._policies = menu.addMenu("Kept on disk")
        self._policies.aboutToShow.connect(self._fill_policies)

    @Slot(tuple)
    def _on_lanes(self, lanes: tuple[str, ...]) -> None:
        self._studio.settings.set("strip_lanes", list(lanes))
        self._share_height()

    def _dock(self) -> tuple[QDockWidget, QMainWindow] | None:
        """The band and its window; None where the strip floats or stands alone."""
        dock, window = self.panel.parentWidget(), self.panel.window()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        if dock is None or not isinstance(window, QMainWindow) or dock.isFloating():
            return None
        return dock, window

    @Slot()
    def _before_comparison(self) -> None:
        """Remember the heights while there is one strip: the second one pushes by being shown."""
        found = self._dock()
        if self._room.comparison.node is not None and not self._heights and found is not None:
            self._heights = _heights(found[1])
            self._is_higher = False

    @Slot()
    def _on_comparison(self) -> None:
        """Two strips want a higher band; afterwards all docks are as high as the user had them."""
        found = self._dock()
        if found is None or not self._heights:
            return
        dock, window = found
        is_on = self._room.comparison.node is not None
        if is_on and not self._is_higher:
            self._is_higher = True
            window.installEventFilter(self)
            before = self._heights.get(dock, dock.height())
            higher = min(before + COMPARE_HEIGHT, round(BAND_MOST * window.height()))
            window.resizeDocks([dock], [max(before, higher)], Qt.Orientation.Vertical)
        elif not is_on:
            heights, self._heights = self._heights, {}
            _renew_layouts(self.panel, window)  # they still ask for room for the second strip
            _give_back(window, heights)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A window that closes during a comparison keeps the heights from before it."""
        if event.type() == QEvent.Type.Close and self._heights:
            self._room.comparison.stop()
        return False

    def _share_height(self) -> None:
        """Both strips get height by their lanes, the first one for its graph too."""
        mine, theirs = len(self.panel.view.lanes), len(self.compare.view.lanes)
        self.panel.column.setStretchFactor(self.panel.view, 10 * mine + 7)
        self.panel.column.setStretchFactor(self.compare, 10 * theirs + 6)

    @Slot()
    def _fill_policies(self) -> None:
        menu, policy = self._policies, self._room.retention.policy
        menu.clear()
        node = self._room.strip.node
        if node is not None and node.size_bytes:
            menu.addAction(f"This take: {size_words(node.size_bytes)}").setEnabled(False)
            menu.addSeparator()
        for key, words in POLICIES.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == policy)
            action.setData(key)
            action.triggered.connect(self._on_policy)

    @Slot()
    def _on_policy(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._room.retention.ask_policy(str(action.data()))

    @Slot()
    def open_export(self) -> None:
        """Show the card for exporting."""
        if self._room.strip.model.rowCount() == 0:
            self._studio.messages.info("There is no strip to export.", "Make a picture first.")
            return
        if self._export is None:
            folder = self._studio.home.pictures
            self._export = ExportCard(
                self._room.strip, self._room.exporter, folder, self.panel.window()
            )
        self._export.lanes.set_lanes(self.panel.lanes.lanes)
        self._export.open_above(self.panel.mapToGlobal(QPoint(self.panel.width() // 2, 0)))

    @Slot()
    def choose_rival(self) -> None:
        """A menu of takes to compare with; or a picture from disk."""
        if self._room.comparison.node is not None:
            self._room.comparison.stop()
            return
        menu, other = self.rivals()
        button = self.panel.compare_button
        chosen = menu.exec(button.mapToGlobal(QPoint(0, button.height())))
        if chosen is other:
            self._open_rival()
        elif chosen is not None:
            self._room.comparison.start(self._room.strip.tree[str(chosen.data())])

    def rivals(self) -> tuple[QMenu, QAction]:
        """The takes to compare with, each with its picture, and the item for a file."""
        menu, tree = QMenu(self.panel), self._room.strip.tree
        nodes = self._room.comparison.candidates()[:20]
        for node in nodes:
            action = menu.addAction(one_line(tree.title(node), 60).replace("&", "&&"))
            action.setData(node.id)
            face = node.thumbnail  # names alone are often the same
            if face is not None:
                action.setIcon(QIcon(QPixmap.fromImage(to_qimage(face))))
        if nodes:
            menu.addSeparator()
        return menu, menu.addAction("Another picture…")

    def _open_rival(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(
            self.panel, "Compare with", str(self._studio.home.pictures), f"Pictures ({kinds})"
        )
        if name:
            picture = Path(name)
            node = Node(id=f"file:{name}", request=self._studio.form.request, picture=picture,
                        file=picture.with_suffix(".take"))  # fmt: skip
            self._room.comparison.start(node)


def _heights(window: QMainWindow) -> dict[QDockWidget, int]:
    """How high each dock is that takes up room in the window; its row of tabs counts, too."""
    docks = [dock for dock in window.findChildren(QDockWidget) if not dock.isFloating()]
    own = Qt.FindChildOption.FindDirectChildrenOnly
    bars = [bar.geometry() for bar in window.findChildren(QTabBar, options=own) if bar.isVisible()]
    heights = {}
    for dock in docks:
        if not dock.visibleRegion().isEmpty():  # behind another tab it counts as visible, too
            place = dock.geometry()
            tabs = [bar for bar in bars if bar.intersects(place.adjusted(0, -2, 0, 2))]
            heights[dock] = dock.height() + sum(bar.height() for bar in tabs)
    return heights


def _renew_layouts(inner: QWidget, window: QMainWindow) -> None:
    """Let all layouts around a widget know at once what it wants now."""
    widget: QWidget | None = inner
    while widget is not None:
        layout = widget.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
        widget = None if widget is window else widget.parentWidget()


def _give_back(window: QMainWindow, before: dict[QDockWidget, int]) -> None:
    """Make each dock as high as it was: the band first, then what shares a column beside it."""
    there = {d: height for d, height in before.items() if d in _heights(window)}
    for area in (Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea,
                 Qt.DockWidgetArea.RightDockWidgetArea):  # fmt: skip
        docks = [dock for dock in there if window.dockWidgetArea(dock) == area]
        if docks:
            window.resizeDocks(docks, [there[d] for d in docks], Qt.Orientation.Vertical)
