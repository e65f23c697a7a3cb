"""One quiet line above the results: folders, progress, pause, and which CLIP reads them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QProgressBar, QPushButton, QVBoxLayout

from studio.library.counting import counted
from studio.state.concepts.indexing import IndexState, Phase
from studio.state.concepts.room import ConceptRoom
from studio.ui.controls import STEP, Combo, IconButton, row_of
from studio.ui.plain import one_line, plain_label, plain_tip, set_plain_tip

BUTTON_WORDS = {Phase.IDLE: "Update index", Phase.RUNNING: "Pause", Phase.PAUSING: "Pausing…",
                Phase.PAUSED: "Go on"}  # fmt: skip
SLOW = 10  # pictures a second, from which on tenths say nothing
CLIP_WIDTH = 148  # px
PROBLEM_MAX = 110  # characters in the list; its tip has all
CLIP_TIP = (
    "Which CLIP reads pictures and words. Each has an index of its own; nothing is indexed again "
    "by itself. Put others into the models folder, under clip."
)

UNREAD_TIP = "Not there, or not yours to open; what is known of them is kept:"


class ClipChoice(Combo):
    """The CLIP models on the disk; those that cannot be used are greyed, with the reason."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__("clipModel")
        self._room = room
        self.setAccessibleName("CLIP model")
        self.setFixedWidth(CLIP_WIDTH)
        self.activated.connect(self._on_activated)
        room.models_changed.connect(self._fill)
        room.model_changed.connect(self._fill)
        self._fill()

    @Slot()
    def _fill(self) -> None:
        self.clear()
        for info in self._room.models:
            self.addItem(f"CLIP: {one_line(info.name, 40)}", info.id)
            at = self.count() - 1
            self.setItemData(at, one_line(info.problem or info.name, 200),
                             Qt.ItemDataRole.AccessibleDescriptionRole)  # fmt: skip
            rows = self.model()
            if info.problem and isinstance(rows, QStandardItemModel):
                rows.item(at).setEnabled(False)
                is_named = info.problem.startswith(info.name)
                words = info.problem if is_named else f"{info.name}: {info.problem}"
                rows.item(at).setText(one_line(words, PROBLEM_MAX))
                rows.item(at).setToolTip(plain_tip(f"{words} {info.hint}".strip()))
        chosen = self._room.concepts.model
        if self.findData(chosen) < 0:
            self.addItem(f"CLIP: {one_line(chosen, 40)}", chosen)
        self.setCurrentIndex(self.findData(chosen))
        set_plain_tip(self, f"{one_line(self.currentText(), 80)}\n{CLIP_TIP}")
        if self.view().isVisible():  # with room for what is new
            self._open_list()

    def showPopup(self) -> None:
        """Wide enough for reasons; the disk is looked at again, for what was put there since."""
        self._open_list()
        self._room.look_for_models()

    def _open_list(self) -> None:
        self.view().setMinimumWidth(max(self.width(), self.view().sizeHintForColumn(0) + 24))
        super().showPopup()

    @Slot()
    def _on_activated(self) -> None:
        self._room.choose_model(str(self.currentData()))


class IndexLine(QFrame):
    """What can be found, and how far indexing is."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("indexLine")
        self.words = plain_label()
        self.words.setObjectName("indexWords")
        self.words.setWordWrap(True)  # two lines are no higher than the buttons beside them
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Indexing")
        self.bar.setRange(0, 1000)
        self.bar.hide()
        self.button = QPushButton("Update index")
        self.button.setObjectName("indexButton")
        set_plain_tip(self.button, "Look for new, changed, moved and deleted pictures.")
        self.button.clicked.connect(self._on_button)
        folders = IconButton("indexFolders", "folder", "Folders to search…")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        folders.setMenu(self._menu)
        folders.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line = row_of(self.words, ClipChoice(room), folders, self.button, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self.bar)
        room.indexing.changed.connect(self._show)
        self._show(room.indexing.state)

    @Slot()
    def _on_button(self) -> None:
        if self._room.indexing.is_running:
            self._room.indexing.pause()
        else:
            self._room.start_indexing()

    @Slot()
    def add_folder(self) -> None:
        """Choose a folder and index it."""
        name = QFileDialog.getExistingDirectory(self, "Search this folder too")
        if name:
            self._room.kept.add_folder(Path(name))
            self._room.start_indexing()

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addAction("Add a folder…", self.add_folder)
        self._menu.addSeparator()
        for folder in self._room.kept.folders:
            is_own = folder == self._room.studio.home.pictures
            words = "The studio's own pictures" if is_own else one_line(str(folder), 60)
            action = self._menu.addAction(words.replace("&", "&&"))
            action.setEnabled(not is_own)
            if not is_own:
                action.setText(f"Remove {action.text()}")
                action.setData(str(folder))
                action.triggered.connect(self._on_remove)
        failed = self._room.indexing.state.failed
        if failed:
            self._menu.addSeparator()
            unread = self._menu.addMenu(f"{counted(len(failed), 'file')} could not be read")
            unread.setToolTipsVisible(True)  # where each lies
            for file, reason in failed[:40]:
                entry = unread.addAction(one_line(reason, 80).replace("&", "&&"))
                set_plain_tip(entry, file)

    @Slot()
    def _on_remove(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._room.remove_folder(Path(str(action.data())))

    @Slot(object)
    def _show(self, state: IndexState) -> None:
        progress, phase = state.progress, state.phase
        self.words.setText(words_of(state))
        folders = state.report.unread_folders if state.report is not None else ()
        unread = "\n".join((UNREAD_TIP, *folders[:20])) if folders else ""
        set_plain_tip(self.words, state.problem or unread)  # the line may be too short for it
        self.button.setText(BUTTON_WORDS[phase])
        self.bar.setVisible(phase is not Phase.IDLE)
        if progress is not None and progress.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(int(1000 * progress.done / progress.total))
        elif phase in (Phase.RUNNING, Phase.PAUSING):
            self.bar.setRange(0, 0)


def words_of(state: IndexState) -> str:
    """The state of the index in one sentence."""
    progress = state.progress
    if state.problem:
        return state.problem
    if state.is_opening and not state.count:
        return "Opening the index…"
    if state.phase is Phase.IDLE:
        found = f"{counted(state.count)} can be found" if state.count else "Nothing indexed yet"
        missed = f" · {len(state.failed)} could not be read" if state.failed else ""
        return found + missed + _unread(state)
    if progress is None or progress.is_looking:
        return "Looking for pictures…"
    done = f"{progress.done:,} of {counted(progress.total)}"
    if state.phase is Phase.PAUSED:
        return f"Paused at {done}"
    if state.phase is Phase.PAUSING:
        return f"Pausing at {done}"
    if not progress.rate:
        return done  # the first ones are being read: no speed yet
    left = progress.seconds_left
    rest = "" if left is None else f" · {_duration(left)} left"
    speed = f"{progress.rate:.1f}" if progress.rate < SLOW else f"{progress.rate:.0f}"
    return f"{done} · {speed} a second{rest}"


def _unread(state: IndexState) -> str:
    folders = state.report.unread_folders if state.report is not None else ()
    if not folders:
        return ""
    name = one_line(Path(folders[0]).name or folders[0], 30)
    return f" · {name} cannot be opened" if len(folders) == 1 else (
        f" · {len(folders)} folders cannot be opened")  # fmt: skip


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
