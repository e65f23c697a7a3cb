"""The window: puts top bar, centre and docks together. No logic of its own."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QMenu, QTabWidget, QWidget

from studio.jobs.job import JobState
from studio.state.progress import Progress
from studio.state.studio import Studio
from studio.ui.actions import Actions
from studio.ui.centre import Centre
from studio.ui.docks import Dock
from studio.ui.dropping import accept_copy
from studio.ui.empty_state import EmptyState
from studio.ui.keys import KeysDialog
from studio.ui.palette import CommandPalette
from studio.ui.panels import Panel
from studio.ui.status import StatusLine
from studio.ui.theme import icon
from studio.ui.top_bar import TopBar
from studio.ui.workspaces import Workspaces

if TYPE_CHECKING:
    from studio.library.database import Picture
    from studio.state.session import Run

TITLE = "Latent Studio"
FIRST_SIZE = QSize(1280, 800)
MARGIN = 8  # px round the cards


class MainWindow(QMainWindow):
    """The program's window. Closing it ends the work of its studio.

    Signals:
        shown(): for the first time.
        painted(): for the first time: what was built so far is being seen.
        files_dropped(list): paths, dropped on the window or given by a second start.
        closed(): everything has been stopped and saved.
    """

    shown = Signal()
    painted = Signal()
    files_dropped = Signal(list)
    closed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.studio = studio
        self.actions_of = Actions(self, studio.settings.get("keys"))
        self.actions_of.keys_changed.connect(self._on_keys)
        self.setWindowTitle(TITLE)
        self.setWindowIcon(icon("brand", "accent"))
        self.setDockNestingEnabled(True)
        self.setDocumentMode(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAnimated(not studio.settings.get("reduced_motion"))
        self.setContentsMargins(MARGIN, 0, MARGIN, 0)
        self.menu = QMenu(self)
        self.menu.setObjectName("mainMenu")
        self.docks: list[Dock] = []
        self._hidden: dict[str, list[Dock]] = {}  # by `toggle_docks`, of each workspace
        self._in_front: dict[str, list[Dock]] = {}  # those of them that no tab hid
        self.rooms: set[str] = set()  # late rooms that have been opened
        self.has_ended = True  # False if a thread was still busy when the window closed
        self.is_complete = False  # True once no promised panel is missing
        self._was_shown = False
        self._was_painted = False
        self._is_closed = False

    def assemble(self, panels: list[Panel]) -> None:
        """Build the window from its panels. Called once, by app.py."""
        studio = self.studio
        self.top_bar = TopBar(studio.form, studio.models, studio.generation, self.menu)
        self.setMenuWidget(self.top_bar)
        self.centre = Centre(
            [p for p in panels if p.area == "centre"], studio.messages, studio.session
        )
        self.setCentralWidget(self.centre)
        self.docks = [Dock(panel, self) for panel in panels if panel.area != "centre"]
        self.workspaces = Workspaces(self, self.docks, studio.settings)
        self.empty_state = EmptyState(studio.form, studio.session)
        self.centre.set_overlay(self.empty_state)
        self.status = StatusLine(studio)
        self.setStatusBar(self.status)
        self.palette_popup = CommandPalette(self.actions_of, self)
        self.keys = KeysDialog(self.actions_of, self)
        self.workspaces.workspace_changed.connect(self._on_workspace)
        self.top_bar.workspace_wanted.connect(self.workspaces.show)
        self.top_bar.palette_wanted.connect(self.palette_popup.open)
        self.top_bar.queue_wanted.connect(self.toggle_queue)
        self.empty_state.prompt_chosen.connect(self._on_example)
        studio.may_close_now.connect(self.close)
        studio.session.frames_added.connect(self._on_frames)
        studio.session.run_ended.connect(self._on_run_ended)
        studio.session.progress_changed.connect(self._on_progress)
        if studio.is_furnished:
            self.follow_history()
        self._restore_geometry()
        self.workspaces.show(studio.settings.get("workspace"))

    def follow_history(self) -> None:
        """Show what is saved and chosen; called once, when the studio is furnished."""
        history = self.studio.history
        history.picture_saved.connect(self._on_saved)
        history.picture_chosen.connect(self._on_picture_chosen)
        history.large_wanted.connect(self._on_large_wanted)
        self.studio.filmstrip.take_shown.connect(self._on_take_shown)

    def add_panels(self, panels: list[Panel]) -> None:
        """Take in the panels of a room that came after the window was shown."""
        held = self.focusWidget()
        new = []
        for panel in panels:
            dock = self.dock(panel.name)
            if dock is not None:
                dock.take(panel)
            elif panel.area != "centre":
                new.append(panel)
        docks = [Dock(panel, self) for panel in new]
        self.docks += docks
        self.workspaces.add(docks)
        self.centre.add([panel for panel in panels if panel.area == "centre"])
        self.centre.show_workspace(self.workspaces.current)
        self.actions_of.set_workspace(self.workspaces.current)
        self._give_back_focus(held)

    def complete(self) -> None:
        """All rooms but the late ones are there: let them have their room, and files."""
        held = self.focusWidget()
        self.setAcceptDrops(True)
        self.workspaces.complete()
        self._show_empty_state()
        self._give_back_focus(held)
        self.is_complete = True

    def _give_back_focus(self, held: QWidget | None) -> None:
        """Arranging docks hides them for a moment, and the cursor would leave what is typed."""
        if held is not None and held.isVisible() and held is not self.focusWidget():
            held.setFocus(Qt.FocusReason.OtherFocusReason)

    def build_all(self) -> None:
        """Build every panel now, also those that are not shown."""
        for dock in self.docks:
            dock.build()
        self.centre.build_all()

    @Slot(str)
    def _on_workspace(self, name: str) -> None:
        self.top_bar.show_workspace(name)
        self.actions_of.set_workspace(name)
        self.centre.show_workspace(name)
        self._show_empty_state()
        if name == "generate":
            self.focus_prompt()
        elif (page := self.centre.stack.currentWidget()) is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def dock(self, name: str) -> Dock | None:
        """The dock of a panel, by the panel's name."""
        return next((dock for dock in self.docks if dock.panel.name == name), None)

    @Slot()
    def toggle_queue(self) -> None:
        """Show the queue, also from behind another panel, or hide it."""
        dock = self.dock("queue")
        if dock is not None:
            is_seen = not dock.isHidden() and not dock.visibleRegion().isEmpty()
            dock.setVisible(not is_seen)
            dock.raise_()

    @Slot()
    def toggle_docks(self) -> None:
        """Hide all docks, so that only the picture is left, or bring back those that were there.

        Each workspace has its own; those that were hidden before the start are its first ones.
        """
        name = self.workspaces.current
        shown = [dock for dock in self.docks if not dock.isHidden()]
        if shown:
            self._hidden[name] = shown
            self._in_front[name] = [d for d in shown if not d.visibleRegion().isEmpty()]
        first = [dock for dock in self.docks if name in dock.panel.workspaces]
        self.workspaces.set_shown(shown or self._hidden.get(name, first), is_shown=not shown)
        for dock in reversed([] if shown else self._in_front.get(name, first)):
            dock.raise_()

    @Slot(dict)
    def _on_keys(self, chosen: dict[str, list[str]]) -> None:
        self.studio.settings.set("keys", chosen)

    @Slot(str)
    def _on_example(self, prompt: str) -> None:
        self.studio.form.edit(prompt=prompt)
        self.studio.session.generate()

    @Slot(object, list)
    def _on_frames(self, _run: object, _frames: list[object]) -> None:
        self.hide_empty_state()

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        if run.job.state is JobState.FINISHED or run.take is not None:
            self.hide_empty_state()

    @Slot()
    def hide_empty_state(self) -> None:
        """There is something to see: take the invitation away for good."""
        self.empty_state.setProperty("done", True)
        self.empty_state.hide()

    def _show_empty_state(self) -> None:
        is_wanted = self.workspaces.current == "generate" and not self.empty_state.property("done")
        self.empty_state.setVisible(is_wanted)

    @Slot(object)
    def _on_picture_chosen(self, _picture: Picture) -> None:
        self.hide_empty_state()

    @Slot()
    def _on_take_shown(self) -> None:
        """Opened from a search, a map, the tree: the picture lies where the invitation does."""
        if self.studio.filmstrip.shown() is not None:
            self.hide_empty_state()

    @Slot()
    def _on_large_wanted(self) -> None:
        self.workspaces.show("generate")

    @Slot(object)
    def _on_saved(self, picture: Picture) -> None:
        self.status.show_file(picture.path, picture.seed)

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.is_running and progress.total:
            self.setWindowTitle(f"{progress.step}/{progress.total} · {TITLE}")
        else:
            self.setWindowTitle(TITLE)

    def _restore_geometry(self) -> None:
        kept = self.studio.settings.get("geometry")
        try:
            state = QByteArray(base64.b64decode(kept, validate=True))
        except (binascii.Error, ValueError):
            state = QByteArray()
        if state.isEmpty() or not self.restoreGeometry(state):
            screen = QGuiApplication.primaryScreen()
            room = screen.availableSize() if screen else FIRST_SIZE
            self.resize(FIRST_SIZE.boundedTo(room))

    def showEvent(self, event: QShowEvent) -> None:
        """Tell once that the window is on the screen."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            QTimer.singleShot(0, self.workspaces.settle)
            self.shown.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is seen."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            accept_copy(event)
            self.files_dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save, stop all work, and end; never later than five seconds."""
        if not self._is_closed and not self.studio.may_close():
            event.ignore()
            return
        if not self._is_closed:
            self._is_closed = True
            self.workspaces.close()
            geometry = bytes(self.saveGeometry().data())
            self.studio.settings.set("geometry", base64.b64encode(geometry).decode("ascii"))
            self.hide()
            self.has_ended = self.studio.close()
            self.closed.emit()
        super().closeEvent(event)

    def focus_prompt(self) -> None:
        """Put the cursor into the prompt."""
        edit = self.findChild(QWidget, "promptEdit")
        if edit is not None:
            edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def come_forward(self) -> None:
        """Show and raise the window, e.g. because the program was started again."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
