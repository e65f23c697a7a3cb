"""The history strip with its menu: use settings again, show, copy, delete with undo."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSlider, QVBoxLayout, QWidget

from studio.engine.request import GenerationRequest, Pixels
from studio.jobs.job import Job
from studio.library.counting import counted
from studio.library.database import Picture
from studio.library.images import read_picture
from studio.state.filmstrip.errands import Errands, once
from studio.state.form import FIELDS, RANDOM
from studio.state.messages import MessageAction
from studio.state.studio import Studio
from studio.ui.controls import STEP, Slider
from studio.ui.history_view import HistoryView
from studio.ui.plain import one_line, plain_label
from studio.ui.qimage import to_qimage
from studio.ui.theme import color, set_icon

# What each way of using a picture's settings takes over.
_USES = {
    "a": ("Use all settings", FIELDS - {"parent"}),
    "r": ("Use all but the seed", FIELDS - {"parent", "seed"}),
    "p": ("Use prompt", frozenset({"prompt", "negative_prompt"})),
    "s": ("Use seed", frozenset({"seed"})),
}
_DONE = {
    "a": "All settings of the picture are in the form.",
    "r": "The picture's settings are in the form; the seed is random.",
    "p": "The picture's prompt is in the form.",
    "s": "The picture's seed is in the form.",
}


def use_settings(studio: Studio, request: GenerationRequest, key: str) -> None:
    """Take settings of a picture into the form. key: "a" all, "r" but the seed, "p", "s"."""
    _, names = _USES[key]
    hint = ""
    if "model" in names and studio.models.find(request.model) is None:
        names -= {"model"}
        name = one_line(request.model, 60)
        hint = f"Its model, {name}, is not on this disk; the chosen one stays."
    studio.form.load(request, names)
    if key == "r":
        studio.form.edit(seed=RANDOM)
    studio.messages.info(_DONE[key], hint, MessageAction("Undo", studio.form.undo_load))


class HistoryMenu(QMenu):
    """What can be done with the selected pictures."""

    def __init__(self, studio: Studio, view: HistoryView) -> None:
        super().__init__(view)
        self._studio = studio
        self._view = view
        self._errands = Errands(studio.background, self)
        self._copying: Job | None = None
        self._uses = {key: self._add(words, key.upper()) for key, (words, _) in _USES.items()}
        self.addSeparator()
        self._favourite = self._add("Pin as favourite", ".", "pin")
        self._copy = self._add("Copy picture", "Ctrl+C", "copy")
        self._folder = self._add("Show in folder", "", "folder")
        self.addSeparator()
        self._delete = self._add("Delete", "Del", "trash")
        self.triggered.connect(self._on_triggered)
        view.customContextMenuRequested.connect(self._on_wanted)
        view.key_pressed.connect(self._on_key)

    def _add(self, words: str, key: str, icon: str = "") -> QAction:
        action = self.addAction(f"{words}\t{key}" if key else words)
        if icon:
            set_icon(action, icon)
        return action

    @Slot(QPoint)
    def _on_wanted(self, at: QPoint) -> None:
        rows = self._view.selected_rows()
        if not rows:
            return
        has_request = self._view.history().picture(rows[0]).request is not None
        for action in self._uses.values():
            action.setEnabled(has_request)
        self.popup(self._view.viewport().mapToGlobal(at))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        for key, own in self._uses.items():
            if own is action:
                self._on_key(key)
        if action is self._delete:
            self._on_key("del")
        elif action is self._favourite:
            self._on_key(".")
        elif action is self._copy:
            self.copy()
        elif action is self._folder:
            self._show_in_folder()

    @Slot(str)
    def _on_key(self, key: str) -> None:
        rows = self._view.selected_rows()
        if not rows:
            return
        model = self._view.history()
        if key == "del":
            model.delete(rows)
        elif key == "copy":
            self.copy()
        elif key == ".":
            is_favourite = not model.picture(rows[0]).is_favourite
            for row in rows:
                model.set_favourite(row, is_favourite=is_favourite)
        elif key in _USES:
            request = model.picture(rows[0]).request
            if request is not None:
                use_settings(self._studio, request, key)

    @Slot()
    def copy(self) -> None:
        """Put the first selected picture on the clipboard; read like any strange file."""
        rows = self._view.selected_rows()
        if rows:
            read = partial(read_picture, self._view.history().picture(rows[0]).path)
            self._errands.drop(self._copying)
            self._copying = self._errands.run(once(read), "Copying a picture", self._on_copied,
                                              front=True)  # fmt: skip

    @Slot(object)
    def _on_copied(self, pixels: Pixels) -> None:
        QGuiApplication.clipboard().setImage(to_qimage(pixels))

    def _show_in_folder(self) -> None:
        rows = self._view.selected_rows()
        if rows:
            folder = self._view.history().picture(rows[0]).path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class HistoryPanel(QWidget):
    """The strip of finished pictures."""

    def __init__(self, studio: Studio, *, name: str = "historyView", side: int = 92) -> None:
        super().__init__()
        self._studio = studio
        self.view = HistoryView(studio.history, name=name, side=side)
        self.menu = HistoryMenu(studio, self.view)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * STEP, 0, 2 * STEP, 2 * STEP)
        self._column.addWidget(self.view, 1)
        self.view.picture_chosen.connect(self._on_chosen)

    @Slot(object)
    def _on_chosen(self, picture: Picture) -> None:
        self._studio.show_picture(picture)


class GalleryPanel(HistoryPanel):
    """The whole library: larger thumbnails, a search field, a size slider."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, name="galleryView", side=184)
        self.setObjectName("galleryPanel")
        self.search = QLineEdit()
        self.search.setObjectName("gallerySearch")
        self.search.setAccessibleName("Search pictures")
        self.search.setPlaceholderText("Search prompts, names, models…")
        self.search.setClearButtonEnabled(True)
        size: QSlider = Slider("gallerySizeSlider", 96, 256)
        size.setValue(184)
        size.setMaximumWidth(140)
        size.setAccessibleName("Size of the thumbnails")
        self._count = plain_label(role="muted")
        row = QHBoxLayout()
        row.setSpacing(3 * STEP)
        row.addWidget(plain_label("Library", role="title"))
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.search, 3)
        row.addWidget(size)
        self._column.setContentsMargins(*[4 * STEP] * 4)
        self._column.setSpacing(3 * STEP)
        self._column.insertLayout(0, row)
        self.search.textChanged.connect(studio.history.search)
        size.valueChanged.connect(self.view.set_side)
        self.view.doubleClicked.connect(studio.history.large_wanted)
        for signal in (studio.history.rowsInserted, studio.history.rowsRemoved):
            signal.connect(self._on_rows)
        studio.history.modelReset.connect(self._on_rows)
        self._on_rows()

    @Slot()
    def _on_rows(self) -> None:
        """The list is read page by page: until its end is known it has at least so many."""
        history = self._studio.history
        least = "at least " * history.canFetchMore(QModelIndex())
        self._count.setText(least + counted(history.rowCount()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The gallery lies on the window's own ground, not on the canvas's grey."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), color("window"))
        painter.end()
