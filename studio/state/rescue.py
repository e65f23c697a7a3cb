"""Pictures that were made but could not be written: kept, and saved again when there is room."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import SaveFailed
from studio.engine.record import Result
from studio.jobs.queue import JobQueue
from studio.library.database import Library
from studio.library.saving import NotSaved, facts_of, save_picture, save_take_beside
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction, Messages

log = logging.getLogger(__name__)
_Outcome = tuple[list[Result], SaveFailed | None]  # what is left, and why


class Rescue(QObject):
    """Holds unsaved results until they are on disk.

    Signals:
        picture_rescued(): at least one of them has been saved.
        folder_wanted(): the user wants to choose another folder; the answer is `save_into`.
    """

    picture_rescued = Signal()
    folder_wanted = Signal()

    def __init__(
        self,
        library: Library,
        background: JobQueue,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._messages = messages
        self._errands = Errands(background, self)
        self._unsaved: list[Result] = []
        self._told_of = 0  # how many waited when closing was refused

    @property
    def count(self) -> int:
        """How many pictures wait."""
        return len(self._unsaved)

    def keep(self, error: BaseException) -> bool:
        """Hold the picture of a failed save, and say so with a button that tries again.

        False if the error is none of a save.
        """
        if not isinstance(error, NotSaved):
            return False
        self._unsaved.append(error.result)
        self._offer(error)
        return True

    def _offer(self, error: SaveFailed) -> None:
        elsewhere = MessageAction("Save elsewhere…", self.folder_wanted.emit)
        again = MessageAction("Save again", self.save_again)
        self._messages.error(error.message, error.hint, again, (elsewhere,))

    def save_into(self, folder: Path) -> None:
        """Save everything that waits below another folder, in the background."""
        waiting, self._unsaved = self._unsaved, []
        if waiting:
            work = once(partial(_save_all, partial(_save_below, folder), waiting))
            self._errands.run(work, "Saving elsewhere", self._on_tried, front=True)

    @Slot()
    def save_again(self) -> None:
        """Try to save everything that waits, in the background."""
        waiting, self._unsaved = self._unsaved, []
        if waiting:
            work = once(partial(_save_all, self._library.save, waiting))
            self._errands.run(work, "Saving again", self._on_tried, front=True)

    def may_close(self) -> bool:
        """Save what waits, before the window closes; False, and said, if that cannot be done.

        Asked again with no more waiting than then, it gives way: the user has been told.
        """
        self._unsaved, failure = _save_all(self._library.save, self._unsaved)
        if failure is None or self.count <= self._told_of:
            return True
        self._told_of = self.count
        what = "1 picture is" if self.count == 1 else f"{self.count} pictures are"
        elsewhere = MessageAction("Save elsewhere…", self.folder_wanted.emit)
        self._messages.error(
            f"{what} not saved: {failure.message.rpartition(': ')[2]}",
            "Save elsewhere, or close the window again: what waits is then put into "
            f"{tempfile.gettempdir()}, which the system may empty.",
            elsewhere,
        )
        return False

    def save_last(self) -> None:
        """Try once more before the program ends; what fails then goes where there may be room."""
        self._unsaved, failure = _save_all(self._library.save, self._unsaved)
        if failure is None:
            return
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="latent-studio-"))
            self._unsaved, failure = _save_all(partial(_save_below, folder), self._unsaved)
            log.warning("pictures that could not be saved are in %s", folder)
        if failure is not None:
            log.error("%d pictures could not be saved: %s", self.count, failure.message)

    @Slot(object)
    def _on_tried(self, outcome: _Outcome) -> None:
        left, failure = outcome
        self._unsaved = [*left, *self._unsaved]
        if failure is not None:
            self._offer(failure)
        else:
            self._messages.info("The pictures that waited are saved.")
            self.picture_rescued.emit()


def _save_all(save: Callable[[Result], object], results: list[Result]) -> _Outcome:
    for number, result in enumerate(results):
        try:
            save(result)
        except SaveFailed as error:
            return results[number:], error
    return [], None


def _save_below(folder: Path, result: Result) -> None:
    """Picture and take, in a folder that the library does not look after."""
    take = result.take
    path = save_picture(folder, result.picture, take.request, facts_of(take))
    save_take_beside(path, take)
