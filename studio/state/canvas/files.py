"""The canvas and the disk: open, save, export, autosave, and recovery after a crash."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.library.images import read_picture, read_picture_bytes
from studio.library.project import SUFFIX, Project, load_project, save_project
from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument, Reference
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction

if TYPE_CHECKING:
    from studio.state.studio import Studio

log = logging.getLogger(__name__)

AUTOSAVE_MS = 45_000  # after the first change that no file holds
SOON_MS = 1_000  # after a result
REFERENCE_SIDE = 1024  # px; references are to look at


class CanvasFiles(QObject):
    """Reads and writes on the background queue; the window never waits.

    Signals:
        path_changed(): the project has another file, or none.
        settings_read(dict): a project was opened; these are its settings, unchecked.
        opened(): a picture or a project is on the canvas.
    """

    path_changed = Signal()
    settings_read = Signal(object)
    opened = Signal()

    def __init__(
        self, document: CanvasDocument, studio: Studio, settings: Callable[[], dict[str, Any]],
        parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._document, self._studio, self._settings = document, studio, settings
        self._errands = Errands(studio.background, self)
        self.path: Path | None = None  # of the project
        self._saved_index = 0  # the undo stack's place when the running save began
        self._recovery = studio.home.recovery / f"canvas-{os.getpid()}{SUFFIX}"
        self._found: list[Path] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.setObjectName("autosaveTimer")
        self._timer.timeout.connect(self.autosave)
        document.stepped.connect(self._on_changed)

    # ---------------------------------------------------------------- open
    def open(self, path: Path) -> None:
        """Open a picture or a project in the background; errors come as messages."""
        if path.suffix.lower() == SUFFIX:
            self._errands.run(once(partial(load_project, path)), f"Opening {path.name}",
                              partial(self._on_project, path))  # fmt: skip
        else:
            self._errands.run(once(partial(read_picture, path)), f"Opening {path.name}",
                              partial(self._on_picture, path.name))  # fmt: skip

    def paste(self, data: bytes, name: str = "Pasted picture") -> None:
        """Open the bytes of a picture file, e.g. from the clipboard."""
        self._errands.run(once(partial(read_picture_bytes, data, name)), f"Opening {name}",
                          partial(self._on_picture, name))  # fmt: skip

    def add_reference(self, path: Path) -> None:
        """Read a picture into the document's references."""
        read = once(partial(read_picture, path, reduce_to=REFERENCE_SIDE))
        self._errands.run(read, f"Opening {path.name}", partial(self._on_reference, path.name))

    def _on_picture(self, name: str, picture: Pixels) -> None:
        self.show_picture(picture, name)

    def show_picture(self, picture: Pixels, name: str) -> None:
        """Put a picture on the canvas. What was there can be brought back with Undo."""
        if self._document.is_empty():
            self._document.open(picture, name)
        else:
            self._document.replace("Open picture", {PICTURE: picture}, name)
        self._set_path(None)
        self.opened.emit()

    def _on_project(self, path: Path, project: Project) -> None:
        self._restore(project)
        self._set_path(path)
        self.opened.emit()

    def _restore(self, project: Project) -> None:
        layers = {PICTURE: project.picture}
        if project.mask is not None:
            layers[MASK] = project.mask
        if project.paint is not None:
            layers[PAINT] = project.paint
        references = tuple(Reference(name, pixels) for name, pixels in project.references)
        self._document.restore(layers, references, project.name)
        self.settings_read.emit(dict(project.settings))

    def _on_reference(self, name: str, picture: Pixels) -> None:
        references = (*self._document.references, Reference(name, picture))
        self._document.set_references("Add reference", references)

    # ---------------------------------------------------------------- save
    def save(self, path: Path) -> None:
        """Save the project in the background; says so when it is on disk."""
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        self._saved_index = self._document.undo_stack.index()
        self._errands.run(once(partial(save_project, path, self._project())),
                          f"Saving {path.name}", partial(self._on_saved, path))  # fmt: skip

    def _on_saved(self, path: Path, _nothing: None) -> None:
        self._set_path(path)
        if self._document.undo_stack.index() == self._saved_index:
            self._document.mark_saved()
            self._discard_recovery()
        self._studio.messages.info(f"Saved {path.name}.")

    def _project(self) -> Project:
        """A copy of the document, so that painting may go on while it is written."""
        document = self._document
        return Project(
            picture=document.picture.copy(),
            mask=document.mask.copy(),
            paint=document.paint.copy() if document.has_paint() else None,
            references=tuple((item.name, item.pixels) for item in document.references),
            settings=self._settings(),
            name=document.name,
        )

    def _set_path(self, path: Path | None) -> None:
        self.path = path
        self.path_changed.emit()

    # ---------------------------------------------------------------- autosave
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
        """Write the document to the recovery folder, never over the user's file."""
        if self._document.is_empty() or not self._document.is_modified():
            return
        self._errands.run(once(partial(save_project, self._recovery, self._project())),
                          "Autosave", self._on_autosaved)  # fmt: skip

    def _on_autosaved(self, _nothing: None) -> None:
        log.debug("canvas autosaved")

    def _discard_recovery(self) -> None:
        self._timer.stop()
        self._recovery.unlink(missing_ok=True)

    def close(self) -> None:
        """A normal end of the program: keep unsaved work for the next start, else tidy up.

        An artist who closes the window does not mean to throw a mask away.
        """
        self._timer.stop()
        if self._document.is_modified() and not self._document.is_empty():
            save_project(self._recovery, self._project())
        else:
            self._discard_recovery()

    # ---------------------------------------------------------------- recovery
    def offer_recovery(self) -> None:
        """At the start: if an earlier run left an unsaved canvas, offer it in a message."""
        folder = self._studio.home.recovery
        if not folder.is_dir():
            return
        files = [p for p in folder.glob(f"canvas-*{SUFFIX}") if p != self._recovery]
        self._found = sorted(files, key=lambda p: p.stat().st_mtime, reverse=True)
        if self._found:
            action = MessageAction("Bring it back", self.recover)
            self._studio.messages.info("The canvas was not saved last time.",
                                       "Its picture and mask are still there.", action)  # fmt: skip

    @Slot()
    def recover(self) -> None:
        """Open the newest unsaved canvas of an earlier run."""
        if self._found:
            path = self._found[0]
            self._errands.run(once(partial(load_project, path)), "Bringing the canvas back",
                              self._on_recovered, ended=self._on_recovery_read)  # fmt: skip

    def _on_recovered(self, project: Project) -> None:
        self._restore(project)
        # It is in no file of the user's: say so, by a step that a save must still take in.
        self._document.undo_stack.resetClean()
        self._set_path(None)
        self.opened.emit()

    def _on_recovery_read(self, job: Job) -> None:
        if job.state is JobState.FINISHED:
            for path in self._found:
                path.unlink(missing_ok=True)
            self._found = []
            self._timer.start(SOON_MS)
