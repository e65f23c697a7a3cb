"""What happens with files: dropped on the window, opened from the menu, or given at the start."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from studio.jobs.job import Job
from studio.library.images import SUFFIXES
from studio.library.metadata.read import read_settings
from studio.library.metadata.settings import Settings
from studio.library.project import SUFFIX as PROJECT
from studio.library.takes import SUFFIX as TAKE
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import MessageAction
from studio.ui.main_window import MainWindow
from studio.ui.plain import one_line

RECENT_MAX = 10
SHOWN = 60  # characters of a file's name
_FILTER = (
    f"All that opens here (*{TAKE} *{PROJECT} *.txt {' '.join('*' + s for s in sorted(SUFFIXES))})"
)
_MODELS = {
    ".safetensors": ("is a model file or a LoRA.", "Put it into the models folder."),
    ".ckpt": ("is a model in an old format that can run code.",
              "Look for the same model as .safetensors; only those are opened."),
}  # fmt: skip
_MODELS |= dict.fromkeys((".pt", ".pth", ".bin", ".pkl"), _MODELS[".ckpt"])


class Opener(QObject):
    """Opens one file of those that it is given.

    A picture's settings go into the form at once, with Undo; what else could be done with it
    (start from it, repaint it, keep it in sight) is offered beside that.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._errands = Errands(self._studio.background, self)
        self._reading: Job | None = None
        window.files_dropped.connect(self.open)
        if self._studio.canvas is not None:
            self._studio.canvas.settings_wanted.connect(self.read_settings)
            self._studio.canvas.reference_wanted.connect(self.to_references)

    @Slot()
    def ask(self) -> None:
        """Let the user choose a file, and open it."""
        recent = self.recent()
        folder = recent[0].parent if recent else self._studio.home.pictures
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", str(folder), _FILTER)
        if name:
            self.open([Path(name)])

    def recent(self) -> list[Path]:
        """The files that were opened last, newest first."""
        kept = self._studio.settings.get("recent")
        return [Path(path) for path in kept if isinstance(path, str)][:RECENT_MAX]

    @Slot(list)
    def open(self, paths: list[Path]) -> None:
        """Open the first file that can be opened; say so if none can."""
        for path in paths:
            if path.suffix.lower() in SUFFIXES | {TAKE, PROJECT, ".txt"} and not path.is_dir():
                self._remember(path)
                self._open(path)
                return
        self._refuse(paths[0] if paths else None)

    def _open(self, path: Path) -> None:
        suffix = path.suffix.lower()
        if suffix == TAKE:
            self._window.workspaces.show("generate")
            self._studio.filmstrip.open_file(path)
            self._window.hide_empty_state()
        elif suffix == PROJECT:
            self.to_canvas(path)
        else:
            self.read_settings(path)

    @Slot(object)
    def read_settings(self, path: Path) -> None:
        """Put the settings that a file holds into the form."""
        work = once(partial(_read, path))
        self._errands.drop(self._reading)  # the file that was dropped last holds
        self._reading = self._errands.run(work, "Reading settings", self._on_read, front=True)

    def _remember(self, path: Path) -> None:
        kept = [str(path), *(str(p) for p in self.recent() if p != path)]
        self._studio.settings.set("recent", kept[:RECENT_MAX])

    def _refuse(self, path: Path | None) -> None:
        messages = self._studio.messages
        name = one_line(path.name or str(path), SHOWN) if path is not None else "That"
        words, hint = _MODELS.get(path.suffix.lower() if path else "", ("", ""))
        folder = MessageAction("Open the models folder", self._open_models)
        if path is not None and path.is_dir():
            if (path / "model_index.json").is_file():
                words, hint = "is a model.", "Put the folder into the models folder."
            else:
                messages.warning(f"{name} is a folder.", "Drop a picture, a take or a project. "
                                 "Folders of pictures are searched in Concepts.")  # fmt: skip
                return
        if words:
            messages.info(f"{name} {words}", hint, folder)
            return
        messages.warning(
            f"{name} is nothing that the studio opens.", "Drop a picture or a take on the window."
        )

    @Slot()
    def _open_models(self) -> None:
        self._window.actions_of["file.models"].trigger()

    # ------------------------------------------------------------ pictures
    @Slot(object)
    def _on_read(self, read: tuple[Path, Settings]) -> None:
        path, settings = read
        if path.with_suffix(TAKE).exists():
            self._studio.filmstrip.open_picture(path)
            self._window.hide_empty_state()
        request = settings.request
        if request is None:
            self._say_none(path, settings)
            return
        names, notes = set(settings.found), list(settings.warnings[:3])
        if "model" in names and self._studio.models.find(request.model) is None:
            names.discard("model")
            notes.insert(0, f"Its model, {one_line(request.model, SHOWN)}, is not on this disk; "
                            "the chosen one stays.")  # fmt: skip
        self._studio.form.load(request, names)
        origin = f" (made with {one_line(settings.generator, 40)})" if settings.generator else ""
        self._studio.messages.info(
            f"The settings of {one_line(path.name, SHOWN)}{origin} are in the form.",
            " ".join(notes),
            MessageAction("Undo", self._studio.form.undo_load),
            self._offers(path),
        )

    def _say_none(self, path: Path, settings: Settings) -> None:
        """A file without settings can still be of use, if it is a picture."""
        words = " ".join(settings.warnings[:2])
        is_picture = path.suffix.lower() in SUFFIXES and not words
        offers = self._offers(path) if is_picture else ()
        self._studio.messages.warning(
            f"{one_line(path.name, SHOWN)} holds no settings. {words}".strip(),
            "Pictures made here and by most other programs hold them."
            + (" What shall be done with it?" if offers else ""),
            more=offers,
        )

    def _offers(self, path: Path) -> tuple[MessageAction, ...]:
        if path.suffix.lower() not in SUFFIXES or self._studio.canvas is None:
            return ()
        return (
            MessageAction("Start from it", partial(self.to_start, path)),
            MessageAction("Repaint it", partial(self.to_canvas, path)),
            MessageAction("Add as reference", partial(self.to_references, path)),
        )

    def to_start(self, path: Path) -> None:
        """Image to image: the whole picture is the start of what Generate makes."""
        self._studio.canvas.edit_options(mode="picture")
        self._show_canvas(path)

    def to_canvas(self, path: Path) -> None:
        """Put it on the canvas, to be painted on and repainted in part."""
        self._studio.canvas.edit_options(mode="mask")
        self._show_canvas(path)

    def _show_canvas(self, path: Path) -> None:
        self._studio.canvas.files.open(path)
        self._window.workspaces.show("paint")

    @Slot(object)
    def to_references(self, path: Path) -> None:
        """Keep it in sight while painting."""
        self._studio.canvas.files.add_reference(path)
        self._window.workspaces.show("paint")
        if dock := self._window.dock("references"):
            dock.show()
            dock.raise_()


def _read(path: Path) -> tuple[Path, Settings]:
    return path, read_settings(path)
