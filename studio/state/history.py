"""The finished pictures, newest first, as a list model over the library."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
    Slot,
)

from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.library.database import PAGE, Library, Picture
from studio.library.saving import Saved
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction, Messages
from studio.state.session import Run, Session

THUMBNAILS_KEPT = 600
THUMBNAILS_PER_JOB = 12

PICTURE_ROLE = Qt.ItemDataRole.UserRole
PIXELS_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class HistoryModel(QAbstractListModel):
    """Rows are library.Picture; thumbnails come from the background.

    Signals:
        picture_saved(Picture): a run has just been saved and is now row 0.
        picture_chosen(Picture): the user wants to see this one.
        large_wanted(): the chosen picture shall be shown large, with its strip.
    """

    picture_saved = Signal(object)
    picture_chosen = Signal(object)
    large_wanted = Signal()

    def __init__(
        self,
        library: Library,
        session: Session,
        background: JobQueue,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._messages = messages
        self._errands = Errands(background, self)
        self._rows: list[Picture] = []
        self._has_more = False
        self._extent = PAGE  # how far was read
        self._is_reading = self._is_ahead = False
        self._text = self._read_text = ""  # what is searched for; what the rows were found by
        self._thumbnails: OrderedDict[Path, Pixels | None] = OrderedDict()
        self._wanted: list[Path] = []
        self._trashed: list[tuple[int, ...]] = []
        session.run_ended.connect(self._on_run_ended)

    # ------------------------------------------------------------ the list
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """How many pictures have been read so far."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The prompt in a line; PICTURE_ROLE the Picture, PIXELS_ROLE its thumbnail or None."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        picture = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _title(picture)
        if role == PICTURE_ROLE:
            return picture
        if role == PIXELS_ROLE:
            return self._thumbnail(picture.path)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be dragged out as files."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        """A dragged row is a file."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files of the dragged rows."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self.picture(i.row()).path)) for i in indexes])
        return data

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the library has more than was read."""
        return not parent.isValid() and self._has_more and not self._is_reading

    def fetchMore(self, _parent: Index) -> None:
        """Read the next page in the background."""
        self._read(len(self._rows))

    def picture(self, row: int) -> Picture:
        """The picture of a row."""
        return self._rows[row]

    @property
    def text(self) -> str:
        """What the list is searched for; "" = everything."""
        return self._text

    def search(self, text: str) -> None:
        """Show only pictures whose prompt, name or model holds every word."""
        if text != self._text:
            self._text = text
            self._read(0)

    # ------------------------------------------------------------ reading
    def read_ahead(self) -> None:
        """Read what the index knows now; `load` needs not do it again."""
        self._is_ahead = True
        self._read(0)

    def begin_with(self, rows: list[Picture]) -> None:
        """Show the first page, which somebody else has read; `load` needs not do it again."""
        self._is_ahead = True
        self._on_page((rows, 0, self._text, PAGE))

    def load(self) -> None:
        """At the start: show what the index knows, then make the index agree with the files.

        What was deleted before goes to the system's trash: no Undo brings it back after this.
        """
        if not self._is_ahead:
            self._read(0)
        self._is_ahead = False
        self._errands.run(self._refresh, "Looking through your pictures", self._on_refreshed)

    def _refresh(self, stop: threading.Event) -> Generator[None, None, bool]:
        before, has_read = self._library.count(), False
        self._library.empty_trash()
        for _fraction in self._library.refresh():
            has_read = True  # a file that is new here, perhaps only by its name
            if stop.is_set():
                return False
            yield
        return has_read or self._library.count() != before

    @Slot(object)
    def _on_refreshed(self, is_changed: bool) -> None:
        if self._library.problem:
            self._messages.warning(self._library.problem)
        if is_changed:
            self._read(0)

    @Slot()
    def read_again(self) -> None:
        """Others have put pictures into the library or taken some out: show what is there."""
        self._read(0)

    def _read(self, offset: int) -> None:
        self._is_reading = True
        limit = PAGE
        if offset > 0 or self._text != self._read_text:
            self._extent = offset + PAGE
        else:  # again: all pages that were read
            limit = max(self._extent, len(self._rows))
        page = partial(self._library.page, offset, limit, self._text)
        work = once(partial(_page, page, offset, self._text, limit))
        self._errands.run(work, "Reading your pictures", self._on_page, front=True)

    @Slot(object)
    def _on_page(self, page: tuple[list[Picture], int, str, int]) -> None:
        rows, offset, text, limit = page
        if text != self._text:
            return
        self._is_reading = False
        self._has_more = len(rows) == limit
        if offset == 0:
            is_new, self._read_text = text != self._read_text, text
            if is_new or not self._rows:
                self._reset(rows)
            else:
                self._become(rows)
            return
        known = {row.id for row in self._rows}
        rows = [row for row in rows if row.id not in known]
        if rows:
            self.beginInsertRows(_NO_PARENT, len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    def _reset(self, rows: list[Picture]) -> None:
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def _become(self, rows: list[Picture]) -> None:
        """Take out what is gone and put in what has come: who looks keeps place and selection."""
        wanted = {row.id for row in rows}
        for at in range(len(self._rows) - 1, -1, -1):
            if self._rows[at].id not in wanted:
                self.beginRemoveRows(_NO_PARENT, at, at)
                del self._rows[at]
                self.endRemoveRows()
        for at, row in enumerate(rows):
            if at < len(self._rows) and self._rows[at].id == row.id:
                if self._rows[at] != row:
                    self._on_changed(row)
            elif any(known.id == row.id for known in self._rows[at:]):  # another order
                self._reset(rows)
                return
            else:
                self.beginInsertRows(_NO_PARENT, at, at)
                self._rows.insert(at, row)
                self.endInsertRows()

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        saved = run.job.result
        if run.job.state is JobState.FINISHED and isinstance(saved, Saved):
            if saved.warning:
                self._messages.warning(saved.warning)
            self._errands.run(
                once(partial(self._library.at, saved.path)), "Reading the picture", self._on_saved
            )
        else:
            self._read(0)  # a stopped run may have left an unfinished picture

    @Slot(object)
    def _on_saved(self, picture: Picture) -> None:
        if not self._text and all(row.id != picture.id for row in self._rows):
            self.beginInsertRows(_NO_PARENT, 0, 0)
            self._rows.insert(0, picture)
            self.endInsertRows()
        self.picture_saved.emit(picture)

    # ------------------------------------------------------------ thumbnails
    def _thumbnail(self, path: Path) -> Pixels | None:
        if path in self._thumbnails:
            self._thumbnails.move_to_end(path)
            return self._thumbnails[path]
        self._thumbnails[path] = None
        if not self._wanted:
            self._ask_for_thumbnails()
        self._wanted.append(path)
        return None

    def _ask_for_thumbnails(self) -> None:
        self._errands.run(self._make_thumbnails, "Small pictures", self._on_thumbnails)

    def _make_thumbnails(
        self, stop: threading.Event
    ) -> Generator[None, None, list[tuple[Path, Pixels | None]]]:
        """Runs on the worker; reads the list of wishes at the last moment, newest wish first."""
        made: list[tuple[Path, Pixels | None]] = []
        for path in self._wanted[-THUMBNAILS_PER_JOB:][::-1]:
            yield
            if stop.is_set():
                break
            try:
                made.append((path, self._library.thumbnails.get(path)))
            except (StudioError, OSError):
                made.append((path, None))
        return made

    @Slot(object)
    def _on_thumbnails(self, made: list[tuple[Path, Pixels | None]]) -> None:
        for path, pixels in made:
            self._thumbnails[path] = pixels
            self._wanted.remove(path)
            self._tell(path)
        while len(self._thumbnails) > THUMBNAILS_KEPT:
            self._thumbnails.popitem(last=False)
        if self._wanted:
            self._ask_for_thumbnails()

    def _tell(self, path: Path) -> None:
        for row, picture in enumerate(self._rows):
            if picture.path == path:
                at = self.index(row)
                self.dataChanged.emit(at, at, [PIXELS_ROLE])
                return

    # ------------------------------------------------------------ deleting
    def delete(self, rows: Sequence[int]) -> None:
        """Delete pictures with their takes; the message offers Undo."""
        ids = [self._rows[row].id for row in rows]
        if ids:
            work = once(partial(self._library.trash, ids))
            self._errands.run(work, "Deleting", self._on_deleted, front=True)

    @Slot(object)
    def _on_deleted(self, ids: tuple[int, ...]) -> None:
        self._trashed.append(ids)
        for row in range(len(self._rows) - 1, -1, -1):
            if self._rows[row].id in ids:
                self.beginRemoveRows(_NO_PARENT, row, row)
                del self._rows[row]
                self.endRemoveRows()
        words = (
            "The picture was deleted." if len(ids) == 1 else f"{len(ids)} pictures were deleted."
        )
        self._messages.info(words, "", MessageAction("Undo", self.undo_delete))

    @Slot()
    def undo_delete(self) -> None:
        """Bring back what was deleted last; what cannot be brought back now can be tried again."""
        if self._trashed:
            ids = self._trashed.pop()
            work = once(partial(self._library.undo_trash, ids))
            self._errands.run(work, "Bringing back", self._on_restored,
                              ended=partial(self._on_undone, ids), front=True)  # fmt: skip

    @Slot(object)
    def _on_restored(self, _pictures: list[Picture]) -> None:
        self._read(0)

    def _on_undone(self, ids: tuple[int, ...], job: Job) -> None:
        if job.state is not JobState.FINISHED:
            self._trashed.insert(0, ids)  # it must not keep the others away
            self._read(0)

    def set_favourite(self, row: int, *, is_favourite: bool) -> None:
        """Mark or unmark a picture."""
        picture = self._rows[row]
        set_it = partial(self._library.set_favourite, picture.id, is_favourite)
        read = partial(_then, set_it, partial(self._library.get, picture.id))
        self._errands.run(once(read), "Marking", self._on_changed, front=True)

    @Slot(object)
    def _on_changed(self, picture: Picture) -> None:
        for row, old in enumerate(self._rows):
            if old.id == picture.id:
                self._rows[row] = picture
                self.dataChanged.emit(self.index(row), self.index(row))
                return


def _page(read: Any, offset: int, text: str, limit: int) -> tuple[list[Picture], int, str, int]:
    return read(), offset, text, limit


def _then(first: Any, second: Any) -> Any:
    first()
    return second()


def _title(picture: Picture) -> str:
    words = " ".join(picture.prompt[:400].split())[:120]
    name = picture.name or words or "(no prompt)"
    return f"{name} · {picture.label}" if picture.label else name
