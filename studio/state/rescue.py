"""Pictures that were made but could not be written: kept, and saved again when there is room."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import SaveFailed
from studio.engine.record import Result
from studio.jobs.job import Job
from studio.jobs.queue import JobQueue
from studio.library.database import Library
from studio.library.saving import NotSaved, facts_of, save_picture, save_take_beside
from studio.state.closing import Closing
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction, Messages

log = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds that closing waits for a picture that is just being written


class Attempt:
    """Pictures on their way to the disk. The worker takes one at a time, so that closing the
    window can have the others back, and knows of the one that is being written.

    saved: how many it has written.
    """

    def __init__(self, results: list[Result]) -> None:
        self._waiting = list(results)
        self._current: Result | None = None
        self.saved = 0
        self._free = threading.Condition()

    def __len__(self) -> int:
        with self._free:
            return len(self._waiting) + (self._current is not None)

    def run(self, save: Callable[[Result], object]) -> SaveFailed | None:
        """Save one after the other; why it ended early, if it did. For any thread."""
        while (result := self._next()) is not None:
            try:
                save(result)
            except SaveFailed as error:
                self._put_back(result)
                return error
            except BaseException:
                self._put_back(result)
                raise
            self.saved += 1
        return None

    def take_back(self, patience: float = 0.0) -> list[Result]:
        """What waits; waits `patience` seconds for the one that is being written."""
        with self._free:
            waiting, self._waiting = self._waiting, []  # now: or the worker would go on with them
            self._free.wait_for(lambda: self._current is None, patience)
            failed, self._waiting = self._waiting, []
            return [*failed, *waiting]

    def give_up(self) -> list[Result]:
        """What waits, and what is being written, too: that save may never end."""
        with self._free:
            left = [*([self._current] if self._current else []), *self._waiting]
            self._waiting = []
            return left

    def _next(self) -> Result | None:
        with self._free:
            self._current = self._waiting.pop(0) if self._waiting else None
            self._free.notify_all()
            return self._current

    def _put_back(self, result: Result) -> None:
        with self._free:
            self._waiting.insert(0, result)
            self._current = None
            self._free.notify_all()


class Rescue(QObject):
    """Holds unsaved results until they are on disk.

    Signals:
        picture_rescued(): at least one of them has been saved.
        folder_wanted(): the user wants to choose another folder; the answer is `save_into`.
        caught_up(): what `may_close` did not wait for has ended: it may be asked again.
    """

    picture_rescued = Signal()
    folder_wanted = Signal()
    caught_up = Signal()

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
        self._attempts: list[Attempt] = []  # that are under way in the background
        self._told_of = 0  # how many waited when closing was refused
        self._closing = Closing(self)
        self._closing.caught_up.connect(self._on_caught_up)

    @property
    def count(self) -> int:
        """How many pictures are not on disk yet."""
        return len(self._unsaved) + sum(map(len, self._attempts))

    def keep(self, error: BaseException) -> bool:
        """Hold the picture of a failed save, and say so with a button that tries again.

        False if the error is none of a save.
        """
        if not isinstance(error, NotSaved):
            return False
        if not self.count:
            self._told_of = 0
        self._unsaved.append(error.result)
        self._offer(error)
        return True

    def _offer(self, error: SaveFailed) -> None:
        elsewhere = MessageAction("Save elsewhere…", self.folder_wanted.emit)
        again = MessageAction("Save again", self.save_again)
        self._messages.error(error.message, error.hint, again, (elsewhere,))

    def save_into(self, folder: Path) -> None:
        """Save everything that waits below another folder, in the background."""
        self._try(partial(_save_below, folder), "Saving elsewhere")

    @Slot()
    def save_again(self) -> None:
        """Try to save everything that waits, in the background."""
        self._try(self._library.save, "Saving again")

    def _try(self, save: Callable[[Result], object], title: str) -> None:
        waiting, self._unsaved = self._unsaved, []
        if not waiting:
            return
        attempt = Attempt(waiting)
        self._attempts.append(attempt)
        self._errands.run(once(partial(attempt.run, save)), title,
                          partial(self._on_tried, attempt), front=True,
                          ended=partial(self._on_ended, attempt))  # fmt: skip

    def may_close(self) -> bool:
        """Save what waits, before the window closes; False, and said, if that cannot be done.

        Asked again with no more waiting than then, it gives way: the user has been told.
        """
        if self._closing.is_late:
            return self.count <= self._told_of
        self._have_back(PATIENCE)
        has_ended, failure = self._save_here(self._library.save)
        if has_ended and (failure is None or self.count <= self._told_of):
            return True
        self._told_of = self.count
        what = "1 picture is" if self.count == 1 else f"{self.count} pictures are"
        elsewhere = MessageAction("Save elsewhere…", self.folder_wanted.emit)
        last = f"what waits is then put into {tempfile.gettempdir()}, which the system may empty."
        if failure is None:
            self._messages.warning(
                f"{what} being saved, but the disk does not answer.",
                f"The window closes when it has. Or close it again now: {last}",
            )
            return False
        self._messages.error(
            f"{what} not saved: {failure.message.rpartition(': ')[2]}",
            f"Save elsewhere, or close the window again: {last}", elsewhere,
        )  # fmt: skip
        return False

    @Slot()
    def _on_caught_up(self) -> None:
        """The disk has answered after all."""
        self._have_back()
        self._attempts = [attempt for attempt in self._attempts if len(attempt)]
        self.caught_up.emit()

    def save_last(self) -> None:
        """Try once more before the program ends; what fails then goes where there may be room.

        Called when the worker has been told to end: a save that still runs then may never end.
        """
        self._have_back()
        failure = None
        if not any(map(len, self._attempts)):  # else its disk does not answer
            _, failure = self._save_here(self._library.save)
        stuck = [result for attempt in self._attempts for result in attempt.give_up()]
        self._attempts = []
        self._unsaved += stuck
        if not self._unsaved:
            return
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="latent-studio-"))
            _, failure = self._save_here(partial(_save_below, folder))
            log.warning("pictures that could not be saved are in %s", folder)
        if self.count:
            why = failure.message if failure is not None else "there is no folder for them"
            log.error("%d pictures could not be saved: %s", self.count, why)

    def _have_back(self, patience: float = 0.0) -> None:
        """Take over from the worker what it has not begun to write."""
        for attempt in self._attempts:
            self._unsaved = [*attempt.take_back(patience), *self._unsaved]

    def _save_here(self, save: Callable[[Result], object]) -> tuple[bool, SaveFailed | None]:
        """Save what waits, and wait for it: whether it ended, and why it is not all saved.

        A disk that says nothing holds up nobody: what it has not taken is an attempt under way.
        """
        attempt = Attempt(self._unsaved)
        failures: list[SaveFailed | None] = []
        has_ended = self._closing.do(lambda: failures.append(attempt.run(save)))
        self._unsaved = attempt.take_back()
        if not has_ended:
            self._attempts.append(attempt)
        if has_ended and not failures:  # it has raised, which is in the log
            failures.append(SaveFailed("Something went wrong inside the program.", ""))
        return has_ended, failures[0] if failures else None

    def _on_tried(self, attempt: Attempt, failure: SaveFailed | None) -> None:
        if failure is not None:
            self._offer(failure)
        elif attempt.saved:
            self._messages.info("The pictures that waited are saved.")
        if attempt.saved:
            self.picture_rescued.emit()

    def _on_ended(self, attempt: Attempt, _job: Job) -> None:
        """Also of one that was stopped before it began: nothing of it may be forgotten."""
        if attempt in self._attempts:
            self._attempts.remove(attempt)
            self._unsaved = [*attempt.take_back(), *self._unsaved]


def _save_below(folder: Path, result: Result) -> None:
    """Picture and take, in a folder that the library does not look after."""
    take = result.take
    path = save_picture(folder, result.picture, take.request, facts_of(take))
    save_take_beside(path, take)
