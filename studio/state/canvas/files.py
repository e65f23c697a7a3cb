"""The canvas and the disk: open, paste, save; nothing unsaved is ever lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from studio.engine.request import Pixels
from studio.library.images import read_picture
from studio.library.project import SUFFIX, Project, load_project, save_project
from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument, Reference
from studio.state.canvas.recovery import Recovery
from studio.state.filmstrip.errands import Errands, once

if TYPE_CHECKING:
    from studio.state.studio import Studio

REFERENCE_SIDE = 1024  # px; references are to look at


class CanvasFiles(QObject):
    """Reads and writes on the background queue; the window never waits.

    Signals:
        path_changed(): the project has another file, or none.
        settings_read(dict): a project was opened; these are its settings, unchecked.
        opened(): a picture or a project is on the canvas.
        mask_read([H, W, 3 or 4]): a picture was opened to be the mask.
        pasted(name, [H, W, 3]): a pasted picture took another's place.
    """

    path_changed = Signal()
    settings_read = Signal(object)
    opened = Signal()
    mask_read = Signal(object)
    pasted = Signal(str, object)

    def __init__(
        self, document: CanvasDocument, studio: Studio, settings: Callable[[], dict[str, Any]],
        parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._document, self._studio, self._settings = document, studio, settings
        self._errands = Errands(studio.background, self)
        self.path: Path | None = None  # of the project
        self._work = object()  # what is on the canvas; another one for each that is opened
        self.recovery = Recovery(document, studio, self._project, self)
        self.recovery.brought_back.connect(self._on_brought_back)

    # ---------------------------------------------------------------- open
    def open(self, path: Path, *, is_pasted: bool = False) -> None:
        """Open a picture or a project in the background; errors come as messages."""
        if path.suffix.lower() == SUFFIX:
            self._errands.run(once(partial(load_project, path)), f"Opening {path.name}",
                              partial(self._on_project, path))  # fmt: skip
        else:
            self._errands.run(once(partial(read_picture, path)), f"Opening {path.name}",
                              partial(self._on_picture, path.name, is_pasted))  # fmt: skip

    def open_mask(self, path: Path) -> None:
        """Read a picture whose brightness or transparency shall be the mask."""
        read = once(partial(read_picture, path, keep_alpha=True))
        self._errands.run(read, f"Opening {path.name}",
                          self.mask_read.emit)  # fmt: skip

    def add_reference(self, path: Path) -> None:
        """Read a picture into the document's references."""
        read = once(partial(read_picture, path, reduce_to=REFERENCE_SIDE))
        self._errands.run(read, f"Opening {path.name}", partial(self._on_reference, path.name))

    def _on_picture(self, name: str, is_pasted: bool, picture: Pixels) -> None:
        self.show_picture(picture, name, is_pasted=is_pasted)

    def show_picture(
        self, picture: Pixels, name: str, *, is_in_file: bool = True, is_pasted: bool = False
    ) -> None:
        """Put a picture on the canvas. What was there can be brought back with Undo.

        is_in_file: False if no file holds it, e.g. one from the clipboard.
        """
        is_replacing = not self._document.is_empty()
        if not is_replacing:
            self._document.open(picture, name)
            if not is_in_file:
                self._document.mark_unsaved()
        else:
            text = "Paste picture" if is_pasted else "Open picture"
            self._document.replace(text, {PICTURE: picture}, name)
        self._begin(None)
        self.opened.emit()
        if is_pasted and is_replacing:
            self.pasted.emit(name, picture)

    def _on_project(self, path: Path, project: Project) -> None:
        if self.recovery.is_needed():
            self.recovery.set_aside(partial(self._on_project_instead, path, project))
            return
        self._restore(project)
        self._begin(path)
        self.opened.emit()

    def _on_project_instead(self, path: Path, project: Project) -> None:
        self._on_project(path, project)
        self.recovery.offer_aside(path.name)

    def _on_brought_back(self, project: Project) -> None:
        self._restore(project)
        self._document.mark_unsaved()
        self._begin(None)
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
        self._errands.run(once(partial(save_project, path, self._project())),
                          f"Saving {path.name}",
                          partial(self._on_saved, path, self._work,
                                  self._document.revision))  # fmt: skip

    def _on_saved(self, path: Path, work: object, revision: int, _nothing: None) -> None:
        if work is self._work:  # or the next save would put another picture into this file
            self.path = path
            self.path_changed.emit()
        if self._document.revision == revision:  # nothing was painted meanwhile
            self._document.mark_saved()
            self.recovery.discard()
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

    def _begin(self, path: Path | None) -> None:
        """Other work is on the canvas. path: of its project, if it has one."""
        self.path, self._work = path, object()
        self.path_changed.emit()
