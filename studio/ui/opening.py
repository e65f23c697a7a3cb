"""What happens with files that are dropped on the window or given on the command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from studio.library.metadata.read import read_settings
from studio.library.metadata.settings import Settings
from studio.library.project import SUFFIX as PROJECT
from studio.library.takes import SUFFIX
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction
from studio.ui.main_window import MainWindow
from studio.ui.plain import one_line

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".txt"})


class Opener(QObject):
    """Reads dropped files in the background and puts their settings into the form."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._errands = Errands(self._studio.background, self)
        self._before = self._studio.form.request
        window.files_dropped.connect(self.open)

    @Slot(list)
    def open(self, paths: list[Path]) -> None:
        """Open the first file that can be opened; say so if none can."""
        for path in paths:
            if path.suffix.lower() == SUFFIX:
                self._studio.filmstrip.open_file(path)
                self._window.hide_empty_state()
                return
            if path.suffix.lower() == PROJECT:
                self._window.workspaces.show("paint")
                self._studio.canvas.files.open(path)
                return
            if path.suffix.lower() in PICTURES:
                work = once(partial(_read, path))
                self._errands.run(work, "Reading settings", self._on_read, front=True)
                return
        name = one_line(paths[0].name, 60) if paths else "That"
        self._studio.messages.warning(
            f"{name} is nothing that the studio opens.", "Drop a picture or a take on the window."
        )

    @Slot(object)
    def _on_read(self, read: tuple[Path, Settings]) -> None:
        path, settings = read
        messages = self._studio.messages
        name = one_line(path.name, 60)
        if path.with_suffix(SUFFIX).exists():
            self._studio.filmstrip.open_picture(path)
            self._window.hide_empty_state()
        if settings.request is None:
            words = " ".join(settings.warnings[:2])
            hint = "Pictures made here and by most other programs hold them."
            messages.warning(f"{name} holds no settings. {words}".strip(), hint)
            return
        self._before = self._studio.form.request
        self._studio.form.load(settings.request, settings.found)
        origin = f" (made with {one_line(settings.generator, 40)})" if settings.generator else ""
        messages.info(
            f"The settings of {name}{origin} are in the form.",
            " ".join(settings.warnings[:3]),
            MessageAction("Undo", self.undo),
        )

    @Slot()
    def undo(self) -> None:
        """Put back what the form held before the last file."""
        self._studio.form.load(self._before)


def _read(path: Path) -> tuple[Path, Settings]:
    return path, read_settings(path)
