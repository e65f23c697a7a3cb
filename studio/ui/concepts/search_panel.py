"""The middle of the Concepts workspace: the library by meaning, and the indexing of folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.state.concepts.hits import SORTS
from studio.state.concepts.indexing import IndexState, Phase
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.histogram import HistogramView
from studio.ui.concepts.hits_view import HitsView
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.controls import STEP, Combo, IconButton, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip

SORT_WORDS = {"match": "Best match", "date": "Newest", "name": "Name"}
MINUS_WORDS = {"exclude": "− leaves out", "steer": "− subtracts"}
BUTTON_WORDS = {Phase.IDLE: "Update index", Phase.RUNNING: "Pause", Phase.PAUSED: "Go on"}
INVITATION = (
    "Search by meaning: words, pictures, and arithmetic of both. Index your folders once; "
    "everything stays on this computer."
)


class IndexLine(QFrame):
    """Folders, progress, pause: one quiet line above the results."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("indexLine")
        self.words = plain_label(role="muted")
        self.words.setObjectName("indexWords")
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
        line = row_of(self.words, folders, self.button, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self.bar)
        room.indexing.changed.connect(self._show)
        self._show(room.indexing.state)

    @Slot()
    def _on_button(self) -> None:
        if self._room.indexing.state.phase is Phase.RUNNING:
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
            unread = self._menu.addMenu(f"{len(failed)} files could not be read")
            for file, reason in failed[:40]:
                entry = unread.addAction(one_line(reason, 80).replace("&", "&&"))
                set_plain_tip(entry, file)

    @Slot()
    def _on_remove(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._room.kept.remove_folder(Path(str(action.data())))

    @Slot(object)
    def _show(self, state: IndexState) -> None:
        progress, phase = state.progress, state.phase
        self.words.setText(words_of(state))
        self.button.setText(BUTTON_WORDS[phase])
        self.bar.setVisible(phase is not Phase.IDLE)
        if progress is not None and progress.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(int(1000 * progress.done / progress.total))
        elif phase is Phase.RUNNING:
            self.bar.setRange(0, 0)


def words_of(state: IndexState) -> str:
    """The state of the index in one sentence."""
    progress = state.progress
    if state.problem:
        return state.problem
    if state.phase is Phase.IDLE:
        found = f"{state.count:,} pictures can be found" if state.count else "Nothing indexed yet"
        missed = f" · {len(state.failed)} could not be read" if state.failed else ""
        return found + missed
    if progress is None or progress.is_looking:
        return "Looking for pictures…"
    done = f"{progress.done:,} of {progress.total:,} pictures"
    if state.phase is Phase.PAUSED:
        return f"Paused at {done}"
    left = progress.seconds_left
    rest = "" if left is None or not progress.done else f" · {_duration(left)} left"
    return f"{done} · {progress.rate:.0f} a second{rest}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


class SearchPanel(QWidget):
    """Index line, controls, histogram and grid; before anything is indexed, an invitation."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("searchPanel")
        self.setAutoFillBackground(False)
        self.index_line = IndexLine(room)
        self.view = HitsView(room, thumbs)
        self.count = plain_label(role="muted")
        self.count.setObjectName("searchCount")
        sort, minus = Combo("searchSort"), Combo("searchMinus")
        for key in SORTS:
            sort.addItem(SORT_WORDS[key], key)
        for key, words in MINUS_WORDS.items():
            minus.addItem(words, key)
        set_plain_tip(minus, "What a minus term does here: leave out pictures that show it, or "
                             "subtract it and let the rest decide.")  # fmt: skip
        set_plain_tip(sort, "Order of the pictures.")
        sort.currentIndexChanged.connect(self._on_sort)
        minus.currentIndexChanged.connect(self._on_minus)
        self._sort, self._minus = sort, minus
        histogram = HistogramView(room.hits)
        histogram.cut_wanted.connect(room.hits.set_cut)
        self._invitation = self._build_invitation()
        controls = row_of(self.count, minus, sort, spacing=2 * STEP)
        controls.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self.index_line)
        column.addLayout(controls)
        column.addWidget(histogram)
        column.addWidget(self._invitation, 1)
        column.addWidget(self.view, 1)
        room.hits.found_changed.connect(self._refresh)
        room.indexing.changed.connect(self._refresh)
        self._refresh()

    def _build_invitation(self) -> QWidget:
        page = QWidget()
        words = plain_label(INVITATION)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(380)
        words.setMinimumHeight(words.heightForWidth(380))
        add = QPushButton("Choose a folder…")
        add.setProperty("role", "primary")
        add.clicked.connect(self.index_line.add_folder)
        own = QPushButton("Index the studio's own pictures")
        own.clicked.connect(self._room.start_indexing)
        column = QVBoxLayout(page)
        column.addStretch(1)
        for widget in (words, add, own):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(2 * STEP)
        column.addStretch(1)
        return page

    def showEvent(self, event: QShowEvent) -> None:
        """The workspace is seen: open the index."""
        super().showEvent(event)
        self._room.open()

    @Slot()
    def _on_sort(self) -> None:
        self._room.hits.set_sort(str(self._sort.currentData()))

    @Slot()
    def _on_minus(self) -> None:
        self._room.set_minus(str(self._minus.currentData()))

    @Slot()
    def _refresh(self) -> None:
        hits, state = self._room.hits, self._room.indexing.state
        is_empty = not state.count and state.phase is Phase.IDLE
        self._invitation.setVisible(is_empty)
        self.view.setVisible(not is_empty)
        found = hits.found
        if not found.total:
            self.count.setText("" if is_empty else "Write an expression to search for.")
            return
        words = f"strong {found.strong:,} · possible {found.possible:,} of {found.total:,}"
        excluded = f" · {found.excluded:,} left out" if found.excluded else ""
        self.count.setText(found.note or words + excluded)
