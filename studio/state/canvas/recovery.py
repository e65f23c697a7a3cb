"""Work that no file of the user's holds: autosaved, kept, set aside, and brought back.

    canvas-RUN.studio   written while the program runs; left over only by a crash: offered
    kept-RUN.studio     written at a normal end: comes back by itself
    aside-RUN-N.studio  unsaved work in whose place a project was opened: offered

Nothing here is removed before what it held is on the canvas and written anew.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import SaveFailed
from studio.jobs.job import Job, JobState
from studio.library.project import SUFFIX, Project, load_project, save_project
from studio.state.canvas.document import CanvasDocument
from studio.state.closing import Closing
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction

if TYPE_CHECKING:
    from studio.state.studio import Studio

log = logging.getLogger(__name__)

AUTOSAVE_MS = 45_000  # after the first change that no file holds
SOON_MS = 1_000  # after a result
OFFERED_FOR = 14 * 86_400  # seconds; older ones only come back when asked for


class Recovery(QObject):
    """Looks after what would be lost.

    Signals:
        brought_back(Project): put it on the canvas; the canvas may be replaced.
        place_wanted(): ask the user where to save the canvas.
    """

    brought_back = Signal(object)
    place_wanted = Signal()

    def __init__(
        self, document: CanvasDocument, studio: Studio, project: Callable[[], Project],
        parent: QObject,
    ) -> None:  # fmt: skip
        """project: a copy of what is on the canvas."""
        super().__init__(parent)
        self._document, self._studio, self._project = document, studio, project
        self._errands = Errands(studio.background, self)
        self._folder = studio.home.recovery
        # Not the process id alone: in a container every run has the same.
        self._run = f"{time.time_ns():x}-{os.getpid()}"
        self._own = self._folder / f"canvas-{self._run}{SUFFIX}"
        self._set_aside: int | None = None  # the document's revision that a file holds
        self._asides = 0
        self._told_of: int | None = None  # the revision that could not be kept, or not so soon
        self._closing = Closing(self)
        self._closing.caught_up.connect(self._on_caught_up)
        self._kept: int | None = None  # the revision in the file that closing writes, when written
        self._timer = QTimer(self, singleShot=True)
        self._timer.setObjectName("autosaveTimer")
        self._timer.timeout.connect(self.autosave)
        document.stepped.connect(self._on_changed)

    def is_needed(self) -> bool:
        """True while the canvas holds work that is in no file."""
        document = self._document
        is_aside = self._set_aside == document.revision
        return document.is_modified() and not document.is_empty() and not is_aside

    # ---------------------------------------------------------------- keep
    @Slot()
    def _on_changed(self) -> None:
        if not self._timer.isActive() and self._document.is_modified():
            self._timer.start(AUTOSAVE_MS)

    def autosave_soon(self) -> None:
        """A result has come: do not wait for the timer's full time."""
        if self._document.is_modified():
            self._timer.start(SOON_MS)

    @Slot()
    def autosave(self) -> None:
        """Write the document to the recovery folder, never over the user's file.

        Not during a stroke: copying a large canvas takes longer than a movement of the hand may.
        """
        if self._document.is_being_edited():
            self._timer.start(SOON_MS)
        elif self.is_needed():
            self._write(self._own, "Autosave", self._on_autosaved)

    def _write(self, path: Path, title: str, done: Callable[[None], object]) -> None:
        self._errands.run(once(partial(save_project, path, self._project())), title, done)

    def _on_autosaved(self, _nothing: None) -> None:
        log.debug("canvas autosaved")

    def discard(self) -> None:
        """A file of the user's holds everything now."""
        self._timer.stop()
        self._remove(self._own)

    def set_aside(self, then: Callable[[], object]) -> None:
        """Write the unsaved canvas to a file of its own, and only then go on."""
        self._asides += 1
        path = self._folder / f"aside-{self._run}-{self._asides}{SUFFIX}"
        self._write(path, "Keeping the canvas",
                    partial(self._on_set_aside, self._document.revision, then))  # fmt: skip

    def _on_set_aside(self, revision: int, then: Callable[[], object], _nothing: None) -> None:
        self._set_aside = revision
        then()

    def may_close(self) -> bool:
        """Keep unsaved work, before the window closes; False, and said, if that cannot be done.

        Asked again with nothing changed since, it gives way: the user has been told.
        """
        has_been_told = self._told_of == self._document.revision
        if not self.is_needed() or (self._closing.is_late and has_been_told):
            return True
        error = self._keep()
        if (error is not None and has_been_told) or (error is None and not self._closing.is_late):
            return True
        self._told_of = self._document.revision
        if error is None:
            self._studio.messages.warning(
                "The canvas holds unsaved work that is being kept, which takes its time.",
                "The window closes when that is done. Close it again to leave without it.",
            )
            return False
        reason = str(getattr(error, "message", "")).rpartition(": ")[2] or "memory is full."
        self._studio.messages.error(
            f"The canvas holds unsaved work that could not be kept: {reason}",
            "Save it elsewhere; or close the window again to leave without it.",
            MessageAction("Save it elsewhere…", self.ask_for_place),
        )
        return False

    def _keep(self) -> Exception | None:
        """Write the canvas for the next start; why not, if that is known soon enough."""
        if self._closing.is_late:
            return None
        try:
            project, revision = self._project(), self._document.revision
        except MemoryError as shortage:
            return shortage
        path, self._kept = self._folder / f"kept-{self._run}{SUFFIX}", None
        outcomes: list[Exception | None] = []

        def write() -> None:
            try:
                save_project(path, project)
                self._kept = revision
                outcomes.append(None)
            except (SaveFailed, MemoryError) as reason:
                outcomes.append(reason)

        if not self._closing.do(write):
            return None
        if not outcomes:  # it has raised otherwise
            outcomes.append(SaveFailed("something went wrong inside the program.", ""))
        [error] = outcomes
        if error is None:
            self._on_kept()
        else:
            log.error("the canvas was not kept: %s", error)
        return error

    def _on_kept(self) -> None:
        self._set_aside = self._kept
        if self._kept == self._document.revision:
            self._remove(self._own)

    @Slot()
    def _on_caught_up(self) -> None:
        """Closing did not wait for it: now it is kept, or has failed, which the next try tells."""
        self._told_of = None
        if self._kept is not None:
            self._on_kept()
        self._studio.may_close_now.emit()

    @Slot()
    def ask_for_place(self) -> None:
        """Somebody shall ask the user where to save the canvas."""
        self.place_wanted.emit()

    def close(self) -> None:
        """A normal end of the program: keep unsaved work for the next start, else tidy up.

        An artist who closes the window does not mean to throw a mask away.
        """
        self._timer.stop()
        if not self.is_needed():
            self._remove(self._own)
        elif self._told_of != self._document.revision:
            self._keep()  # if it fails, an older autosave is better than nothing

    def _remove(self, path: Path) -> None:
        """A file that is of no more use; one that stays is only offered once too often."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", path.name, error)

    # ---------------------------------------------------------------- bring back
    def waiting(self) -> list[Path]:
        """What earlier canvases wait in the folder, the newest first."""
        files = [p for p in self._folder.glob(f"*{SUFFIX}") if p != self._own]
        return sorted(files, key=_age, reverse=True)

    def begin(self) -> None:
        """At the start: what was kept comes back by itself, what a crash has left is offered."""
        waiting = self.waiting()
        if not waiting or _age(waiting[0]) < time.time() - OFFERED_FOR:
            return
        if waiting[0].name.startswith("kept-") and self._document.is_empty():
            self._read(waiting[0])
        else:
            self._offer("The canvas was not saved last time.")

    def _offer(self, text: str) -> None:
        # A warning stays until it is answered: who starts the program and looks away misses none.
        action = MessageAction("Bring it back", self.recover)
        self._studio.messages.warning(text, "Its picture and mask are still there.", action)

    def offer_aside(self, name: str) -> None:
        """Tell that a project has taken the place of unsaved work, which is not lost."""
        action = MessageAction("Bring it back", self.recover)
        self._studio.messages.info(f"{name} is open. What was on the canvas before was not saved.",
                                   "It has been kept.", action)  # fmt: skip

    @Slot()
    def recover(self) -> None:
        """Open the newest canvas that waits; what is on the canvas now is set aside first."""
        waiting = self.waiting()
        if not waiting:
            self._studio.messages.info("No unsaved canvas waits.")
        elif self.is_needed():
            self.set_aside(partial(self._read, waiting[0]))
        else:
            self._read(waiting[0])

    def _read(self, path: Path) -> None:
        self._errands.run(once(partial(load_project, path)), "Bringing the canvas back",
                          partial(self._on_read, path),
                          ended=partial(self._on_tried, path), front=True)  # fmt: skip

    def _on_tried(self, path: Path, job: Job) -> None:
        if job.state is JobState.FAILED and path.exists():  # the next one has its turn
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))

    def _on_read(self, path: Path, project: Project) -> None:
        if self.is_needed():  # somebody was quick with the brush
            self._offer("The canvas was not saved last time.")
            return
        self.brought_back.emit(project)
        # Removed only when this run has written what it holds.
        self._write(self._own, "Autosave", partial(self._on_written_again, path))
        self._tell_of_others(path)

    def _on_written_again(self, path: Path, _nothing: None) -> None:
        self._remove(path)

    def _tell_of_others(self, path: Path) -> None:
        is_kept = path.name.startswith("kept-")
        others = len(self.waiting()) - 1
        if others < 1:
            if is_kept:
                self._studio.messages.info("The canvas is as you left it.",
                                           "It is in no file yet: Ctrl+S saves it.")  # fmt: skip
            return
        word = "One older canvas was" if others == 1 else f"{others} older canvases were"
        action = MessageAction("Bring back", self.recover)
        self._studio.messages.info(f"The canvas is back. {word} not saved either.", "", action)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
