"""Pictures that were made but could not be written: kept, and saved again when there is room."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import SaveFailed
from studio.engine.record import Result
from studio.jobs.queue import JobQueue
from studio.library.database import Library
from studio.library.saving import NotSaved
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction, Messages

log = logging.getLogger(__name__)
_Outcome = tuple[list[Result], SaveFailed | None]  # what is left, and why


class Rescue(QObject):
    """Holds unsaved results until they are on disk.

    Signals:
        picture_rescued(): at least one of them has been saved.
    """

    picture_rescued = Signal()

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
        self._messages.failure(error, MessageAction("Save again", self.save_again))
        return True

    @Slot()
    def save_again(self) -> None:
        """Try to save everything that waits, in the background."""
        waiting, self._unsaved = self._unsaved, []
        if waiting:
            work = once(partial(_save_all, self._library, waiting))
            self._errands.run(work, "Saving again", self._on_tried, front=True)

    def save_last(self) -> None:
        """Try once more before the program ends; what fails then is written to the log."""
        self._unsaved, failure = _save_all(self._library, self._unsaved)
        if failure is not None:
            log.error("%d pictures could not be saved: %s", self.count, failure.message)

    @Slot(object)
    def _on_tried(self, outcome: _Outcome) -> None:
        left, failure = outcome
        self._unsaved = [*left, *self._unsaved]
        if failure is not None:
            self._messages.failure(failure, MessageAction("Save again", self.save_again))
        else:
            self._messages.info("The pictures that waited are saved.")
            self.picture_rescued.emit()


def _save_all(library: Library, results: list[Result]) -> _Outcome:
    for number, result in enumerate(results):
        try:
            library.save(result)
        except SaveFailed as error:
            return results[number:], error
    return [], None
